/** Subscriptions that are paused or ended, whatever the plan says. What a pause finds in the outbox still goes out. */
import { FountainError } from '../errors.ts'
import type { Sql } from './database.ts'
import { endedAtOnce, endWaiting } from './end-deliveries.ts'
import type { By, SubscriptionLine, SubscriptionState } from './port.ts'
import { operator, type Room } from './room.ts'
import { reasons } from './unfit.ts'
import { endedByReader } from './user-subscriptions.ts'

const columns = 'name, owner, state, state_ms AS stateMs'

export function subscriptionStates(sql: Sql): readonly SubscriptionLine[] {
  return sql.all(`SELECT ${columns} FROM subscriptions s ORDER BY name`)
}

export function subscriptionByUnsubscribeToken(sql: Sql, token: string): SubscriptionLine | null {
  return sql.get<SubscriptionLine>(`SELECT ${columns} FROM subscriptions WHERE unsubscribe_token = ?`, token) ?? null
}

/** Null when nobody has this token. Twice is the same as once. */
export function unsubscribe(room: Room, token: string, nowMs: number): SubscriptionLine | null {
  const subscription = subscriptionByUnsubscribeToken(room.sql, token)
  if (subscription === null) return null
  setSubscriptionState(room, subscription.name, 'unsubscribed', { by: 'the unsubscribe link', nowMs })
  endedByReader(room, subscription.name)
  return subscriptionByUnsubscribeToken(room.sql, token)
}

/**
 * False when there is no such subscription. Throws SUBSCRIPTION_ENDED: one that was ended stays so, unless it is the
 * operator's, who revives it.
 */
export function setSubscriptionState(
  { sql }: Room,
  name: string,
  state: SubscriptionState,
  { nowMs, revive = false }: By & { readonly revive?: boolean },
): boolean {
  const found = sql.get<{ id: number; state: SubscriptionState; owner: string }>(
    'SELECT id, state, owner FROM subscriptions WHERE name = ?',
    name,
  )
  if (found === undefined) return false
  if (found.state === state) return true
  if (found.state === 'unsubscribed' && !(revive && found.owner === operator))
    throw new FountainError('SUBSCRIPTION_ENDED', name)
  sql.run('UPDATE subscriptions SET state = ?, state_ms = ? WHERE id = ?', state, Math.trunc(nowMs), found.id)
  if (state !== 'unsubscribed') return true
  const waiting = sql.all<{ id: number }>(
    `SELECT id FROM deliveries WHERE subscription_id = ? AND state IN ('held', 'queued') AND purpose <> 'confirmation'
      AND lead_id IS NULL ORDER BY id LIMIT ?`,
    found.id,
    endedAtOnce,
  )
  endWaiting(
    sql,
    waiting.map(({ id }) => id),
    reasons.unsubscribed,
    nowMs,
  )
  return true
}
