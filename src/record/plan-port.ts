/** The configuration as the store sees it. Plain data: it crosses a thread. */
import type { FilterKey } from '../flow.ts'

/** What the store must know of the configuration: which filter feeds which subscription. */
export interface Plan {
  readonly authority: string
  /** `ivo://<authority>/streams/`: the streams of this gateway start with it. */
  readonly filters: readonly PlannedFilter[]
  /** All bridges that are configured: what waits for another one is said, and stays. Absent: nothing is dropped. */
  readonly bridges?: readonly PlannedBridge[]
}
export interface PlannedBridge {
  readonly name: string
  /** An address that a user gives must be confirmed before anything else is sent to it. */
  readonly confirms: boolean
  /** Its messages take many items. */
  readonly digests: boolean
  /** A yes sends nothing: a person hands it in. */
  readonly byHand?: boolean
  /** One message an object and address, whichever subscription and stream brings it. */
  readonly oncePerObject?: boolean
  /** Nothing goes out through it whoever says yes, and why: `live: true` is missing. */
  readonly silent?: string
  /** It speaks to a service's playground: what it becomes there is no publication of an observation. */
  readonly rehearses?: boolean
  /** What is unsent so long after its event is given up. */
  readonly expireAfterMs: number
}
/** When what a filter chose goes out. `draft`: when somebody approves it. */
export type Cadence =
  | { readonly kind: 'instant' }
  | { readonly kind: 'draft' }
  | { readonly kind: 'hourly' }
  | { readonly kind: 'nightly'; readonly atUtcMinutes: number }
  | { readonly kind: 'count'; readonly count: number; readonly atMostMs: number }
/** Minutes after midnight by the clocks of the time zone; `to` before `from` spans midnight, `to` is outside. */
export interface QuietHours {
  readonly fromMinutes: number
  readonly toMinutes: number
  /** IANA. */
  readonly timeZone: string
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
  /** A user's name, `operator` for the configuration. */
  readonly owner: string
  readonly cadence: Cadence
  readonly content: 'summary' | 'lightweight' | 'full'
  readonly pictures: boolean
  readonly quietHours?: QuietHours
  /** Counts messages; a digest is one. */
  readonly maxPerHour?: number
  /** Who is told by a message when a draft of it waits. */
  readonly approver?: { readonly bridge: string; readonly address: unknown }
  /** An address that a user gave on a bridge that `confirms`: nothing is sent to it before somebody there said yes. */
  readonly mustConfirm: boolean
}
