/** Deliveries as people look at them. */
import { key } from '../../vo/ivoid.ts'
import type { DeliveryState, Purpose } from '../flow.ts'
import type { Sql } from './database.ts'
import { messageOf, threadBefore } from './delivery-rows.ts'
import { fromJson } from './plain-json.ts'
import type { AttemptLine, DeliveryDetail, DeliveryLine, DeliveryQuery, Reached } from './port.ts'
import { subscriptionsOfViewer } from './user-subscriptions.ts'

interface LineRow {
  readonly id: number
  readonly bridge: string
  readonly subscription: string
  readonly owner: string
  readonly state: DeliveryState
  readonly purpose: Purpose
  readonly ivoid: string | null
  readonly object_id: string | null
  readonly address: string
  readonly created_ms: number
  readonly due_ms: number | null
  readonly attempts: number
  readonly reached: Reached
  readonly error: string | null
  readonly reply: string | null
  readonly receipt_id: string | null
  readonly receipt_ms: number | null
  readonly receipt_reply: string | null
  readonly handle: string | null
  readonly settled_ms: number | null
  readonly followers: number
  readonly lead_id: number | null
  readonly message_key: string | null
  readonly tried_ms: number | null
}

/** `due_ms` of what waits in a digest is the digest's. */
const lineColumns = `d.id, d.bridge, s.name AS subscription, d.owner, d.state, d.purpose, e.ivoid,
    (SELECT m.object_id FROM matches m WHERE m.id = d.match_id) AS object_id, d.address, d.created_ms,
    COALESCE(d.not_before_ms, (SELECT g.due_ms FROM digests g WHERE g.id = d.digest_id)) AS due_ms, d.attempts, d.reached,
    d.error, d.reply, d.receipt_id, d.receipt_ms, d.receipt_reply, d.handle, d.settled_ms,
    (SELECT COUNT(*) FROM deliveries f WHERE f.lead_id = d.id) AS followers, d.lead_id, d.message_key,
    (SELECT MAX(t.started_ms) FROM delivery_attempts t WHERE t.delivery_id = d.id AND t.kind = 'send') AS tried_ms`
const lineTables = `deliveries d JOIN subscriptions s ON s.id = d.subscription_id LEFT JOIN events e ON e.id = d.event_id`

/**
 * Newest first. The text holds only the conditions that are asked for, the narrowest by its index: the planner cannot
 * know that a state is rare.
 */
export function deliveryLines(sql: Sql, query: DeliveryQuery): readonly DeliveryLine[] {
  const { state, bridge, subscription, owner, ivoid, viewer, limit, beforeId } = query
  const conditions: [string, string | number][] = []
  let index = ''
  const where = (text: string, value: string | number | undefined, by?: string) => {
    if (value === undefined) return
    conditions.push([text, value])
    if (by !== undefined) index ||= `INDEXED BY ${by}`
  }
  where('d.event_id IN (SELECT id FROM events WHERE key = ?)', ivoid === undefined ? undefined : key(ivoid))
  const byEvent = ivoid !== undefined
  where('d.subscription_id = (SELECT id FROM subscriptions WHERE name = ?)', subscription, 'deliveries_by_subscription')
  where(`d.subscription_id IN (${subscriptionsOfViewer})`, viewer, 'deliveries_by_subscription')
  where('d.state = ?', state, 'deliveries_by_state')
  where('d.owner = ?', owner, 'deliveries_by_owner')
  where('d.bridge = ?', bridge)
  where('d.id < ?', beforeId)
  const tables = lineTables.replace(
    'deliveries d',
    `deliveries d ${byEvent ? 'INDEXED BY deliveries_by_event' : index}`,
  )
  const filter = conditions.length === 0 ? '' : `WHERE ${conditions.map(([text]) => text).join(' AND ')}`
  return sql
    .all<LineRow>(
      `SELECT ${lineColumns} FROM ${tables} ${filter} ORDER BY d.id DESC LIMIT ?`,
      ...conditions.map(([, value]) => value),
      limit,
    )
    .map(lineOf)
}

function lineOf(row: LineRow): DeliveryLine {
  const { id, bridge, subscription, owner, state, purpose, ivoid, attempts, reached, error, handle } = row
  return {
    id,
    bridge,
    subscription,
    owner,
    state,
    purpose,
    ivoid,
    objectId: row.object_id,
    address: fromJson(row.address),
    createdMs: row.created_ms,
    dueMs: row.due_ms,
    attempts,
    reached,
    error,
    receipt:
      row.receipt_id === null
        ? null
        : {
            id: row.receipt_id,
            atMs: row.receipt_ms ?? 0,
            ...(row.receipt_reply === null ? {} : { reply: row.receipt_reply }),
          },
    handle,
    settledMs: row.settled_ms,
    digestOf: row.followers + 1,
    leadId: row.lead_id,
    lookUp: lookUp(row),
  }
}

/** What to look for on the other side, in words for people. */
function lookUp(row: LineRow): string | null {
  if (row.state !== 'parked' || row.reached !== 'maybe') return null
  const when = row.tried_ms === null ? '' : `, tried at ${new Date(row.tried_ms).toISOString()}`
  const called = row.handle ?? row.message_key
  const said = row.reply ?? row.error
  return (
    `Did ${row.bridge} take the message ${called === null ? '' : `${called} `}for ${row.address}${when}?` +
    (said === null ? '' : ` It said: ${said}`)
  )
}

interface DetailRow extends LineRow {
  readonly thread: string | null
  readonly after_id: number | null
  readonly expires_ms: number | null
  readonly approved_by: string | null
  readonly approved_ms: number | null
  readonly message_repeat: 'safe' | 'never' | null
  readonly message_body: Uint8Array | null
}

export function deliveryDetail(sql: Sql, id: number): DeliveryDetail | null {
  const row = sql.get<DetailRow>(
    `SELECT ${lineColumns}, d.thread, d.after_id, d.expires_ms, d.approved_by, d.approved_ms, d.message_repeat,
        d.message_body FROM ${lineTables} WHERE d.id = ?`,
    id,
  )
  if (row === undefined) return null
  return {
    ...lineOf(row),
    message: messageOf(sql, row),
    reply: row.reply,
    history: sql.all<AttemptLine & Record<string, never>>(
      `SELECT number, kind, started_ms AS startedMs, ended_ms AS endedMs, outcome, reached, reply FROM delivery_attempts
        WHERE delivery_id = ? ORDER BY id`,
      id,
    ),
    followers: sql.all<{ id: number; ivoid: string }>(
      `SELECT d.id, e.ivoid FROM deliveries d JOIN events e ON e.id = d.event_id WHERE d.lead_id = ? ORDER BY d.id`,
      id,
    ),
    thread: threadBefore(sql, row),
    expiresMs: row.expires_ms,
    approvedBy: row.approved_by,
    approvedMs: row.approved_ms,
  }
}
