/** The outbox: deliveries as durable rows. `deliver` decides, these commands remember. */
import type { Role } from '../../vo/model/voevent.ts'
import type { DeliveryState, EventDelivery, Receipt, Recorded, StoredMessage } from '../flow.ts'
import type { Sql } from './database.ts'
import { fromJson, toJson } from './plain-json.ts'
import type { Settlement } from './port.ts'
import type { Room } from './room.ts'

/** A follow-up waits while the delivery before it in its thread is in one of these. */
const unfinished = `('held', 'queued', 'sending', 'submitted')`
/** The words of the index `deliveries_due`, as it has them: an index of what is open, however much is done with. */
const open = `d.state IN ('queued', 'submitted')`
const notBlocked = `NOT EXISTS (SELECT 1 FROM deliveries p WHERE p.id = d.after_id AND p.state IN ${unfinished})`
/** A thread's earlier receipts: as many as a References header can want. */
const threadReceipts = 20

interface DeliveryRow {
  readonly id: number
  readonly bridge: string
  readonly subscription: string
  readonly address: string
  readonly state: DeliveryState
  readonly attempts: number
  readonly thread: string | null
  readonly held_back: number
  readonly handle: string | null
  readonly stream_name: string | null
  readonly stream_title: string | null
  readonly message_key: string | null
  readonly message_repeat: 'safe' | 'never' | null
  readonly message_parts: string | null
  readonly message_body: Uint8Array | null
  readonly filter_name: string
  readonly filter_version: string
  readonly survey: string
  readonly alert_id: string
  readonly object_id: string | null
  readonly columns: string
  readonly seq: number | null
  readonly ivoid: string
  readonly role: Role
  readonly origin: Recorded['origin']
  readonly recorded_ms: number
  readonly media_type: string
  readonly bytes: Uint8Array
  readonly model: string
}

const selectDelivery = `
  SELECT d.id, d.bridge, s.name AS subscription, d.address, d.state, d.attempts, d.thread, d.held_back, d.handle,
    d.stream_name, d.stream_title, d.message_key, d.message_repeat, d.message_parts, d.message_body,
    f.name AS filter_name, f.version AS filter_version, v.name AS survey, CAST(m.alert_id AS TEXT) AS alert_id,
    m.object_id, m.columns, l.seq, e.ivoid, e.role, e.origin, e.recorded_ms, e.media_type, e.bytes, e.model
  FROM deliveries d JOIN subscriptions s ON s.id = d.subscription_id JOIN matches m ON m.id = d.match_id
    JOIN filters f ON f.id = m.filter_id JOIN surveys v ON v.id = m.survey_id JOIN events e ON e.id = d.event_id
    LEFT JOIN log l ON l.event_id = e.id`

function delivery(sql: Sql, row: DeliveryRow): EventDelivery {
  const { id, bridge, subscription, state, attempts } = row
  const stream = row.stream_name === null ? {} : { stream: { name: row.stream_name, title: row.stream_title ?? '' } }
  return {
    id,
    bridge,
    subscription,
    address: fromJson(row.address),
    state,
    attempts,
    ...(row.message_body === null || row.message_key === null || row.message_repeat === null
      ? {}
      : {
          message: {
            body: row.message_body,
            key: row.message_key,
            repeat: row.message_repeat,
            ...(row.message_parts === null
              ? {}
              : { parts: fromJson<NonNullable<StoredMessage['parts']>>(row.message_parts) }),
          },
        }),
    ...(row.handle === null ? {} : { handle: row.handle }),
    context: {
      filter: { name: row.filter_name, version: row.filter_version },
      subscription,
      ...stream,
      columns: fromJson(row.columns),
      survey: row.survey,
      alertId: row.alert_id,
      objectId: row.object_id,
    },
    event: {
      seq: row.seq ?? 0,
      ivoid: row.ivoid,
      role: row.role,
      raw: { mediaType: row.media_type, bytes: row.bytes },
      model: fromJson(row.model),
      origin: row.origin,
      recordedMs: row.recorded_ms,
    },
    thread: row.thread === null ? [] : receipts(sql, row.thread, id),
    heldBack: row.held_back,
    purpose: 'event',
    owner: 'operator',
    createdMs: row.recorded_ms,
    expiresMs: null,
    followers: [],
    content: 'full',
    pictures: true,
    unsubscribeToken: '',
  }
}

