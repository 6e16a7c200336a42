/**
 * The wall clock may be set while the gateway runs. Times to try again are written down by it, so that they outlive
 * a restart: when it jumps, they are moved with it. Waits and rates are monotonic, and do not notice.
 */
import type { Clock, Log } from '../../bridges/contract.ts'
import type { Store } from '../record/port.ts'

export interface ClockWatchOptions {
  readonly store: Pick<Store, 'moveSchedules'>
  readonly clock: Clock
  readonly log: Log
  /** The schedules were moved: whoever waits for one looks again. */
  moved(byMs: number): void
  readonly everyMs?: number
}

/** Less is what time servers mend as they go; schedules bear it. */
const leastJumpMs = 30_000

/** Watches until the signal aborts. A jump that cannot be stored yet is stored when it can be. */
export async function watchClock(options: ClockWatchOptions, signal: AbortSignal): Promise<void> {
  const { store, clock, log, moved, everyMs = 5_000 } = options
  const offset = () => clock.now() - clock.monotonic()
  let known = offset()
  let told = known
  while (!signal.aborted) {
    await clock.sleep(everyMs, signal).catch(() => {})
    if (signal.aborted) return
    const seen = offset()
    const byMs = Math.round(seen - known)
    if (Math.abs(byMs) < leastJumpMs) {
      // Unless a jump waits to be stored, slow drift is followed.
      if (told === known) told = known = seen
      continue
    }
    const isNew = Math.abs(seen - told) >= leastJumpMs
    if (isNew) log.warn({ code: 'CLOCK_JUMPED', byMs }, 'the wall clock was set: schedules move with it')
    told = seen
    try {
      const schedules = await store.moveSchedules(byMs, clock.now())
      known = told = seen
      log.info({ byMs, schedules }, 'schedules were moved')
      moved(byMs)
    } catch (error) {
      if (isNew) log.error({ byMs, error: String(error) }, 'schedules could not be moved yet')
    }
  }
}
