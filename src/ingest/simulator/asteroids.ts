/**
 * Asteroids of the main belt: a heliocentric state that fits a place in the field on a night, and from it everything
 * a packet says: distances, velocities, rates, brightness, orbital elements. The Earth moves on a circle.
 */
import type { Random } from './random.ts'
import type { Band } from './visits.ts'

export type Vector = readonly [number, number, number]

const radPerDeg = Math.PI / 180
const obliquity = 23.4392911 * radPerDeg
/** Gaussian gravitational constant squared, AU^3/d^2. */
const gm = 0.01720209895 ** 2
export const kmSPerAuD = 1731.456837
/** V minus band for a typical reddish-grey surface. */
const colourMag: Readonly<Record<Band, number>> = { u: -1.6, g: -0.3, r: 0.2, i: 0.35, z: 0.35, y: 0.35 }

export interface Asteroid {
  readonly ssObjectId: bigint
  readonly designation: string
  readonly packed: string
  readonly absoluteMag: number
  readonly slope: number
  /** When the state holds, MJD TAI: the first visit of the night. */
  readonly epochMjdTai: number
  readonly position: Vector
  readonly velocityAuD: Vector
}

export interface Ephemeris {
  readonly raDeg: number
  readonly decDeg: number
  readonly helio: Vector
  readonly helioVelocityAuD: Vector
  readonly topo: Vector
  readonly topoVelocityAuD: Vector
  readonly helioRangeAu: number
  readonly topoRangeAu: number
  readonly elongationDeg: number
  readonly phaseAngleDeg: number
  readonly magV: number
  /** Degrees a day; that in right ascension holds cos(dec). */
  readonly rateRaDegD: number
  readonly rateDecDegD: number
}

const dot = (a: Vector, b: Vector) => a[0] * b[0] + a[1] * b[1] + a[2] * b[2]
const plus = (a: Vector, b: Vector, scale = 1): Vector => [
  a[0] + scale * b[0],
  a[1] + scale * b[1],
  a[2] + scale * b[2],
]
const times = (a: Vector, scale: number): Vector => [a[0] * scale, a[1] * scale, a[2] * scale]
export const norm = (a: Vector) => Math.hypot(a[0], a[1], a[2])
const cross = (a: Vector, b: Vector): Vector => [
  a[1] * b[2] - a[2] * b[1],
  a[2] * b[0] - a[0] * b[2],
  a[0] * b[1] - a[1] * b[0],
]
/** Equatorial to ecliptic axes (J2000). */
const ecliptic = (a: Vector): Vector => [
  a[0],
  a[1] * Math.cos(obliquity) + a[2] * Math.sin(obliquity),
  a[2] * Math.cos(obliquity) - a[1] * Math.sin(obliquity),
]
const eclipticPole: Vector = [0, -Math.sin(obliquity), Math.cos(obliquity)]

const towards = (raDeg: number, decDeg: number): Vector => [
  Math.cos(decDeg * radPerDeg) * Math.cos(raDeg * radPerDeg),
  Math.cos(decDeg * radPerDeg) * Math.sin(raDeg * radPerDeg),
  Math.sin(decDeg * radPerDeg),
]

function earth(mjd: number): { position: Vector; velocityAuD: Vector } {
  // Mean longitude of the Earth seen from the Sun, J2000.
  const longitude = (100.46 + 0.9856474 * (mjd - 51544.5)) * radPerDeg
  const rate = 0.9856474 * radPerDeg
  const tilt = (x: number, y: number): Vector => [x, y * Math.cos(obliquity), y * Math.sin(obliquity)]
  return {
    position: tilt(Math.cos(longitude), Math.sin(longitude)),
    velocityAuD: tilt(-rate * Math.sin(longitude), rate * Math.cos(longitude)),
  }
}

/** An asteroid that stands at this place of the sky at this time; its names follow from the serial number. */
export function asteroidAt(random: Random, raDeg: number, decDeg: number, mjdTai: number, serial: number): Asteroid {
  const { position: home } = earth(mjdTai)
  const line = towards(raDeg, decDeg)
  const helioRange = random.between(2.0, 3.3)
  // |home + range * line| = helioRange
  const along = dot(home, line)
  const range = -along + Math.sqrt(along * along - 1 + helioRange * helioRange)
  const position = plus(home, line, range)
  const outward = times(position, 1 / norm(position))
  // Prograde about the pole of the ecliptic, a little off the circle and out of the plane.
  const across = cross(eclipticPole, outward)
  const forward = times(across, 1 / norm(across))
  const upward = cross(outward, forward)
  const speed = Math.sqrt(gm / helioRange) * random.between(0.93, 1.06)
  const climb = 0.12 * random.gaussian()
  const drift = 0.08 * random.gaussian()
  const velocityAuD = plus(plus(times(forward, speed), upward, speed * climb), outward, speed * drift)
  const { year, halfMonth, order, cycle } = provisional(serial)
  return {
    ssObjectId: 21_163_000_000_000_000n + BigInt(serial % designations),
    designation: `${year} ${halfMonth}${order}${cycle === 0 ? '' : cycle}`,
    packed: `${year < 2000 ? 'J' : 'K'}${String(year % 100).padStart(2, '0')}${halfMonth}${packedCycle(cycle)}${order}`,
    absoluteMag: random.between(14, 18.5),
    slope: 0.15,
    epochMjdTai: mjdTai,
    position,
    velocityAuD,
  }
}

