/** What was said to one address about one object of a survey, by whatever subscription and stream. */
import { createHash } from 'node:crypto'
import type { Sql } from './database.ts'
import type { PlanInForce } from './room.ts'

/** What was said in a service's sandbox was said to nobody else: the same instance gone live is another way. */
export const wayOf = ({ bridges }: PlanInForce, bridge: string): string =>
  bridges.get(bridge)?.rehearses ? `${bridge} rehearses` : bridge

/** The key of the column `about`; null where the survey names no object. `address`: as JSON. */
export function aboutOf(way: string, address: string, survey: string, objectId: string | null): string | null {
  return objectId === null ? null : hashOf(way, address, survey, objectId)
}

export const hashOf = (...words: readonly string[]): string =>
  createHash('sha256').update(JSON.stringify(words)).digest('hex').slice(0, 32)

/**
 * Was this object said there, is it about to be, or did a person decide that it must not? What was refused, expired or
 * was dropped without anybody's no may come again, unless it can have arrived. `but`: a delivery that does not count.
 */
export function knownThere(sql: Sql, about: string, but = 0): boolean {
  const found = sql.get(
    `SELECT 1 FROM deliveries WHERE about = ? AND id <> ? AND purpose = 'event' AND (state NOT IN ('rejected', 'expired', 'dropped')
        OR state <> 'rejected' AND reached <> 'no' OR state = 'dropped' AND dropped_by IS NOT NULL) LIMIT 1`,
    about,
    but,
  )
  return found !== undefined
}

/** The last message about it that reached the address, before this delivery or after it. */
export interface SentBefore {
  readonly id: number
  readonly atMs: number
  readonly receiptId: string | null
  readonly body: Uint8Array
}

export function sentBefore(sql: Sql, about: string | null, but: number): SentBefore | null {
  if (about === null) return null
  const row = sql.get<SentBefore & Record<string, never>>(
    `SELECT id, COALESCE(receipt_ms, settled_ms, created_ms) AS atMs, receipt_id AS receiptId, message_body AS body
      FROM deliveries WHERE about = ? AND id <> ? AND state IN ('submitted', 'sent', 'duplicate')
        AND message_body IS NOT NULL ORDER BY id DESC LIMIT 1`,
    about,
    but,
  )
  return row ?? null
}
