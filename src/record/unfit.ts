/** What is due and must not go out any more: looked at when it is claimed, so that no way into the outbox can forget it. */
import type { DeliveryState, Purpose } from '../flow.ts'
import type { Reached, SubscriptionState } from './port.ts'
import { addressKey, type PlanInForce } from './room.ts'

export interface Due {
  readonly id: number
  readonly state: DeliveryState
  readonly purpose: Purpose
  readonly rehearsal: number
  readonly bridge: string
  readonly address: string
  readonly expires_ms: number | null
  readonly subscribed: SubscriptionState
  readonly suppressed_ms: number | null
  readonly retracted: number
  readonly leads: number
  readonly before_state: DeliveryState | null
  readonly before_reached: Reached | null
  readonly draft_state: DeliveryState | null
}

/** Of one delivery `d`, up to its FROM. */
export const dueColumns = `d.id, d.state, d.purpose, d.rehearsal, d.bridge, d.address, d.expires_ms, s.state AS subscribed,
    (SELECT a.suppressed_ms FROM addresses a WHERE a.bridge = d.bridge AND a.address = d.address) AS suppressed_ms,
    EXISTS (SELECT 1 FROM retractions r WHERE r.event_id = d.event_id) AS retracted,
    EXISTS (SELECT 1 FROM deliveries f WHERE f.lead_id = d.id) AS leads,
    (SELECT p.state FROM deliveries p WHERE p.id = d.after_id) AS before_state,
    (SELECT p.reached FROM deliveries p WHERE p.id = d.after_id) AS before_reached,
    (SELECT n.state FROM deliveries n WHERE n.id = d.draft_id) AS draft_state
  FROM deliveries d JOIN subscriptions s ON s.id = d.subscription_id`

/**
 * Why it ends here; undefined where it may go out. What was submitted is asked about whatever happened since, unless
 * another service would be asked.
 */
export function unfitReason(
  row: Due,
  plan: PlanInForce,
  nowMs: number,
): { readonly state: 'expired' | 'dropped'; readonly reason: string } | undefined {
  if (isRehearsal(row, plan)) return { state: 'dropped', reason: reasons.rehearsal }
  if (row.state === 'submitted') return undefined
  const drop = (reason: string) => ({ state: 'dropped', reason }) as const
  if (row.subscribed === 'unsubscribed' && row.purpose !== 'confirmation') return drop(reasons.unsubscribed)
  if (row.suppressed_ms !== null) return drop(reasons.suppressed)
  if (isNobodys(row, plan)) return drop(reasons.nobody)
  // A digest still has other things to say; its retraction waits behind it.
  if (row.purpose === 'event' && row.retracted === 1 && row.leads === 0) return drop(reasons.retracted)
  if (row.purpose === 'retraction' && unsent(row)) return drop(reasons.neverSent)
  if (row.purpose === 'draft' && row.draft_state !== 'held') return drop(reasons.decided)
  if (row.expires_ms !== null && row.expires_ms <= nowMs) return { state: 'expired', reason: reasons.expired }
  return undefined
}

/** A retraction reaches whoever was told, and a confirmation somebody who is not subscribed yet. */
export const isNobodys = (
  { purpose, bridge, address }: Pick<Due, 'purpose' | 'bridge' | 'address'>,
  plan: PlanInForce,
) => purpose === 'event' && plan.bridges.has(bridge) && !plan.addresses.has(addressKey(bridge, address))

/** It was made for a sandbox, or may stand there, and the bridge has gone live since. */
export const isRehearsal = (
  { bridge, rehearsal }: { readonly bridge: string; readonly rehearsal: number },
  { bridges }: PlanInForce,
): boolean => rehearsal === 1 && bridges.has(bridge) && bridges.get(bridge)?.rehearses !== true

const unsent = ({ before_state, before_reached }: Due) =>
  before_reached === 'no' && before_state !== 'sent' && before_state !== 'duplicate'

export const reasons = {
  unsubscribed: 'the subscription was ended',
  suppressed: 'the address is suppressed',
  retracted: 'retracted before it was sent',
  neverSent: 'what it takes back was never sent',
  decided: 'the draft was decided before anybody was told of it',
  expired: 'it could not be sent in time',
  rehearsal: 'it was made for the sandbox, and the bridge is live now',
  nobody: 'nobody is subscribed with this address any more',
} as const
