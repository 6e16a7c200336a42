/** The light curve of an alert: its own detection, the earlier ones, forced photometry and limits, point by point. */
import { abLimitMag, abMagErr, abMagFromNjy } from '../../vo/astro/flux.ts'
import type { PointKind, TimeSeries, TimeSeriesPoint } from '../../vo/model/voevent.ts'
import type { AvroRecord, Scalar } from '../flow.ts'
import type { Columns } from './full-mapping.ts'
import { numberOf } from './history.ts'
import type { Mapping } from './load-mapping.ts'
import { singlePrecision } from './what-of-alert.ts'

/** Below, a flux is no detection: it has a limit and no magnitude. */
const leastSigma = 3
const limitSigma = 5

export function lightCurve(record: AvroRecord, { file, full }: Mapping): TimeSeries | undefined {
  if (file.lightCurve === undefined) return undefined
  const points = [
    pointOf('detection', record, full.trigger),
    ...full.history.items(record).map((item) => {
      const isDetection = (full.history.columns.get('id')?.read(item) ?? null) !== null
      return pointOf(isDetection ? 'detection' : 'nonDetection', item, full.history.columns)
    }),
    ...full.forced.items(record).map((item) => pointOf('forced', item, full.forced.columns)),
  ]
    .filter((point) => point !== undefined)
    .sort((a, b) => a.timeMjd - b.timeMjd)
  const { name, describe, timeScale, filters } = file.lightCurve
  const used = new Set(points.map(({ band }) => band))
  return {
    name,
    description: describe,
    timeScale,
    referencePosition: 'TOPOCENTER',
    fluxUnit: 'nJy',
    photometricSystem: 'AB',
    bands: Object.entries(filters)
      .filter(([band]) => used.has(band))
      .map(([band, filterId]) => ({ name: band, filterId })),
    points,
  }
}

/** Undefined where there is no time, or nothing was measured. */
function pointOf(kind: PointKind, item: AvroRecord, columns: Columns): TimeSeriesPoint | undefined {
  const read = (name: string): Scalar => columns.get(name)?.read(item) ?? null
  const number = (name: string): number | null => numberOf(read(name))
  const text = (name: string): string | null => {
    const value = read(name)
    return typeof value === 'string' ? value : null
  }
  const timeMjd = number('time_mjd')
  const measured =
    kind === 'nonDetection'
      ? said({ limitMagnitude: short(number('limit_mag')) })
      : photometry(number('flux_njy'), number('flux_err_njy'), number('mag'), number('mag_err'))
  if (timeMjd === null || Object.keys(measured).length === 0) return undefined
  return {
    kind,
    timeMjd,
    ...said({ exposureS: short(number('exposure_s')), band: text('band') }),
    ...measured,
    ...said({ id: text('id') }),
  }
}

/** A magnitude as the survey gives it, else of a flux that is significant; a limit where it is not. A flux that is negative and significant has neither. */
function photometry(
  fluxNjy: number | null,
  errNjy: number | null,
  mag: number | null,
  magErr: number | null,
): Partial<TimeSeriesPoint> {
  const flux = said({ flux: short(fluxNjy), fluxError: short(errNjy) })
  if (mag !== null) return { ...flux, ...said({ magnitude: short(mag), magnitudeError: short(magErr) }) }
  if (fluxNjy === null || errNjy === null || errNjy <= 0) return flux
  if (fluxNjy > leastSigma * errNjy) {
    const magnitude = short(abMagFromNjy(fluxNjy))
    return { ...flux, ...said({ magnitude, magnitudeError: short(abMagErr(fluxNjy, errNjy)) }) }
  }
  if (fluxNjy < -leastSigma * errNjy) return flux
  return { ...flux, ...said({ limitMagnitude: short(abLimitMag(errNjy, limitSigma)) }), limitSigma }
}

const short = (value: number | null): number | null => (value === null ? null : singlePrecision(value))

/** Without what is null. */
export function said<T extends Record<string, unknown>>(values: T): { [K in keyof T]?: Exclude<T[K], null> } {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== null)) as {
    [K in keyof T]?: Exclude<T[K], null>
  }
}
