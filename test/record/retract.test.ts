import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { eventByIvoid, logSince } from '../../src/record/events.ts'
import { openValidator, readVOEvent } from '../../vo/index.ts'
import { outside, sifted, streamIvoid, t0 } from './fixtures.ts'
import { hour, minute, OutboxStage, shown } from './outbox-stage.ts'

let stage: OutboxStage
beforeEach(() => {
  stage = new OutboxStage()
})
afterEach(() => {
  expect(stage.faults()).toEqual([])
  stage.remove()
})

const ivoid = `${streamIvoid}#1`
const retract = (id = ivoid) =>
  stage.run('retract', { ivoid: id, reason: 'a satellite <flare> & no star', by: 'anna', nowMs: stage.nowMs })
const purposes = () => stage.lines().map(({ id, purpose, state }) => `${id} ${purpose} ${state}`)

describe('a retraction', () => {
  it('is an event of ours that cites the original and says why, once on the log', async () => {
    stage.subscribe({})
    stage.match({ alertId: '1', objectId: 'o' })
    expect(retract()).toEqual({ ivoid: `${ivoid}.r1`, seq: 2, deliveries: 0, dropped: 1 })
    expect(logSince(stage.sql, 0, 10).map((entry) => [entry.seq, entry.ivoid])).toEqual([
      [1, ivoid],
      [2, `${ivoid}.r1`],
    ])
    const recorded = eventByIvoid(stage.sql, `${ivoid}.r1`)
    expect(recorded).toMatchObject({ role: 'observation', origin: 'own' })
    const event = readVOEvent(recorded?.raw.bytes ?? new Uint8Array(), { mode: 'strict' }).event
    expect(event).toMatchObject({
      ivoid: `${ivoid}.r1`,
      role: 'observation',
      who: { authorIvoid: 'ivo://example.org/fountain', date: '2026-11-21T00:00:00.000' },
      citations: {
        events: [{ ivoid, cite: 'retraction' }],
        description: 'a satellite <flare> & no star',
      },
    })
    const validator = await openValidator()
    expect(validator.validate(recorded?.raw.bytes ?? new Uint8Array())).toEqual({
      version: '2.0',
      valid: true,
      issues: [],
    })
    validator.dispose()
    // What follows about the object cites what was said about it, not that it was taken back.
    stage.match({ alertId: '2', objectId: 'o' })
    expect(eventByIvoid(stage.sql, `${streamIvoid}#2`)?.model?.citations?.events).toEqual([{ ivoid, cite: 'followup' }])
  })

  it('names the object as the original does, and says nothing else of it', () => {
    stage.subscribe({})
    const batch = sifted([{ offset: 0, alertId: '1', objectId: 'o' }])
    const named = {
      definition: { name: 'name', dataType: 'string', ucd: 'meta.id;meta.main' },
      value: 'AP-DO-7',
    } as const
    const number = { definition: { name: 'objectId', dataType: 'string', ucd: 'META.ID;SRC' }, value: '7' } as const
    const measured = { definition: { name: 'ra', dataType: 'float', ucd: 'pos.eq.ra' }, value: 1 } as const
    const groups = [
      { name: 'object', params: [measured, named, number] },
      { name: 'host', params: [measured] },
    ]
    const events = batch.events.map((mapped) => ({
      ...mapped,
      event: { ...mapped.event, what: { ...mapped.event.what!, groups } },
    }))
    stage.apply({ ...batch, events })
    retract()
    const recorded = eventByIvoid(stage.sql, `${ivoid}.r1`)
    const { event } = readVOEvent(recorded?.raw.bytes ?? new Uint8Array(), { mode: 'strict' })
    expect(event.what?.params).toEqual([])
    expect(event.what?.groups.map(({ name, params }) => [name, params.map(({ value }) => value)])).toEqual([
      ['object', ['AP-DO-7', '7']],
    ])
  })

  it('takes the next free name, keeps the role, and stands on no log where the original does not', () => {
    stage.subscribe({ test: true })
    stage.match({ alertId: '1', role: 'test' }, '1.r1')
    expect(retract()).toMatchObject({ ivoid: `${ivoid}.r2`, seq: 3 })
    expect(eventByIvoid(stage.sql, `${ivoid}.r2`)?.role).toBe('test')
    stage.sql.run('DELETE FROM log WHERE seq > 1')
    expect(retract(`${ivoid}.r1`)).toMatchObject({ ivoid: `${ivoid}.r1.r1`, seq: null })
    stage.sql.run(`INSERT INTO log SELECT id, id FROM events WHERE id > 1`)
  })

  it('reaches exactly those who were or may have been sent the event, by the same ways', () => {
    const names = ['sent', 'duplicate', 'submitted', 'doubtful', 'rejected', 'in the queue', 'paused', 'gone', 'dead']
    stage.subscribe(
      ...names.map((name) => ({ name })),
      { name: 'hook', bridge: 'webhook' },
      { name: 'other', test: false },
    )
    stage.match({ alertId: '1', objectId: 'o' })
    const [sent, duplicate, submitted, doubtful, rejected, queued, paused, gone, dead] = stage
      .claim('email', 9)
      .map(({ id }) => id) as [number, number, number, number, number, number, number, number, number]
    const receipt = (id: number) => ({ receipt: { id: `<${id}>`, atMs: t0 } })
    for (const id of [sent, paused, gone, dead]) stage.settle(id, 'sent', receipt(id))
    stage.settle(duplicate, 'duplicate', receipt(duplicate))
    stage.settle(submitted, 'submitted', { handle: 'h', notBeforeMs: t0 + hour })
    stage.settle(doubtful, 'parked', { reached: 'maybe' })
    stage.settle(rejected, 'rejected', { reached: 'no' })
    stage.settle(queued, 'queued', { notBeforeMs: t0 + minute, reached: 'no' })
    stage.send('webhook')
    stage.run('setSubscriptionState', 'paused', 'paused', { by: 'a', nowMs: t0 })
    stage.run('setSubscriptionState', 'gone', 'unsubscribed', { by: 'a', nowMs: t0 })
    stage.run('suppressAddress', 'email', 'a8@example.org', '550', t0)

    expect(retract()).toMatchObject({ deliveries: 6, dropped: 2 })
    const told = stage.claim()
    expect(told.map(({ subscription, purpose }) => [subscription, purpose])).toEqual([
      ['sent', 'retraction'],
      ['duplicate', 'retraction'],
      ['doubtful', 'retraction'],
      ['paused', 'retraction'],
    ])
    expect(told[0]).toMatchObject({
      event: { ivoid: `${ivoid}.r1` },
      context: { alertId: '1' },
      address: 'a0@example.org',
      thread: [{ id: `<${sent}>` }],
    })
    expect(stage.claim('webhook')).toMatchObject([{ purpose: 'retraction', subscription: 'hook' }])
    // Behind what is still on its way.
    stage.settle(submitted, 'sent')
    expect(stage.claim()).toMatchObject([{ purpose: 'retraction', subscription: 'submitted' }])
    expect(stage.lines({ subscription: 'in the queue' })).toMatchObject([
      { state: 'dropped', error: 'retracted before it was sent' },
    ])
    expect(stage.ledger('sent')).toMatchObject({ chosen: 1, notices: 1, deliveries: 2 })
  })

  it('is dropped when what it waits for ends unsent', () => {
    stage.subscribe({}, {})
    stage.match('1')
    const [first, second] = stage.claim()
    expect(retract()).toMatchObject({ deliveries: 2, dropped: 0 })
    stage.settle(first?.id ?? 0, 'rejected', { reached: 'no' })
    // It goes back to the queue unsent: it is not tried again, and there is nothing to take back.
    stage.settle(second?.id ?? 0, 'queued', { reached: 'no' })
    expect(stage.claim()).toEqual([])
    expect(purposes()).toEqual(['4 retraction dropped', '3 retraction dropped', '2 event dropped', '1 event rejected'])
    expect(stage.nextDueMs()).toBeNull()
  })

  it('goes out when what it waits for may have arrived, also when a crash cut it off', () => {
    stage.subscribe({})
    stage.match('1')
    const [cut] = stage.claim()
    stage.run('keepMessage', cut?.id ?? 0, { body: new Uint8Array(1), key: 'k', repeat: 'safe' })
    stage.restart()
    retract()
    stage.settle(cut?.id ?? 0, 'queued')
    expect(stage.claim()).toMatchObject([{ purpose: 'retraction' }])
    expect(purposes()).toEqual(['2 retraction sending', '1 event dropped'])
  })

  it('leaves an open digest, and follows one that is closed', () => {
    stage.subscribe({ cadence: { kind: 'hourly' } })
    stage.match('1', '2', '3')
    expect(retract()).toMatchObject({ deliveries: 0, dropped: 1 })
    stage.nowMs += hour
    const [digest] = stage.claim()
    expect(shown(digest)).toEqual(['2', '3'])
    stage.settle(2, 'queued', { reached: 'no' })
    expect(retract(`${streamIvoid}#3`)).toMatchObject({ deliveries: 1, dropped: 0 })
    expect(stage.send().map(({ purpose }) => purpose)).toEqual(['event'])
    const [retraction] = stage.send()
    expect(retraction).toMatchObject({ purpose: 'retraction', event: { ivoid: `${streamIvoid}#3.r1` } })
    expect(retraction?.thread).toMatchObject([{ id: '<2>' }])
  })

  it('follows a digest that goes out again after it, and only what the digest shows', () => {
    stage.subscribe({ cadence: { kind: 'hourly' } })
    stage.match(...Array.from({ length: 60 }, (_, index) => `${index + 1}`))
    stage.nowMs += hour
    stage.claim()
    // One is taken back on the way, and not needed when the digest comes to nothing.
    expect(retract(`${streamIvoid}#2`)).toMatchObject({ deliveries: 1 })
    expect(retract(`${streamIvoid}#51`), 'only counted by the digest').toMatchObject({ deliveries: 0, dropped: 0 })
    stage.settle(1, 'rejected', { reached: 'no' })
    expect(stage.claim()).toEqual([])
    expect(stage.lines({ ivoid: `${streamIvoid}#2.r1` })).toMatchObject([{ state: 'dropped' }])
    // Others while it lies there: nobody was told, until somebody sends it after all.
    for (const alert of ['1', '50', '52']) expect(retract(`${streamIvoid}#${alert}`)).toMatchObject({ deliveries: 0 })
    expect(stage.run('retryDeliveries', [1], { by: 'anna', again: false, nowMs: stage.nowMs }).done).toEqual([1])
    expect(stage.send().map(({ purpose }) => purpose)).toEqual(['event'])
    const told = stage.send()
    expect(told.map((each) => each.purpose === 'retraction' && each.event.ivoid).sort()).toEqual(
      ['1', '2', '50'].map((alert) => `${streamIvoid}#${alert}.r1`),
    )
    expect(stage.run('retryDeliveries', [1], { by: 'anna', again: false, nowMs: stage.nowMs }).done).toEqual([])
  })

  it('goes at once, whatever the cadence, the cap and the hour', () => {
    const quietHours = { fromMinutes: 6 * 60, toMinutes: 5 * 60, timeZone: 'UTC' }
    stage.subscribe({ quietHours, maxPerHour: 1 })
    stage.nowMs += 5 * hour
    stage.match('1')
    stage.send()
    stage.nowMs += 2 * hour
    retract()
    expect(stage.send()).toMatchObject([{ purpose: 'retraction' }])
  })

  it('is refused twice, of itself, of others, and of what nobody knows', () => {
    stage.subscribe({})
    stage.match('1')
    stage.apply(outside('ivo://other.org/x#1'))
    retract()
    expect(() => retract()).toThrow('RETRACTED_ALREADY')
    expect(() => retract(`${ivoid}.r1`)).toThrow('RETRACTED_ALREADY')
    expect(() => retract('ivo://other.org/x#1')).toThrow('NOT_OURS')
    expect(() => retract('ivo://example.org/x#2')).toThrow('EVENT_UNKNOWN')
    expect(() => retract('nonsense')).toThrow('EVENT_UNKNOWN')
    stage.match('2')
    expect(() =>
      stage.run('retract', { ivoid: `${streamIvoid}#2`, reason: 'x'.repeat(100_000), by: 'a', nowMs: t0 }),
    ).toThrow('EVENT_TOO_LARGE')
    expect(retract(`${streamIvoid}#2`)).toMatchObject({ ivoid: `${streamIvoid}#2.r1`, dropped: 1 })
  })

  it('keeps a person from sending what was taken back', () => {
    stage.subscribe({}, { cadence: { kind: 'draft' } })
    stage.match('1')
    retract()
    const decided = stage.run('retryDeliveries', [1, 2], { by: 'anna', again: true, nowMs: t0 })
    expect(decided.refused.map(({ code }) => code)).toEqual(['EVENT_RETRACTED', 'EVENT_RETRACTED'])
  })
})
