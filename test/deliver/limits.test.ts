/** Rates, budgets, the circuit and jumps of the clock, on the real store and a clock that stands still. */
import { describe, expect, it } from 'vitest'
import { alerts, Channels, channel, clock, fail, minute, start, states, store, useStage } from './stage.ts'

useStage()

const soon = { clockMs: 5_000 }
const limited = (limits: object, more: object = {}) =>
  start({
    rules: soon,
    instances: new Map([['email', { channel, bridge: { maxInFlight: 50, accepts: 'event', ...more }, limits }]]),
  })

describe('limits', () => {
  it('holds the stricter rate of the service’s and the operator’s, after a burst', async () => {
    store.apply(alerts(20))
    limited({ perSecond: 1, burst: 3 }, { limits: { perSecond: 10 } })
    await clock.settle()
    expect(channel.sent).toHaveLength(3)
    await clock.advance(10_000)
    expect(channel.sent).toHaveLength(13)
    await clock.advance(10_000)
    expect(states().every((state) => state === 'sent')).toBe(true)
  })

  it('has no more in flight than the operator wants', async () => {
    store.apply(alerts(10))
    limited({ inFlight: 2 })
    await clock.advance(minute)
    expect(channel.most).toBe(2)
    expect(channel.sent).toHaveLength(10)
  })

  it('keeps to the budget of a day, over a restart too, and goes on after midnight', async () => {
    store.apply(alerts(8))
    const first = limited({ perDay: 3 })
    await clock.settle()
    expect(channel.sent).toHaveLength(3)
    expect(first.status()).toMatchObject([{ leftToday: 0 }])
    await first.stop()
    store.reopen()
    limited({ perDay: 5 })
    await clock.settle()
    expect(channel.sent).toHaveLength(5)
    await clock.advance(23 * 60 * minute)
    expect(channel.sent).toHaveLength(5)
    await clock.advance(60 * minute + 1_000)
    expect(channel.sent).toHaveLength(8)
  })
})

describe('the circuit', () => {
  it('opens when the service is silent, tries one from time to time, and closes with the first answer', async () => {
    channel.answers = Array(7).fill(fail('retry', 'no', 'connection refused'))
    store.apply(alerts(30))
    const delivering = start({}, 1)
    await clock.settle()
    expect(channel.sent).toHaveLength(5)
    expect(delivering.status()).toMatchObject([{ state: 'waiting' }])
    await clock.advance(10_001)
    expect(channel.sent).toHaveLength(6)
    await clock.advance(12_000)
    expect(channel.sent).toHaveLength(6)
    await clock.advance(8_001)
    expect(channel.sent).toHaveLength(7)
    // The seventh was the last that failed: at the next trial all go.
    await clock.advance(5 * minute)
    expect(delivering.status()).toMatchObject([{ state: 'ready' }])
    expect(states().every((state) => state === 'sent')).toBe(true)
  })

  it('does not open for messages that are refused for what they are, nor for a service that asks to slow down', async () => {
    channel.answers = [
      ...Array(10).fill(fail('reject', 'no', '550')),
      ...Array(10).fill(fail('retry', 'no', '429', { retryAfterMs: 1 })),
    ]
    store.apply(alerts(30))
    const delivering = start({}, 1)
    await clock.advance(minute)
    expect(delivering.status()).toMatchObject([{ state: 'ready' }])
    expect(channel.sent).toHaveLength(40)
  })

  it('is none where every address is a service of its own', async () => {
    channel.answers = Array(29).fill(fail('retry', 'no', 'connection refused'))
    store.apply(alerts(30))
    limited({}, { servicePerAddress: true })
    await clock.settle()
    expect(channel.sent).toHaveLength(30)
  })

  it('of one bridge is nothing to another', async () => {
    const { plan } = await import('../record/fixtures.ts')
    store.configure(plan({}, { bridge: 'slack' }))
    const slack = new Channels()
    channel.answers = Array(50).fill(fail('retry', 'no', 'down'))
    store.apply(alerts(10))
    const bridge = { maxInFlight: 2, accepts: 'event' } as const
    start({
      instances: new Map([
        ['email', { channel, bridge }],
        ['slack', { channel: slack, bridge }],
      ]),
    })
    await clock.advance(minute)
    expect(slack.sent).toHaveLength(10)
    expect(channel.sent.length).toBeLessThan(10)
  })
})

describe.each([60, -60])('a wall clock that is set by %d minutes', (minutes) => {
  it('loses nothing, doubles nothing, and makes no retry later', async () => {
    channel.answers = Array(3).fill(fail('retry', 'no', '451 later'))
    store.apply(alerts(3))
    const delivering = start({ rules: soon })
    await clock.settle()
    expect(states()).toEqual(['queued', 'queued', 'queued'])
    clock.jump(minutes * minute)
    store.apply({ ...alerts(2, 3), nowMs: clock.now() })
    delivering.wake()
    await clock.advance(25_000)
    expect(states()).toEqual(Array(5).fill('sent'))
    expect(channel.sent).toHaveLength(8)
    expect(new Set(channel.sent.map(({ key }) => key)).size).toBe(5)
    clock.jump(-minutes * minute)
    store.apply({ ...alerts(2, 5), nowMs: clock.now() })
    delivering.wake()
    await clock.advance(10_000)
    expect(states()).toEqual(Array(7).fill('sent'))
  })

  it('gives no second budget for a day', async () => {
    store.apply(alerts(12))
    limited({ perDay: 5 })
    await clock.settle()
    clock.jump(minutes * minute)
    await clock.advance(10 * minute)
    clock.jump(-minutes * minute)
    await clock.advance(10 * minute)
    expect(channel.sent).toHaveLength(5)
  })
})
