/**
 * What a report to a registry or a circular says of an alert: which object, where, its discovery, the last time it was
 * not there, its photometry in UTC and AB magnitudes. Made of the event with all its detail (`Item.full`). Sources of
 * the rules: DMTN-093 (alert packets), IVOA VOEvent 2.0; names as the IAU registered them for Rubin (`LSST-AP-DO-…`).
 */
import {
  brightBefore,
  earliestDetection,
  lastNonDetection,
  type RiseBound,
  riseBound,
  riseRate,
  type Slope,
  sameExposureDays,
} from '../vo/astro/light-curve.ts'
import { positionName } from '../vo/astro/position-name.ts'
import { galacticFromIcrs } from '../vo/astro/sky.ts'
import { mjdTaiOf, mjdTaiToMjdUtc, mjdTaiToUtcIso, mjdUtcToIso } from '../vo/astro/time.ts'
import { eventEquatorial } from '../vo/event-place.ts'
import type { PointKind, Role, TimeSeriesPoint, Value, VOEvent } from '../vo/model/voevent.ts'
import { type Item, Refusal } from './contract.ts'
import { oneLine, significant } from './words.ts'

export interface Report {
  readonly role: Role
  /** `lsst`, `ztf`. */
  readonly survey: string
  /** The object's registered designation: `LSST-AP-DO-609788942606140532`, `ZTF20aaaaaaa`. */
  readonly object: string
  /** Every spelling under which others may know it, `object` first: `LSST-P-DO-…` was in use too, and the bare number. */
  readonly spellings: readonly string[]
  /** ICRS. */
  readonly raDeg: number
  readonly decDeg: number
  /** One sigma, radius. */
  readonly errorArcsec?: number
  readonly glonDeg: number
  readonly glatDeg: number
  /** IAU style, from the position, cut and not rounded: `J102030.04+203040.0`. */
  readonly positionName: string
  /** The detection that made the alert. */
  readonly trigger: ReportPoint
  /** The earliest detection of history and trigger. */
  readonly discovery: ReportPoint
  /**
   * The latest limit before `discovery`, and before anything that shows the object earlier (`seenBefore`); absent where
   * the packet holds none. None is ever invented.
   */
  readonly lastNonDetection?: ReportPoint
  /** The survey saw the object before what the packet holds: `discovery` is the earliest that we know, not the first. */
  readonly seenBefore: boolean
  /** Where it was seen before and the packet says when: UTC, as `ReportPoint.timeIso`. */
  readonly firstSeenIso?: string
  /** Detections that the survey counts, with this one. */
  readonly detections: number
  /** Of the first ten days: negative where it got brighter. Absent where the survey saw the object a day before. */
  readonly rise?: Slope
  /** From the last non-detection in the same band to the discovery: at least so fast. */
  readonly riseBound?: RiseBound
  /** By the survey's model, 0 to 1. */
  readonly reliability?: number
  readonly classifications: readonly {
    readonly classifier: string
    readonly version?: string
    readonly name: string
    readonly probability: number
  }[]
  /** A known object of the solar system. */
  readonly moving?: { readonly designation: string }
  /** The trigger is fainter than the reference image, by more than its noise. */
  readonly negative: boolean
  /** The trigger's flux on the difference image is noise: there is a limit and no magnitude. */
  readonly noFlux: boolean
  /** Of all light at the place on the science image of the trigger, in its errors. */
  readonly scienceSigma?: number
  /** What the template shows at the place (5 sigma, or a source within a pixel and a half): '36009 nJy, 2857 sigma'. */
  readonly inTemplate?: string
  /** All points, in the order of time. */
  readonly points: readonly ReportPoint[]
}

