/** The wall clock was set: waits that were reckoned by the old one go with it, some at a time. */
import { open } from './outbox.ts'
import type { Moving } from './port.ts'
import type { Room } from './room.ts'

/** A clock that was set is noticed well within this. */
const noticedMs = 60_000
/** By one command: others wait for the writer too. */
const movedAtOnce = 2_000

/**
 * The clock was set by so much, and shows `nowMs`. Dates that were agreed stay. What is due by both clocks is left alone,
 * and so is what was dated by the new one since: also between two steps.
 */
export function moveSchedules({ sql }: Room, byMs: number, nowMs: number, from?: Moving['next']): Moving {
  const last = (table: 'deliveries' | 'delivery_attempts') =>
    sql.get<{ id: number | null }>(`SELECT MAX(id) AS id FROM ${table}`)?.id ?? 0
  const place = from ?? {
    state: 'queued',
    afterId: 0,
    lastId: last('deliveries'),
    lastAttempt: last('delivery_attempts'),
  }
  const { state, afterId, lastId, lastAttempt } = place
  const ids = sql.all<{ id: number }>(
    'SELECT id FROM deliveries WHERE state = ? AND id > ? AND id <= ? ORDER BY id LIMIT ?',
    state,
    afterId,
    lastId,
    movedAtOnce,
  )
  const toId = ids.at(-1)?.id ?? lastId
  const shift = Math.trunc(byMs)
  const now = Math.trunc(nowMs)
  const { changes } = sql.run(
    `UPDATE deliveries AS d SET not_before_ms = d.not_before_ms + ? WHERE d.state = ? AND d.id > ? AND d.id <= ? AND ${open}
      AND d.not_before_ms > ? AND d.not_before_ms NOT BETWEEN ? AND ? AND d.schedule IS NULL
      AND NOT EXISTS (SELECT 1 FROM delivery_attempts a WHERE a.delivery_id = d.id AND a.id > ?)`,
    shift,
    state,
    afterId,
    toId,
    now - Math.max(shift, 0),
    ...(shift > noticedMs ? [now - noticedMs, now] : [1, 0]),
    lastAttempt,
  )
  if (ids.length === movedAtOnce) return { moved: changes, next: { ...place, afterId: toId } }
  return { moved: changes, next: state === 'queued' ? { ...place, state: 'submitted', afterId: 0 } : null }
}
