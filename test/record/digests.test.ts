import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { t0 } from './fixtures.ts'
import { hour, minute, OutboxStage, shown } from './outbox-stage.ts'

let stage: OutboxStage
beforeEach(() => {
  stage = new OutboxStage()
})
afterEach(() => {
  expect(stage.faults()).toEqual([])
  stage.remove()
})

const names = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, index) => `${from + index}`)
const shownBy = (bridge?: string) => stage.send(bridge).map(shown)

describe('a digest', () => {
  it('shows what came in the hour, in order, when the hour is over; all of it is settled with it', () => {
    stage.subscribe({ cadence: { kind: 'hourly' } })
    stage.match('1')
    stage.nowMs += 20 * minute
    stage.match('2', '3')
    expect(stage.nextDueMs()).toBe(t0 + hour)
    expect(stage.claim()).toEqual([])
    stage.nowMs = t0 + hour
    const [digest] = stage.claim()
    expect(shown(digest)).toEqual(['1', '2', '3'])
    expect(digest).toMatchObject({ id: 1, purpose: 'event', heldBack: 0, state: 'sending', thread: [] })
    expect(stage.states()).toEqual({ 1: 'sending', 2: 'sending', 3: 'sending' })
    stage.settle(1, 'sent', { receipt: { id: 'r', atMs: stage.nowMs } })
    expect(stage.states()).toEqual({ 1: 'sent', 2: 'sent', 3: 'sent' })
    expect(stage.lines().map(({ id, digestOf, leadId, receipt }) => [id, digestOf, leadId, receipt?.id])).toEqual([
      [3, 1, 1, 'r'],
      [2, 1, 1, 'r'],
      [1, 3, null, 'r'],
    ])
    expect(stage.detail(1)?.followers.map(({ id }) => id)).toEqual([2, 3])
    expect(stage.ledger()).toMatchObject({ chosen: 3, deliveries: 3, leftOut: 0 })
    expect(stage.nextDueMs()).toBeNull()
  })

  it('of one is a message like any other', () => {
    stage.subscribe({ cadence: { kind: 'nightly', atUtcMinutes: 12 * 60 } })
    stage.match('1')
    stage.nowMs = t0 + 12 * hour
    expect(stage.claim()).toMatchObject([{ id: 1, followers: [], heldBack: 0 }])
  })

  it('is due at once when it has as many as were wanted, or after its longest wait', () => {
    stage.subscribe({ cadence: { kind: 'count', count: 3, atMostMs: 6 * hour } })
    stage.match('1', '2')
    expect(stage.nextDueMs()).toBe(t0 + 6 * hour)
    stage.match('3')
    expect(stage.nextDueMs()).toBe(t0)
    expect(shownBy()).toEqual([['1', '2', '3']])
    stage.match('4')
    stage.nowMs += 6 * hour
    expect(shownBy()).toEqual([['4']])
  })

  it('hands out fifty items and counts the others', () => {
    stage.subscribe({ cadence: { kind: 'hourly' } })
    stage.match(...names(1, 60))
    stage.nowMs += hour
    const [digest] = stage.claim()
    expect(shown(digest)).toEqual(names(1, 50))
    expect(digest?.heldBack).toBe(10)
    stage.settle(1, 'sent')
    expect(new Set(Object.values(stage.states()))).toEqual(new Set(['sent']))
  })

  it('holds a thousand; what is over it is left out, and counted in the message', () => {
    stage.subscribe({ cadence: { kind: 'hourly' } })
    stage.match(...names(1, 1003))
    expect(stage.ledger()).toMatchObject({ chosen: 1003, deliveries: 1000, reasons: { cap: 3 } })
    stage.nowMs += hour
    expect(stage.send()).toMatchObject([{ heldBack: 953 }])
    stage.match('1004')
    stage.nowMs += hour
    expect(stage.claim()).toMatchObject([{ heldBack: 0, followers: [] }])
  })

  it('goes back to the queue, and out again, as a whole', () => {
    stage.subscribe({ cadence: { kind: 'hourly' } })
    stage.match('1', '2')
    stage.nowMs += hour
    stage.claim()
    stage.settle(1, 'queued', { notBeforeMs: stage.nowMs + 5 })
    expect(stage.claim()).toEqual([])
    stage.match('3')
    stage.nowMs += 5
    expect(stage.claim().map(shown)).toEqual([['1', '2']])
    stage.settle(1, 'rejected', { error: '550' })
    expect(stage.lines({ state: 'rejected' }).map(({ error }) => error)).toEqual(['550', '550'])
    stage.nowMs += hour
    expect(shownBy()).toEqual([['3']])
  })

  it('and quiet hours hold up nothing that another subscription sends there at once', () => {
    const address = 'both@example.org'
    const quietHours = { fromMinutes: 23 * 60, toMinutes: 12 * 60, timeZone: 'UTC' }
    stage.subscribe({ cadence: { kind: 'nightly', atUtcMinutes: 12 * 60 }, address }, { address, name: 'instant' })
    stage.match({ alertId: '1', objectId: 'o' }, { alertId: '2', objectId: 'o' })
    expect(stage.send().map(shown)).toEqual([['1']])
    expect(stage.send().map(shown)).toEqual([['2']])
    const hook = { address, bridge: 'webhook' }
    stage.subscribe({ ...hook, name: 'quiet', quietHours }, { ...hook, name: 'loud' })
    stage.match({ alertId: '3', objectId: 'o' })
    expect(stage.claim('webhook').map(({ subscription }) => subscription)).toEqual(['loud'])
  })

  it('stays as it is over a crash, open or closed', () => {
    stage.subscribe({ cadence: { kind: 'hourly' } })
    stage.match('1', '2')
    stage.restart()
    stage.match('3')
    stage.nowMs += hour
    stage.claim()
    stage.run('keepMessage', 1, { body: new Uint8Array(1), key: 'k', repeat: 'safe' })
    stage.restart()
    expect(stage.claim()).toEqual([])
    expect(stage.interrupted().map(shown)).toEqual([['1', '2', '3']])
    expect(stage.lines().map(({ reached }) => reached)).toEqual(['maybe', 'maybe', 'maybe'])
  })

  it('is one for each subscription and address', () => {
    const cadence = { kind: 'hourly' } as const
    stage.subscribe({ cadence }, { cadence }, { cadence, address: 'a0@example.org' })
    stage.match('1', '2')
    stage.nowMs += hour
    expect(stage.claim().map((each) => [each.subscription, each.address, ...shown(each)])).toEqual([
      ['sub-0', 'a0@example.org', '1', '2'],
      ['sub-1', 'a1@example.org', '1', '2'],
      ['sub-2', 'a0@example.org', '1', '2'],
    ])
  })

  it('is made of single messages where the bridge takes none', () => {
    stage.subscribe({ bridge: 'webhook', cadence: { kind: 'hourly' } })
    stage.match('1', '2')
    expect(shownBy('webhook')).toEqual([['1'], ['2']])
  })

  it('follows the older message about one of its objects, and never waits for a newer one', () => {
    const address = 'a@example.org'
    stage.subscribe({ address, cadence: { kind: 'hourly' } }, { address })
    stage.match({ alertId: '1', objectId: 'o' }, { alertId: '2', objectId: 'o' })
    // The instant ones go one after the other, and wait for no hour.
    expect(stage.claim().map(shown)).toEqual([['1']])
    stage.settle(2, 'queued', { notBeforeMs: t0 + 2 * hour, reached: 'no' })
    stage.nowMs += hour
    expect(stage.claim().map(shown), 'the newer message is not done').toEqual([['1', '2']])
    stage.settle(1, 'sent', { receipt: { id: '<1>', atMs: stage.nowMs } })
    stage.nowMs += hour
    for (const alert of ['1', '2']) {
      expect(stage.send().map((each) => [...shown(each), ...each.thread.slice(0, 1).map(({ id }) => id)])).toEqual([
        [alert, '<1>'],
      ])
    }
  })
})

