/** Finding packets: which nights' indexes name an alert, and where its bytes are now. */

import { FountainError } from '../../errors.ts'
import type { Sql } from '../database.ts'
import { alertKey } from '../room.ts'
import { segmentKey, segmentRowOf } from './archive-commands.ts'
import { nightName } from './night.ts'
import type { NightIndexReader } from './night-index.ts'
import { type KeptRecord, type Place, readRecord } from './segment-format.ts'

export interface ArchiveReadingRoom {
  readonly sql: Sql
  readonly segmentDir: string
  readonly indexes: NightIndexReader
}

/** A packet that stands in the store beside this disk alone: whoever can ask that store reads it there. */
export interface RemotePlace {
  readonly key: string
  readonly at: Place
}
export type Read = { readonly record: KeptRecord } | { readonly remote: RemotePlace }

/**
 * Reads the record at a place, in one read. Null when its segment was dropped; throws ARCHIVE_DAMAGED when it is not
 * what was written.
 */
export function readAt({ sql, segmentDir }: Pick<ArchiveReadingRoom, 'sql' | 'segmentDir'>, at: Place): Read | null {
  const row = segmentRowOf(sql, at.segment)
  if (row === undefined) return null
  if (!row.local) return { remote: { key: segmentKey(row), at } }
  return { record: readRecord(segmentDir, at) }
}

/**
 * The newest packet that is kept of an alert; null when there is none. Throws ARCHIVE_INDEX_BEHIND when it may be in a
 * night whose index is not complete, ARCHIVE_DAMAGED when it cannot be read back.
 */
export function newestPacket(room: ArchiveReadingRoom, survey: string, alertId: string): Read | null {
  if (!wasSeen(room.sql, survey, alertId)) return null
  const missing: number[] = []
  for (const night of nights(room.sql)) {
    const places = room.indexes.find(night, survey, alertId)
    if (places === undefined) missing.push(night)
    for (const at of places?.reverse() ?? []) {
      const read = readAt(room, at)
      if (read !== null) return read
    }
  }
  sayIncomplete(room, missing)
  return null
}

/** All packets that are kept of an alert, oldest first. Throws as `newestPacket`. */
export function allPackets(room: ArchiveReadingRoom, survey: string, alertId: string): Read[] {
  if (!wasSeen(room.sql, survey, alertId)) return []
  const missing: number[] = []
  const found = nights(room.sql).flatMap((night) => {
    const places = room.indexes.find(night, survey, alertId)
    if (places === undefined) missing.push(night)
    return places ?? []
  })
  if (found.length === 0) sayIncomplete(room, missing)
  found.sort((a, b) => a.segment - b.segment || a.place - b.place)
  return found.flatMap((at) => readAt(room, at) ?? [])
}

/** Nights with an index that cannot be read, newest first: to be made again. */
export function unreadableNights(room: ArchiveReadingRoom): number[] {
  return nights(room.sql).filter((night) => room.indexes.find(night, '', '') === undefined)
}

/** Every packet that is kept is one of an alert that was seen: an unknown identifier costs one look-up. */
function wasSeen(sql: Sql, survey: string, alertId: string): boolean {
  return (
    sql.get(
      'SELECT 1 FROM seen_alerts WHERE survey_id = (SELECT id FROM surveys WHERE name = ?) AND alert_id = ?',
      survey,
      alertKey(alertId),
    ) !== undefined
  )
}

/** The nights that have packets, the one written to last first: a clock that was set back makes an older one newer. */
function nights(sql: Sql): number[] {
  return sql
    .all<{ night: number; last: number }>('SELECT night, MAX(id) AS last FROM segments GROUP BY night')
    .sort((a, b) => b.last - a.last)
    .map(({ night }) => night)
}

function sayIncomplete({ sql, indexes }: ArchiveReadingRoom, missing: readonly number[]): void {
  const behind = sql
    .all<{ id: number; night: number; end: number }>(
      'SELECT id, night, end_offset AS "end" FROM segments WHERE finished = 1 AND indexed = 0',
    )
    .filter(({ id, night, end }) => indexes.upTo(night, id) < end)
  const incomplete = [...new Set([...missing, ...behind.map(({ night }) => night)])].sort((a, b) => b - a)
  if (incomplete.length === 0) return
  const named = incomplete.slice(0, 3).map(nightName).join(', ')
  throw new FountainError(
    'ARCHIVE_INDEX_BEHIND',
    `not found, but ${named}${incomplete.length > 3 ? ' …' : ''} cannot be searched yet`,
  )
}
