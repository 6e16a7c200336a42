/** Deliveries that end without being sent: with the message goes all that it shows, and a digest that is empty then. */
import type { DeliveryState } from '../flow.ts'
import type { Sql } from './database.ts'
import { closeEmptyDigest } from './digests.ts'

/** The caller has seen that the delivery may end: it shows nothing else's message, and is not being sent. */
export function end(
  sql: Sql,
  id: number,
  state: Extract<DeliveryState, 'expired' | 'dropped'>,
  reason: string,
  nowMs: number,
): void {
  const digest = sql.get<{ digest_id: number | null }>('SELECT digest_id FROM deliveries WHERE id = ?', id)?.digest_id
  const change = `UPDATE deliveries SET state = ?, not_before_ms = NULL, digest_id = NULL, settled_ms = ?, error = ?`
  const values = [state, Math.trunc(nowMs), reason]
  sql.run(`${change} WHERE id = ?`, ...values, id)
  sql.run(`${change} WHERE lead_id = ?`, ...values, id)
  if (digest !== null && digest !== undefined) closeEmptyDigest(sql, digest)
}

/** Ends what waits, given by the ids of messages, members of digests and followers alike; returns how many rows ended. */
export function endWaiting(sql: Sql, ids: readonly number[], reason: string, nowMs: number): number {
  let ended = 0
  for (const id of ids) {
    const row = sql.get<{ state: DeliveryState; lead_id: number | null }>(
      'SELECT state, lead_id FROM deliveries WHERE id = ?',
      id,
    )
    // A follower ends with its lead, which is among them: one address, one subscription.
    if (row === undefined || row.lead_id !== null || (row.state !== 'held' && row.state !== 'queued')) continue
    ended += 1 + (sql.get<{ n: number }>('SELECT COUNT(*) AS n FROM deliveries WHERE lead_id = ?', id)?.n ?? 0)
    end(sql, id, 'dropped', reason, nowMs)
  }
  return ended
}
