/** The light curve as GCN's Photometry says it: magnitudes and limits, in AB; there is no field for a flux. */
import type { Report, ReportPoint } from '../report.ts'

export interface Photometry {
  readonly filter: string
  readonly mag?: number
  readonly mag_error?: number
  readonly mag_system: 'AB'
  readonly limiting_mag?: number
  readonly limiting_mag_sigma?: number
  readonly observation_start: string
  readonly observation_stop?: string
}

/** A variable star brings a thousand points; a notice is about what is new. */
const mostPoints = 200
/** Forced photometry of an exposure in which the survey found the source tells the same again. */
const sameExposureDays = 1e-4

export function photometryOf({ survey, points, trigger, discovery, lastNonDetection }: Report): Photometry[] {
  const detections = points.filter(({ kind }) => kind === 'detection')
  const told = points.filter((point) => {
    if (point.mag === undefined && point.limitMag === undefined) return false
    return point.kind === 'detection' || !detections.some((other) => isSameExposure(other, point))
  })
  const needed = new Set([discovery, trigger, lastNonDetection].filter((point) => point !== undefined))
  // The newest, and what the story begins with.
  const newest = new Set(told.filter((point) => !needed.has(point)).slice(needed.size - mostPoints))
  return told.filter((point) => needed.has(point) || newest.has(point)).map((point) => photometry(point, survey))
}

export function photometry(point: ReportPoint, survey: string): Photometry {
  const { band, mag, magErr, limitMag, limitSigma, exposureS } = point
  return {
    // The names that sncosmo and other notices use: lsstr, ztfg.
    filter: `${survey}${band}`,
    ...(mag === undefined ? {} : { mag: rounded(mag, 3) }),
    ...(mag === undefined || magErr === undefined ? {} : { mag_error: rounded(magErr, 3) }),
    mag_system: 'AB',
    ...(limitMag === undefined ? {} : { limiting_mag: rounded(limitMag, 3) }),
    ...(limitMag === undefined || limitSigma === undefined ? {} : { limiting_mag_sigma: limitSigma }),
    ...exposureOf(point.timeIso, exposureS),
  }
}

/**
 * Reports give the middle. Where nobody says how long the exposure was, start and stop are both that moment: the start
 * alone would be half an exposure late, and nobody could tell.
 */
function exposureOf(midIso: string, exposureS: number | undefined) {
  if (exposureS === undefined) return { observation_start: zoned(midIso), observation_stop: zoned(midIso) }
  return { observation_start: shifted(midIso, -exposureS / 2), observation_stop: shifted(midIso, exposureS / 2) }
}

/** To the millisecond: exposures are not timed better. */
function shifted(iso: string, seconds: number): string {
  return new Date(Date.parse(zoned(iso)) + seconds * 1000).toISOString()
}

/** A time in UTC without a zone as GCN writes it. */
export const zoned = (iso: string): string => `${iso}Z`

const isSameExposure = (one: ReportPoint, other: ReportPoint) =>
  one.band === other.band && Math.abs(one.timeMjdUtc - other.timeMjdUtc) < sameExposureDays

export function rounded(value: number, decimals: number): number {
  const text = value.toFixed(decimals)
  return Number(text) === 0 ? 0 : Number(text)
}