export interface ReportPoint {
  readonly kind: PointKind
  /** Mid-exposure, UTC, ISO 8601 without zone, microseconds. */
  readonly timeIso: string
  readonly timeMjdUtc: number
  readonly exposureS?: number
  readonly band: string
  /** Of the SVO Filter Profile Service: `LSST/LSST.r`. */
  readonly filterId?: string
  readonly fluxNjy?: number
  readonly fluxErrNjy?: number
  /** AB, of the difference flux. */
  readonly mag?: number
  readonly magErr?: number
  /** AB, `limitSigma` sigmas. */
  readonly limitMag?: number
  readonly limitSigma?: number
}

/**
 * Throws `Refusal` where the alert's packet is not kept any more, or holds no detection or place.
 *
 * Discovery is the earliest detection that the packet lists, whatever its sign. Where the survey says that it saw the
 * object before, or forced photometry shows it there (5 sigma), `seenBefore` is true, and the last non-detection is the
 * latest limit before that too.
 */
export function reportOf(item: Item): Report {
  const { full } = item
  if (full === undefined) {
    throw new Refusal(['The alert’s packet is not in the archive (any more): its light curve is not known here.'])
  }
  const place = eventEquatorial(full)
  if (place === undefined) throw new Refusal(['The alert gives no place on the sky.'])
  const curve = pointsOf(full)
  const triggerId = full.provenance?.packetId
  const detections = curve.filter(({ point }) => point.kind === 'detection')
  const trigger = (
    triggerId === undefined
      ? detections.findLast(({ point }) => point.band !== '')
      : detections.find(({ id }) => id === triggerId)
  )?.point
  if (trigger === undefined) throw new Refusal(['The alert holds no detection with a time and a flux.'])
  if (trigger.band === '') throw new Refusal(['The detection does not say its band.'])
  const all = curve.map(({ point }) => point)
  const points = all.filter(({ band }) => band !== '')
  const discovery = earliestDetection(points)!
  const { lonDeg, latDeg } = galacticFromIcrs(place.raDeg, place.decDeg)
  const firstSeen = firstSeenMjdUtc(full, all, discovery)
  const limit = lastNonDetection(points, firstSeen)
  const isNew = discovery.timeMjdUtc - firstSeen <= 1
  const rise = isNew ? riseRate(points, discovery.timeMjdUtc) : undefined
  const bound = isNew ? riseBound(points, discovery, firstSeen) : undefined
  const inTemplate = inTemplateOf(full)
  const noFlux = trigger.mag === undefined && trigger.limitMag !== undefined
  const moving = movingOf(full)
  const names = namesOf(full, item)
  return {
    role: full.role === 'test' ? 'test' : item.event.role,
    survey: oneLine(full.provenance?.survey ?? item.match.survey ?? '', 40),
    object: names[0],
    spellings: names,
    raDeg: place.raDeg,
    decDeg: place.decDeg,
    ...errorOf(full, place.errorDeg),
    glonDeg: lonDeg,
    glatDeg: latDeg,
    positionName: positionName(place.raDeg, place.decDeg),
    trigger,
    discovery,
    ...(limit && { lastNonDetection: limit }),
    ...(isEarlier(firstSeen, discovery) && { firstSeenIso: mjdUtcToIso(firstSeen) }),
    seenBefore: isEarlier(firstSeen, discovery) || countsMore(full, detections.length),
    detections: Math.max(detections.length, numberIn(full, 'history', 'nDetections') ?? 0),
    ...(rise && { rise }),
    ...(bound && { riseBound: bound }),
    ...present({ reliability: numberIn(full, undefined, 'reliability') }),
    classifications: classificationsOf(full),
    ...(moving && { moving }),
    negative: !noFlux && ((trigger.fluxNjy ?? 0) < 0 || isYes(valueIn(full, undefined, 'isNegative'))),
    noFlux,
    ...present({ scienceSigma: sigmasOf(full, 'scienceFlux') }),
    ...(inTemplate !== undefined && { inTemplate }),
    points,
  }
}

