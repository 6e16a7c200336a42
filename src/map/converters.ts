/**
 * The named functions that a mapping file may use under `convert`. Each takes the values of its inputs (null where
 * absent) and gives a value or null. A converter with one input takes a plain `from`; one with several takes `from`
 * with a name for each.
 */

import { abMagErr, abMagFromNjy, njyErrFromAbMag, njyFromAbMag } from '../../vo/astro/flux.ts'
import { galacticFromIcrs, majorAxisDeg } from '../../vo/astro/sky.ts'
import { jdUtcToMjdUtc, mjdTaiToMjdUtc, mjdTaiToUtcIso, mjdUtcToIso } from '../../vo/astro/time.ts'
import type { Scalar } from '../flow.ts'

/** What a survey's mapping sets for its converters. */
export interface ConverterSettings {
  /** Added in quadrature to every error of a position. */
  readonly floorArcsec: number
  /** Taken where a survey gives no exposure time; 0 for none. */
  readonly exposureS: number
  /** How near a known moving object must be to count as the source. */
  readonly movingWithinArcsec: number
}

export interface Converter {
  /** Names of the inputs, in order; `any` takes as many as the mapping names. */
  readonly inputs: readonly string[] | 'any'
  readonly says: string
  convert(values: readonly Scalar[], names: readonly string[], settings: ConverterSettings): Scalar
}

const arcsecPerDeg = 3600
const secondsPerDay = 86_400

/** A finite number, or null. */
function num(value: Scalar | undefined): number | null {
  if (typeof value === 'bigint') return Number(value)
  return typeof value === 'number' && Number.isFinite(value) ? value : null
}

/** One numeric input; a value that is no time or out of range gives null. */
const ofNumber = (says: string, convert: (value: number) => Scalar): Converter => ({
  inputs: ['value'],
  says,
  convert([value]) {
    const number = num(value)
    return number === null ? null : inRange(() => convert(number))
  },
})

/** Times outside the calendar have no date: the alert is refused where it is identified. */
function inRange(convert: () => Scalar): Scalar {
  try {
    return convert()
  } catch (error) {
    if (error instanceof RangeError) return null
    throw error
  }
}

function middleMjdUtc(
  jd: Scalar | undefined,
  exposure: Scalar | undefined,
  settings: ConverterSettings,
): number | null {
  const start = num(jd)
  if (start === null) return null
  const given = num(exposure)
  const exposureS = given !== null && given > 0 && given < secondsPerDay ? given : settings.exposureS
  return jdUtcToMjdUtc(start) + exposureS / 2 / secondsPerDay
}

/** A galactic coordinate, written with nine decimals: microarcseconds. */
function galactic(says: string, coordinate: 'lonDeg' | 'latDeg'): Converter {
  return {
    inputs: ['ra', 'dec'],
    says: `${says} of an ICRS position`,
    convert([ra, dec]) {
      const raDeg = num(ra)
      const decDeg = num(dec)
      return raDeg === null || decDeg === null ? null : Number(galacticFromIcrs(raDeg, decDeg)[coordinate].toFixed(9))
    },
  }
}

/** `K01S97B` of the MPC's packed form as `2001 SB97`; anything else as it is. */
function unpackDesignation(text: string): string {
  const parts = /^([I-K])(\d\d)([A-HJ-Y])([0-9A-Za-z])(\d)([A-HJ-Z])$/.exec(text)
  if (parts === null) return text
  const [, century, year, halfMonth, tens, ones, order] = parts
  const digits = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'
  const cycle = digits.indexOf(tens!) * 10 + Number(ones)
  return `${{ I: 18, J: 19, K: 20 }[century as 'I' | 'J' | 'K']}${year} ${halfMonth}${order}${cycle || ''}`
}

const asText = (value: Scalar | undefined): string | null =>
  value === null || value === undefined ? null : String(value)

