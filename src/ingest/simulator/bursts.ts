/**
 * The visits in their time: one every 39 s, its alerts in bursts within three seconds (DMTN-149), both faster by a
 * factor. What falls behind is not caught up with: the next visit is due a full interval after a late one.
 */
import type { Clock } from '../../../bridges/contract.ts'
import { type SimulatedMessage, type SimulatorPlan, simulator } from './simulator.ts'
import { visitEveryS } from './visits.ts'

export interface BurstPlan extends SimulatorPlan {
  /** How many times faster than the survey; Infinity waits for nothing. */
  readonly factor: number
  /** Ends before this visit. */
  readonly visits?: number
  /** Number of the first message wanted, counted from the first visit's first. */
  readonly from?: number
}

export interface Burst {
  readonly visitIndex: number
  readonly visit: number
  /** The number of its first message. */
  readonly from: number
  readonly messages: readonly SimulatedMessage[]
  readonly lastOfVisit: boolean
}

const burstsWithinS = 3
const leastBursts = 8
/** Fifty kilobytes each: a burst is held in memory. */
const burstAlerts = 200
/** Passing over this many visits takes some ten milliseconds: then others get their turn. */
const passedAtOnce = 20

/** Ends at the plan's last visit, or when the signal aborts. */
export async function* bursts(plan: BurstPlan, clock: Clock, signal: AbortSignal): AsyncGenerator<Burst> {
  const { alertsPerVisit, factor, from = 0, visits = Number.POSITIVE_INFINITY } = plan
  const wait = async (untilMs: number): Promise<void> => {
    const ms = untilMs - clock.monotonic()
    if (ms > 0 && !signal.aborted) await clock.sleep(ms, signal).catch(ignoreAbort(signal))
  }
  const firstVisit = Math.floor(from / alertsPerVisit)
  const intervalMs = (visitEveryS * 1000) / factor
  const burstCount = Math.max(leastBursts, Math.ceil(alertsPerVisit / burstAlerts))
  const pauseMs = (burstsWithinS * 1000) / factor / burstCount
  let dueMs = clock.monotonic()
  for (const visit of simulator(plan)) {
    if (signal.aborted || visit.index >= visits) return
    if (visit.index < firstVisit) {
      if (visit.index % passedAtOnce === 0) await clock.sleep(0, signal).catch(ignoreAbort(signal))
      continue
    }
    const start = visit.index * alertsPerVisit
    await wait(dueMs)
    dueMs = Math.max(dueMs, clock.monotonic()) + intervalMs
    let pause = clock.monotonic()
    for (const [first, end] of spans(visit.detectors, burstCount)) {
      if (start + end <= from) continue
      const begin = Math.max(first, from - start)
      await wait(pause)
      if (signal.aborted) return
      yield {
        visitIndex: visit.index,
        visit: visit.visit,
        from: start + begin,
        messages: visit.messages(begin, end),
        lastOfVisit: end === alertsPerVisit,
      }
      pause += pauseMs
    }
  }
}

/** Whole detectors together, about so many bursts. */
function* spans(detectors: readonly number[], burstCount: number): Generator<readonly [number, number]> {
  const { length } = detectors
  const least = Math.ceil(length / burstCount)
  let first = 0
  for (let index = 1; index <= length; index++) {
    const whole = detectors[index] !== detectors[index - 1]
    if (index < length && (!whole || index - first < least)) continue
    yield [first, index]
    first = index
  }
}

const ignoreAbort = (signal: AbortSignal) => (error: unknown) => {
  if (!signal.aborted) throw error
}
