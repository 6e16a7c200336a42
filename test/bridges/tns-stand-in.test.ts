/** The TNS on loopback checks what the real one checks: a client that gets something wrong hears of it here first. */
import { expect, it, onTestFinished } from 'vitest'
import { nameOf, startTnsStandIn } from '../servers/tns.ts'
import { lsstReport, renderReport } from './tns-setup.ts'

const marker = 'tns_marker{"tns_id":4711,"type":"bot","name":"Fountain_Bot"}'
const apiKey = 'stand-in-key-of-the-bot'
const report = renderReport(lsstReport) as unknown as Record<string, unknown>
const archival = { archiveid: '0', archival_remarks: 'Nothing in the template.' }

async function started() {
  const tns = await startTnsStandIn({ polls: 0 })
  onTestFinished(() => tns.stop())
  const ask = async (path: string, form: Record<string, string>, agent = marker, body?: FormData) => {
    const fields = body ?? new URLSearchParams({ api_key: apiKey, ...form })
    const response = await fetch(`${tns.api}/${path}`, {
      method: 'POST',
      headers: { 'user-agent': agent },
      body: fields,
    })
    const text = await response.text()
    return { status: response.status, said: text.startsWith('{') ? JSON.parse(text) : text }
  }
  const submit = (...reports: object[]) =>
    ask('set/bulk-report', { data: JSON.stringify({ at_report: Object.fromEntries(reports.entries()) }) })
  const reply = async (...reports: object[]) => {
    const { said } = await submit(...reports)
    return ask('get/bulk-report-reply', { report_id: `${said.data.report_id}` })
  }
  return { tns, ask, submit, reply }
}
const feedbackOf = ({ said }: { said: { data: { feedback: { at_report: Record<string, unknown>[] } } } }) =>
  said.data.feedback.at_report

it.each([
  ['no marker', 'node', apiKey, 403],
  ['a marker that is no JSON', 'tns_marker{id}', apiKey, 401],
  ['another bot', marker.replace('4711', '4712'), apiKey, 403],
  ['another name', marker.replace('Fountain_Bot', 'Bot'), apiKey, 403],
  ['a user', marker.replace('"bot"', '"user"'), apiKey, 403],
  ['another key', marker, 'x', 401],
  ['a number as a text', marker.replace('4711', '"4711"'), apiKey, 404],
])('lets in nobody with %s', async (_, agent, key, status) => {
  const { ask } = await started()
  expect((await ask('get/bulk-report-reply', { api_key: key, report_id: '1' }, agent)).status).toBe(status)
})

it('gives its values to browsers alone', async () => {
  const { tns } = await started()
  const get = async (agent: string) =>
    (await fetch(`${tns.api}/get/values/`, { headers: { 'user-agent': agent } })).status
  expect([await get('node'), await get(''), await get('Mozilla/5.0 x')]).toEqual([403, 403, 200])
})

it('takes both encodings, and data as a JSON string alone', async () => {
  const { ask, submit, tns } = await started()
  expect((await submit(report)).status).toBe(200)
  const form = new FormData()
  form.set('api_key', apiKey)
  form.set('data', JSON.stringify({ at_report: { 0: { ...report, internal_name: 'other' } } }))
  expect((await ask('set/bulk-report', {}, marker, form)).status).toBe(200)
  expect(tns.submitted).toHaveLength(2)
  for (const data of ['[object Object]', '{"reports":[]}', JSON.stringify({ at_report: {}, more: 1 }), ''])
    expect((await ask('set/bulk-report', { data })).status, data).toBe(400)
})

it('takes the keys of before 2025, a hundred reports and no more, and a report_id at the top alone', async () => {
  const { ask, submit, reply } = await started()
  const { reporting_groupid, data_source_groupid, ...rest } = report
  const older = { ...rest, reporting_group_id: reporting_groupid, discovery_data_source_id: data_source_groupid }
  expect((await reply(older)).status).toBe(200)
  const many = Array.from({ length: 101 }, (_, n) => ({ ...report, internal_name: `n${n}` }))
  expect([(await submit(...many)).status, (await submit(...many.slice(1))).status]).toEqual([400, 200])
  const { said } = await submit({ ...report, internal_name: 'last' })
  const data = JSON.stringify({ report_id: said.data.report_id })
  expect((await ask('get/bulk-report-reply', { data })).status).toBe(404)
})

