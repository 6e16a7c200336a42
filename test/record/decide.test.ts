import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { attemptsSince } from '../../src/record/outbox.ts'
import { streamIvoid, t0 } from './fixtures.ts'
import { day, hour, minute, OutboxStage, shown } from './outbox-stage.ts'

let stage: OutboxStage
beforeEach(() => {
  stage = new OutboxStage()
})
afterEach(() => {
  expect(stage.faults()).toEqual([])
  stage.remove()
})

const by = () => ({ by: 'anna', nowMs: stage.nowMs })
const message = (repeat: 'safe' | 'never', parts: readonly string[] = []) => ({
  body: new TextEncoder().encode('hello'),
  key: 'k',
  repeat,
  ...(parts.length === 0
    ? {}
    : {
        parts: parts.map((hash) => ({
          hash,
          mediaType: 'image/png',
          name: `${hash}.png`,
          bytes: new TextEncoder().encode(hash),
        })),
      }),
})
const codes = ({ refused }: { refused: readonly { id: number; code: string }[] }) =>
  refused.map(({ id, code }) => `${id} ${code}`)

describe('a draft', () => {
  beforeEach(() => stage.subscribe({ cadence: { kind: 'draft' }, maxPerHour: 1 }))

  it('is given out once to be rendered, and again after a restart; it is sent when somebody says yes', () => {
    stage.match('1', '2')
    expect(stage.nextDueMs()).toBe(t0)
    expect(stage.claim()).toMatchObject([
      { id: 1, state: 'held', expiresMs: null },
      { id: 2, state: 'held' },
    ])
    expect(stage.nextDueMs()).toBeNull()
    expect(stage.claim()).toEqual([])
    stage.run('keepMessage', 1, message('never'))
    stage.restart()
    expect(stage.claim().map(shown)).toEqual([['2']])

    stage.nowMs += 30 * day
    expect(stage.run('approve', [1, 1, 9], by())).toEqual({
      done: [1],
      refused: [{ id: 9, code: 'NOT_FOUND', reason: 'there is no such delivery' }],
    })
    expect(stage.claim()).toMatchObject([{ id: 1, state: 'sending', message: message('never') }])
    stage.settle(1, 'sent')
    expect(stage.detail(1)).toMatchObject({ approvedBy: 'anna', approvedMs: stage.nowMs, reached: 'yes' })
    expect(codes(stage.run('approve', [1], by()))).toEqual(['1 DELIVERY_STATE'])
  })

  it('holds up nothing that somebody said yes to, nor what another subscription sends at once', () => {
    const address = 'both@example.org'
    stage.subscribe({ cadence: { kind: 'draft' }, address }, { address, name: 'instant' })
    stage.match({ alertId: '1', objectId: 'o' }, { alertId: '2', objectId: 'o' })
    const instant = () =>
      stage.claim().filter(({ subscription, state }) => subscription === 'instant' && state === 'sending')
    expect(instant().map(shown)).toEqual([['1']])
    stage.settle(2, 'sent')
    expect(instant().map(shown)).toEqual([['2']])
    stage.settle(4, 'sent')
    expect(codes(stage.run('approve', [3], by()))).toEqual(['3 DRAFT_NOT_RENDERED'])
    stage.run('keepMessage', 3, message('safe'))
    expect(stage.run('approve', [3], by()).done).toEqual([3])
    expect(stage.claim().map(shown)).toEqual([['2']])
    expect(stage.states()).toEqual({ 1: 'held', 2: 'sent', 3: 'sending', 4: 'sent' })
  })

  it('is sent by nothing but a yes', () => {
    stage.match('1')
    for (const state of ['queued', 'sent', 'submitted', 'expired'] as const) stage.settle(1, state)
    expect(stage.states()).toEqual({ 1: 'held' })
    // Discarded, and brought back: it waits again.
    stage.run('dropDeliveries', [1], { ...by(), reason: 'no star' })
    expect(stage.lines()).toMatchObject([{ state: 'dropped', error: 'dropped by anna: no star' }])
    expect(stage.run('retryDeliveries', [1], { ...by(), again: false })).toEqual({ done: [1], refused: [] })
    expect(stage.states()).toEqual({ 1: 'held' })
    stage.settle(1, 'parked', { error: 'could not be rendered' })
    expect(stage.states()).toEqual({ 1: 'parked' })
  })
})

