/** Drafts: looked at, changed, approved, and handed in by a person. */
import { FountainError } from '../errors.ts'
import type { DeliveryState } from '../flow.ts'
import { sentBefore } from './about.ts'
import type { Sql } from './database.ts'
import { deliveryDetail } from './delivery-lines.ts'
import type { CitationMade, DraftDetail, DraftVersion, HandedIn } from './draft-port.ts'
import { nameOf } from './object-names.ts'
import { fromJson } from './plain-json.ts'
import type { By } from './port.ts'
import { citePublication } from './publications.ts'
import { takeBackShown } from './retract.ts'
import type { Room } from './room.ts'

interface DraftRow {
  readonly id: number
  readonly bridge: string
  readonly state: DeliveryState
  readonly draft: number
  readonly rendered: number
  readonly version: number
}

const select = `SELECT d.id, d.bridge, d.state, d.draft, d.message_body IS NOT NULL AS rendered,
    (SELECT COALESCE(MAX(v.version), 0) FROM draft_versions v WHERE v.delivery_id = d.id) AS version
  FROM deliveries d`

/** The part of a draft that a reader of the database knows; the rest is the plan's. */
export type StoredDraft = Omit<DraftDetail, 'byHand' | 'silent'>

export function draft(sql: Sql, id: number): StoredDraft | null {
  const row = sql.get<
    DraftRow & { about: string | null; draft_token: string | null; model: string; object_id: string }
  >(
    `SELECT d.id, d.draft, d.about, d.draft_token, e.model, m.object_id,
        (SELECT COALESCE(MAX(v.version), 0) FROM draft_versions v WHERE v.delivery_id = d.id) AS version
      FROM deliveries d JOIN events e ON e.id = d.event_id JOIN matches m ON m.id = d.match_id WHERE d.id = ?`,
    id,
  )
  const detail = row?.draft === 1 ? deliveryDetail(sql, id) : null
  if (row === undefined || detail === null) return null
  return {
    ...detail,
    about: nameOf(fromJson(row.model), row.object_id),
    version: row.version,
    versions: sql.all<DraftVersion & Record<string, never>>(
      `SELECT version, changed_by AS "by", made_ms AS atMs, body FROM draft_versions WHERE delivery_id = ?
        ORDER BY version`,
      id,
    ),
    before: sentBefore(sql, row.about, id),
    pageToken: row.draft_token,
  }
}

export function draftByToken(sql: Sql, token: string): StoredDraft | null {
  const found = sql.get<{ id: number }>('SELECT id FROM deliveries WHERE draft_token = ?', token)
  return found === undefined ? null : draft(sql, found.id)
}

/** The key, the parts and whether it may be repeated stay as they were rendered. */
export function editDraft(
  { sql }: Room,
  id: number,
  { body, version, by, nowMs }: By & { readonly body: Uint8Array; readonly version: number },
): number {
  const row = draftIn(sql, id, ['held'])
  if (row.version !== version) throw new FountainError('DRAFT_CHANGED', changed(row.version, version))
  sql.run(
    `INSERT OR IGNORE INTO draft_versions (delivery_id, version, body, made_ms)
      SELECT id, 0, message_body, created_ms FROM deliveries WHERE id = ?`,
    id,
  )
  sql.run(
    'INSERT INTO draft_versions (delivery_id, version, body, changed_by, made_ms) VALUES (?, ?, ?, ?, ?)',
    id,
    version + 1,
    body,
    by,
    Math.trunc(nowMs),
  )
  sql.run('UPDATE deliveries SET message_body = ? WHERE id = ?', body, id)
  return version + 1
}

export const changed = (is: number, was: number): string =>
  `it was changed meanwhile: you saw version ${was}, and it is version ${is}`

/** Its version and whether it has a message: what a yes is given to. */
export function versionOf(sql: Sql, id: number): { readonly rendered: boolean; readonly version: number } {
  const row = sql.get<DraftRow>(`${select} WHERE d.id = ?`, id)
  return { rendered: row?.rendered === 1, version: row?.version ?? 0 }
}

/**
 * It is there, whatever was decided here meanwhile; where its event was retracted, who read it must be told of that.
 */
export function handedIn(
  room: Room,
  id: number,
  { receipt, by, nowMs }: By & { readonly receipt: HandedIn },
): CitationMade | null {
  const { sql, plan } = room
  const row = draftIn(sql, id, ['held', 'parked', 'dropped'])
  if (plan.bridges.get(row.bridge)?.byHand !== true)
    throw new FountainError('DRAFT_NOT_BY_HAND', `${id} goes through ${row.bridge} when somebody approves it`)
  const at = Math.trunc(nowMs)
  sql.run(
    `UPDATE deliveries SET state = 'sent', not_before_ms = NULL, settled_ms = ?, reached = 'yes', error = NULL,
        approved_by = COALESCE(approved_by, ?), approved_ms = COALESCE(approved_ms, ?), dropped_by = NULL, reply = ?, receipt_id = ?,
        receipt_ms = ?, receipt_reply = ? WHERE id = ?`,
    at,
    by,
    at,
    `handed in by ${by}`,
    receipt.id,
    at,
    receipt.url === undefined ? receipt.title : `${receipt.title}, ${receipt.url}`,
    id,
  )
  const cited = citePublication(room, id, receipt, at)
  takeBackShown(room, id, at)
  return cited
}

function draftIn(sql: Sql, id: number, states: readonly DeliveryState[]): DraftRow {
  const row = sql.get<DraftRow>(`${select} WHERE d.id = ?`, id)
  if (row === undefined || row.draft === 0) throw new FountainError('NOT_FOUND', `there is no draft ${id}`)
  if (!states.includes(row.state))
    throw new FountainError('DELIVERY_STATE', `${id} is ${row.state}, and must be ${states.join(' or ')}`)
  if (row.rendered === 0) throw new FountainError('DRAFT_NOT_RENDERED', `${id} has no message yet`)
  return row
}
