/**
 * Where else the public finds an event of ours, once it was reported: a new event that cites the original (`followup`)
 * and links to the telegram, the circular or the name that it became.
 */
import { unixMsToIso } from '../../vo/astro/time.ts'
import type { VOEvent } from '../../vo/model/voevent.ts'
import type { CitationMade, HandedIn } from './draft-port.ts'
import { onlyNames } from './object-names.ts'
import { fromJson } from './plain-json.ts'
import { addToLog, recordOwnEvent } from './record-events.ts'
import { freeIvoid } from './retract.ts'
import type { Room } from './room.ts'

/** By which the public knows it: 'ATel #17123', 'AT 2026abc'. */
type Publication = Pick<HandedIn, 'title' | 'url'>

interface OriginalRow {
  readonly id: number
  readonly bridge: string
  readonly role: string
  readonly ivoid: string
  readonly stream: string
  readonly model: string
  readonly seq: number | null
}

/**
 * Records it once an event and name. Null where it was said before, the delivery has no event, its event is somebody
 * else's (nobody else gives out names under their authority), or a sandbox was told of an observation. It goes to the feeds and to no subscription: nobody asked
 * for it by a filter.
 */
export function citePublication(room: Room, deliveryId: number, said: Publication, nowMs: number): CitationMade | null {
  const { sql } = room
  const original = sql.get<OriginalRow>(
    `SELECT e.id, d.bridge, e.role, e.ivoid, e.stream, e.model, l.seq FROM deliveries d JOIN events e ON e.id = d.event_id
      LEFT JOIN log l ON l.event_id = e.id WHERE d.id = ? AND e.origin = 'own'`,
    deliveryId,
  )
  if (original === undefined) return null
  // A name of a sandbox names nothing that anybody else finds.
  if (room.plan.bridges.get(original.bridge)?.rehearses && original.role !== 'test') return null
  const known = sql.get('SELECT 1 FROM publications WHERE event_id = ? AND title = ?', original.id, said.title)
  if (known !== undefined) return null
  const at = Math.trunc(nowMs)
  const event = citationOf(original, freeIvoid(room, original.ivoid, 'c'), said, at)
  // No object: what follows about it cites the last event that says something, and not this one.
  const made = recordOwnEvent(room, { event, streamIvoid: original.stream, objectId: null }, at)
  if ('code' in made) {
    // What was sent stays sent, whatever becomes of the citation.
    room.warn({ code: made.code, ivoid: event.ivoid, reason: made.reason }, 'a citation could not be written')
    return null
  }
  sql.run(
    'INSERT INTO publications (event_id, title, url, citation_id, cited_ms) VALUES (?, ?, ?, ?, ?)',
    original.id,
    said.title,
    said.url ?? null,
    made.id,
    at,
  )
  return { ivoid: event.ivoid, seq: original.seq === null ? null : addToLog(room, made.id) }
}

const nothing = { params: [], groups: [], tables: [], descriptions: [], references: [] }

function citationOf(original: OriginalRow, ivoid: string, { title, url }: Publication, atMs: number): VOEvent {
  const { role, who, what } = fromJson<VOEvent>(original.model)
  const groups = (what?.groups ?? []).flatMap(onlyNames)
  const description = `Published as ${title}.`
  // VOEvent's Reference has room for a URI alone (`meaning` is one, too): the name is a Param, for programs.
  const name = { definition: { name: 'publishedAs', dataType: 'string', ucd: 'meta.ref' }, value: title } as const
  return {
    ivoid,
    role,
    who: { ...who, date: unixMsToIso(atMs) },
    what: { ...nothing, params: [name], groups },
    citations: { events: [{ ivoid: original.ivoid, cite: 'followup' }], description },
    description,
    ...(url === undefined ? {} : { reference: { uri: url } }),
  }
}
