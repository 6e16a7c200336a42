/** Each rule beyond the schema: the smallest document that breaks it, and one that does not. */
import { describe, expect, it } from 'vitest'
import { identifierFault } from '../../vo/check-people.ts'
import { checkRules } from '../../vo/check-rules.ts'
import { ruleCodes } from '../../vo/rule-codes.ts'
import { normalizeLineEnds, parseXml } from '../../vo/xml/parse-xml.ts'

type Version = '2.0' | '2.1'

function issues(inner: string, version: Version = '2.0') {
  const text = normalizeLineEnds(
    `<v:VOEvent xmlns:v="http://www.ivoa.net/xml/VOEvent/v${version}" version="${version}" ivorn="ivo://a.bc/d#1">${inner}</v:VOEvent>`,
  )
  return checkRules(parseXml(text), text, text.length)
}

const system = (id: string, inner: string, coords = '') =>
  `<WhereWhen><ObsDataLocation><ObservatoryLocation/><ObservationLocation><AstroCoordSystem id="${id}">${inner}</AstroCoordSystem><AstroCoords coord_system_id="${id}">${coords}</AstroCoords></ObservationLocation></ObsDataLocation></WhereWhen>`
const place = (coords: string) => system('UTC-ICRS-TOPO', '', coords)
const iso = (text: string) => place(`<Time><TimeInstant><ISOTime>${text}</ISOTime></TimeInstant></Time>`)
const interval = (start: string, stop: string) =>
  place(
    `<Time><TimeInterval><ISOTimeStart>${start}</ISOTimeStart><ISOTimeStop>${stop}</ISOTimeStop></TimeInterval></Time>`,
  )
const at2D = (c1: string, c2: string, unit: string) =>
  place(`<Position2D unit="${unit}"><Value2><C1>${c1}</C1><C2>${c2}</C2></Value2></Position2D>`)
const at3D = (c1: string, c2: string, c3: string, unit: string) =>
  place(`<Position3D unit="${unit}"><Value3><C1>${c1}</C1><C2>${c2}</C2><C3>${c3}</C3></Value3></Position3D>`)
const twice = (observatory: string, observation: string) =>
  system(observation, '').replace(
    '<ObservatoryLocation/>',
    `<ObservatoryLocation><AstroCoordSystem id="${observatory}"/></ObservatoryLocation>`,
  )
const timeFrame = (scale: string) => `<TimeFrame><TimeScale>${scale}</TimeScale></TimeFrame>`
const author = (inner: string) => `<Who><Author>${inner}</Author></Who>`
const param = (attributes: string) => `<What><Param name="a" ${attributes}/></What>`
const concept = (text: string) => `<Why><Concept>${text}</Concept></Why>`

const system21 = '/VOEvent/WhereWhen/ObsDataLocation/ObservationLocation/AstroCoordSystem'
const coords = '/VOEvent/WhereWhen/ObsDataLocation/ObservationLocation/AstroCoords'

