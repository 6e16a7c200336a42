/**
 * What keeps the archive in order, as commands: each a small step, so that packets never wait for one. `caretaker.ts`
 * says them one after the other. A file is deleted after the transaction that forgets it: what a crash leaves behind
 * in between is an orphan, which is removed on opening.
 */
import type { Sql } from '../database.ts'
import { addToSource } from '../ledger-counts.ts'
import type { Room } from '../room.ts'
import { nightName } from './night.ts'

/** A file of packets. */
export interface SegmentRow {
  readonly id: number
  readonly night: number
  readonly openedMs: number
  readonly bytes: number
  readonly finished: boolean
  /** The index of its night has all of it, durably. */
  readonly indexed: boolean
  readonly local: boolean
  readonly uploadedMs: number | null
}

export interface ArchiveNight {
  readonly night: number
  readonly name: string
  readonly segments: number
  readonly bytes: number
  readonly localBytes: number
  readonly uploaded: number
  readonly indexed: number
}

/** One step of indexing reads about so much: some tens of milliseconds. */
const indexStepBytes = 8 * 1024 * 1024
/** Steps are small, lists too. */
const pageRows = 200
const dayMs = 86_400_000

const columns = `id, night, opened_ms AS openedMs, end_offset AS bytes, finished, indexed, local, uploaded_ms AS uploadedMs`
type Raw = Omit<SegmentRow, 'finished' | 'indexed' | 'local'> & { finished: number; indexed: number; local: number }
const segmentRow = (raw: Raw): SegmentRow => ({
  ...raw,
  finished: raw.finished === 1,
  indexed: raw.indexed === 1,
  local: raw.local === 1,
})

export function segmentRowOf(sql: Sql, id: number): SegmentRow | undefined {
  const raw = sql.get<Raw>(`SELECT ${columns} FROM segments WHERE id = ?`, id)
  return raw && segmentRow(raw)
}

/** How an object is called in the store beside this disk. With the time, for another data directory counts from 1 too. */
export function segmentKey({ id, night, openedMs }: Pick<SegmentRow, 'id' | 'night' | 'openedMs'>): string {
  return `${nightName(night)}/${String(id).padStart(8, '0')}-${openedMs}.seg`
}
export const indexKey = (night: number): string => `${nightName(night)}/index.sqlite`

export const archiveWrites = {
  /** Finishes the active segment when it is old and nothing more comes. */
  archiveFinish: (room: Room, nowMs: number): boolean => room.segments.finish(nowMs),

  /** Indexes some more of a segment; true when all of it is, and, of a finished one, durably. */
  archiveIndex: (room: Room, id: number): boolean => {
    const row = segmentRowOf(room.sql, id)
    if (row === undefined || !row.local) return true
    const { indexes } = room.segments
    const all = indexes.catchUp({ id, night: row.night, end: row.bytes }, indexStepBytes)
    if (!all || !row.finished) return all
    if (!indexes.makeDurable(row.night)) return false
    room.sql.run('UPDATE segments SET indexed = 1 WHERE id = ?', id)
    return true
  },

  /** Deletes the index of a night, to be made again. */
  archiveRebuild: (room: Room, night: number): void => room.segments.indexes.remove(night),

  /** Forgets a segment. Its file and its object are the caller's: the object before, the file after. */
  archiveDrop: (room: Room, id: number, nowMs: number): void => {
    room.segments.finish(nowMs, id)
    buryParked(room.sql, id)
    room.sql.run('DELETE FROM segments WHERE id = ?', id)
  },

  /** Deletes the index of a night of which no segment is left; true when it did. */
  archiveForgetNight: (room: Room, night: number): boolean => {
    if (room.sql.get('SELECT 1 FROM segments WHERE night = ?', night) !== undefined) return false
    room.segments.indexes.remove(night)
    room.sql.run('DELETE FROM uploaded_indexes WHERE night = ?', night)
    return true
  },

  /** False when the segment was dropped meanwhile. */
  archiveUploaded: (room: Room, id: number, nowMs: number): boolean =>
    room.sql.run('UPDATE segments SET uploaded_ms = ? WHERE id = ?', Math.trunc(nowMs), id).changes > 0,

  archiveIndexUploaded: (room: Room, night: number, nowMs: number): void => {
    room.sql.run('INSERT OR REPLACE INTO uploaded_indexes VALUES (?, ?)', night, Math.trunc(nowMs))
  },

  /** Is the file here? Before it is deleted, and after it was brought back. */
  archiveLocal: (room: Room, id: number, local: boolean): void => {
    room.sql.run('UPDATE segments SET local = ? WHERE id = ?', local ? 1 : 0, id)
  },
} as const

/** What waited for its schema and is kept no more waits in vain: it is dead, and counted so. */
function buryParked(sql: Sql, segment: number): void {
  const parked = `FROM dead_letters WHERE segment_id = ? AND state = 'parked'`
  const groups = sql.all<{ source: string; visit: number; n: number }>(
    `SELECT source, visit, COUNT(*) AS n ${parked} GROUP BY source, visit`,
    segment,
  )
  for (const { source, visit, n } of groups) {
    addToSource(sql, source, new Map([[visit, { decoded: 0, duplicate: 0, parked: -n, dead: n }]]))
  }
  sql.run(
    `UPDATE dead_letters SET state = 'dead', code = 'ARCHIVE_DROPPED', reason = code || ': ' || reason
      WHERE segment_id = ? AND state = 'parked'`,
    segment,
  )
}