describe('the cap', () => {
  it('turns what is over it into a digest when the hour allows', () => {
    stage.subscribe({ maxPerHour: 2 })
    stage.match('1', '2', '3', '4')
    expect(shownBy()).toEqual([['1'], ['2']])
    stage.nowMs += 30 * minute
    stage.match('5')
    expect(stage.nextDueMs()).toBe(t0 + hour)
    stage.nowMs = t0 + hour
    expect(shownBy()).toEqual([['3', '4', '5']])
    stage.match('6', '7')
    expect(shownBy()).toEqual([['6']])
    expect(stage.ledger()).toMatchObject({ chosen: 7, deliveries: 7, leftOut: 0 })
    expect(stage.nextDueMs()).toBe(t0 + 2 * hour)
  })

  it('counts a digest as one message, and makes it wait like one', () => {
    stage.subscribe({ maxPerHour: 1, cadence: { kind: 'count', count: 2, atMostMs: hour } })
    stage.match('1', '2')
    expect(shownBy()).toEqual([['1', '2']])
    stage.nowMs += 10 * minute
    stage.match('3', '4')
    expect(shownBy()).toEqual([])
    expect(stage.nextDueMs()).toBe(t0 + hour)
    stage.match('5')
    stage.nowMs = t0 + hour
    expect(shownBy()).toEqual([['3', '4', '5']])
  })

  it('leaves out what is over it where the bridge takes no digests, and the next message says how many', () => {
    stage.subscribe({ bridge: 'webhook', maxPerHour: 1 })
    stage.match('1', '2', '3')
    stage.nowMs += hour
    stage.match('4')
    expect(stage.claim('webhook').map((each) => [...shown(each), each.heldBack])).toEqual([
      ['1', 0],
      ['4', 2],
    ])
    expect(stage.ledger()).toMatchObject({ chosen: 4, deliveries: 2, leftOut: 2, reasons: { cap: 2 } })
  })
})

