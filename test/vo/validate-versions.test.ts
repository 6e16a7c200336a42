/** Which schema a document is held against, and what is said where that is not its own. */
import { globSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { XmlDocument, XsdValidator } from 'libxml2-wasm'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openValidator, type SchemaVersion, schemaVersions, type Validator } from '../../vo/validate.ts'
import { writeXml3 } from '../../vo/voevent-3/xml-write.ts'
import { namespace20, voeventText20 } from '../../vo/xml/voevent-2.0.ts'
import { describeTier, referenceDir, samplesDir } from '../tiers.ts'
import { fullEvent } from './packet.ts'

let validator: Validator
beforeAll(async () => {
  validator = await openValidator()
})
afterAll(() => validator.dispose())

const packet20 = voeventText20(fullEvent)
const packet21 = (inner: string, name = 'voe:VOEvent') =>
  `<${name} xmlns:voe="http://www.ivoa.net/xml/VOEvent/v2.1" version="2.1" ivorn="ivo://a.bc/d?1">\n${inner}\n</${name}>`
const validate = (text: string, version?: SchemaVersion) =>
  validator.validate(new TextEncoder().encode(text), version === undefined ? {} : { version })
const errors = (text: string, version?: SchemaVersion) =>
  validate(text, version)
    .issues.filter(({ severity }) => severity === 'error')
    .map(({ code, path, line }) => [code, path, line])
const where = (system: string, coords: string) =>
  packet21(`<WhereWhen><ObsDataLocation><ObservatoryLocation/><ObservationLocation>
<AstroCoordSystem ${system}
<AstroCoords coord_system_id="a">${coords}</AstroCoords></ObservationLocation></ObsDataLocation></WhereWhen>`)
const here = '/VOEvent/WhereWhen/ObsDataLocation/ObservationLocation'