export const converters = {
  mjdUtcFromMjdTai: ofNumber('MJD in UTC of an MJD in TAI', mjdTaiToMjdUtc),
  isoFromMjdTai: ofNumber('ISO time in UTC of an MJD in TAI', mjdTaiToUtcIso),
  middleMjdUtc: {
    inputs: ['jd', 'exposure'],
    says: 'MJD of the middle of an exposure, from the Julian date of its start and its length in seconds',
    convert: ([jd, exposure], _names, settings) => middleMjdUtc(jd, exposure, settings),
  },
  middleIso: {
    inputs: ['jd', 'exposure'],
    says: 'ISO time of the middle of an exposure, from the same',
    convert([jd, exposure], _names, settings) {
      const mjd = middleMjdUtc(jd, exposure, settings)
      return mjd === null ? null : inRange(() => mjdUtcToIso(mjd))
    },
  },
  abMag: ofNumber('AB magnitude of a flux in nJy, where that is positive', abMagFromNjy),
  abMagErr: {
    inputs: ['flux', 'err'],
    says: 'Error of that magnitude',
    convert: ([flux, err]) => abMagErr(num(flux), num(err)),
  },
  signedNjy: {
    inputs: ['mag', 'positive'],
    says: 'Flux in nJy of an AB magnitude, negative for a negative subtraction',
    convert([mag, positive]) {
      const flux = njyFromAbMag(num(mag))
      return flux !== null && isPositiveCode(positive) === false ? -flux : flux
    },
  },
  njyErr: {
    inputs: ['mag', 'err'],
    says: 'Error of that flux',
    convert: ([mag, err]) => njyErrFromAbMag(num(mag), num(err)),
  },
  njyFromDn: {
    inputs: ['dn', 'zeroPoint'],
    says: 'Flux in nJy of a flux in units of an image whose AB zero point is known',
    convert([dn, zeroPoint]) {
      const counts = num(dn)
      const njyOfOne = njyFromAbMag(num(zeroPoint))
      return counts === null || njyOfOne === null ? null : counts * njyOfOne
    },
  },
  whenPositive: {
    inputs: ['value', 'positive'],
    says: 'The value, where the subtraction was positive',
    convert: ([value, positive]) => (isPositiveCode(positive) === false ? null : (value ?? null)),
  },
  snrOfMagErr: ofNumber('Signal to noise of the error of a magnitude', (err) =>
    err > 0 ? 2.5 / Math.LN10 / err : null,
  ),
  errorRadiusArcsec: {
    inputs: ['raErr', 'decErr', 'cov'],
    says: 'Longer axis of the error ellipse (from degrees), with the floor, in arcsec',
    convert([raErr, decErr, cov], _names, settings) {
      const axisDeg = majorAxisDeg(num(raErr) ?? Number.NaN, num(decErr) ?? Number.NaN, num(cov) ?? 0)
      return axisDeg > 0 ? Math.hypot(axisDeg * arcsecPerDeg, settings.floorArcsec) : null
    },
  },
  galacticLon: galactic('Galactic longitude', 'lonDeg'),
  galacticLat: galactic('Galactic latitude', 'latDeg'),
  objectId: {
    inputs: ['designation', 'movingId', 'objectId'],
    says: 'sso: and the designation (or identifier) of a moving object, else the identifier of the object',
    convert([designation, movingId, objectId]) {
      const moving = asText(designation) ?? asText(movingId)
      return moving === null ? asText(objectId) : `sso:${unpackDesignation(moving)}`
    },
  },
  nearDesignation: {
    inputs: ['designation', 'distance'],
    says: 'The designation of a known moving object that is near enough (distance in arcsec)',
    convert: ([designation, distance], _names, settings) => nearDesignation(designation, distance, settings),
  },
  nearObjectId: {
    inputs: ['designation', 'distance', 'objectId'],
    says: 'sso: and the designation of a moving object that is near enough, else the identifier of the object',
    convert([designation, distance, objectId], _names, settings) {
      const near = nearDesignation(designation, distance, settings)
      return near === null ? asText(objectId) : `sso:${near}`
    },
  },
  isNear: {
    inputs: ['designation', 'distance'],
    says: 'Is a known moving object near enough?',
    convert: ([designation, distance], _names, settings) => nearDesignation(designation, distance, settings) !== null,
  },
  unpackDesignation: {
    inputs: ['value'],
    says: 'A packed provisional designation of the MPC in its unpacked form',
    convert: ([value]) => (typeof value === 'string' ? unpackDesignation(value) : null),
  },
  anyPresent: {
    inputs: 'any',
    says: 'Is any of the inputs there?',
    convert: (values) => values.some((value) => value !== null),
  },
  raisedNames: {
    inputs: 'any',
    says: 'The names of the inputs that are true',
    convert: (values, names) => names.filter((_, index) => values[index] === true).join(' ') || null,
  },
  isNegativeCode: {
    inputs: ['value'],
    says: 'Was the subtraction negative (f or 0, against t or 1)?',
    convert([value]) {
      const positive = isPositiveCode(value)
      return positive === null ? null : !positive
    },
  },
  bandOfFid: ofNumber('Band of a ZTF filter number: g, r, i', (fid) => ['g', 'r', 'i'][fid - 1] ?? null),
  visitOfPid: ofNumber('Exposure of a ZTF processing identifier', (pid) => Math.floor(pid / 10_000)),
  distanceAu: ofNumber('A distance in AU; none where it is less than 0.0001 (schema 10 scaled them wrongly)', (au) =>
    au >= 1e-4 ? au : null,
  ),
} as const satisfies Record<string, Converter>

export type ConverterName = keyof typeof converters
export const converterNames = Object.keys(converters) as readonly ConverterName[]

function isPositiveCode(value: Scalar | undefined): boolean | null {
  if (typeof value === 'boolean') return value
  if (value === 't' || value === '1' || value === 1) return true
  if (value === 'f' || value === '0' || value === 0) return false
  return null
}

function nearDesignation(
  designation: Scalar | undefined,
  distance: Scalar | undefined,
  settings: ConverterSettings,
): string | null {
  const arcsec = num(distance)
  const near = arcsec !== null && arcsec >= 0 && arcsec <= settings.movingWithinArcsec
  return near && typeof designation === 'string' ? designation : null
}
