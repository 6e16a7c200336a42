import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import type { Message } from '../../bridges/contract.ts'
import type { HttpResponse } from '../../bridges/http.ts'
import type { Report } from '../../bridges/report.ts'
import { openPace } from '../../bridges/tns/api.ts'
import { maintenance, tnsSays, tooMany } from '../servers/tns.ts'
import { formOf } from '../servers/tns-form.ts'
import { attemptOf, failure } from './contract.ts'
import { handleOf, lsstReport, messageFor, open, opened, receiptOf, required, signal } from './tns-setup.ts'

afterEach(async () => {
  for (const one of open.splice(0)) await one.stop()
})

const message = messageFor(lsstReport)
const place = { raDeg: lsstReport.raDeg, decDeg: lsstReport.decDeg }
/** So far north of the report, arcsec. */
const northOf = (arcsec: number) => ({ ...place, decDeg: place.decDeg + arcsec / 3600 })
const timedOut = { status: 504, headers: { 'content-type': 'text/html' }, body: '<html>504 Gateway Time-out</html>' }

describe('tns: a report goes out', () => {
  it('as a form with data as a JSON string, under the marker of the bot, and nothing is certain yet', async () => {
    const { tns, send, clock } = await opened()
    const outcome = await send(message)
    expect(outcome).toMatchObject({ state: 'submitted', lookAfterMs: 5000 })
    expect(JSON.parse(handleOf(outcome))).toMatchObject({ reportId: 100_001, submittedMs: clock.nowMs })
    const asked = tns.asked.at(-1)!
    expect(asked).toMatchObject({ method: 'POST', path: '/api/set/bulk-report' })
    expect(asked.headers['user-agent']).toBe('tns_marker{"tns_id":4711,"type":"bot","name":"Fountain_Bot"}')
    expect(asked.headers['content-type']).toBe('application/x-www-form-urlencoded')
    expect([...formOf(asked).fields.keys()]).toEqual(['api_key', 'data'])
    expect(tns.submitted).toEqual([Buffer.from(message.body).toString()])
  })

  it('after one search around the place, and none of objects that are not there', async () => {
    const { tns, send } = await opened()
    await send(message)
    expect(tns.asked.map(({ path }) => path)).toEqual(['/api/get/search', '/api/set/bulk-report'])
    const searched = JSON.parse(formOf(tns.asked[0]!).fields.get('data')!)
    expect(searched).toEqual({ ra: '10:20:30.040', dec: '+20:30:40.05', radius: '2', units: 'arcsec' })
  })

  it('and becomes an object', async () => {
    const { tns, channel, send } = await opened()
    const handle = handleOf(await send(message))
    expect((await channel.look!(handle, attemptOf(message))).state).toBe('submitted')
    const looked = await channel.look!(handle, attemptOf(message))
    expect(looked).toMatchObject({
      state: 'sent',
      receipt: { id: 'AT2026aaaa', reply: expect.stringContaining('inserted') },
    })
    expect(receiptOf(looked as never).cites).toEqual({
      title: 'AT 2026aaaa',
      url: `${tns.url}/object/2026aaaa`,
    })
    expect(tns.objects[0]).toMatchObject({ internalNames: ['LSST-AP-DO-170028503098359808'], group: 'Fountain' })
    const asked = formOf(tns.asked.at(-1)!).fields
    expect(asked.get('report_id')).toBe('100001')
    expect(asked.has('data')).toBe(false)
  })

  it('never from a future', async () => {
    const { tns, send, clock } = await opened()
    clock.nowMs = Date.UTC(2026, 1, 27, 5, 29)
    const failed = await failure(send(message))
    expect(failed).toMatchObject({ kind: 'reject', reached: 'no', reply: expect.stringContaining('future') })
    expect(tns.asked).toEqual([])
  })
})

