/** Subscriptions that people made by the API, and which deliveries are whose. */
import { FountainError } from '../errors.ts'
import { confirmedMs, withdrawConsent } from './consent.ts'
import type { Sql } from './database.ts'
import { checkRoom, groupId, userId } from './people.ts'
import type { Page, UserFilter, UserSubscription, Viewer } from './people-port.ts'
import { fromJson, toJson } from './plain-json.ts'
import type { SubscriptionState } from './port.ts'
import type { Room } from './room.ts'
import { filtersInForce, ofViewer, userFilter } from './user-filters.ts'

interface Row {
  readonly id: number
  readonly name: string
  readonly owner: string
  readonly group: string | null
  readonly definition: string
  readonly created_ms: number
  readonly ended_ms: number | null
  readonly state: SubscriptionState | null
}

/** The state stands with what the store delivers for; a subscription that never was in a plan is new, and active. */
const columns = `f.id, f.name, u.name AS owner, g.name AS "group", f.definition, f.created_ms, f.ended_ms, s.state
  FROM user_subscriptions f JOIN users u ON u.id = f.owner_id LEFT JOIN groups g ON g.id = f.group_id
  LEFT JOIN subscriptions s ON s.name = f.name`

/** What stands of the definition here: the store asks nothing else of it. */
interface Definition {
  readonly to?: string
  readonly address?: unknown
  readonly filter?: number
}

function subscriptionOf(sql: Sql, row: Row): UserSubscription {
  const definition = fromJson<Definition>(row.definition)
  const target = targetOf(row.definition)
  const address = sql.get<{
    suppressed_ms: number | null
    suppressed_reason: string | null
  }>(
    'SELECT suppressed_ms, suppressed_reason FROM addresses WHERE bridge = ? AND address = ?',
    target.bridge,
    target.address,
  )
  const filter = definition.filter === undefined ? null : userFilter(sql, definition.filter, { user: row.owner })
  return {
    id: row.id,
    name: row.name,
    owner: row.owner,
    group: row.group,
    definition,
    createdMs: row.created_ms,
    endedMs: row.ended_ms,
    state: row.state ?? 'active',
    confirmedMs: confirmedMs(sql, { owner: row.owner, ...target }),
    suppressedMs: address?.suppressed_ms ?? null,
    suppressedReason: address?.suppressed_reason ?? null,
    filterReadable: definition.filter === undefined ? null : filter !== null && filter.endedMs === null,
  }
}

/** Throws NAME_TAKEN, NOT_FOUND. A name is taken for ever: the ledger counts by it. */
export function makeSubscription(
  { sql }: Room,
  subscription: { owner: string; name: string; group: string | null; definition: unknown },
  nowMs: number,
): number {
  const owner = userId(sql, subscription.owner)
  const name = `${subscription.owner}/${subscription.name}`
  if (sql.get('SELECT 1 FROM user_subscriptions WHERE name = ?', name) !== undefined) {
    throw new FountainError('NAME_TAKEN', `There is, or was, a subscription '${name}'.`)
  }
  checkRoom(sql, 'user_subscriptions', owner)
  return sql.run(
    'INSERT INTO user_subscriptions (name, owner_id, group_id, definition, created_ms) VALUES (?, ?, ?, ?, ?)',
    name,
    owner,
    groupId(sql, subscription.group),
    toJson(subscription.definition),
    Math.trunc(nowMs),
  ).id
}

/** Throws NOT_FOUND, also for one that has ended. */
export function changeSubscription(
  { sql }: Room,
  id: number,
  change: { definition?: unknown; group?: string | null },
): void {
  const now = userSubscription(sql, id, null)
  if (now === null || now.endedMs !== null) {
    throw new FountainError('NOT_FOUND', `There is no subscription ${id} in force.`)
  }
  if (change.definition !== undefined) {
    sql.run('UPDATE user_subscriptions SET definition = ? WHERE id = ?', toJson(change.definition), id)
  }
  if (change.group !== undefined) {
    sql.run('UPDATE user_subscriptions SET group_id = ? WHERE id = ?', groupId(sql, change.group), id)
  }
}

export function endSubscription({ sql }: Room, id: number, nowMs: number): void {
  sql.run('UPDATE user_subscriptions SET ended_ms = ? WHERE id = ? AND ended_ms IS NULL', Math.trunc(nowMs), id)
}

