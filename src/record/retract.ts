/**
 * An event of ours is taken back: a new event that cites it (VOEvent 2.0 §3.7), and a message to each address that was or
 * may have been sent it, by the same way.
 */
import { unixMsToIso } from '../../vo/astro/time.ts'
import { key } from '../../vo/ivoid.ts'
import type { VOEvent } from '../../vo/model/voevent.ts'
import { FountainError } from '../errors.ts'
import type { DeliveryState, EventDelivery } from '../flow.ts'
import { digestItems } from './delivery-rows.ts'
import { end } from './end-deliveries.ts'
import { insertDelivery } from './enqueue.ts'
import { countNotice } from './ledger-counts.ts'
import { onlyNames } from './object-names.ts'
import { fromJson } from './plain-json.ts'
import type { By, Reached, Retracted, SubscriptionState } from './port.ts'
import { addToLog, recordOwnEvent } from './record-events.ts'
import { type EventRef, expiryMs, type PlanInForce, type Room } from './room.ts'
import { isRehearsal, reasons } from './unfit.ts'

interface OriginalRow extends EventRef {
  readonly ivoid: string
  readonly stream: string
  readonly model: string
  readonly seq: number | null
  readonly retracted: number
  readonly retraction: number
}

/** Throws EVENT_UNKNOWN, NOT_OURS, RETRACTED_ALREADY, EVENT_TOO_LARGE. */
export function retract(
  room: Room,
  { ivoid, reason, by, nowMs }: By & { readonly ivoid: string; readonly reason: string },
): Retracted {
  const at = Math.trunc(nowMs)
  const original = originalOf(room, ivoid)
  const event = retractionOf(original, freeIvoid(room, original.ivoid, 'r'), reason, at)
  // No object: what follows about it cites the last event that says something, and not this one.
  const made = recordOwnEvent(room, { event, streamIvoid: original.stream, objectId: null }, at)
  if ('code' in made) throw new FountainError('EVENT_TOO_LARGE', `the retraction of ${original.ivoid}: ${made.reason}`)
  room.sql.run(
    'INSERT INTO retractions (event_id, retraction_id, retracted_by, retracted_ms) VALUES (?, ?, ?, ?)',
    original.id,
    made.id,
    by,
    at,
  )
  const seq = original.seq === null ? null : addToLog(room, made.id)
  return { ivoid: event.ivoid, seq, ...tellAddresses(room, original.id, made.id, at) }
}

function originalOf({ sql }: Room, ivoid: string): OriginalRow {
  const eventKey = key(ivoid)
  const found = sql.get<OriginalRow>(
    `SELECT e.id, e.role, e.ivoid, e.stream, e.model, l.seq,
        EXISTS (SELECT 1 FROM retractions r WHERE r.event_id = e.id) AS retracted,
        EXISTS (SELECT 1 FROM retractions r WHERE r.retraction_id = e.id) AS retraction
      FROM events e LEFT JOIN log l ON l.event_id = e.id WHERE e.key = ? AND e.origin = 'own'`,
    eventKey,
  )
  if (found === undefined) {
    const others = sql.get('SELECT 1 FROM events WHERE key = ?', eventKey)
    throw others === undefined
      ? new FountainError('EVENT_UNKNOWN', `${ivoid} was never recorded here`)
      : new FountainError('NOT_OURS', `${ivoid} was made by somebody else`)
  }
  if (found.retracted === 1) throw new FountainError('RETRACTED_ALREADY', found.ivoid)
  if (found.retraction === 1) throw new FountainError('RETRACTED_ALREADY', `${found.ivoid} is a retraction itself`)
  return found
}

/** `….r1` of a retraction, `….c1` of a citation, or the next number where that is taken. */
export function freeIvoid({ sql }: Room, ivoid: string, letter: 'r' | 'c'): string {
  for (let number = 1; ; number++) {
    const free = `${ivoid}.${letter}${number}`
    if (sql.get('SELECT 1 FROM events WHERE key = ?', key(free)) === undefined) return free
  }
}

function retractionOf(original: OriginalRow, ivoid: string, reason: string, atMs: number): VOEvent {
  const { role, who, what } = fromJson<VOEvent>(original.model)
  // All else that was measured does not hold any more, and is not said again.
  const groups = (what?.groups ?? []).flatMap(onlyNames)
  return {
    ivoid,
    role,
    who: { ...who, date: unixMsToIso(atMs) },
    ...(groups.length === 0 ? {} : { what: { ...nothing, groups } }),
    citations: { events: [{ ivoid: original.ivoid, cite: 'retraction' }], description: reason },
    description: reason,
  }
}

const nothing = { params: [], groups: [], tables: [], descriptions: [], references: [] }
interface ToldRow {
  readonly id: number
  readonly bridge: string
  readonly state: DeliveryState
  readonly reached: Reached
  readonly rehearsal: number
  readonly subscription_id: number
  readonly owner: string
  readonly match_id: number
  readonly thread: string | null
  readonly about: string | null
  readonly lead_id: number | null
  readonly leads: number
  /** Of a digest's further items: how many stand before it. */
  readonly place: number
  readonly address: string
  readonly content: EventDelivery['content']
  readonly pictures: number
  readonly stream_name: string | null
  readonly stream_title: string | null
  readonly subscribed: SubscriptionState
  readonly suppressed_ms: number | null
}

