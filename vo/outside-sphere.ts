/** Whether two coordinates are no place on the sky or on the Earth. */

const degPer: Readonly<Record<string, number>> = { deg: 1, rad: 180 / Math.PI, h: 15, arcmin: 1 / 60, arcsec: 1 / 3600 }

/**
 * Longitude beyond -180 to 360 degrees, or latitude beyond 90 either way. `unit` is one for both, or one for each:
 * `deg-deg` (VOEvent 2.0 §3.4.2); of numbers in units that measure no angle nothing is said.
 */
export function isOutsideSphere(longitude: number, latitude: number, unit: string): boolean {
  const [first = '', second = first] = unit.split('-', 2)
  const [lon, lat] = [degrees(longitude, first), degrees(latitude, second)]
  // A last digit may be rounded up: 1.5708 for a quarter of a turn.
  const slack = unit.startsWith('deg') ? 0 : 0.001
  return Math.abs(lat) > 90 + slack || lon < -180 - slack || lon > 360 + slack
}

function degrees(value: number, unit: string): number {
  // "degrees" and the like are told to be no unit, and meant all the same.
  const known = unit.startsWith('deg') ? 'deg' : unit
  return Object.hasOwn(degPer, known) ? value * degPer[known]! : Number.NaN
}