export function userSubscriptions(sql: Sql, viewer: Viewer, { limit, beforeId }: Page): UserSubscription[] {
  return sql
    .all<Row>(
      `SELECT ${columns} WHERE ${ofViewer} AND f.id < ?2 ORDER BY f.id DESC LIMIT ?3`,
      viewer?.user ?? null,
      beforeId ?? Number.MAX_SAFE_INTEGER,
      limit,
    )
    .map((row) => subscriptionOf(sql, row))
}

export function userSubscription(sql: Sql, id: number, viewer: Viewer): UserSubscription | null {
  const row = sql.get<Row>(`SELECT ${columns} WHERE ${ofViewer} AND f.id = ?2`, viewer?.user ?? null, id)
  return row === undefined ? null : subscriptionOf(sql, row)
}

export function inForce(sql: Sql): { filters: UserFilter[]; subscriptions: UserSubscription[] } {
  return {
    filters: filtersInForce(sql),
    subscriptions: sql
      .all<Row>(`SELECT ${columns} WHERE f.ended_ms IS NULL AND u.disabled_ms IS NULL ORDER BY f.id`)
      .map((row) => subscriptionOf(sql, row)),
  }
}

/** Names of subscriptions and filters that are a viewer's. A private filter counts by its own name. */
export function ownNames(sql: Sql, viewer: Viewer): { subscriptions: string[]; filters: string[] } {
  const names = (table: 'user_subscriptions' | 'user_filters') =>
    sql
      .all<{ name: string }>(
        `SELECT f.name FROM ${table} f JOIN users u ON u.id = f.owner_id LEFT JOIN groups g ON g.id = f.group_id
          WHERE ${ofViewer}`,
        viewer?.user ?? null,
      )
      .map(({ name }) => name)
  return { subscriptions: names('user_subscriptions'), filters: names('user_filters') }
}

/**
 * Somebody at the address ended a user's subscription, and no other of this user still goes there: the yes is taken
 * back. The operator's own subscriptions needed none.
 */
export function endedByReader({ sql }: Room, name: string): void {
  const row = sql.get<{ owner_id: number; owner: string; definition: string }>(
    `SELECT f.owner_id, u.name AS owner, f.definition FROM user_subscriptions f JOIN users u ON u.id = f.owner_id
      WHERE f.name = ?`,
    name,
  )
  if (row === undefined) return
  const target = targetOf(row.definition)
  const others = sql.all<{ definition: string }>(
    `SELECT f.definition FROM user_subscriptions f LEFT JOIN subscriptions s ON s.name = f.name
      WHERE f.ended_ms IS NULL AND f.owner_id = ? AND f.name <> ? AND COALESCE(s.state, 'active') <> 'unsubscribed'`,
    row.owner_id,
    name,
  )
  const stillGoes = ({ bridge, address }: Target) => bridge === target.bridge && address === target.address
  if (others.some(({ definition }) => stillGoes(targetOf(definition)))) return
  withdrawConsent(sql, { owner: row.owner, ...target })
}

interface Target {
  readonly bridge: string
  readonly address: string
}

/** As the table of addresses names it. */
function targetOf(definition: string): Target {
  const { to = '', address = null } = fromJson<Definition>(definition)
  return { bridge: to, address: toJson(address) }
}

/** Ids of the subscriptions of one user (the one parameter) and their groups, as the store delivers for them. */
export const subscriptionsOfViewer = `SELECT o.id FROM user_subscriptions f JOIN users u ON u.id = f.owner_id
    JOIN subscriptions o ON o.name = f.name LEFT JOIN members m ON m.group_id = f.group_id
    LEFT JOIN users w ON w.id = m.user_id WHERE ? IN (u.name, w.name)`

export function visibleDeliveries(sql: Sql, ids: readonly number[], viewer: Viewer): number[] {
  const found = (id: number) =>
    viewer === null
      ? sql.get('SELECT 1 FROM deliveries WHERE id = ?', id)
      : sql.get(
          `SELECT 1 FROM deliveries WHERE id = ? AND subscription_id IN (${subscriptionsOfViewer})`,
          id,
          viewer.user,
        )
  return ids.filter((id) => found(id) !== undefined)
}
