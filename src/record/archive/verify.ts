/** Reads the whole archive and says what is damaged: every record by its checksum, every index against its records. */
import { statSync } from 'node:fs'
import { type SegmentRow, segmentRowOf, segmentsOf } from './archive-commands.ts'
import type { ArchiveReadingRoom } from './look-up.ts'
import { nightName } from './night.ts'
import { type Scanned, scanSegment, segmentPath } from './segment-format.ts'

export type Finding =
  /** So many bytes from a place on are no record that was written. */
  | {
      readonly kind: 'damaged'
      readonly file: string
      readonly at: number
      readonly bytes: number
      readonly why: string
    }
  /** A packet is there and its night's index does not say so. */
  | { readonly kind: 'not indexed'; readonly file: string; readonly night: string; readonly packets: number }
  /** Stands in the store beside this disk alone: not read. */
  | { readonly kind: 'elsewhere'; readonly file: string }

export interface Verified {
  readonly segments: number
  readonly packets: number
  readonly bytes: number
  readonly elsewhere: number
  readonly findings: number
}

/** Goes through all nights, or one; `onProgress` gets the bytes read so far and those of all. */
export function verifyArchive(
  room: ArchiveReadingRoom,
  night: number | undefined,
  onFinding: (finding: Finding) => void,
  onProgress: (done: number, all: number) => void,
): Verified {
  const rows = segmentsOf(room.sql, night)
  const all = rows.reduce((sum, row) => sum + (row.local ? row.bytes : 0), 0)
  const sum = { segments: 0, packets: 0, bytes: 0, elsewhere: 0, findings: 0 }
  const found = (finding: Finding) => {
    if (finding.kind !== 'elsewhere') sum.findings++
    onFinding(finding)
  }
  for (const row of rows) {
    const file = segmentPath(room.segmentDir, row.id)
    if (!row.local) {
      sum.elsewhere++
      found({ kind: 'elsewhere', file })
      continue
    }
    verifySegment(room, row, file, sum, found, () => onProgress(sum.bytes, all))
  }
  return sum
}

function verifySegment(
  room: ArchiveReadingRoom,
  row: SegmentRow,
  file: string,
  sum: { segments: number; packets: number; bytes: number },
  found: (finding: Finding) => void,
  progress: () => void,
): void {
  // The gateway may drop it meanwhile: that is no damage.
  if (statSync(file, { throwIfNoEntry: false }) === undefined && !segmentRowOf(room.sql, row.id)?.local) return
  let missing = 0
  for (const scanned of scanSegment(file, 0, row.bytes)) {
    sum.bytes += scanned.length
    progress()
    if (typeof scanned.found === 'string') {
      found({ kind: 'damaged', file, at: scanned.place, bytes: scanned.length, why: scanned.found })
    } else {
      sum.packets++
      if (!isIndexed(room, row, scanned)) missing++
    }
  }
  sum.segments++
  if (missing > 0) found({ kind: 'not indexed', file, night: nightName(row.night), packets: missing })
}

function isIndexed(room: ArchiveReadingRoom, row: SegmentRow, { place, length, found }: Scanned): boolean {
  if (typeof found === 'string' || found.record.alertId === '') return true
  const at = found.link ?? { segment: row.id, place, length }
  const places = room.indexes.find(row.night, found.record.survey, found.record.alertId) ?? []
  return places.some((known) => known.segment === at.segment && known.place === at.place && known.length === at.length)
}
