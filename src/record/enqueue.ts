/** New rows of the outbox: a match becomes a message, a part of a digest or a draft, or it is counted why not. */
import { randomBytes } from 'node:crypto'
import type { Candidate, Purpose } from '../flow.ts'
import { aboutOf, hashOf, knownThere, wayOf } from './about.ts'
import { confirmedMs } from './consent.ts'
import type { Sql } from './database.ts'
import { capAllowsMs, joinDigest, openDigest } from './digests.ts'
import { countChosen } from './ledger-counts.ts'
import { toJson } from './plain-json.ts'
import type { PlannedFilter, PlannedSubscription } from './plan-port.ts'
import type { LeftOut } from './port.ts'
import { type EventRef, expiryMs, type Room, type SubscriptionRef, subscriptionRef } from './room.ts'
import { digestDueMs, outsideQuietHours } from './schedule.ts'

export interface Match {
  readonly id: number
  readonly filter: PlannedFilter
  readonly candidate: Candidate
  readonly event: EventRef
  readonly survey: string
}

/** Puts a match into the outbox, or counts why not. Returns whether it made a delivery. */
export function enqueueMatch(room: Room, match: Match, subscription: PlannedSubscription, nowMs: number): boolean {
  const ref = subscriptionRef(room.sql, subscription.name, subscription.owner)
  const address = toJson(subscription.address ?? null)
  const about = aboutOf(wayOf(room.plan, subscription.bridge), address, match.survey, match.candidate.objectId)
  const refused = refusal(room, match, subscription, ref, address, about)
  const when = refused === undefined ? schedule(room, subscription, ref.id, address, nowMs) : refused
  if (typeof when === 'string') {
    if (when === 'cap') room.sql.run('UPDATE subscriptions SET held_back = held_back + 1 WHERE id = ?', ref.id)
    countChosen(room.sql, ref.id, when)
    return false
  }
  insertMatch(room, match, subscription, { id: ref.id, address, about }, when, nowMs)
  if (when.digestId !== null) joinDigest(room, when.digestId, subscription, nowMs)
  countChosen(room.sql, ref.id, 'delivery')
  return true
}

/** Why a subscription gets nothing of this, whenever it comes. */
function refusal(
  { sql, plan }: Room,
  { event }: Match,
  subscription: PlannedSubscription,
  { id, state }: SubscriptionRef,
  address: string,
  about: string | null,
): LeftOut | undefined {
  if (event.role === 'test' && !subscription.test) return 'test'
  if (state !== 'active') return state
  const { owner, bridge, mustConfirm } = subscription
  const isSuppressed = sql.get(
    'SELECT 1 FROM addresses WHERE bridge = ? AND address = ? AND suppressed_ms IS NOT NULL',
    bridge,
    address,
  )
  if (isSuppressed !== undefined) return 'suppressed'
  if (mustConfirm && confirmedMs(sql, { owner, bridge, address }) === null) return 'unverified'
  const repeated = sql.get('SELECT 1 FROM deliveries WHERE subscription_id = ? AND event_id = ?', id, event.id)
  if (repeated !== undefined) return 'repeat'
  const isKnown = plan.bridges.get(bridge)?.oncePerObject === true && about !== null && knownThere(sql, about)
  return isKnown ? 'repeat' : undefined
}

interface When {
  readonly state: 'held' | 'queued'
  /** Null while it waits in a digest, or for a yes. */
  readonly notBeforeMs: number | null
  readonly digestId: number | null
  readonly isQuiet: boolean
}
const now = (ms: number, isQuiet = false): When => ({ state: 'queued', notBeforeMs: ms, digestId: null, isQuiet })
const within = ({ id, isFull }: { id: number; isFull: boolean }): When | 'cap' =>
  isFull ? 'cap' : { state: 'queued', notBeforeMs: null, digestId: id, isQuiet: false }

/**
 * When it goes out. What comes in quiet hours, or above the cap, becomes a digest where the bridge takes digests;
 * elsewhere it waits for the end of the quiet hours, and above the cap it is left out.
 */
function schedule(
  room: Room,
  subscription: PlannedSubscription,
  subscriptionId: number,
  address: string,
  nowMs: number,
): When | 'cap' {
  const { bridge, cadence, quietHours, maxPerHour } = subscription
  if (cadence.kind === 'draft') return { state: 'held', notBeforeMs: null, digestId: null, isQuiet: false }
  if (cadence.kind === 'instant' && quietHours === undefined && maxPerHour === undefined) return now(nowMs)

  const whose = { subscriptionId, bridge, address }
  if (room.plan.bridges.get(bridge)?.digests !== true) {
    const loudMs = outsideQuietHours(quietHours, nowMs)
    if (capAllowsMs(room.sql, subscriptionId, maxPerHour, loudMs) > loudMs) return 'cap'
    return now(loudMs, loudMs > nowMs)
  }
  const dueMs = digestDueMs(cadence, nowMs)
  if (dueMs !== null) {
    const digest = openDigest(room.sql, whose, outsideQuietHours(quietHours, dueMs), 'cadence')
    return digest === undefined ? now(nowMs) : within(digest)
  }
  // An open one stands for what came before: nothing overtakes it.
  const loudMs = outsideQuietHours(quietHours, nowMs)
  const allowedMs = outsideQuietHours(quietHours, capAllowsMs(room.sql, subscriptionId, maxPerHour, loudMs))
  const open = openDigest(
    room.sql,
    whose,
    allowedMs,
    allowedMs <= nowMs ? 'existing' : loudMs > nowMs ? 'quiet' : 'cap',
  )
  return open === undefined ? now(nowMs) : within(open)
}

