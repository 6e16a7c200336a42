/**
 * Digests: what waits for one is a row like any other that points to it; when it is due one row leads and the others
 * follow. A crash leaves it open or closed, never half.
 */
import type { Sql } from './database.ts'
import type { PlannedSubscription } from './plan-port.ts'
import { expiryMs, type Room } from './room.ts'
import { outsideQuietHours } from './schedule.ts'

const hourMs = 3_600_000
/** At one claim; the next comes at once when more are due. */
const closedAtOnce = 20
/** A digest shows some and counts the others; more than this are left out, so that closing it makes nobody wait. */
const mostMembers = 1000

interface Whose {
  readonly subscriptionId: number
  readonly bridge: string
  readonly address: string
}

/**
 * The open digest of a subscription and address; opened when there is none, unless only an `existing` one is wanted:
 * then undefined.
 */
export function openDigest(
  sql: Sql,
  { subscriptionId, bridge, address }: Whose,
  dueMs: number,
  why: 'cadence' | 'cap' | 'quiet' | 'existing',
): { readonly id: number; readonly isFull: boolean } | undefined {
  const found = sql.get<{ id: number; joined: number; due_ms: number }>(
    'SELECT id, joined, due_ms FROM digests WHERE subscription_id = ? AND bridge = ? AND address = ?',
    subscriptionId,
    bridge,
    address,
  )
  // One that was dated by a clock that was ahead, or by other rules, goes out when a new one would.
  if (found !== undefined && dueMs < found.due_ms)
    sql.run('UPDATE digests SET due_ms = ? WHERE id = ?', Math.trunc(dueMs), found.id)
  if (found !== undefined) return { id: found.id, isFull: found.joined >= mostMembers }
  if (why === 'existing') return undefined
  const { id } = sql.run(
    'INSERT INTO digests (subscription_id, bridge, address, due_ms, why) VALUES (?, ?, ?, ?, ?)',
    subscriptionId,
    bridge,
    address,
    Math.trunc(dueMs),
    why,
  )
  return { id, isFull: false }
}

/** A digest by count is due when it has so many. */
export function joinDigest(
  { sql }: Room,
  id: number,
  { cadence, quietHours }: PlannedSubscription,
  nowMs: number,
): void {
  sql.run('UPDATE digests SET joined = joined + 1 WHERE id = ?', id)
  if (cadence.kind !== 'count') return
  const { n } = sql.get<{ n: number }>('SELECT COUNT(*) AS n FROM deliveries WHERE digest_id = ?', id) ?? { n: 0 }
  if (n < cadence.count) return
  sql.run('UPDATE digests SET due_ms = MIN(due_ms, ?) WHERE id = ?', outsideQuietHours(quietHours, nowMs), id)
}

/** `ms`, or when an hour before it has room for another message. What a clock dated that was ahead does not count. */
export function capAllowsMs(sql: Sql, subscriptionId: number, maxPerHour: number | undefined, ms: number): number {
  if (maxPerHour === undefined) return ms
  const last = sql.get<{ message_ms: number }>(
    `SELECT message_ms FROM deliveries WHERE subscription_id = ? AND message_ms > ? AND message_ms <= ? ORDER BY message_ms DESC LIMIT 1 OFFSET ?`,
    subscriptionId,
    ms - hourMs,
    ms,
    maxPerHour - 1,
  )
  return last === undefined ? ms : last.message_ms + hourMs
}

/** Closes what is due, unless it must wait again: the cap counts it as a message, and it may be quiet by now. */
export function closeDueDigests(room: Room, bridge: string, nowMs: number): void {
  const { sql, plan } = room
  for (const { id, subscription_id, name, due_ms } of sql.all<{
    id: number
    subscription_id: number
    name: string
    due_ms: number
  }>(
    `SELECT g.id, g.subscription_id, s.name, g.due_ms FROM digests g JOIN subscriptions s ON s.id = g.subscription_id
      WHERE g.bridge = ? AND g.due_ms <= ? ORDER BY g.due_ms, g.id LIMIT ?`,
    bridge,
    nowMs,
    closedAtOnce,
  )) {
    const planned = plan.subscriptions.get(name)
    const loudMs = outsideQuietHours(planned?.quietHours, nowMs)
    const allowedMs = capAllowsMs(sql, subscription_id, planned?.maxPerHour, loudMs)
    const dueMs = outsideQuietHours(planned?.quietHours, allowedMs)
    if (dueMs > nowMs) sql.run('UPDATE digests SET due_ms = ? WHERE id = ?', Math.trunc(dueMs), id)
    else close(room, id, bridge, due_ms, Math.trunc(nowMs))
  }
}

function close(room: Room, id: number, bridge: string, dueMs: number, nowMs: number): void {
  const { sql } = room
  const lead =
    sql.get<{ id: number | null }>('SELECT MIN(id) AS id FROM deliveries WHERE digest_id = ?', id)?.id ?? null
  if (lead !== null) {
    const expires = expiryMs(room, bridge, nowMs)
    // A message waits for older ones alone, so that no two ever wait for each other.
    const before = sql.get<{ id: number | null }>(
      `SELECT MAX(p.id) AS id FROM deliveries d JOIN deliveries p ON p.id = d.after_id
        WHERE d.digest_id = ? AND p.id < ? AND p.state IN ('queued', 'sending', 'submitted')`,
      id,
      lead,
    )?.id
    sql.run(
      `UPDATE deliveries SET digest_id = NULL, not_before_ms = ?, message_ms = ?, schedule = 'digest', expires_ms = ?,
          after_id = COALESCE(?, after_id),
          held_back = (SELECT held_back FROM subscriptions s WHERE s.id = deliveries.subscription_id)
        WHERE id = ?`,
      dueMs,
      nowMs,
      expires,
      before ?? null,
      lead,
    )
    sql.run(
      `UPDATE subscriptions SET held_back = 0
        WHERE id = (SELECT subscription_id FROM deliveries WHERE id = ?) AND held_back > 0`,
      lead,
    )
    sql.run(
      'UPDATE deliveries SET digest_id = NULL, lead_id = ?, expires_ms = ? WHERE digest_id = ?',
      lead,
      expires,
      id,
    )
  }
  sql.run('DELETE FROM digests WHERE id = ?', id)
}

/** A digest that lost its last member goes, so that nothing wakes up for it. */
export function closeEmptyDigest(sql: Sql, id: number): void {
  sql.run('DELETE FROM digests WHERE id = ? AND NOT EXISTS (SELECT 1 FROM deliveries WHERE digest_id = ?)', id, id)
}
