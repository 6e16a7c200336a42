/** What shines: difference fluxes of the kinds of objects, in nJy, as functions of band and time. */
import { njyFromAbMag } from '../../../vo/astro/flux.ts'
import type { Random } from './random.ts'
import type { Band } from './visits.ts'

export interface Brightness {
  /** The source on the difference image; negative when fainter than in the template. */
  readonly differenceNjy: number
  /** The same place on the template: a host, or the mean of a variable. */
  readonly templateNjy: number
}

export interface LightCurve {
  at(band: Band, mjdTai: number): Brightness
}

type ByBand = Readonly<Record<Band, number>>

/** Magnitudes at maximum relative to r, and days of the exponential decline. */
const supernovaColourMag: ByBand = { u: 1.1, g: 0.1, r: 0, i: 0.25, z: 0.4, y: 0.5 }
const supernovaFallDays: ByBand = { u: 11, g: 15, r: 24, i: 32, z: 34, y: 36 }
const supernovaRiseDays = 4.2
/** Days from one explosion to the next of a slot: another galaxy of the field each time. */
export const supernovaCycleDays = 110

/** A type Ia: the form of Bazin et al. 2011 (A&A 534, A43), nothing before the explosion. */
export function supernova(random: Random, explosionMjdTai: number): LightCurve {
  const peakNjy = njyFromAbMag(random.between(18.2, 23))!
  const hostNjy = njyFromAbMag(random.between(18.5, 24))!
  const stretch = random.between(0.85, 1.15)
  // The form's own maximum is below 1: what it is divided by makes the peak magnitude true.
  const form = (days: number, fall: number) => Math.exp(-days / fall) / (1 + Math.exp(-days / supernovaRiseDays))
  return {
    at(band, mjdTai) {
      const fall = supernovaFallDays[band]
      const days = (mjdTai - explosionMjdTai) / stretch - 17
      const peak = form(supernovaRiseDays * Math.log(fall / supernovaRiseDays - 1), fall)
      const shape = days < -17 ? 0 : form(days, fall) / peak
      return {
        differenceNjy: peakNjy * 10 ** (-0.4 * supernovaColourMag[band]) * shape,
        templateNjy: hostNjy * 10 ** (-0.4 * galaxyColourMag[band]),
      }
    },
  }
}

const galaxyColourMag: ByBand = { u: 2.2, g: 0.8, r: 0, i: -0.35, z: -0.6, y: -0.7 }
const lyraeColourMag: ByBand = { u: 1.3, g: 0.2, r: 0, i: 0, z: 0, y: 0.05 }
const lyraeAmplitudeMag: ByBand = { u: 0.95, g: 1.0, r: 0.72, i: 0.57, z: 0.52, y: 0.5 }

/** An RR Lyrae star: a steep rise in an eighth of the period, then a slow decline. */
export function rrLyrae(random: Random): LightCurve & { readonly periodDays: number } {
  const periodDays = random.between(0.4, 0.75)
  const epoch = random.between(0, periodDays)
  const meanMag = random.between(16.5, 21.5)
  const scale = random.between(0.6, 1.1)
  const rise = 0.125
  /** From -0.5 (brightest) to 0.5 magnitudes at amplitude 1. */
  const shape = (phase: number) => {
    if (phase < rise) return 0.5 * Math.cos((Math.PI * phase) / rise)
    const fall = (phase - rise) / (1 - rise)
    return fall ** 0.6 - 0.5
  }
  return {
    periodDays,
    at(band, mjdTai) {
      const turns = (mjdTai - epoch) / periodDays
      const mag = meanMag + lyraeColourMag[band]
      const templateNjy = njyFromAbMag(mag)!
      const now = njyFromAbMag(mag + scale * lyraeAmplitudeMag[band] * shape(turns - Math.floor(turns)))!
      return { differenceNjy: now - templateNjy, templateNjy }
    },
  }
}

const agnColourMag: ByBand = { u: 0.2, g: 0.1, r: 0, i: -0.05, z: -0.1, y: -0.15 }
const agnStrength: ByBand = { u: 1.3, g: 1.15, r: 1, i: 0.9, z: 0.82, y: 0.78 }

/**
 * An active nucleus: a damped random walk in magnitude (MacLeod et al. 2010, ApJ 721, 1014). Its state moves with
 * every visit of its field, so times must not run back.
 */
export class ActiveNucleus implements LightCurve {
  private readonly random: Random
  private readonly tauDays: number
  private readonly sigmaMag: number
  private readonly meanMag: number
  private offsetMag: number
  private lastMjdTai = Number.NaN

  constructor(random: Random) {
    this.random = random
    this.tauDays = random.between(60, 400)
    this.sigmaMag = random.between(0.1, 0.35)
    this.meanMag = random.between(17.5, 21.5)
    this.offsetMag = this.sigmaMag * random.gaussian()
  }

  at(band: Band, mjdTai: number): Brightness {
    if (!Number.isNaN(this.lastMjdTai)) {
      const kept = Math.exp(-(mjdTai - this.lastMjdTai) / this.tauDays)
      this.offsetMag = this.offsetMag * kept + this.sigmaMag * Math.sqrt(1 - kept * kept) * this.random.gaussian()
    }
    this.lastMjdTai = mjdTai
    const mag = this.meanMag + agnColourMag[band]
    const templateNjy = njyFromAbMag(mag)!
    return { differenceNjy: njyFromAbMag(mag + agnStrength[band] * this.offsetMag)! - templateNjy, templateNjy }
  }
}

/** nJy of one photo-electron in 30 s, and the share of its light that no calibration knows better. */
const electronNjy: ByBand = { u: 3, g: 0.58, r: 0.7, i: 0.84, z: 1.2, y: 2.3 }
const calibrationShare = 0.003

/** One sigma of a point source: sky, its own photons, calibration. */
export function fluxErrNjy(band: Band, skyErrNjy: number, totalNjy: number): number {
  const light = Math.max(0, totalNjy)
  return Math.sqrt(skyErrNjy ** 2 + light * electronNjy[band] + (calibrationShare * light) ** 2)
}
