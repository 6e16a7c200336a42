/**
 * Instant messages, digests, drafts and retractions through a channel that misbehaves, with crashes and a clock that
 * is set: whatever happens, each event reaches each address once or a person knows of it, and the ledger adds up.
 */
import fc from 'fast-check'
import { expect, it } from 'vitest'
import {
  type Attempt,
  type Channel,
  DeliveryError,
  type Message,
  type Outcome,
  Refusal,
} from '../../bridges/contract.ts'
import { startDelivery } from '../../src/deliver/start-delivery.ts'
import type { FailPoint } from '../../src/record/fail-points.ts'
import type { DeliveryLine } from '../../src/record/port.ts'
import { bridge, plan, sifted, silent, t0 } from '../record/fixtures.ts'
import { DirectStore } from './direct-store.ts'
import { FakeClock } from './fake-clock.ts'
import { metrics, minute } from './stage.ts'

const hour = 60 * minute
const moods = ['ok', 'ok', 'refused', 'lost', 'lost but arrived', 'rejected', 'halted', 'slow down', 'bug'] as const
type Mood = (typeof moods)[number]
const renderings = ['fine', 'fine', 'refused', 'not yet', 'halted'] as const
type Rendering = (typeof renderings)[number]
const deaths: readonly FailPoint[] = [
  'deliver:after-claim',
  'deliver:after-render',
  'deliver:after-keep',
  'deliver:after-send',
  'deliver:after-settle',
]

/** What a message shows: to whom, of which events. */
interface Shown {
  readonly to: string
  readonly ivoids: readonly string[]
  readonly retracts: boolean
}

/** The other side: what arrived, by key, whatever the sender was told. */
class OtherSide implements Channel<string> {
  readonly arrived: { key: string; body: string }[] = []
  readonly #moods: Mood[]
  readonly #repeat: 'safe' | 'never'
  readonly #renderings: Rendering[]
  constructor(all: readonly Mood[], rendered: readonly Rendering[], repeat: 'safe' | 'never') {
    this.#moods = [...all]
    this.#renderings = [...rendered]
    this.#repeat = repeat
  }
  render(items: Parameters<Channel['render']>[0], to: string): Message {
    const rendering = this.#renderings.shift() ?? 'fine'
    if (rendering === 'refused') throw new Refusal(['never'])
    if (rendering === 'not yet') throw new DeliveryError('retry', 'no', rendering)
    if (rendering === 'halted') throw new DeliveryError('halt', 'no', rendering)
    const shown: Shown = {
      to,
      ivoids: items.map(({ event }) => event.ivoid),
      retracts: items[0].event.citations?.events.some(({ cite }) => cite === 'retraction') ?? false,
    }
    const key = `${to} ${shown.ivoids.join()}`
    return { body: Buffer.from(JSON.stringify(shown)), parts: [], key, repeat: this.#repeat }
  }
  async deliver(message: Message, { key }: Attempt): Promise<Outcome> {
    const mood = this.#moods.shift() ?? 'ok'
    if (mood === 'ok' || mood === 'lost but arrived')
      this.arrived.push({ key, body: Buffer.from(message.body).toString() })
    if (mood === 'ok') return { state: 'sent', receipt: { id: key, atMs: t0 } }
    if (mood === 'refused') throw new DeliveryError('retry', 'no', mood)
    if (mood === 'slow down') throw new DeliveryError('retry', 'no', mood, { retryAfterMs: 20_000 })
    if (mood === 'rejected') throw new DeliveryError('reject', 'no', mood)
    if (mood === 'halted') throw new DeliveryError('halt', 'no', mood)
    if (mood === 'bug') throw new TypeError(mood)
    throw new DeliveryError('retry', 'maybe', mood)
  }
  async check(): Promise<void> {}
  async close(): Promise<void> {}

  shown(): Shown[] {
    return this.arrived.map(({ body }) => JSON.parse(body) as Shown)
  }
}

interface Life {
  readonly death: { readonly at: FailPoint; readonly times: number } | null
  readonly alerts: number
  readonly jumpMs: number
  readonly approves: boolean
  /** The how-manieth event is retracted. */
  readonly retracts: number | null
  readonly ms: number
}
const life: fc.Arbitrary<Life> = fc.record({
  death: fc.option(fc.record({ at: fc.constantFrom(...deaths), times: fc.integer({ min: 1, max: 3 }) })),
  alerts: fc.integer({ min: 0, max: 4 }),
  jumpMs: fc.constantFrom(0, 0, hour, -hour),
  approves: fc.boolean(),
  retracts: fc.option(fc.integer({ min: 1, max: 12 })),
  ms: fc.constantFrom(1_000, 20_000, 10 * minute, hour),
})

it('reaches each address once, or a person knows of it', { timeout: 120_000 }, async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.constantFrom(...moods), { maxLength: 30 }),
      fc.array(fc.constantFrom(...renderings), { maxLength: 10 }),
      fc.constantFrom('safe' as const, 'never' as const),
      fc.array(life, { minLength: 1, maxLength: 4 }),
      async (all, rendered, repeat, lives) => {
        const store = new DirectStore()
        const clock = new FakeClock(t0)
        const side = new OtherSide(all, rendered, repeat)
        store.configure({
          ...plan(
            { address: 'at-once' },
            { address: 'by-count', cadence: { kind: 'count', count: 3, atMostMs: hour } },
            { address: 'drafts', cadence: { kind: 'draft' } },
          ),
          bridges: [bridge('email', { expireAfterMs: 30 * 86_400_000 })],
        })
        const approve = () => {
          const held = store.lines().filter(({ state }) => state === 'held')
          store.run(
            'approve',
            held.map(({ id }) => id),
            { by: 'ada', nowMs: clock.now() },
          )
        }
        let offset = 0
        const live = async (of: Life, ms: number) => {
          let left = of.death?.times ?? 0
          let dead = false
          const delivering = startDelivery({
            store: store.port,
            instances: new Map([['email', { channel: side, bridge: { maxInFlight: 3, accepts: 'digest' } }]]),
            clock,
            log: silent,
            metrics,
            rules: { clockMs: minute },
            failAt: (point) => {
              if (dead || (point === of.death?.at && --left === 0)) {
                dead = true
                throw new Error('dead')
              }
            },
          })
          await clock.settle()
          clock.jump(of.jumpMs)
          const packets = Array.from({ length: of.alerts }, () => ({ offset, alertId: String(++offset) }))
          if (packets.length > 0) store.apply(sifted(packets, { nowMs: clock.now() }))
          delivering.wake()
          await clock.advance(ms / 2)
          if (of.approves) approve()
          if (of.retracts !== null && of.retracts <= offset) retract(of.retracts)
          delivering.wake()
          await clock.advance(ms / 2)
          const stopped = delivering.stop()
          await clock.advance(2 * minute)
          await stopped
          store.reopen()
        }
        const retracted = new Set<string>()
        const retract = (alert: number) => {
          const ivoid = `ivo://example.org/streams/bright#${alert}`
          if (retracted.has(ivoid)) return
          store.run('retract', { ivoid, reason: 'a satellite', by: 'ada', nowMs: clock.now() })
          retracted.add(ivoid)
        }
        const calm = { death: null, alerts: 0, jumpMs: 0, approves: true, retracts: null, ms: 0 }
        try {
          for (const each of lives) await live(each, each.ms)
          await live(calm, 3 * hour)
          await live(calm, 3 * hour)
          expect(store.faults()).toEqual([])
          check(store.lines(), side, repeat, retracted)
        } finally {
          store.remove()
        }
      },
    ),
    { numRuns: 20 },
  )
})

