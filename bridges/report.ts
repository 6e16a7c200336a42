/**
 * What a report to a registry or a circular says of an alert: which object, where, its discovery, the last time it was
 * not there, its photometry in UTC and AB magnitudes. Made of the event with all its detail (`Item.full`). Sources of
 * the rules: DMTN-093 (alert packets), IVOA VOEvent 2.0; names as the IAU registered them for Rubin (`LSST-AP-DO-…`).
 */
import type { PointKind, Role } from '../vo/model/voevent.ts'
import { type Item, Refusal } from './contract.ts'

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
  /** The latest limit before `discovery`; absent where the packet holds none. None is ever invented. */
  readonly lastNonDetection?: ReportPoint
  /** The survey saw the object before what the packet holds: `discovery` is the earliest that we know, not the first. */
  readonly seenBefore: boolean
  /** Detections that the survey counts, with this one. */
  readonly detections: number
  /** In the band with the longest baseline of at least two detections: positive where it gets fainter. */
  readonly slope?: {
    readonly band: string
    readonly magPerDay: number
    readonly errMagPerDay: number
    readonly days: number
  }
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
  /** The trigger is fainter than the reference image. */
  readonly negative: boolean
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

/** Throws `Refusal` where the alert's packet is not kept any more, or holds no detection or place. */
export function reportOf(item: Item): Report {
  if (item.full === undefined) {
    throw new Refusal(['The alert’s packet is not in the archive (any more): its light curve is not known here.'])
  }
  throw new Refusal(['not built yet'])
}
