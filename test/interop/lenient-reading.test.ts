/** What a lenient reader finds in a packet is what voevent-parse finds, and lxml where that refuses. */
import { globSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { missingTier } from '../../scripts/tiers.ts'
import { readVOEvent, VOEventError } from '../../vo/index.ts'
import { describeTier, samplesDir } from '../tiers.ts'
import {
  type Answer,
  countReaders,
  expectSameParams,
  expectSamePositions,
  expectSameTimes,
  type PeerReading,
  readByPeers,
} from './peer-reading.ts'

const folder = join(samplesDir ?? '', 'voevent')
const bytesOf = (path: string) => readFileSync(join(folder, path))
const lenient = (bytes: Uint8Array) => readVOEvent(bytes, { mode: 'lenient' }).event
/** Not well-formed, whatever is cut off: there is nothing to compare. */
const broken = ['frb/04-Retraction.xml', 'frb/II-Targeted.xml']

function report(what: string, counts: Readonly<Record<string, number>>): void {
  const each = Object.entries(counts).map(([name, number]) => `${name} ${number}`)
  console.log(`${what}: ${each.join(', ')}`)
}

const tier = (['samples', 'peers'] as const).find((name) => missingTier(name) !== undefined) ?? 'peers'

describeTier(tier, 'real packets, read leniently', () => {
  let readings: ReadonlyMap<string, PeerReading | null>
  let known: readonly (readonly [string, PeerReading])[]

  beforeAll(async () => {
    readings = await readByPeers(folder)
    known = [...readings].flatMap(([path, reading]) => (reading === null ? [] : [[path, reading] as const]))
  })

  it('all are read but the two that nobody takes for XML', () => {
    expect(readings.size).toBe(95)
    expect([...readings].filter(([, reading]) => reading === null).map(([path]) => path)).toEqual(broken)
    for (const path of broken) expect(() => lenient(bytesOf(path)), path).toThrow(VOEventError)
    for (const [path, { ivorn }] of known) expect(lenient(bytesOf(path)).ivoid, path).toBe(ivorn)
    const counts = countReaders(known.map(([, reading]) => reading))
    report('packets', counts)
    expect(counts).toEqual({ 'voevent-parse': 88, lxml: 5 })
  })

  it('have the positions that the peers find', () => {
    for (const [path, reading] of known) expectSamePositions(lenient(bytesOf(path)), reading, path)
    const found = known.flatMap(([, { positions }]) => positions).filter(({ is }) => is !== null)
    report('positions', countReaders(found))
    expect(countReaders(found)).toEqual({ 'voevent-parse': 73, lxml: 5 })
    expect(new Set(found.map(({ is }) => is?.ra)).size).toBeGreaterThan(50)
  })

  it('have the times that the peers find, to the microsecond in UTC', () => {
    let compared = 0
    for (const [path, reading] of known) compared += expectSameTimes(lenient(bytesOf(path)), reading, path)
    const found = known.flatMap(([, { times }]) => times).filter(({ is }) => is !== null)
    report('times', { ...countReaders(found), 'in UTC': compared })
    expect({ ...countReaders(found), compared }).toEqual({ 'voevent-parse': 81, lxml: 4, compared: 84 })
  })

  it('have the parameters that the peers find, in order', () => {
    const packets: Answer<unknown>[] = []
    const counts = { top: 0, groups: 0, grouped: 0, doubled: 0, withoutValue: 0, valueElements: 0 }
    for (const [path, reading] of known) {
      expectSameParams(lenient(bytesOf(path)), reading, path)
      const { params, groups } = reading
      const all = [...params.is, ...groups.is.flatMap((group) => group.params)]
      if (all.length > 0) packets.push(params)
      counts.top += params.is.length
      counts.groups += groups.is.length
      counts.grouped += all.length - params.is.length
      counts.withoutValue += all.filter((each) => each.value === undefined && each.Value === undefined).length
      counts.valueElements += all.filter((each) => each.Value !== undefined).length
      for (const list of [params.is, ...groups.is.map((group) => group.params), groups.is]) {
        if (new Set(list.map(({ name }) => name)).size < list.length) counts.doubled++
      }
    }
    report('parameters', { ...countReaders(packets), ...counts })
    expect(countReaders(packets)).toEqual({ 'voevent-parse': 83, lxml: 5 })
    expect(counts).toEqual({ top: 1498, groups: 224, grouped: 2167, doubled: 4, withoutValue: 4, valueElements: 1 })
  })
})

const namespace20 = 'http://www.ivoa.net/xml/VOEvent/v2.0'
const each = (text: string, pattern: RegExp, replace: (found: string, index: number) => string) => {
  let index = 0
  return text.replace(pattern, (found) => replace(found, index++))
}

/** In another encoding, if it starts with a declaration that can say so and has no characters beyond Latin-1. */
function encoded(text: string, name: string, encode: (text: string) => Uint8Array): string | Uint8Array {
  const declaration = /^<\?xml[^>]*\?>/
  if (!declaration.test(text) || /[\u0100-\uffff]/.test(text)) return text
  return encode(text.replace(declaration, `<?xml version="1.0" encoding="${name}"?>`))
}

/** What authors do to packets, and worse: each makes another packet of a real one, with everything still to be found. */
const oddWays: Readonly<Record<string, (text: string) => string | Uint8Array>> = {
  'an https namespace': (text) => text.replaceAll(namespace20, namespace20.replace('http:', 'https:')),
  'a default namespace': (text) =>
    text.replace(/<voe:VOEvent/, `<VOEvent xmlns="${namespace20}"`).replace(/<\/voe:VOEvent/, '</VOEvent'),
  'no namespace': (text) => text.replace(/<voe:VOEvent/, '<VOEvent').replace(/<\/voe:VOEvent/, '</VOEvent'),
  'a prefix on all elements': (text) =>
    text.includes('<voe:VOEvent') ? text.replace(/<(\/?)(?=[A-Za-z]+[\s/>])(?!voe:)/g, '<$1voe:') : text,
  'another version': (text) => text.replace(/(<[^?][^>]*\sversion=)"2.0"/, '$1"2"'),
  'prose before it': (text) => `Dear all: an alert.\n\n${text}`,
  'blank lines before it': (text) => `\n \n${text}`,
  'text in What and in Groups': (text) => text.replace(/(<What>|<Group[^/>]*>)/g, '$1 as seen '),
  'elements nobody knows': (text) => text.replace(/<(Param|ObsDataLocation|Position2D|Time)(?=[\s>])/g, '<Other/><$1'),
  'attributes nobody knows': (text) => text.replace(/<(Param|ISOTime|C1|C2|Position2D)(?=[\s/>])/g, '<$1 note="x"'),
  'Params without names': (text) =>
    each(text, /<Param\b[^>]*>/g, (tag, i) => (i % 3 === 0 ? tag.replace(/\sname=("[^"]*"|'[^']*')/, '') : tag)),
  'Params twice': (text) => text.replace(/<Param\b[^>]*\/>/g, '$&$&'),
  'Groups without names': (text) => text.replace(/(<Group\b[^>]*?)\sname=("[^"]*"|'[^']*')/g, '$1'),
  'Groups of one name': (text) => text.replace(/(<Group\b[^>]*?\sname=)("[^"]*"|'[^']*')/g, '$1"same"'),
  'datatype for dataType': (text) => text.replaceAll(' dataType=', ' datatype='),
  'types nobody knows': (text) => text.replace(/ dataType=("[^"]*"|'[^']*')/g, ' dataType="double"'),
  'values as elements': (text) =>
    text.replace(/(<Param\b[^>]*?)\svalue="([^"]*)"([^>]*)\/>/g, '$1$3><Value>$2</Value></Param>'),
  'broken lines in values': (text) => text.replace(/(<Param\b[^>]*?\svalue=")/g, '$1a\n\t&#10;&amp;&#x3b1;'),
  'single quotes': (text) => text.replace(/(\s(?:name|value|unit|ucd)=)"([^"'&]*)"/g, "$1'$2'"),
  'two places': (text) =>
    text.replace(/<ObsDataLocation>[\s\S]*?<\/ObsDataLocation>/, (found) => found + found.replace(/<C1>\s*/, '<C1>1')),
  'place before time': (text) =>
    text.replace(/(<Time\b[\s\S]*?<\/Time>)(\s*)(<Position2D[\s\S]*?<\/Position2D>)/, '$3$2$1'),
  'no error radius': (text) => text.replace(/<Error2Radius>[^<]*<\/Error2Radius>/, ''),
  'an unknown error': (text) => text.replace(/(<Error2Radius>)[^<]*/, '$1NaN'),
  'no unit': (text) => text.replace(/<Position2D\s+unit=("[^"]*"|'[^']*')/, '<Position2D'),
  'no names of coordinates': (text) => text.replace(/<Name[12]>[^<]*<\/Name[12]>/g, ''),
  'other names of coordinates': (text) => text.replace(/<Name1>[^<]*/, '<Name1>Right Ascension'),
  'blanks around numbers': (text) => text.replace(/<(C1|C2|Error2Radius|ISOTime)>\s*([^<]*?)\s*</g, '<$1>\n\t$2 <'),
  'signs and exponents': (text) => text.replace(/<(C1|C2)>\s*-?([0-9.]+)\s*</g, '<$1>+$2e-1<'),
  CDATA: (text) => text.replace(/<(C1|C2|ISOTime)>([^<]*)</g, '<$1><![CDATA[$2]]><'),
  comments: (text) =>
    text
      .replace(/<(C1|C2|ISOTime)>[^<]*/g, '$&<!-- <C1>7</C1> -->')
      .replace(/<(Param|What|Group)\b[^>]*>/g, '<!-- a > b -->$&'),
  'a zone east of Greenwich': (text) => text.replace(/(<ISOTime>[-0-9T:.]+)</, '$1+05:30<'),
  'no system': (text) => text.replace(/<AstroCoordSystem[^>]*\/>|<AstroCoordSystem[^>]*>\s*<\/AstroCoordSystem>/g, ''),
  'lines that end in CR LF': (text) => text.replaceAll('\n', '\r\n'),
  'UTF-16': (text) => encoded(text, 'UTF-16', (all) => Buffer.from(`\ufeff${all}`, 'utf16le')),
  'Latin-1': (text) =>
    encoded(text, 'ISO-8859-1', (all) => Buffer.from(all.replace(/( value=")/, '$1\u00e9'), 'latin1')),
}

describeTier(tier, 'real packets, made odd', () => {
  const made = mkdtempSync(join(tmpdir(), 'fountain-odd-'))
  let readings: ReadonlyMap<string, PeerReading | null>
  afterAll(() => rmSync(made, { recursive: true, force: true }))

  beforeAll(async () => {
    const paths = globSync('**/*.xml', { cwd: folder }).filter((path) => !broken.includes(path))
    for (const path of paths) {
      const text = bytesOf(path)
        .toString()
        .replace(/^\ufeff/, '')
      for (const [way, change] of Object.entries(oddWays)) {
        const changed = change(text)
        if (changed === text) continue
        mkdirSync(dirname(join(made, way, path)), { recursive: true })
        writeFileSync(join(made, way, path), changed)
      }
    }
    readings = await readByPeers(made)
  })

  it.each(Object.keys(oddWays))('%s: everything is found that the peers find', (way) => {
    const ours = [...readings].filter(([path]) => path.startsWith(`${way}/`))
    const counts = { packets: 0, positions: 0, times: 0, parameters: 0 }
    for (const [path, reading] of ours) {
      if (reading === null) expect.fail(`${path} is no XML any more`)
      const event = lenient(readFileSync(join(made, path)))
      expectSamePositions(event, reading, path)
      counts.times += expectSameTimes(event, reading, path)
      expectSameParams(event, reading, path)
      counts.packets++
      counts.positions += reading.positions.filter(({ is }) => is !== null).length
      counts.parameters += reading.params.is.length + reading.groups.is.length
    }
    report(way, counts)
    expect(Math.min(...Object.values(counts))).toBeGreaterThan(10)
  })
})
