/** What a person decides about deliveries: again, not at all, it is there, or yes. */
import type { DeliveryState, Purpose } from '../flow.ts'
import { knownThere } from './about.ts'
import type { Sql } from './database.ts'
import { changed, versionOf } from './drafts.ts'
import { end } from './end-deliveries.ts'
import type { By, Changed, Reached, SubscriptionState } from './port.ts'
import { takeBackShown } from './retract.ts'
import { expiryMs, type Room } from './room.ts'
import { isNobodys, isRehearsal, reasons } from './unfit.ts'

interface Row {
  readonly id: number
  readonly bridge: string
  readonly address: string
  readonly state: DeliveryState
  readonly lead_id: number | null
  readonly purpose: Purpose
  readonly rehearsal: number
  readonly reached: Reached
  readonly draft: number
  readonly about: string | null
  readonly approved_ms: number | null
  readonly expires_ms: number | null
  readonly message_repeat: 'safe' | 'never' | null
  readonly subscribed: SubscriptionState
  readonly suppressed_reason: string | null
  readonly retracted: number
  readonly leads: number
}

interface Refusal {
  readonly code: string
  readonly reason: string
}

/** Runs `decide` for each; what it returns is why it was refused. */
function forEach(
  { sql }: Room,
  ids: readonly number[],
  from: readonly DeliveryState[],
  decide: (row: Row) => Refusal | undefined,
): Changed {
  const done: number[] = []
  const refused: ({ id: number } & Refusal)[] = []
  for (const id of new Set(ids)) {
    const row = find(sql, id)
    const refusal = row === undefined ? unknown : (standing(row, from) ?? decide(row))
    if (refusal === undefined) done.push(id)
    else refused.push({ id, ...refusal })
  }
  return { done, refused }
}

const unknown: Refusal = { code: 'NOT_FOUND', reason: 'there is no such delivery' }

function find(sql: Sql, id: number): Row | undefined {
  return sql.get<Row>(
    `SELECT d.id, d.bridge, d.address, d.state, d.lead_id, d.purpose, d.rehearsal, d.reached, d.draft, d.about, d.approved_ms, d.expires_ms,
        d.message_repeat, s.state AS subscribed,
        (SELECT a.suppressed_reason FROM addresses a
          WHERE a.bridge = d.bridge AND a.address = d.address AND a.suppressed_ms IS NOT NULL) AS suppressed_reason,
        EXISTS (SELECT 1 FROM retractions r WHERE r.event_id = d.event_id) AS retracted,
        EXISTS (SELECT 1 FROM deliveries f WHERE f.lead_id = d.id) AS leads
      FROM deliveries d JOIN subscriptions s ON s.id = d.subscription_id WHERE d.id = ?`,
    id,
  )
}

function standing({ state, lead_id }: Row, from: readonly DeliveryState[]): Refusal | undefined {
  if (lead_id !== null)
    return {
      code: 'DELIVERY_IN_DIGEST',
      reason: `it is shown by the message of delivery ${lead_id}: decide about that`,
    }
  if (from.includes(state)) return undefined
  return { code: 'DELIVERY_STATE', reason: `it is ${state}, and must be ${from.join(' or ')}` }
}

/**
 * A draft that nobody approved waits for a yes again, and is not sent by a retry; so does one that the other side refused,
 * since its text must be changed before it is taken.
 */
export function retryDeliveries(
  room: Room,
  ids: readonly number[],
  { by, again, nowMs }: By & { readonly again: boolean },
): Changed {
  const { plan } = room
  return forEach(room, ids, ['parked', 'rejected', 'expired', 'dropped'], (row) => {
    const refusal = mayGoOut(room, row)
    if (refusal !== undefined) return refusal
    if (row.message_repeat === 'never' && row.reached !== 'no' && !again) {
      return {
        code: 'DELIVERY_MAYBE_SENT',
        reason: 'the other side may have it already, and must not get it twice: look there first',
      }
    }
    if (plan.bridges.get(row.bridge)?.oncePerObject && row.about !== null && knownThere(room.sql, row.about, row.id)) {
      return { code: 'REPORTED_ALREADY', reason: 'another delivery says the same object there' }
    }
    const held = row.draft === 1 && (row.approved_ms === null || row.state === 'rejected')
    room.sql.run('UPDATE deliveries SET dropped_by = NULL WHERE id = ?', row.id)
    if (held) room.sql.run('UPDATE deliveries SET approved_by = NULL, approved_ms = NULL WHERE id = ?', row.id)
    put(room, row, held ? 'held' : 'queued', `queued again by ${by}`, nowMs)
    if (row.leads === 1) takeBackShown(room, row.id, nowMs)
    return undefined
  })
}