describe('quiet hours', () => {
  // t0 is midnight UTC.
  const quietHours = { fromMinutes: 22 * 60, toMinutes: 7 * 60, timeZone: 'UTC' }

  it('end with a digest of what came', () => {
    stage.subscribe({ quietHours })
    stage.match('1')
    stage.nowMs += 3 * hour
    stage.match('2')
    expect(stage.nextDueMs()).toBe(t0 + 7 * hour)
    stage.nowMs = t0 + 7 * hour
    // Nothing overtakes what waits.
    stage.match('3')
    expect(shownBy()).toEqual([['1', '2', '3']])
    stage.match('4')
    expect(shownBy()).toEqual([['4']])
  })

  it('move a digest that would come in them', () => {
    stage.subscribe({ quietHours, cadence: { kind: 'hourly' } })
    stage.match('1')
    expect(stage.nextDueMs()).toBe(t0 + 7 * hour)
  })

  it('make single messages wait where the bridge takes no digests; the cap counts them when they go out', () => {
    stage.subscribe({ bridge: 'webhook', quietHours, maxPerHour: 2 })
    stage.match('1', '2', '3')
    expect(stage.nextDueMs('webhook')).toBe(t0 + 7 * hour)
    stage.nowMs = t0 + 7 * hour
    expect(shownBy('webhook')).toEqual([['1'], ['2']])
    stage.match('4')
    expect(shownBy('webhook')).toEqual([])
    expect(stage.ledger()).toMatchObject({ deliveries: 2, reasons: { cap: 2 } })
  })
})

describe('when the clock is set', () => {
  it('back by a year, digests and the cap of that time hold up nothing', () => {
    const year = 365 * 24 * hour
    stage.nowMs += year
    stage.subscribe({ cadence: { kind: 'hourly' } }, { bridge: 'webhook', maxPerHour: 1 }, { maxPerHour: 1 })
    stage.match('1', '2')
    stage.send('webhook')
    stage.send()
    stage.moveSchedules(-year)
    stage.match('3')
    expect(shownBy('webhook')).toEqual([['3']])
    stage.match('4')
    stage.nowMs = t0 + hour
    expect(shownBy().map((alerts) => alerts.join())).toEqual(['2,3,4', '1,2,3,4'])
    expect(stage.ledger('sub-1')).toMatchObject({ deliveries: 2, reasons: { cap: 2 } })
  })

  it.each([
    ['forth', hour],
    ['back', -hour],
  ])('%s, waits go with it and dates do not', (_, byMs) => {
    stage.subscribe({}, { cadence: { kind: 'nightly', atUtcMinutes: 720 } }, { bridge: 'webhook' })
    stage.match('1')
    stage.claim()
    stage.settle(1, 'queued', { notBeforeMs: stage.nowMs + 5 * minute })
    expect(stage.moveSchedules(byMs)).toBeGreaterThan(0)
    expect(stage.lines({ subscription: 'sub-0' })).toMatchObject([{ dueMs: stage.nowMs + 5 * minute }])
    expect(stage.lines({ subscription: 'sub-1' })).toMatchObject([{ dueMs: t0 + 12 * hour }])
    // What was due by the old clock is due by the new one.
    expect(shownBy('webhook')).toEqual([['1']])
  })

  it('moves many some at a time, each once, and nothing that was dated in between', () => {
    stage.subscribe({})
    for (const hundreds of [0, 1, 2, 3, 4]) {
      stage.match(...Array.from({ length: 1000 }, (_, index) => `${hundreds * 1000 + index}`))
    }
    const claimed = stage.claim('email', 5000)
    const notBeforeMs = stage.nowMs + 5 * minute
    stage.run(
      'settle',
      claimed.slice(1).map(({ id }) => ({ id, state: 'queued', notBeforeMs, attempted: true, startedMs: stage.nowMs })),
      stage.nowMs,
    )
    const last = 4999
    stage.run('settle', [{ id: last, state: 'sending', attempted: false }], stage.nowMs)
    stage.nowMs += hour
    const first = stage.run('moveSchedules', hour, stage.nowMs)
    expect(first.moved).toBeLessThan(2500)
    // Meanwhile one on the way comes back, dated by the new clock, and a new one comes.
    stage.settle(last, 'queued', { notBeforeMs: stage.nowMs + minute, startedMs: stage.nowMs })
    stage.match('new')
    let { moved, next } = first
    while (next !== null) {
      const step = stage.run('moveSchedules', hour, stage.nowMs, next)
      moved += step.moved
      next = step.next
    }
    expect(moved).toBe(4998)
    const due = new Map(stage.lines({ limit: 6000 }).map(({ id, dueMs }) => [id, dueMs]))
    expect([due.get(1), due.get(last), due.get(5001)]).toEqual([t0, stage.nowMs + minute, stage.nowMs])
    expect(new Set([...due].filter(([id]) => ![1, last, 5001].includes(id)).map(([, ms]) => ms))).toEqual(
      new Set([notBeforeMs + hour]),
    )
  })

  it('leaves a date at the end of quiet hours alone', () => {
    const quietHours = { fromMinutes: 0, toMinutes: 7 * 60, timeZone: 'UTC' }
    stage.subscribe({ bridge: 'webhook', quietHours })
    stage.match('1')
    expect(stage.moveSchedules(hour)).toBe(0)
    expect(stage.nextDueMs('webhook')).toBe(t0 + 7 * hour)
  })
})
