/**
 * VOEvent 2.0 in XML: events written and packets read a second of processor time (all threads, collection of garbage
 * included), ours beside the libraries that one would take otherwise. Medians over interleaved rounds in one process;
 * `times` is ours over the peer, above 1 where ours is faster. The event has 60 Params with ucd, unit and description; their definitions are the same objects from
 * event to event, as a mapping's are, and their values are not.
 *
 *   node scripts/node24.mjs bench/voevent-xml.ts [rounds]
 */
import { readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { XMLBuilder, XMLParser } from 'fast-xml-parser'
import { ParseOption, XmlDocument, XmlElement } from 'libxml2-wasm'
import { samplesDir } from '../scripts/tiers.ts'
import type { Param, ParamDefinition, VOEvent } from '../vo/model/voevent.ts'
import { namespace20, readVOEvent, writeVOEvent20 } from '../vo/xml/voevent-2.0.ts'

const rounds = Number(process.argv[2] ?? 7)
/** Long enough that the garbage of the one before, collected on this time, weighs little. */
const roundUs = 250_000

/** A number of 0..1 that is the same in every run. */
let state = 1
const random = () => (state = Math.imul(state, 48_271) >>> 0) / 2 ** 32

/** Of ten Params six are floats of single precision, one is a float of double precision, two are whole, one is text. */
const definitions = Array.from({ length: 60 }, (_, i): ParamDefinition => {
  const description = `Quantity ${i} of the source: what it is, where it comes from, and how it was measured`
  const ends = i % 10
  if (ends === 9) return { name: `flag${i}`, dataType: 'string', ucd: 'meta.code', description }
  if (ends >= 7) return { name: `count${i}`, dataType: 'int', ucd: 'meta.number', description }
  return { name: `psfFlux${i}`, dataType: 'float', unit: 'nJy', ucd: 'phot.flux.density;em.opt', description }
})

function paramOf(definition: ParamDefinition, i: number): Param {
  const ends = i % 10
  if (ends === 9) return { definition, value: random() < 0.5 ? 'LSST-AP-DS' : 'r' }
  if (ends === 8) return { definition, value: BigInt(Math.floor(random() * 2 ** 53)) * 997n }
  if (ends === 7) return { definition, value: Math.floor(random() * 1000) }
  if (ends === 6) return { definition, value: 60_000 + random() * 1000 }
  return { definition, value: Number((random() * 10 ** Math.floor(random() * 8 - 2)).toPrecision(7)) }
}

const events = Array.from(
  { length: 500 },
  (_, i): VOEvent => ({
    ivoid: `ivo://org.example.fountain/lsst#${3_068_429_600_980_000_000n + BigInt(i)}`,
    role: 'observation',
    who: {
      authorIvoid: 'ivo://org.example.fountain',
      date: '2026-03-06T02:18:00.123',
      author: { title: 'Fountain at Example', contactEmail: 'alerts@example.org' },
    },
    what: { params: definitions.map(paramOf), groups: [], tables: [], descriptions: [], references: [] },
    whereWhen: [
      {
        observatory: { id: 'Rubin' },
        coordSystem: 'UTC-ICRS-TOPO',
        time: { unit: 's', isoTime: '2026-03-06T02:17:21.5', error: 0.1 },
        position: { unit: 'deg', name1: 'RA', name2: 'Dec', c1: random() * 360, c2: -random() * 90, errorRadius: 1e-5 },
      },
    ],
    why: { importance: 0.5, names: ['AT 2026abc'], concepts: [], inferences: [], descriptions: [], references: [] },
  }),
)

interface Variant {
  readonly name: string
  run(turn: number): unknown
}

/** Prints the median of each variant's calls a second; the first is ours. */
function compare(title: string, variants: readonly Variant[]): void {
  const rates = variants.map((): number[] => [])
  let turn = 0
  for (let round = -1; round < rounds; round++) {
    for (const [i, variant] of variants.entries()) {
      const start = process.cpuUsage()
      let calls = 0
      let spentUs = 0
      while (spentUs < roundUs) {
        for (let k = 0; k < 10; k++) variant.run(turn++)
        calls += 10
        const { user, system } = process.cpuUsage(start)
        spentUs = user + system
      }
      // The first round warms up.
      if (round >= 0) rates[i]!.push((calls * 1e6) / spentUs)
    }
  }
  const medians = rates.map((each) => each.sort((a, b) => a - b)[each.length >> 1]!)
  console.log(title)
  for (const [i, { name }] of variants.entries()) {
    const rate = Math.round(medians[i]!).toLocaleString('en').padStart(9)
    const us = (1e6 / medians[i]!).toFixed(1).padStart(8)
    const times = (medians[0]! / medians[i]!).toFixed(2).padStart(6)
    console.log(`  ${name.padEnd(34)} ${rate} a second ${us} us ${times} times`)
  }
}

/** The event as the plain objects that XMLBuilder takes. */
function builderTree(event: VOEvent): object {
  const { who, what, whereWhen, why } = event
  const { observatory, coordSystem, time, position } = whereWhen![0]!
  const param = ({ definition: { name, ucd, unit, dataType, description }, value }: Param) => {
    const attributes = { '@name': name, '@ucd': ucd, '@dataType': dataType, '@value': String(value) }
    return { ...attributes, ...(unit === undefined ? {} : { '@unit': unit }), Description: description }
  }
  const frame = { AstroCoordSystem: { '@id': coordSystem } }
  const place = {
    '@unit': position!.unit,
    Name1: position!.name1,
    Name2: position!.name2,
    Value2: { C1: position!.c1, C2: position!.c2 },
    Error2Radius: position!.errorRadius,
  }
  const when = { '@unit': time!.unit, TimeInstant: { ISOTime: time!.isoTime }, Error: time!.error }
  const coords = { '@coord_system_id': coordSystem, Time: when, Position2D: place }
  return {
    '?xml': { '@version': '1.0', '@encoding': 'UTF-8' },
    'voe:VOEvent': {
      '@xmlns:voe': namespace20,
      '@version': '2.0',
      '@role': event.role,
      '@ivorn': event.ivoid,
      Who: {
        AuthorIVORN: who!.authorIvoid,
        Date: who!.date,
        Author: { title: who!.author!.title, contactEmail: who!.author!.contactEmail },
      },
      What: { Param: what!.params.map(param) },
      WhereWhen: {
        ObsDataLocation: {
          ObservatoryLocation: { '@id': observatory!.id },
          ObservationLocation: { ...frame, AstroCoords: coords },
        },
      },
      Why: { '@importance': why!.importance, Name: why!.names[0] },
    },
  }
}

/** A chain of xmlbuilder2, as far as it is used here; the package may be missing. */
interface Xmlbuilder2 {
  create(options: object, contents: object): { end(options: object): string }
}

async function writers(): Promise<Variant[]> {
  const builder = new XMLBuilder({ ignoreAttributes: false, attributeNamePrefix: '@', format: true })
  const variants: Variant[] = [
    { name: 'ours', run: (turn) => writeVOEvent20(events[turn % events.length]!) },
    {
      name: 'fast-xml-parser XMLBuilder',
      run: (turn) => Buffer.from(builder.build(builderTree(events[turn % events.length]!))),
    },
  ]
  const name = 'xmlbuilder2'
  const peer = (await import(name).catch(() => undefined)) as Xmlbuilder2 | undefined
  if (peer === undefined) console.log('xmlbuilder2 is not installed: not measured')
  else {
    const run = (turn: number) => {
      const { '?xml': _, ...root } = builderTree(events[turn % events.length]!) as Record<string, object>
      return Buffer.from(peer.create({ version: '1.0', encoding: 'UTF-8' }, root).end({ prettyPrint: true }))
    }
    variants.push({ name, run })
  }
  return variants
}

const option = ParseOption.XML_PARSE_NONET | ParseOption.XML_PARSE_NO_XXE

/** What most clients want of a packet: its Params, position and time. */
function extract(document: XmlDocument): object {
  const params: Record<string, string>[] = []
  const found: Record<string, string> = {}
  const walk = (element: XmlElement) => {
    const { name } = element
    if (name === 'Param') {
      const param: Record<string, string> = {}
      for (const attribute of element.attrs) param[attribute.name] = attribute.value
      params.push(param)
    } else if (name === 'ISOTime' || name === 'C1' || name === 'C2' || name === 'Error2Radius') {
      found[name] = element.content
    }
    for (let node = element.firstChild; node !== null; node = node.next) if (node instanceof XmlElement) walk(node)
  }
  walk(document.root)
  return { params, found }
}

function readers(packets: readonly Uint8Array[]): Variant[] {
  const parser = new XMLParser({ ignoreAttributes: false, parseTagValue: false, parseAttributeValue: false })
  const buffers = packets.map((bytes) => Buffer.from(bytes))
  const packet = (turn: number) => buffers[turn % buffers.length]!
  const parsed = <T>(turn: number, use: (document: XmlDocument) => T): T => {
    const document = XmlDocument.fromBuffer(packet(turn), { option })
    try {
      return use(document)
    } finally {
      document.dispose()
    }
  }
  return [
    { name: 'ours, to the model', run: (turn) => readVOEvent(packet(turn), { mode: 'lenient' }) },
    { name: 'libxml2-wasm, parse alone', run: (turn) => parsed(turn, (document) => document.root.name) },
    { name: 'libxml2-wasm, Params, place, time', run: (turn) => parsed(turn, extract) },
    { name: 'fast-xml-parser, to objects', run: (turn) => parser.parse(packet(turn)) },
  ]
}

const written = events.map((event) => writeVOEvent20(event))
compare(`write an event of 60 Params, ${written[0]!.length} bytes`, await writers())
compare(`read an event of 60 Params, ${written[0]!.length} bytes`, readers(written))
const samples = [
  'voevent-parse/SWIFT_bat_position_v2.0_example.xml',
  'fink-voevent/ivo__gwnet_LVCMS191201o1Preliminary.xml',
  'pygcn/gbm_flt_pos.xml',
]
if (samplesDir === undefined) console.log('there are no real packets beside this checkout: not measured')
else {
  for (const name of samples) {
    const bytes = readFileSync(join(samplesDir, 'voevent', name))
    compare(`read ${basename(name)}, ${bytes.length} bytes`, readers([bytes]))
  }
}
