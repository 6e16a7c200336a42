/** What is never sent: what a bridge refuses, what it cannot render yet, tests in public, and all where nobody may hear it. */
import { beforeEach, describe, expect, it } from 'vitest'
import { type Bridge, DeliveryError, type Item, Refusal } from '../../bridges/contract.ts'
import type { DeliveryOptions } from '../../src/deliver/start-delivery.ts'
import { FountainError } from '../../src/errors.ts'
import { plan, bridge as planned, sifted, voevent } from '../record/fixtures.ts'
import { alerts, channel, clock, fail, minute, running, start, states, store, useStage } from './stage.ts'

useStage()

const draft = { cadence: { kind: 'draft' } as const }
const through = (more: Partial<Bridge> & { audience?: never }, audience?: 'public' | 'sandbox' | 'nobody') => ({
  instances: new Map([
    [
      'email',
      { channel, bridge: { maxInFlight: 4, accepts: 'event' as const, ...more }, ...(audience && { audience }) },
    ],
  ]),
})
const errors = () => store.lines().map(({ state, error, attempts, reached }) => ({ state, error, attempts, reached }))
/** Renders by what each call does, then as always. */
function renders(...doings: (() => never)[]): void {
  const usual = channel.render.bind(channel)
  channel.render = (items, to) => {
    doings.shift()?.()
    return usual(items, to)
  }
}
const throws = (error: Error) => (): never => {
  throw error
}

describe('a refusal', () => {
  it.each([
    ['instant', {}],
    ['draft', draft],
  ])('rejects a delivery of cadence %s with its reasons', async (_, more) => {
    store.configure(plan(more))
    renders(throws(new Refusal(['It is a moving object.', 'It is too faint.'])))
    store.apply(alerts(1))
    start()
    await clock.advance(10 * minute)
    const refused = { state: 'rejected', error: 'It is a moving object. It is too faint.', attempts: 0, reached: 'no' }
    expect(errors()).toEqual([refused])
    expect(channel.sent).toEqual([])
  })
})

describe('what cannot be rendered now', () => {
  const later = () => throws(new DeliveryError('retry', 'no', 'the catalogue is not here yet'))

  it('is rendered again ever more rarely, and no attempt is counted', async () => {
    renders(later(), later(), later())
    store.apply(alerts(1))
    start()
    await clock.settle()
    expect(errors()).toEqual([{ state: 'queued', error: 'the catalogue is not here yet', attempts: 0, reached: 'no' }])
    await clock.advance(13_000)
    expect(states()).toEqual(['queued'])
    await clock.advance(2 * minute)
    expect(errors()).toMatchObject([{ state: 'sent', attempts: 1 }])
  })

  it('is rendered again as a draft too, without a restart and after one', async () => {
    store.configure(plan(draft))
    renders(later(), later())
    store.apply(alerts(1))
    const first = start()
    await clock.settle()
    expect(channel.items).toHaveLength(0)
    await clock.advance(minute)
    expect(channel.items).toHaveLength(1)
    expect(store.detail(1)?.message?.key).toMatch(/^key-/)
    renders(later())
    store.apply(alerts(1, 1))
    first.wake()
    await clock.settle()
    void first.stop()
    await clock.advance(1)
    store.reopen()
    start()
    await clock.settle()
    expect(store.detail(2)?.message?.key).toMatch(/^key-/)
    expect(states()).toEqual(['held', 'held'])
    expect(channel.sent).toEqual([])
  })

  it('is given up with the delivery', async () => {
    renders(...Array(1_000).fill(later()))
    store.apply(alerts(1))
    start()
    await clock.advance(4 * 86_400_000)
    expect(['expired', 'parked']).toContain(states()[0])
    expect(channel.sent).toEqual([])
  })

  it('halts the bridge where that is said, and goes out when its check succeeds', async () => {
    renders(throws(new DeliveryError('halt', 'no', 'no such group: Rubin')))
    channel.checks = [throws(new Error('still none'))]
    store.apply(alerts(1))
    const delivering = start()
    await clock.settle()
    expect(delivering.status()).toMatchObject([{ state: 'halted', reason: 'no such group: Rubin' }])
    expect(states()).toEqual(['queued'])
    await clock.advance(2 * minute)
    expect(states()).toEqual(['sent'])
  })

  it('is rejected for good where that is said', async () => {
    renders(throws(new DeliveryError('reject', 'no', 'too long')))
    store.apply(alerts(1))
    start()
    await clock.settle()
    expect(errors()).toMatchObject([{ state: 'rejected', error: 'too long', attempts: 0 }])
  })
})

