/** Readers of values that hold others, and of text and bytes. */
import { isUtf8 } from 'node:buffer'
import type { AvroValue } from '../flow.ts'
import type { Cursor } from './cursor.ts'

export type Read = (cursor: Cursor) => AvroValue

export function arrayReader(readItem: Read, least: number): Read {
  return (cursor) => {
    const items: AvroValue[] = []
    for (let count = cursor.blockCount(least); count > 0; count = cursor.blockCount(least)) {
      for (let left = count; left > 0; left--) items.push(readItem(cursor))
    }
    return items
  }
}

/** Keys are a stranger's: an object without a prototype takes any of them. */
export function mapReader(readValue: Read): Read {
  return (cursor) => {
    const map: Record<string, AvroValue> = Object.create(null)
    for (let count = cursor.blockCount(1); count > 0; count = cursor.blockCount(1)) {
      for (let left = count; left > 0; left--) map[readText(cursor)] = readValue(cursor)
    }
    return map
  }
}

/** A union of null and something: nearly every field of a packet. */
export function nullableReader(read: Read, nullByte: 0 | 2): Read {
  return (cursor) => {
    const branch = cursor.pos < cursor.end ? cursor.bytes[cursor.pos] : undefined
    if (branch === nullByte) {
      cursor.pos++
      return null
    }
    if (branch === 2 - nullByte) {
      cursor.pos++
      return read(cursor)
    }
    // A longer way to write 0 or 1, or an error.
    return cursor.index(2, 'branch') * 2 === nullByte ? null : read(cursor)
  }
}

export function unionReader(branches: readonly Read[]): Read {
  const count = branches.length
  return (cursor) => branches[cursor.index(count, 'branch')]!(cursor)
}

export function readText(cursor: Cursor): string {
  const length = cursor.length()
  const start = cursor.take(length)
  const { bytes } = cursor
  if (length < 24) {
    // Short ASCII (bands, designations) is quicker here than through the decoder.
    let text = ''
    let index = 0
    for (; index < length; index++) {
      const byte = bytes[start + index]!
      if (byte >= 0x80) break
      text += String.fromCharCode(byte)
    }
    if (index === length) return text
  }
  if (!isUtf8(bytes.subarray(start, start + length))) throw cursor.invalid('text that is not UTF-8')
  return bytes.toString('utf8', start, start + length)
}

export function copyOf(cursor: Cursor, length: number): Uint8Array {
  const start = cursor.take(length)
  return new Uint8Array(cursor.bytes.subarray(start, start + length))
}
