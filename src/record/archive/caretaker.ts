/**
 * Keeps the archive in order beside the running gateway: finishes and indexes segments, copies them to the store
 * beside this disk, lets local files go, and drops what is beyond the limits. All of it in small steps; whatever fails
 * is said, counted, and tried again.
 */
import { existsSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import type { Clock, Gauge, Log, Metrics } from '../../../bridges/contract.ts'
import { FountainError } from '../../errors.ts'
import type { FailAt } from '../fail-points.ts'
import { type beyondLimits, indexKey, type Limits, type SegmentRow, segmentKey } from './archive-commands.ts'
import { nightName } from './night.ts'
import { indexPath } from './night-index.ts'
import type { ObjectStore } from './object-store.ts'
import { segmentPath } from './segment-format.ts'

/** What the caretaker asks of the store worker and a reader. */
export interface ArchiveStore {
  finish(nowMs: number): Promise<boolean>
  index(id: number): Promise<boolean>
  rebuild(night: number): Promise<void>
  drop(id: number, nowMs: number): Promise<void>
  forgetNight(night: number): Promise<boolean>
  uploaded(id: number, nowMs: number): Promise<boolean>
  indexUploaded(night: number, nowMs: number): Promise<void>
  local(id: number, local: boolean): Promise<void>
  toIndex(): Promise<readonly SegmentRow[]>
  toUpload(): Promise<readonly SegmentRow[]>
  indexesToUpload(): Promise<readonly number[]>
  beyondLimits(limits: Limits): Promise<ReturnType<typeof beyondLimits>>
  unreadable(): Promise<readonly number[]>
  bytes(): Promise<{ readonly total: number; readonly local: number }>
}

export interface CaretakerOptions {
  readonly archive: ArchiveStore
  /** Where the segments are. */
  readonly dir: string
  readonly limits: Pick<Limits, 'days' | 'maxBytes' | 'localDays'>
  readonly remote?: ObjectStore | undefined
  readonly clock: Clock
  readonly log: Log
  readonly metrics: Metrics
  readonly failAt?: FailAt | undefined
}

export interface Caretaker {
  stop(): Promise<void>
}

const everyMs = 60_000
const limitsEveryMs = 3_600_000
const backOff = { firstMs: 5_000, longestMs: 600_000 } as const

export function startCaretaker(options: CaretakerOptions): Caretaker {
  const stopping = new AbortController()
  const { signal } = stopping
  const { clock, remote } = options
  const rounds = new Rounds(options, signal)
  const keepHouse = async (): Promise<void> => {
    let limitsAtMs = Number.NEGATIVE_INFINITY
    while (!signal.aborted) {
      await rounds.inOrder()
      if (clock.monotonic() - limitsAtMs >= limitsEveryMs && (await rounds.withinLimits()))
        limitsAtMs = clock.monotonic()
      await clock.sleep(everyMs, signal).catch(() => undefined)
    }
  }
  const copy = async (): Promise<void> => {
    let failures = 0
    while (!signal.aborted) {
      failures = (await rounds.copies()) ? 0 : failures + 1
      const pauseMs = Math.min(backOff.firstMs * 2 ** (failures - 1), backOff.longestMs)
      await clock.sleep(failures === 0 ? everyMs : pauseMs, signal).catch(() => undefined)
    }
  }
  const running = Promise.all([keepHouse(), ...(remote === undefined ? [] : [copy()])])
  return {
    stop: async () => {
      stopping.abort(new Error('stopping'))
      await running
      remote?.close()
    },
  }
}

/** What is done each time. Each of these says and counts what fails, and throws nothing. */
export class Rounds {
  readonly #o: CaretakerOptions
  readonly #signal: AbortSignal
  readonly #kept: Gauge
  readonly #waiting: Gauge
  readonly #count: (what: string, by?: number) => void

  constructor(options: CaretakerOptions, signal: AbortSignal) {
    this.#o = options
    this.#signal = signal
    const { metrics } = options
    this.#kept = metrics.gauge('fountain_archive_bytes', 'Bytes of packets that are kept, and of those on this disk', [
      'where',
    ])
    this.#waiting = metrics.gauge(
      'fountain_archive_waiting_segments',
      'Finished segments that are not copied yet (a page of them at most)',
    )
    const counter = metrics.counter('fountain_archive_segments_total', 'Segments by what was done with them', ['what'])
    this.#count = (what, by = 1) => counter.inc({ what }, by)
  }

  /** Finishes the active segment when it is old, and indexes what is not. */
  async inOrder(): Promise<void> {
    const { archive, clock, log } = this.#o
    await this.#tried('the archive could not be put in order', async () => {
      await archive.finish(clock.now())
      for (const night of await archive.unreadable()) {
        log.warn({ code: 'ARCHIVE_INDEX_BEHIND', night: nightName(night) }, 'the index of a night is made again')
        await archive.rebuild(night)
      }
      for (const segment of await archive.toIndex()) {
        if (this.#signal.aborted) return
        await this.#index(segment)
      }
      const { total, local } = await archive.bytes()
      this.#kept.set({ where: 'anywhere' }, total)
      this.#kept.set({ where: 'here' }, local)
    })
  }

  async #index(segment: SegmentRow): Promise<void> {
    const { archive, remote, dir } = this.#o
    if (!segment.local) {
      // Its night's index is to be made again, and it stands elsewhere alone: it comes back, and leaves again later.
      if (remote === undefined) return
      await remote.fetch(segmentKey(segment), segmentPath(dir, segment.id), this.#signal)
      await archive.local(segment.id, true)
    }
    for (let left = Math.ceil(segment.bytes / 1_000_000) + 2; left > 0 && !this.#signal.aborted; left--) {
      if (await archive.index(segment.id)) {
        this.#count('indexed')
        return
      }
    }
  }

  /** Copies what is finished; false when that failed. */
  async copies(): Promise<boolean> {
    const { archive, remote, dir, clock, log, failAt } = this.#o
    if (remote === undefined) return true
    return this.#tried(`packets could not be copied to ${remote.describe}`, async () => {
      for (;;) {
        const segments = await archive.toUpload()
        this.#waiting.set({}, segments.length)
        const here = segments.filter(({ id }) => existsSync(segmentPath(dir, id)))
        if (here.length === 0) break
        for (const segment of here) {
          if (this.#signal.aborted) return
          await remote.put(segmentKey(segment), segmentPath(dir, segment.id), this.#signal)
          failAt?.('archive:after-put')
          if (!(await archive.uploaded(segment.id, clock.now()))) await remote.delete(segmentKey(segment))
          this.#count('copied')
          log.debug({ segment: segment.id, bytes: segment.bytes }, 'a segment was copied')
        }
      }
      for (const night of await archive.indexesToUpload()) {
        if (this.#signal.aborted) return
        await remote.put(indexKey(night), indexPath(dir, night), this.#signal)
        await archive.indexUploaded(night, clock.now())
      }
    })
  }

  /** Drops what is beyond the limits, and lets files go that are copied; false when that failed. */
  async withinLimits(): Promise<boolean> {
    const { archive, clock, log, limits } = this.#o
    return this.#tried('the archive could not be brought within its limits', async () => {
      for (;;) {
        const { drop, leave } = await archive.beyondLimits({ ...limits, nowMs: clock.now() })
        if (drop.length + leave.length === 0 || this.#signal.aborted) return
        for (const segment of leave) await this.#leave(segment)
        for (const segment of drop) await this.#drop(segment)
        const nights = [...new Set(drop.map(({ night }) => night))]
        for (const night of nights) await this.#forget(night)
        const bytes = [...drop, ...leave].reduce((sum, row) => sum + row.bytes, 0)
        log.info(
          { dropped: drop.length, left: leave.length, bytes, nights: nights.map(nightName) },
          drop.length > 0 ? 'old packets were dropped' : 'packets that are copied left this disk',
        )
      }
    })
  }

  async #drop(segment: SegmentRow): Promise<void> {
    const { archive, remote, dir, clock, failAt } = this.#o
    // The object first: once the segment is forgotten, nobody knows of it any more.
    if (segment.uploadedMs !== null) await remote?.delete(segmentKey(segment))
    await archive.drop(segment.id, clock.now())
    failAt?.('archive:after-drop')
    await rm(segmentPath(dir, segment.id), { force: true })
    this.#count('dropped')
  }

  async #leave(segment: SegmentRow): Promise<void> {
    const { archive, dir, failAt } = this.#o
    await archive.local(segment.id, false)
    failAt?.('archive:after-leave')
    await rm(segmentPath(dir, segment.id), { force: true })
    this.#count('left')
  }

  async #forget(night: number): Promise<void> {
    const { archive, remote } = this.#o
    if (await archive.forgetNight(night)) await remote?.delete(indexKey(night))
  }

  async #tried(what: string, work: () => Promise<void>): Promise<boolean> {
    try {
      await work()
      return true
    } catch (error) {
      if (this.#signal.aborted) return false
      this.#count('failed')
      const code = error instanceof FountainError ? error.code : undefined
      this.#o.log.warn({ ...(code === undefined ? {} : { code }), err: error }, what)
      return false
    }
  }
}
