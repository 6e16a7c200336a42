/** Matches and their deliveries: which subscription gets what, and the ledger of filters and subscriptions. */
import { createHash } from 'node:crypto'
import { key } from '../../vo/ivoid.ts'
import type { Candidate, Sifted } from '../flow.ts'
import { countFilter, countSubscription } from './ledger-counts.ts'
import type { Line } from './lines.ts'
import { toJson } from './plain-json.ts'
import type { PlannedFilter, PlannedSubscription } from './port.ts'
import type { NoEvent } from './record-events.ts'
import { alertKey, type EventRef, filterId, planned, type Room, subscriptionId, surveyId } from './room.ts'

const hourMs = 3_600_000

/** Records the matches of alerts that count; returns how many deliveries they made. */
export function recordMatches(
  room: Room,
  sifted: Sifted,
  fresh: ReadonlyMap<number, Line>,
  byKey: ReadonlyMap<string, EventRef | NoEvent>,
): number {
  for (const { sifted: line } of fresh.values()) countErrors(room, sifted, line.errored, line.visit)
  let deliveries = 0
  for (const candidate of sifted.candidates) {
    if (!fresh.has(candidate.offset)) continue
    const { event } = candidate
    const missing = { code: 'MAPPING_FAILED', reason: 'the event was not made' }
    deliveries += recordMatch(
      room,
      sifted,
      candidate,
      'code' in event ? event : (byKey.get(key(event.ivoid)) ?? missing),
    )
  }
  return deliveries
}

export function countErrors(room: Room, sifted: Sifted, errored: readonly number[], visit: number): void {
  for (const index of errored) {
    const filter = sifted.filters[index]
    if (filter !== undefined) countFilter(room.sql, filterId(room.sql, filter, sifted.nowMs), visit, 'errored', 1)
  }
}

/** One match: its row, its count, its deliveries. Returns how many deliveries it made. */
export function recordMatch(room: Room, sifted: Sifted, candidate: Candidate, event: EventRef | NoEvent): number {
  const { sql } = room
  const filterKey = sifted.filters[candidate.filter]
  if (filterKey === undefined) throw new Error('checkSifted lets no such candidate through')
  const filter = filterId(sql, filterKey, sifted.nowMs)
  const failed = 'code' in event ? event : undefined
  countFilter(sql, filter, candidate.visit, failed ? 'unmappable' : 'chosen', 1)
  const match = sql.run(
    `INSERT INTO matches (filter_id, state, visit, survey_id, alert_id, object_id, matched_ms, event_id, code, reason, columns)
      VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    filter,
    failed ? 'unmappable' : 'chosen',
    candidate.visit,
    surveyId(sql, sifted.survey),
    alertKey(candidate.alertId),
    candidate.objectId,
    Math.trunc(sifted.nowMs),
    'id' in event ? event.id : null,
    failed?.code ?? null,
    failed?.reason ?? null,
    toJson(candidate.columns),
  )
  const plan = planned(room, filterKey)
  if (plan === undefined || !('id' in event)) return 0
  let deliveries = 0
  for (const subscription of plan.subscriptions) {
    if (deliver(room, plan, subscription, candidate, match.id, event, Math.trunc(sifted.nowMs))) deliveries++
  }
  return deliveries
}

/** Puts a delivery into the outbox, or counts why not. */
function deliver(
  room: Room,
  filter: PlannedFilter,
  subscription: PlannedSubscription,
  candidate: Candidate,
  matchId: number,
  event: EventRef,
  nowMs: number,
): boolean {
  const { sql } = room
  const id = subscriptionId(sql, subscription.name)
  if (event.role === 'test' && !subscription.test) {
    countSubscription(sql, id, 'test')
    return false
  }
  if (sql.get('SELECT 1 FROM deliveries WHERE subscription_id = ? AND event_id = ?', id, event.id) !== undefined) {
    countSubscription(sql, id, 'repeat')
    return false
  }
  if (subscription.maxPerHour !== undefined) {
    const recent = sql.get<{ n: number }>(
      'SELECT COUNT(*) AS n FROM deliveries WHERE subscription_id = ? AND created_ms > ?',
      id,
      nowMs - hourMs,
    )
    if ((recent?.n ?? 0) >= subscription.maxPerHour) {
      sql.run('UPDATE subscriptions SET held_back = held_back + 1 WHERE id = ?', id)
      countSubscription(sql, id, 'cap')
      return false
    }
  }
  const address = toJson(subscription.address ?? null)
  const thread = threadOf(filter, subscription, address, candidate)
  const before =
    thread && sql.get<{ id: number | null }>('SELECT MAX(id) AS id FROM deliveries WHERE thread = ?', thread)?.id
  sql.run(
    `INSERT INTO deliveries (bridge, state, not_before_ms, subscription_id, match_id, event_id, created_ms, thread,
        after_id, held_back, address, stream_name, stream_title)
      VALUES (?, 'queued', ?, ?, ?, ?, ?, ?, ?, (SELECT held_back FROM subscriptions WHERE id = ?), ?, ?, ?)`,
    subscription.bridge,
    nowMs,
    id,
    matchId,
    event.id,
    nowMs,
    thread ?? null,
    before || null,
    id,
    address,
    filter.stream?.name ?? null,
    filter.stream?.title ?? null,
  )
  sql.run('UPDATE subscriptions SET held_back = 0 WHERE id = ? AND held_back > 0', id)
  countSubscription(sql, id, 'delivery')
  return true
}

/** What goes to one address about one object of one stream; undefined where the survey names no object. */
function threadOf(
  filter: PlannedFilter,
  subscription: PlannedSubscription,
  address: string,
  candidate: Candidate,
): string | undefined {
  if (candidate.objectId === null) return undefined
  const about = [subscription.bridge, address, filter.stream?.name ?? filter.key.name, candidate.objectId]
  return createHash('sha256').update(JSON.stringify(about)).digest('hex').slice(0, 32)
}
