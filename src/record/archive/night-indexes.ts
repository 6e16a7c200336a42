/** The indexes of nights on the writer's side: appended to as packets come, caught up with and made again from the segments. */
import { diskTrouble, type Sql } from '../database.ts'
import type { Room } from '../room.ts'
import { type IndexEntry, indexedNights, isIndexDamage, NightIndex, removeIndex } from './night-index.ts'
import { type Scanned, scanSegment, segmentPath } from './segment-format.ts'

/** A segment as an index knows it. */
export interface SegmentSpan {
  readonly id: number
  readonly night: number
  readonly end: number
}

export class NightIndexes {
  readonly #dir: string
  readonly #sql: Sql
  readonly #warn: Room['warn']
  /** The night that is written to; one is enough, for nights come one after the other. */
  #open: NightIndex | undefined

  /** Removes indexes of nights that are gone; a night whose index is missing is to be indexed again. */
  constructor(dir: string, sql: Sql, warn: Room['warn']) {
    this.#dir = dir
    this.#sql = sql
    this.#warn = warn
    const nights = new Set(sql.all<{ night: number }>('SELECT DISTINCT night FROM segments').map(({ night }) => night))
    const here = new Set(indexedNights(dir))
    for (const night of here) if (!nights.has(night)) removeIndex(dir, night)
    for (const night of nights) if (!here.has(night)) this.#toBeIndexed(night)
  }

  /** After a commit: it must not fail, for what was committed stands. What could not be added is caught up with later. */
  append(segment: { id: number; night: number }, from: number, end: number, entries: readonly IndexEntry[]): void {
    this.#guarded(segment.night, (index) => {
      const upTo = index.upTo(segment.id)
      index.add(segment.id, upTo === from ? end : upTo, entries)
    })
  }

  /**
   * Reads on in a segment from where its index ends, about so many bytes; true when it has come to the end. Damaged
   * stretches are told in the log and passed over.
   */
  catchUp({ id, night, end }: SegmentSpan, maxBytes = Number.POSITIVE_INFINITY): boolean {
    let done = false
    this.#guarded(night, (index) => {
      const from = index.upTo(id)
      let at = from
      const entries: IndexEntry[] = []
      if (from < end) {
        for (const scanned of scanSegment(segmentPath(this.#dir, id), from, end)) {
          this.#note(id, scanned, entries)
          at = scanned.place + scanned.length
          if (at - from >= maxBytes) break
        }
        index.add(id, at, entries)
      }
      done = at >= end
    })
    return done
  }

  /** All that stands in the index of a night survives a power cut. */
  makeDurable(night: number): boolean {
    let done = false
    this.#guarded(night, (index) => {
      index.makeDurable()
      done = true
    })
    return done
  }

  /** Lets go of a night's index and deletes it; its segments, if there are any left, are to be indexed again. */
  remove(night: number): void {
    if (this.#open?.night === night) this.close()
    removeIndex(this.#dir, night)
    this.#toBeIndexed(night)
  }

  close(): void {
    this.#open?.close()
    this.#open = undefined
  }

  #note(segment: number, { place, length, found }: Scanned, entries: IndexEntry[]): void {
    if (typeof found === 'string') {
      const at = `${segmentPath(this.#dir, segment)} at ${place}, ${length} bytes`
      this.#warn({ code: 'ARCHIVE_DAMAGED', at, why: found }, 'kept packets cannot be read back')
      return
    }
    const { record, link } = found
    if (record.alertId === '') return
    entries.push({ survey: record.survey, alertId: record.alertId, at: link ?? { segment, place, length } })
  }

  #guarded(night: number, use: (index: NightIndex) => void): void {
    try {
      if (this.#open?.night !== night) {
        this.close()
        this.#open = new NightIndex(this.#dir, night)
      }
      use(this.#open as NightIndex)
    } catch (error) {
      this.close()
      const code = diskTrouble(error, this.#dir) ?? 'ARCHIVE_INDEX_BEHIND'
      this.#warn(
        { code, night, err: String(error) },
        'the index of a night could not be written; it is caught up with later',
      )
      if (isIndexDamage(error)) this.remove(night)
    }
  }

  #toBeIndexed(night: number): void {
    this.#sql.run('UPDATE segments SET indexed = 0 WHERE night = ?', night)
  }
}
