/** Dead letters: packets that could not be used (dead) or not yet (parked), and what became of them. */
import { FountainError } from '../errors.ts'
import type { DeadPacket, KeptPacket, Sifted, SiftedLine } from '../flow.ts'
import { type ArchiveReadingRoom, type Read, readAt } from './archive/look-up.ts'
import type { Place } from './archive/segment-format.ts'
import type { Sql } from './database.ts'
import type { DeadLetter } from './port.ts'

/** A letter that still stands. */
export interface Letter {
  readonly id: number
  readonly state: 'dead' | 'parked'
  readonly visit: number
  readonly place: Place | undefined
}

interface LetterRow {
  readonly id: number
  readonly state: 'dead' | 'parked'
  readonly visit: number
  readonly segment_id: number | null
  readonly place: number | null
  readonly stored: number | null
}

export function letterAt(sql: Sql, sifted: Sifted, offset: number): Letter | undefined {
  const row = sql.get<LetterRow>(
    `SELECT id, state, visit, segment_id, place, stored FROM dead_letters
      WHERE source = ? AND topic = ? AND partition = ? AND offset = ? AND state <> 'retried'`,
    sifted.source,
    sifted.topic,
    sifted.partition,
    offset,
  )
  return row && { id: row.id, state: row.state, visit: row.visit, place: placeOf(row) }
}

function placeOf(row: Pick<LetterRow, 'segment_id' | 'place' | 'stored'>): Place | undefined {
  if (row.segment_id === null || row.place === null || row.stored === null) return undefined
  return { segment: row.segment_id, place: row.place, length: row.stored }
}

export function postLetter(
  sql: Sql,
  sifted: Sifted,
  line: SiftedLine,
  fault: DeadPacket,
  packet: KeptPacket | undefined,
  at: Place | undefined,
): void {
  sql.run(
    `INSERT INTO dead_letters (source, survey, topic, partition, offset, state, code, reason, schema_id, visit,
        record_time_ms, since_ms, crc32, length, segment_id, place, stored)
      VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    sifted.source,
    sifted.survey,
    sifted.topic,
    sifted.partition,
    line.offset,
    fault.state,
    fault.code,
    fault.reason,
    fault.schemaId ?? null,
    line.visit,
    Math.trunc(packet?.recordTimeMs ?? sifted.nowMs),
    Math.trunc(sifted.nowMs),
    line.crc32,
    line.length,
    at?.segment ?? null,
    at?.place ?? null,
    at?.length ?? null,
  )
}

/** After another try: done with (`retried`), or still there, perhaps for another reason. */
export function moveLetter(sql: Sql, letter: Letter, line: SiftedLine, to: DeadPacket | { state: 'retried' }): void {
  const { id } = letter
  if (to.state === 'retried') {
    sql.run(`UPDATE dead_letters SET state = 'retried', visit = ?, tries = tries + 1 WHERE id = ?`, line.visit, id)
    return
  }
  sql.run(
    'UPDATE dead_letters SET state = ?, code = ?, reason = ?, schema_id = ?, visit = ?, tries = tries + 1 WHERE id = ?',
    to.state,
    to.code,
    to.reason,
    to.schemaId ?? null,
    line.visit,
    id,
  )
}

type ListedRow = LetterRow & {
  readonly source: string
  readonly survey: string
  readonly topic: string
  readonly partition: number
  readonly offset: number
  readonly code: string
  readonly reason: string
  readonly schema_id: number | null
  readonly record_time_ms: number
  readonly since_ms: number
  readonly length: number
}

function letter(row: ListedRow): DeadLetter {
  const { id, state, source, survey, topic, partition, offset, code, reason, length } = row
  return {
    id,
    state,
    source,
    survey,
    topic,
    partition,
    offset,
    code,
    reason,
    ...(row.schema_id === null ? {} : { schemaId: row.schema_id }),
    recordTimeMs: row.record_time_ms,
    sinceMs: row.since_ms,
    length,
  }
}

/** A page of letters, oldest first, after the id given. */
export function deadLetters(
  sql: Sql,
  filter: { state?: 'dead' | 'parked' | 'retried'; limit: number; afterId?: number },
): readonly DeadLetter[] {
  const after = filter.afterId ?? 0
  const rows =
    filter.state === undefined
      ? sql.all<ListedRow>('SELECT * FROM dead_letters WHERE id > ? ORDER BY id LIMIT ?', after, filter.limit)
      : sql.all<ListedRow>(
          'SELECT * FROM dead_letters WHERE state = ? AND id > ? ORDER BY id LIMIT ?',
          filter.state,
          after,
          filter.limit,
        )
  return rows.map(letter)
}

/**
 * A letter and where its packet is; null when there is no such letter, or its bytes were not kept. Throws
 * ARCHIVE_DROPPED when they are kept no more.
 */
export function deadPacket(room: ArchiveReadingRoom, id: number): { letter: DeadLetter; read: Read } | null {
  const row = room.sql.get<ListedRow>('SELECT * FROM dead_letters WHERE id = ?', id)
  const at = row && placeOf(row)
  if (row === undefined || at === undefined) return null
  const read = readAt(room, at)
  if (read === null) {
    const { source, code, reason } = row
    throw new FountainError('ARCHIVE_DROPPED', `dead letter ${id} of ${source} (${code}: ${reason})`)
  }
  return { letter: letter(row), read }
}