/** In the order of time; a detection that comes twice counts once. `band` is empty where the packet gives none. */
function pointsOf(event: VOEvent): { id: string | undefined; point: ReportPoint }[] {
  const series = event.what?.timeSeries?.[0]
  if (series === undefined) return []
  const filterIds = new Map(series.bands?.map(({ name, filterId }) => [name, filterId]))
  const seen = new Set<string>()
  return series.points
    .flatMap((point) => {
      const time = utcOf(point.timeMjd, series.timeScale)
      if (time === undefined) return []
      if (point.kind === 'detection' && point.id !== undefined) {
        if (seen.has(point.id)) return []
        seen.add(point.id)
      }
      return [{ id: point.id, point: reportPoint(point, time, filterIds) }]
    })
    .sort((one, other) => one.point.timeMjdUtc - other.point.timeMjdUtc)
}

function reportPoint(
  point: TimeSeriesPoint,
  time: Pick<ReportPoint, 'timeIso' | 'timeMjdUtc'>,
  filterIds: ReadonlyMap<string, string | undefined>,
): ReportPoint {
  const { kind, exposureS, flux, fluxError, magnitude, magnitudeError, limitMagnitude } = point
  const filterId = filterIds.get(point.band ?? '')
  const limitSigma = limitMagnitude === undefined ? undefined : (point.limitSigma ?? usualLimitSigma)
  return {
    kind,
    ...time,
    band: oneLine(point.band ?? '', 20),
    ...(filterId !== undefined && { filterId }),
    ...present({
      exposureS: exposureS !== undefined && exposureS > 0 ? exposureS : undefined,
      fluxNjy: flux,
      fluxErrNjy: fluxError,
      mag: magnitude,
      magErr: magnitudeError,
      limitMag: limitMagnitude,
      limitSigma,
    }),
  }
}

/** Of the model (VOEvent-3 draft): what a limit stands for that does not say it. */
const usualLimitSigma = 5

/** Undefined for what is no time of years that have four digits. */
function utcOf(mjd: number, scale: string): { timeIso: string; timeMjdUtc: number } | undefined {
  try {
    if (scale === 'UTC') return { timeIso: mjdUtcToIso(mjd), timeMjdUtc: mjd }
    const mjdTai = mjdTaiOf(mjd, scale)
    if (mjdTai === undefined) return undefined
    return { timeIso: mjdTaiToUtcIso(mjdTai), timeMjdUtc: mjdTaiToMjdUtc(mjdTai) }
  } catch {
    return undefined
  }
}

/** A radius that the gateway assumed, because the packet gives none, is no measurement: nothing is said. */
function errorOf(event: VOEvent, errorDeg: number | undefined): { errorArcsec?: number } {
  const assumed = isYes(valueIn(event, undefined, 'positionErrorAssumed'))
  return !assumed && errorDeg !== undefined && errorDeg > 0 ? { errorArcsec: errorDeg * 3600 } : {}
}

/** In an exposure before. */
function isEarlier(mjdUtc: number, { timeMjdUtc }: ReportPoint): boolean {
  return mjdUtc < timeMjdUtc - sameExposureDays
}

/** When the object was there for the first time, by all that the packet says: detections, the survey's own word, forced photometry. */
function firstSeenMjdUtc(event: VOEvent, all: readonly ReportPoint[], { timeMjdUtc }: ReportPoint): number {
  const times = [
    utcOf(numberIn(event, 'history', 'firstTime') ?? Number.NaN, 'UTC')?.timeMjdUtc,
    earliestDetection(all)?.timeMjdUtc,
    brightBefore(all, timeMjdUtc)?.timeMjdUtc,
  ]
  return Math.min(timeMjdUtc, ...times.filter((time) => time !== undefined))
}

/** Where the survey does not say when it first saw the object, it may count more detections than the packet holds. */
function countsMore(event: VOEvent, held: number): boolean {
  const says = ['jdstarthist', 'firstDiaSourceMjdTai'].some((name) => valueIn(event, 'object', name) !== undefined)
  return !says && (numberIn(event, 'history', 'nDetections') ?? 0) > held
}

