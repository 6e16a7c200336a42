/**
 * Packet segments: append-only files of packets as they came. A file is `FTNSEG1\n`, then records one after another:
 *
 *     'PKT1' · u32 length of label and packet · u32 length of the label · u32 CRC-32 of the label · u32 CRC-32 of the packet ·
 *     label: i64 record time (ms) · i64 offset · i64 visit · u32 partition · u8 kind ·
 *            source, topic, survey, alert id (each u16 length, UTF-8) ·
 *     the packet's bytes
 *
 * All numbers are little-endian, checksums are zlib's. The packet's own is the one that was made when it came in: it tells
 * of every change on the whole way from there. Kind 0 is a packet. Kind 1 is a link: a packet that was kept before its alert was known
 * (it was parked) stands elsewhere, at `u32 segment · i64 place · u32 length`, which are the link's bytes. The four
 * letters before each record let what follows a damaged one be found again.
 */
import { closeSync, openSync, readSync } from 'node:fs'
import { join } from 'node:path'
import { crc32 } from 'node:zlib'
import { FountainError } from '../../errors.ts'

export const fileMagic = Buffer.from('FTNSEG1\n')
export const recordMagic = Buffer.from('PKT1')
const headBytes = 20
const fixedBytes = 29
const kinds = { packet: 0, link: 1 } as const
/** More than any packet that a source takes, or a body's texts may add to it: a longer one is damage. */
const longestBody = 1 << 30

export interface KeptRecord {
  readonly source: string
  readonly topic: string
  readonly partition: number
  readonly offset: number
  readonly survey: string
  /** '' where unknown. */
  readonly alertId: string
  readonly visit: number
  readonly recordTimeMs: number
  readonly bytes: Uint8Array
}

/** Where a record stands. `length` is the whole record's, head included. */
export interface Place {
  readonly segment: number
  readonly place: number
  readonly length: number
}

export function segmentName(id: number): string {
  return `${String(id).padStart(8, '0')}.seg`
}
export const segmentPath = (dir: string, id: number): string => join(dir, segmentName(id))
/** The number of a segment file; undefined for another file. */
export function segmentOfName(name: string): number | undefined {
  const digits = /^(\d{8,})\.seg$/.exec(name)?.[1]
  return digits === undefined ? undefined : Number(digits)
}

/** A record's head and its bytes, to be written one after the other. `sum`: the CRC-32 of the bytes, where it is known. */
export function encodeRecord(record: KeptRecord, sum = crc32(record.bytes)): [head: Buffer, bytes: Uint8Array] {
  return encode(record, kinds.packet, sum)
}

export function encodeLink(record: Omit<KeptRecord, 'bytes'>, to: Place): [head: Buffer, bytes: Uint8Array] {
  const bytes = Buffer.alloc(16)
  bytes.writeUInt32LE(to.segment, 0)
  bytes.writeBigInt64LE(BigInt(to.place), 4)
  bytes.writeUInt32LE(to.length, 12)
  return encode({ ...record, bytes }, kinds.link, crc32(bytes))
}

function encode(record: KeptRecord, kind: number, sum: number): [head: Buffer, bytes: Uint8Array] {
  const texts = [record.source, record.topic, record.survey, record.alertId].map((text) => Buffer.from(text, 'utf8'))
  const head = Buffer.allocUnsafe(headBytes + fixedBytes + texts.reduce((sum, text) => sum + 2 + text.length, 0))
  recordMagic.copy(head)
  head.writeUInt32LE(head.length - headBytes + record.bytes.length, 4)
  let at = headBytes
  for (const number of [record.recordTimeMs, record.offset, record.visit]) {
    at = head.writeBigInt64LE(BigInt(Math.trunc(number)), at)
  }
  at = head.writeUInt32LE(record.partition, at)
  at = head.writeUInt8(kind, at)
  for (const text of texts) {
    at = head.writeUInt16LE(text.length, at)
    at += text.copy(head, at)
  }
  head.writeUInt32LE(head.length - headBytes, 8)
  head.writeUInt32LE(crc32(head.subarray(headBytes)), 12)
  head.writeUInt32LE(sum, 16)
  return [head, record.bytes]
}

/** A record's bytes, checked; a string says what is wrong with them. */
export function decodeRecord(record: Buffer): { record: KeptRecord; link?: Place } | string {
  if (record.length < headBytes + fixedBytes || !record.subarray(0, 4).equals(recordMagic))
    return 'no record begins here'
  const body = record.subarray(headBytes)
  if (record.readUInt32LE(4) !== body.length) return 'the length of the record is another'
  const label = body.subarray(0, record.readUInt32LE(8))
  const bytes = body.subarray(label.length)
  if (label.length < fixedBytes || record.readUInt32LE(12) !== crc32(label))
    return 'the checksum of the label does not match'
  if (record.readUInt32LE(16) !== crc32(bytes)) return 'the checksum does not match'
  let cursor = fixedBytes
  const text = () => {
    const length = body.readUInt16LE(cursor)
    cursor += 2 + length
    return body.toString('utf8', cursor - length, cursor)
  }
  const [source, topic, survey, alertId] = [text(), text(), text(), text()]
  const kept: KeptRecord = {
    recordTimeMs: Number(body.readBigInt64LE(0)),
    offset: Number(body.readBigInt64LE(8)),
    visit: Number(body.readBigInt64LE(16)),
    partition: body.readUInt32LE(24),
    source,
    topic,
    survey,
    alertId,
    bytes: new Uint8Array(bytes),
  }
  if (body[28] !== kinds.link) return { record: kept }
  const to = { segment: bytes.readUInt32LE(0), place: Number(bytes.readBigInt64LE(4)), length: bytes.readUInt32LE(12) }
  return { record: kept, link: to }
}