export interface Limits {
  readonly days?: number | undefined
  readonly maxBytes?: number | undefined
  /** With a store beside this disk: how long files stay here too. */
  readonly localDays?: number | undefined
  readonly nowMs: number
}

/** A page of the segments of which something is to be done, oldest first; the active one may be behind too. */
export function segmentsToIndex(sql: Sql): SegmentRow[] {
  return rows(sql, 'indexed = 0')
}
export function segmentsToUpload(sql: Sql): SegmentRow[] {
  return rows(sql, 'finished = 1 AND uploaded_ms IS NULL AND local = 1')
}

/** Nights that are over, indexed and copied, but for their index. */
export function indexesToUpload(sql: Sql): number[] {
  return sql
    .all<{ night: number }>(
      `SELECT night FROM segments WHERE night NOT IN (SELECT night FROM uploaded_indexes)
        GROUP BY night HAVING MIN(indexed) = 1 AND MIN(uploaded_ms IS NOT NULL) = 1
          AND night < (SELECT MAX(night) FROM segments) ORDER BY night LIMIT ${pageRows}`,
    )
    .map(({ night }) => night)
}

/**
 * What is beyond the limits, oldest first: to be dropped everywhere, or to leave this disk alone. Whole nights are
 * dropped. Only when the newest night alone is more than fits, its first segments go before it is over.
 */
export function beyondLimits(sql: Sql, limits: Limits): { drop: SegmentRow[]; leave: SegmentRow[] } {
  const { days, maxBytes, localDays, nowMs } = limits
  if (days !== undefined) {
    const drop = rows(sql, 'night <= ?', lastNightBefore(nowMs - days * dayMs))
    if (drop.length > 0) return { drop, leave: [] }
  }
  const copied = 'local = 1 AND uploaded_ms IS NOT NULL AND indexed = 1'
  const leave =
    localDays === undefined ? [] : rows(sql, `${copied} AND night <= ?`, lastNightBefore(nowMs - localDays * dayMs))
  if (leave.length > 0 || maxBytes === undefined) return { drop: [], leave }
  const over =
    (sql.get<{ n: number | null }>('SELECT SUM(end_offset) AS n FROM segments WHERE local = 1')?.n ?? 0) - maxBytes
  if (over <= 0) return { drop: [], leave: [] }
  // What has a copy elsewhere is not lost: it leaves this disk. What has none yet waits, for it is the only one.
  if (localDays !== undefined) return { drop: [], leave: firstOf(rows(sql, copied), over) }
  const oldest = sql.get<{ night: number; newest: number }>(
    'SELECT MIN(night) AS night, MAX(night) AS newest FROM segments',
  )
  if (oldest === undefined) return { drop: [], leave: [] }
  if (oldest.night < oldest.newest) return { drop: rows(sql, 'night = ?', oldest.night), leave: [] }
  return { drop: firstOf(rows(sql, 'finished = 1'), over), leave: [] }
}

const lastNightBefore = (ms: number): number => Math.floor(ms / dayMs - 1.5)

/** So many of the first that they are `bytes` together. */
function firstOf(all: SegmentRow[], bytes: number): SegmentRow[] {
  let sum = 0
  const end = all.findIndex((row) => (sum += row.bytes) >= bytes)
  return end < 0 ? all : all.slice(0, end + 1)
}

function rows(sql: Sql, where: string, ...values: number[]): SegmentRow[] {
  return sql
    .all<Raw>(`SELECT ${columns} FROM segments WHERE ${where} ORDER BY night, id LIMIT ${pageRows}`, ...values)
    .map(segmentRow)
}

/** How much is kept, and how much of it on this disk. */
export function archiveBytes(sql: Sql): { total: number; local: number } {
  const sums = 'COALESCE(SUM(end_offset), 0) AS total, COALESCE(SUM(end_offset * local), 0) AS local'
  return sql.get<{ total: number; local: number }>(`SELECT ${sums} FROM segments`) ?? { total: 0, local: 0 }
}

/** Every night, newest first. */
export function archiveNights(sql: Sql): ArchiveNight[] {
  return sql
    .all<Omit<ArchiveNight, 'name'>>(
      `SELECT night, COUNT(*) AS segments, SUM(end_offset) AS bytes, SUM(end_offset * local) AS localBytes,
          SUM(uploaded_ms IS NOT NULL) AS uploaded, SUM(indexed) AS indexed
        FROM segments GROUP BY night ORDER BY night DESC`,
    )
    .map((row) => ({ ...row, name: nightName(row.night) }))
}

/** The segments of a night, oldest first; of all nights without one. */
export function segmentsOf(sql: Sql, night?: number): SegmentRow[] {
  const of = night === undefined ? [] : [night]
  return sql
    .all<Raw>(`SELECT ${columns} FROM segments ${of.length > 0 ? 'WHERE night = ?' : ''} ORDER BY night, id`, ...of)
    .map(segmentRow)
}