/** `LSST-AP-DO-…` was registered; `LSST-P-DO-…` went out before and by mistake, and some sent the number alone. */
const registered = /^LSST-AP-(DO|SSO)-(\d+)$/

function namesOf(event: VOEvent, { match }: Item): [string, ...string[]] {
  const name = valueIn(event, 'object', 'name') ?? valueIn(event, 'solarSystemObject', 'name') ?? match.objectId
  const object = oneLine(String(name ?? ''), 80)
  if (object === '') throw new Refusal(['The alert belongs to no object.'])
  const [, kind, number] = registered.exec(object) ?? []
  if (number === undefined) return [object]
  return kind === 'DO' ? [object, `LSST-P-DO-${number}`, number] : [object, number]
}

function movingOf(event: VOEvent): Report['moving'] {
  const identified = event.why?.inferences.find(({ relation }) => relation === 'identified')
  const name =
    event.whereWhen?.[0]?.movingObject?.designation ??
    identified?.names[0] ??
    valueIn(event, 'solarSystemObject', 'designation')
  if (name !== undefined) return { designation: oneLine(String(name), 80) }
  return identified === undefined ? undefined : { designation: 'unnamed' }
}

function classificationsOf(event: VOEvent): Report['classifications'] {
  return (event.why?.classifications ?? []).flatMap(({ classifier, version, classes }) =>
    classes.flatMap(({ name, probability }) =>
      probability === undefined || !Number.isFinite(probability)
        ? []
        : [
            {
              classifier: oneLine(classifier, 80),
              ...(version === undefined ? {} : { version: oneLine(version, 80) }),
              name: oneLine(name, 80),
              probability,
            },
          ],
    ),
  )
}

/** A flux of the detection over its error. */
function sigmasOf(event: VOEvent, name: string): number | undefined {
  const [flux, error] = [numberIn(event, undefined, name), numberIn(event, undefined, `${name}Err`)]
  return flux !== undefined && error !== undefined && error > 0 ? flux / error : undefined
}

/** LSST forces photometry on the template, ZTF names the nearest source of its reference image (a pixel is 1 arcsec). */
function inTemplateOf(event: VOEvent): string | undefined {
  const sigmas = sigmasOf(event, 'templateFlux')
  if (sigmas !== undefined && sigmas >= 5) {
    return `${significant(numberIn(event, undefined, 'templateFlux')!, 4)} nJy, ${significant(sigmas, 3)} sigma`
  }
  const pixels = numberIn(event, 'reference', 'distnr')
  if (pixels === undefined || !(pixels >= 0 && pixels <= 1.5)) return undefined
  const mag = numberIn(event, 'reference', 'magnr')
  return `a source${mag === undefined ? '' : ` of ${mag.toFixed(1)} mag`} at ${significant(pixels, 2)} pixels`
}

/** By name, of the detection or of the group; undefined where it is absent or null. */
function valueIn(event: VOEvent, group: string | undefined, name: string): Exclude<Value, null> | undefined {
  const params =
    group === undefined ? event.what?.params : event.what?.groups.find((found) => found.name === group)?.params
  return params?.find(({ definition }) => definition.name === name)?.value ?? undefined
}

function numberIn(event: VOEvent, group: string | undefined, name: string): number | undefined {
  const value = valueIn(event, group, name)
  const number = value === undefined || value === '' ? Number.NaN : Number(value)
  return Number.isFinite(number) ? number : undefined
}

function isYes(value: Value | undefined): boolean {
  return value === true || Number(value ?? 0) === 1
}

/** Without what is absent or no number. */
function present<Names extends string>(
  values: Readonly<Record<Names, number | undefined>>,
): Partial<Record<Names, number>> {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => Number.isFinite(value))) as Partial<
    Record<Names, number>
  >
}
