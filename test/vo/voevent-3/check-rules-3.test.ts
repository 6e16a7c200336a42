import fc from 'fast-check'
import { expect, it } from 'vitest'
import { checkRules3 } from '../../../vo/check-rules-3.ts'
import type { VOEvent } from '../../../vo/model/voevent.ts'
import { writeXml3 } from '../../../vo/voevent-3/xml-write.ts'
import { parseXml } from '../../../vo/xml/parse-xml.ts'
import { arbitraryModelEvent } from '../arbitrary-model.ts'
import { fullEvent } from '../packet.ts'

const issuesOf = (text: string) => checkRules3(parseXml(text), text)
const found = (text: string) => issuesOf(text).map(({ code, path }) => `${code} ${path}`)

const event: VOEvent = {
  ivoid: 'ivo://example.org/s#1',
  role: 'test',
  who: { authorIvoid: 'ivo://example.org/a', date: '2026-01-01T00:00:00Z' },
  what: {
    params: [
      { definition: { name: 'n', dataType: 'int', unit: 's', ucd: 'time.duration' }, value: 1 },
      { definition: { name: 'b', dataType: 'boolean' }, value: null },
    ],
    groups: [{ name: 'g', params: [] }],
    tables: [{ fields: [{ name: 'f', dataType: 'float' }], rows: [[1], [null]] }],
    descriptions: [],
    references: [{ uri: 'https://example.org/' }],
  },
  whereWhen: [{ coordSystem: '', time: { isoTime: '2026-01-01T00:00:00' }, position: { c1: 1, c2: 2 } }],
  why: { importance: 1, names: [], concepts: [], inferences: [], descriptions: [], references: [] },
  citations: { events: [{ ivoid: 'ivo://example.org/s#0', cite: 'followup' }] },
  attachments: [{ name: 'a', mediaType: 'image/png', uri: 'https://example.org/a.png' }],
}
const draft = writeXml3(event)

it('has nothing against events in order', () => {
  expect(found(draft)).toEqual([])
  expect(found(writeXml3(fullEvent))).toEqual([])
})

it.each([
  ['ivoid="ivo://example.org/s#1"', 'ivoid="ivo://example.org/s"', 'IVOID_NO_LOCAL /VOEvent/@ivoid'],
  ['authorIvoid="ivo://example.org/a"', 'authorIvoid="http://a"', 'IVOID_SCHEME /VOEvent/who/@authorIvoid'],
  [
    '<events ivoid="ivo://example.org/s#0"',
    '<events ivoid="ivo://x"',
    'IVOID_AUTHORITY /VOEvent/citations/events/@ivoid',
  ],
  ['s#0', 's#1', 'VOE_CITES_ITSELF /VOEvent/citations/events'],
  [' cite="followup"', '', 'VOE_CITE_MISSING /VOEvent/citations/events'],
  ['date="2026-01-01', 'date="2026-02-30', 'VOE_TIME /VOEvent/who/@date'],
  ['isoTime="2026-01-01T00:00:00"', 'isoTime="2026-01-01T00:00:00Z"', 'VOE_TIME /VOEvent/whereWhen/time/@isoTime'],
  ['c2="2"', 'c2="92"', 'VOE_POSITION /VOEvent/whereWhen/position'],
  ['c1="1"', 'c1="NaN"', 'VOE_POSITION /VOEvent/whereWhen/position'],
  ['importance="1"', 'importance="1.5"', 'VOE_IMPORTANCE /VOEvent/why/@importance'],
  [
    '<why importance="1"/>',
    '<why><inferences probability="2"/></why>',
    'VOE_PROBABILITY /VOEvent/why/inferences/@probability',
  ],
  ['uri="https://example.org/"', 'uri="javascript:x"', 'SAFE_URI /VOEvent/what/references/@uri'],
  ['uri="https://example.org/a.png"', 'uri="https://u:p@example.org/"', 'SAFE_CREDENTIALS /VOEvent/attachments/@uri'],
  ['name="a"', 'name="\u202ea"', 'SAFE_TEXT /VOEvent/attachments/@name'],
  ['<groups name="g"/>', '<groups name="g"/><groups name="g"/>', 'VOE_NAME_REPEATED /VOEvent/what/groups[2]/@name'],
  ['<v>1</v><v nil', '<v>one</v><v nil', 'VOE_NUMBER /VOEvent/what/params/v[1]'],
  ['<rows><v>1</v></rows>', '<rows><v>1,5</v></rows>', 'VOE_NUMBER /VOEvent/what/tables/rows[1]/v'],
  ['<v>1</v><v nil="true"/>', '<v>1</v><v nil="true">x</v>', 'VOE3_VALUE /VOEvent/what/params/v[2]'],
])('warns of %s as %s', (from, to, warning) => {
  expect(draft).toContain(from)
  expect(found(draft.replace(from, to))).toEqual([warning])
})

it('warns of what a ParamSet says and of what it is not', () => {
  const odd = (definition: object): string =>
    writeXml3({
      ...event,
      what: {
        ...event.what!,
        tables: [],
        params: [{ definition: { name: 'p', dataType: 'float', ...definition }, value: 1 }],
      },
    })
  expect(found(odd({ unit: 'parsnip' }))).toEqual(['UNIT_UNKNOWN /VOEvent/paramSets/params/@unit'])
  expect(found(odd({ ucd: 'phot.flx' }))).toEqual(['UCD_WORD /VOEvent/paramSets/params/@ucd'])
  expect(found(odd({ name: '' }))).toEqual(['VOE_NAME_MISSING /VOEvent/paramSets/params'])
  const renamed = draft.replace('name="n"', 'name="m"')
  expect(issuesOf(renamed)).toMatchObject([{ code: 'VOE3_PARAM_SET_HASH', severity: 'warning' }])
  const short = draft.replace('<v nil="true"/></params>', '</params>')
  expect(issuesOf(short)).toMatchObject([{ code: 'VOE3_PARAM_LIST', severity: 'warning', line: 2 }])
})

it('judges any event, in bounded work', () => {
  fc.assert(
    fc.property(arbitraryModelEvent({ xml: true }), (each) => {
      const issues = issuesOf(writeXml3(each))
      expect(issues.length).toBeLessThanOrEqual(200)
      expect(issues.every(({ severity }) => severity === 'warning')).toBe(true)
      expect(issues.map(({ code }) => code).filter((code) => code.startsWith('VOE3_'))).toEqual([])
    }),
    { numRuns: 200 },
  )
})
