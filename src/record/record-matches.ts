/** Matches and their deliveries: which subscription gets what, and the ledger of filters and subscriptions. */
import { key } from '../../vo/ivoid.ts'
import type { Candidate, Sifted } from '../flow.ts'
import { enqueueMatch } from './enqueue.ts'
import { countFilter } from './ledger-counts.ts'
import type { Line } from './lines.ts'
import { toJson } from './plain-json.ts'
import type { NoEvent } from './record-events.ts'
import { alertKey, type EventRef, filterId, planned, type Room, surveyId } from './room.ts'

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
  const chosen = { id: match.id, filter: plan, candidate, event, survey: sifted.survey }
  const nowMs = Math.trunc(sifted.nowMs)
  return plan.subscriptions.filter((subscription) => enqueueMatch(room, chosen, subscription, nowMs)).length
}
