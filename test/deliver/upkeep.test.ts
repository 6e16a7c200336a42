import { describe, expect, it } from 'vitest'
import { DeliveryError } from '../../bridges/contract.ts'
import type { DeliveryOptions } from '../../src/deliver/start-delivery.ts'
import { alerts, channel, clock, metrics, minute, start, states, store, untilAborted, useStage } from './stage.ts'

useStage()

const day = 86_400_000
type Run = (signal: AbortSignal) => Promise<void>

function keeping(everyMs: number, runs: Run[], usual: Run = async () => {}) {
  let most = 0
  let under = 0
  const begun: number[] = []
  const aborted: unknown[] = []
  const upkeep = {
    everyMs,
    run: async (signal: AbortSignal) => {
      begun.push(clock.monotonic())
      most = Math.max(most, ++under)
      signal.addEventListener('abort', () => aborted.push((signal.reason as Error).message))
      try {
        await (runs.shift() ?? usual)(signal)
      } finally {
        under--
      }
    },
  }
  let failures = 0
  const options: Partial<DeliveryOptions> = {
    instances: new Map([
      ['email', { channel: Object.assign(channel, { upkeep }), bridge: { maxInFlight: 1, accepts: 'event' } }],
    ]),
    metrics: {
      ...metrics,
      counter: (name) => ({ inc: () => (name === 'fountain_bridge_upkeep_failures_total' ? failures++ : 0) }),
    },
  }
  const startMs = clock.monotonic()
  return {
    options,
    at: () => begun.map((ms) => Math.round((ms - startMs) / 1_000)),
    most: () => most,
    aborted,
    failures: () => failures,
  }
}
const fails =
  (message: string): Run =>
  async () => {
    throw new Error(message)
  }
const hangs: Run = (signal) => new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)))

describe('upkeep', () => {
  it('runs at the start and then every so often', async () => {
    const { options, at } = keeping(60 * minute, [])
    const delivering = start(options)
    await clock.advance(150 * minute)
    expect(at()).toEqual([0, 3600, 7200])
    expect(delivering.status()).toMatchObject([{ state: 'ready', upkeep: { doneMs: expect.any(Number) } }])
  })

  it('that fails is said and counted, and tried again sooner, ever more rarely', async () => {
    const { options, at, failures } = keeping(day, Array(4).fill(fails('502 from the mirror')))
    const delivering = start(options)
    await clock.settle()
    const failedSinceMs = clock.now()
    await clock.advance(minute)
    expect(delivering.status()).toMatchObject([
      { state: 'ready', upkeep: { failed: '502 from the mirror', failedSinceMs } },
    ])
    await clock.advance(60 * minute)
    expect(failures()).toBe(4)
    const waits = at()
      .slice(1)
      .map((second, index) => second - (at()[index] as number))
    expect(waits).toHaveLength(4)
    for (const [index, wait] of waits.slice(1).entries()) expect(wait).toBeGreaterThan(waits[index] as number)
    expect(delivering.status()[0]?.upkeep).toEqual({ doneMs: expect.any(Number) })
  })

  it('keeps telling when it last went well while it fails', async () => {
    const { options } = keeping(minute, [async () => {}], fails('gone'))
    const delivering = start(options)
    await clock.settle()
    const doneMs = clock.now()
    await clock.advance(10 * minute)
    expect(delivering.status()[0]?.upkeep).toEqual({ doneMs, failed: 'gone', failedSinceMs: doneMs + minute })
  })

  it('that does not end is aborted, and never runs twice at once', async () => {
    const { options, most, aborted, at } = keeping(minute, [hangs, hangs])
    start({ ...options, rules: { upkeepMs: 15 * minute } })
    await clock.advance(16 * minute)
    expect(aborted).toEqual(['it did not end within 900000 ms'])
    expect(most()).toBe(1)
    await clock.advance(30 * minute)
    expect(at().length).toBeGreaterThan(2)
    expect(most()).toBe(1)
  })

  it('that goes on regardless holds up no message and no second run, and is left behind at the stop', async () => {
    const { options, at, most } = keeping(minute, [() => new Promise(() => {})])
    const delivering = start(options)
    store.apply(alerts(1))
    delivering.wake()
    await clock.advance(60 * minute)
    expect({ at: at(), most: most(), states: states() }).toEqual({ at: [0], most: 1, states: ['sent'] })
    let stopped = false
    void delivering.stop().then(() => {
      stopped = true
    })
    await clock.advance(6_000)
    expect(stopped).toBe(true)
  })

  it('is aborted and awaited at the stop', async () => {
    const ends: string[] = []
    const { options, aborted } = keeping(minute, [
      async (signal) => {
        await hangs(signal).catch(() => {})
        await clock.sleep(1_000)
        ends.push('tidy')
      },
    ])
    const delivering = start(options)
    await clock.settle()
    const stopped = delivering.stop().then(() => ends.push('stopped'))
    await clock.advance(2_000)
    await stopped
    expect({ ends, aborted }).toEqual({ ends: ['tidy', 'stopped'], aborted: ['the gateway stops'] })
    await clock.advance(day)
    expect(ends).toHaveLength(2)
  })

  it('halts the bridge where it learns that nothing may go out', async () => {
    const { options } = keeping(day, [
      async () => {
        throw new DeliveryError('halt', 'no', '401 bad key')
      },
    ])
    channel.checks = [
      () => {
        throw new Error('401 bad key')
      },
    ]
    const delivering = start(options)
    await clock.settle()
    store.apply(alerts(1))
    delivering.wake()
    await clock.settle()
    expect(delivering.status()).toMatchObject([{ state: 'halted', reason: '401 bad key' }])
    expect(states()).toEqual(['queued'])
    await clock.advance(2 * minute)
    expect(states()).toEqual(['sent'])
  })

  it('waits for no delivery, and no delivery for it', async () => {
    channel.answers = [untilAborted]
    const { options, at } = keeping(10_000, [])
    store.apply(alerts(1))
    start(options)
    await clock.advance(35_000)
    expect(at()).toEqual([0, 10, 20, 30])
  })
})
