/** The outbox: deliveries as durable rows. `deliver` decides, these commands remember. */
import type { Delivery, DeliveryState, StoredMessage } from '../flow.ts'
import { suppressAddress } from './consent.ts'
import type { Sql } from './database.ts'
import { type DeliveryRow, delivery, selectDelivery } from './delivery-rows.ts'
import { closeDueDigests } from './digests.ts'
import { tellApprover } from './draft-notices.ts'
import type { CitationMade } from './draft-port.ts'
import { end } from './end-deliveries.ts'
import { keepParts } from './parts.ts'
import { fromJson } from './plain-json.ts'
import type { Settlement } from './port.ts'
import { citePublication } from './publications.ts'
import type { Room } from './room.ts'
import { type Due, dueColumns, unfitReason } from './unfit.ts'

/**
 * A follow-up waits while the delivery before it in its thread is in one of these; not for a draft, to which nobody may
 * ever say yes.
 */
const unfinished = `('queued', 'sending', 'submitted')`
/** The words of the index `deliveries_due`, as it has them: an index of what is open, however much is done with. */
export const open = `d.state IN ('queued', 'submitted') AND d.digest_id IS NULL AND d.lead_id IS NULL`
const notBlocked = `NOT EXISTS (SELECT 1 FROM deliveries p WHERE p.id = d.after_id AND p.state IN ${unfinished})`
/** One claim ends at most so many that are given out no more: others wait for the writer too. */
const endedAtOnce = 500

/**
 * Takes what is due, the longest due first: queued ones go to `sending`; submitted ones stay what they are and are
 * given out once, to be asked about; drafts are given out once to be rendered. What nobody settles of these is due
 * again at the next start.
 */
export function claim(
  room: Room,
  bridge: string,
  limit: number,
  nowMs: number,
  what: 'all' | 'unsent' = 'all',
): readonly Delivery[] {
  const { sql } = room
  closeDueDigests(room, bridge, nowMs)
  const taken: number[] = unrendered(room, bridge, limit)
  const sendable = what === 'all' ? '' : `AND d.state = 'submitted'`
  for (let ended = 0; taken.length < limit && ended < endedAtOnce; ) {
    const due = sql.all<Due>(
      `SELECT ${dueColumns} WHERE d.bridge = ? AND ${open} ${sendable} AND d.not_before_ms <= ?
        AND ${notBlocked} ORDER BY d.not_before_ms, d.id LIMIT ?`,
      bridge,
      nowMs,
      limit - taken.length,
    )
    if (due.length === 0) break
    for (const row of due) {
      const unfit = unfitReason(row, room.plan, nowMs)
      if (unfit !== undefined) {
        end(sql, row.id, unfit.state, unfit.reason, nowMs)
        ended++
        continue
      }
      if (row.state === 'queued') {
        sql.run(`UPDATE deliveries SET state = 'sending', run = ? WHERE id = ?`, room.run, row.id)
        sql.run(`UPDATE deliveries SET state = 'sending' WHERE lead_id = ?`, row.id)
      } else {
        sql.run('UPDATE deliveries SET not_before_ms = NULL WHERE id = ?', row.id)
      }
      taken.push(row.id)
    }
  }
  return taken.map((id) => delivery(sql, sql.get<DeliveryRow>(`${selectDelivery} WHERE d.id = ?`, id) as DeliveryRow))
}

function unrendered({ sql, run }: Room, bridge: string, limit: number): number[] {
  const drafts = sql.all<{ id: number }>(
    `SELECT id FROM deliveries d WHERE d.bridge = ? AND d.state = 'held' AND d.message_body IS NULL AND d.run < ?
      ORDER BY d.run, d.id LIMIT ?`,
    bridge,
    run,
    limit,
  )
  for (const { id } of drafts) sql.run('UPDATE deliveries SET run = ? WHERE id = ?', run, id)
  return drafts.map(({ id }) => id)
}

/** Deliveries that an earlier run left in `sending`, oldest first. */
export function interrupted(sql: Sql, bridge: string): readonly Delivery[] {
  return sql
    .all<DeliveryRow>(
      `${selectDelivery} WHERE d.bridge = ? AND d.state = 'sending' AND d.lead_id IS NULL
        AND d.run < (SELECT MAX(id) FROM runs) ORDER BY d.id`,
      bridge,
    )
    .map((row) => delivery(sql, row))
}

/**
 * At the start of a run: nobody is asking about submitted deliveries or rendering drafts any more, and what was being sent
 * may have arrived, message and all that it shows.
 */
export function recover(sql: Sql): void {
  sql.run(
    `UPDATE deliveries AS d SET not_before_ms = 0 WHERE ${open} AND d.state = 'submitted' AND d.not_before_ms IS NULL`,
  )
  sql.run(`UPDATE deliveries AS d SET run = 0 WHERE d.state = 'held' AND d.message_body IS NULL AND d.run > 0`)
  const cutOff = sql.all<{ id: number }>(
    `SELECT d.id FROM deliveries d WHERE d.state = 'sending' AND d.lead_id IS NULL AND d.message_body IS NOT NULL
      AND d.reached = 'no'`,
  )
  for (const { id } of cutOff) {
    sql.run(`UPDATE deliveries SET reached = 'maybe' WHERE id = ?`, id)
    sql.run(`UPDATE deliveries SET reached = 'maybe' WHERE lead_id = ?`, id)
  }
}

/**
 * The first message stored is the one; a second is not taken, and the answer is false. What it was to ask stands in it
 * from then on. Of a draft its approver is told; without `nowMs` as of when the draft was made.
 */
