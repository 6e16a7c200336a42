/**
 * The door of the room: whole commands to the store worker, as promises. No statement, callback or open transaction
 * crosses it. All arguments and results are plain data.
 */

import type { PeerCursor } from '../../bridges/contract.ts'
import type { Delivery, DeliveryState, FilterKey, Receipt, Recorded, Sifted, StoredMessage } from '../flow.ts'

/** What the store must know of the configuration: which filter feeds which subscription. */
export interface Plan {
  readonly authority: string
  /** `ivo://<authority>/streams/`: the streams of this gateway start with it. */
  readonly filters: readonly PlannedFilter[]
  /** The names of all bridges that are configured: what waits for another one is said, and stays. */
  readonly bridges?: readonly string[]
}
export interface PlannedFilter {
  readonly key: FilterKey
  readonly stream?: { readonly name: string; readonly title: string }
  readonly subscriptions: readonly PlannedSubscription[]
}
export interface PlannedSubscription {
  /** Stable name: the ledger counts by it. */
  readonly name: string
  readonly bridge: string
  readonly address: unknown
  /** Take events of role test too. */
  readonly test: boolean
  readonly maxPerHour?: number
}

/** What one `apply` did. A line below the stored position was cut and counts nowhere. */
export interface Applied {
  readonly received: number
  readonly cut: number
  readonly duplicate: number
  readonly dead: number
  readonly parked: number
  /** New entries of the event log. */
  readonly recorded: readonly { readonly seq: number; readonly ivoid: string }[]
  readonly deliveries: number
  /** For an event from outside: was it new? */
  readonly outside: 'new' | 'seen' | 'none'
}

export interface DeadLetter {
  readonly id: number
  readonly state: 'dead' | 'parked' | 'retried'
  readonly source: string
  readonly survey: string
  readonly topic: string
  readonly partition: number
  readonly offset: number
  readonly code: string
  readonly reason: string
  readonly schemaId?: number
  readonly recordTimeMs: number
  readonly sinceMs: number
  readonly length: number
}

/** How an attempt ended, to be stored (deliver decides, record remembers). */
export interface Settlement {
  readonly id: number
  readonly state: DeliveryState
  /** For `queued`: not before this wall-clock time, ms. For `submitted`: when to look. */
  readonly notBeforeMs?: number
  readonly receipt?: Receipt
  readonly handle?: string
  readonly error?: string
  /** Does this count as an attempt? */
  readonly attempted: boolean
}

/** Counts that must add up (docs/design.md §7, the ledger). */
export interface Ledger {
  readonly sources: readonly {
    source: string
    /** Absent where the row is the sum over all visits. */
    visit?: number
    /** In a sum: over how many visits. */
    visits?: number
    received: number
    decoded: number
    duplicate: number
    parked: number
    dead: number
  }[]
  readonly filters: readonly {
    name: string
    version: string
    visit?: number
    passed: number
    errored: number
    chosen: number
    waiting: number
    suppressed: number
    unmappable: number
  }[]
  readonly subscriptions: readonly { subscription: string; chosen: number; deliveries: number; leftOut: number }[]
  readonly bridges: readonly { bridge: string; states: Readonly<Partial<Record<DeliveryState, number>>> }[]
  readonly feeds: readonly { feed: string; cursor: number; behind: number }[]
  readonly events: { readonly stored: number; readonly logHead: number; readonly own: number; readonly outside: number }
}

export interface Store {
  /** Tells the store the plan in force; call before the first `apply`. */
  configure(plan: Plan): Promise<void>
  /** One transaction with positions: see the order of durability in docs/design.md §1. */
  apply(sifted: Sifted): Promise<Applied>
  positions(source: string): Promise<readonly { topic: string; partition: number; to: number }[]>

  // deliver
  /** Takes due deliveries of a bridge into `sending`, oldest first. */
  claim(bridge: string, limit: number, nowMs: number): Promise<readonly Delivery[]>
  /** Deliveries that an earlier run left in `sending`: their outcome is unknown. */
  interrupted(bridge: string): Promise<readonly Delivery[]>
  /** Stores a rendered message before its first attempt. */
  keepMessage(id: number, message: StoredMessage): Promise<void>
  settle(settlements: readonly Settlement[], nowMs: number): Promise<void>
  /** When the next queued or submitted delivery of a bridge is due; null when there is none. */
  nextDueMs(bridge: string): Promise<number | null>

  // feeds
  logHead(): Promise<number>
  logSince(seq: number, limit: number): Promise<readonly Recorded[]>
  feedCursor(feed: string): Promise<number>
  moveFeedCursor(feed: string, seq: number): Promise<void>
  peerCursors(feed: string): Promise<readonly PeerCursor[]>
  savePeerCursor(feed: string, cursor: PeerCursor): Promise<void>
  removePeerCursor(feed: string, peer: string): Promise<void>

  // look-ups
  /** By `key()` of the ivoid: `#` and `?` forms are the same. */
  eventByIvoid(ivoid: string): Promise<Recorded | null>
  /** Has an element with this hash been recorded? */
  seenElement(elementHash: string): Promise<boolean>
  /** The newest events, newest first. */
  recentEvents(
    limit: number,
  ): Promise<readonly { ivoid: string; role: string; seq: number | null; recordedMs: number; origin: string }[]>
  /** `totals` sums over visits: for pages. `visits` gives a row a visit: for checks. Default `visits`. */
  ledger(detail?: 'totals' | 'visits'): Promise<Ledger>

  // dead letters
  deadLetters(filter: {
    state?: 'dead' | 'parked' | 'retried'
    limit: number
    afterId?: number
  }): Promise<readonly DeadLetter[]>
  deadBytes(id: number): Promise<{ letter: DeadLetter; bytes: Uint8Array } | null>

  close(): Promise<void>
}
