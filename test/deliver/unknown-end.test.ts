import { beforeEach, describe, expect, it } from 'vitest'
import type { Attempt, Message } from '../../bridges/contract.ts'
import { startDelivery } from '../../src/deliver/start-delivery.ts'
import { silent } from '../record/fixtures.ts'
import {
  type Answer,
  alerts,
  channel,
  clock,
  fail,
  metrics,
  minute,
  ok,
  start,
  states,
  store,
  untilAborted,
  useStage,
} from './stage.ts'

useStage()

describe('a message that must not go twice', () => {
  beforeEach(() => {
    channel.repeat = 'never'
    store.apply(alerts(1))
  })

  it('is tried again when it certainly did not arrive', async () => {
    channel.answers = [fail('retry', 'no', 'connection refused')]
    start()
    await clock.advance(minute)
    expect(states()).toEqual(['sent'])
    expect(channel.sent).toHaveLength(2)
  })

  it.each([
    ['a time-out', untilAborted],
    ['an unknown end', fail('retry', 'maybe', 'connection reset')],
  ])('is parked after %s when nobody can be asked', async (_, answer) => {
    channel.answers = [answer]
    start()
    await clock.advance(60 * minute)
    expect(store.rows()).toMatchObject([{ state: 'parked', attempts: 1 }])
    expect(channel.sent).toHaveLength(1)
  })

  it('is asked about where that is possible, until there is an answer', async () => {
    channel.answers = [fail('retry', 'maybe', 'connection reset')]
    const replies: Answer[] = [fail('retry', 'no', '503'), fail('retry', 'no', '503')]
    channel.look = async (handle) => {
      channel.looked.push(handle)
      const reply = replies.shift()
      return reply === undefined ? ok('AT2026abc') : reply({} as Message, {} as Attempt)
    }
    start()
    await clock.settle()
    expect(store.rows()).toMatchObject([{ state: 'submitted', attempts: 1, error: '503' }])
    await clock.advance(10 * minute)
    expect(store.rows()).toMatchObject([{ state: 'sent', attempts: 1, receipt_id: 'AT2026abc' }])
    expect(channel.sent).toHaveLength(1)
    expect(channel.looked).toEqual(Array(3).fill('key-ivo://example.org/streams/bright#1'))
  })

  it('goes to a person when the other side never says what became of it', async () => {
    channel.answers = [() => ({ state: 'submitted', handle: 'h7', lookAfterMs: 3_600_000 })]
    channel.look = async (handle) => ({ state: 'submitted', handle, lookAfterMs: 3_600_000 })
    start()
    await clock.advance(4 * 86_400_000)
    expect(store.rows()).toMatchObject([{ state: 'parked', attempts: 1 }])
  })
})

describe('after a crash', () => {
  const crash = async (at: string) => {
    // A fail-point that never returns is, for the store, the end of the process.
    const delivering = startDelivery({
      store: store.port,
      instances: new Map([['email', { channel, bridge: { maxInFlight: 4, accepts: 'event' } }]]),
      clock,
      log: silent,
      metrics,
      failAt: (point) => {
        if (point === at) throw new Error('dead')
      },
    })
    await clock.settle()
    void delivering.stop()
    await clock.advance(minute)
    store.reopen()
  }

  it.each([
    ['safe', 'deliver:after-render', 1],
    ['safe', 'deliver:after-keep', 1],
    ['safe', 'deliver:after-send', 2],
    ['never', 'deliver:after-render', 1],
  ] as const)('a %s message that died %s is sent, under one key', async (repeat, at, times) => {
    channel.repeat = repeat
    store.apply(alerts(1))
    await crash(at)
    expect(states()).toEqual(['sending'])
    start()
    await clock.advance(minute)
    expect(states()).toEqual(['sent'])
    expect(channel.sent).toHaveLength(times)
    expect(new Set(channel.sent.map(({ key, body }) => key + body)).size).toBe(1)
  })

  it.each(['deliver:after-keep', 'deliver:after-send'])(
    'a message that must not go twice and died %s is parked',
    async (at) => {
      channel.repeat = 'never'
      store.apply(alerts(1))
      await crash(at)
      start()
      await clock.advance(minute)
      expect(states()).toEqual(['parked'])
      expect(channel.sent.length).toBeLessThanOrEqual(1)
    },
  )

  it('asks again about submitted ones that were being asked about', async () => {
    channel.answers = [() => ({ state: 'submitted', handle: 'h7', lookAfterMs: 1_000 })]
    let lost = true
    channel.look = (handle) => {
      channel.looked.push(handle)
      return lost ? new Promise(() => {}) : Promise.resolve(ok('done'))
    }
    store.apply(alerts(1))
    const first = start()
    await clock.advance(2_000)
    expect(channel.looked).toEqual(['h7'])
    void first.stop()
    store.reopen()
    lost = false
    start()
    await clock.settle()
    expect(states()).toEqual(['sent'])
  })
})
