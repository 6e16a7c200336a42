import { describe, expect, it } from 'vitest'
import { lowerEvent } from '../../../vo/lower-event.ts'
import type { VOEvent } from '../../../vo/model/voevent.ts'
import { VOEventError } from '../../../vo/voevent-error.ts'
import { readVOEvent, voeventText20, writeVOEvent20 } from '../../../vo/xml/voevent-2.0.ts'
import { writeVOEvent21 } from '../../../vo/xml/voevent-2.1.ts'
import { mutateBytes, mutateText, seeded } from '../mutate.ts'
import { fullEvent } from '../packet.ts'

const bytes = (text: string) => new TextEncoder().encode(text)
const full = voeventText20(fullEvent)
const lenient = (text: string) => readVOEvent(bytes(text), { mode: 'lenient' })
const odd = (text: string) => lenient(text).oddities.map(({ code, path, line }) => [code, path, line])
const strictCode = (document: Uint8Array): string => {
  try {
    readVOEvent(document, { mode: 'strict' })
    return 'taken'
  } catch (error) {
    if (error instanceof VOEventError) return error.code
    throw error
  }
}
const packet = (inner: string, root = 'version="2.0" ivorn="ivo://a.bc/d#1"') =>
  `<voe:VOEvent xmlns:voe="http://www.ivoa.net/xml/VOEvent/v2.0" ${root}>\n${inner}\n</voe:VOEvent>`

const packet21 = (inner: string) => packet(inner, 'version="2.1" ivorn="ivo://a.bc/d#1"').replace('v2.0', 'v2.1')

describe('white space', () => {
  const place = (c1: string) =>
    `<WhereWhen><ObsDataLocation><ObservatoryLocation/><ObservationLocation><AstroCoordSystem id="UTC-ICRS-TOPO"/><AstroCoords coord_system_id="UTC-ICRS-TOPO"><Position2D><Value2><C1>${c1}</C1><C2>2</C2></Value2><Error2Radius>1</Error2Radius></Position2D></AstroCoords></ObservationLocation></ObsDataLocation></WhereWhen>`

  it("around a token is XML's alone: what JavaScript trims besides is text", () => {
    const references = (uri: string) => lenient(packet(`<Reference uri="${uri}"/>`)).event.reference?.uri
    expect(references(' &#9;urn:a&#10;&#13;')).toBe('urn:a')
    expect(references(' \u00a0urn:a\u2003 ')).toBe('\u00a0urn:a\u2003')
    const cited = lenient(packet('<Citations><EventIVORN> \ufeffx\n</EventIVORN></Citations>')).event.citations
    expect(cited?.events).toEqual([{ ivoid: '\ufeffx' }])
    const { isoTime } = lenient(
      packet(
        place('1').replace(
          '<Position2D>',
          '<Time><TimeInstant><ISOTime> \u2028a \t b\u00a0 </ISOTime></TimeInstant></Time><Position2D>',
        ),
      ),
    ).event.whereWhen![0]!.time!
    expect(isoTime).toBe('\u2028a b\u00a0')
    expect(lenient(packet('', 'version="2.0" ivorn="\u00a0x "')).event.ivoid).toBe('\u00a0x')
  })

  it('of another kind makes no number and stands between no elements', () => {
    expect(strictCode(bytes(packet(place(' 1\n'))))).toBe('taken')
    expect(strictCode(bytes(packet(place('\u00a01'))))).toBe('VOE_NUMBER')
    expect(strictCode(bytes(packet('<What>\u00a0</What>')))).toBe('VOE_TEXT')
  })
})