function insertMatch(
  room: Room,
  match: Match,
  subscription: PlannedSubscription,
  {
    id: subscriptionId,
    address,
    about,
  }: { readonly id: number; readonly address: string; readonly about: string | null },
  { state, notBeforeMs, digestId, isQuiet }: When,
  nowMs: number,
): void {
  const { sql } = room
  const { filter } = match
  const thread = threadOf(wayOf(room.plan, subscription.bridge), filter, address, match.candidate)
  const before = thread === undefined ? undefined : lastOf(sql, thread, subscriptionId)
  insertDelivery(room, {
    bridge: subscription.bridge,
    state,
    notBeforeMs,
    purpose: 'event',
    subscriptionId,
    owner: subscription.owner,
    matchId: match.id,
    eventId: match.event.id,
    nowMs,
    messageMs: notBeforeMs,
    expiresMs: notBeforeMs === null ? null : expiryMs(room, subscription.bridge, notBeforeMs),
    schedule: isQuiet ? 'quiet' : null,
    thread: thread ?? null,
    about,
    afterId: before ?? null,
    digestId,
    draft: state === 'held',
    address,
    content: subscription.content,
    pictures: subscription.pictures,
    stream: filter.stream ?? null,
  })
}

/** The delivery to wait for. Another subscription's draft, digest or quiet hours are no reason to wait. */
function lastOf(sql: Sql, thread: string, subscriptionId: number): number | undefined {
  return sql.get<{ id: number }>(
    `SELECT id FROM deliveries WHERE thread = ? AND (subscription_id = ?
        OR state <> 'held' AND digest_id IS NULL AND schedule IS NOT 'quiet') ORDER BY id DESC LIMIT 1`,
    thread,
    subscriptionId,
  )?.id
}

/** What goes to one address about one object of one stream; undefined where the survey names no object. */
function threadOf(way: string, filter: PlannedFilter, address: string, candidate: Candidate): string | undefined {
  if (candidate.objectId === null) return undefined
  return hashOf(way, address, filter.stream?.name ?? filter.key.name, candidate.objectId)
}

export interface NewDelivery {
  readonly bridge: string
  readonly state: 'held' | 'queued'
  readonly notBeforeMs: number | null
  readonly purpose: Purpose
  readonly subscriptionId: number
  readonly owner: string
  readonly matchId: number | null
  readonly eventId: number | null
  readonly nowMs: number
  readonly messageMs: number | null
  readonly expiresMs: number | null
  readonly schedule: 'quiet' | null
  readonly thread: string | null
  readonly about?: string | null
  readonly afterId: number | null
  readonly digestId: number | null
  /** It waits for a yes, and has a page of its own. */
  readonly draft: boolean
  /** As JSON. */
  readonly address: string
  readonly content: PlannedSubscription['content']
  readonly pictures: boolean
  readonly stream: { readonly name: string; readonly title: string } | null
  /** As JSON. */
  readonly confirmation?: string
  /** The draft that a notice tells of. */
  readonly draftId?: number
}

/** A message of its own also stands for what the cap held back before it. */
export function insertDelivery({ sql, plan }: Room, row: NewDelivery): void {
  const tellsHeldBack = row.messageMs !== null
  sql.run(
    `INSERT INTO deliveries (bridge, state, not_before_ms, purpose, subscription_id, owner, match_id, event_id, created_ms,
        message_ms, expires_ms, schedule, run, thread, about, after_id, digest_id, held_back, draft, draft_token, draft_id,
        rehearsal, address, content, pictures, stream_name, stream_title, confirmation)
      VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?,
        (SELECT CASE WHEN ? THEN held_back ELSE 0 END FROM subscriptions WHERE id = ?), ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    row.bridge,
    row.state,
    row.notBeforeMs,
    row.purpose,
    row.subscriptionId,
    row.owner,
    row.matchId,
    row.eventId,
    row.nowMs,
    row.messageMs,
    row.expiresMs,
    row.schedule,
    row.draft ? 0 : null,
    row.thread,
    row.about ?? null,
    row.afterId,
    row.digestId,
    Number(tellsHeldBack),
    row.subscriptionId,
    Number(row.draft),
    row.draft ? randomBytes(32).toString('base64url') : null,
    row.draftId ?? null,
    Number(plan.bridges.get(row.bridge)?.rehearses === true),
    row.address,
    row.content,
    Number(row.pictures),
    row.stream?.name ?? null,
    row.stream?.title ?? null,
    row.confirmation ?? null,
  )
  if (tellsHeldBack)
    sql.run('UPDATE subscriptions SET held_back = 0 WHERE id = ? AND held_back > 0', row.subscriptionId)
}
