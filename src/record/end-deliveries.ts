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

/** So many end by one command; what is left is ended when it comes up, so that nobody waits for the writer for long. */
export const endedAtOnce = 2000

/** Drops messages that wait (`held`, `queued`), and all that they show; returns how many rows. */
export function endWaiting(sql: Sql, ids: readonly number[], reason: string, nowMs: number): number {
  const list = JSON.stringify(ids)
  const digests = sql.all<{ id: number }>(
    `SELECT digest_id AS id FROM deliveries WHERE id IN (SELECT value FROM json_each(?)) AND digest_id IS NOT NULL`,
    list,
  )
  const change = `UPDATE deliveries SET state = 'dropped', not_before_ms = NULL, digest_id = NULL, settled_ms = ?, error = ?`
  const values = [Math.trunc(nowMs), reason]
  const ended =
    sql.run(`${change} WHERE id IN (SELECT value FROM json_each(?))`, ...values, list).changes +
    sql.run(`${change} WHERE lead_id IN (SELECT value FROM json_each(?))`, ...values, list).changes
  for (const id of new Set(digests.map((row) => row.id))) closeEmptyDigest(sql, id)
  return ended
}
