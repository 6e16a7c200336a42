/**
 * What reports say of a light curve on difference images: when the object was first seen, when it was last not there,
 * how fast it changes. Times are MJD in UTC, magnitudes AB. All functions are pure, take points in any order and pass
 * over what is NaN.
 */
import type { PointKind } from '../model/voevent.ts'

export interface PhotometryPoint {
  readonly kind: PointKind
  readonly timeMjdUtc: number
  readonly band: string
  /** Difference flux, with sign. */
  readonly fluxNjy?: number
  readonly fluxErrNjy?: number
  readonly mag?: number
  readonly magErr?: number
  /** Nothing brighter was there. */
  readonly limitMag?: number
}

/** 9 s: times that are nearer than this belong to one exposure. */
export const sameExposureDays = 1e-4

/** From here forced photometry shows that something was there, whether the survey listed it or not. */
const brightSigma = 5

/** The earliest of what the survey found by itself; forced photometry and limits are none. */
export function earliestDetection<Point extends PhotometryPoint>(points: readonly Point[]): Point | undefined {
  return first(points.filter(({ kind }) => kind === 'detection'))
}

/**
 * The earliest forced flux of at least five sigma, above the reference, in an exposure before `timeMjdUtc`: the object
 * was there before the survey listed it.
 */
export function brightBefore<Point extends PhotometryPoint>(
  points: readonly Point[],
  timeMjdUtc: number,
): Point | undefined {
  return first(points.filter((point) => isBright(point) && point.timeMjdUtc < timeMjdUtc - sameExposureDays))
}

/**
 * The last non-detection before `timeMjdUtc`: the latest limit, of forced photometry or declared by the survey, in an
 * exposure before it. Where forced photometry shows the object already (`brightBefore`), limits after that are no
 * non-detections, and the latest before it counts. In one exposure a declared limit goes before one of forced
 * photometry, then the brighter one, which claims less.
 */
export function lastNonDetection<Point extends PhotometryPoint>(
  points: readonly Point[],
  timeMjdUtc: number,
): Point | undefined {
  const until = brightBefore(points, timeMjdUtc)?.timeMjdUtc ?? timeMjdUtc
  let best: Point | undefined
  for (const point of points) {
    if (point.kind === 'detection' || !Number.isFinite(point.limitMag)) continue
    if (!(point.timeMjdUtc < until - sameExposureDays)) continue
    if (best === undefined || isBetterLimit(point, best)) best = point
  }
  return best
}

function isBetterLimit(one: PhotometryPoint, best: PhotometryPoint): boolean {
  const later = one.timeMjdUtc - best.timeMjdUtc
  if (Math.abs(later) > sameExposureDays) return later > 0
  if (one.kind !== best.kind) return one.kind === 'nonDetection'
  return one.limitMag! < best.limitMag!
}

export interface Slope {
  readonly band: string
  /** Positive where it gets fainter. */
  readonly magPerDay: number
  /** One sigma. Where the points scatter more than their errors say, of the scatter. */
  readonly errMagPerDay: number
  /** From the first to the last of the points. */
  readonly days: number
}

/** Half an hour: the two exposures of one visit are no baseline. */
const leastBaselineDays = 0.02

/**
 * A straight line through the magnitudes of the detections, weighted by their errors, in the band with the longest
 * baseline; undefined where no band has two detections half an hour apart.
 */
export function magSlope(points: readonly PhotometryPoint[]): Slope | undefined {
  const bands = Map.groupBy(points.filter(hasMagnitude), ({ band }) => band)
  let longest: { band: string; days: number } | undefined
  for (const [band, own] of bands) {
    const days = own.reduce((most, { timeMjdUtc }) => Math.max(most, timeMjdUtc), -Infinity) - first(own)!.timeMjdUtc
    if (days >= leastBaselineDays && days > (longest?.days ?? 0)) longest = { band, days }
  }
  if (longest === undefined) return undefined
  const line = weightedLine(bands.get(longest.band)!)
  return Number.isFinite(line.slope) && Number.isFinite(line.err)
    ? { band: longest.band, magPerDay: line.slope, errMagPerDay: line.err, days: longest.days }
    : undefined
}

