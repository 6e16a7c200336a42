/** The outbox without threads: a store whose clock and restarts a test decides. */
import type { Delivery, DeliveryState, Sifted } from '../../src/flow.ts'
import type { writes } from '../../src/record/commands.ts'
import { deliveryDetail, deliveryLines } from '../../src/record/delivery-lines.ts'
import { draft } from '../../src/record/drafts.ts'
import { checkLedger, readLedger } from '../../src/record/ledger.ts'
import { interrupted, nextDueMs } from '../../src/record/outbox.ts'
import type { Plan, PlannedSubscription } from '../../src/record/plan-port.ts'
import type { DeliveryQuery, Settlement } from '../../src/record/port.ts'
import { Writer } from '../../src/record/writer.ts'
import { bridge, newDataDir, plan, removeDataDir, sifted, t0 } from './fixtures.ts'

type Writes = typeof writes
type Tail<T extends readonly unknown[]> = T extends readonly [unknown, ...infer Rest] ? Rest : never

export const minute = 60_000
export const hour = 60 * minute
export const day = 24 * hour

/** Email takes digests, webhook does not; to atel people hand in what they approve. */
export const bridges = [
  bridge('email', { confirms: true }),
  bridge('webhook', { digests: false }),
  bridge('atel', { digests: false, byHand: true, oncePerObject: true }),
]

export class OutboxStage {
  readonly dataDir = newDataDir()
  /** The wall clock. */
  nowMs = t0
  /** What the store said in its log. */
  warnings: unknown[] = []
  #writer = this.#open()
  #plan: Plan | undefined
  #offset = 0

  get sql() {
    return this.#writer.sql
  }

  subscribe(...subscriptions: Partial<PlannedSubscription>[]): void {
    this.configure({ ...plan(...subscriptions), bridges })
  }
  configure(configured: Plan): void {
    this.#plan = configured
    this.run('configure', configured, this.nowMs)
  }

  run<K extends keyof Writes>(name: K, ...args: Tail<Parameters<Writes[K]>>): ReturnType<Writes[K]> {
    const [answer] = this.#writer.run([{ name, args }], this.nowMs)
    if (answer === undefined || 'fault' in answer) throw new Error(JSON.stringify(answer?.fault))
    return answer.value as ReturnType<Writes[K]>
  }

  /** Alerts that match, each of an object of its own unless said otherwise. */
  match(...alerts: (string | { alertId: string; objectId?: string | null; role?: 'test' | 'observation' })[]): void {
    const packets = alerts.map((alert) => ({
      ...(typeof alert === 'string' ? { alertId: alert } : alert),
      offset: this.#offset++,
    }))
    this.apply(sifted(packets, { nowMs: this.nowMs }))
  }
  apply(batch: Sifted): void {
    this.run('apply', batch)
  }

  claim(bridgeName = 'email', limit = 100): readonly Delivery[] {
    return this.run('claim', bridgeName, limit, this.nowMs)
  }
  settle(id: number, state: DeliveryState, more: Partial<Settlement> = {}): void {
    this.run('settle', [{ id, state, attempted: true, ...more }], this.nowMs)
  }
  /** Claims and says of all that they were sent; gives what was sent. */
  send(bridgeName = 'email'): readonly Delivery[] {
    const claimed = this.claim(bridgeName).filter(({ state }) => state === 'sending')
    for (const { id } of claimed) this.settle(id, 'sent', { receipt: { id: `<${id}>`, atMs: this.nowMs } })
    return claimed
  }

  /** The wall clock was set by so much; gives how many moved. */
  moveSchedules(byMs: number): number {
    this.nowMs += byMs
    let { moved, next } = this.run('moveSchedules', byMs, this.nowMs)
    while (next !== null) {
      const step = this.run('moveSchedules', byMs, this.nowMs, next)
      moved += step.moved
      next = step.next
    }
    return moved
  }

  nextDueMs(bridgeName = 'email'): number | null {
    return nextDueMs(this.sql, bridgeName)
  }
  interrupted(bridgeName = 'email'): readonly Delivery[] {
    return interrupted(this.sql, bridgeName)
  }
  lines(query: Partial<DeliveryQuery> = {}) {
    return deliveryLines(this.sql, { limit: 1000, ...query })
  }
  draft(id: number) {
    return draft(this.sql, id)
  }
  detail(id: number) {
    return deliveryDetail(this.sql, id)
  }
  /** The state of every delivery, by its number. */
  states(): Record<number, DeliveryState> {
    return Object.fromEntries(
      this.sql
        .all<{ id: number; state: DeliveryState }>('SELECT id, state FROM deliveries ORDER BY id')
        .map(({ id, state }) => [id, state]),
    )
  }
  ledger(subscription = 'sub-0') {
    return readLedger(this.sql).subscriptions.find((row) => row.subscription === subscription)
  }
  faults(): string[] {
    return checkLedger(this.sql)
  }

  /** As after a crash: what was in memory is gone, a new run begins. */
  restart(plan = this.#plan): void {
    this.#writer.close()
    this.#writer = this.#open()
    this.#plan = plan
    if (this.#plan !== undefined) this.configure(this.#plan)
  }
  remove(): void {
    this.#writer.close()
    removeDataDir(this.dataDir)
  }

  #open(): Writer {
    return new Writer({
      dataDir: this.dataDir,
      keep: 'none',
      nowMs: this.nowMs,
      warn: (...words) => this.warnings.push(words),
    })
  }
}

/** The identifiers of alerts that a message shows. */
export const shown = (delivery: Delivery | undefined): string[] =>
  delivery === undefined || delivery.purpose === 'confirmation' || delivery.purpose === 'draft'
    ? []
    : [delivery.context.alertId, ...delivery.followers.map(({ context }) => context.alertId)]