describe('the version', () => {
  it('is that of the root, unless another is asked for', () => {
    expect(validate(packet20)).toMatchObject({ version: '2.0', valid: true })
    expect(validate(packet20, '2.0')).toMatchObject({ version: '2.0', valid: true })
    expect(validate(packet21(''))).toEqual({ version: '2.1', valid: true, issues: [] })
    expect(validate(packet21(''), '2.1')).toEqual({ version: '2.1', valid: true, issues: [] })
  })

  const changed = (from: string | RegExp, to: string) => packet20.replace(from, to)
  const bare = packet20.replace(/voe:VOEvent xmlns:voe="[^"]*"/, 'VOEvent').replace('</voe:', '</')
  it.each<[string, string, SchemaVersion | undefined, SchemaVersion, string]>([
    ['a 2.1 with 2.0', packet21(''), '2.0', '2.0', 'It is a VOEvent 2.1, held against 2.0 as was asked.'],
    ['a 2.0 with 2.1', packet20, '2.1', '2.1', 'It is a VOEvent 2.0, held against 2.1 as was asked.'],
    ['a 1.1', changed('/v2.0"', '/v1.1"'), undefined, '2.0', 'It is a VOEvent 1.1, held against 2.0.'],
    ['a 1.1 with 2.1', changed('/v2.0"', '/v1.1"'), '2.1', '2.1', 'It is a VOEvent 1.1, held against 2.1.'],
    ['no namespace', bare, undefined, '2.0', 'It has no namespace and is held against 2.0.'],
    ['no namespace with 2.1', bare, '2.1', '2.1', 'It has no namespace and is held against 2.1.'],
    [
      'https',
      changed(/http:(?=[^"]*v2.0")/, 'https:'),
      undefined,
      '2.0',
      'Its namespace is https://www.ivoa.net/xml/VOEvent/v2.0; it is held against 2.0.',
    ],
    ['another root', packet21('', 'voe:Event'), undefined, '2.1', 'It is voe:Event.'],
  ])('%s: is told, with the reason', (_, text, asked, version, says) => {
    const found = validate(text, asked)
    expect(found).toMatchObject({ version, valid: false })
    expect(found.issues[0]).toMatchObject({ code: 'XSD_ROOT', severity: 'error' })
    expect(found.issues[0]?.message).toBe(`The root element is not VOEvent in the namespace of this version. ${says}`)
  })

  it('is told of what is no XML as well', () => {
    expect(validate('<a>')).toMatchObject({ version: '2.0', valid: false })
    expect(validate('<a>', '2.1')).toMatchObject({ version: '2.1', valid: false })
  })

  it('can be any that there is a schema of', () => {
    expect(schemaVersions).toEqual(['2.0', '2.1', '3'])
    for (const version of schemaVersions) expect(validate('<a/>', version).issues[0]?.code).toBe('XSD_ROOT')
  })
})

describe('the draft of 3', () => {
  const draft = writeXml3(fullEvent)
  it('is known by its namespace', () => {
    expect(validate(draft)).toEqual({ version: '3', valid: true, issues: [] })
    expect(validate(draft, '2.1').issues[0]?.message).toContain('It is a VOEvent 3, held against 2.1 as was asked.')
  })

  it('is warned of by rules of its own', () => {
    const { valid, issues } = validate(draft.replace('role="observation"', 'role="observation" description=""'))
    expect({ valid, codes: issues.map(({ code }) => code) }).toEqual({ valid: false, codes: ['XSD_ATTRIBUTE_UNKNOWN'] })
    const odd = validate(draft.replace(/<v>.*?<\/v>/, ''))
    expect(odd.valid).toBe(true)
    expect(odd.issues.map(({ code, path, severity }) => [code, path, severity])).toEqual([
      ['VOE_NUMBER', '/VOEvent/what/params/v[2]', 'warning'],
      ['VOE3_PARAM_LIST', '/VOEvent/what/params', 'warning'],
    ])
  })

  it('may be as large as its readers take, which a packet of 2.0 may not', () => {
    const pictures = {
      ...fullEvent,
      attachments: [{ name: 'a', mediaType: 'image/fits', data: new Uint8Array(1_500_000) }],
    }
    expect(validate(writeXml3(pictures))).toMatchObject({ version: '3', valid: true })
    const large = writeXml3(pictures).replaceAll('urn:x-fountain:voevent:3.0-draft', namespace20)
    expect(validate(large).issues[0]?.code).toBe('XML_TOO_LARGE')
  })

  it('has places by local names, though its elements lie in a namespace', () => {
    expect(errors(draft.replace('</VOEvent>', '<odd/></VOEvent>')).map((each) => each[1])).toEqual(['/VOEvent/odd'])
  })
})

describe('places', () => {
  it.each([
    ['<What><Param/><Param/><Param/>\n<Param y="1"/></What>', '/VOEvent/What/Param[4]/@y', 3],
    ['<What><Param/>\n<x:Param/><Param/></What>', '/VOEvent/What/Param[2]', 3],
    ['<What><Param/>\n<Group/><Param xmlns="urn:x"/></What>', '/VOEvent/What/Param[2]', 3],
    ['<What xmlns="urn:x"><Param/></What>\n<Who/>', '/VOEvent/What', 2],
    ['<What/><Who>\n<Author>\n<x:title/></Author></Who>', '/VOEvent/Who/Author/title', 4],
  ])('are told by local names, counted as they stand: %s', (inner, path, line) => {
    const found = errors(packet21(inner).replace('version', 'xmlns:x="urn:x" version'))
    expect(found.map((each) => each.slice(1))).toEqual([[path, line]])
  })

  it('are told of a document in a default namespace', () => {
    const text = packet21('<What>\n<Param/></What>', 'VOEvent').replace('xmlns:voe', 'xmlns')
    expect(errors(text)).toEqual([['XSD_ELEMENT_UNKNOWN', '/VOEvent/What', 2]])
  })
})

describe('VOEvent 2.1', () => {
  const value = '<Value2><C1 pos_unit="deg">1</C1><C2>2</C2></Value2>'
  it.each([
    ['open frames', where('id="a"><TimeFrame id="b"/><SpaceFrame id="c"/></AstroCoordSystem>', '')],
    [
      'an interval',
      where('id="a"/>', '<Time><TimeInterval><ISOTimeStart>2026-01-01</ISOTimeStart></TimeInterval></Time>'),
    ],
    ['a named position', where('id="a"/>', '<PositionName>Ceres</PositionName>')],
    ['no error radius', where('id="a"/>', `<Position2D>${value}</Position2D>`)],
    ['errors by axis', where('id="a"/>', `<Position2D>${value}<Error2><C1>1</C1></Error2></Position2D>`)],
    ['contributors', packet21('<Who><Author><Contributor role="Researcher">A</Contributor></Author></Who>')],
  ])('has %s, which 2.0 has not', (_, text) => {
    expect(errors(text)).toEqual([])
    const older = text.replace('/v2.1"', '/v2.0"').replace('"2.1"', '"2.0"').replaceAll('"a"', '"UTC-ICRS-TOPO"')
    expect(errors(older)).not.toEqual([])
  })

  it.each([
    [packet21('<Foo/>'), 'XSD_ELEMENT_UNKNOWN', '/VOEvent/Foo', 2],
    [
      packet21('<Who><Author><Contributor role="Boss"/></Author></Who>'),
      'XSD_VALUE',
      '/VOEvent/Who/Author/Contributor/@role',
      2,
    ],
    [where('id="two words"/>', ''), 'XSD_ID', `${here}/AstroCoordSystem/@id`, 3],
    [where('id="a"><TimeFrame id="a"/></AstroCoordSystem>', ''), 'XSD_ID', `${here}/AstroCoordSystem/TimeFrame/@id`, 3],
    [
      where('id="a"/>', '<Position2D><Value2><C1>1</C1><C2>2</C2></Value2></Position2D><Time/>'),
      'XSD_ELEMENT_UNKNOWN',
      `${here}/AstroCoords/Time`,
      4,
    ],
    [where('id="a"/>', '<Position2D/>'), 'XSD_ELEMENT_MISSING', `${here}/AstroCoords/Position2D`, 4],
  ])('document %#: %s', (text, code, path, line) => {
    expect(errors(text)).toEqual([[code, path, line]])
  })
})

describeTier('samples', 'real packets', () => {
  const packets = globSync(join(samplesDir ?? '', 'voevent/**/*.xml'))
    .sort()
    .map((path) => ({ path, bytes: readFileSync(path) }))

  const ivoaAccepts = (version: SchemaVersion): Set<string> => {
    const document = XmlDocument.fromBuffer(readFileSync(join(referenceDir!, `xsd/VOEvent-v${version}.xsd`)))
    const schema = XsdValidator.fromDoc(document)
    const accepted = packets.filter(({ bytes }) => {
      let packet: XmlDocument | undefined
      try {
        packet = XmlDocument.fromBuffer(bytes)
        schema.validate(packet)
        return true
      } catch {
        return false
      } finally {
        packet?.dispose()
      }
    })
    schema.dispose()
    document.dispose()
    return new Set(accepted.map(({ path }) => path))
  }
  const ourAccepts = (version?: SchemaVersion) =>
    new Set(
      packets
        .filter(({ bytes }) => validator.validate(bytes, version === undefined ? {} : { version }).valid)
        .map(({ path }) => path),
    )

  it("are judged as the IVOA's schemas judge them: 78 of 95 valid as 2.0, 2 as 2.1, 80 by their own version", () => {
    expect(packets).toHaveLength(95)
    const [as20, as21] = [ivoaAccepts('2.0'), ivoaAccepts('2.1')]
    expect(ourAccepts('2.0')).toEqual(as20)
    expect(ourAccepts('2.1')).toEqual(as21)
    expect(as20.size).toBe(78)
    expect([...as21].map((path) => basename(path))).toEqual(['voevent-ex1.xml', 'voevent-ex2.xml'])
    expect(ourAccepts()).toEqual(new Set([...as20, ...as21]))
    expect(new Set([...as20, ...as21]).size).toBe(80)
  })

  it('that are not valid by their own version are these, for these reasons', () => {
    const found = packets.flatMap(({ path, bytes }) => {
      const { valid, issues } = validator.validate(bytes)
      return valid ? [] : [`${basename(path)}: ${issues[0]?.code} ${issues[0]?.path}`]
    })
    const root = ['gbm_flt_pos', 'kill_socket', 'SWIFT_ATCA_F1', 'SWIFT_ATCA_F2', 'SWIFT_BAT_Lightcurve']
    const groups = ['02_SWIFT_03_UVOT_Pos', '03_SWIFT_FOM_Obs', '04_01_SWIFT_BAT_QuickLookPos', '04_02_SWIFT_SC_Slew']
    expect(found).toEqual([
      ...['04-Retraction', 'FRB140514_detection', 'II-Targeted'].map((name) => `${name}.xml: XML_PROLOG `),
      ...root.map((name) => `${name}.xml: XSD_ROOT /VOEvent`),
      ...[...groups, '04_04_COUNTERPART'].map((name) => `group_${name}.xml: XSD_ROOT /VOEvent`),
      'no_namespace_packet.xml: XSD_ROOT /VOEvent',
      'ivo___nasa.gsfc.gcn_GECAM_observation.xml: XSD_ATTRIBUTE_UNKNOWN /VOEvent/What/Param[6]/@datatype',
    ])
  })
})