export const damaged = (where: string, why: string): FountainError =>
  new FountainError('ARCHIVE_DAMAGED', `${where}: ${why}.`)

/** Reads a record back by its place, in one read; ARCHIVE_DAMAGED when it is not what was written. */
export function readRecord(dir: string, at: Place): KeptRecord {
  const path = segmentPath(dir, at.segment)
  const where = `${path} at ${at.place}`
  let fd: number
  try {
    fd = openSync(path, 'r')
  } catch (cause) {
    throw damaged(where, (cause as Error).message)
  }
  try {
    const record = Buffer.allocUnsafeSlow(at.length)
    if (readSync(fd, record, 0, at.length, at.place) !== at.length) throw damaged(where, 'the file is too short')
    return recordOf(record, where)
  } finally {
    closeSync(fd)
  }
}

/** What these bytes, read from there, hold. Throws ARCHIVE_DAMAGED. */
export function recordOf(bytes: Buffer, where: string): KeptRecord {
  const found = decodeRecord(bytes)
  if (typeof found === 'string') throw damaged(where, found)
  return found.record
}

export interface Scanned {
  readonly place: number
  readonly length: number
  /** The record, or what is wrong from here on for `length` bytes. */
  readonly found: { readonly record: KeptRecord; readonly link?: Place } | string
}

const chunkBytes = 4 * 1024 * 1024

/**
 * Reads a segment from a place (0, or where a record begins) to its end, record by record, each checked. A stretch
 * that is no record is told once, and reading goes on at the next record that is one.
 */
export function* scanSegment(path: string, from: number, end: number): Generator<Scanned> {
  let fd: number
  try {
    fd = openSync(path, 'r')
  } catch (cause) {
    yield { place: from, length: end - from, found: (cause as Error).message }
    return
  }
  try {
    const window = new Window(fd, end)
    let at = from
    if (at === 0) {
      const magic = window.read(0, fileMagic.length)
      if (!magic?.equals(fileMagic))
        yield { place: 0, length: fileMagic.length, found: 'it does not begin as a segment' }
      at = fileMagic.length
    }
    while (at < end) {
      const next = recordAt(window, at)
      if (typeof next !== 'string') {
        yield next
        at += next.length
        continue
      }
      const resumed = window.nextRecord(at + 1)
      yield { place: at, length: resumed - at, found: next }
      at = resumed
    }
  } finally {
    closeSync(fd)
  }
}

function recordAt(window: Window, at: number): Scanned | string {
  const head = window.read(at, headBytes)
  if (head === undefined) return 'the file is too short'
  if (!head.subarray(0, 4).equals(recordMagic)) return 'no record begins here'
  const length = headBytes + head.readUInt32LE(4)
  const record = length > longestBody ? undefined : window.read(at, length)
  if (record === undefined) return 'the record goes beyond the end'
  const found = decodeRecord(record)
  return typeof found === 'string' ? found : { place: at, length, found }
}

/** What of a file is in memory: a few megabytes, or one record where that is longer. */
class Window {
  readonly #fd: number
  readonly #end: number
  #start = 0
  #bytes: Buffer = Buffer.alloc(0)
  constructor(fd: number, end: number) {
    this.#fd = fd
    this.#end = end
  }
  /** A view that holds until the next call; undefined where the file ends before. */
  read(at: number, length: number): Buffer | undefined {
    if (at + length > this.#end) return undefined
    if (at < this.#start || at + length > this.#start + this.#bytes.length) this.#load(at, length)
    const view = this.#bytes.subarray(at - this.#start, at - this.#start + length)
    return view.length === length ? view : undefined
  }
  /** Where the next whole record begins, at or after a place; the end where there is none. */
  nextRecord(from: number): number {
    let at = from
    while (at < this.#end) {
      if (this.read(at, Math.min(recordMagic.length, this.#end - at)) === undefined) return this.#end
      const found = this.#bytes.indexOf(recordMagic, at - this.#start)
      if (found >= 0) {
        at = this.#start + found
        if (typeof recordAt(this, at) !== 'string') return at
        at += 1
      } else {
        at = Math.max(at + 1, this.#start + this.#bytes.length - recordMagic.length + 1)
      }
    }
    return this.#end
  }
  #load(at: number, length: number): void {
    const buffer = Buffer.allocUnsafeSlow(Math.min(Math.max(length, chunkBytes), this.#end - at))
    let read = 0
    while (read < buffer.length) {
      const got = readSync(this.#fd, buffer, read, buffer.length - read, at + read)
      if (got === 0) break
      read += got
    }
    this.#start = at
    this.#bytes = buffer.subarray(0, read)
  }
}
