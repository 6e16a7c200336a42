/**
 * The part of an object's name that is its position, as the IAU has it: equinox letter, right ascension, declination.
 * Digits are cut, never rounded, so that a better position only adds digits.
 */

/** Of 0.01 s or 0.1 arcsec: what a decimal that was read as a double may miss. */
const missed = 1e-6

/** `J102030.04+203040.0` of ICRS degrees, right ascension in any turn. Throws RangeError for what is no position. */
export function positionName(raDeg: number, decDeg: number): string {
  if (!Number.isFinite(raDeg) || !(Math.abs(decDeg) <= 90)) throw new RangeError(`no position: ${raDeg} ${decDeg}`)
  const turn = ((raDeg % 360) + 360) % 360
  const ra = Math.floor(turn * 240 * 100 + missed) % (86_400 * 100)
  const dec = Math.floor(Math.abs(decDeg) * 3600 * 10 + missed)
  return `J${digits(ra, 100)}${decDeg < 0 ? '-' : '+'}${digits(dec, 10)}`
}

/** HHMMSS.ss or DDMMSS.s of so many parts of a second. */
function digits(parts: number, perSecond: number): string {
  const seconds = Math.floor(parts / perSecond)
  const two = (value: number) => String(value).padStart(2, '0')
  const fraction = String(parts % perSecond).padStart(String(perSecond).length - 1, '0')
  return `${two(Math.floor(seconds / 3600))}${two(Math.floor(seconds / 60) % 60)}${two(seconds % 60)}.${fraction}`
}
