/**
 * The survey's plan: which visit looks where, when, in which band and how deep. A visit follows from its number alone.
 * Nights have 900 visits, one every 39 s; fields are visited in pairs and again half an hour later in another band.
 */
import { njyFromAbMag } from '../../../vo/astro/flux.ts'
import { Random } from './random.ts'

export const bandNames = ['u', 'g', 'r', 'i', 'z', 'y'] as const
export type Band = (typeof bandNames)[number]

export const visitEveryS = 39
export const exposureTimeS = 30
const visitsPerNight = 900
const visitsPerBlock = 2
/** The order in which bands follow one another when all fields have had their turn. */
const bandTurns: readonly Band[] = ['g', 'r', 'i', 'z', 'y', 'u']
/** Depth of one visit: AB magnitude at five sigma (design values of the survey, rounded). */
const fiveSigmaMag: Readonly<Record<Band, number>> = { u: 23.8, g: 24.5, r: 24.0, i: 23.4, z: 22.8, y: 22.0 }

export interface Field {
  readonly index: number
  readonly raDeg: number
  readonly decDeg: number
  readonly reason: string
  readonly target: string
}

/** Deep drilling fields and Messier 49, where the survey began; the rest is made of the seed. */
const namedFields: readonly Omit<Field, 'index'>[] = [
  { raDeg: 150.1, decDeg: 2.2, reason: 'ddf_cosmos', target: 'ddf_cosmos, lowdust' },
  { raDeg: 53.1, decDeg: -28.1, reason: 'ddf_ecdfs', target: 'ddf_ecdfs, lowdust' },
  { raDeg: 35.6, decDeg: -4.8, reason: 'ddf_xmm_lss', target: 'ddf_xmm_lss, lowdust' },
  { raDeg: 9.5, decDeg: -44.0, reason: 'ddf_elaiss1', target: 'ddf_elaiss1, lowdust' },
  { raDeg: 58.9, decDeg: -49.3, reason: 'ddf_edfs_a', target: 'ddf_edfs_a, lowdust' },
  { raDeg: 63.6, decDeg: -47.6, reason: 'ddf_edfs_b', target: 'ddf_edfs_b, lowdust' },
  { raDeg: 187.4, decDeg: 8.0, reason: 'm49', target: 'm49, lowdust' },
]
/** The most: with 24 a field is seen again after half an hour. */
export const mostFields = 24

export function fieldsOf(seed: number, count = mostFields): readonly Field[] {
  return Array.from({ length: count }, (_, index) => {
    const named = namedFields[index]
    if (named !== undefined) return { index, ...named }
    const random = new Random(seed, 0x66, index)
    // Even in area between -65 and 0 degrees of declination.
    const decDeg = (Math.asin(random.between(Math.sin(-1.134), 0)) * 180) / Math.PI
    return { index, raDeg: random.between(0, 360), decDeg, reason: 'pairs_33.0', target: 'lowdust' }
  })
}

export interface Visit {
  readonly index: number
  /** As Rubin writes it: the night's date and a number, 2026112100001. */
  readonly id: number
  /** Days since 2000-01-01 of the night, and the number within it: what identifiers are made of. */
  readonly night: number
  readonly sequence: number
  readonly midpointMjdTai: number
  readonly field: Field
  readonly band: Band
  /** The camera's angle on the sky, degrees. */
  readonly rotationDeg: number
  readonly raDeg: number
  readonly decDeg: number
  /** Background noise of a point source, one sigma. */
  readonly skyErrNjy: number
  /** Width of the point spread function, sigma in pixels of 0.2 arcsec. */
  readonly psfSigmaPixels: number
}

const mjd2000 = 51544

export function visitAt(index: number, seed: number, startMjdTai: number, fields: readonly Field[]): Visit {
  const nightIndex = Math.floor(index / visitsPerNight)
  const sequence = (index % visitsPerNight) + 1
  const block = Math.floor(index / visitsPerBlock)
  const field = fields[block % fields.length]!
  const band = bandTurns[Math.floor(block / fields.length) % bandTurns.length]!
  const midpointMjdTai = startMjdTai + nightIndex + ((sequence - 1) * visitEveryS) / 86_400
  // A night bears the date of its evening in Chile: the day that began 12 h before in UTC.
  const night = Math.floor(startMjdTai - 0.5) + nightIndex - mjd2000
  const random = new Random(seed, 0x76, index)
  const depth = fiveSigmaMag[band] + 0.15 * random.gaussian()
  const fwhmArcsec = Math.max(0.55, 0.8 + 0.12 * random.gaussian())
  return {
    index,
    id: dateNumber(night) * 100_000 + sequence,
    night,
    sequence,
    midpointMjdTai,
    field,
    band,
    rotationDeg: random.between(0, 360),
    raDeg: field.raDeg + random.between(-0.1, 0.1) / Math.cos((field.decDeg * Math.PI) / 180),
    decDeg: field.decDeg + random.between(-0.1, 0.1),
    skyErrNjy: njyFromAbMag(depth)! / 5,
    psfSigmaPixels: fwhmArcsec / 2.3548 / 0.2,
  }
}

function dateNumber(daysSince2000: number): number {
  const date = new Date((daysSince2000 + 10_957) * 86_400_000)
  return date.getUTCFullYear() * 10_000 + (date.getUTCMonth() + 1) * 100 + date.getUTCDate()
}

/** Pixels of a detector of the camera, each way, and the side of the square of detectors (its corners are missing). */
const detectorPixels = 4_000
const pixelDeg = 0.2 / 3600
const detectorDeg = detectorPixels * pixelDeg

export interface FocalPlace {
  /** 0 to 188. */
  readonly detector: number
  readonly x: number
  readonly y: number
}

/** Rows of detectors in the focal plane: 15, of which the corners are left out; 189 in all. */
const rows = Array.from({ length: 15 }, (_, row) => (row < 3 || row > 11 ? 9 : 15))
const firstOfRow = rows.map((_, row) => rows.slice(0, row).reduce((sum, count) => sum + count, 0))

/** Where a position falls on the camera, or undefined beside it. */
export function focalPlace(visit: Visit, raDeg: number, decDeg: number): FocalPlace | undefined {
  const turn = (visit.rotationDeg * Math.PI) / 180
  let dRa = raDeg - visit.raDeg
  if (dRa > 180) dRa -= 360
  else if (dRa < -180) dRa += 360
  const east = dRa * Math.cos((visit.decDeg * Math.PI) / 180)
  const north = decDeg - visit.decDeg
  // The sky is seen from within: at no rotation east is to the left.
  const u = (north * Math.sin(turn) - east * Math.cos(turn)) / detectorDeg + 7.5
  const v = (north * Math.cos(turn) + east * Math.sin(turn)) / detectorDeg + 7.5
  const row = Math.floor(v)
  const count = rows[row]
  if (count === undefined) return undefined
  const column = Math.floor(u - (15 - count) / 2)
  if (column < 0 || column >= count) return undefined
  const within = (value: number) => (value - Math.floor(value)) * detectorPixels
  return { detector: firstOfRow[row]! + column, x: within(u), y: within(v) }
}
