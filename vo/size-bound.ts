/**
 * How large an event's XML can be at most, told without writing it: every text counts with its escapes, every part of
 * the model with more than its mark-up needs. It looks at each part once and makes no string, so that a gateway can
 * ask it of every event.
 */
import type { ObsDataLocation, VOEvent } from './model/voevent.ts'

const bytesOfMarkup = 48
/** Declaration, root element and the elements that wrap the parts. */
const bytesOfHead = 1000
/** Elements of a location that are written whatever it says. */
const bytesOfLocation = 800

/** At least as many bytes as `writeVOEvent20` or `writeVOEvent21` make of an event that holds 2.0's parts alone. */
export function sizeBound(event: VOEvent): number {
  let sum = bytesOfHead + boundOf(event)
  if (event.whereWhen) for (const location of event.whereWhen) sum += locationBound(location)
  return sum
}

/** A coordinate system is named twice: by itself, and by the coordinates in it. */
function locationBound({ coordSystem, observatory }: ObsDataLocation): number {
  return bytesOfLocation + escapedBytes(coordSystem) + escapedBytes(observatory?.coordSystem ?? '')
}

/** At least as many bytes as the XML of this part of a model. Embedded content counts as base64. */
export function boundOf(part: unknown): number {
  if (typeof part === 'string') return bytesOfMarkup + escapedBytes(part)
  if (typeof part !== 'object' || part === null) return bytesOfMarkup
  if (part instanceof Uint8Array) return bytesOfMarkup + Math.ceil(part.length / 3) * 4
  let sum = bytesOfMarkup
  if (Array.isArray(part)) {
    for (const item of part) sum += boundOf(item)
    return sum
  }
  const fields = part as Readonly<Record<string, unknown>>
  for (const key in fields) {
    const item = fields[key]
    sum += key === 'definition' ? definitionBound(item as object) : boundOf(item)
  }
  return sum
}

/** What a Param means is the same object in every event of a stream. */
const knownBounds = new WeakMap<object, number>()

function definitionBound(definition: object): number {
  let bound = knownBounds.get(definition)
  if (bound === undefined) {
    bound = boundOf(definition)
    knownBounds.set(definition, bound)
  }
  return bound
}

/** No character needs more than six bytes: `&quot;`. */
const mostBytes = 6
/** Texts up to this are not looked into. */
const shortText = 40

/** At most what a text needs in UTF-8 with its escapes; a control character is replaced. */
function escapedBytes(text: string): number {
  if (text.length <= shortText) return mostBytes * text.length
  let escaped = 0
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index)
    // " & ' < >
    if (code < 0x20 || code === 0x22 || code === 0x26 || code === 0x27 || code === 0x3c || code === 0x3e) escaped++
  }
  return Buffer.byteLength(text) + (mostBytes - 1) * escaped
}
