/** What the commands of the store worker share: the connection, the segments, the plan. One thread, one transaction at a time. */
import type { Role } from '../../vo/model/voevent.ts'
import type { FilterKey } from '../flow.ts'
import type { Sql } from './database.ts'
import type { FailAt } from './fail-points.ts'
import type { Plan, PlannedFilter } from './port.ts'
import type { Segments } from './segments.ts'

export type Keep = 'matched' | 'all' | 'none'

export interface Room {
  readonly sql: Sql
  readonly segments: Segments
  readonly failAt: FailAt
  readonly keep: Keep
  /** Which run of the gateway this is: counted up at every opening. */
  readonly run: number
  readonly warn: (fields: Record<string, unknown>, message: string) => void
  plan: ReadonlyMap<string, PlannedFilter>
}

/** An event as it stands in the database: the row and what deliveries ask of it. */
export interface EventRef {
  readonly id: number
  readonly role: Role
}

const planKey = (key: FilterKey) => `${key.name}\n${key.version}`

export function planned(room: Room, key: FilterKey): PlannedFilter | undefined {
  return room.plan.get(planKey(key))
}

/** Takes over the plan; filters and subscriptions get their rows, and keep them when they leave the plan. */
export function configure(room: Room, plan: Plan, nowMs: number): void {
  for (const filter of plan.filters) {
    filterId(room.sql, filter.key, nowMs)
    for (const subscription of filter.subscriptions) subscriptionId(room.sql, subscription.name)
  }
  room.plan = new Map(plan.filters.map((filter) => [planKey(filter.key), filter]))
}

export function filterId(sql: Sql, key: FilterKey, nowMs: number): number {
  const found = sql.get<{ id: number }>('SELECT id FROM filters WHERE name = ? AND version = ?', key.name, key.version)
  return (
    found?.id ??
    sql.run('INSERT INTO filters (name, version, first_ms) VALUES (?, ?, ?)', key.name, key.version, nowMs).id
  )
}

export function subscriptionId(sql: Sql, name: string): number {
  const found = sql.get<{ id: number }>('SELECT id FROM subscriptions WHERE name = ?', name)
  if (found !== undefined) return found.id
  const { id } = sql.run('INSERT INTO subscriptions (name) VALUES (?)', name)
  sql.run('INSERT INTO ledger_subscriptions (subscription_id) VALUES (?)', id)
  return id
}

export function surveyId(sql: Sql, name: string): number {
  const found = sql.get<{ id: number }>('SELECT id FROM surveys WHERE name = ?', name)
  return found?.id ?? sql.run('INSERT INTO surveys (name) VALUES (?)', name).id
}

/** An alert's identifier as the database holds it: an integer where it is an int64 in its plain form, else the text. */
export function alertKey(alertId: string): bigint | string {
  if (!/^-?(0|[1-9]\d{0,18})$/.test(alertId) || alertId === '-0') return alertId
  const id = BigInt(alertId)
  return BigInt.asIntN(64, id) === id ? id : alertId
}
