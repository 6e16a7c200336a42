import fc from 'fast-check'
import { expect, it } from 'vitest'
import {
  type Attempt,
  type Channel,
  DeliveryError,
  type Looked,
  type Message,
  type Outcome,
} from '../../bridges/contract.ts'
import { startDelivery } from '../../src/deliver/start-delivery.ts'
import type { FailPoint } from '../../src/record/fail-points.ts'
import { plan, sifted, silent, t0 } from '../record/fixtures.ts'
import { DirectStore } from './direct-store.ts'
import { FakeClock } from './fake-clock.ts'
import { metrics, minute } from './stage.ts'

/** How an attempt may go; `arrives` is what the sender cannot see. */
const moods = [
  'ok',
  'refused',
  'lost',
  'lost but arrived',
  'rejected',
  'halted',
  'hangs',
  'hangs but arrived',
  'bug',
  'later',
  // It says that it has it, and has not.
  'swallowed',
] as const
type Mood = (typeof moods)[number]
const deaths: readonly FailPoint[] = [
  'deliver:after-claim',
  'deliver:after-render',
  'deliver:after-keep',
  'deliver:after-send',
  'deliver:after-settle',
]

/** The other side: counts what arrived under each key, whatever the sender was told. */
class OtherSide implements Channel {
  readonly arrived = new Map<string, number>()
  readonly bodies = new Map<string, Set<string>>()
  /** Handles of what was swallowed. */
  readonly swallowed = new Set<string>()
  readonly look?: (handle: string) => Promise<Looked>
  moods: Mood[]
  readonly #repeat: 'safe' | 'never'
  #rendered = 0
  constructor(all: readonly Mood[], repeat: 'safe' | 'never', canBeAsked: boolean) {
    this.moods = [...all]
    this.#repeat = repeat
    if (canBeAsked) this.look = async (handle) => this.#answer(handle)
  }
  render(items: Parameters<Channel['render']>[0]): Message {
    const { ivoid } = items[0].event
    // Rendered anew it would not be the same: whoever sends another than the stored one is found out.
    return { body: Buffer.from(`${ivoid} ${++this.#rendered}`), parts: [], key: `k-${ivoid}`, repeat: this.#repeat }
  }
  async deliver(message: Message, { key, signal }: Attempt): Promise<Outcome> {
    this.bodies.set(key, (this.bodies.get(key) ?? new Set()).add(Buffer.from(message.body).toString()))
    const mood = this.moods.shift() ?? 'ok'
    if (mood === 'ok' || mood === 'later' || mood.endsWith('arrived'))
      this.arrived.set(key, (this.arrived.get(key) ?? 0) + 1)
    switch (mood) {
      case 'ok':
        return { state: 'sent', receipt: { id: key, atMs: t0 } }
      case 'later':
        return { state: 'submitted', handle: key, lookAfterMs: 5_000 }
      case 'swallowed': {
        const handle = `${key} ${this.swallowed.size}`
        this.swallowed.add(handle)
        return { state: 'submitted', handle, lookAfterMs: 5_000 }
      }
      case 'refused':
        throw new DeliveryError('retry', 'no', mood)
      case 'lost':
      case 'lost but arrived':
        throw new DeliveryError('retry', 'maybe', mood)
      case 'rejected':
        throw new DeliveryError('reject', 'no', mood)
      case 'halted':
        throw new DeliveryError('halt', 'no', mood)
      case 'bug':
        throw new TypeError(mood)
      default:
        return new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)))
    }
  }
  async check(): Promise<void> {}
  async close(): Promise<void> {}

  #answer(key: string): Looked {
    // Whoever asks by an old handle hears only of that time: to believe it sends again what has arrived since.
    if (this.swallowed.has(key)) return { state: 'lost', why: 'never heard of it' }
    if ((this.arrived.get(key) ?? 0) > 0) return { state: 'sent', receipt: { id: key, atMs: t0 } }
    throw new DeliveryError('reject', 'no', 'never seen')
  }
}

it('whatever the other side does and wherever we die: nothing is lost unseen, nothing unsafe goes twice', {
  timeout: 120_000,
}, async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.constantFrom(...moods), { maxLength: 25 }),
      fc.constantFrom('safe' as const, 'never' as const),
      fc.boolean(),
      fc.array(fc.record({ at: fc.constantFrom(...deaths), times: fc.integer({ min: 1, max: 4 }) }), { maxLength: 3 }),
      fc.integer({ min: 1, max: 4 }),
      async (all, repeat, canBeAsked, lives, maxInFlight) => {
        const store = new DirectStore()
        const clock = new FakeClock(t0)
        const side = new OtherSide(all, repeat, canBeAsked)
        store.configure(plan({}))
        const packets = Array.from({ length: 6 }, (_, offset) => ({
          offset,
          alertId: `${offset}`,
          objectId: offset < 3 ? 'o' : null,
        }))
        store.apply(sifted(packets))
        const live = async (death: { at: FailPoint; times: number } | undefined, ms: number) => {
          let left = death?.times ?? 0
          let dead = false
          const delivering = startDelivery({
            store: store.port,
            instances: new Map([['email', { channel: side, bridge: { maxInFlight, accepts: 'event' } }]]),
            clock,
            log: silent,
            metrics,
            rules: { clockMs: minute },
            failAt: (point) => {
              // From its death on, nothing of this life gets any further.
              if (dead || (point === death?.at && --left === 0)) {
                dead = true
                throw new Error('dead')
              }
            },
          })
          await clock.advance(ms)
          const stopped = delivering.stop()
          await clock.advance(2 * minute)
          await stopped
          store.reopen()
        }
        try {
          for (const death of lives) await live(death, 20_000)
          await live(undefined, 3 * 3_600_000)
          expect(store.faults()).toEqual([])
          const rows = store.rows()
          expect(rows).toHaveLength(6)
          for (const { state, id } of rows) {
            const key = `k-ivo://example.org/streams/bright#${id - 1}`
            const arrived = side.arrived.get(key) ?? 0
            expect(side.bodies.get(key)?.size ?? 0, 'one message, always the same').toBeLessThanOrEqual(1)
            if (repeat === 'never') expect(arrived, 'nothing unsafe arrives twice').toBeLessThanOrEqual(1)
            if (state === 'sent') expect(arrived, 'what is said to be sent has arrived').toBeGreaterThan(0)
            // Without an answer a submitted one, and without a second try an unsafe one, waits for a person.
            const often = [...side.swallowed].filter((handle) => handle.startsWith(`${key} `)).length > 5
            const ends =
              !often && repeat === 'safe' && canBeAsked ? ['sent', 'rejected'] : ['sent', 'rejected', 'parked']
            expect(ends).toContain(state)
          }
        } finally {
          store.remove()
        }
      },
    ),
    { numRuns: 60 },
  )
})
