/** What the model of the outbox remembers. */
import type { DeliveryState, Purpose } from '../../src/flow.ts'
import type { PlannedSubscription } from '../../src/record/plan-port.ts'
import type { Reached, SubscriptionState } from '../../src/record/port.ts'

export const hour = 3_600_000
/** As `outbox-stage.ts` plans them. */
export const expireAfterMs = 3 * 86_400_000
export const byHand = 'atel'

export const unfinished: readonly DeliveryState[] = ['queued', 'sending', 'submitted']

export interface ModelRow {
  readonly id: number
  readonly of: ModelSubscription
  readonly purpose: Purpose
  readonly bridge: string
  readonly address: unknown
  /** Of a notice. */
  readonly draft: ModelRow | undefined
  readonly isDraft: boolean
  readonly alert: string
  readonly object: string | null
  after: ModelRow | undefined
  state: DeliveryState
  dueMs: number | null
  digest: ModelDigest | undefined
  lead: ModelRow | undefined
  messageMs: number | null
  expiresMs: number | null
  reached: Reached
  heldBack: number
  agreed: boolean
  approved: boolean
  hasMessage: boolean
  /** How often it was changed; of a draft. */
  version: number
  /** A person did not want it. */
  refused: boolean
  /** Given out to be rendered, or asked about, in this run. */
  asked: boolean
  receipt: string | undefined
  /** A retraction that was dropped because nothing had been sent. */
  needless: boolean
}
export interface ModelDigest {
  readonly of: ModelSubscription
  dueMs: number
}
export interface ModelSubscription {
  readonly plan: PlannedSubscription
  readonly digests: boolean
  state: SubscriptionState
  heldBack: number
  chosen: number
  notices: number
  leftOut: number
}
