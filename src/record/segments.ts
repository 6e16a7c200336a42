/**
 * Packet segments: append-only files of packets as they came. A file is `FTNSEG1\n`, then records one after another:
 *
 *     u32 length of the body · u32 CRC-32 (zlib's) of the body · body
 *     body: i64 record time (ms) · i64 offset · i64 visit · u32 partition ·
 *           source, topic, survey, alert id (each u16 length, UTF-8) · the packet's bytes
 *
 * All numbers are little-endian. Where a file ends is what the database says: bytes beyond it were never committed and
 * are cut off on opening. So the order of durability is: bytes, fdatasync, then the transaction that stores the end.
 */
import {
  closeSync,
  fdatasyncSync,
  fsyncSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  readdirSync,
  readSync,
  statSync,
  unlinkSync,
  writevSync,
} from 'node:fs'
import { join } from 'node:path'
import { crc32 } from 'node:zlib'
import { FountainError } from '../errors.ts'
import type { Sql } from './database.ts'
import type { FailAt } from './fail-points.ts'

const magic = Buffer.from('FTNSEG1\n')
const headBytes = 8
export const segmentLimits = { bytes: 256 * 1024 * 1024, ageMs: 3_600_000 } as const

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

/** What the segments need of a file system: a test gives one that fills up. */
export interface SegmentFiles {
  write(fd: number, buffers: readonly Uint8Array[], position: number): number
  sync(fd: number): void
}
const realFiles: SegmentFiles = {
  write: (fd, buffers, position) => writevSync(fd, buffers as NodeJS.ArrayBufferView[], position),
  sync: fdatasyncSync,
}

/** The active segment. Records are staged within a transaction, written and synced by `flush` before its commit. */
export class Segments {
  readonly #dir: string
  readonly #sql: Sql
  readonly #failAt: FailAt
  readonly #files: SegmentFiles
  #id: number
  #openedMs: number
  /** Where the committed part ends. */
  #end: number
  #fd: number | undefined
  #next: { id: number; openedMs: number } | undefined
  #staged: Uint8Array[] = []
  #place: number
  /** What was found missing on opening, for the log. */
  readonly damage: string | undefined