/** Why it would not go out, whatever a person decides. */
function mayGoOut({ plan }: Room, row: Row): Refusal | undefined {
  if (isRehearsal(row, plan)) return { code: 'DELIVERY_REHEARSAL', reason: reasons.rehearsal }
  // A digest still has other things to say.
  if (row.purpose === 'event' && row.retracted === 1 && row.leads === 0)
    return { code: 'EVENT_RETRACTED', reason: 'its event has been retracted' }
  if (row.subscribed === 'unsubscribed' && row.purpose !== 'confirmation')
    return { code: 'SUBSCRIPTION_ENDED', reason: reasons.unsubscribed }
  if (isNobodys(row, plan)) return { code: 'SUBSCRIPTION_ENDED', reason: reasons.nobody }
  if (row.suppressed_reason !== null)
    return { code: 'ADDRESS_SUPPRESSED', reason: `the address is suppressed: ${row.suppressed_reason}` }
  return undefined
}

export function dropDeliveries(
  room: Room,
  ids: readonly number[],
  { by, reason, nowMs }: By & { readonly reason: string },
): Changed {
  return forEach(room, ids, ['held', 'queued', 'submitted', 'parked'], ({ id }) => {
    end(room.sql, id, 'dropped', `dropped by ${by}: ${reason}`, nowMs)
    room.sql.run('UPDATE deliveries SET dropped_by = ? WHERE id = ?', by, id)
    return undefined
  })
}

/** A person looked, and the other side has it. */
export function confirmSent(
  room: Room,
  ids: readonly number[],
  { by, receipt, nowMs }: By & { readonly receipt?: string },
): Changed {
  const change = `UPDATE deliveries SET state = 'sent', not_before_ms = NULL, settled_ms = ?, reached = 'yes', error = NULL,
      reply = ?, receipt_id = COALESCE(?, receipt_id), receipt_ms = CASE WHEN ? IS NULL THEN receipt_ms ELSE ? END`
  return forEach(room, ids, ['parked', 'submitted'], ({ id }) => {
    const at = Math.trunc(nowMs)
    const values = [at, `${by} looked: it is there`, receipt ?? null, receipt ?? null, at]
    room.sql.run(`${change} WHERE id = ?`, ...values, id)
    room.sql.run(`${change} WHERE lead_id = ?`, ...values, id)
    return undefined
  })
}

export function approve(
  room: Room,
  ids: readonly number[],
  { by, nowMs, versions = {} }: By & { readonly versions?: Readonly<Record<number, number>> },
): Changed {
  return forEach(room, ids, ['held'], (row) => {
    const refusal = mayGoOut(room, row) ?? mayBeApproved(room, row, versions[row.id])
    if (refusal !== undefined) return refusal
    room.sql.run('UPDATE deliveries SET approved_by = ?, approved_ms = ? WHERE id = ?', by, Math.trunc(nowMs), row.id)
    put(room, row, 'queued', null, nowMs)
    return undefined
  })
}

/** `seen`: the version that the yes was given to. */
function mayBeApproved({ sql, plan }: Room, { id, bridge }: Row, seen: number | undefined): Refusal | undefined {
  const planned = plan.bridges.get(bridge)
  const { rendered, version } = versionOf(sql, id)
  if (planned?.byHand)
    return { code: 'DRAFT_BY_HAND', reason: 'a person hands it in; then `fountain drafts sent` tells what it became' }
  if (planned?.silent !== undefined) return { code: 'BRIDGE_NOT_LIVE', reason: planned.silent }
  if (!rendered) return { code: 'DRAFT_NOT_RENDERED', reason: 'it has no message yet: look again in a moment' }
  if (seen !== undefined && seen !== version) return { code: 'DRAFT_CHANGED', reason: changed(version, seen) }
  return undefined
}

/** Due at once; what had expired, or had no date yet, gets time as if it were new. */
function put(room: Room, row: Row, state: 'held' | 'queued', error: string | null, nowMs: number): void {
  const at = Math.trunc(nowMs)
  const expires = row.expires_ms === null || row.expires_ms <= at ? expiryMs(room, row.bridge, at) : row.expires_ms
  const change = `UPDATE deliveries SET state = ?, not_before_ms = ?, schedule = NULL, settled_ms = NULL, error = ?,
      expires_ms = ?, run = CASE WHEN ? THEN 0 ELSE run END`
  const values = [
    state,
    state === 'queued' ? at : null,
    error,
    state === 'held' ? null : expires,
    Number(state === 'held'),
  ]
  room.sql.run(`${change} WHERE id = ?`, ...values, row.id)
  room.sql.run(`${change} WHERE lead_id = ?`, ...values, row.id)
}
