/** What the commands of the store worker share: the connection, the segments, the plan. One thread, one transaction at a time. */
import { randomBytes } from 'node:crypto'
import type { Role } from '../../vo/model/voevent.ts'
import type { FilterKey } from '../flow.ts'
import type { Segments } from './archive/segments.ts'
import type { Sql } from './database.ts'
import type { FailAt } from './fail-points.ts'
import { toJson } from './plain-json.ts'
import type { Plan, PlannedBridge, PlannedFilter, PlannedSubscription } from './plan-port.ts'
import type { SubscriptionState } from './port.ts'

export type Keep = 'matched' | 'all' | 'none'

export interface Room {
  readonly sql: Sql
  readonly segments: Segments
  readonly failAt: FailAt
  readonly keep: Keep
  /** Which run of the gateway this is: counted up at every opening. */
  readonly run: number
  readonly warn: (fields: Record<string, unknown>, message: string) => void
  plan: PlanInForce
}

/** The plan as commands ask it. */
export interface PlanInForce {
  /** By name and version. */
  readonly filters: ReadonlyMap<string, PlannedFilter>
  /** By name. */
  readonly subscriptions: ReadonlyMap<string, PlannedSubscription>
  /** By name. */
  readonly bridges: ReadonlyMap<string, PlannedBridge>
  /** Somebody is subscribed with them: see `addressKey`. */
  readonly addresses: ReadonlySet<string>
}
/** An address is one behind its bridge. `address`: as JSON. */
export const addressKey = (bridge: string, address: string): string => `${bridge} ${address}`
export const noPlan: PlanInForce = {
  filters: new Map(),
  subscriptions: new Map(),
  bridges: new Map(),
  addresses: new Set(),
}

/** An event as it stands in the database: the row and what deliveries ask of it. */
export interface EventRef {
  readonly id: number
  readonly role: Role
}

const planKey = (key: FilterKey) => `${key.name}\n${key.version}`

export function planned(room: Room, key: FilterKey): PlannedFilter | undefined {
  return room.plan.filters.get(planKey(key))
}

/** Whose subscriptions stand in the configuration. */
export const operator = 'operator'

/** Takes over the plan; filters and subscriptions get their rows, and keep them when they leave the plan. */
export function configure(room: Room, plan: Plan, nowMs: number): void {
  for (const filter of plan.filters) {
    filterId(room.sql, filter.key, nowMs)
  }
  const subscriptions = plan.filters.flatMap((filter) => filter.subscriptions)
  for (const { name, owner } of subscriptions) {
    const { id, state } = subscriptionRef(room.sql, name, owner)
    if (state === 'unsubscribed' && owner === operator && !room.plan.subscriptions.has(name)) {
      room.warn({ subscription: name }, 'the subscription is configured, but was ended by the link in a message')
    }
    room.sql.run('UPDATE subscriptions SET owner = ? WHERE id = ? AND owner <> ?', owner, id, owner)
  }
  room.plan = {
    filters: new Map(plan.filters.map((filter) => [planKey(filter.key), filter])),
    subscriptions: new Map(subscriptions.map((subscription) => [subscription.name, subscription])),
    bridges: new Map((plan.bridges ?? []).map((bridge) => [bridge.name, bridge])),
    addresses: new Set(subscriptions.map(({ bridge, address }) => addressKey(bridge, toJson(address ?? null)))),
  }
}

/** When something that is to go out then is given up; null where the bridge is not in the plan. */
export function expiryMs(room: Room, bridge: string, ms: number): number | null {
  const planned = room.plan.bridges.get(bridge)
  return planned === undefined ? null : Math.trunc(ms + planned.expireAfterMs)
}

export function filterId(sql: Sql, key: FilterKey, nowMs: number): number {
  const found = sql.get<{ id: number }>('SELECT id FROM filters WHERE name = ? AND version = ?', key.name, key.version)
  return (
    found?.id ??
    sql.run('INSERT INTO filters (name, version, first_ms) VALUES (?, ?, ?)', key.name, key.version, nowMs).id
  )
}

export interface SubscriptionRef {
  readonly id: number
  readonly state: SubscriptionState
}

/** The row of a subscription; a new one gets the secret of its unsubscribe link. */
export function subscriptionRef(sql: Sql, name: string, owner: string): SubscriptionRef {
  const found = sql.get<SubscriptionRef>('SELECT id, state FROM subscriptions WHERE name = ?', name)
  if (found !== undefined) return found
  const token = randomBytes(16).toString('base64url')
  const { id } = sql.run(
    'INSERT INTO subscriptions (name, owner, unsubscribe_token) VALUES (?, ?, ?)',
    name,
    owner,
    token,
  )
  sql.run('INSERT INTO ledger_subscriptions (subscription_id) VALUES (?)', id)
  return { id, state: 'active' }
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
