/**
 * The door of the room: whole commands to the store worker, as promises. No statement, callback or open transaction
 * crosses it. All arguments and results are plain data.
 */

import type { PeerCursor } from '../../bridges/contract.ts'
import type {
  ConfirmationRequest,
  Delivery,
  DeliveryState,
  Purpose,
  Receipt,
  Recorded,
  Sifted,
  StoredMessage,
} from '../flow.ts'
import type { CitationMade, Drafts } from './draft-port.ts'
import type { AddressLine, AskedAddress, People } from './people-port.ts'
import type { Plan } from './plan-port.ts'

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
  /** Can the other side have it? Never goes back from `yes` to `maybe` to `no`. */
  readonly reached?: Reached
  /** The other side's own words. */
  readonly reply?: string
  /** When the attempt or the question began; with it the attempt is noted in the delivery's history. */
  readonly startedMs?: number
  /** It is the answer to a question, also where it sends the delivery back to the queue: the other side had lost it. */
  readonly asked?: true
  /** Nobody is there any more: the address is suppressed, and what waits for it is dropped. */
  readonly addressDead?: boolean
}
export type Reached = 'no' | 'maybe' | 'yes'

export interface DeliveryQuery {
  readonly state?: DeliveryState
  readonly bridge?: string
  readonly subscription?: string
  readonly owner?: string
  readonly ivoid?: string
  /** A user: deliveries of subscriptions that are theirs or their groups'. */
  readonly viewer?: string
  readonly limit: number
  /** For the next page: the last id of this one. */
  readonly beforeId?: number
}
/** A delivery as a list shows it. */
export interface DeliveryLine {
  readonly id: number
  readonly bridge: string
  readonly subscription: string
  readonly owner: string
  readonly state: DeliveryState
  readonly purpose: Purpose
  /** Null for a confirmation and for the notice of a draft. */
  readonly ivoid: string | null
  /** The survey's identifier of the object, where there is one. */
  readonly objectId: string | null
  readonly address: unknown
  readonly createdMs: number
  readonly dueMs: number | null
  readonly attempts: number
  readonly reached: Reached
  readonly error: string | null
  readonly receipt: Receipt | null
  readonly handle: string | null
  readonly settledMs: number | null
  /** How many items its message has, itself included. */
  readonly digestOf: number
  /** The delivery whose message shows this one; null where it has a message of its own. */
  readonly leadId: number | null
  /** What a person should look up before deciding; null where there is no doubt. */
  readonly lookUp: string | null
}
export interface DeliveryDetail extends DeliveryLine {
  readonly message: StoredMessage | null
  readonly reply: string | null
  readonly history: readonly AttemptLine[]
  readonly followers: readonly { readonly id: number; readonly ivoid: string }[]
  readonly thread: readonly Receipt[]
  readonly expiresMs: number | null
  readonly approvedBy: string | null
  readonly approvedMs: number | null
}
export interface AttemptLine {
  readonly number: number
  readonly kind: 'send' | 'look'
  readonly startedMs: number
  readonly endedMs: number
  /** The state that it was put in. */
  readonly outcome: DeliveryState
  readonly reached: Reached
  readonly reply: string | null
}
/** What a person asked of some deliveries: those that were changed, and why others were not. */
export interface Changed {
  readonly done: readonly number[]
  readonly refused: readonly { readonly id: number; readonly code: string; readonly reason: string }[]
}
export interface By {
  /** The user's name, for the record. */
  readonly by: string
  readonly nowMs: number
}

/** A step of `moveSchedules`. */
export interface Moving {
  readonly moved: number
  readonly next: {
    readonly state: 'queued' | 'submitted'
    readonly afterId: number
    /** What came later was dated by the clock as it is. */
    readonly lastId: number
    readonly lastAttempt: number
  } | null
}

export interface Retracted {
  /** Of the retraction. */
  readonly ivoid: string
  /** Its place on the log; null where the original stood on none. */
  readonly seq: number | null
  /** Retractions that were queued. */
  readonly deliveries: number
  /** Deliveries of the original that were unsent, and now stay so. */
  readonly dropped: number
}

export type SubscriptionState = 'active' | 'paused' | 'unsubscribed'
export interface SubscriptionLine {
  readonly name: string
  readonly owner: string
  readonly state: SubscriptionState
  /** When it was put in this state; null where it never was in another. */
  readonly stateMs: number | null
}

/** Why a match that a subscription was to get made no delivery. `cap`: above the cap of an hour, or more than a digest holds. */
export type LeftOut = 'test' | 'unverified' | 'paused' | 'unsubscribed' | 'suppressed' | 'repeat' | 'cap'

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
  /** chosen + notices = deliveries + left out. Notices are retractions, confirmations and notices of drafts: nobody chose them. */
  readonly subscriptions: readonly {
    subscription: string
    chosen: number
    notices: number
    deliveries: number
    leftOut: number
    reasons: Readonly<Partial<Record<LeftOut, number>>>
  }[]
  readonly bridges: readonly { bridge: string; states: Readonly<Partial<Record<DeliveryState, number>>> }[]
  readonly feeds: readonly { feed: string; cursor: number; behind: number }[]
  readonly events: { readonly stored: number; readonly logHead: number; readonly own: number; readonly outside: number }
}