const toldColumns = `SELECT d.id, d.bridge, d.state, d.reached, d.rehearsal, d.subscription_id, d.owner, d.match_id, d.thread, d.about, d.lead_id,
    EXISTS (SELECT 1 FROM deliveries f WHERE f.lead_id = d.id) AS leads,
    (SELECT COUNT(*) FROM deliveries f WHERE f.lead_id = d.lead_id AND f.id < d.id) AS place, d.address, d.content,
    d.pictures, d.stream_name, d.stream_title, s.state AS subscribed,
    (SELECT a.suppressed_ms FROM addresses a WHERE a.bridge = d.bridge AND a.address = d.address) AS suppressed_ms
  FROM deliveries d JOIN subscriptions s ON s.id = d.subscription_id`

/** What waits alone stays unsent. Whatever may have gone out, or goes out with others, is taken back by a message. */
function tellAddresses(
  room: Room,
  eventId: number,
  retractionId: number,
  nowMs: number,
): { deliveries: number; dropped: number } {
  let deliveries = 0
  let dropped = 0
  for (const row of room.sql.all<ToldRow>(`${toldColumns} WHERE d.event_id = ? ORDER BY d.id`, eventId)) {
    const alone = row.lead_id === null && row.leads === 0
    const waits = row.state === 'held' || row.state === 'queued'
    if (waits && alone && row.reached === 'no') {
      end(room.sql, row.id, 'dropped', reasons.retracted, nowMs)
      dropped++
    } else if (mayHaveIt(row) && isShown(row) && mayBeTold(row, room.plan)) {
      takeBack(room, row, retractionId, nowMs)
      deliveries++
    }
  }
  return { deliveries, dropped }
}

const onTheWay: ReadonlySet<DeliveryState> = new Set<DeliveryState>([
  'queued',
  'sending',
  'submitted',
  'sent',
  'duplicate',
])
const mayHaveIt = ({ state, reached }: ToldRow) => onTheWay.has(state) || reached !== 'no'
/** Whoever reads there now was told nothing of what a sandbox got. */
const mayBeTold = (row: ToldRow, plan: PlanInForce) =>
  row.subscribed !== 'unsubscribed' && row.suppressed_ms === null && !isRehearsal(row, plan)
/** A long digest only counts its last items: nobody was told about them. */
const isShown = ({ place }: ToldRow) => place < digestItems - 1

/**
 * A digest goes out again, or a person handed a draft in, that shows what was taken back meanwhile: that is taken back
 * behind it, unless whoever reads there was told already.
 */
export function takeBackShown(room: Room, lead: number, nowMs: number): void {
  const { sql } = room
  const at = Math.trunc(nowMs)
  const retracted = sql.all<{ id: number; retraction_id: number }>(
    `SELECT d.id, r.retraction_id FROM deliveries d JOIN retractions r ON r.event_id = d.event_id
      WHERE d.id = ? OR d.lead_id = ?`,
    lead,
    lead,
  )
  for (const { id, retraction_id } of retracted) {
    const row = sql.get<ToldRow>(`${toldColumns} WHERE d.id = ?`, id)
    if (row === undefined || !isShown(row) || !mayBeTold(row, room.plan)) continue
    const told = sql.get<{ id: number }>(
      'SELECT id FROM deliveries WHERE subscription_id = ? AND event_id = ?',
      row.subscription_id,
      retraction_id,
    )
    if (told === undefined) takeBack(room, row, retraction_id, at)
    else {
      sql.run(
        `UPDATE deliveries SET state = 'queued', not_before_ms = ?, settled_ms = NULL, error = NULL, expires_ms = ?
          WHERE id = ? AND state = 'dropped' AND error = ?`,
        at,
        expiryMs(room, row.bridge, at),
        told.id,
        reasons.neverSent,
      )
    }
  }
}

/** At once, whatever was agreed about digests, quiet hours and caps; behind what it takes back, where that is not done. */
function takeBack(room: Room, row: ToldRow, retractionId: number, nowMs: number): void {
  const { bridge, owner, thread, about, address, content } = row
  // Nobody but a person can hand it in.
  const draft = room.plan.bridges.get(bridge)?.byHand === true
  insertDelivery(room, {
    bridge,
    state: draft ? 'held' : 'queued',
    notBeforeMs: draft ? null : nowMs,
    purpose: 'retraction',
    subscriptionId: row.subscription_id,
    owner,
    matchId: row.match_id,
    eventId: retractionId,
    nowMs,
    messageMs: null,
    expiresMs: draft ? null : expiryMs(room, bridge, nowMs),
    schedule: null,
    thread,
    about,
    afterId: row.id,
    digestId: null,
    draft,
    address,
    content,
    pictures: row.pictures === 1,
    stream: row.stream_name === null ? null : { name: row.stream_name, title: row.stream_title ?? '' },
  })
  countNotice(room.sql, row.subscription_id)
}
