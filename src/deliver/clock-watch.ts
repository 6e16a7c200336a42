/**
 * The wall clock may be set while the gateway runs. Times to try again are written down by it, so that they outlive
 * a restart: when it jumps, they are moved with it. Waits and rates are monotonic, and do not notice.
 */
import type { Clock, Log } from '../../bridges/contract.ts'
import type { Moving, Store } from '../record/port.ts'

/** Less is what time servers mend as they go; schedules bear it. */
const leastJumpMs = 30_000

/** The wall clock as the schedules in the store have it: it jumps at the moment when they are moved, and not before. */
export class ScheduleClock implements Clock {
  readonly #clock: Clock
  #offsetMs: number
  constructor(clock: Clock) {
    this.#clock = clock
    this.#offsetMs = clock.now() - clock.monotonic()
  }
  now(): number {
    return this.#clock.monotonic() + this.#offsetMs
  }
  monotonic(): number {
    return this.#clock.monotonic()
  }
  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return this.#clock.sleep(ms, signal)
  }
  /** How much the wall clock was set by since schedules were moved; 0 for what is no jump, which is followed. */
  jumpedMs(): number {
    const byMs = Math.round(this.#clock.now() - this.now())
    if (Math.abs(byMs) >= leastJumpMs) return byMs
    this.follow(byMs)
    return 0
  }
  follow(byMs: number): void {
    this.#offsetMs += byMs
  }
}

export interface ClockWatchOptions {
  readonly store: Pick<Store, 'moveSchedules'>
  readonly clock: ScheduleClock
  readonly log: Log
  /** The schedules were moved: whoever waits for one looks again. */
  moved(): void
  readonly everyMs: number
}

/** Watches until the signal aborts. A jump that cannot be stored yet is stored when it can be. */
export async function watchClock(options: ClockWatchOptions, signal: AbortSignal): Promise<void> {
  const { store, clock, log, moved, everyMs } = options
  let toldMs = 0
  while (!signal.aborted) {
    await clock.sleep(everyMs, signal).catch(() => {})
    if (signal.aborted) return
    const byMs = clock.jumpedMs()
    if (byMs === 0) continue
    const isNew = Math.abs(byMs - toldMs) >= leastJumpMs
    if (isNew) log.warn({ code: 'CLOCK_JUMPED', byMs }, 'the wall clock was set: schedules move with it')
    toldMs = byMs
    // What is dated from here on reaches the store after the move.
    clock.follow(byMs)
    let next: Moving['next'] | undefined
    let schedules = 0
    do {
      try {
        const step = await store.moveSchedules(byMs, clock.now(), next)
        next = step.next
        schedules += step.moved
      } catch (error) {
        if (isNew) log.error({ byMs, error: String(error) }, 'schedules could not be moved yet')
        if (next === undefined) break
        // Some have moved: these must not move again, and the others are moved from there.
        await clock.sleep(everyMs, signal).catch(() => {})
        if (signal.aborted) return
      }
    } while (next !== null)
    if (next === undefined) {
      clock.follow(-byMs)
      continue
    }
    toldMs = 0
    log.info({ byMs, schedules }, 'schedules were moved')
    moved()
  }
}
