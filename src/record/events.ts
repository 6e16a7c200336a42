/** Reading events and their log back. */
import { key } from '../../vo/ivoid.ts'
import type { Role } from '../../vo/model/voevent.ts'
import type { Recorded } from '../flow.ts'
import type { Sql } from './database.ts'
import { fromJson } from './plain-json.ts'

interface EventRow {
  readonly seq: number | null
  readonly ivoid: string
  readonly role: Role
  readonly origin: Recorded['origin']
  readonly recorded_ms: number
  readonly media_type: string
  readonly bytes: Uint8Array
}
const columns = 'l.seq, e.ivoid, e.role, e.origin, e.recorded_ms, e.media_type, e.bytes'
/** A page of the log has about so many bytes: many who follow it may each hold one. */
const pageBytes = 1_000_000

const recorded = (row: EventRow): Recorded => ({
  seq: row.seq ?? 0,
  ivoid: row.ivoid,
  role: row.role,
  raw: { mediaType: row.media_type, bytes: row.bytes },
  origin: row.origin,
  recordedMs: row.recorded_ms,
})

export function logHead(sql: Sql): number {
  return sql.get<{ head: number }>('SELECT COALESCE(MAX(seq), 0) AS head FROM log')?.head ?? 0
}

/**
 * A page of the log: entries after `seq`, in order, at most `limit` and about a megabyte of them (at least one).
 * Without their models: feeds relay bytes.
 */
export function logSince(sql: Sql, seq: number, limit: number): readonly Recorded[] {
  const sizes = sql.all<{ seq: number; size: number }>(
    `SELECT l.seq, octet_length(e.bytes) AS size FROM log l JOIN events e ON e.id = l.event_id
      WHERE l.seq > ? ORDER BY l.seq LIMIT ?`,
    seq,
    limit,
  )
  let total = 0
  const cut = sizes.findIndex(({ size }, index) => (total += size) > pageBytes && index > 0)
  const last = (cut < 0 ? sizes.at(-1) : sizes[cut - 1])?.seq
  if (last === undefined) return []
  return sql
    .all<EventRow>(
      `SELECT ${columns} FROM log l JOIN events e ON e.id = l.event_id WHERE l.seq > ? AND l.seq <= ? ORDER BY l.seq`,
      seq,
      last,
    )
    .map(recorded)
}

/** Our own event of that identifier before others' with the same, the first recorded before later ones. */
export function eventByIvoid(sql: Sql, ivoid: string): Recorded | null {
  const find = `SELECT ${columns}, e.model FROM events e LEFT JOIN log l ON l.event_id = e.id WHERE e.key = ?`
  const eventKey = key(ivoid)
  const row =
    sql.get<EventRow & { model: string }>(`${find} AND e.origin = 'own'`, eventKey) ??
    sql.get<EventRow & { model: string }>(`${find} ORDER BY e.id LIMIT 1`, eventKey)
  return row === undefined ? null : { ...recorded(row), model: fromJson(row.model) }
}

export function seenElement(sql: Sql, elementHash: string): boolean {
  return sql.get('SELECT 1 FROM events WHERE element_hash = ?', Buffer.from(elementHash, 'hex')) !== undefined
}

export function recentEvents(
  sql: Sql,
  limit: number,
): readonly { ivoid: string; role: string; seq: number | null; recordedMs: number; origin: string }[] {
  return sql.all(
    `SELECT e.ivoid, e.role, l.seq, e.recorded_ms AS recordedMs, e.origin FROM events e LEFT JOIN log l ON l.event_id = e.id
      ORDER BY e.id DESC LIMIT ?`,
    limit,
  )
}
