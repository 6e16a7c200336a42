/**
 * Keeps an event below what peers take: 99,999 bytes of XML. The size is bounded from above without writing it:
 * every text counts with its escapes, every part of the model with more than its mark-up needs.
 */
import type { Group, VOEvent } from '../../vo/model/voevent.ts'

/** Below the peers' 99,999, with room for the citations that are added when the event is recorded. */
export const largestEventBytes = 90_000
const bytesOfMarkup = 48

/** The event, without the last columns of its stream and then its tables where it would be too large; undefined when that does not help. */
export function fitEvent(event: VOEvent): VOEvent | undefined {
  if (boundOf(event) <= largestEventBytes) return event
  const { what } = event
  if (what === undefined) return undefined
  const isStream = (group: Group) => group.type === 'stream'
  const rest = { ...event, what: { ...what, groups: what.groups.filter((group) => !isStream(group)) } }
  const stream = what.groups.find(isStream)
  if (stream === undefined) return smallest(rest)
  const fixed = boundOf(rest) + boundOf({ ...stream, params: [] }) + leftOutBytes
  const params = []
  let size = fixed
  for (const param of stream.params) {
    size += boundOf(param)
    if (size > largestEventBytes) break
    params.push(param)
  }
  const leftOut = `${stream.params.length - params.length} columns are left out: the event would be too large`
  const shortened = { ...stream, params, descriptions: [...(stream.descriptions ?? []), leftOut] }
  return fixed > largestEventBytes
    ? smallest(rest)
    : { ...event, what: { ...what, groups: what.groups.map((group) => (isStream(group) ? shortened : group)) } }
}

const leftOutBytes = 200

function smallest(event: VOEvent): VOEvent | undefined {
  const bare = event.what === undefined ? event : { ...event, what: { ...event.what, tables: [] } }
  return boundOf(bare) <= largestEventBytes ? bare : undefined
}

/** At least as many bytes as the XML of this part of a model (without the document's own head). */
export function boundOf(part: unknown): number {
  if (typeof part === 'string') return bytesOfMarkup + escapedBytes(part)
  if (typeof part !== 'object' || part === null) return bytesOfMarkup
  let sum = bytesOfMarkup
  if (Array.isArray(part)) {
    for (const item of part) sum += boundOf(item)
    return sum
  }
  for (const [key, item] of Object.entries(part)) sum += key === 'definition' ? definitionBound(item) : boundOf(item)
  return sum
}

/** A mapping's definitions are the same objects in every event. */
const knownBounds = new WeakMap<object, number>()

function definitionBound(definition: object): number {
  let bound = knownBounds.get(definition)
  if (bound === undefined) {
    bound = boundOf(definition)
    knownBounds.set(definition, bound)
  }
  return bound
}

/** Bytes of UTF-8, and six for each character that is escaped or, as a control character, replaced. */
function escapedBytes(text: string): number {
  let escaped = 0
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index)
    // " & ' < >
    if (code < 0x20 || code === 0x22 || code === 0x26 || code === 0x27 || code === 0x3c || code === 0x3e) escaped++
  }
  return Buffer.byteLength(text) + 5 * escaped
}
