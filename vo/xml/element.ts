/**
 * The root element as bytes, and what stands on it: how a broker tells packets apart without changing a bit.
 *
 * VTP 2.0 §8: two messages are the same when the bytes from `<` to `>` of the VOEvent element are the same; the
 * declaration and comments around it do not count.
 */
import { createHash } from 'node:crypto'
import { VOEventError } from '../voevent-error.ts'
import { type Encoding, encodingOf } from './encoding.ts'

/** Bytes `start` (the `<`) to `end` (after the `>`). */
export interface Span {
  readonly start: number
  readonly end: number
}

const lt = 0x3c
const gt = 0x3e
const slash = 0x2f
const bang = 0x21
const question = 0x3f
const quote = 0x22
const apostrophe = 0x27

/**
 * Finds the root element: markup is counted, not judged, so that documents with other faults have a span too.
 * Prose before the root is passed over. Throws VOEventError when there is no complete element, or a DOCTYPE.
 */
export function voeventElement(bytes: Uint8Array): Span {
  const encoding = encodingOf(bytes)
  const units = codeUnits(bytes, encoding)
  let at = units.indexOf(lt)
  let start = -1
  let depth = 0
  while (at >= 0) {
    const next = units[at + 1]
    let end: number
    if (next === question) {
      end = after(units, at + 2, '?>')
    } else if (next === bang && startsWith(units, at, '<!--')) {
      end = after(units, at + 4, '-->')
    } else if (next === bang && startsWith(units, at, '<![CDATA[')) {
      end = after(units, at + 9, ']]>')
    } else if (next === bang && startsWith(units, at, '<!DOCTYPE')) {
      throw new VOEventError('XML_DOCTYPE', '')
    } else if (isNameStart(next)) {
      end = tagEnd(units, at + 1)
      if (start < 0) start = at
      if (units[end - 2] !== slash) depth++
      else if (depth === 0) return span(start, end, encoding)
    } else if (next === slash && depth > 0) {
      end = tagEnd(units, at + 1)
      if (--depth === 0) return span(start, end, encoding)
    } else {
      // A stray `<`: in prose before the root, or a fault that reading will name.
      end = at + 1
    }
    at = units.indexOf(lt, end)
  }
  throw new VOEventError('XML_NOT_WELL_FORMED', start < 0 ? 'There is no element.' : 'The root element has no end.')
}

/** SHA-256 in hexadecimal of the root element's bytes: the identity of a message. Throws as `voeventElement`. */
export { type Peek, peekVOEvent } from './peek.ts'

export function elementHash(bytes: Uint8Array): string {
  const { start, end } = voeventElement(bytes)
  return createHash('sha256').update(bytes.subarray(start, end)).digest('hex')
}

function span(start: number, end: number, { unitBytes, markBytes }: Encoding): Span {
  return { start: markBytes + start * unitBytes, end: markBytes + end * unitBytes }
}

/** The document as code units after the byte order mark; in all encodings read here markup is ASCII among them. */
function codeUnits(bytes: Uint8Array, encoding: Encoding): Uint8Array | Uint16Array {
  const body = bytes.subarray(encoding.markBytes)
  if (encoding.unitBytes === 1) return body
  const view = new DataView(body.buffer, body.byteOffset, body.length)
  const units = new Uint16Array(body.length >> 1)
  const little = encoding.label === 'utf-16le'
  for (let i = 0; i < units.length; i++) units[i] = view.getUint16(i * 2, little)
  return units
}

type Units = Uint8Array | Uint16Array

function startsWith(units: Units, at: number, text: string): boolean {
  for (let i = 0; i < text.length; i++) if (units[at + i] !== text.charCodeAt(i)) return false
  return true
}

/** The position after the next `mark`. */
function after(units: Units, from: number, mark: string): number {
  const first = mark.charCodeAt(0)
  for (let at = units.indexOf(first, from); at >= 0; at = units.indexOf(first, at + 1)) {
    if (startsWith(units, at, mark)) return at + mark.length
  }
  throw new VOEventError('XML_NOT_WELL_FORMED', `Something opened is not closed by ${mark}.`)
}

/** The position after the `>` of a tag, which may stand in quoted attribute values too. */
function tagEnd(units: Units, from: number): number {
  for (let at = from; at < units.length; at++) {
    const unit = units[at]
    if (unit === gt) return at + 1
    if (unit === quote || unit === apostrophe) {
      at = units.indexOf(unit, at + 1)
      if (at < 0) break
    }
  }
  throw new VOEventError('XML_NOT_WELL_FORMED', 'A tag has no end.')
}

function isNameStart(unit: number | undefined): boolean {
  if (unit === undefined) return false
  return (
    (unit >= 0x61 && unit <= 0x7a) || (unit >= 0x41 && unit <= 0x5a) || unit === 0x5f || unit === 0x3a || unit >= 0x80
  )
}
