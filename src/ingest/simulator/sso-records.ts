/** An asteroid as the packet's records of the solar system: ssSource and mpc_orbits. */
import { galacticFromIcrs } from '../../../vo/astro/sky.ts'
import type { AvroRecord } from '../../flow.ts'
import { type Asteroid, type Ephemeris, eclipticOf, elementsOf, kmSPerAuD, norm, type Vector } from './asteroids.ts'
import type { Blank } from './blank-records.ts'
import type { Measurement } from './measurement.ts'

const arcsecPerDeg = 3600

export function ssSourceRecord(blank: Blank, asteroid: Asteroid, seen: Ephemeris, found: Measurement): AvroRecord {
  const { raDeg, decDeg } = found
  const { lonDeg: eclLambda, latDeg: eclBeta } = eclipticOf(raDeg, decDeg)
  const { lonDeg: galLon, latDeg: galLat } = galacticFromIcrs(raDeg, decDeg)
  const offsetRa = (raDeg - seen.raDeg) * Math.cos((decDeg * Math.PI) / 180) * arcsecPerDeg
  const offsetDec = (decDeg - seen.decDeg) * arcsecPerDeg
  const rate = Math.hypot(seen.rateRaDegD, seen.rateDecDegD)
  const [east, north] = [seen.rateRaDegD / rate, seen.rateDecDegD / rate]
  return {
    ...blank,
    diaSourceId: found.sourceId,
    ssObjectId: asteroid.ssObjectId,
    designation: asteroid.designation,
    eclLambda,
    eclBeta,
    galLon,
    galLat,
    elongation: seen.elongationDeg,
    phaseAngle: seen.phaseAngleDeg,
    topoRange: seen.topoRangeAu,
    topoRangeRate: radial(seen.topo, seen.topoVelocityAuD),
    helioRange: seen.helioRangeAu,
    helioRangeRate: radial(seen.helio, seen.helioVelocityAuD),
    ephRa: seen.raDeg,
    ephDec: seen.decDeg,
    ephVmag: seen.magV,
    ephRate: rate,
    ephRateRa: seen.rateRaDegD,
    ephRateDec: seen.rateDecDegD,
    ephOffset: Math.hypot(offsetRa, offsetDec),
    ephOffsetRa: offsetRa,
    ephOffsetDec: offsetDec,
    ephOffsetAlongTrack: offsetRa * east + offsetDec * north,
    ephOffsetCrossTrack: offsetDec * east - offsetRa * north,
    ...axes('helio_', seen.helio, ''),
    ...axes('helio_v', seen.helioVelocityAuD, 'tot'),
    ...axes('topo_', seen.topo, ''),
    ...axes('topo_v', seen.topoVelocityAuD, 'tot'),
    diaDistanceRank: 1,
  }
}

/** The orbit as the packet carries it; times of creation are 1970, as in real ones. */
export function mpcOrbitsRecord(blank: Blank, asteroid: Asteroid): AvroRecord {
  const { a, e, iDeg, nodeDeg, argPeriDeg, meanAnomalyDeg } = elementsOf(asteroid.position, asteroid.velocityAuD)
  const periodDays = 365.256898 * a ** 1.5
  const sinceDays = (meanAnomalyDeg / 360) * periodDays
  return {
    ...Object.fromEntries(Object.entries(blank).map(([name, value]) => [name, Number.isNaN(value) ? 0 : value])),
    designation: asteroid.designation,
    packed_primary_provisional_designation: asteroid.packed,
    unpacked_primary_provisional_designation: asteroid.designation,
    mpc_orb_jsonb: JSON.stringify({
      designation_data: { unpacked_primary_provisional_designation: asteroid.designation },
    }),
    orbit_type_int: -1,
    nopp: 8,
    arc_length_total: 4_000,
    arc_length_sel: 4_000,
    nobs_total: 300,
    nobs_total_sel: 295,
    a,
    q: a * (1 - e),
    e,
    i: iDeg,
    node: nodeDeg,
    argperi: argPeriDeg,
    peri_time: asteroid.epochMjdTai - sinceDays,
    mean_anomaly: meanAnomalyDeg,
    period: periodDays,
    mean_motion: 360 / periodDays,
    epoch_mjd: asteroid.epochMjdTai,
    h: asteroid.absoluteMag,
    g: asteroid.slope,
    normalized_rms: 0.6,
  }
}

/** Positions in AU; velocities in km/s, with their length where it has a name. */
function axes(prefix: string, vector: Vector, total: string): Readonly<Record<string, number>> {
  const scale = total === '' ? 1 : kmSPerAuD
  const [x, y, z] = vector
  return {
    [`${prefix}x`]: x * scale,
    [`${prefix}y`]: y * scale,
    [`${prefix}z`]: z * scale,
    ...(total === '' ? {} : { [`${prefix}${total}`]: norm(vector) * scale }),
  }
}

/** Radial velocity, km/s. */
function radial(position: Vector, velocityAuD: Vector): number {
  const [x, y, z] = position
  const [vx, vy, vz] = velocityAuD
  return ((x * vx + y * vy + z * vz) / norm(position)) * kmSPerAuD
}