describe('encodings', () => {
  it.each([
    ['UTF-8 with a mark', Buffer.from(`\ufeff${full}`)],
    ['no declaration', Buffer.from(full.slice(full.indexOf('\n') + 1))],
    ['ISO-8859-1', Buffer.from(full.replace('UTF-8', 'ISO-8859-1'), 'latin1')],
    ['UTF-16LE', Buffer.from(`\ufeff${full.replace('UTF-8', 'UTF-16')}`, 'utf16le')],
    ['UTF-16BE', Buffer.from(`\ufeff${full.replace('UTF-8', 'UTF-16')}`, 'utf16le').swap16()],
    ['UTF-16 without a mark', Buffer.from(full.replace('UTF-8', 'UTF-16'), 'utf16le')],
    ['UTF-16BE without a mark', Buffer.from(full.replace('UTF-8', 'UTF-16'), 'utf16le').swap16()],
    ['CRLF', Buffer.from(full.replaceAll('\n', '\r\n'))],
  ])('reads %s', (_, document) => {
    expect(readVOEvent(document, { mode: 'strict' }).event).toEqual(fullEvent)
  })

  it('takes 0x80 to 0x9f of ISO-8859-1 for what they are, not for windows-1252', () => {
    const document = Buffer.from(
      `<?xml version="1.0" encoding="ISO-8859-1"?>${packet('<Description>\x85</Description>')}`,
      'latin1',
    )
    expect(readVOEvent(document, { mode: 'strict' }).event.description).toBe('\u0085')
  })

  it.each([
    ['bytes that are no UTF-8', Buffer.from(full, 'latin1')],
    ['an encoding that is not known', bytes(full.replace('UTF-8', 'KOI8-R'))],
    ['UTF-16 cut in the middle of a character', Buffer.from(`\ufeff${full}`, 'utf16le').subarray(0, -1)],
  ])('refuses %s', (_, document) => {
    expect(strictCode(document)).toBe('XML_ENCODING')
  })
})

describe('what cannot be read', () => {
  it.each([
    ['', 'XML_EMPTY'],
    [' \n', 'XML_EMPTY'],
    ['x', 'XML_NOT_WELL_FORMED'],
    ['<xml/>', 'XSD_ROOT'],
    ['<voe:VOEvent xmlns:voe="http://www.ivoa.net/xml/VOEvent/v2.0" version="2.0"/>', 'XSD_ATTRIBUTE_MISSING'],
    [`<!DOCTYPE x>${packet('')}`, 'XML_DOCTYPE'],
    [packet('<What>'), 'XML_NOT_WELL_FORMED'],
    [packet(`<What>${'<Param/>'.repeat(20_001)}</What>`), 'XML_TOO_MANY'],
  ])('%j gives %s in either mode', (text, code) => {
    expect(strictCode(bytes(text))).toBe(code)
    expect(() => lenient(text)).toThrow(expect.objectContaining({ code }))
  })

  it('is a document above a million bytes, unread', () => {
    expect(strictCode(new Uint8Array(1_000_001).fill(0x20))).toBe('XML_TOO_LARGE')
    expect(strictCode(bytes(packet(`<!--${'x'.repeat(999_000)}-->`)))).toBe('taken')
  })
})