describe('tns: what it has already', () => {
  it.each([
    'LSST-AP-DO-170028503098359808',
    'LSST-P-DO-170028503098359808',
    '170028503098359808',
    ' lsst-ap-do-170028503098359808',
  ])('by our name, spelled %s, is a duplicate', async (name) => {
    const { tns, send } = await opened({ knownObjects: 'attach' })
    tns.add({ ...northOf(0.3), prefix: 'SN', name: '2026xyz', internalNames: ['ATLAS26aaa', name] })
    const outcome = await send(message)
    expect(outcome).toMatchObject({ state: 'duplicate', receipt: { id: 'SN2026xyz', cites: { title: 'SN 2026xyz' } } })
    expect(tns.submitted).toEqual([])
  })
  it('by others, at the place, is refused with its name and who reported it', async () => {
    const { tns, send } = await opened()
    tns.add({ ...northOf(1.4), name: '2026xyz' })
    const failed = await failure(send(message))
    expect(failed).toMatchObject({ kind: 'reject', reached: 'no' })
    expect(failed.reply).toMatch(/AT 2026xyz at 1\.4 arcsec, reported by ATLAS; set `knownObjects: attach`/)
    expect(tns.submitted).toEqual([])
  })
  it('by others, is reported all the same where the operator wants that, and gets the name it has', async () => {
    const { tns, channel, send } = await opened({ knownObjects: 'attach' }, { polls: 0 })
    tns.add({ ...northOf(1.4), prefix: 'SN', name: '2026xyz' })
    const looked = await channel.look!(handleOf(await send(message)), attemptOf(message))
    expect(looked).toMatchObject({
      state: 'sent',
      receipt: { id: 'SN2026xyz', reply: expect.stringContaining('exists') },
    })
    expect(tns.objects[0]).toMatchObject({ reports: 2 })
  })
  it('farther away is another', async () => {
    const { tns, send } = await opened()
    tns.add(northOf(2.1))
    expect((await send(message)).state).toBe('submitted')
    const wide = await opened({ matchArcsec: 3 })
    wide.tns.add(northOf(2.1))
    expect((await failure(wide.send(message))).kind).toBe('reject')
  })
})

describe('tns: faults of a submission', () => {
  it.each([
    ['401', tnsSays(401, 'Unauthorized'), 'halt', 'no'],
    ['403', tnsSays(403, 'Forbidden'), 'halt', 'no'],
    ['429', tooMany(30), 'retry', 'no'],
    ['400 at once', tnsSays(400, 'Bad Request', { message: 'malformed' }), 'reject', 'no'],
    ['500', tnsSays(500, 'Internal Server Error'), 'retry', 'maybe'],
    ['504', timedOut, 'retry', 'maybe'],
    ['404', tnsSays(404, 'Not Found'), 'retry', 'maybe'],
    ['a redirect', { status: 302, headers: { location: '/login' } }, 'retry', 'maybe'],
    ['maintenance with 200', maintenance, 'retry', 'maybe'],
    ['200 without report_id', tnsSays(200, 'OK', {}), 'retry', 'maybe'],
    ['200 with nothing', { status: 200, body: '' }, 'retry', 'maybe'],
    ['200 with a report_id that is none', tnsSays(200, 'OK', { report_id: 'x' }), 'retry', 'maybe'],
    ['200 with null', tnsSays(200, 'OK', null), 'retry', 'maybe'],
  ] as const)('%s', async (_, answer, kind, reached) => {
    const { tns, send, clock } = await opened()
    tns.refuse('set/bulk-report', answer)
    const failed = await failure(send(message))
    expect([failed.kind, failed.reached]).toEqual([kind, reached])
    expect(failed.reply).not.toContain(tns.bot.apiKey)
    clock.nowMs += 60_000
    expect((await send(message, { number: 2 })).state).toBe('submitted')
  })

  it('takes a report_id that is a text of digits', async () => {
    const { tns, send } = await opened()
    tns.refuse('set/bulk-report', tnsSays(200, 'OK', { report_id: '77' }))
    expect(JSON.parse(handleOf(await send(message)))).toMatchObject({ reportId: 77 })
  })

  it('repeats what TNS says with 200 where it gives no number, without the key', async () => {
    const { tns, send } = await opened()
    tns.refuse('set/bulk-report', tnsSays(200, `Unauthorized ${tns.bot.apiKey}`, { message: 'the bot is not active' }))
    const failed = await failure(send(message))
    expect(failed).toMatchObject({ kind: 'retry', reached: 'maybe' })
    expect(failed.reply).toMatch(/200, and no report_id: .*Unauthorized \*\*\*.*the bot is not active/)
  })

  it('says nothing of the key, also where TNS repeats it', async () => {
    const { tns, send } = await opened()
    tns.refuse('set/bulk-report', tnsSays(400, `Bad Request ${tns.bot.apiKey}`, { api_key: tns.bot.apiKey }))
    const failed = await failure(send(message))
    expect(`${failed.reply} ${failed.stack}`).not.toContain(tns.bot.apiKey)
  })

  it('halts where its own `api` is no address to send to', async () => {
    const { tns, send } = await opened({ api: 'http://localhost.invalid/api' })
    expect(await failure(send(message))).toMatchObject({ reached: 'no' })
    expect(tns.asked).toEqual([])
  })
})

