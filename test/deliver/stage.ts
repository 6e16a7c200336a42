/** A channel that does as a test tells it, and deliveries on a clock that stands still. */
import { afterEach, beforeEach, expect } from 'vitest'
import {
  type Attempt,
  type Channel,
  type Confirmation,
  DeliveryError,
  type Item,
  type Message,
  type Metrics,
  type Outcome,
} from '../../bridges/contract.ts'
import { type Delivering, type DeliveryOptions, startDelivery } from '../../src/deliver/start-delivery.ts'
import { plan, sifted, silent, t0 } from '../record/fixtures.ts'
import { DirectStore } from './direct-store.ts'
import { FakeClock } from './fake-clock.ts'

export const metrics: Metrics = { counter: () => ({ inc: () => {} }), gauge: () => ({ set: () => {} }) }
export const minute = 60_000

export type Answer = (message: Message, attempt: Attempt) => Promise<Outcome> | Outcome

/** A channel that does as it is told, and remembers. */
export class Channels implements Channel<unknown> {
  readonly sent: { body: string; key: string; number: number; thread: readonly string[] }[] = []
  readonly looked: string[] = []
  readonly items: Item[] = []
  repeat: 'safe' | 'never' = 'safe'
  answers: Answer[] = []
  inFlight = 0
  most = 0
  checks: (() => void)[] = []
  look?: (handle: string) => Promise<Outcome>
  renderConfirmation?: (request: Confirmation) => Message

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

export const ok = (id: string): Outcome => ({ state: 'sent', receipt: { id, atMs: t0 } })
export const fail =
  (...args: ConstructorParameters<typeof DeliveryError>): Answer =>
  () => {
    throw new DeliveryError(...args)
  }
export const never: Answer = () => new Promise(() => {})
export const untilAborted: Answer = (_, { signal }) =>
  new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)))

export let store: DirectStore
export let clock: FakeClock
export let channel: Channels
export let running: Delivering[]

/** Sets the stage before each test, and looks at the ledger after it. */
export function useStage(): void {
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
}

export function start(more: Partial<DeliveryOptions> = {}, maxInFlight = 4): Delivering {
  const delivering = startDelivery({
    store: store.port,
    instances: new Map([['email', { channel, bridge: { maxInFlight, accepts: 'event' } }]]),
    clock,
    log: silent,
    metrics,
    ...more,
    // Looking at the clock every few seconds would make days long.
    rules: { clockMs: 60 * minute, ...more.rules },
  })
  running.push(delivering)
  return delivering
}
export const alerts = (count: number, first = 0, objectId: string | null = null) =>
  sifted(
    Array.from({ length: count }, (_, index) => ({ offset: first + index, alertId: `${first + index + 1}`, objectId })),
  )
export const states = () => store.rows().map(({ state }) => state)
