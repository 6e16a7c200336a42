/** Deliveries as rows, and as what is handed out to be sent. */
import type { Role } from '../../vo/model/voevent.ts'
import type {
  Delivery,
  DeliveryState,
  DigestItem,
  EventDelivery,
  MatchContext,
  Purpose,
  Receipt,
  Recorded,
  StoredMessage,
} from '../flow.ts'
import type { Sql } from './database.ts'
import { waitingDraft } from './draft-notices.ts'
import { partsOf } from './parts.ts'
import { fromJson } from './plain-json.ts'

/** A thread's receipts: as many as a References header can want. */
const threadReceipts = 20
/** So many items are handed out with a digest; the rest is counted. */
export const digestItems = 50

interface ItemRow {
  readonly id: number
  readonly subscription: string
  readonly stream_name: string | null
  readonly stream_title: string | null
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

export interface DeliveryRow extends Omit<ItemRow, 'ivoid'> {
  readonly bridge: string
  readonly owner: string
  readonly address: string
  readonly state: DeliveryState
  readonly purpose: Purpose
  readonly attempts: number
  readonly created_ms: number
  readonly expires_ms: number | null
  readonly thread: string | null
  readonly after_id: number | null
  readonly held_back: number
  readonly handle: string | null
  readonly content: EventDelivery['content']
  readonly pictures: number
  readonly unsubscribe_token: string
  readonly confirmation: string | null
  readonly draft_id: number | null
  readonly message_key: string | null
  readonly message_repeat: 'safe' | 'never' | null
  readonly message_body: Uint8Array | null
  /** Null for a confirmation and for the notice of a draft. */
  readonly ivoid: string | null
}

const itemColumns = `d.id, s.name AS subscription, d.stream_name, d.stream_title, f.name AS filter_name,
    f.version AS filter_version, v.name AS survey, CAST(m.alert_id AS TEXT) AS alert_id, m.object_id, m.columns, l.seq,
    e.ivoid, e.role, e.origin, e.recorded_ms, e.media_type, e.bytes, e.model`
const itemTables = `deliveries d JOIN subscriptions s ON s.id = d.subscription_id LEFT JOIN matches m ON m.id = d.match_id
    LEFT JOIN filters f ON f.id = m.filter_id LEFT JOIN surveys v ON v.id = m.survey_id
    LEFT JOIN events e ON e.id = d.event_id LEFT JOIN log l ON l.event_id = e.id`

export const selectDelivery = `
  SELECT ${itemColumns}, d.bridge, d.owner, d.address, d.state, d.purpose, d.attempts, d.created_ms, d.expires_ms, d.thread,
    d.after_id, d.held_back, d.handle, d.content, d.pictures, s.unsubscribe_token, d.confirmation, d.draft_id, d.message_key,
    d.message_repeat, d.message_body
  FROM ${itemTables}`

export function delivery(sql: Sql, row: DeliveryRow): Delivery {
  const { id, bridge, subscription, owner, state, attempts, content } = row
  const followers = followersOf(sql, id)
  const message = messageOf(sql, row)
  const common = {
    id,
    bridge,
    subscription,
    owner,
    address: fromJson(row.address),
    state,
    attempts,
    createdMs: row.created_ms,
    expiresMs: row.expires_ms,
    ...(message === null ? {} : { message }),
    ...(row.handle === null ? {} : { handle: row.handle }),
    unsubscribeToken: row.unsubscribe_token,
    content,
    pictures: row.pictures === 1,
    heldBack: row.held_back + followers.more,
    followers: followers.items,
    // A digest is about many objects: it starts a thread of its own.
    thread: followers.items.length > 0 ? [] : threadBefore(sql, row),
    sequence: followers.items.length > 0 ? 1 : sequenceOf(sql, row),
    ...(state === 'submitted' ? { lost: timesLost(sql, id) } : {}),
  }
  if (row.purpose === 'confirmation') {
    const confirmation = row.confirmation === null ? {} : { confirmation: fromJson<never>(row.confirmation) }
    return { ...common, purpose: row.purpose, ...confirmation }
  }
  if (row.purpose === 'draft') {
    const draft = message === null && row.draft_id !== null ? waitingDraft(sql, row.draft_id) : undefined
    return { ...common, purpose: row.purpose, ...(draft === undefined ? {} : { draft }) }
  }
  return { ...common, purpose: row.purpose, ...itemOf(row as DeliveryRow & ItemRow) }
}

/** How often the other side said that it has not what it took: a question whose answer was to send again. */
function timesLost(sql: Sql, id: number): number {
  const answers = `SELECT COUNT(*) AS n FROM delivery_attempts WHERE delivery_id = ? AND kind = 'look' AND outcome = 'queued'`
  return sql.get<{ n: number }>(answers, id)?.n ?? 0
}

export function messageOf(
  sql: Sql,
  row: Pick<DeliveryRow, 'id' | 'message_body' | 'message_key' | 'message_repeat'>,
): StoredMessage | null {
  if (row.message_body === null || row.message_key === null || row.message_repeat === null) return null
  const parts = partsOf(sql, row.id)
  return {
    body: row.message_body,
    key: row.message_key,
    repeat: row.message_repeat,
    ...(parts.length === 0 ? {} : { parts }),
  }
}

function itemOf(row: ItemRow): { event: Recorded; context: MatchContext } {
  const stream = row.stream_name === null ? {} : { stream: { name: row.stream_name, title: row.stream_title ?? '' } }
  return {
    context: {
      filter: { name: row.filter_name, version: row.filter_version },
      subscription: row.subscription,
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
  }
}

/** The further items of a digest, oldest first, as many as are shown; `more`: the others. */
function followersOf(sql: Sql, lead: number): { items: readonly DigestItem[]; more: number } {
  const items = sql
    .all<ItemRow>(
      `SELECT ${itemColumns} FROM ${itemTables} WHERE d.lead_id = ? ORDER BY d.id LIMIT ?`,
      lead,
      digestItems - 1,
    )
    .map((row) => ({ id: row.id, ...itemOf(row) }))
  if (items.length < digestItems - 1) return { items, more: 0 }
  const all = sql.get<{ n: number }>('SELECT COUNT(*) AS n FROM deliveries WHERE lead_id = ?', lead)?.n ?? 0
  return { items, more: all - items.length }
}

/**
 * Receipts of the earlier deliveries of a thread: the root, which names the thread on the other side, then the latest
 * ones, oldest first. A retraction without a thread answers what it takes back.
 */
export function threadBefore(
  sql: Sql,
  { id, thread, after_id }: Pick<DeliveryRow, 'id' | 'thread' | 'after_id'>,
): Receipt[] {
  const columns = 'id, receipt_id, receipt_ms, receipt_reply'
  if (thread === null) {
    if (after_id === null) return []
    return receipts(sql.all(`SELECT ${columns} FROM deliveries WHERE id = ? AND receipt_id IS NOT NULL`, after_id))
  }
  const earlier = `SELECT ${columns} FROM deliveries WHERE thread = ? AND id < ? AND receipt_id IS NOT NULL`
  const root = sql.all<ReceiptRow>(`${earlier} ORDER BY id LIMIT 1`, thread, id)
  const latest = sql.all<ReceiptRow>(`${earlier} ORDER BY id DESC LIMIT ?`, thread, id, threadReceipts - 1)
  return receipts([...root, ...latest.reverse()])
}

/**
 * One more than the messages that whoever reads there has, or may have: a number that was used once is not used again.
 * Several of the thread in one digest are one message. A retraction without a thread is the second about its event.
 */
function sequenceOf(sql: Sql, { id, thread, purpose }: Pick<DeliveryRow, 'id' | 'thread' | 'purpose'>): number {
  if (thread === null) return purpose === 'retraction' ? 2 : 1
  const before = sql.all<{ message: number }>(
    `SELECT COALESCE(lead_id, id) AS message FROM deliveries
      WHERE thread = ? AND id < ? AND state <> 'rejected' AND reached <> 'no'`,
    thread,
    id,
  )
  return 1 + new Set(before.map(({ message }) => message)).size
}

interface ReceiptRow {
  readonly id: number
  readonly receipt_id: string
  readonly receipt_ms: number
  readonly receipt_reply: string | null
}

/** One message may have shown several of the thread: its receipt stands once. */
function receipts(rows: readonly ReceiptRow[]): Receipt[] {
  const found = new Map<string, Receipt>()
  for (const { receipt_id, receipt_ms, receipt_reply } of rows) {
    if (found.has(receipt_id)) continue
    found.set(receipt_id, {
      id: receipt_id,
      atMs: receipt_ms,
      ...(receipt_reply === null ? {} : { reply: receipt_reply }),
    })
  }
  return [...found.values()]
}
