/** Measurements as the packet's records of the difference images: diaSource, diaForcedSource, diaObject. */
import type { AvroRecord } from '../../flow.ts'
import type { Blank } from './blank-records.ts'
import type { Measurement } from './measurement.ts'
import type { Sightings } from './sky-object.ts'
import { bandNames, exposureTimeS } from './visits.ts'

const dayS = 86_400
/** From the middle of the exposure to the record, days: readout, difference imaging. */
const processingDays = 130 / dayS
const psfFitPixels = 41 * 41

export interface Owner {
  readonly objectId: bigint
  readonly ssObjectId: bigint
}

export function diaSourceRecord(blank: Blank, found: Measurement, owner: Owner): AvroRecord {
  const { visit, place, fluxErrNjy, snr } = found
  const width = (visit.psfSigmaPixels * 0.2) ** 2
  const pixelErr = (found.raErrDeg * 3600) / 0.2
  return {
    ...blank,
    diaSourceId: found.sourceId,
    visit: BigInt(visit.id),
    detector: place.detector,
    diaObjectId: owner.objectId,
    ssObjectId: owner.ssObjectId,
    midpointMjdTai: visit.midpointMjdTai,
    exposureTime: exposureTimeS,
    ra: found.raDeg,
    raErr: found.raErrDeg,
    dec: found.decDeg,
    decErr: found.decErrDeg,
    ra_dec_Cov: 0.05 * found.raErrDeg * found.decErrDeg,
    x: place.x,
    xErr: pixelErr,
    y: place.y,
    yErr: pixelErr,
    apFlux: found.apFluxNjy,
    apFluxErr: 2.2 * fluxErrNjy,
    isNegative: found.fluxNjy < 0,
    snr,
    psfFlux: found.fluxNjy,
    psfFluxErr: fluxErrNjy,
    psfChi2: psfFitPixels * (found.isDipole ? 1.8 : 1),
    psfNdata: psfFitPixels,
    dipoleMeanFlux: found.isDipole ? Math.abs(found.fluxNjy) : Number.NaN,
    dipoleMeanFluxErr: found.isDipole ? fluxErrNjy : Number.NaN,
    dipoleFluxDiff: found.isDipole ? found.fluxNjy / 3 : Number.NaN,
    dipoleFluxDiffErr: found.isDipole ? fluxErrNjy : Number.NaN,
    dipoleLength: found.isDipole ? 0.9 : Number.NaN,
    dipoleNdata: found.isDipole ? 300 : 0,
    scienceFlux: found.scienceFluxNjy,
    scienceFluxErr: found.scienceFluxErrNjy,
    templateFlux: found.templateFluxNjy,
    templateFluxErr: found.templateFluxErrNjy,
    ixx: width * (1 + found.extendedness),
    iyy: width * (1 + found.extendedness),
    ixy: 0,
    ixxPSF: width,
    iyyPSF: width,
    ixyPSF: 0,
    extendedness: found.extendedness,
    reliability: found.reliability,
    reliabilityVersion: 'simulated',
    band: visit.band,
    isDipole: found.isDipole,
    dipoleFitAttempted: found.isDipole,
    timeProcessedMjdTai: visit.midpointMjdTai + processingDays,
    bboxSize: 15 + Math.min(40, Math.round(Math.log2(1 + snr) * 3)),
  }
}

export function diaForcedSourceRecord(blank: Blank, found: Measurement, object: AvroRecord): AvroRecord {
  const { visit, place } = found
  return {
    ...blank,
    diaForcedSourceId: found.forcedId,
    diaObjectId: object.diaObjectId!,
    ra: object.ra!,
    dec: object.dec!,
    visit: BigInt(visit.id),
    detector: place.detector,
    psfFlux: found.fluxNjy,
    psfFluxErr: found.fluxErrNjy,
    midpointMjdTai: visit.midpointMjdTai,
    scienceFlux: found.scienceFluxNjy,
    scienceFluxErr: found.scienceFluxErrNjy,
    band: visit.band,
    timeProcessedMjdTai: visit.midpointMjdTai + processingDays,
  }
}

/** The object after this detection. */
export function diaObjectRecord(blank: Blank, sightings: Sightings, last: Measurement): AvroRecord {
  const { detections: count } = sightings
  const record: Record<string, AvroRecord[string]> = { ...blank }
  for (const band of bandNames) {
    const statistics = sightings.bands.get(band)
    if (statistics === undefined) continue
    for (const [name, value] of Object.entries(statistics.fields())) record[`${band}_${name}`] = value
  }
  record.diaObjectId = sightings.objectId
  record.validityStartMjdTai = last.visit.midpointMjdTai + processingDays
  record.ra = sightings.raSumDeg / count
  record.dec = sightings.decSumDeg / count
  record.raErr = last.raErrDeg / Math.sqrt(count)
  record.decErr = last.decErrDeg / Math.sqrt(count)
  record.nDiaSources = count
  return record
}
