/**
 * Where something may be sent: addresses that were confirmed by whoever reads there, for the user who asked, and those
 * that are dead.
 */
import { createHash } from 'node:crypto'
import type { ConfirmationRequest, Purpose } from '../flow.ts'
import type { Sql } from './database.ts'
import { endedAtOnce, endWaiting } from './end-deliveries.ts'
import { insertNotice } from './insert-notice.ts'
import type { AddressLine, AskedAddress } from './people-port.ts'
import { fromJson, toJson } from './plain-json.ts'
import { type Room, subscriptionRef } from './room.ts'
import { reasons } from './unfit.ts'

/** An address is asked at most so often, whoever wants something sent there. */
const askAgainMs = 3_600_000
/** So many addresses are asked for one user in a day: each question goes to somebody who has not said yes. */
const questionsADay = 20
const dayMs = 86_400_000
/** The link in the message works for so long. */
const tokenAgeMs = 7 * dayMs

interface AddressRow {
  readonly bridge: string
  readonly address: string
  readonly asked_ms: number | null
  readonly suppressed_ms: number | null
  readonly suppressed_reason: string | null
}

/** Whose subscription it is, and where to. */
interface Consent {
  readonly owner: string
  readonly bridge: string
  /** As JSON. */
  readonly address: string
}

export function askConfirmation(
  room: Room,
  request: ConfirmationRequest & {
    readonly owner: string
    readonly bridge: string
    readonly address: unknown
    readonly nowMs: number
  },
): 'asked' | 'confirmed' | 'suppressed' | 'too soon' {
  const { sql } = room
  const { owner, bridge, subscription, what, askedBy, token } = request
  const address = toJson(request.address ?? null)
  const nowMs = Math.trunc(request.nowMs)
  const known = addressRow(sql, bridge, address)
  if (known !== undefined && known.suppressed_ms !== null) return 'suppressed'
  if (confirmedMs(sql, { owner, bridge, address }) !== null) return 'confirmed'
  // A clock that was set back must not make anybody wait for longer.
  const sinceMs = nowMs - (known?.asked_ms ?? Number.NEGATIVE_INFINITY)
  if (sinceMs >= 0 && sinceMs < askAgainMs) return 'too soon'
  const asked = sql.get<{ n: number }>(
    'SELECT COUNT(*) AS n FROM consents WHERE owner = ? AND asked_ms BETWEEN ? AND ?',
    owner,
    nowMs - dayMs,
    nowMs,
  )
  if ((asked?.n ?? 0) >= questionsADay) return 'too soon'
  sql.run(
    `INSERT INTO addresses (bridge, address, asked_ms) VALUES (?, ?, ?)
      ON CONFLICT DO UPDATE SET asked_ms = excluded.asked_ms`,
    bridge,
    address,
    nowMs,
  )
  sql.run(
    `INSERT INTO consents (bridge, address, owner, asked_ms, confirm_hash) VALUES (?, ?, ?, ?, ?)
      ON CONFLICT DO UPDATE SET asked_ms = excluded.asked_ms, confirm_hash = excluded.confirm_hash`,
    bridge,
    address,
    owner,
    nowMs,
    createHash('sha256').update(token).digest(),
  )
  const { id } = subscriptionRef(sql, subscription, owner)
  insertNotice(room, {
    bridge,
    purpose: 'confirmation',
    subscriptionId: id,
    owner,
    nowMs,
    address,
    confirmation: toJson({ subscription, what, askedBy, token }),
  })
  return 'asked'
}

/** When somebody at the address said yes to this user; null: not yet, or no more. */
export function confirmedMs(sql: Sql, { owner, bridge, address }: Consent): number | null {
  const row = sql.get<{ confirmed_ms: number | null }>(
    'SELECT confirmed_ms FROM consents WHERE bridge = ? AND address = ? AND owner = ?',
    bridge,
    address,
    owner,
  )
  return row?.confirmed_ms ?? null
}

/** Null when the token is unknown or too old. */
export function addressAsked(sql: Sql, tokenHash: string, nowMs: number): AskedAddress | null {
  const row = byToken(sql, tokenHash, nowMs)
  if (row === undefined) return null
  const { bridge, address, owner, confirmed_ms } = row
  return { bridge, address: fromJson(address), owner, confirmed: confirmed_ms !== null }
}

export function confirmAddress({ sql }: Room, tokenHash: string, nowMs: number): AskedAddress | null {
  const row = byToken(sql, tokenHash, nowMs)
  if (row === undefined) return null
  const { bridge, address, owner } = row
  sql.run(
    `UPDATE consents SET confirmed_ms = COALESCE(confirmed_ms, ?) WHERE bridge = ? AND address = ? AND owner = ?`,
    Math.trunc(nowMs),
    bridge,
    address,
    owner,
  )
  return { bridge, address: fromJson(address), owner, confirmed: true }
}