it.each([
  ['ra', { ra: { value: '25:00:00' } }],
  ['dec', { dec: { value: '91' } }],
  ['reporting_groupid', { reporting_groupid: '999' }],
  ['at_type', { at_type: '99' }],
  ['discovery_datetime', { discovery_datetime: 'yesterday' }],
  ['non_detection', { non_detection: {} }],
  ['photometry', { photometry: { photometry_group: {} } }],
  ['internal_name', { internal_name: { value: 'x' } }],
  ['internal_ids', { internal_ids: { a: 1, b: 2, c: 3, d: 4, e: 5, f: 6 } }],
  ['related_files', { related_files: { 0: { related_file_name: 'not-there.png' } } }],
  ['group', { group: 1 }],
])('tells what is wrong with %s', async (field, wrong) => {
  const { reply, tns } = await started()
  const answer = await reply({ ...report, ...wrong })
  expect(answer.status).toBe(400)
  expect(Object.keys(feedbackOf(answer)[0]!)).toContain(field)
  expect(tns.objects).toEqual([])
})

it('posts nothing of a batch that holds a fault, and lists faults in no order, with their ids', async () => {
  const { reply, tns } = await started()
  const first = { ...report, non_detection: {}, internal_ids: { delivery: 'first' } }
  const second = { ...report, internal_name: 'b', internal_ids: { delivery: 'second' } }
  const third = { ...report, internal_name: 'c', reporter: '', internal_ids: { delivery: 'third' } }
  const answer = await reply(first, second, third)
  expect(answer.status).toBe(400)
  expect(feedbackOf(answer).map(({ internal_ids }) => (internal_ids as { delivery: string }).delivery)).toEqual([
    'third',
    'first',
  ])
  expect(tns.objects).toEqual([])
})

it('knows a report again, names new objects in turn, and attaches others within 2 arcsec', async () => {
  const { reply, tns } = await started()
  const at = (dec: string, name: string) => ({
    ...report,
    non_detection: archival,
    dec: { value: dec },
    internal_name: name,
  })
  expect(feedbackOf(await reply(at('+20:30:40.00', 'a')))[0]).toMatchObject({ 100: { objname: '2026aaaa' } })
  expect(feedbackOf(await reply(at('+20:30:40.00', 'a')))[0]).toMatchObject({ at_report: [{ message_id: 5 }] })
  expect(feedbackOf(await reply(at('+20:30:41.90', 'b')))[0]).toMatchObject({ 101: { objname: '2026aaaa' } })
  expect(feedbackOf(await reply(at('+20:30:42.10', 'c')))[0]).toMatchObject({ 100: { objname: '2026aaab' } })
  expect(tns.objects.map(({ reports }) => reports)).toEqual([2, 1])
  expect([0, 25, 26, 26 ** 2].map(nameOf)).toEqual(['2026aaaa', '2026aaaz', '2026aaba', '2026abaa'])
})

it('fails on too many digits in a search, names no coordinates there, and begins internal names with a comma', async () => {
  const { ask, reply } = await started()
  await reply(report)
  const search = (ra: string) =>
    ask('get/search', { data: JSON.stringify({ ra, dec: '20.511125', radius: '2', units: 'arcsec' }) })
  expect((await search('155.12516712345')).status).toBe(500)
  expect((await search('155.125167')).said.data).toEqual([{ objname: '2026aaaa', prefix: 'AT', objid: 1 }])
  const { said } = await ask('get/object', { data: JSON.stringify({ objname: '2026aaaa' }) })
  expect(said.data.internal_names).toBe(', LSST-AP-DO-170028503098359808')
})
