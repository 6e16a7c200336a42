/** A detection of the simulated survey as one alert of schema 11.1. */
import type { AvroRecord, AvroValue } from '../../flow.ts'
import type { Blank } from './blank-records.ts'
import { cutout } from './cutout.ts'
import { diaForcedSourceRecord, diaObjectRecord, diaSourceRecord } from './dia-records.ts'
import type { Measurement } from './measurement.ts'
import type { Detection } from './sky.ts'
import type { Sightings } from './sky-object.ts'
import { mpcOrbitsRecord, ssSourceRecord } from './sso-records.ts'

export type Blanks = ReadonlyMap<string, Blank>

export function alertRecord(blanks: Blanks, detection: Detection): AvroRecord {
  const { measurement: found } = detection
  const { field } = found.visit
  return {
    diaSourceId: found.sourceId,
    observation_reason: field.reason,
    target_name: field.target,
    ...('asteroid' in detection ? movingParts(blanks, detection) : staticParts(blanks, found, detection.sightings)),
    ...cutouts(found),
  }
}

function movingParts(blanks: Blanks, detection: Extract<Detection, { asteroid: unknown }>) {
  const { measurement: found, asteroid, ephemeris } = detection
  return {
    diaSource: diaSourceRecord(blankOf(blanks, 'diaSource'), found, { objectId: 0n, ssObjectId: asteroid.ssObjectId }),
    prvDiaSources: null,
    prvDiaForcedSources: null,
    diaObject: null,
    ssSource: ssSourceRecord(blankOf(blanks, 'ssSource'), asteroid, ephemeris, found),
    mpc_orbits: mpcOrbitsRecord(blankOf(blanks, 'mpc_orbits'), asteroid),
  }
}

function staticParts(blanks: Blanks, found: Measurement, sightings: Sightings) {
  const blankSource = blankOf(blanks, 'diaSource')
  const blankForced = blankOf(blanks, 'diaForcedSource')
  const owner = { objectId: sightings.objectId, ssObjectId: 0n }
  const object = diaObjectRecord(blankOf(blanks, 'diaObject'), sightings, found)
  const history = sightings.sources.map((earlier) => diaSourceRecord(blankSource, earlier, owner))
  return {
    diaSource: diaSourceRecord(blankSource, found, owner),
    prvDiaSources: sightings.detections === 1 ? null : history,
    prvDiaForcedSources: sightings.forced.map((earlier) => diaForcedSourceRecord(blankForced, earlier, object)),
    diaObject: object,
    ssSource: null,
    mpc_orbits: null,
  }
}

function cutouts(found: Measurement): Readonly<Record<string, AvroValue>> {
  const { visit, place } = found
  // A point source in a fit of its own width has noise of that many pixels.
  const effectivePixels = 4 * Math.PI * visit.psfSigmaPixels ** 2
  const pixelErrNjy = visit.skyErrNjy / Math.sqrt(effectivePixels)
  const from = Number(found.sourceId & 0xffffn)
  const shared = {
    x: place.x,
    y: place.y,
    raDeg: found.raDeg,
    decDeg: found.decDeg,
    rotationDeg: visit.rotationDeg,
    psfSigmaPixels: visit.psfSigmaPixels,
    pixelErrNjy,
  }
  const seed = from * 2_654_435 + place.detector * 977
  return {
    cutoutDifference: cutout({ ...shared, fluxNjy: found.fluxNjy, noiseAt: seed }),
    cutoutScience: cutout({ ...shared, fluxNjy: found.scienceFluxNjy, noiseAt: seed + 21_845 }),
    cutoutTemplate: cutout({
      ...shared,
      fluxNjy: found.templateFluxNjy,
      pixelErrNjy: pixelErrNjy / 5,
      noiseAt: seed + 43_690,
    }),
  }
}

function blankOf(blanks: Blanks, name: string): Blank {
  const blank = blanks.get(name)
  if (blank === undefined) throw new Error(`the schema has no record ${name}`)
  return blank
}
