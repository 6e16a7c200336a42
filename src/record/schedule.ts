/** When something may go out: digests and quiet hours, as pure functions of the wall clock. */
import type { Cadence, QuietHours } from './plan-port.ts'

const minuteMs = 60_000
const hourMs = 3_600_000
const dayMs = 86_400_000
const dayMinutes = 1440

/** When a digest that begins now goes out; null where each match is a message of its own. */
export function digestDueMs(cadence: Cadence, nowMs: number): number | null {
  switch (cadence.kind) {
    case 'hourly':
      return (Math.floor(nowMs / hourMs) + 1) * hourMs
    case 'nightly': {
      const today = Math.floor(nowMs / dayMs) * dayMs + cadence.atUtcMinutes * minuteMs
      return today > nowMs ? today : today + dayMs
    }
    case 'count':
      return nowMs + cadence.atMostMs
    default:
      return null
  }
}

/** `ms` itself, or the end of the quiet hours that it falls into. */
export function outsideQuietHours(hours: QuietHours | undefined, ms: number): number {
  if (hours === undefined || !isQuiet(hours, ms)) return ms
  // By the minutes that are left on the clock; where the clock is set in between, that is too early or too late.
  let after = Math.floor(ms / minuteMs) * minuteMs
  do {
    const left = hours.toMinutes - localMinutes(hours.timeZone, after)
    after += (left > 0 ? left : left + dayMinutes) * minuteMs
  } while (isQuiet(hours, after))
  let quiet = Math.floor(ms / minuteMs)
  let loud = after / minuteMs
  while (loud - quiet > 1) {
    const middle = Math.floor((quiet + loud) / 2)
    if (isQuiet(hours, middle * minuteMs)) quiet = middle
    else loud = middle
  }
  return loud * minuteMs
}

/** By the clocks of the time zone: where an hour comes twice it is quiet twice. */
export function isQuiet({ fromMinutes, toMinutes, timeZone }: QuietHours, ms: number): boolean {
  const minutes = localMinutes(timeZone, ms)
  return fromMinutes <= toMinutes
    ? fromMinutes <= minutes && minutes < toMinutes
    : fromMinutes <= minutes || minutes < toMinutes
}

const clocks = new Map<string, Intl.DateTimeFormat>()

/** Minutes after midnight that a clock in the time zone shows. */
function localMinutes(timeZone: string, ms: number): number {
  let clock = clocks.get(timeZone)
  if (clock === undefined) {
    clock = new Intl.DateTimeFormat('en-GB', { timeZone, hour: '2-digit', minute: '2-digit', hourCycle: 'h23' })
    clocks.set(timeZone, clock)
  }
  const [hours, minutes] = clock.format(ms).split(':')
  return Number(hours) * 60 + Number(minutes)
}