describe('a bridge that must be checked first', () => {
  it('claims nothing before its check has gone well once', async () => {
    channel.checks = [throws(new Error('the codes cannot be read')), throws(new Error('the codes cannot be read'))]
    store.apply(alerts(2))
    const delivering = start(through({ checksFirst: true }))
    expect(delivering.status()).toMatchObject([{ state: 'halted', reason: 'not checked yet' }])
    await clock.settle()
    expect(delivering.status()).toMatchObject([
      { state: 'halted', reason: 'its check has not gone well yet: the codes cannot be read' },
    ])
    await clock.advance(15_000)
    expect({ items: channel.items.length, states: states() }).toEqual({ items: 0, states: ['queued', 'queued'] })
    await clock.advance(minute)
    expect(states()).toEqual(['sent', 'sent'])
    expect(delivering.status()).toMatchObject([{ state: 'ready' }])
  })

  it('is checked at once', async () => {
    store.apply(alerts(1))
    start(through({ checksFirst: true }))
    await clock.settle()
    expect(states()).toEqual(['sent'])
  })
})

describe('a test', () => {
  const test = (offset: number) => ({ offset, alertId: `${offset + 1}`, role: 'test' as const })
  const taking = (more: object = {}) =>
    store.configure({ ...plan({ test: true, ...more }), bridges: [planned('email', { digests: true })] })

  it.each([
    ['alone', 'event' as const, {}],
    ['in a digest', 'digest' as const, { cadence: { kind: 'count', count: 2, atMostMs: minute } }],
  ])('%s is refused before a public bridge sees it', async (_, accepts, more) => {
    taking(more)
    store.apply(sifted([{ offset: 0, alertId: '1' }, test(1)]))
    start(through({ accepts }, 'public'))
    await clock.advance(5 * minute)
    expect(channel.items.every(({ event }) => event.role === 'observation')).toBe(true)
    const refused = store.lines().filter(({ state }) => state === 'rejected')
    expect(refused.at(-1)?.error).toMatch(/is a test \(role="test"\), and this bridge speaks to the public/)
    expect(channel.sent.map(({ body }) => body).join()).not.toContain('#2')
  })

  it('is refused as a retraction too', async () => {
    taking()
    store.apply(sifted([test(0)]))
    const sandbox = start(through({}, 'sandbox'))
    await clock.settle()
    expect(states()).toEqual(['sent'])
    await Promise.all([sandbox.stop(), clock.advance(minute)])
    // The operator said `live: true` in between.
    store.run('retract', { ivoid: 'ivo://example.org/streams/bright#1', reason: 'x', by: 'ada', nowMs: clock.now() })
    start(through({}, 'public'))
    await clock.settle()
    expect(states()).toEqual(['sent', 'rejected'])
  })

  it.each([
    ['a draft that somebody says yes to', draft],
    ['what an attempt left unsent', {}],
  ])('is refused where its message was rendered for the sandbox: %s', async (_, more) => {
    taking(more)
    store.apply(sifted([test(0)]))
    channel.answers = [fail('retry', 'no', 'not now', { retryAfterMs: minute })]
    const sandbox = start(through({}, 'sandbox'))
    await clock.settle()
    expect(store.detail(1)?.message?.key).toMatch(/^key-/)
    const attempted = channel.sent.length
    await Promise.all([sandbox.stop(), clock.advance(minute)])
    // The operator said `live: true` in between.
    start(through({}, 'public'))
    store.run('approve', [1], { by: 'ada', nowMs: clock.now() })
    await clock.advance(10 * minute)
    expect(channel.sent).toHaveLength(attempted)
    expect(errors()).toMatchObject([{ state: 'rejected', error: expect.stringMatching(/is a test \(role="test"\)/) }])
  })

  it.each(['sandbox' as const, undefined])('goes out elsewhere: %s', async (audience) => {
    taking()
    store.apply(sifted([test(0)]))
    start(through({}, audience))
    await clock.settle()
    expect(states()).toEqual(['sent'])
  })
})

describe('where nobody may hear anything', () => {
  it('renders drafts and sends nothing, whoever said yes', async () => {
    store.configure(plan({}, draft))
    store.apply(alerts(1))
    const delivering = start(through({}, 'nobody'))
    await clock.advance(60 * minute)
    expect(delivering.status()).toMatchObject([{ state: 'ready', audience: 'nobody' }])
    // The one was queued while it was live; the other is a draft.
    expect(
      store
        .lines()
        .map(({ state }) => state)
        .sort(),
    ).toEqual(['held', 'queued'])
    expect(channel.items).toHaveLength(1)
    const held = store.lines().filter(({ state }) => state === 'held')
    store.run(
      'approve',
      held.map(({ id }) => id),
      { by: 'ada', nowMs: clock.now() },
    )
    delivering.wake()
    await clock.advance(60 * minute)
    expect(channel.sent).toEqual([])
  })
})

