/**
 * The active segment. Where a segment ends is what the database says: bytes beyond it were never committed and are cut
 * off on opening. So the order of durability is: bytes, fdatasync, then the transaction that stores the end, then the
 * night's index, which may lag behind.
 */
import {
  closeSync,
  fdatasyncSync,
  fsyncSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  readdirSync,
  statSync,
  unlinkSync,
  writevSync,
} from 'node:fs'
import { FountainError } from '../../errors.ts'
import type { Sql } from '../database.ts'
import type { FailAt } from '../fail-points.ts'
import { nightOf } from './night.ts'
import type { IndexEntry } from './night-index.ts'
import type { NightIndexes } from './night-indexes.ts'
import {
  encodeLink,
  encodeRecord,
  fileMagic,
  type KeptRecord,
  type Place,
  segmentOfName,
  segmentPath,
} from './segment-format.ts'

/**
 * Bytes go to the system about so many at a time, from where they are: a list of all the buffers of a batch takes
 * twice as long, and so does copying them together (bench/archive.ts). A list may have 1,024 buffers at most.
 */
const piece = { bytes: 1024 * 1024, buffers: 512 } as const
export const segmentLimits = { bytes: 256 * 1024 * 1024, ageMs: 3_600_000 } as const

/** What the segments need of a file system: a test gives one that fills up. */
export interface SegmentFiles {
  write(fd: number, buffers: readonly Uint8Array[], position: number): number
  sync(fd: number): void
}
const realFiles: SegmentFiles = {
  write: (fd, buffers, position) => writevSync(fd, buffers as NodeJS.ArrayBufferView[], position),
  sync: fdatasyncSync,
}

/** A segment that takes records. */
interface Active {
  readonly id: number
  readonly openedMs: number
  readonly night: number
}

/** What a transaction staged so far; a command that fails goes back to what was before it. */
interface Mark {
  readonly staged: number
  readonly entries: number
  readonly place: number
}

/** Records are staged within a transaction, and written and synced by `flush` before its commit. */
export class Segments {
  readonly #dir: string
  readonly #sql: Sql
  readonly #failAt: FailAt
  readonly #files: SegmentFiles
  readonly indexes: NightIndexes
  /** Undefined when the next record begins a new one. */
  #active: Active | undefined
  #lastId: number
  /** Where the committed part ends. */
  #end = 0
  #fd: number | undefined
  #next: Active | undefined
  #staged: Uint8Array[] = []
  #entries: IndexEntry[] = []
  #place = 0
  /** What was found missing on opening, for the log. */
  readonly damage: string | undefined

  /** Cuts the active segment back to its stored end, and removes files that no commit names (or names any more). */
  constructor(dir: string, sql: Sql, indexes: NightIndexes, failAt: FailAt, files: SegmentFiles = realFiles) {
    this.#dir = dir
    this.#sql = sql
    this.indexes = indexes
    this.#failAt = failAt
    this.#files = files
    mkdirSync(dir, { recursive: true, mode: 0o700 })
    const rows = sql.all<{ id: number; local: number; copied: number }>(
      'SELECT id, local, uploaded_ms IS NOT NULL AS copied FROM segments',
    )
    const here = new Set(readdirSync(dir).flatMap((name) => segmentOfName(name) ?? []))
    const stored = new Set(rows.filter(({ local }) => local === 1).map(({ id }) => id))
    for (const id of here) if (!stored.has(id)) unlinkSync(segmentPath(dir, id))
    // Numbers are never used again: what points to a segment that was dropped must not meet another one.
    this.#lastId = sql.get<{ seq: number }>(`SELECT seq FROM sqlite_sequence WHERE name = 'segments'`)?.seq ?? 0
    const gone = rows.filter(({ id, local }) => local === 1 && !here.has(id))
    // A disk that was lost: what is copied is read where the copy is.
    for (const { id, copied } of gone) if (copied === 1) sql.run('UPDATE segments SET local = 0 WHERE id = ?', id)
    const missing = gone.filter(({ copied }) => copied === 0).map(({ id }) => segmentPath(dir, id))
    const cut = this.#resume()
    const damage = [
      ...(missing.length > 0 ? [`${missing.join(', ')} ${missing.length > 1 ? 'are' : 'is'} missing`] : []),
      ...cut,
    ]
    this.damage = damage.length > 0 ? damage.join('; ') : undefined
  }