function check(
  lines: readonly DeliveryLine[],
  side: OtherSide,
  repeat: 'safe' | 'never',
  retracted: ReadonlySet<string>,
): void {
  const shown = side.shown()
  const times = new Map<string, number>()
  for (const { key } of side.arrived) times.set(key, (times.get(key) ?? 0) + 1)
  if (repeat === 'never')
    expect(
      [...times.values()].every((count) => count === 1),
      'nothing twice',
    ).toBe(true)
  const bodies = new Map(side.arrived.map(({ key, body }) => [key, body]))
  expect(
    side.arrived.every(({ key, body }) => bodies.get(key) === body),
    'always the same message',
  ).toBe(true)
  // No event is in two messages to one address.
  for (const to of ['at-once', 'by-count', 'drafts']) {
    const messages = new Set(shown.filter((each) => each.to === to).map(({ ivoids }) => ivoids.join()))
    const ivoids = [...messages].flatMap((text) => text.split(','))
    expect(new Set(ivoids).size, `${to}: ${ivoids}`).toBe(ivoids.length)
  }
  for (const { id, state, ivoid, address, purpose, reached } of lines) {
    const got = shown.some(({ to, ivoids }) => to === address && ivoids.includes(ivoid ?? ''))
    expect(['sent', 'rejected', 'parked', 'dropped'], `${id} has come to an end`).toContain(state)
    if (state === 'sent') expect(got, `${id} was sent`).toBe(true)
    if (purpose === 'retraction' && state === 'sent')
      expect(shown.some(({ to, ivoids, retracts }) => retracts && to === address && ivoids.join() === ivoid)).toBe(true)
    if (got) expect(reached, `${id} arrived, or may have`).not.toBe('no')
    if (state === 'dropped') expect(retracted.size, `${id} was dropped`).toBeGreaterThan(0)
    // Who got what was retracted is told, or a person knows; who did not is not bothered.
    if (purpose === 'event' && retracted.has(ivoid ?? '')) {
      const notice = lines.find(
        (line) => line.purpose === 'retraction' && line.ivoid === `${ivoid}.r1` && line.address === address,
      )
      if (reached !== 'no') expect(notice, `${id} is retracted`).toBeDefined()
      else if (notice !== undefined) expect(['dropped'], `${id} never went out`).toContain(notice.state)
    }
  }
}
