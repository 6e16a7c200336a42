/** A person is told that a draft waits: a message to the approver of its subscription, once the draft is rendered. */
import type { WaitingDraft } from '../flow.ts'
import type { Sql } from './database.ts'
import { insertNotice } from './insert-notice.ts'
import { nameOf } from './object-names.ts'
import { partsOf } from './parts.ts'
import { fromJson, toJson } from './plain-json.ts'
import type { Room } from './room.ts'

interface Rendered {
  readonly state: string
  readonly subscription: string
  readonly subscription_id: number
  readonly subscribed: string
  readonly owner: string
  readonly created_ms: number
}

/**
 * Queues the notice of a draft that has just got its message; of anything else, and where nobody is to be told, nothing.
 * An approver's address is asked for no consent: none but the operator and admins may name one.
 */
export function tellApprover(room: Room, id: number, atMs?: number): void {
  const { sql, plan } = room
  const draft = sql.get<Rendered>(
    `SELECT d.state, d.subscription_id, d.owner, d.created_ms, s.name AS subscription, s.state AS subscribed
      FROM deliveries d JOIN subscriptions s ON s.id = d.subscription_id WHERE d.id = ?`,
    id,
  )
  if (draft?.state !== 'held' || draft.subscribed === 'unsubscribed') return
  const approver = plan.subscriptions.get(draft.subscription)?.approver
  if (approver === undefined) return
  const { bridge } = approver
  const { owner } = draft
  const nowMs = Math.trunc(atMs ?? draft.created_ms)
  const address = toJson(approver.address ?? null)
  const suppressed = sql.get(
    'SELECT 1 FROM addresses WHERE bridge = ? AND address = ? AND suppressed_ms IS NOT NULL',
    bridge,
    address,
  )
  if (suppressed !== undefined) return
  insertNotice(room, {
    bridge,
    purpose: 'draft',
    subscriptionId: draft.subscription_id,
    owner,
    nowMs,
    address,
    draftId: id,
  })
}

/** The draft that a notice tells of, as it stands; undefined when it has no message (any more). */
export function waitingDraft(sql: Sql, id: number): WaitingDraft | undefined {
  const row = sql.get<{
    bridge: string
    subscription: string
    address: string
    model: string
    object_id: string | null
    message_body: Uint8Array | null
    draft_token: string | null
  }>(
    `SELECT d.bridge, s.name AS subscription, d.address, e.model, m.object_id, d.message_body, d.draft_token
      FROM deliveries d JOIN subscriptions s ON s.id = d.subscription_id JOIN events e ON e.id = d.event_id
      JOIN matches m ON m.id = d.match_id WHERE d.id = ?`,
    id,
  )
  if (row === undefined || row.message_body === null) return undefined
  return {
    id,
    bridge: row.bridge,
    subscription: row.subscription,
    address: fromJson(row.address),
    about: nameOf(fromJson(row.model), row.object_id),
    body: row.message_body,
    parts: partsOf(sql, id),
    pageToken: row.draft_token ?? '',
  }
}
