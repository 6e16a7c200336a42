import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openValidator, type Validator } from '../../vo/validate.ts'
import { validationCodes } from '../../vo/validation-codes.ts'
import { VOEventError } from '../../vo/voevent-error.ts'
import { readVOEvent, voeventText20 } from '../../vo/xml/voevent-2.0.ts'
import { mutateBytes, mutateText, seeded } from './mutate.ts'
import { fullEvent } from './packet.ts'

let validator: Validator
beforeAll(async () => {
  validator = await openValidator()
})
afterAll(() => validator.dispose())

const bytes = (text: string) => new TextEncoder().encode(text)
// A bit of everything, but for what is deprecated: the type of a Reference.
const full = voeventText20({ ...fullEvent, reference: { uri: 'https://example.org/' } })
const validate = (text: string) => validator.validate(bytes(text))
const packet = (inner: string, root = 'version="2.0" ivorn="ivo://a.bc/d#1"') =>
  `<?xml version="1.0"?>\n<voe:VOEvent xmlns:voe="http://www.ivoa.net/xml/VOEvent/v2.0"\n ${root}>\n${inner}\n</voe:VOEvent>`
const issues = (text: string) => validate(text).issues.map(({ code, path, line }) => [code, path, line])

describe('valid: well-formed, and accepted by the schema', () => {
  it('has nothing to say of a good packet', () => {
    expect(validate(full)).toEqual({ version: '2.0', valid: true, issues: [] })
  })

  it.each([
    ['<What><Foo/></What>', 'XSD_ELEMENT_UNKNOWN', '/VOEvent/What/Foo', 4],
    ['<What><Param/>\n<Param datatype="int"/></What>', 'XSD_ATTRIBUTE_UNKNOWN', '/VOEvent/What/Param[2]/@datatype', 5],
    ['<What><Param name="a" dataType="bool"/></What>', 'XSD_VALUE', '/VOEvent/What/Param/@dataType', 4],
    ['<What><Group>text</Group></What>', 'XSD_TEXT', '/VOEvent/What/Group', 4],
    ['<Who><Date>yesterday</Date></Who>', 'XSD_VALUE', '/VOEvent/Who/Date', 4],
    ['<Reference/>', 'XSD_ATTRIBUTE_MISSING', '/VOEvent/Reference/@uri', 4],
    ['<Reference uri="a"> </Reference>', 'XSD_TEXT', '/VOEvent/Reference', 4],
    ['<How\n\n/>', 'XSD_ELEMENT_MISSING', '/VOEvent/How', 4],
    [
      '<Why><Inference probability="2"><Name/></Inference></Why>',
      'XSD_VALUE',
      '/VOEvent/Why/Inference/@probability',
      4,
    ],
    ['<Who><Date>No matching global declaration</Date></Who>', 'XSD_VALUE', '/VOEvent/Who/Date', 4],
    ['<Why expires="attribute \'a\' is not allowed"><Name/></Why>', 'XSD_VALUE', '/VOEvent/Why/@expires', 4],
    ['<What xmlns:i="urn:it\'s" i:a="1"/>', 'XSD_ATTRIBUTE_UNKNOWN', '/VOEvent/What/@a', 4],
  ])('%s is not: %s at %s', (inner, code, path, line) => {
    const { valid, issues: found } = validate(packet(inner))
    expect(valid).toBe(false)
    const errors = found.filter((each) => each.severity === 'error')
    expect(errors.map((each) => [each.code, each.path, each.line])[0]).toEqual([code, path, line])
    expect(errors[0]?.fix).toBe(validationCodes[code as keyof typeof validationCodes].fix)
    expect(errors[0]?.message).not.toContain('{http')
    if (path.endsWith('@dataType')) expect(errors[0]?.message).toContain("{'float', 'int', 'string'}")
  })

  it.each([
    ['', 'XML_EMPTY'],
    ['nothing', 'XML_PROLOG'],
    ['<a>', 'XML_NOT_WELL_FORMED'],
    [`\n${full}`, 'XML_PROLOG'],
    [`Prose\n${full}`, 'XML_PROLOG'],
    [full.replace('UTF-8', 'EBCDIC'), 'XML_ENCODING'],
    [full.replace('?>\n', '?>\n<!DOCTYPE x>'), 'XML_DOCTYPE'],
    [full.padEnd(1_000_001), 'XML_TOO_LARGE'],
    [`${'<a>'.repeat(40)}${'</a>'.repeat(40)}`, 'XML_TOO_DEEP'],
  ])('document %# gives %2$s alone', (text, code) => {
    const found = validate(text)
    expect(found.valid).toBe(false)
    expect(found.issues.map((each) => each.code)).toEqual([code])
  })

  it('refuses entities that grow, at once, and those that fetch', () => {
    const levels = Array.from({ length: 30 }, (_, i) => `<!ENTITY e${i + 1} "${`&e${i};`.repeat(10)}">`).join('')
    const bomb = `<!DOCTYPE x [<!ENTITY e0 "boom">${levels}]>${packet('<Description>&e30;</Description>').slice(22)}`
    const external = `<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/hostname">]>${packet('<Description>&e;</Description>').slice(22)}`
    for (const text of [bomb, external]) {
      const found = validate(text)
      expect(found.issues.map((each) => each.code)).toEqual(['XML_DOCTYPE'])
      expect(JSON.stringify(found).length).toBeLessThan(1000)
    }
  })

  it.each([
    ['no namespace', full.replace(/voe:VOEvent xmlns:voe="[^"]*"/, 'VOEvent').replace('</voe:', '</'), 'no namespace'],
    ['1.1', full.replace('VOEvent/v2.0"', 'VOEvent/v1.1"'), 'VOEvent 1.1'],
    ['another namespace', full.replace('VOEvent/v2.0"', 'VOEvent/v7"'), 'VOEvent/v7; it is held against 2.0'],
    ['another root', '<Transport/>', 'Transport'],
  ])('holds %s against 2.0 and says so', (_, text, says) => {
    const found = validate(text)
    expect(found).toMatchObject({ version: '2.0', valid: false })
    expect(found.issues.map((each) => each.code)).toEqual(['XSD_ROOT'])
    expect(found.issues[0]?.message).toContain(says)
  })
})

describe('a document made to be slow', () => {
  it('is told what is wrong with values of any length at once', () => {
    const value = "attribute 'a' is ".repeat(3500)
    const { issues: found } = validate(packet(`<What>${`<Param dataType="${value}"/>`.repeat(14)}</What>`))
    expect(found.filter(({ severity }) => severity === 'error').map(({ code }) => code)).toEqual(
      Array.from({ length: 14 }, () => 'XSD_VALUE'),
    )
  })

  it('has its lines counted once', () => {
    const text = packet(`${'\n'.repeat(900_000)}<What>${'<Param ucd=" "/>'.repeat(200)}</What>`)
    const { issues: found } = validate(text)
    expect(found).toHaveLength(200)
    expect(new Set(found.slice(1).map(({ line }) => line))).toEqual(new Set([900_004]))
  })
})

describe('rules beyond the schema are warnings', () => {
  const where = (coords: string) =>
    `<WhereWhen><ObsDataLocation><ObservatoryLocation/><ObservationLocation><AstroCoordSystem id="UTC-FK5-GEO"/>
<AstroCoords coord_system_id="UTC-FK5-GEO">${coords}</AstroCoords></ObservationLocation></ObsDataLocation></WhereWhen>`
  const iso = (text: string) => where(`<Time><TimeInstant><ISOTime>${text}</ISOTime></TimeInstant></Time>`)
  const position = (c1: string, c2: string) =>
    where(
      `<Position2D unit="deg"><Value2><C1>${c1}</C1><C2>${c2}</C2></Value2><Error2Radius>1</Error2Radius></Position2D>`,
    )
  const coords = '/VOEvent/WhereWhen/ObsDataLocation/ObservationLocation/AstroCoords'

  it.each([
    ['<What><Param value="1"/></What>', 'VOE_NAME_MISSING', '/VOEvent/What/Param'],
    ['<What><Param name="a"/><Param name="a"/></What>', 'VOE_NAME_REPEATED', '/VOEvent/What/Param[2]/@name'],
    ['<What><Group name="a"/><Group name="a"/></What>', 'VOE_NAME_REPEATED', '/VOEvent/What/Group[2]/@name'],
    ['<What><Table name="a"/><Table name="a"/></What>', 'VOE_NAME_REPEATED', '/VOEvent/What/Table[2]/@name'],
    [
      '<What><Table><Param name="a"/><Field name="a"/></Table></What>',
      'VOE_NAME_REPEATED',
      '/VOEvent/What/Table/Field/@name',
    ],
    ['<What><Param name="a" dataType="int" value="1.5"/></What>', 'VOE_NUMBER', '/VOEvent/What/Param'],
    ['<What><Param name="a" dataType="float" value=""/></What>', 'VOE_NUMBER', '/VOEvent/What/Param'],
    ['<What><Param name="a" dataType="float"><Value>x</Value></Param></What>', 'VOE_NUMBER', '/VOEvent/What/Param'],
    [
      '<What><Table><Field name="a" dataType="int"/><Data><TR><TD/></TR><TR><TD>x</TD></TR></Data></Table></What>',
      'VOE_NUMBER',
      '/VOEvent/What/Table/Data/TR[2]/TD',
    ],
    ['<Why importance="5"><Name/></Why>', 'VOE_IMPORTANCE', '/VOEvent/Why/@importance'],
    ['<Why importance="NaN"><Name/></Why>', 'VOE_IMPORTANCE', '/VOEvent/Why/@importance'],
    [
      '<Citations><EventIVORN>ivo://a.bc/d#0</EventIVORN></Citations>',
      'VOE_CITE_MISSING',
      '/VOEvent/Citations/EventIVORN',
    ],
    [
      '<Citations><EventIVORN cite="followup">ivo://A.bc/D?1</EventIVORN></Citations>',
      'VOE_CITES_ITSELF',
      '/VOEvent/Citations/EventIVORN',
    ],
    [
      '<Citations><EventIVORN cite="followup">x</EventIVORN></Citations>',
      'IVOID_SCHEME',
      '/VOEvent/Citations/EventIVORN',
    ],
    ['<Who><AuthorIVORN>ivo://a/b</AuthorIVORN></Who>', 'IVOID_AUTHORITY', '/VOEvent/Who/AuthorIVORN'],
    [
      where('').replace('coord_system_id="UTC-FK5-GEO"', 'coord_system_id="UTC-ICRS-TOPO"'),
      'VOE_COORD_SYSTEM',
      `${coords}/@coord_system_id`,
    ],
    [where('').replace(/<Obs.*<\/ObsDataLocation>/s, '$&$&'), 'VOE_LOCATIONS', '/VOEvent/WhereWhen'],
    [iso('2026-02-29T00:00:00'), 'VOE_TIME', `${coords}/Time/TimeInstant/ISOTime`],
    [iso('2026-01-01T00:00:00Z'), 'VOE_TIME', `${coords}/Time/TimeInstant/ISOTime`],
    [iso('9999-99--99T99:99:99'), 'VOE_TIME', `${coords}/Time/TimeInstant/ISOTime`],
    [iso('2026-06-30T12:00:60'), 'VOE_TIME', `${coords}/Time/TimeInstant/ISOTime`],
    [position('10', '90.5'), 'VOE_POSITION', `${coords}/Position2D`],
    [position('361', '0'), 'VOE_POSITION', `${coords}/Position2D`],
    [position('NaN', '0'), 'VOE_POSITION', `${coords}/Position2D`],
  ])('%s: %s', (inner, code, path) => {
    const text = packet(inner)
    expect(issues(text).map(([found, place]) => [found, place])).toEqual([[code, path]])
    expect(validate(text)).toMatchObject({ valid: true, issues: [{ severity: 'warning' }] })
  })

  it.each([
    iso('2026-01-31'),
    iso('2028-02-29T23:59:59.123456'),
    iso('2016-12-31T23:59:60.5'),
    position('-180', '-90'),
    position('360', '90'),
    position('1e1', '+.5'),
    '<What><Param name="a" dataType="int" value="-9223372036854775808"/><Group name="a"><Param name="a"/></Group></What>',
    '<What><Param name="a" dataType="float" value=" -INF "/><Param name="b" dataType="float"/></What>',
  ])('%s: nothing to say', (inner) => {
    expect(validate(packet(inner))).toEqual({ version: '2.0', valid: true, issues: [] })
  })

  it.each([
    ['ivo://a.bc/d', 'IVOID_NO_LOCAL'],
    ['ivo://a.bc//d#1', 'IVOID_PATH'],
    ['ivo://a.bc/d#1#2', 'IVOID_LOCAL'],
    ['bad_ivoid', 'IVOID_SCHEME'],
  ])('the ivorn %s: %s', (ivorn, code) => {
    expect(issues(packet('', `version="2.0" ivorn="${ivorn}"`))).toContainEqual([code, '/VOEvent/@ivorn', 2])
  })

  it('a packet that peers cannot take', () => {
    const text = packet(`<Description>${'x'.repeat(100_000)}</Description>`)
    expect(issues(text)).toEqual([['VOE_TOO_LARGE_FOR_PEERS', '/VOEvent', 2]])
  })

  it('are said of invalid documents too, after the errors', () => {
    expect(issues(packet('<What><Foo/><Param/></What>')).map(([code]) => code)).toEqual([
      'XSD_ELEMENT_UNKNOWN',
      'VOE_NAME_MISSING',
    ])
  })

  it('are at most 200', () => {
    expect(issues(packet(`<What>${'<Param/>'.repeat(1000)}</What>`))).toHaveLength(200)
    expect(issues(packet(`<What>${'<Param x="1" name="a"/>'.repeat(1000)}</What>`))).toHaveLength(400)
  })
})

describe('any bytes', () => {
  it('are judged: strict reading takes nothing in structure that the schema refuses', () => {
    const random = seeded(99)
    let valid = 0
    for (let i = 0; i < 1500; i++) {
      const document = i % 3 === 0 ? mutateBytes(bytes(full), random) : bytes(mutateText(full, random))
      const found = validator.validate(document)
      expect(found.valid).toBe(!found.issues.some((each) => each.severity === 'error'))
      if (found.valid) valid++
      let read = true
      try {
        readVOEvent(document, { mode: 'strict' })
      } catch (error) {
        expect(error).toBeInstanceOf(VOEventError)
        read = false
      }
      const structural = found.issues.filter((each) => each.severity === 'error' && !/^XSD_VALUE/.test(each.code))
      if (read && structural.length > 0)
        expect.fail(`${JSON.stringify(structural)}: ${new TextDecoder().decode(document)}`)
      if (!read && found.valid) expect.fail(`valid and not read: ${new TextDecoder().decode(document)}`)
    }
    expect(valid).toBeGreaterThan(50)
  })
})