describe('what a person decides', () => {
  it('sends again what ended unsent, with time as if it were new', () => {
    stage.subscribe({})
    stage.match('1')
    stage.nowMs += 3 * day
    expect(stage.claim()).toEqual([])
    expect(stage.lines()).toMatchObject([{ state: 'expired', error: 'it could not be sent in time' }])
    expect(stage.run('retryDeliveries', [1], { ...by(), again: false }).done).toEqual([1])
    expect(stage.claim()).toMatchObject([{ id: 1, expiresMs: stage.nowMs + 3 * day }])
    expect(codes(stage.run('retryDeliveries', [1], { ...by(), again: true }))).toEqual(['1 DELIVERY_STATE'])
    expect(codes(stage.run('dropDeliveries', [1], { ...by(), reason: '' }))).toEqual(['1 DELIVERY_STATE'])
  })

  it('sends what may have arrived and must not go twice only when told so, and says what to look up', () => {
    stage.subscribe({})
    stage.match('1')
    stage.claim()
    stage.run('keepMessage', 1, message('never'))
    stage.nowMs += 1500
    stage.settle(1, 'parked', { reached: 'maybe', reply: 'connection reset', startedMs: t0 })
    expect(stage.lines()).toMatchObject([
      {
        reached: 'maybe',
        attempts: 1,
        lookUp:
          'Did email take the message k for "a0@example.org", tried at 2026-11-21T00:00:00.000Z? It said: connection reset',
      },
    ])
    expect(codes(stage.run('retryDeliveries', [1], { ...by(), again: false }))).toEqual(['1 DELIVERY_MAYBE_SENT'])
    expect(stage.run('retryDeliveries', [1], { ...by(), again: true }).done).toEqual([1])
    stage.claim()
    stage.settle(1, 'parked', { reached: 'no' })
    // What may have been does not become what has not been.
    expect(stage.lines()).toMatchObject([{ reached: 'maybe' }])
    expect(stage.run('confirmSent', [1], { ...by(), receipt: '<found>' })).toEqual({ done: [1], refused: [] })
    expect(stage.detail(1)).toMatchObject({
      state: 'sent',
      reached: 'yes',
      reply: 'anna looked: it is there',
      receipt: { id: '<found>', atMs: stage.nowMs },
      history: [
        {
          number: 1,
          kind: 'send',
          startedMs: t0,
          endedMs: t0 + 1500,
          outcome: 'parked',
          reached: 'maybe',
          reply: 'connection reset',
        },
      ],
      lookUp: null,
    })
  })

  it('holds for a digest as a whole', () => {
    stage.subscribe({ cadence: { kind: 'hourly' } })
    stage.match('1', '2', '3')
    expect(stage.run('dropDeliveries', [3], { ...by(), reason: 'x' }).done).toEqual([3])
    stage.nowMs += hour
    stage.claim()
    stage.settle(1, 'parked')
    expect(codes(stage.run('retryDeliveries', [2], { ...by(), again: false }))).toEqual(['2 DELIVERY_IN_DIGEST'])
    stage.run('retryDeliveries', [1], { ...by(), again: false })
    expect(stage.claim().map(shown)).toEqual([['1', '2']])
    stage.settle(1, 'parked')
    stage.run('confirmSent', [1], by())
    expect(stage.states()).toEqual({ 1: 'sent', 2: 'sent', 3: 'dropped' })
    // Alone by now: its digest has gone without it.
    stage.run('retryDeliveries', [3], { ...by(), again: false })
    expect(stage.claim().map(shown)).toEqual([['3']])
  })

  it('ends a digest that lost all its members', () => {
    stage.subscribe({ cadence: { kind: 'hourly' } })
    stage.match('1', '2')
    stage.run('dropDeliveries', [1, 2], { ...by(), reason: 'x' })
    expect(stage.nextDueMs()).toBeNull()
  })
})

