/**
 * AB magnitudes and flux densities in nJy (Oke & Gunn 1983): m = 31.4 - 2.5 log10(f / nJy), the rounded zero point
 * that surveys use (3631 Jy would give 31.40006).
 */
export const abZeroPointNjyMag = 31.4

/** 2.5 / ln 10: a relative error of a flux in magnitudes. */
const magPerRelativeError = 2.5 / Math.LN10

/** The AB magnitude of a flux density in nJy; null where there is none: absent, NaN, zero, negative. */
export function abMagFromNjy(fluxNjy: number | null | undefined): number | null {
  return isPositive(fluxNjy) ? abZeroPointNjyMag - 2.5 * Math.log10(fluxNjy) : null
}

/** The error of the AB magnitude, first order (1.0857 e/f), of a flux density and its error in nJy; null as above. */
export function abMagErr(fluxNjy: number | null | undefined, fluxErrNjy: number | null | undefined): number | null {
  return isPositive(fluxNjy) && isPositive(fluxErrNjy) ? (magPerRelativeError * fluxErrNjy) / fluxNjy : null
}

/** The AB magnitude of so many sigmas of a flux density's error in nJy: the depth of an image there; null as above. */
export function abLimitMag(fluxErrNjy: number | null | undefined, sigmas = 5): number | null {
  return isPositive(fluxErrNjy) ? abMagFromNjy(sigmas * fluxErrNjy) : null
}

/** The flux density in nJy of an AB magnitude; null where there is none. */
export function njyFromAbMag(mag: number | null | undefined): number | null {
  return typeof mag === 'number' && Number.isFinite(mag) ? finite(10 ** ((abZeroPointNjyMag - mag) / 2.5)) : null
}

/** The error of a flux density in nJy from that of its AB magnitude; null where there is none. */
export function njyErrFromAbMag(mag: number | null | undefined, magErr: number | null | undefined): number | null {
  const fluxNjy = njyFromAbMag(mag)
  return fluxNjy !== null && isPositive(magErr) ? finite((fluxNjy * magErr) / magPerRelativeError) : null
}

function isPositive(value: number | null | undefined): value is number {
  return typeof value === 'number' && value > 0 && value < Number.POSITIVE_INFINITY
}

function finite(value: number): number | null {
  return Number.isFinite(value) ? value : null
}