const letters = 'ABCDEFGHJKLMNOPQRSTUVWXYZ'
const years = 30
const cycles = 360
/** How many provisional designations there are: 24 half-months, 25 letters within each. */
const designations = years * 24 * 25 * cycles

/** Another one for each serial number below `designations`, neighbours far apart. */
function provisional(serial: number) {
  const scattered = Number((BigInt(serial) * 1_234_567n) % BigInt(designations))
  return {
    year: 1995 + (scattered % years),
    halfMonth: letters[Math.floor(scattered / years) % 24]!,
    order: letters[Math.floor(scattered / (years * 24)) % 25]!,
    cycle: Math.floor(scattered / (years * 24 * 25)),
  }
}

/** MPC's packed form of the number of times the letters were used up: two digits, the first beyond 9 as a letter. */
const packedCycle = (cycle: number) => {
  const tens = Math.floor(cycle / 10)
  const head = tens < 10 ? String(tens) : tens < 36 ? String.fromCharCode(55 + tens) : String.fromCharCode(61 + tens)
  return `${head}${cycle % 10}`
}

/** Straight motion from the epoch: good for the night that the asteroid is made for. */
export function ephemeris(asteroid: Asteroid, mjdTai: number): Ephemeris {
  const days = mjdTai - asteroid.epochMjdTai
  const helio = plus(asteroid.position, asteroid.velocityAuD, days)
  const home = earth(mjdTai)
  const topo = plus(helio, home.position, -1)
  const topoVelocityAuD = plus(asteroid.velocityAuD, home.velocityAuD, -1)
  const helioRangeAu = norm(helio)
  const topoRangeAu = norm(topo)
  const raRad = Math.atan2(topo[1], topo[0])
  const decRad = Math.asin(topo[2] / topoRangeAu)
  const east: Vector = [-Math.sin(raRad), Math.cos(raRad), 0]
  const north = cross(times(topo, 1 / topoRangeAu), east)
  const angle = (a: Vector, b: Vector) =>
    Math.acos(Math.max(-1, Math.min(1, dot(a, b) / norm(a) / norm(b)))) / radPerDeg
  const phaseAngleDeg = angle(helio, topo)
  // Bowell et al. 1989: the H, G system.
  const half = Math.tan((phaseAngleDeg * radPerDeg) / 2)
  const phi = (1 - asteroid.slope) * Math.exp(-3.33 * half ** 0.63) + asteroid.slope * Math.exp(-1.87 * half ** 1.22)
  return {
    raDeg: (raRad / radPerDeg + 360) % 360,
    decDeg: decRad / radPerDeg,
    helio,
    helioVelocityAuD: asteroid.velocityAuD,
    topo,
    topoVelocityAuD,
    helioRangeAu,
    topoRangeAu,
    elongationDeg: angle(topo, times(home.position, -1)),
    phaseAngleDeg,
    magV: asteroid.absoluteMag + 5 * Math.log10(helioRangeAu * topoRangeAu) - 2.5 * Math.log10(phi),
    rateRaDegD: dot(topoVelocityAuD, east) / topoRangeAu / radPerDeg,
    rateDecDegD: dot(topoVelocityAuD, north) / topoRangeAu / radPerDeg,
  }
}

export const magInBand = (magV: number, band: Band) => magV - colourMag[band]

export interface Elements {
  readonly a: number
  readonly e: number
  readonly iDeg: number
  readonly nodeDeg: number
  readonly argPeriDeg: number
  readonly meanAnomalyDeg: number
}

/** Osculating elements of a heliocentric state (two bodies; any textbook of celestial mechanics). */
export function elementsOf(position: Vector, velocityAuD: Vector): Elements {
  const r = ecliptic(position)
  const v = ecliptic(velocityAuD)
  const range = norm(r)
  const h = cross(r, v)
  const a = 1 / (2 / range - dot(v, v) / gm)
  const eVector = plus(times(cross(v, h), 1 / gm), r, -1 / range)
  const e = norm(eVector)
  const node: Vector = [-h[1], h[0], 0]
  const turn = (deg: number) => ((deg % 360) + 360) % 360
  const nodeDeg = turn(Math.atan2(node[1], node[0]) / radPerDeg)
  // Angles in the plane of the orbit, from the node.
  const inPlane = (x: Vector) => Math.atan2(dot(x, cross(h, node)) / norm(h), dot(x, node)) / radPerDeg
  const argPeriDeg = turn(inPlane(eVector))
  const eccentric = Math.atan2(dot(r, v) / Math.sqrt(gm * a), 1 - range / a)
  return {
    a,
    e,
    iDeg: Math.acos(h[2] / norm(h)) / radPerDeg,
    nodeDeg,
    argPeriDeg,
    meanAnomalyDeg: turn((eccentric - e * Math.sin(eccentric)) / radPerDeg),
  }
}

/** Ecliptic longitude and latitude of a direction, degrees. */
export function eclipticOf(raDeg: number, decDeg: number): { lonDeg: number; latDeg: number } {
  const [x, y, z] = ecliptic(towards(raDeg, decDeg))
  return { lonDeg: (Math.atan2(y, x) / radPerDeg + 360) % 360, latDeg: Math.asin(z) / radPerDeg }
}
