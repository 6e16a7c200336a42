import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Attempt, Channel, Item, Message, Metrics, Outcome } from '../../bridges/contract.ts'
import { DeliveryError } from '../../bridges/contract.ts'
import { type Delivering, type DeliveryOptions, startDelivery } from '../../src/deliver/start-delivery.ts'
import { plan, sifted, silent, t0 } from '../record/fixtures.ts'
import { DirectStore } from './direct-store.ts'
import { FakeClock } from './fake-clock.ts'

const metrics: Metrics = { counter: () => ({ inc: () => {} }), gauge: () => ({ set: () => {} }) }
const minute = 60_000

type Answer = (message: Message, attempt: Attempt) => Promise<Outcome> | Outcome

/** A channel that does as it is told, and remembers. */
class Channels implements Channel<unknown> {
  readonly sent: { body: string; key: string; number: number; thread: readonly string[] }[] = []
  readonly looked: string[] = []
  readonly items: Item[] = []
  repeat: 'safe' | 'never' = 'safe'
  answers: Answer[] = []
  inFlight = 0
  most = 0
  checks: (() => void)[] = []
  look?: (handle: string) => Promise<Outcome>

  render([item]: readonly [Item, ...Item[]], to: unknown): Message {
    this.items.push(item)
    return {
      body: Buffer.from(`${item.event.ivoid} to ${to}`),
      parts: [],
      key: `key-${item.event.ivoid}`,
      repeat: this.repeat,
    }
  }
  async deliver(message: Message, attempt: Attempt): Promise<Outcome> {
    this.inFlight++
    this.most = Math.max(this.most, this.inFlight)
    try {
      this.sent.push({
        body: Buffer.from(message.body).toString(),
        key: attempt.key,
        number: attempt.number,
        thread: attempt.thread.map(({ id }) => id),
      })
      const receipt = `r${this.sent.length}`
      return (await this.answers.shift()?.(message, attempt)) ?? ok(receipt)
    } finally {
      this.inFlight--
    }
  }
  async check(): Promise<void> {
    this.checks.shift()?.()
  }
  async close(): Promise<void> {}
}

const ok = (id: string): Outcome => ({ state: 'sent', receipt: { id, atMs: t0 } })
const fail =
  (...args: ConstructorParameters<typeof DeliveryError>): Answer =>
  () => {
    throw new DeliveryError(...args)
  }
const never: Answer = () => new Promise(() => {})
const untilAborted: Answer = (_, { signal }) =>
  new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)))

let store: DirectStore
let clock: FakeClock
let channel: Channels
let running: Delivering[]
beforeEach(() => {
  store = new DirectStore()
  store.configure(plan({}))
  clock = new FakeClock(t0)
  channel = new Channels()
  running = []
})
afterEach(async () => {
  const stopped = Promise.all(running.map((delivering) => delivering.stop()))
  await clock.advance(10 * minute)
  await stopped
  expect(store.faults()).toEqual([])
  store.remove()
})

function start(more: Partial<DeliveryOptions> = {}, maxInFlight = 4): Delivering {
  const delivering = startDelivery({
    store: store.port,
    instances: new Map([['email', { channel, bridge: { maxInFlight, accepts: 'event' } }]]),
    clock,
    log: silent,
    metrics,
    ...more,
  })
  running.push(delivering)
  return delivering
}
const alerts = (count: number, first = 0, objectId: string | null = null) =>
  sifted(
    Array.from({ length: count }, (_, index) => ({ offset: first + index, alertId: `${first + index + 1}`, objectId })),
  )
const states = () => store.rows().map(({ state }) => state)

describe('delivery', () => {
  it('renders once, sends, and stores the receipt', async () => {
    store.apply(alerts(2))
    start({ eventUrl: (ivoid) => `https://f.example.org/events?ID=${encodeURIComponent(ivoid)}` })
    await clock.settle()
    expect(store.rows()).toMatchObject([
      { state: 'sent', attempts: 1, receipt_id: 'r1', error: null },
      { state: 'sent', attempts: 1, receipt_id: 'r2' },
    ])
    expect(channel.items[0]?.match).toEqual({
      filterName: 'bright',
      subscription: 'sub-0',
      streamTitle: 'Bright',
      columns: [{ name: 'mag', value: 17.5 }],
      heldBack: 0,
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