/** Code, what shows it, where, what does not, and the version where it is not 2.0. */
const cases: readonly (readonly [
  keyof typeof ruleCodes | 'VOE_TIME' | 'VOE_ROW' | 'VOE_POSITION',
  string,
  string,
  string,
  Version?,
])[] = [
  ['UCD_SYNTAX', param('ucd="phot mag"'), '/VOEvent/What/Param/@ucd', param('ucd=""')],
  ['UCD_WORD', param('ucd="gw.frequency"'), '/VOEvent/What/Param/@ucd', param('ucd="em.freq"')],
  ['UCD_REPLACED', param('ucd="stat.err"'), '/VOEvent/What/Param/@ucd', param('ucd="stat.error"')],
  ['UCD_ORDER', param('ucd="phot.mag;stat.error"'), '/VOEvent/What/Param/@ucd', param('ucd="stat.error;phot.mag"')],
  ['UCD_CASE', param('ucd="Phot.mag"'), '/VOEvent/What/Param/@ucd', param('ucd="x:Phot.mag"')],
  ['UNIT_SYNTAX', param('unit="ms^2"'), '/VOEvent/What/Param/@unit', param('unit="ms**2"')],
  ['UNIT_UNKNOWN', param('unit="sec"'), '/VOEvent/What/Param/@unit', param(`unit="'sec'"`)],
  ['UNIT_DEPRECATED', param('unit="erg"'), '/VOEvent/What/Param/@unit', param('unit="J"')],
  [
    'UNIT_UNKNOWN',
    '<What><Table><Field name="a" unit="hr"/><Data/></Table></What>',
    '/VOEvent/What/Table/Field/@unit',
    '<What><Group><Param name="a" unit="h"/></Group></What>',
  ],
  [
    'UNIT_UNKNOWN',
    place('<Position2D unit="degrees"/>'),
    `${coords}/Position2D/@unit`,
    place('<Position3D unit="deg-deg-m"/>'),
  ],
  [
    'UNIT_UNKNOWN',
    place('<Position2D><Value2><C1 pos_unit="degrees">1</C1><C2 pos_unit="deg">1</C2></Value2></Position2D>'),
    `${coords}/Position2D/Value2/C1/@pos_unit`,
    place('<Position2D><Value2><C1 pos_unit="deg" ucd="pos.eq.ra">1</C1><C2>1</C2></Value2></Position2D>'),
    '2.1',
  ],
  ['VOE_TIME_UNIT', place('<Time unit="m"/>'), `${coords}/Time/@unit`, place('<Time unit="ms"/>')],
  ['VOE_TIME', iso('2026-01-31T00:00:00+01:00'), `${coords}/Time/TimeInstant/ISOTime`, iso('2026-01-31T00:00:00')],
  ['VOE_TIME', iso('2026-06-29T23:59:60'), `${coords}/Time/TimeInstant/ISOTime`, iso('2016-12-31T23:59:60')],
  ['VOE_TIME', iso('2026-01-31T23:59:60Z'), `${coords}/Time/TimeInstant/ISOTime`, iso('2026-01-31T23:59:60')],
  [
    'VOE_TIME',
    interval('2026-13-01', '2027-01-01'),
    `${coords}/Time/TimeInterval/ISOTimeStart`,
    interval('2026-12-01', '2027-01-01'),
    '2.1',
  ],
  [
    'VOE_TIME',
    '<Who><Date>2026-01-31T00:00:00+01:00</Date></Who>',
    '/VOEvent/Who/Date',
    '<Who><Date>2026-01-31T00:00:00Z</Date></Who>',
  ],
  ['VOE_TIME', '<Why expires="2026-01-31T00:00:00-07:00"/>', '/VOEvent/Why/@expires', '<Why expires="2026-01-31"/>'],
  [
    'VOE_INTERVAL',
    interval('2026-01-02', '2026-01-01T23:00:00'),
    `${coords}/Time/TimeInterval`,
    interval('2026-01-01', '2026-01-01T00:00:00.000'),
    '2.1',
  ],
  [
    'VOE_EXPIRES',
    '<Who><Date>2026-01-31T00:00:01</Date></Who><Why expires="2026-01-31T00:00:00"/>',
    '/VOEvent/Why/@expires',
    '<Who><Date>2026-01-31T00:00:01</Date></Who><Why expires="2026-01-31T00:00:01.5"/>',
  ],
  [
    'VOE_EXPIRES',
    '<Who><Date>2026-01-31T00:00:01Z</Date></Who><Why expires="2026-01-31T00:00:00+00:00"/>',
    '/VOEvent/Why/@expires',
    '<Who><Date>2026-01-31T00:00:01Z</Date></Who><Why expires="2026-01-31T00:00:01"/>',
  ],
  [
    'VOE_ROW',
    '<What><Table><Field name="a"/><Data><TR><TD/></TR><TR><TD/><TD>1</TD></TR><TR/></Data></Table></What>',
    '/VOEvent/What/Table/Data/TR[2]',
    '<What><Table><Field name="a"/><Field name="b"/><Data><TR><TD/><TD>1</TD></TR></Data></Table></What>',
  ],
  ['VOE_POSITION', at2D('1', '2', 'rad'), `${coords}/Position2D`, at2D('6.2832', '-1.5708', 'rad')],
  ['VOE_POSITION', at2D('-181', '2', 'deg'), `${coords}/Position2D`, at2D('-180', '2', 'deg')],
  ['VOE_POSITION', at2D('25', '2', 'h-deg'), `${coords}/Position2D`, at2D('24', '90', 'h-deg')],
  ['VOE_POSITION', at2D('361', '2', 'deg'), `${coords}/Position2D`, at2D('5000', '1e9', 'km')],
  ['VOE_POSITION', at3D('-70', '-130', '2200', 'deg-deg-m'), `${coords}/Position3D`, at3D('400', '400', '400', 'km')],
  ['VOE_FRAME', system('UTC-ICRS-TOPO-2', ''), `${system21}/@id`, twice('UTC-ICRS-TOPO', 'UTC-ICRS-TOPO-2'), '2.1'],
  [
    'VOE_ERROR_VALUE',
    place('<Time><Error>-1</Error></Time>'),
    `${coords}/Time/Error`,
    place('<Time><Error>0</Error></Time>'),
  ],
  [
    'VOE_ERROR_VALUE',
    place('<Position2D><Error2Radius>INF</Error2Radius></Position2D>'),
    `${coords}/Position2D/Error2Radius`,
    place('<Position2D><Error2Radius>1e-9</Error2Radius></Position2D>'),
  ],
  [
    'VOE_ERROR_VALUE',
    place('<Position2D><Error2><C1>1</C1><C2>NaN</C2></Error2></Position2D>'),
    `${coords}/Position2D/Error2/C2`,
    place('<Position3D><Error3><C1>1</C1><C2>0</C2><C3>0</C3></Error3></Position3D>'),
    '2.1',
  ],
  ['VOE_FRAME', system('FK5-UTC-GEO', ''), `${system21}/@id`, system('GPS-FK5-GEO', ''), '2.1'],
  ['VOE_FRAME', system('mine', ''), `${system21}/@id`, system('mine', timeFrame('TT')), '2.1'],
  ['VOE_FRAME', system('UTC-ICRS-TOPO-x', ''), `${system21}/@id`, system('UTC-HPC-TOPO', ''), '2.1'],
  ['VOE_FRAME_CENTER', system('UTC-ICRS-BARY', ''), `${system21}/@id`, system('TDB-ICRS-BARY', ''), '2.1'],
  [
    'VOE_FRAME_WORD',
    system('mine', timeFrame('utc')),
    `${system21}/TimeFrame/TimeScale`,
    system('mine', timeFrame('UTC')),
    '2.1',
  ],
  [
    'VOE_FRAME_WORD',
    system('mine', '<SpaceFrame><ReferencePosition>GEO</ReferencePosition></SpaceFrame>'),
    `${system21}/SpaceFrame/ReferencePosition`,
    system('mine', '<SpaceFrame><SpaceRefFrame>ICRS</SpaceRefFrame></SpaceFrame>'),
    '2.1',
  ],
  [
    'VOE_FRAME_DIFFERS',
    system('UTC-FK5-GEO', timeFrame('TT')),
    `${system21}/TimeFrame/TimeScale`,
    system('UTC-FK5-GEO', timeFrame('UTC')),
    '2.1',
  ],
  [
    'VOE_FRAME_DIFFERS',
    system('UTC-FK5-GEO', '<SpaceFrame><ReferencePosition>TOPOCENTER</ReferencePosition></SpaceFrame>'),
    `${system21}/SpaceFrame/ReferencePosition`,
    system('UTC-FK5-GEO', '<SpaceFrame><ReferencePosition>GEOCENTER</ReferencePosition></SpaceFrame>'),
    '2.1',
  ],
  [
    'VOE_AXES',
    place('<Position2D><Name1>Dec</Name1><Name2>Dec</Name2></Position2D>'),
    `${coords}/Position2D/Name1`,
    place('<Position2D><Name1>RA</Name1><Name2>Dec</Name2></Position2D>'),
  ],
  ['VOE_CONCEPT', concept('supernova'), '/VOEvent/Why/Concept', concept('http://astrothesaurus.org/uat/1668'), '2.1'],
  [
    'VOE_UAT',
    concept('http://astrothesaurus.org/uat/supernova'),
    '/VOEvent/Why/Concept',
    concept('http://www.ivoa.net/rdf/uat#type-ia-supernovae'),
  ],
  [
    'VOE_CONTRIBUTOR_ID',
    author('<Contributor altIdentifier="https://orcid.org/0000-0002-1825-0098"/>'),
    '/VOEvent/Who/Author/Contributor/@altIdentifier',
    author('<Contributor altIdentifier="https://orcid.org/0000-0002-1825-0097"/>'),
    '2.1',
  ],
  [
    'VOE_EMAIL',
    author('<contactEmail>[E-mail]</contactEmail>'),
    '/VOEvent/Who/Author/contactEmail',
    author('<contactEmail>a.b@example.org, c@d.eu</contactEmail>'),
  ],
  ['VOE_REFERENCE', '<Reference uri="event.xml"/>', '/VOEvent/Reference/@uri', '<Reference uri="ivo://a.bc/d#2"/>'],
  [
    'VOE_REFERENCE',
    '<How><Reference uri="[Link]"/></How>',
    '/VOEvent/How/Reference/@uri',
    '<How><Reference uri="mailto:a@b.org"/></How>',
  ],
  [
    'VOE_REFERENCE_TYPE',
    '<Reference uri="ivo://a.bc/d#2" type="url"/>',
    '/VOEvent/Reference/@type',
    '<What><Group type="url"/></What>',
  ],
  [
    'SAFE_TEXT',
    '<Description>abc\u202ecba</Description>',
    '/VOEvent/Description',
    '<Description>שלום Å \u00a0</Description>',
  ],
  ['SAFE_TEXT', param('name="\u2066"').replace('name="a" ', ''), '/VOEvent/What/Param/@name', param('value="\u2070"')],
  ['SAFE_TEXT', param('value="a\u0085\u009b"'), '/VOEvent/What/Param/@value', param('value="👩\u200d🚀"')],
  [
    'SAFE_URI',
    '<Reference uri=" JavaScript:alert(1)"/>',
    '/VOEvent/Reference/@uri',
    '<Reference uri="ftp://example.org/a"/>',
  ],
  [
    'SAFE_URI',
    author('<logoURL>data:text/html,x</logoURL>'),
    '/VOEvent/Who/Author/logoURL',
    author('<logoURL>logo.png</logoURL>'),
  ],
  [
    'SAFE_URI',
    param('ucd="meta.ref.url" value="file:///etc"'),
    '/VOEvent/What/Param/@value',
    param('ucd="meta.note" value="file:///etc"'),
  ],
  [
    'SAFE_CREDENTIALS',
    '<Reference uri="https://me:secret@example.org/"/>',
    '/VOEvent/Reference/@uri',
    '<Reference uri="ftp://anonymous@example.org/a:b@c"/>',
  ],
  [
    'SAFE_CREDENTIALS',
    '<Reference uri="https://example.org/?a=1&amp;access_token=xyz"/>',
    '/VOEvent/Reference/@uri',
    '<Reference uri="https://example.org/?tokens=3"/>',
  ],
]

