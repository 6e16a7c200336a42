/** The TNS on loopback is as strict as the real one: what it lets through would prove nothing. */
import { afterEach, describe, expect, it } from 'vitest'
import { nameOf, startTnsStandIn, type TnsStandIn } from '../servers/tns.ts'
import { lsstReport, renderReport } from './tns-setup.ts'

const running: TnsStandIn[] = []
afterEach(async () => {
  for (const one of running.splice(0)) await one.stop()
})

async function started(polls = 0) {
  const tns = await startTnsStandIn({ polls })
  running.push(tns)
  const marker = (more: object = {}) =>
    `tns_marker${JSON.stringify({ tns_id: tns.bot.id, type: 'bot', name: tns.bot.name, ...more })}`
  const post = async (path: string, fields: Record<string, string>, agent = marker(), multipart = false) => {
    const all = { api_key: tns.bot.apiKey, ...fields }
    const form = new FormData()
    for (const [name, value] of Object.entries(all)) form.append(name, value)
    const body = multipart ? form : new URLSearchParams(all)
    const response = await fetch(`${tns.api}/${path}`, { method: 'POST', headers: { 'user-agent': agent }, body })
    const text = await response.text()
    return { status: response.status, data: text.startsWith('{') ? JSON.parse(text).data : text }
  }
  const submit = (...reports: unknown[]) =>
    post('set/bulk-report', { data: JSON.stringify({ at_report: { ...reports } }) })
  const judged = async (...reports: unknown[]) => {
    const { data } = await submit(...reports)
    return post('get/bulk-report-reply', { report_id: `${data.report_id}` })
  }
  return { tns, post, marker, submit, judged }
}

const report = (more: object = {}) => ({ ...structuredClone(renderReport(lsstReport)), ...more })

describe('the TNS on loopback: who may ask', () => {
  it.each([
    ['no marker', 'Mozilla/5.0', 403],
    ['nothing', '', 403],
    ['a marker that is no JSON', 'tns_marker{"tns_id":', 401],
  ])('refuses %s', async (_, agent, status) => {
    const { post } = await started()
    expect((await post('get/search', { data: '{}' }, agent)).status).toBe(status)
  })
  it('takes the number of the bot as a text, too, and no other bot', async () => {
    const { post, marker, tns } = await started()
    const ask = (more: object, key = tns.bot.apiKey) =>
      post('get/search', { data: '{"objname":"x"}', api_key: key }, marker(more))
    expect((await ask({ tns_id: `${tns.bot.id}` })).status).toBe(200)
    expect((await ask({ tns_id: 1 })).status).toBe(403)
    expect((await ask({ type: 'user' })).status).toBe(403)
    expect((await ask({}, 'another')).status).toBe(401)
  })
  it('gives its values to browsers alone', async () => {
    const { tns } = await started()
    const get = async (agent: string) =>
      (await fetch(`${tns.api}/get/values/`, { headers: { 'user-agent': agent } })).status
    expect([await get('node'), await get(''), await get('Mozilla/5.0')]).toEqual([403, 403, 200])
  })
})