  /** Goes on with the segment that was not finished; returns what is wrong with it. */
  #resume(): string[] {
    const row = this.#sql.get<{ id: number; end_offset: number; opened_ms: number; night: number }>(
      'SELECT id, end_offset, opened_ms, night FROM segments WHERE finished = 0 ORDER BY id DESC LIMIT 1',
    )
    if (row === undefined) return []
    const path = segmentPath(this.#dir, row.id)
    const size = statSync(path, { throwIfNoEntry: false })?.size
    if (size === undefined || size < row.end_offset) {
      // Somebody took bytes away. What is gone is gone; new packets go to a new file.
      this.#sql.run('UPDATE segments SET finished = 1 WHERE id = ?', row.id)
      return size === undefined ? [] : [`${path} has ${size} bytes, ${row.end_offset} were stored`]
    }
    this.#active = { id: row.id, openedMs: row.opened_ms, night: row.night }
    this.#end = row.end_offset
    this.#fd = openSync(path, 'r+')
    if (size > this.#end) ftruncateSync(this.#fd, this.#end)
    // What was committed and not indexed when the process died, a transaction or two.
    this.indexes.catchUp({ id: row.id, night: row.night, end: row.end_offset })
    return []
  }

  /** At the start of a transaction: decides whether its packets go to a new file. */
  begin(nowMs: number): void {
    this.#staged = []
    this.#entries = []
    const active = this.#active
    this.#next =
      active === undefined || this.#end >= segmentLimits.bytes || isOld(active, nowMs)
        ? { id: this.#lastId + 1, openedMs: nowMs, night: nightOf(nowMs) }
        : undefined
    this.#place = this.#next === undefined ? this.#end : fileMagic.length
  }

  /** Gives a record its place; it is written by `flush`. `sum`: the CRC-32 of its bytes, where it is known. */
  stage(record: KeptRecord, sum?: number): Place {
    const at = this.#append(encodeRecord(record, sum))
    if (record.alertId !== '') this.#entries.push({ survey: record.survey, alertId: record.alertId, at })
    return at
  }

  /** Says that the packet of an alert stands elsewhere: it was kept before anybody could read which alert it is. */
  link(record: Omit<KeptRecord, 'bytes'>, to: Place): void {
    this.#append(encodeLink(record, to))
    this.#entries.push({ survey: record.survey, alertId: record.alertId, at: to })
  }

  #append([head, bytes]: readonly [Uint8Array, Uint8Array]): Place {
    const length = head.length + bytes.length
    // The row comes before all that refer to it, in the command that stages first: it goes where that command goes.
    if (this.#next !== undefined && this.#staged.length === 0) {
      const { id, openedMs, night } = this.#next
      this.#sql.run('UPDATE segments SET finished = 1 WHERE finished = 0')
      this.#sql.run(
        'INSERT INTO segments (id, end_offset, opened_ms, night) VALUES (?, ?, ?, ?)',
        id,
        fileMagic.length,
        Math.trunc(openedMs),
        night,
      )
    }
    const at = { segment: (this.#next ?? this.#active)?.id ?? 0, place: this.#place, length }
    this.#staged.push(head, bytes)
    this.#place += length
    return at
  }

  /** A point to return to when one command of a transaction fails. */
  mark(): Mark {
    return { staged: this.#staged.length, entries: this.#entries.length, place: this.#place }
  }
  returnTo(mark: Mark): void {
    this.#staged.length = mark.staged
    this.#entries.length = mark.entries
    this.#place = mark.place
  }

  /** Writes what was staged, syncs it, and notes the new end in the open transaction. */
  flush(): void {
    if (this.#staged.length === 0) return
    const into = this.#next ?? this.#active
    if (into === undefined) throw new Error('begin() names the segment')
    if (this.#next !== undefined) this.#create(into.id)
    this.#fd ??= openSync(segmentPath(this.#dir, into.id), 'r+')
    let position = this.#next === undefined ? this.#end : fileMagic.length
    for (const buffers of pieces(this.#staged)) position = this.#writeAll(this.#fd, buffers, position)
    this.#failAt('apply:after-append')
    this.#files.sync(this.#fd)
    this.#failAt('apply:after-sync')
    this.#sql.run('UPDATE segments SET end_offset = ? WHERE id = ?', this.#place, into.id)
  }

  /** The transaction is committed. */
  committed(): void {
    if (this.#staged.length === 0) return
    const before = this.#next === undefined ? this.#end : 0
    if (this.#next !== undefined) {
      this.#active = this.#next
      this.#lastId = this.#next.id
      this.#next = undefined
    }
    this.#end = this.#place
    this.#staged = []
    if (this.#active !== undefined) this.indexes.append(this.#active, before, this.#end, this.#entries)
    this.#entries = []
    this.#failAt('index:after-append')
  }

  /** The transaction was rolled back: whatever was written of it goes. */
  rolledBack(): void {
    this.#staged = []
    this.#entries = []
    if (this.#fd === undefined) return
    if (this.#next === undefined) {
      ftruncateSync(this.#fd, this.#end)
      return
    }
    this.#closeFile()
  }

  /**
   * Nothing more is appended to the active segment: one that is old while no packets come, or the one named, which is
   * about to go. Called within a transaction; returns whether there was one.
   */
  finish(nowMs: number, id?: number): boolean {
    const active = this.#active
    if (active === undefined || this.#staged.length > 0) return false
    if (id === undefined ? !isOld(active, nowMs) : active.id !== id) return false
    this.#sql.run('UPDATE segments SET finished = 1 WHERE id = ?', active.id)
    this.#active = undefined
    this.#closeFile()
    // What this transaction may still stage begins a new one.
    this.begin(nowMs)
    return true
  }

  close(): void {
    this.#closeFile()
    this.indexes.close()
  }

  #closeFile(): void {
    if (this.#fd !== undefined) closeSync(this.#fd)
    this.#fd = undefined
  }

  #create(id: number): void {
    this.#closeFile()
    const fd = openSync(segmentPath(this.#dir, id), 'w', 0o600)
    this.#fd = fd
    this.#writeAll(fd, [fileMagic], 0)
    syncDirectory(this.#dir)
    this.#failAt('segment:after-create')
  }

  /** `writev` may write less than asked: goes on until all is written. */
  #writeAll(fd: number, buffers: readonly Uint8Array[], position: number): number {
    let rest = buffers.filter(({ length }) => length > 0)
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

function* pieces(buffers: readonly Uint8Array[]): Generator<readonly Uint8Array[]> {
  let from = 0
  let bytes = 0
  for (const [index, { length }] of buffers.entries()) {
    bytes += length
    if (bytes < piece.bytes && index + 1 - from < piece.buffers) continue
    yield buffers.slice(from, index + 1)
    from = index + 1
    bytes = 0
  }
  if (from < buffers.length) yield buffers.slice(from)
}

/** A segment takes packets for an hour, and of one night alone. */
function isOld({ openedMs, night }: Active, nowMs: number): boolean {
  return nowMs - openedMs >= segmentLimits.ageMs || nightOf(nowMs) !== night
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