const rules = cases.map(([code, shows, path, not, version = '2.0']) => [code, shows, path, not, version] as const)

describe('rules beyond the schema', () => {
  it.each(rules)('%s: %s', (code, shows, path, not, version) => {
    expect(issues(shows, version).map((each) => [each.code, each.path])).toEqual([[code, path]])
    expect(issues(not, version)).toEqual([])
  })

  it('have a case each', () => {
    // The schemas of 2.0 and 2.1 hold probabilities themselves: check-rules-3.test.ts has the case.
    const tested = new Set<string>([...cases.map(([code]) => code), 'VOE_PROBABILITY'])
    expect(Object.keys(ruleCodes).filter((code) => !tested.has(code))).toEqual([])
  })

  it('ask of 2.1 what 2.0 does not', () => {
    expect(issues(concept('supernova'))).toEqual([])
    // The schema of 2.0 has the list of names itself.
    expect(issues(system('mine', ''))).toEqual([])
  })

  it('say the same of one word once, and of others too', () => {
    const params = ['ucd="stat.err"', 'ucd="stat.err" unit="sec"', 'ucd="stat.err;phot.mag" unit="sec"', 'unit="hr"']
    const inner = `<What>${params.map((each, i) => `<Param name="p${i}" ${each}/>`).join('')}</What>`
    expect(issues(inner).map(({ code, path }) => [code, path])).toEqual([
      ['UCD_REPLACED', '/VOEvent/What/Param[1]/@ucd'],
      ['UNIT_UNKNOWN', '/VOEvent/What/Param[2]/@unit'],
      ['UNIT_UNKNOWN', '/VOEvent/What/Param[4]/@unit'],
    ])
  })

  it('tell nobody what the secret was', () => {
    expect(JSON.stringify(issues('<Reference uri="https://me:hunter2@example.org/?token=hunter2"/>'))).not.toContain(
      'hunter2',
    )
  })

  it('come in the order of the lines', () => {
    const late = '<Why importance="2"><Concept>c</Concept></Why>'
    const early = '<Who><Author><contactEmail>none</contactEmail></Author></Who>'
    expect(issues(`${early}\n${late}`).map(({ code }) => code)).toEqual(['VOE_EMAIL', 'VOE_IMPORTANCE'])
  })

  it('compare times of any number of digits at once', () => {
    const zeros = '0'.repeat(300_000)
    const text = (written: string, expires: string) =>
      `<Who><Date>2026-01-31T00:00:00.${written}</Date></Who><Why expires="2026-01-31T00:00:00.${expires}"/>`
    const late = (written: string, expires: string) =>
      issues(text(written, expires)).filter(({ code }) => code !== 'VOE_TOO_LARGE_FOR_PEERS')
    expect(late(`${zeros}1`, zeros).map(({ code }) => code)).toEqual(['VOE_EXPIRES'])
    expect(late(zeros, `${zeros}1`)).toEqual([])
    expect(late(`5${zeros}`, '5')).toEqual([])
  })

  it('look for a password in a link of any length at once', () => {
    const link = (end: string) => issues(`<Reference uri="http://${'a:'.repeat(200_000)}${end}"/>`)
    expect(link('').map(({ code }) => code)).not.toContain('SAFE_CREDENTIALS')
    expect(link('@b').map(({ code }) => code)).toContain('SAFE_CREDENTIALS')
  })

  it('are at most 200, a hundred of words', () => {
    const many = Array.from(
      { length: 5000 },
      (_, i) => `<Param name="p" ucd="${'w'.repeat(30)}${i};x${i}" unit="u${i}"/>`,
    )
    const words = issues(`<What>${many.slice(0, 100).join('')}</What>`).filter(({ code }) => /^U/.test(code))
    expect(words).toHaveLength(100)
    expect(issues(`<What>${many.join('')}</What>`)).toHaveLength(200)
  })
})

describe('identifiers of contributors', () => {
  it.each([
    'https://orcid.org/0000-0001-5109-3700',
    'http://orcid.org/0000-0002-1694-233X',
    'orcid:0000-0002-1694-233x',
    'https://ror.org/05gq02987',
    'https://ror.org/03vek6s52',
    'https://ror.org/042nb2s44',
    'doi:10.1000/182',
    'https://isni.org/isni/0000000121032683',
  ])('%s: nothing', (text) => {
    expect(identifierFault(text)).toBeUndefined()
  })

  it.each([
    ['https://orcid.org/0000-0001-5109-3701', 'check character'],
    ['https://orcid.org/0000-0002-1694-2330', 'check character'],
    ['https://orcid.org/0000-0001-5109', 'no ORCID'],
    ['https://ror.org/05gq02988', 'check digits'],
    ['https://ror.org/05gl02987', 'no ROR'],
  ])('%s: %s', (text, says) => {
    expect(identifierFault(text)).toContain(says)
  })
})