describe('versions', () => {
  it.each(['1.1', '2.0', '2.1'] as const)('reads %s by its namespace', (version) => {
    const text = full.replaceAll('VOEvent/v2.0', `VOEvent/v${version}`).replace('version="2.0"', `version="${version}"`)
    const document = bytes(text)
    const read = readVOEvent(document, { mode: 'strict' })
    expect(read).toEqual({ event: fullEvent, version, oddities: [], bytes: document })
    expect(read.bytes).toBe(document)
  })

  it('reads the order in which 1.1 names coordinate systems', () => {
    const text = full
      .replaceAll('VOEvent/v2.0', 'VOEvent/v1.1')
      .replace('version="2.0"', 'version="1.1"')
      .replaceAll('UTC-ICRS-TOPO', 'ICRS-UTC-TOPO')
    expect(lenient(text).event).toEqual(fullEvent)
  })

  it('reads all that 2.1 adds, and names it in a packet of 2.0', () => {
    const system = `<AstroCoordSystem id="CERES"><TimeFrame id="tf"><Name>n</Name><ReferencePosition>BARYCENTER</ReferencePosition><TimeScale>TDB</TimeScale></TimeFrame>
      <SpaceFrame id="sf"><Name>m</Name><SpaceRefFrame>ICRS</SpaceRefFrame><CoordFlavor>SPHERICAL</CoordFlavor><ReferencePosition>TOPOCENTER</ReferencePosition></SpaceFrame></AstroCoordSystem>`
    const coords = `<AstroCoords coord_system_id="CERES"><Time unit="s"><TimeInterval><ISOTimeStart>2026-01-01T00:00:00</ISOTimeStart><ISOTimeStop>2026-01-02T00:00:00</ISOTimeStop></TimeInterval><Error>1</Error></Time><PositionName>Ceres</PositionName>
      <Position2D><Value2><C1 pos_unit="deg">1</C1><C2>2</C2></Value2><Error2Radius ucd="stat.error">3</Error2Radius><Error2><C2 pos_unit="arcsec">1</C2></Error2></Position2D>
      <Position3D><Value3><C1>1</C1><C2>2</C2><C3 ucd="pos.distance">3</C3></Value3><Error3><C1>4</C1><C3>5</C3></Error3></Position3D></AstroCoords>`
    const text =
      packet(`<Who><Author><Contributor role="Editor" altIdentifier="https://orcid.org/0" ivorn="ivo://a.bc/d">Ada</Contributor><contributor>Bob</contributor></Author></Who>
      <WhereWhen id="here"><ObsDataLocation><ObservatoryLocation/><ObservationLocation>${system}${coords}</ObservationLocation></ObsDataLocation></WhereWhen>`)
    const as21 = text.replaceAll('v2.0', 'v2.1').replace('version="2.0"', 'version="2.1"')
    const { event, oddities } = readVOEvent(bytes(as21), { mode: 'strict' })
    expect(oddities).toEqual([])
    expect(event.who?.author?.contributors).toEqual([
      { name: 'Ada', role: 'Editor', altIdentifier: 'https://orcid.org/0', ivoid: 'ivo://a.bc/d' },
      { name: 'Bob' },
    ])
    expect(event.whereWhenNotes).toEqual({ id: 'here', descriptions: [], references: [] })
    expect(event.whereWhen).toEqual([
      {
        coordSystem: 'CERES',
        timeFrame: { id: 'tf', name: 'n', referencePosition: 'BARYCENTER', timeScale: 'TDB' },
        spaceFrame: {
          id: 'sf',
          name: 'm',
          spaceRefFrame: 'ICRS',
          coordFlavor: 'SPHERICAL',
          referencePosition: 'TOPOCENTER',
        },
        time: { interval: { start: '2026-01-01T00:00:00', stop: '2026-01-02T00:00:00' }, unit: 's', error: 1 },
        positionName: 'Ceres',
        position: {
          c1: 1,
          c2: 2,
          errorRadius: 3,
          error2: 1,
          attributes: [
            { of: 'c1', unit: 'deg' },
            { of: 'errorRadius', ucd: 'stat.error' },
            { of: 'error2', unit: 'arcsec' },
          ],
        },
        position3D: { c1: 1, c2: 2, c3: 3, error1: 4, error3: 5, attributes: [{ of: 'c3', ucd: 'pos.distance' }] },
      },
    ])
    expect(lenient(text).event).toEqual(event)
    expect(odd(text).map(([code, path]) => [code, String(path).split('/').at(-1)])).toEqual([
      ['VOE_LATER_VERSION', 'Contributor'],
      ['VOE_LATER_VERSION', 'TimeFrame'],
      ['VOE_LATER_VERSION', 'SpaceFrame'],
      ['VOE_COORD_SYSTEM_UNKNOWN', 'AstroCoordSystem'],
      ['VOE_LATER_VERSION', 'PositionName'],
      ['VOE_LATER_VERSION', 'TimeInterval'],
      ['VOE_LATER_VERSION', 'C1'],
      ['VOE_LATER_VERSION', 'Error2Radius'],
      ['VOE_LATER_VERSION', 'Error2'],
      ['VOE_LATER_VERSION', 'C2'],
      ['VOE_LATER_VERSION', 'C3'],
      ['VOE_LATER_VERSION', 'Error3'],
    ])
    expect(strictCode(bytes(text))).toBe('VOE_LATER_VERSION')
  })

  it('gives back a system whose id had to differ, and only then', () => {
    const location = (observatory: string, observation: string) =>
      `<ObsDataLocation><ObservatoryLocation><AstroCoordSystem id="${observatory}"/></ObservatoryLocation><ObservationLocation><AstroCoordSystem id="${observation}"/><AstroCoords coord_system_id="${observation}"/></ObservationLocation></ObsDataLocation>`
    const text = packet(
      `<WhereWhen>${location('A', 'A-2')}${location('B-2', 'A-3')}${location('A-5', 'B')}${location('A-2-2', 'B-02')}</WhereWhen>`,
    )
    const { whereWhen } = lenient(text.replaceAll('v2.0', 'v2.1')).event
    expect(whereWhen?.map((each) => [each.observatory?.coordSystem, each.coordSystem])).toEqual([
      ['A', 'A'],
      ['B-2', 'A'],
      ['A-5', 'B'],
      ['A-2-2', 'B-02'],
    ])
  })
})

