import { afterEach, describe, expect, it } from 'vitest'
import type { DeliveryError, Message } from '../../bridges/contract.ts'
import { submitted, verdictOf } from '../../bridges/tns/reply.ts'
import { maintenance, tnsSays, tooMany } from '../servers/tns.ts'
import { attemptOf, failure } from './contract.ts'
import { handleOf, lsstReport, messageFor, open, opened } from './tns-setup.ts'

afterEach(async () => {
  for (const one of open.splice(0)) await one.stop()
})

const message = messageFor(lsstReport)
const limit = { limiting_flux: '24', flux_unitid: '1', filterid: '162', instrumentid: '287' }
const timedOut = { status: 504, headers: { 'content-type': 'text/html' }, body: '<html>504 Gateway Time-out</html>' }

describe('tns: what became of it', () => {
  const fault = (entry: object) => tnsSays(400, 'Bad Request', { feedback: { at_report: [entry] } })
  async function looking(answer?: Parameters<Awaited<ReturnType<typeof opened>>['tns']['refuse']>[1]) {
    const all = await opened({}, { polls: 0 })
    const handle = handleOf(await all.send(message))
    if (answer !== undefined) all.tns.refuse('get/bulk-report-reply', answer)
    return { ...all, handle, look: () => all.channel.look!(handle, attemptOf(message)) }
  }

  it('is asked ever more rarely', () => {
    const of = { reportId: 1, submittedMs: 0, key: 'k', internalName: 'n', prefix: 'AT' }
    const after = [0, 5000, 20_000, 100_000, 500_000].map((nowMs) => submitted(of, nowMs).lookAfterMs)
    expect(after).toEqual([5000, 5000, 10_000, 50_000, 60_000])
  })

  it('lost after ten minutes of 404, and the same bytes go out again', async () => {
    const { tns, channel, send, clock } = await opened({}, { polls: 0 })
    tns.script('lost')
    const handle = handleOf(await send(message))
    clock.nowMs += 599_000
    expect(await channel.look!(handle, attemptOf(message))).toMatchObject({
      state: 'submitted',
      handle,
      lookAfterMs: 60_000,
    })
    clock.nowMs += 1000
    expect(await channel.look!(handle, attemptOf(message))).toMatchObject({
      state: 'lost',
      why: expect.stringContaining('100001'),
    })
    const again = handleOf(await send(message, { number: 2 }))
    expect(tns.submitted[1]).toBe(tns.submitted[0])
    expect((await channel.look!(again, attemptOf(message))).state).toBe('sent')
  })

  it('504 though it was taken: the repeat finds the object by our name', async () => {
    const { tns, send } = await opened()
    tns.script('504')
    expect(await failure(send(message))).toMatchObject({ kind: 'retry', reached: 'maybe' })
    expect(await send(message, { number: 2 })).toMatchObject({ state: 'duplicate', receipt: { id: 'AT2026aaaa' } })
    expect(tns.submitted).toHaveLength(1)
  })

  it('504 though it was taken, and the search does not show it yet: identical, the same to the byte', async () => {
    const { tns, channel, send } = await opened({}, { polls: 0 })
    tns.script('504')
    await failure(send(message))
    tns.refuse('get/search', tnsSays(200, 'OK', []))
    const handle = handleOf(await send(message, { number: 2 }))
    expect(tns.submitted[1]).toBe(tns.submitted[0])
    const looked = await channel.look!(handle, attemptOf(message))
    expect(looked).toMatchObject({
      state: 'duplicate',
      receipt: { id: 'AT2026aaaa', reply: expect.stringContaining('identical') },
    })
    expect(tns.objects).toHaveLength(1)
  })

  it('identical, and the search for its name is refused: asked again', async () => {
    const { tns, channel, send } = await opened({}, { polls: 0 })
    await send(message)
    tns.refuse('get/search', tnsSays(200, 'OK', []))
    const handle = handleOf(await send(message, { number: 2 }))
    tns.refuse('get/search', tnsSays(400, 'Bad Request'))
    expect(await failure(channel.look!(handle, attemptOf(message)))).toMatchObject({ kind: 'retry', reached: 'maybe' })
    expect((await channel.look!(handle, attemptOf(message))).state).toBe('duplicate')
  })

  it('identical to one that nobody finds: a duplicate all the same', async () => {
    const { tns, look } = await looking(fault({ at_report: [{ message: 'An identical AT report', message_id: 5 }] }))
    tns.refuse('get/search', tnsSays(200, 'OK', []))
    expect(await look()).toMatchObject({ state: 'duplicate', receipt: { id: 'LSST-AP-DO-170028503098359808' } })
  })

  it('a crash between the submission and its record: the second one is folded', async () => {
    const first = await opened({}, { polls: 0 })
    await first.send(message)
    first.tns.refuse('get/search', tnsSays(200, 'OK', []))
    const handle = handleOf(await first.send(message, { number: 2 }))
    expect((await first.channel.look!(handle, attemptOf(message))).state).toBe('duplicate')
    expect(first.tns.objects).toHaveLength(1)
  })

  it.each([
    ['1', { non_detection: { ...limit, obsdate: '2026-02-28 00:00:00' } }, /non_detection: .*must precede/],
    ['2', { photometry: { photometry_group: {} } }, /photometry: At least one photometry point/],
    ['3', { reporter: '' }, /reporter: Missing/],
    ['3 of a group', { data_source_groupid: '999' }, /data_source_groupid: Group does not exist/],
    ['6', { non_detection: {} }, /non_detection: Last non-detection date or archival info/],
    ['6 of an archive', { non_detection: { archiveid: '0' } }, /non_detection: Last non-detection date or archival/],
  ])('refused with error %s', async (_, wrong, words) => {
    const { tns, send, channel } = await opened({}, { polls: 0 })
    const { at_report } = JSON.parse(Buffer.from(message.body).toString()) as { at_report: { 0: object } }
    const body = Buffer.from(JSON.stringify({ at_report: { 0: { ...at_report[0], ...wrong } } }))
    const failed = await failure(channel.look!(handleOf(await send({ ...message, body })), attemptOf(message)))
    expect(failed).toMatchObject({ kind: 'reject', reached: 'no', reply: expect.stringMatching(words) })
    expect(tns.objects).toEqual([])
  })

  it('refused, with the field and the words of TNS', async () => {
    const { send, channel } = await opened({}, { polls: 0 })
    const body = JSON.parse(Buffer.from(message.body).toString())
    body.at_report[0].reporting_groupid = '999'
    body.at_report[0].non_detection = {
      obsdate: '2026-02-28 00:00:00',
      limiting_flux: '24',
      flux_unitid: '1',
      filterid: '162',
      instrumentid: '287',
    }
    const wrong: Message = { ...message, body: Buffer.from(JSON.stringify(body)) }
    const failed = await failure(channel.look!(handleOf(await send(wrong)), attemptOf(wrong)))
    expect(failed).toMatchObject({ kind: 'reject', reached: 'no' })
    expect(failed.reply).toContain('reporting_groupid: Group does not exist.')
    expect(failed.reply).toContain('non_detection: Last non-detection date must precede the discovery date.')
  })

  it.each([
    ['404', tnsSays(404, 'Not Found'), 'submitted'],
    ['401', tnsSays(401, 'Unauthorized'), 'halt'],
    ['429', tooMany(20), 'retry'],
    ['504', timedOut, 'retry'],
    ['maintenance', maintenance, 'retry'],
    ['200 without feedback', tnsSays(200, 'OK', {}), 'retry'],
    [
      '200 with information alone',
      tnsSays(200, 'OK', { feedback: { at_report: [{ 110: { message: 'so', message_id: 110 } }] } }),
      'retry',
    ],
    [
      '200 with somebody else’s ids',
      tnsSays(200, 'OK', {
        feedback: { at_report: [{ 100: { objname: '2026zz' }, internal_ids: { delivery: 'other' } }] },
      }),
      'retry',
    ],
    [
      '200 with faults in it',
      tnsSays(200, 'OK', { feedback: { at_report: [{ ra: [{ message: 'wrong', message_id: 3 }] }] } }),
      'reject',
    ],
    [
      '400 with words alone',
      fault({ photometry: { photometry_group: { 0: { flux: [{ message: 'wrong' }] } } } }),
      'reject',
    ],
    ['400 with nothing', tnsSays(400, 'Bad Request', []), 'retry'],
    ['405: the question is refused, not the report', tnsSays(405, 'Method Not Allowed'), 'retry'],
    ['422: the same', tnsSays(422, 'Unprocessable'), 'retry'],
  ] as const)('%s', async (_, answer, expected) => {
    const { tns, look } = await looking(answer)
    const looked = await look().catch((error: DeliveryError) => error)
    expect('state' in looked ? looked.state : looked.kind).toBe(expected)
    if ('reply' in looked) expect(looked.reply).not.toContain(tns.bot.apiKey)
    // Whatever was in between, the reply is read when it comes.
    if (expected === 'submitted' || expected === 'retry') expect((await look()).state).toBe('sent')
  })

  it.each(['k3y0fthedelivery', '{}', ''])('a submission without a number (%j) goes out again', async (handle) => {
    const { tns, channel } = await opened()
    expect(await channel.look!(handle, attemptOf(message))).toMatchObject({ state: 'lost' })
    expect(tns.asked).toEqual([])
  })

  it('reads entries in any order, by our ids, with the prefix that TNS gives', () => {
    const of = { key: 'ours', prefix: 'AT' }
    const data = (...at_report: object[]) => ({ feedback: { at_report } })
    const other = { 101: { prefix: 'SN', objname: '2026b' }, internal_ids: { delivery: 'other' } }
    const ours = { 101: { prefix: 'SN', objname: '2026a', message: 'exists' }, internal_ids: { delivery: 'ours' } }
    expect(verdictOf(data(other, ours), of)).toMatchObject({ is: 'accepted', name: 'SN 2026a' })
    expect(verdictOf({ feedback: { at_report: { 0: ours } } }, of)).toMatchObject({ is: 'accepted', name: 'SN 2026a' })
    expect(verdictOf(data({ 100: { objname: '2026a' } }), of)).toMatchObject({ name: 'AT 2026a' })
    expect(verdictOf(data({ 101: { objname: '2026a' } }), of)).toMatchObject({ name: '2026a' })
    expect(verdictOf(data({ 100: { objname: '2026a' }, 121: { new_object_name: 'SN 2026a' } }), of)).toMatchObject({
      name: 'SN 2026a',
    })
    expect(verdictOf(data(other, { 100: { objname: '2026c' } }), of)).toEqual({ is: 'unknown' })
    expect(verdictOf('no', of)).toEqual({ is: 'unknown' })
    // Told by its number or by its words.
    for (const said of [{ message: 'Seen before', message_id: '5' }, { message: 'An identical AT report was sent' }]) {
      expect(verdictOf(data({ at_report: [said] }), of)).toMatchObject({ is: 'identical' })
    }
  })

  it('does not take the answer to the submission for acceptance', async () => {
    const { tns, look } = await looking(fault({ at_report: [{ message: 'No', message_id: 3 }] }))
    expect(tns.submitted).toHaveLength(1)
    expect(await failure(look())).toMatchObject({ kind: 'reject' })
  })
})