describe('tns: faults of the last look, before anything was sent', () => {
  it.each([
    ['a list within a level that is gone', tnsSays(200, 'OK', { reply: [] })],
    ['maintenance', maintenance],
    ['a failure', tnsSays(500, 'Internal Server Error')],
    ['a time-out', timedOut],
  ] as const)('%s: later, and certainly nothing sent', async (_, answer) => {
    const { tns, send } = await opened()
    tns.refuse('get/search', answer)
    expect(await failure(send(message))).toMatchObject({ kind: 'retry', reached: 'no' })
    expect(tns.submitted).toEqual([])
  })
  it('an object without coordinates is not taken for one far away', async () => {
    const { tns, send } = await opened()
    tns.add(northOf(0.2))
    tns.refuse('get/object', tnsSays(200, 'OK', { objname: '2026aaaa' }))
    expect(await failure(send(message))).toMatchObject({ kind: 'retry', reached: 'no' })
  })
  it('an object in the form of older answers is read', async () => {
    const { tns, send } = await opened()
    tns.add(northOf(0.2))
    const { raDeg: radeg, decDeg: decdeg } = northOf(0.2)
    tns.refuse('get/object', tnsSays(200, 'OK', { reply: { radeg, decdeg, name_prefix: 'AT', internal_names: '' } }))
    expect((await failure(send(message))).reply).toContain('AT 2026aaaa at 0.2 arcsec')
  })
  it('an object that went away is none', async () => {
    const { tns, send } = await opened()
    tns.add(northOf(0.2))
    tns.refuse('get/object', tnsSays(404, 'Not Found'))
    expect((await send(message)).state).toBe('submitted')
  })
})

describe('tns: its rate limits', () => {
  it('waits as long as the stricter family says', async () => {
    const { tns, send } = await opened()
    tns.refuse('get/search', tooMany(7, 31))
    expect(await failure(send(message))).toMatchObject({ kind: 'retry', reached: 'no', retryAfterMs: 31_000 })
  })
  it('asks nothing while the headers say that nothing is left, and reports what needs no question', async () => {
    const { tns, send, clock } = await opened({}, { limits: { any: 10, cone: 2 } })
    const at = (n: number): Report => ({ ...lsstReport, object: `LSST-AP-DO-${n}`, decDeg: n })
    await send(messageFor(at(1)))
    await send(messageFor(at(2)))
    const asked = tns.asked.length
    expect(await failure(send(messageFor(at(3))))).toMatchObject({ kind: 'retry', reached: 'no', retryAfterMs: 60_000 })
    expect(tns.asked).toHaveLength(asked)
    clock.nowMs += 60_000
    tns.minuteGone()
    expect((await send(messageFor(at(3)))).state).toBe('submitted')
  })
  it.each([
    [{ 'x-rate-limit-remaining': '0', 'x-rate-limit-reset': '12' }, 12_000, 12_000],
    [{ 'x-cone-rate-limit-remaining': '0', 'x-cone-rate-limit-reset': '12' }, undefined, 12_000],
    [{ 'x-rate-limit-remaining': '3', 'x-rate-limit-reset': '12' }, undefined, undefined],
    [{ 'x-rate-limit-remaining': '0', 'x-rate-limit-reset': 'soon' }, undefined, undefined],
    [{ 'x-rate-limit-remaining': '0', 'x-rate-limit-reset': '1e12' }, 3_600_000, 3_600_000],
    [{}, undefined, undefined],
  ])('reads %j', (headers, anyMs, coneMs) => {
    const pace = openPace()
    pace.learn({ status: 200, headers } as unknown as HttpResponse, 1000)
    expect([pace.waitMs(1000, 'any'), pace.waitMs(1000, 'cone')]).toEqual([anyMs, coneMs])
  })
})