describe('oddities: read leniently and named, refused strictly', () => {
  const where = (coords: string) =>
    `<WhereWhen><ObsDataLocation><ObservatoryLocation/><ObservationLocation><AstroCoordSystem id="UTC-FK5-GEO"/>${coords}</ObservationLocation></ObsDataLocation></WhereWhen>`
  type Case = [title: string, text: string, code: string, path: string, read: Partial<VOEvent>]
  const what = (more: object) => ({
    what: { params: [], groups: [], tables: [], descriptions: [], references: [], ...more },
  })
  // biome-ignore format: a table, one case a line
  const cases: Case[] = [
    ['an https namespace', packet('').replace('http:', 'https:'), 'VOE_NAMESPACE', '/VOEvent', {}],
    ['no namespace', '<VOEvent version="2.0" ivorn="ivo://a.bc/d#1"/>', 'VOE_NAMESPACE', '/VOEvent', {}],
    ['another version', packet('', 'version="1.1" ivorn="ivo://a.bc/d#1"'), 'VOE_VERSION', '/VOEvent', {}],
    ['role="observe"', packet('', 'version="2.0" role="observe" ivorn="ivo://a.bc/d#1"'), 'VOE_ROLE', '/VOEvent', {}],
    ['a default namespace on children', packet('<What xmlns="urn:x"/>'), 'VOE_CHILD_NAMESPACE', '/VOEvent/What', what({})],
    ['an unknown element', packet('<Foo/>'), 'VOE_UNKNOWN', '/VOEvent/Foo', {}],
    ['an element twice', packet('<Description>a</Description><Description>b</Description>'), 'VOE_REPEATED', '/VOEvent/Description[2]', { description: 'a' }],
    ['lower-case datatype', packet('<What><Param/><Param name="p" datatype="int" value="1"/></What>'), 'VOE_ATTRIBUTE_CASE', '/VOEvent/What/Param[2]', what({ params: [{ definition: { name: '', dataType: 'string' }, value: null }, { definition: { name: 'p', dataType: 'int' }, value: '1' }] })],
    ['dataType="bool"', packet('<What><Param name="p" dataType="bool" value="true"/></What>'), 'VOE_DATA_TYPE', '/VOEvent/What/Param', what({ params: [{ definition: { name: 'p', dataType: 'string' }, value: 'true' }] })],
    ['text in a Group', packet('<What><Group name="g">\nsome text\n</Group></What>'), 'VOE_TEXT', '/VOEvent/What/Group', what({ groups: [{ name: 'g', params: [], descriptions: ['some text'] }] })],
    ['a Reference without uri', packet('<Reference/>'), 'VOE_MISSING', '/VOEvent/Reference', {}],
    ['an empty How', packet('<How/>'), 'VOE_MISSING', '/VOEvent/How', {}],
    ['Citations of nothing', packet('<Citations/>'), 'VOE_MISSING', '/VOEvent/Citations', {}],
    ['a wrong number', packet('<Why importance="high"><Name>n</Name></Why>'), 'VOE_NUMBER', '/VOEvent/Why', { why: { names: ['n'], concepts: [], inferences: [], descriptions: [], references: [] } }],
    ['Citations in another order', packet('<Citations><Description>d</Description><EventIVORN>ivo://a.bc/d#0</EventIVORN></Citations>'), 'VOE_ORDER', '/VOEvent/Citations/EventIVORN', { citations: { events: [{ ivoid: 'ivo://a.bc/d#0' }], description: 'd' } }],
    ['a system that 2.0 does not know', packet(where('<AstroCoords/>').replace('UTC-FK5-GEO', 'GPS-FK5-GEO')), 'VOE_COORD_SYSTEM_UNKNOWN', '/VOEvent/WhereWhen/ObsDataLocation/ObservationLocation/AstroCoordSystem', { whereWhen: [{ coordSystem: 'GPS-FK5-GEO' }] }],
    ['the old order of a system', packet(where('<AstroCoords/>').replace('UTC-FK5-GEO', 'FK5-UTC-GEO')), 'VOE_COORD_SYSTEM_UNKNOWN', '/VOEvent/WhereWhen/ObsDataLocation/ObservationLocation/AstroCoordSystem', { whereWhen: [{ coordSystem: 'UTC-FK5-GEO' }] }],
    ['a position without a radius', packet(where('<AstroCoords><Position2D><Value2><C1>1</C1><C2>2</C2></Value2></Position2D></AstroCoords>')), 'VOE_MISSING', '/VOEvent/WhereWhen/ObsDataLocation/ObservationLocation/AstroCoords/Position2D', { whereWhen: [{ coordSystem: 'UTC-FK5-GEO', position: { c1: 1, c2: 2 } }] }],
    ['a name of 2.1 for a position', packet(where('<AstroCoords><PositionName>Mars</PositionName></AstroCoords>')), 'VOE_LATER_VERSION', '/VOEvent/WhereWhen/ObsDataLocation/ObservationLocation/AstroCoords/PositionName', { whereWhen: [{ coordSystem: 'UTC-FK5-GEO', positionName: 'Mars' }] }],
    ['2.1: an error before the instant', packet21(where('<AstroCoords><Time><Error>1</Error><TimeInstant><ISOTime>2026-01-01</ISOTime></TimeInstant></Time></AstroCoords>')), 'VOE_ORDER', '/VOEvent/WhereWhen/ObsDataLocation/ObservationLocation/AstroCoords/Time/TimeInstant', { whereWhen: [{ coordSystem: 'UTC-FK5-GEO', time: { isoTime: '2026-01-01', error: 1 } }] }],
    ['2.1: an instant twice', packet21(where('<AstroCoords><Time><TimeInstant><ISOTime>2026-01-01</ISOTime><ISOTime>2026-01-02</ISOTime></TimeInstant></Time></AstroCoords>')), 'VOE_REPEATED', '/VOEvent/WhereWhen/ObsDataLocation/ObservationLocation/AstroCoords/Time/TimeInstant/ISOTime[2]', { whereWhen: [{ coordSystem: 'UTC-FK5-GEO', time: { isoTime: '2026-01-01' } }] }],
    ['2.1: an instant and an interval', packet21(where('<AstroCoords><Time><TimeInstant><ISOTime>2026-01-01</ISOTime></TimeInstant><TimeInterval/></Time></AstroCoords>')), 'VOE_REPEATED', '/VOEvent/WhereWhen/ObsDataLocation/ObservationLocation/AstroCoords/Time/TimeInterval', { whereWhen: [{ coordSystem: 'UTC-FK5-GEO', time: { isoTime: '2026-01-01' } }] }],
    ['2.1: a role of a contributor', packet21('<Who><Author><Contributor role="Poet">Ada</Contributor></Author></Who>'), 'VOE_CONTRIBUTOR_ROLE', '/VOEvent/Who/Author/Contributor', { who: { author: { contributors: [{ name: 'Ada', role: 'Poet' }] } } }],
    ['a position without a number', packet(where('<AstroCoords><Position2D><Value2><C1>1</C1></Value2><Error2Radius>1</Error2Radius></Position2D></AstroCoords>')), 'VOE_POSITION', '/VOEvent/WhereWhen/ObsDataLocation/ObservationLocation/AstroCoords/Position2D/Value2', { whereWhen: [{ coordSystem: 'UTC-FK5-GEO' }] }],
  ]

  it.each(cases)('%s', (_, text, code, path, read) => {
    const line = text.slice(0, text.indexOf(path.split('/').at(-1)!.replace(/\[.*/, ''))).split('\n').length
    expect(odd(text)).toEqual([[code, path, line]])
    expect(lenient(text).event).toEqual({ ivoid: 'ivo://a.bc/d#1', role: 'observation', ...read })
    expect(strictCode(bytes(text))).toBe(code)
  })

  it('prose before the declaration', () => {
    const text = `A sample\nby somebody & others\n\n${full}`
    expect(odd(text)).toEqual([['VOE_PROLOG', '', 1]])
    expect(lenient(text).event).toEqual(fullEvent)
    expect(strictCode(bytes(text))).toBe('XML_PROLOG')
    expect(strictCode(bytes(`\n${full}`))).toBe('XML_PROLOG')
    expect(lenient(`\n${full}`).event).toEqual(fullEvent)
    expect(() => lenient(text.replace('</What>', '<'))).toThrow(/line/)
  })

  it.each([
    ['several locations', where('<AstroCoords/>').replace(/<ObsData.*<\/ObsDataLocation>/, '$&$&'), 'VOE_LOCATIONS'],
    ['another coordinate system', where('<AstroCoords coord_system_id="UTC-ICRS-TOPO"/>'), 'VOE_COORD_SYSTEM'],
    ['an Author with two titles', '<Who><Author><title>a</title><title>b</title></Author></Who>', 'VOE_NOT_KEPT'],
    ['two instants', where('<AstroCoords><Time><TimeInstant/><TimeInstant/></Time></AstroCoords>'), 'VOE_NOT_KEPT'],
    ['a value twice', '<What><Param value="1"><Value>2</Value></Param></What>', 'VOE_NOT_KEPT'],
  ])('%s is named and taken strictly too, as the schema takes it', (_, inner, code) => {
    expect(odd(packet(inner)).map(([each]) => each)).toEqual([code])
    expect(strictCode(bytes(packet(inner)))).toBe('taken')
  })

  it('are at most a hundred', () => {
    expect(odd(packet(`<What>${'<Foo/>'.repeat(500)}</What>`))).toHaveLength(100)
  })
})

describe('VOEvent 1.1', () => {
  const text = `<voe:VOEvent xmlns:voe="http://www.ivoa.net/xml/VOEvent/v1.1" xmlns:xlink="http://www.w3.org/1999/xlink"
    xmlns:stc="http://www.ivoa.net/xml/STC/stc-v1.30.xsd" version="1.1" role="test" ivorn="ivo://a.bc/d#1">
    <What><Param name="p" value="1">in words</Param><Group name="g">more words<Param name="q" value="2"/></Group></What>
    <WhereWhen><stc:ObsDataLocation><stc:ObservatoryLocation xlink:href="ivo://STClib/x" id="GEOLUN"/><stc:ObservationLocation>
    <stc:AstroCoordSystem xlink:href="ivo://STClib/y" id="FK5-UTC-GEO"/><stc:AstroCoords coord_system_id="FK5-UTC-GEO">
    <stc:Time unit="s"><stc:TimeInstant><stc:ISOTime>2011-09-04T03:54:36</stc:ISOTime></stc:TimeInstant></stc:Time>
    <stc:Position2D unit="deg"><stc:Value2>193.5 -31.75</stc:Value2><stc:Error2Radius>17</stc:Error2Radius></stc:Position2D>
    </stc:AstroCoords></stc:ObservationLocation></stc:ObsDataLocation></WhereWhen></voe:VOEvent>`

  it('is read with its coordinates and its words, and each oddity named', () => {
    const { event, version, oddities } = lenient(text)
    expect(version).toBe('1.1')
    expect(event.what?.params).toEqual([
      { definition: { name: 'p', dataType: 'string', description: 'in words' }, value: '1' },
    ])
    expect(event.what?.groups[0]).toMatchObject({ name: 'g', descriptions: ['more words'] })
    expect(event.whereWhen).toEqual([
      {
        observatory: { id: 'GEOLUN' },
        coordSystem: 'UTC-FK5-GEO',
        time: { isoTime: '2011-09-04T03:54:36', unit: 's' },
        position: { unit: 'deg', c1: 193.5, c2: -31.75, errorRadius: 17 },
      },
    ])
    expect(oddities.map(({ code, path }) => `${code} ${path.split('/').at(-1)}`).sort()).toEqual([
      'VOE_COORD_SYSTEM_UNKNOWN AstroCoordSystem',
      'VOE_TEXT Group',
      'VOE_TEXT Param',
      'VOE_TEXT Value2',
      'VOE_UNKNOWN AstroCoordSystem',
      'VOE_UNKNOWN ObservatoryLocation',
    ])
    expect(() => readVOEvent(bytes(text), { mode: 'strict' })).toThrow(VOEventError)
  })
})

describe('any bytes', () => {
  it('are read or refused with a code; what is read can be written and read again', () => {
    const random = seeded(42)
    const original = writeVOEvent20(fullEvent)
    let taken = 0
    for (let i = 0; i < 3000; i++) {
      const mutant = i % 2 === 0 ? mutateBytes(original, random) : bytes(mutateText(full, random))
      let event: VOEvent
      try {
        event = readVOEvent(mutant, { mode: 'lenient' }).event
      } catch (error) {
        expect(error).toBeInstanceOf(VOEventError)
        continue
      }
      taken++
      // Of a coordinate system that 2.0 does not know a mutant's event keeps the name in a Param.
      const written = readVOEvent(writeVOEvent20(event), { mode: 'strict' })
      expect(written.event).toEqual(lowerEvent(event, '2.0').event)
      expect(readVOEvent(writeVOEvent21(event), { mode: 'strict' }).event).toEqual(event)
    }
    expect(taken).toBeGreaterThan(300)
  })
})