describe('the packet of an alert', () => {
  const full = voevent('ivo://example.org/lsst#1')
  const seen = () => channel.items.map((item: Item) => item.full?.ivoid)
  let answers: (() => Promise<typeof full | undefined>)[]
  beforeEach(() => {
    answers = []
    store.apply(alerts(1))
  })
  const reading = (detail: 'full' | undefined): Partial<DeliveryOptions> => ({
    ...through(detail === undefined ? {} : { detail }),
    fullEventOf: async () => (answers.shift() ?? (async () => full))(),
  })

  it('comes with the item where the bridge reports, and nowhere else', async () => {
    start(reading('full'))
    await clock.settle()
    expect(seen()).toEqual([full.ivoid])
    channel.items.length = 0
    store.apply(alerts(1, 1))
    await Promise.all([running[0]?.stop(), clock.advance(minute)])
    start(reading(undefined))
    await clock.settle()
    expect(seen()).toEqual([undefined])
  })

  it.each([
    ['is not kept', async () => undefined],
    ['cannot be decoded', async () => Promise.reject(new Error('no such field'))],
  ])('is absent where it %s', async (_, answer) => {
    answers = [answer]
    start(reading('full'))
    await clock.settle()
    expect(seen()).toEqual([undefined])
    expect(states()).toEqual(['sent'])
  })

  it.each([
    ['the disk is full', 1, async () => Promise.reject(new FountainError('DISK_FULL', 'now'))],
    [
      'the archive’s other half does not answer',
      1,
      async () => Promise.reject(new FountainError('ARCHIVE_REMOTE_FAILED', '')),
    ],
    ['it is not read in time', 31_000, () => new Promise<undefined>(() => {})],
  ])('is read again later where %s: it is not said to be gone', async (_, sawMs, answer) => {
    answers = [answer]
    start(reading('full'))
    await clock.advance(sawMs)
    expect({ seen: seen(), states: states() }).toEqual({ seen: [], states: ['queued'] })
    await clock.advance(minute)
    expect({ seen: seen(), states: states() }).toEqual({ seen: [full.ivoid], states: ['sent'] })
  })
})

describe('what the other side has lost', () => {
  const submitted = () => ({ state: 'submitted' as const, handle: `h${channel.sent.length}`, lookAfterMs: 1_000 })
  const lost = { state: 'lost' as const, why: 'they took it and never heard of it' }

  it.each(['safe' as const, 'never' as const])(
    'goes out again as it was, also where it is %s to repeat',
    async (repeat) => {
      channel.repeat = repeat
      channel.answers = [submitted, submitted]
      const looks = [lost, { state: 'sent' as const, receipt: { id: 'AT', atMs: 0 } }]
      channel.look = async (handle) => {
        channel.looked.push(handle)
        return looks.shift() as never
      }
      store.apply(alerts(1))
      start()
      await clock.advance(2_000)
      expect(errors()).toMatchObject([{ state: 'queued', error: lost.why, attempts: 1, reached: 'maybe' }])
      await clock.advance(minute)
      expect(errors()).toMatchObject([{ state: 'sent', attempts: 2 }])
      expect(channel.looked).toEqual(['h1', 'h2'])
      expect(new Set(channel.sent.map(({ body, key }) => body + key)).size).toBe(1)
      expect(
        store.detail(1)?.history.map(({ kind, outcome, reply }) => `${kind} ${outcome} ${reply ?? ''}`.trim()),
      ).toEqual(['send submitted', `look queued ${lost.why}`, 'send submitted', 'look sent'])
    },
  )

  it('is not sent for ever: then a person decides', async () => {
    channel.answers = Array(50).fill(submitted)
    channel.look = async () => lost as never
    store.apply(alerts(1))
    // Nor is it forgotten over restarts how often it went.
    for (let life = 0; life < 6; life++) {
      const delivering = start()
      await clock.advance(minute)
      void delivering.stop()
      await clock.advance(1)
      store.reopen()
    }
    start()
    await clock.advance(86_400_000)
    expect(channel.sent).toHaveLength(6)
    expect(errors()).toMatchObject([{ state: 'parked', error: `${lost.why}; it was sent 6 times` }])
  })

  it('is asked for by its key when the second sending ends nobody knows how: the first handle is of no use', async () => {
    channel.repeat = 'never'
    channel.answers = [submitted, fail('retry', 'maybe', 'connection reset')]
    const looks = [lost, { state: 'sent' as const, receipt: { id: 'AT', atMs: 0 } }]
    channel.look = async (handle) => {
      channel.looked.push(handle)
      return looks.shift() as never
    }
    store.apply(alerts(1))
    start()
    await clock.advance(5 * minute)
    expect(channel.looked).toEqual(['h1', 'key-ivo://example.org/streams/bright#1'])
    expect(errors()).toMatchObject([{ state: 'sent', attempts: 2 }])
    expect(channel.sent).toHaveLength(2)
  })
})