/** A rate per day of what changed within hours says more than anybody knows; later than this it is no rise any more. */
const rise = { leastDays: 0.5, mostDays: 10 }

/**
 * How fast it brightened at first (negative; positive where it faded): the slope of the detections in the ten days from
 * `discoveryMjdUtc`, in the band with the longest baseline there; undefined where that is shorter than half a day.
 */
export function riseRate(points: readonly PhotometryPoint[], discoveryMjdUtc: number): Slope | undefined {
  const from = discoveryMjdUtc - sameExposureDays
  const slope = magSlope(
    points.filter(({ timeMjdUtc }) => timeMjdUtc >= from && timeMjdUtc <= discoveryMjdUtc + rise.mostDays),
  )
  return slope !== undefined && slope.days >= rise.leastDays ? slope : undefined
}

/** At least so fast, on average: `magPerDay` is negative and an upper bound. */
export type RiseBound = Pick<Slope, 'band' | 'magPerDay' | 'days'>

/**
 * From the last non-detection in the discovery's own band to the discovery, whose error counts against it; undefined
 * where that limit is not deeper than the discovery, or more than ten days older. `firstMjdUtc`: when the object was
 * there for the first time, at the latest at the discovery.
 */
export function riseBound(
  points: readonly PhotometryPoint[],
  { band, timeMjdUtc, mag, magErr }: PhotometryPoint,
  firstMjdUtc = timeMjdUtc,
): RiseBound | undefined {
  const own = points.filter((point) => point.band === band)
  const last = lastNonDetection(own, Math.min(firstMjdUtc, timeMjdUtc))
  if (last === undefined || !Number.isFinite(mag) || !(magErr! >= 0)) return undefined
  const days = timeMjdUtc - last.timeMjdUtc
  const magPerDay = (mag! + magErr! - last.limitMag!) / days
  return magPerDay < 0 && Number.isFinite(magPerDay) && days <= rise.mostDays ? { band, magPerDay, days } : undefined
}

/** Times are taken from their mean: a slope of differences near MJD 61000 would lose its digits. */
function weightedLine(points: readonly Measured[]): { slope: number; err: number } {
  const weights = points.map(({ magErr }) => magErr ** -2)
  const total = sum(weights)
  const mean = (value: (point: Measured) => number) => sum(points.map((point, n) => weights[n]! * value(point))) / total
  const origin = points[0]!.timeMjdUtc
  const time = mean(({ timeMjdUtc }) => timeMjdUtc - origin)
  const mag = mean((point) => point.mag)
  const moment = (value: (days: number, mags: number) => number) =>
    sum(points.map((point, n) => weights[n]! * value(point.timeMjdUtc - origin - time, point.mag - mag)))
  const spread = moment((days) => days ** 2)
  const slope = moment((days, mags) => days * mags) / spread
  const chi2 = moment((days, mags) => (mags - slope * days) ** 2)
  const scatter = points.length > 2 ? Math.max(1, chi2 / (points.length - 2)) : 1
  return { slope, err: Math.sqrt(scatter / spread) }
}

interface Measured extends PhotometryPoint {
  readonly mag: number
  readonly magErr: number
}

function hasMagnitude(point: PhotometryPoint): point is Measured {
  const { kind, timeMjdUtc, mag, magErr } = point
  return kind === 'detection' && [timeMjdUtc, mag, magErr].every(Number.isFinite) && magErr! > 0
}

function isBright({ kind, fluxNjy, fluxErrNjy }: PhotometryPoint): boolean {
  return kind === 'forced' && fluxErrNjy! > 0 && fluxNjy! >= brightSigma * fluxErrNjy!
}

function first<Point extends PhotometryPoint>(points: readonly Point[]): Point | undefined {
  let found: Point | undefined
  for (const point of points) {
    if (Number.isFinite(point.timeMjdUtc) && !(point.timeMjdUtc >= (found?.timeMjdUtc ?? Infinity))) found = point
  }
  return found
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0)
}