/** A packet that was kept, with what decoding it needs. */
export interface AlertPacket {
  readonly bytes: Uint8Array
  readonly source: string
  readonly topic: string
  readonly recordTimeMs: number
}

export interface Store extends People, Drafts {
  /** Tells the store the plan in force; call before the first `apply`. */
  configure(plan: Plan): Promise<void>
  /** One transaction with positions: see the order of durability in docs/design.md §1. */
  apply(sifted: Sifted): Promise<Applied>
  positions(source: string): Promise<readonly { topic: string; partition: number; to: number }[]>

  // deliver
  /**
   * Takes due deliveries of a bridge into `sending`, oldest first; a follow-up waits for the one before it in its thread.
   * Digests that are due are closed: one row leads, the others follow. Drafts without a message come once, to be
   * rendered, and stay `held`. What has expired is put so and not given out. `unsent`: only what sends nothing, drafts
   * and questions about submitted ones.
   */
  claim(bridge: string, limit: number, nowMs: number, what?: 'all' | 'unsent'): Promise<readonly Delivery[]>
  /** Deliveries that an earlier run left in `sending`: their outcome is unknown. */
  interrupted(bridge: string): Promise<readonly Delivery[]>
  /** Stores a rendered message before its first attempt. False when there is one already: that is the one to send. */
  keepMessage(id: number, message: StoredMessage): Promise<boolean>
  /** Gives the citations that it made: where a receipt says by what name the public knows what was sent. */
  settle(settlements: readonly Settlement[], nowMs: number): Promise<readonly CitationMade[]>
  /** When the next queued or submitted delivery of a bridge is due; null when there is none. */
  nextDueMs(bridge: string): Promise<number | null>
  /** Messages attempted through a bridge since then: what is used of a daily budget. */
  attemptsSince(bridge: string, sinceMs: number): Promise<number>
  /**
   * The wall clock was set: times to try again move with it; digests, quiet hours and expiry are dates and do not.
   * Some at a time: `next` is where the next call goes on, null when all have moved.
   */
  moveSchedules(byMs: number, nowMs: number, from?: Moving['next']): Promise<Moving>

  // what people see and decide
  /** Newest first. */
  deliveries(query: DeliveryQuery): Promise<readonly DeliveryLine[]>
  delivery(id: number): Promise<DeliveryDetail | null>
  /** parked, rejected, expired, dropped → queued. A `never` message that may have arrived only with `again`. */
  retryDeliveries(ids: readonly number[], options: By & { readonly again: boolean }): Promise<Changed>
  /** held, queued, submitted, parked → dropped. */
  dropDeliveries(ids: readonly number[], options: By & { readonly reason: string }): Promise<Changed>
  /** parked, submitted → sent: a person looked, and it is there. */
  confirmSent(ids: readonly number[], options: By & { readonly receipt?: string }): Promise<Changed>
  /**
   * Takes back an event of ours: a new event that cites it, and a message to everybody who was or may have been sent it.
   * Throws EVENT_UNKNOWN, NOT_OURS, RETRACTED_ALREADY.
   */
  retract(request: By & { readonly ivoid: string; readonly reason: string }): Promise<Retracted>

  // subscriptions and addresses
  subscriptionStates(): Promise<readonly SubscriptionLine[]>
  subscriptionByUnsubscribeToken(token: string): Promise<SubscriptionLine | null>
  /** Ends it; what waits for it is dropped. Null when nobody has this token. Twice is the same as once. */
  unsubscribe(token: string, nowMs: number): Promise<SubscriptionLine | null>
  /**
   * False when there is no such subscription. `revive`: also one of the operator's that was ended; all others stay so.
   * Throws SUBSCRIPTION_ENDED.
   */
  setSubscriptionState(
    name: string,
    state: SubscriptionState,
    options: By & { readonly revive?: boolean },
  ): Promise<boolean>
  /**
   * Queues a message that asks whoever reads at the address, for the owner of the subscription. `too soon`: asked within
   * the last hour, by whomever, or many addresses were asked for this owner within a day. The token's hash is kept; the token itself goes out with the message.
   */
  askConfirmation(
    request: ConfirmationRequest & {
      readonly owner: string
      readonly bridge: string
      readonly address: unknown
      readonly nowMs: number
    },
  ): Promise<'asked' | 'confirmed' | 'suppressed' | 'too soon'>
  /** Which address a token stands for; null when it is unknown or older than a week. `tokenHash`: SHA-256, hexadecimal. */
  addressAsked(tokenHash: string, nowMs: number): Promise<AskedAddress | null>
  /** Confirms the address of the token, for the user who asked; as often as one likes. */
  confirmAddress(tokenHash: string, nowMs: number): Promise<AskedAddress | null>
  /** Nothing goes to this address any more; what waits for it is dropped. Returns how many were at once. */
  suppressAddress(bridge: string, address: unknown, reason: string, nowMs: number): Promise<number>
  /** False when it was not suppressed. */
  releaseAddress(bridge: string, address: unknown): Promise<boolean>
  addresses(query: { suppressed?: boolean; limit: number }): Promise<readonly AddressLine[]>

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
  /** The newest packet kept of an alert. */
  alertPacket(survey: string, alertId: string): Promise<AlertPacket | null>
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
