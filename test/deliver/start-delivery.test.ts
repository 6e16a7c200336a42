import { describe, expect, it } from 'vitest'
import { FountainError } from '../../src/errors.ts'
import { plan, t0 } from '../record/fixtures.ts'
import {
  alerts,
  Channels,
  channel,
  clock,
  fail,
  minute,
  never,
  ok,
  start,
  states,
  store,
  untilAborted,
  useStage,
} from './stage.ts'

useStage()

describe('delivery', () => {
  it('renders once, sends, and stores the receipt', async () => {
    store.apply(alerts(2))
    start({ publicUrl: 'https://f.example.org/' })
    await clock.settle()
    expect(store.rows()).toMatchObject([
      { state: 'sent', attempts: 1, receipt_id: 'r1', error: null },
      { state: 'sent', attempts: 1, receipt_id: 'r2' },
    ])
    expect(channel.items[0]?.match).toEqual({
      filterName: 'bright',
      subscription: 'sub-0',
      streamTitle: 'Bright',
      stream: 'bright',
      survey: 'lsst',
      sequence: 1,
      columns: [{ name: 'mag', value: 17.5 }],
      heldBack: 0,
      unsubscribeUrl: expect.stringMatching(/^https:\/\/f\.example\.org\/unsubscribe\/[\w-]*$/),
      eventUrl: 'https://f.example.org/events?ID=ivo%3A%2F%2Fexample.org%2Fstreams%2Fbright%231',
    })
  })

  it('picks up what is applied later when it is woken', async () => {
    const delivering = start()
    await clock.settle()
    store.apply(alerts(1))
    await clock.settle()
    expect(channel.sent).toHaveLength(0)
    delivering.wake()
    await clock.settle()
    expect(states()).toEqual(['sent'])
  })

  it('tries again with growing waits and the same message', async () => {
    channel.answers = Array(3).fill(fail('retry', 'no', '451 later'))
    store.apply(alerts(1))
    start()
    await clock.settle()
    const waits = [store.rows()[0]?.not_before_ms ?? 0]
    expect(store.rows()).toMatchObject([{ state: 'queued', attempts: 1, error: '451 later' }])
    await clock.advance(13_000)
    waits.push(store.rows()[0]?.not_before_ms ?? 0)
    await clock.advance(5 * minute)
    expect(states()).toEqual(['sent'])
    expect(channel.sent.map(({ number }) => number)).toEqual([1, 2, 3, 4])
    expect(new Set(channel.sent.map(({ body, key }) => `${body} ${key}`)).size).toBe(1)
    expect(channel.items).toHaveLength(1)
    expect((waits[0] ?? 0) - t0).toBeGreaterThanOrEqual(7_500)
    expect((waits[0] ?? 0) - t0).toBeLessThanOrEqual(12_500)
    expect((waits[1] ?? 0) - (waits[0] ?? 0)).toBeGreaterThan(14_000)
  })

  it('waits as long as the other side asks, and holds the others back too', async () => {
    channel.answers = [fail('retry', 'no', 'slow down', { retryAfterMs: 30_000 })]
    store.apply(alerts(1))
    const delivering = start()
    await clock.settle()
    store.apply(alerts(1, 1))
    delivering.wake()
    await clock.advance(29_000)
    expect(channel.sent).toHaveLength(1)
    await clock.advance(2_000)
    expect(states()).toEqual(['sent', 'sent'])
  })

  it('rejects for good, and leaves the others alone', async () => {
    channel.answers = [fail('reject', 'no', '550 no such user')]
    store.apply(alerts(2))
    start()
    await clock.advance(60 * minute)
    expect(store.rows()).toMatchObject([{ state: 'rejected', error: '550 no such user' }, { state: 'sent' }])
    expect(channel.sent).toHaveLength(2)
  })

  it('gives up after so many attempts', async () => {
    channel.answers = Array(5).fill(fail('retry', 'no', 'down'))
    store.apply(alerts(1))
    start({ rules: { attempts: 3 } })
    await clock.advance(10 * minute)
    expect(store.rows()).toMatchObject([{ state: 'expired', attempts: 3, error: 'down' }])
    expect(channel.sent).toHaveLength(3)
  })

  it('gives up when the event is three days old, and has tried all the while', async () => {
    channel.answers = Array(500).fill(fail('retry', 'no', 'down'))
    store.apply(alerts(1))
    start()
    await clock.advance(3 * 86_400_000 - 2 * 3_600_000)
    expect(states()).toEqual(['queued'])
    await clock.advance(4 * 3_600_000)
    expect(states()).toEqual(['expired'])
    expect(channel.sent.length).toBeGreaterThan(60)
  })

  it('halts the bridge on a fault that concerns all, and probes until it is mended', async () => {
    channel.answers = [fail('halt', 'no', '535 wrong password')]
    const broken = () => {
      throw new Error('535 still')
    }
    channel.checks = [broken, broken]
    store.apply(alerts(3))
    const delivering = start({}, 1)
    await clock.settle()
    expect(delivering.status()).toMatchObject([{ name: 'email', state: 'halted', reason: '535 wrong password' }])
    await clock.advance(25_000)
    expect(channel.sent).toHaveLength(1)
    expect(states()).toEqual(['queued', 'queued', 'queued'])
    await clock.advance(5 * minute)
    expect(states()).toEqual(['sent', 'sent', 'sent'])
    expect(store.rows()[0]?.attempts).toBe(1)
    expect(delivering.status()).toMatchObject([{ state: 'ready' }])
  })

  it('tries a bridge ever more rarely whose check passes and whose sending does not', async () => {
    channel.answers = Array(100).fill(fail('halt', 'no', '403 this key may not send'))
    store.apply(alerts(1))
    start({}, 1)
    await clock.advance(60 * minute)
    expect(channel.sent.length).toBeGreaterThan(5)
    expect(channel.sent.length).toBeLessThan(15)
    channel.answers = []
    await clock.advance(11 * minute)
    expect(states()).toEqual(['sent'])
  })

  it('never has more in flight than the bridge allows, and a slow bridge holds up no other', async () => {
    store.configure(plan({}, { bridge: 'slack' }))
    const slow = new Channels()
    slow.answers = Array(2).fill(untilAborted)
    store.apply(alerts(10))
    start({
      instances: new Map([
        ['email', { channel, bridge: { maxInFlight: 3, accepts: 'event' } }],
        ['slack', { channel: slow, bridge: { maxInFlight: 2, accepts: 'event' } }],
      ]),
    })
    await clock.settle()
    expect(channel.sent).toHaveLength(10)
    expect(channel.most).toBeLessThanOrEqual(3)
    expect(slow.inFlight).toBe(2)
    await clock.advance(5 * minute)
    expect(slow.sent).toHaveLength(12)
    expect(slow.most).toBe(2)
    expect(states().every((state) => state === 'sent')).toBe(true)
  })

  it('leaves a channel behind that does not even stop when it is told to', async () => {
    channel.answers = [never]
    store.apply(alerts(1))
    start()
    await clock.advance(66_000)
    expect(store.rows()).toMatchObject([{ state: 'queued', attempts: 1, error: 'no answer within 60000 ms' }])
    await clock.advance(minute)
    expect(states()).toEqual(['sent'])
  })

  it('treats a bug of a bridge as an unknown end, and a bug in rendering as a case for a person', async () => {
    channel.answers = [
      () => {
        throw new TypeError('x is undefined')
      },
    ]
    store.apply(alerts(1))
    const delivering = start()
    await clock.advance(minute)
    expect(store.rows()).toMatchObject([{ state: 'sent', attempts: 2 }])
    channel.render = () => {
      throw new Error('no template')
    }
    store.apply(alerts(1, 1))
    delivering.wake()
    await clock.settle()
    expect(store.rows()[1]).toMatchObject({ state: 'parked', attempts: 0, error: 'could not be rendered: no template' })
  })
})

