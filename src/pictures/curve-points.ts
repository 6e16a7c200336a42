/** What a light curve shows: which points, on which axis, and how many days from the alert. */
import { abMagErr, abMagFromNjy, njyErrFromAbMag, njyFromAbMag } from '../../vo/astro/flux.ts'
import { isoToMjdUtc, mjdTaiToMjdUtc } from '../../vo/astro/time.ts'
import type { TimeSeries, TimeSeriesPoint } from '../../vo/model/voevent.ts'

export interface CurvePoint {
  /** After the alert; negative before it. */
  readonly days: number
  readonly band: string
  readonly value: number
  /** 0 where there is none. */
  readonly error: number
  readonly kind: 'detection' | 'forced' | 'limit'
  /** The alert's own detection. */
  readonly isAlert: boolean
}

export interface Curve {
  readonly axis: 'magnitude' | 'flux'
  /** What the axis shows, with its unit. */
  readonly label: string
  readonly points: readonly CurvePoint[]
  /** What `days` counts from. */
  readonly zeroMjdUtc: number
  /** Points that this axis cannot show: negative fluxes have no magnitude. */
  readonly notShown: number
  readonly limitSigma: number
}

/** A point that has a time and says something. */
export function drawable(point: TimeSeriesPoint): boolean {
  const { timeMjd, flux, magnitude, limitFlux, limitMagnitude } = point
  return mjdUtcOf(timeMjd, 'UTC') !== null && [flux, magnitude, limitFlux, limitMagnitude].some(isValue)
}

/**
 * Magnitudes, where the data have them; fluxes, where the alert itself is negative, or more than a few of the others
 * are (one in a thousand is by noise alone), or nothing has a magnitude. Undefined where there is nothing to draw.
 */
export function curveOf(series: TimeSeries, alertIso: string | undefined): Curve | undefined {
  const usable = series.points.filter((point) => drawable(point) && mjdUtcOf(point.timeMjd, series.timeScale) !== null)
  const last = usable.findLast(({ kind }) => kind === 'detection') ?? usable.at(-1)
  if (last === undefined) return undefined
  const lastMjdUtc = mjdUtcOf(last.timeMjd, series.timeScale)!
  const zeroMjdUtc = alertIso === undefined ? lastMjdUtc : isoToMjdUtc(alertIso)
  const negative = usable.filter(isNegative)
  const axis =
    isNegative(last) || negative.length > Math.max(1, usable.length * 0.05) || !usable.some(hasMagnitude)
      ? 'flux'
      : 'magnitude'
  const unit = axis === 'flux' ? unitOf(series, usable) : { factor: 1, njy: njyPer[series.fluxUnit ?? ''], name: 'mag' }
  const points = usable.flatMap((point): CurvePoint[] => {
    const measured = axis === 'flux' ? inFlux(point, unit) : inMagnitude(point, unit.njy)
    if (measured === undefined) return []
    const days = mjdUtcOf(point.timeMjd, series.timeScale)! - zeroMjdUtc
    return [{ days, band: point.band ?? '', ...measured, isAlert: point === last && point.kind === 'detection' }]
  })
  if (points.length === 0) return undefined
  const of = /difference/i.test(series.description ?? '') ? 'difference ' : ''
  const system = series.photometricSystem === undefined ? '' : `${series.photometricSystem} `
  return {
    axis,
    label: axis === 'flux' ? `${of}flux (${unit.name})` : `${of}${system}magnitude`,
    points,
    zeroMjdUtc,
    notShown: usable.length - points.length,
    limitSigma: usable.find(({ limitSigma }) => isValue(limitSigma))?.limitSigma ?? 5,
  }
}

type Measured = Pick<CurvePoint, 'value' | 'error' | 'kind'>

function inMagnitude(point: TimeSeriesPoint, njy: number | undefined): Measured | undefined {
  const { flux, fluxError, magnitude, magnitudeError, limitMagnitude } = point
  const kind = point.kind === 'forced' ? 'forced' : 'detection'
  if (isValue(magnitude)) return { value: magnitude, error: positive(magnitudeError), kind }
  if (isValue(limitMagnitude)) return { value: limitMagnitude, error: 0, kind: 'limit' }
  if (njy === undefined || !isValue(flux)) return undefined
  const value = abMagFromNjy(flux * njy)
  return value === null ? undefined : { value, error: abMagErr(flux, fluxError) ?? 0, kind }
}

function inFlux(point: TimeSeriesPoint, unit: Unit): Measured | undefined {
  const { flux, fluxError, magnitude, magnitudeError, limitFlux, limitMagnitude } = point
  const kind = point.kind === 'forced' ? 'forced' : 'detection'
  const { factor, njy } = unit
  if (isValue(flux)) return { value: flux * factor, error: positive(fluxError) * factor, kind }
  if (isValue(limitFlux)) return { value: limitFlux * factor, error: 0, kind: 'limit' }
  if (njy === undefined) return undefined
  const value = njyFromAbMag(magnitude)
  if (value !== null)
    return {
      value: (value / njy) * factor,
      error: ((njyErrFromAbMag(magnitude, magnitudeError) ?? 0) / njy) * factor,
      kind,
    }
  const limit = njyFromAbMag(limitMagnitude)
  return limit === null ? undefined : { value: (limit / njy) * factor, error: 0, kind: 'limit' }
}

interface Unit {
  /** Of the series' unit to what is shown. */
  readonly factor: number
  /** nJy in one of the series' unit; undefined for counts and the like. */
  readonly njy: number | undefined
  readonly name: string
}

const njyPer: Readonly<Record<string, number>> = { nJy: 1, uJy: 1e3, mJy: 1e6, Jy: 1e9 }

/** nJy, µJy or mJy, so that the numbers stay short; other units as they are. */
function unitOf(series: TimeSeries, points: readonly TimeSeriesPoint[]): Unit {
  const name = series.fluxUnit ?? 'no unit'
  const njy = njyPer[name]
  if (njy === undefined) return { factor: 1, njy, name }
  const most = points.reduce((most, { flux }) => Math.max(most, isValue(flux) ? Math.abs(flux) * njy : 0), 0)
  const [shown, size] =
    most >= 1e7 ? (['mJy', 1e6] as const) : most >= 1e4 ? (['µJy', 1e3] as const) : (['nJy', 1] as const)
  return { factor: njy / size, njy, name: shown }
}

const hasMagnitude = ({ magnitude, limitMagnitude }: TimeSeriesPoint): boolean =>
  isValue(magnitude) || isValue(limitMagnitude)

/** Below zero by more than its error allows: insignificant ones have a limit. */
const isNegative = (point: TimeSeriesPoint): boolean => isValue(point.flux) && point.flux < 0 && !hasMagnitude(point)

/** Beyond it there is no photometry, only faults. */
const largestValue = 1e30

function isValue(value: number | undefined): value is number {
  return value !== undefined && Number.isFinite(value) && Math.abs(value) < largestValue
}
const positive = (value: number | undefined): number => (isValue(value) && value > 0 ? value : 0)

const ttMinusTaiDays = 32.184 / 86_400

/** TDB is TT to 2 ms; what is none of the scales is taken for UTC. Null for what is no time. */
function mjdUtcOf(mjd: number, scale: string): number | null {
  try {
    if (scale === 'UTC' || !/^(TAI|TT|TDB)$/.test(scale)) return mjdTaiToMjdUtc(mjd) === null ? null : mjd
    return mjdTaiToMjdUtc(scale === 'TAI' ? mjd : mjd - ttMinusTaiDays)
  } catch {
    return null
  }
}
