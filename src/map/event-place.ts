/** When and where an event was, as far as its packet says it in a way that can be computed with. */
import { galacticFromIcrs } from '../../vo/astro/sky.ts'
import { isoToMjdUtc, mjdTaiToMjdUtc } from '../../vo/astro/time.ts'
import type { VOEvent } from '../../vo/model/voevent.ts'

/** The time in UTC: the scale is the first part of the coordinate system's name. Other scales than UTC and TAI have none. */
export function timeMjdUtc(event: VOEvent): number | undefined {
  const location = event.whereWhen?.[0]
  const text = location?.time?.isoTime?.trim()
  if (location === undefined || text === undefined) return undefined
  const scale = location.coordSystem.split('-')[0]
  try {
    const written = isoToMjdUtc(text)
    if (scale === 'TT') return mjdTaiToMjdUtc(written - ttMinusTaiDays)
    if (scale === 'TAI') return mjdTaiToMjdUtc(written)
    return scale === 'UTC' ? written : undefined
  } catch {
    return undefined
  }
}

/** TT = TAI + 32.184 s. */
const ttMinusTaiDays = 32.184 / 86_400

export interface Equatorial {
  readonly raDeg: number
  readonly decDeg: number
  readonly errorDeg: number | undefined
}

/** Position on the sky in degrees, where the packet gives one in an equatorial frame (FK5 and ICRS differ by milliarcseconds). */
export function equatorial(event: VOEvent): Equatorial | undefined {
  const location = event.whereWhen?.[0]
  const position = location?.position
  if (location === undefined || position === undefined) return undefined
  if (!/-(ICRS|FK5)-/.test(location.coordSystem)) return undefined
  const scale = degPer[(position.unit ?? 'deg').trim().toLowerCase().split('-')[0] ?? '']
  const raDeg = position.c1 * (scale ?? Number.NaN)
  const decDeg = position.c2 * (scale ?? Number.NaN)
  if (!Number.isFinite(raDeg) || !(Math.abs(decDeg) <= 90)) return undefined
  const error = position.errorRadius
  return { raDeg: ((raDeg % 360) + 360) % 360, decDeg, errorDeg: error === undefined ? undefined : error * scale! }
}

const degPer: Readonly<Record<string, number>> = {
  deg: 1,
  degrees: 1,
  degree: 1,
  rad: 180 / Math.PI,
  arcsec: 1 / 3600,
}

export function galactic(event: VOEvent): { lonDeg: number; latDeg: number } | undefined {
  const place = equatorial(event)
  return place && galacticFromIcrs(place.raDeg, place.decDeg)
}