describe('order and trouble', () => {
  it('lets a follow-up wait for the delivery before it, and gives it that receipt', async () => {
    channel.answers = [fail('retry', 'no', 'later')]
    store.apply(alerts(2, 0, 'object'))
    start()
    await clock.settle()
    expect(states()).toEqual(['queued', 'queued'])
    expect(channel.sent).toHaveLength(1)
    await clock.advance(minute)
    expect(states()).toEqual(['sent', 'sent'])
    expect(channel.sent.map(({ thread }) => thread)).toEqual([[], [], ['r2']])
  })

  it('holds what it knows until a full disk has room again', async () => {
    channel.answers = [
      () => {
        store.diskFull = true
        return ok('r')
      },
    ]
    store.apply(alerts(1))
    start()
    await clock.advance(5_000)
    expect(states()).toEqual(['sending'])
    store.diskFull = false
    await clock.advance(2_000)
    expect(store.rows()).toMatchObject([{ state: 'sent', receipt_id: 'r' }])
    expect(channel.sent).toHaveLength(1)
  })

  it('goes on after any trouble of the store: a reader that died, a writer that failed once', async () => {
    const troubles = ['STORE_BUSY', 'STORE_FAILED', 'STORE_FAILED'] as const
    const unreliable = <A extends unknown[], R>(ask: (...args: A) => Promise<R>) => {
      const left = [...troubles]
      return async (...args: A): Promise<R> => {
        const code = left.shift()
        if (code !== undefined) throw new FountainError(code, 'as the test wants it')
        return ask(...args)
      }
    }
    const { claim, interrupted, nextDueMs } = store.port
    const port = {
      ...store.port,
      claim: unreliable(claim),
      interrupted: unreliable(interrupted),
      nextDueMs: unreliable(nextDueMs),
    }
    store.apply(alerts(2))
    const delivering = start({ store: port })
    await clock.settle()
    expect(delivering.status()).toMatchObject([{ lastError: expect.stringContaining('could not be asked') }])
    await clock.advance(10 * minute)
    expect(states()).toEqual(['sent', 'sent'])
    expect(channel.sent).toHaveLength(2)
    store.apply(alerts(1, 2))
    delivering.wake()
    await clock.settle()
    expect(states()).toEqual(['sent', 'sent', 'sent'])
  })

  it('aborts what is in flight when stopping takes too long', async () => {
    channel.answers = [untilAborted]
    store.apply(alerts(1))
    const delivering = start()
    await clock.settle()
    const stopped = delivering.stop()
    await clock.advance(11_000)
    await stopped
    expect(store.rows()).toMatchObject([{ state: 'queued', error: 'the gateway stops' }])
    expect(delivering.status()).toMatchObject([{ state: 'stopped', inFlight: 0 }])
  })
})