export function keepMessage(room: Room, id: number, message: StoredMessage, nowMs?: number): boolean {
  const { sql } = room
  const { changes } = sql.run(
    `UPDATE deliveries SET message_body = ?, message_key = ?, message_repeat = ?, confirmation = NULL
      WHERE id = ? AND message_body IS NULL`,
    message.body,
    message.key,
    message.repeat,
    id,
  )
  if (changes !== 1) return false
  keepParts(sql, id, message.parts ?? [])
  tellApprover(room, id, nowMs)
  return true
}

/** What a settlement writes; a digest's followers share it. A draft is sent by nobody's settlement. */
const settled = `UPDATE deliveries SET state = ?, not_before_ms = ?, schedule = NULL, attempts = attempts + ?, settled_ms = ?,
    error = ?, handle = COALESCE(?, handle), receipt_id = COALESCE(?, receipt_id), receipt_ms = COALESCE(?, receipt_ms),
    receipt_reply = COALESCE(?, receipt_reply), reply = COALESCE(?, reply),
    reached = CASE WHEN 'yes' IN (reached, ?) THEN 'yes' WHEN 'maybe' IN (reached, ?) THEN 'maybe' ELSE 'no' END`
const settleable = `(state IN ('queued', 'sending', 'submitted', 'parked')
    OR (state = 'held' AND ? IN ('held', 'parked', 'rejected')))`

/**
 * A delivery that has come to its end stays there, whatever comes later. Returns the citations of what the public has now
 * under a name: they may stand on the log.
 */
export function settle(room: Room, settlements: readonly Settlement[], nowMs: number): readonly CitationMade[] {
  const { sql } = room
  const cited: CitationMade[] = []
  for (const settlement of settlements) {
    const { id, state, notBeforeMs, receipt, handle, error, attempted, reply } = settlement
    const reached = settlement.reached ?? (arrived.has(state) ? 'yes' : 'no')
    const values = [
      state,
      state === 'queued' || state === 'submitted' ? Math.trunc(notBeforeMs ?? nowMs) : null,
      Number(attempted),
      Math.trunc(nowMs),
      error ?? null,
      handle ?? null,
      receipt?.id ?? null,
      receipt === undefined ? null : Math.trunc(receipt.atMs),
      receipt?.reply ?? null,
      reply ?? null,
      reached,
      reached,
    ]
    const { changes } = sql.run(`${settled} WHERE id = ? AND ${settleable}`, ...values, id, state)
    if (changes === 1) {
      sql.run(`${settled} WHERE lead_id = ? AND ${settleable}`, ...values, id, state)
    }
    if (settlement.startedMs !== undefined) noteAttempt(sql, settlement, settlement.startedMs, nowMs)
    if (changes === 1 && receipt?.cites !== undefined && (state === 'sent' || state === 'duplicate')) {
      const made = citePublication(room, id, receipt.cites, nowMs)
      if (made !== null) cited.push(made)
    }
    if (settlement.addressDead === true) suppressAddressOf(room, id, reply ?? error ?? 'nobody is there', nowMs)
  }
  return cited
}

const arrived: ReadonlySet<DeliveryState> = new Set<DeliveryState>(['sent', 'duplicate', 'submitted'])

function noteAttempt(sql: Sql, settlement: Settlement, startedMs: number, nowMs: number): void {
  sql.run(
    `INSERT INTO delivery_attempts (delivery_id, bridge, number, kind, started_ms, ended_ms, outcome, reached, reply)
      SELECT id, bridge, attempts, ?, ?, ?, ?, ?, ? FROM deliveries WHERE id = ?`,
    // One that a wrong password cut short does not count, and was no question either.
    settlement.attempted || (settlement.state === 'queued' && settlement.asked !== true) ? 'send' : 'look',
    Math.trunc(startedMs),
    Math.trunc(nowMs),
    settlement.state,
    settlement.reached ?? (arrived.has(settlement.state) ? 'yes' : 'no'),
    settlement.reply ?? settlement.error ?? null,
    settlement.id,
  )
}

function suppressAddressOf(room: Room, id: number, reason: string, nowMs: number): void {
  const row = room.sql.get<{ bridge: string; address: string }>(
    'SELECT bridge, address FROM deliveries WHERE id = ?',
    id,
  )
  if (row !== undefined) suppressAddress(room, row.bridge, fromJson(row.address), reason, nowMs)
}

/** When there is next something to claim, ms since the epoch; null when there is nothing. */
export function nextDueMs(sql: Sql, bridge: string): number | null {
  const message = sql.get<{ due: number }>(
    `SELECT d.not_before_ms AS due FROM deliveries d WHERE d.bridge = ? AND ${open} AND d.not_before_ms IS NOT NULL
      AND ${notBlocked} ORDER BY d.not_before_ms, d.id LIMIT 1`,
    bridge,
  )
  const digest = sql.get<{ due: number }>(
    'SELECT due_ms AS due FROM digests WHERE bridge = ? ORDER BY due_ms, id LIMIT 1',
    bridge,
  )
  const draft = sql.get<{ due: number }>(
    `SELECT d.created_ms AS due FROM deliveries d WHERE d.bridge = ? AND d.state = 'held' AND d.message_body IS NULL
      AND d.run < (SELECT MAX(id) FROM runs) ORDER BY d.run, d.id LIMIT 1`,
    bridge,
  )
  const dues = [message, digest, draft].flatMap((row) => (row === undefined ? [] : [row.due]))
  return dues.length === 0 ? null : Math.min(...dues)
}

/** Messages that were attempted through a bridge since then. */
export function attemptsSince(sql: Sql, bridge: string, sinceMs: number): number {
  const row = sql.get<{ n: number }>(
    `SELECT COUNT(*) AS n FROM delivery_attempts WHERE bridge = ? AND started_ms >= ? AND kind = 'send'`,
    bridge,
    Math.trunc(sinceMs),
  )
  return row?.n ?? 0
}
