/** When and where an event was, as far as its packet says it in a way that can be computed with. */
import { galacticFromIcrs } from './astro/sky.ts'
import { isoToMjdUtc, mjdTaiOf, mjdTaiToMjdUtc } from './astro/time.ts'
import type { VOEvent } from './model/voevent.ts'

/**
 * The time of the first location in UTC, of an interval its middle; undefined where the packet has none, or in a scale
 * that is not known here. The scale is the first part of the coordinate system's name (VOEvent 2.0 §3.4). Light's way
 * is not corrected: a time at the barycentre may be 8.3 minutes from that at the observatory.
 */
export function eventTimeMjdUtc(event: VOEvent): number | undefined {
  const location = event.whereWhen?.[0]
  const { isoTime, interval } = location?.time ?? {}
  if (location === undefined) return undefined
  const scale = location.coordSystem.split('-')[0]!
  try {
    if (isoTime !== undefined) return mjdUtcOf(isoTime, scale)
    const start = interval?.start === undefined ? undefined : mjdUtcOf(interval.start, scale)
    const stop = interval?.stop === undefined ? undefined : mjdUtcOf(interval.stop, scale)
    return start === undefined || stop === undefined ? undefined : (start + stop) / 2
  } catch {
    return undefined
  }
}

/** Throws RangeError for a text that is no time. */
function mjdUtcOf(isoTime: string, scale: string): number | undefined {
  const written = isoToMjdUtc(isoTime.trim())
  if (scale === 'UTC') return written
  const mjdTai = mjdTaiOf(written, scale)
  return mjdTai === undefined ? undefined : mjdTaiToMjdUtc(mjdTai)
}

/** Degrees; the error is one sigma unless the packet says otherwise. */
export interface Equatorial {
  readonly raDeg: number
  readonly decDeg: number
  readonly errorDeg: number | undefined
}

/** Position on the sky in degrees, where the packet gives one in an equatorial frame (FK5 and ICRS differ by milliarcseconds). */
export function eventEquatorial(event: VOEvent): Equatorial | undefined {
  const location = event.whereWhen?.[0]
  const position = location?.position
  if (location === undefined || position === undefined) return undefined
  if (!/-(ICRS|FK5)-/.test(location.coordSystem)) return undefined
  const scale = degPer[(position.unit ?? 'deg').trim().toLowerCase().split('-')[0] ?? '']
  const raDeg = position.c1 * (scale ?? Number.NaN)
  const decDeg = position.c2 * (scale ?? Number.NaN)
  if (!Number.isFinite(raDeg) || !(Math.abs(decDeg) <= 90)) return undefined
  const error = position.errorRadius
  // A right ascension that is in range already keeps its digits.
  const turn = raDeg % 360
  return {
    raDeg: turn < 0 ? (turn + 360) % 360 : turn,
    decDeg,
    errorDeg: error === undefined ? undefined : error * scale!,
  }
}

const degPer: Readonly<Record<string, number>> = {
  deg: 1,
  degrees: 1,
  degree: 1,
  rad: 180 / Math.PI,
  arcsec: 1 / 3600,
}

export function eventGalactic(event: VOEvent): { lonDeg: number; latDeg: number } | undefined {
  const place = eventEquatorial(event)
  return place && galacticFromIcrs(place.raDeg, place.decDeg)
}
