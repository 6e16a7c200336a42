/** What one visit measured at one place: the truth with noise, and whether it is a detection. */
import { type Brightness, fluxErrNjy } from './light-curves.ts'
import type { Random } from './random.ts'
import { type FocalPlace, focalPlace, type Visit } from './visits.ts'

export interface Measurement {
  readonly visit: Visit
  readonly place: FocalPlace
  readonly raDeg: number
  readonly decDeg: number
  /** One sigma; that of right ascension holds cos(dec). */
  readonly raErrDeg: number
  readonly decErrDeg: number
  readonly fluxNjy: number
  readonly fluxErrNjy: number
  readonly scienceFluxNjy: number
  readonly scienceFluxErrNjy: number
  readonly templateFluxNjy: number
  readonly templateFluxErrNjy: number
  readonly apFluxNjy: number
  readonly snr: number
  readonly reliability: number
  readonly extendedness: number
  readonly isDipole: boolean
  /** Given when all of a visit is known; 0 where the source was not detected. */
  sourceId: bigint
  forcedId: bigint
}

/** Significance from which a source is an alert. */
export const detectionSnr = 5
const pixelArcsec = 0.2
/** A template is made of many visits: so much deeper than one. */
const templateDepth = 5

/** Undefined where the place is beside the detectors. */
export function measure(
  random: Random,
  visit: Visit,
  raDeg: number,
  decDeg: number,
  truth: Brightness,
): Measurement | undefined {
  const place = focalPlace(visit, raDeg, decDeg)
  if (place === undefined) return undefined
  const total = truth.differenceNjy + truth.templateNjy
  const errNjy = fluxErrNjy(visit.band, visit.skyErrNjy, total)
  const noise = errNjy * random.gaussian()
  const fluxNjy = truth.differenceNjy + noise
  const snr = (Math.abs(fluxNjy) / errNjy) * (1 + 0.02 * random.gaussian())
  const posErrDeg = centroidErrDeg(visit, snr)
  const templateFluxErrNjy = errNjy / templateDepth
  const doubt = Math.exp(-Math.max(0, snr - 3.5) / 6)
  return {
    visit,
    place,
    raDeg: raDeg + (posErrDeg * random.gaussian()) / Math.cos((decDeg * Math.PI) / 180),
    decDeg: decDeg + posErrDeg * random.gaussian(),
    raErrDeg: posErrDeg,
    decErrDeg: posErrDeg * random.between(0.95, 1.05),
    fluxNjy,
    fluxErrNjy: errNjy,
    scienceFluxNjy: total + noise,
    scienceFluxErrNjy: errNjy,
    templateFluxNjy: truth.templateNjy + templateFluxErrNjy * random.gaussian(),
    templateFluxErrNjy,
    apFluxNjy: fluxNjy + 2 * errNjy * random.gaussian(),
    snr,
    reliability: 1 - 0.45 * doubt * random.uniform(),
    extendedness: 0.1 * random.uniform() ** 2,
    isDipole: false,
    sourceId: 0n,
    forcedId: 0n,
  }
}

/** An artefact: no light of the sky, at any place of the camera. */
export function measureBogus(random: Random, visit: Visit): Measurement {
  for (;;) {
    const raDeg = visit.raDeg + random.between(-1.7, 1.7) / Math.cos((visit.decDeg * Math.PI) / 180)
    const decDeg = visit.decDeg + random.between(-1.7, 1.7)
    const place = focalPlace(visit, (raDeg + 360) % 360, decDeg)
    if (place === undefined) continue
    const isDipole = random.uniform() < 0.4
    const templateFluxNjy = isDipole ? visit.skyErrNjy * 10 ** random.between(1, 3) : 0.3 * visit.skyErrNjy
    const fluxErrNjy_ = fluxErrNjy(visit.band, visit.skyErrNjy, templateFluxNjy)
    const snr = 5 + 6 * random.uniform() ** 3
    const fluxNjy = snr * fluxErrNjy_ * (random.uniform() < 0.4 ? -1 : 1)
    const posErrDeg = centroidErrDeg(visit, snr)
    return {
      visit,
      place,
      raDeg: (raDeg + 360) % 360,
      decDeg,
      raErrDeg: posErrDeg,
      decErrDeg: posErrDeg,
      fluxNjy,
      fluxErrNjy: fluxErrNjy_,
      scienceFluxNjy: templateFluxNjy + fluxNjy,
      scienceFluxErrNjy: fluxErrNjy_,
      templateFluxNjy,
      templateFluxErrNjy: fluxErrNjy_ / templateDepth,
      apFluxNjy: fluxNjy * random.between(-0.5, 1.5),
      snr,
      reliability: 0.02 + 0.4 * random.uniform() ** 2,
      extendedness: random.uniform(),
      isDipole,
      sourceId: 0n,
      forcedId: 0n,
    }
  }
}

/** One sigma of a centroid: the width of the point spread function over the signal to noise. */
function centroidErrDeg(visit: Visit, snr: number): number {
  return ((visit.psfSigmaPixels * pixelArcsec) / Math.max(1, snr) / 3600) * 1.1
}