describe('deliveries are found', () => {
  it('by what is asked for, newest first, page by page', () => {
    stage.subscribe({}, { owner: 'ben' }, { bridge: 'webhook', cadence: { kind: 'hourly' } })
    stage.match('1', '2')
    stage.claim('email', 1)
    const ids = (query: Parameters<OutboxStage['lines']>[0]) => stage.lines(query).map(({ id }) => id)
    expect(ids({})).toEqual([6, 5, 4, 3, 2, 1])
    expect(ids({ limit: 2, beforeId: 5 })).toEqual([4, 3])
    expect(ids({ state: 'sending' })).toEqual([1])
    expect(ids({ bridge: 'webhook' })).toEqual([6, 3])
    expect(ids({ subscription: 'sub-1' })).toEqual([5, 2])
    expect(ids({ owner: 'ben', state: 'queued', beforeId: 5 })).toEqual([2])
    expect(ids({ ivoid: `${streamIvoid}#2` })).toEqual([6, 5, 4])
    expect(ids({ ivoid: `${streamIvoid.toUpperCase().replace('IVO', 'ivo')}?2`, bridge: 'webhook' })).toEqual([6])
    expect(ids({ subscription: 'nobody' })).toEqual([])
    expect(stage.detail(99)).toBeNull()
    expect(stage.detail(2)).toMatchObject({ owner: 'ben', message: null, history: [], followers: [], thread: [] })
  })

  it('with every attempt and question, counted for the budget of the day', () => {
    stage.subscribe({})
    stage.match('1')
    stage.claim()
    stage.settle(1, 'submitted', { startedMs: t0, handle: 'h', notBeforeMs: t0, reply: 'taken' })
    stage.nowMs += minute
    stage.claim()
    stage.settle(1, 'sent', { startedMs: t0 + minute, attempted: false, receipt: { id: 'r', atMs: t0, reply: 'done' } })
    expect(stage.detail(1)).toMatchObject({
      attempts: 1,
      handle: 'h',
      receipt: { id: 'r', reply: 'done' },
      history: [
        { kind: 'send', outcome: 'submitted', reached: 'yes', reply: 'taken' },
        { kind: 'look', outcome: 'sent', reached: 'yes', reply: null },
      ],
    })
    expect([t0, t0 + 1].map((since) => attemptsSince(stage.sql, 'email', since))).toEqual([1, 0])
    expect(attemptsSince(stage.sql, 'webhook', 0)).toBe(0)
  })
})

describe('parts', () => {
  it('are stored once, and come back with every attempt in their order', () => {
    stage.subscribe({}, {})
    stage.match('1')
    stage.claim()
    stage.run('keepMessage', 1, message('safe', ['b', 'a', 'b']))
    stage.run('keepMessage', 2, message('safe', ['a']))
    stage.run('keepMessage', 2, message('safe', ['c']))
    expect(stage.sql.get('SELECT COUNT(*) AS n FROM parts')).toEqual({ n: 2 })
    stage.settle(1, 'queued')
    expect(stage.claim()).toMatchObject([{ message: message('safe', ['b', 'a', 'b']) }])
    expect(stage.detail(2)?.message).toEqual(message('safe', ['a']))
  })
})

describe('a thread', () => {
  it('gives its root and the latest of the others, each once, and goes on when one ended unsent', () => {
    stage.subscribe({})
    const next = (n: number) => stage.match({ alertId: `${n}`, objectId: 'o' })
    for (let n = 1; n <= 30; n++) {
      next(n)
      stage.send()
    }
    next(31)
    next(32)
    const [follow] = stage.claim()
    expect(follow?.thread.map(({ id }) => id)).toEqual(['<1>', ...Array.from({ length: 19 }, (_, n) => `<${n + 12}>`)])
    expect(stage.claim()).toEqual([])
    stage.settle(31, 'rejected')
    expect(stage.claim().map(shown)).toEqual([['32']])
  })
})