  /** Cuts the newest segment back to its stored end and removes files that no commit ever named. */
  constructor(dir: string, sql: Sql, failAt: FailAt, files: SegmentFiles = realFiles) {
    this.#dir = dir
    this.#sql = sql
    this.#failAt = failAt
    this.#files = files
    mkdirSync(dir, { recursive: true, mode: 0o700 })
    const newest = sql.get<{ id: number; end_offset: number; opened_ms: number }>(
      'SELECT id, end_offset, opened_ms FROM segments ORDER BY id DESC LIMIT 1',
    )
    this.#id = newest?.id ?? 0
    this.#openedMs = newest?.opened_ms ?? 0
    this.#end = newest?.end_offset ?? 0
    this.#place = this.#end
    for (const name of readdirSync(dir)) {
      const id = /^(\d+)\.seg$/.exec(name)?.[1]
      if (id !== undefined && Number(id) > this.#id) unlinkSync(join(dir, name))
    }
    if (newest === undefined) return
    const path = segmentPath(dir, newest.id)
    const size = statSync(path, { throwIfNoEntry: false })?.size ?? 0
    if (size < this.#end) {
      // Somebody took bytes away. What is gone is gone; new packets go to a new file.
      this.damage = `${path} has ${size} bytes, ${this.#end} were stored`
      this.#openedMs = Number.NEGATIVE_INFINITY
      return
    }
    this.#fd = openSync(path, 'r+')
    if (size > this.#end) ftruncateSync(this.#fd, this.#end)
  }

  /** At the start of a transaction: decides whether its packets go to a new file. */
  begin(nowMs: number): void {
    this.#staged = []
    const full = this.#end >= segmentLimits.bytes || nowMs - this.#openedMs >= segmentLimits.ageMs
    this.#next = this.#id === 0 || full ? { id: this.#id + 1, openedMs: nowMs } : undefined
    this.#place = this.#next === undefined ? this.#end : magic.length
  }

  /** Gives a record its place; it is written by `flush`. */
  stage(record: KeptRecord): Place {
    const [head, bytes] = encode(record)
    const length = head.length + bytes.length
    // The row comes before all that refer to it, in the command that stages first: it goes where that command goes.
    if (this.#next !== undefined && this.#staged.length === 0) {
      const { id, openedMs } = this.#next
      this.#sql.run('INSERT INTO segments (id, end_offset, opened_ms) VALUES (?, ?, ?)', id, magic.length, openedMs)
    }
    const at = { segment: this.#next?.id ?? this.#id, place: this.#place, length }
    this.#staged.push(head, bytes)
    this.#place += length
    return at
  }

  /** A point to return to when one command of a transaction fails. */
  mark(): { staged: number; place: number } {
    return { staged: this.#staged.length, place: this.#place }
  }
  returnTo(mark: { staged: number; place: number }): void {
    this.#staged.length = mark.staged
    this.#place = mark.place
  }

  /** Writes what was staged, syncs it, and notes the new end in the open transaction. */
  flush(): void {
    if (this.#staged.length === 0) return
    if (this.#next !== undefined) this.#create(this.#next.id)
    const fd = (this.#fd ??= openSync(segmentPath(this.#dir, this.#id), 'r+'))
    let position = this.#next === undefined ? this.#end : magic.length
    for (let index = 0; index < this.#staged.length; index += 512) {
      position = this.#writeAll(fd, this.#staged.slice(index, index + 512), position)
    }
    this.#failAt('apply:after-append')
    this.#files.sync(fd)
    this.#failAt('apply:after-sync')
    this.#sql.run('UPDATE segments SET end_offset = ? WHERE id = ?', this.#place, this.#next?.id ?? this.#id)
  }

  /** The transaction is committed. */
  committed(): void {
    if (this.#staged.length === 0) return
    if (this.#next !== undefined) {
      this.#id = this.#next.id
      this.#openedMs = this.#next.openedMs
      this.#next = undefined
    }
    this.#end = this.#place
    this.#staged = []
  }

  /** The transaction was rolled back: whatever was written of it goes. */
  rolledBack(): void {
    this.#staged = []
    if (this.#fd === undefined) return
    if (this.#next === undefined) {
      ftruncateSync(this.#fd, this.#end)
      return
    }
    closeSync(this.#fd)
    this.#fd = undefined
  }

  close(): void {
    if (this.#fd !== undefined) closeSync(this.#fd)
    this.#fd = undefined
  }

  #create(id: number): void {
    if (this.#fd !== undefined) closeSync(this.#fd)
    this.#fd = undefined
    const fd = openSync(segmentPath(this.#dir, id), 'w', 0o600)
    this.#fd = fd
    this.#writeAll(fd, [magic], 0)
    syncDirectory(this.#dir)
    this.#failAt('segment:after-create')
  }

  /** `writev` may write less than asked: goes on until all is written. */
  #writeAll(fd: number, buffers: readonly Uint8Array[], position: number): number {
    let rest = buffers
    while (rest.length > 0) {
      let written = this.#files.write(fd, rest, position)
      if (written === 0) throw new FountainError('DISK_FULL', 'A packet segment takes no more bytes.')
      position += written
      const next: Uint8Array[] = []
      for (const buffer of rest) {
        if (written >= buffer.length) written -= buffer.length
        else {
          next.push(written === 0 ? buffer : buffer.subarray(written))
          written = 0
        }
      }
      rest = next
    }
    return position
  }
}

/** Makes the entries of a directory durable. (Windows has no such call and needs none.) */
function syncDirectory(dir: string): void {
  if (process.platform === 'win32') return
  const fd = openSync(dir, 'r')
  try {
    fsyncSync(fd)
  } finally {
    closeSync(fd)
  }
}

function segmentPath(dir: string, id: number): string {
  return join(dir, `${String(id).padStart(8, '0')}.seg`)
}

function encode(record: KeptRecord): [head: Buffer, bytes: Uint8Array] {
  const texts = [record.source, record.topic, record.survey, record.alertId].map((text) => Buffer.from(text, 'utf8'))
  const head = Buffer.alloc(headBytes + 28 + texts.reduce((sum, text) => sum + 2 + text.length, 0))
  head.writeUInt32LE(head.length - headBytes + record.bytes.length, 0)
  let at = headBytes
  for (const number of [record.recordTimeMs, record.offset, record.visit]) {
    at = head.writeBigInt64LE(BigInt(Math.trunc(number)), at)
  }
  at = head.writeUInt32LE(record.partition, at)
  for (const text of texts) {
    at = head.writeUInt16LE(text.length, at)
    at += text.copy(head, at)
  }
  head.writeUInt32LE(crc32(record.bytes, crc32(head.subarray(headBytes))), 4)
  return [head, record.bytes]
}

/** Reads a record back by its place; PACKET_DAMAGED when its checksum does not match. */
export function readRecord(dir: string, at: Place): KeptRecord {
  const path = segmentPath(dir, at.segment)
  const damaged = (why: string) => new FountainError('PACKET_DAMAGED', `${path} at ${at.place}: ${why}.`)
  const record = Buffer.alloc(at.length)
  let fd: number
  try {
    fd = openSync(path, 'r')
  } catch (cause) {
    throw damaged((cause as Error).message)
  }
  try {
    if (readSync(fd, record, 0, at.length, at.place) !== at.length) throw damaged('the file is too short')
  } finally {
    closeSync(fd)
  }
  const body = record.subarray(headBytes)
  if (at.length < headBytes + 28 || record.readUInt32LE(0) !== body.length) throw damaged('no record begins here')
  if (record.readUInt32LE(4) !== crc32(body)) throw damaged('the checksum does not match')
  let cursor = 28
  const text = () => {
    const length = body.readUInt16LE(cursor)
    cursor += 2 + length
    return body.toString('utf8', cursor - length, cursor)
  }
  const [source, topic, survey, alertId] = [text(), text(), text(), text()]
  return {
    recordTimeMs: Number(body.readBigInt64LE(0)),
    offset: Number(body.readBigInt64LE(8)),
    visit: Number(body.readBigInt64LE(16)),
    partition: body.readUInt32LE(24),
    source,
    topic,
    survey,
    alertId,
    bytes: new Uint8Array(body.subarray(cursor)),
  }
}