/** Whoever wants to send there for this user again must ask again. */
export function withdrawConsent(sql: Sql, { owner, bridge, address }: Consent): void {
  sql.run('DELETE FROM consents WHERE bridge = ? AND address = ? AND owner = ?', bridge, address, owner)
}

interface ConsentRow extends Consent {
  readonly asked_ms: number
  readonly confirmed_ms: number | null
}

function byToken(sql: Sql, tokenHash: string, nowMs: number): ConsentRow | undefined {
  if (!/^[0-9a-f]{64}$/.test(tokenHash)) return undefined
  const row = sql.get<ConsentRow>(
    'SELECT bridge, address, owner, asked_ms, confirmed_ms FROM consents WHERE confirm_hash = ?',
    Buffer.from(tokenHash, 'hex'),
  )
  return row !== undefined && nowMs - row.asked_ms < tokenAgeMs ? row : undefined
}

/**
 * What waits for the address is dropped, at once or when it comes up; what is being sent is settled as it comes. Returns
 * how many were dropped at once.
 */
export function suppressAddress(
  { sql }: Room,
  bridge: string,
  address: unknown,
  reason: string,
  nowMs: number,
): number {
  const key = toJson(address ?? null)
  sql.run(
    `INSERT INTO addresses (bridge, address, suppressed_ms, suppressed_reason) VALUES (?, ?, ?, ?)
      ON CONFLICT DO UPDATE SET suppressed_ms = excluded.suppressed_ms, suppressed_reason = excluded.suppressed_reason
        WHERE suppressed_ms IS NULL`,
    bridge,
    key,
    Math.trunc(nowMs),
    reason,
  )
  return endWaiting(sql, waitingFor(sql, bridge, key), reasons.suppressed, nowMs)
}

/** Messages that are not sent yet, for `endWaiting`: all, or those that a filter chose. */
export function waitingFor(sql: Sql, bridge: string, address: string, purpose?: 'event'): number[] {
  return sql
    .all<{ id: number; purpose: Purpose }>(
      `SELECT id, purpose FROM deliveries WHERE bridge = ? AND address = ? AND state IN ('held', 'queued')
        AND lead_id IS NULL ORDER BY id LIMIT ?`,
      bridge,
      address,
      endedAtOnce,
    )
    .filter((row) => purpose === undefined || row.purpose === purpose)
    .map(({ id }) => id)
}

/** What was dropped stays dropped; what comes from now on is sent. */
export function releaseAddress({ sql }: Room, bridge: string, address: unknown): boolean {
  const { changes } = sql.run(
    `UPDATE addresses SET suppressed_ms = NULL, suppressed_reason = NULL
      WHERE bridge = ? AND address = ? AND suppressed_ms IS NOT NULL`,
    bridge,
    toJson(address ?? null),
  )
  return changes > 0
}

/** By bridge and address; `suppressed` chooses those that are, or those that are not. */
export function addresses(
  sql: Sql,
  { suppressed, limit }: { readonly suppressed?: boolean; readonly limit: number },
): readonly AddressLine[] {
  return sql
    .all<AddressRow & { readonly confirmed_for: string }>(
      `SELECT bridge, address, asked_ms, suppressed_ms, suppressed_reason,
          (SELECT json_group_array(c.owner) FROM consents c
            WHERE c.bridge = addresses.bridge AND c.address = addresses.address AND c.confirmed_ms IS NOT NULL) AS confirmed_for
        FROM addresses WHERE ? IS NULL OR (suppressed_ms IS NOT NULL) = ? ORDER BY bridge, address LIMIT ?`,
      suppressed === undefined ? null : Number(suppressed),
      suppressed === undefined ? null : Number(suppressed),
      limit,
    )
    .map((row) => ({
      bridge: row.bridge,
      address: fromJson(row.address),
      askedMs: row.asked_ms,
      confirmedFor: JSON.parse(row.confirmed_for) as string[],
      suppressedMs: row.suppressed_ms,
      suppressedReason: row.suppressed_reason,
    }))
}

function addressRow(sql: Sql, bridge: string, address: string): AddressRow | undefined {
  return sql.get<AddressRow>(
    `SELECT bridge, address, asked_ms, suppressed_ms, suppressed_reason FROM addresses
      WHERE bridge = ? AND address = ?`,
    bridge,
    address,
  )
}
