/** Events become rows: written once, stored as bytes, and never written again under that identifier. */
import { key, streamOf } from '../../vo/ivoid.ts'
import type { VOEvent } from '../../vo/model/voevent.ts'
import { elementHash } from '../../vo/xml/element.ts'
import { writeVOEvent20 } from '../../vo/xml/voevent-2.0.ts'
import type { MappedEvent, OutsideEvent, Sifted } from '../flow.ts'
import { countEvent } from './ledger-counts.ts'
import { toJson } from './plain-json.ts'
import type { EventRef, Room } from './room.ts'

/** Comet and others refuse a VTP message of more bytes. */
export const maxEventBytes = 99_999

/** Why an event could not be made. */
export interface NoEvent {
  readonly code: string
  readonly reason: string
}
export interface LogRef {
  readonly seq: number
  readonly ivoid: string
}

/**
 * Records the events of packets that count. `byKey` gives every event that the `Sifted` brought, whether it is new,
 * was there before (the first record wins), or could not be written.
 */
export function recordMapped(
  room: Room,
  sifted: Sifted,
  counts: (offset: number) => boolean,
): { byKey: Map<string, EventRef | NoEvent>; logged: LogRef[] } {
  const byKey = new Map<string, EventRef | NoEvent>()
  const logged: LogRef[] = []
  for (const mapped of sifted.events) {
    if (!counts(mapped.offset)) continue
    const eventKey = key(mapped.event.ivoid)
    const known = room.sql.get<EventRef>(`SELECT id, role FROM events WHERE key = ? AND origin = 'own'`, eventKey)
    if (known !== undefined) {
      byKey.set(eventKey, known)
      continue
    }
    const event = withCitation(mapped.event, followedUp(room, mapped))
    const made = recordOwnEvent(room, { ...mapped, event }, sifted.nowMs)
    byKey.set(eventKey, made)
    if ('code' in made) {
      room.warn({ code: made.code, ivoid: mapped.event.ivoid, reason: made.reason }, 'an event could not be written')
    } else if (mapped.published) {
      logged.push({ seq: addToLog(room, made.id), ivoid: mapped.event.ivoid })
    }
  }
  return { byKey, logged }
}

/** An event of our own, written for good. The caller has seen that nothing of ours has its identifier. */
export function recordOwnEvent(
  room: Room,
  { event, streamIvoid, objectId }: Pick<MappedEvent, 'event' | 'streamIvoid' | 'objectId'>,
  nowMs: number,
): EventRef | NoEvent {
  let bytes: Uint8Array
  let hash: string
  try {
    bytes = writeVOEvent20(event)
    hash = elementHash(bytes)
  } catch (error) {
    const { code, message } = error as { code?: unknown; message?: unknown }
    return { code: typeof code === 'string' ? code : 'MAPPING_FAILED', reason: String(message) }
  }
  if (bytes.length > maxEventBytes) {
    return { code: 'EVENT_TOO_LARGE', reason: `${bytes.length} bytes, ${maxEventBytes} are allowed` }
  }
  return insert(room, {
    key: key(event.ivoid),
    event,
    origin: 'own',
    sender: null,
    stream: streamIvoid,
    objectId,
    hash,
    mediaType: 'text/xml',
    bytes,
    nowMs,
  })
}

/** The same stream's last event of the object. A test never becomes part of an observation's story, nor the reverse. */
function followedUp(room: Room, { streamIvoid, objectId, event }: MappedEvent): string | undefined {
  if (objectId === null) return undefined
  return room.sql.get<{ ivoid: string }>(
    `SELECT ivoid FROM events WHERE stream = ? AND object_id = ? AND origin = 'own' AND (role = 'test') = ?
      ORDER BY id DESC LIMIT 1`,
    streamIvoid,
    objectId,
    Number(event.role === 'test'),
  )?.ivoid
}

/** VOEvent 2.0 §3.7: `followup` when there is an earlier event; an event that cites it already is left as it is. */
function withCitation(event: VOEvent, earlier: string | undefined): VOEvent {
  const cited = event.citations?.events ?? []
  if (earlier === undefined || cited.some(({ ivoid }) => key(ivoid) === key(earlier))) return event
  return { ...event, citations: { ...event.citations, events: [...cited, { ivoid: earlier, cite: 'followup' }] } }
}

/** An event from elsewhere: its bytes as they came. */
export function recordOutside(room: Room, outside: OutsideEvent, nowMs: number): { ref: EventRef; log: LogRef } {
  const ref = insert(room, {
    key: key(outside.ivoid),
    event: { ...outside.model, ivoid: outside.ivoid, role: outside.role },
    origin: outside.origin,
    sender: outside.from,
    stream: streamOf(outside.ivoid),
    objectId: null,
    hash: outside.elementHash,
    mediaType: outside.mediaType,
    bytes: outside.bytes,
    nowMs,
  })
  return { ref, log: { seq: addToLog(room, ref.id), ivoid: outside.ivoid } }
}

interface NewEvent {
  readonly key: string
  readonly event: VOEvent
  readonly origin: 'own' | OutsideEvent['origin']
  readonly sender: string | null
  readonly stream: string
  readonly objectId: string | null
  readonly hash: string
  readonly mediaType: string
  readonly bytes: Uint8Array
  readonly nowMs: number
}

function insert(room: Room, row: NewEvent): EventRef {
  const { id } = room.sql.run(
    `INSERT INTO events (key, ivoid, role, origin, sender, stream, object_id, recorded_ms, element_hash, media_type,
        bytes, model) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    row.key,
    row.event.ivoid,
    row.event.role,
    row.origin,
    row.sender,
    row.stream,
    row.objectId,
    Math.trunc(row.nowMs),
    Buffer.from(row.hash, 'hex'),
    row.mediaType,
    row.bytes,
    toJson(row.event),
  )
  countEvent(room.sql, row.origin)
  return { id, role: row.event.role }
}

export function addToLog(room: Room, eventId: number): number {
  return room.sql.run('INSERT INTO log (event_id) VALUES (?)', eventId).id
}