describe('tns: related files', () => {
  const bytes = Buffer.from('89504e470d0a1a0a', 'hex')
  const hash = createHash('sha256').update(bytes).digest('hex')
  const pictured: Message = {
    ...message,
    parts: [
      { hash, mediaType: 'image/png', name: 'cutouts-00000000.png', bytes },
      { hash, mediaType: 'image/png', name: 'lightcurve-00000000.png', bytes },
    ],
  }
  const filesIn = (text: string | undefined) => JSON.parse(text ?? '').at_report[0].related_files

  it('are uploaded once, and every attempt names them alike', async () => {
    const { tns, channel, send, folder } = await opened({ relatedFiles: true }, { polls: 0 })
    tns.refuse('set/bulk-report', timedOut)
    expect(await failure(send(pictured))).toMatchObject({ kind: 'retry', reached: 'maybe' })
    const handle = handleOf(await send(pictured, { number: 2 }))
    const uploads = tns.asked.filter(({ path }) => path === '/api/set/file-upload')
    expect(uploads).toHaveLength(1)
    expect(formOf(uploads[0]!).fields.get('api_key')).toBe(tns.bot.apiKey)
    expect(formOf(uploads[0]!).files.map((one) => [one.field, one.name, one.bytes])).toEqual([
      ['files[0]', 'cutouts-00000000.png', bytes],
      ['files[1]', 'lightcurve-00000000.png', bytes],
    ])
    const sent = tns.asked.filter(({ path }) => path === '/api/set/bulk-report').map((one) => `${one.body}`)
    expect(sent[1]).toBe(sent[0])
    expect(filesIn(tns.submitted[0])).toEqual({
      0: {
        related_file_name: expect.stringMatching(/cutouts/),
        related_file_comments: 'Science, template, difference',
      },
      1: { related_file_name: expect.stringMatching(/lightcurve/), related_file_comments: 'Light curve' },
    })
    expect(readdirSync(join(folder, 'files'))).toHaveLength(1)
    expect((await channel.look!(handle, attemptOf(pictured))).state).toBe('sent')
    expect(readdirSync(join(folder, 'files'))).toEqual([])
  })

  it('are forgotten with a report that is refused', async () => {
    const { tns, channel, send, folder } = await opened({ relatedFiles: true }, { polls: 0 })
    const handle = handleOf(await send(pictured))
    tns.refuse(
      'get/bulk-report-reply',
      tnsSays(400, 'Bad Request', { feedback: { at_report: [{ ra: [{ message: 'wrong', message_id: 3 }] }] } }),
    )
    expect((await failure(channel.look!(handle, attemptOf(pictured)))).kind).toBe('reject')
    expect(readdirSync(join(folder, 'files'))).toEqual([])
  })

  it('that TNS refuses are left out, also later', async () => {
    const { tns, host, send } = await opened({ relatedFiles: true })
    tns.refuse('set/file-upload', tnsSays(400, 'Bad Request'))
    tns.refuse('set/bulk-report', timedOut)
    await failure(send(pictured))
    await send(pictured, { number: 2 })
    expect(tns.submitted).toEqual([Buffer.from(message.body).toString()])
    expect(host.lines.join()).toContain('refused the pictures')
  })

  it.each([
    ['a failure', tnsSays(500, 'Internal Server Error')],
    ['fewer names than files', tnsSays(200, 'OK', ['one.png'])],
  ])('hold the report back at %s', async (_, answer) => {
    const { tns, send, folder } = await opened({ relatedFiles: true })
    tns.refuse('set/file-upload', answer)
    expect(await failure(send(pictured))).toMatchObject({ kind: 'retry', reached: 'no' })
    expect([tns.submitted, existsSync(join(folder, 'files'))]).toEqual([[], false])
    expect((await send(pictured, { number: 2 })).state).toBe('submitted')
  })
})

it('pins the numbers of TNS at the first check that passes, and no secret with them', async () => {
  const { tns, channel, folder } = await opened()
  expect(readdirSync(folder)).toEqual([])
  tns.refuse('get/object', tnsSays(401, 'Unauthorized'))
  await failure(channel.check(signal()))
  expect(readdirSync(folder)).toEqual([])
  await channel.check(signal())
  const text = readFileSync(join(folder, 'values.json'), 'utf8')
  expect(JSON.parse(text)).toMatchObject({ api: tns.api, ids: { 'filter LSST/LSST.r': '162' } })
  expect(text).not.toContain(required.bot.apiKey)
})