/** Receipts of the earlier deliveries of a thread, oldest first. */
function receipts(sql: Sql, thread: string, before: number): Receipt[] {
  return sql
    .all<{ receipt_id: string; receipt_ms: number; receipt_reply: string | null }>(
      `SELECT receipt_id, receipt_ms, receipt_reply FROM deliveries
        WHERE thread = ? AND id < ? AND receipt_id IS NOT NULL ORDER BY id DESC LIMIT ?`,
      thread,
      before,
      threadReceipts,
    )
    .reverse()
    .map((row) => ({
      id: row.receipt_id,
      atMs: row.receipt_ms,
      ...(row.receipt_reply === null ? {} : { reply: row.receipt_reply }),
    }))
}

/**
 * Takes what is due, the longest due first: queued ones go to `sending`; submitted ones stay what they are and are
 * given out once, to be asked about. A submitted one that nobody settles is due again at the next start.
 */
export function claim(room: Room, bridge: string, limit: number, nowMs: number): readonly EventDelivery[] {
  const { sql } = room
  const due = sql.all<{ id: number; state: 'queued' | 'submitted' }>(
    `SELECT d.id, d.state FROM deliveries d WHERE d.bridge = ? AND ${open} AND d.not_before_ms <= ?
      AND ${notBlocked} ORDER BY d.not_before_ms, d.id LIMIT ?`,
    bridge,
    nowMs,
    limit,
  )
  return due.map(({ id, state }) => {
    if (state === 'queued') sql.run(`UPDATE deliveries SET state = 'sending', run = ? WHERE id = ?`, room.run, id)
    else sql.run('UPDATE deliveries SET not_before_ms = NULL WHERE id = ?', id)
    return delivery(sql, sql.get<DeliveryRow>(`${selectDelivery} WHERE d.id = ?`, id) as DeliveryRow)
  })
}

/** Deliveries that an earlier run left in `sending`, oldest first. */
export function interrupted(sql: Sql, bridge: string): readonly EventDelivery[] {
  return sql
    .all<DeliveryRow>(
      `${selectDelivery} WHERE d.bridge = ? AND d.state = 'sending' AND d.run < (SELECT MAX(id) FROM runs) ORDER BY d.id`,
      bridge,
    )
    .map((row) => delivery(sql, row))
}

/** At the start of a run: nobody is asking about submitted deliveries any more. */
export function forgetQuestions(sql: Sql): void {
  sql.run(
    `UPDATE deliveries AS d SET not_before_ms = 0 WHERE ${open} AND d.state = 'submitted' AND d.not_before_ms IS NULL`,
  )
}

/** The first message stored is the one; a second is not taken. */
export function keepMessage(room: Room, id: number, message: StoredMessage): void {
  room.sql.run(
    `UPDATE deliveries SET message_body = ?, message_key = ?, message_repeat = ?, message_parts = ?
      WHERE id = ? AND message_body IS NULL`,
    message.body,
    message.key,
    message.repeat,
    message.parts === undefined ? null : toJson(message.parts),
    id,
  )
}

/** A delivery that has come to its end stays there, whatever comes later. */
export function settle(room: Room, settlements: readonly Settlement[], nowMs: number): void {
  for (const { id, state, notBeforeMs, receipt, handle, error, attempted } of settlements) {
    room.sql.run(
      `UPDATE deliveries SET state = ?, not_before_ms = ?, attempts = attempts + ?, settled_ms = ?, error = ?,
          handle = COALESCE(?, handle), receipt_id = COALESCE(?, receipt_id), receipt_ms = COALESCE(?, receipt_ms),
          receipt_reply = COALESCE(?, receipt_reply)
        WHERE id = ? AND state IN ('held', 'queued', 'sending', 'submitted', 'parked')`,
      state,
      state === 'queued' || state === 'submitted' ? Math.trunc(notBeforeMs ?? nowMs) : null,
      Number(attempted),
      Math.trunc(nowMs),
      error ?? null,
      handle ?? null,
      receipt?.id ?? null,
      receipt === undefined ? null : Math.trunc(receipt.atMs),
      receipt?.reply ?? null,
      id,
    )
  }
}

/** When the next delivery that nothing blocks is due, ms since the epoch; null when there is none. */
export function nextDueMs(sql: Sql, bridge: string): number | null {
  const next = sql.get<{ due: number }>(
    `SELECT d.not_before_ms AS due FROM deliveries d WHERE d.bridge = ? AND ${open} AND d.not_before_ms IS NOT NULL
      AND ${notBlocked} ORDER BY d.not_before_ms, d.id LIMIT 1`,
    bridge,
  )
  return next?.due ?? null
}

export function attemptsSince(_sql: Sql, _bridge: string, _sinceMs: number): number {
  throw new Error('not built yet')
}

export function moveSchedules(_room: Room, _byMs: number, _nowMs: number): number {
  throw new Error('not built yet')
}