describe('the TNS on loopback: submissions', () => {
  it('takes both encodings', async () => {
    const { tns, post } = await started()
    const data = JSON.stringify({ at_report: { 0: report() } })
    for (const multipart of [false, true]) {
      expect(await post('set/bulk-report', { data }, undefined, multipart)).toMatchObject({ status: 200 })
    }
    expect(tns.submitted).toEqual([data, data])
  })
  it.each([
    ['data that is no JSON', 'at_report'],
    ['a wrapper', JSON.stringify({ reports: [report()] })],
    ['another key beside', JSON.stringify({ at_report: { 0: report() }, x: 1 })],
    ['no report', JSON.stringify({ at_report: {} })],
    [
      'more than a hundred',
      JSON.stringify({ at_report: Object.fromEntries(Array.from({ length: 101 }, (_, n) => [n, report()])) }),
    ],
  ])('refuses %s at once', async (_, data) => {
    const { post } = await started()
    expect((await post('set/bulk-report', { data })).status).toBe(400)
  })
  it('shows the reply to who asks for it at the top level, and after some polls', async () => {
    const { post, submit } = await started(2)
    const { data } = await submit(report())
    const inside = { data: JSON.stringify({ report_id: data.report_id }) }
    expect((await post('get/bulk-report-reply', inside)).status).toBe(404)
    const statuses = []
    for (let n = 0; n < 3; n++)
      statuses.push((await post('get/bulk-report-reply', { report_id: `${data.report_id}` })).status)
    expect(statuses).toEqual([404, 404, 200])
  })

  it.each<[string, object, string, number]>([
    ['no non-detection', { non_detection: {} }, 'non_detection', 6],
    ['an archive without words', { non_detection: { archiveid: '0' } }, 'non_detection', 6],
    [
      'one after the discovery',
      { non_detection: { ...renderReport(lsstReport).non_detection, obsdate: '2026-02-28 00:00:00' } },
      'non_detection',
      1,
    ],
    ['no photometry', { photometry: { photometry_group: {} } }, 'photometry', 2],
    ['no reporter', { reporter: '' }, 'reporter', 3],
    ['internal_name in the shape of a value', { internal_name: { value: 'x' } }, 'internal_name', 3],
    ['a group that is none', { reporting_groupid: '999' }, 'reporting_groupid', 3],
    ['a place off the sky', { dec: { value: '+91:00:00' } }, 'dec', 3],
    ['an unknown field', { colour: 'red' }, 'colour', 3],
  ])('finds %s', async (_, more, field, id) => {
    const { tns, judged } = await started()
    const { status, data } = await judged(report(more))
    expect(status).toBe(400)
    expect(data.feedback.at_report[0][field]).toContainEqual(expect.objectContaining({ message_id: id }))
    expect(tns.objects).toEqual([])
  })

  it('posts nothing of a batch with a fault, and lists the faults in no order', async () => {
    const { tns, judged } = await started()
    const bad = (n: number) => report({ reporter: '', internal_ids: { delivery: `${n}` } })
    const { status, data } = await judged(report(), bad(1), bad(2))
    expect(status).toBe(400)
    expect(data.feedback.at_report.map((one: { internal_ids: object }) => one.internal_ids)).toEqual([
      { delivery: '2' },
      { delivery: '1' },
    ])
    expect(tns.objects).toEqual([])
  })
  it('tells an identical report from another of the same object', async () => {
    const { tns, judged } = await started()
    expect((await judged(report())).data.feedback.at_report[0]).toMatchObject({ 100: { objname: '2026aaaa' } })
    expect((await judged(report())).data.feedback.at_report[0].at_report[0].message_id).toBe(5)
    const moved = report({ ra: { value: '10:20:30.080' } })
    expect((await judged(moved)).data.feedback.at_report[0]).toMatchObject({
      101: { prefix: 'AT', objname: '2026aaaa' },
    })
    expect(tns.objects).toHaveLength(1)
  })
  it('takes the keys of before 2025', async () => {
    const { judged } = await started()
    const { reporting_groupid, data_source_groupid, ...rest } = report()
    const old = { ...rest, reporting_group_id: reporting_groupid, discovery_data_source_id: data_source_groupid }
    expect((await judged(old)).status).toBe(200)
  })
})

describe('the TNS on loopback: questions', () => {
  it('fails at coordinates with too many digits', async () => {
    const { post } = await started()
    const search = (ra: string) =>
      post('get/search', { data: JSON.stringify({ ra, dec: '+20:30:40.05', radius: '2' }) })
    expect((await search('10:20:30.04012345')).status).toBe(500)
    expect((await search('10:20:30.040')).status).toBe(200)
  })
  it('gives names without coordinates, and objects with a comma before their names', async () => {
    const { post, judged } = await started()
    await judged(report())
    const found = await post('get/search', { data: JSON.stringify({ internal_name: 'LSST-AP-DO-170028503098359808' }) })
    expect(found.data).toEqual([{ objname: '2026aaaa', prefix: 'AT', objid: 1 }])
    const { data } = await post('get/object', { data: '{"objname":"2026aaaa"}' })
    expect(data).toMatchObject({ name_prefix: 'AT', internal_names: ', LSST-AP-DO-170028503098359808' })
    expect(data.radeg).toBeCloseTo(lsstReport.raDeg, 5)
  })
  it('goes on with names as TNS does', () => {
    expect([0, 1, 25, 26, 26 ** 2, 26 ** 3].map(nameOf)).toEqual([
      ...['2026aaaa', '2026aaab', '2026aaaz', '2026aaba', '2026abaa', '2026baaa'],
    ])
  })
})
