/** Angles on the sky, in degrees. */

const radPerDeg = Math.PI / 180

/** Great-circle distance of two positions, in degrees, 0 to 180. Vincenty's form: sound for tiny and for antipodal distances. */
export function separationDeg(lon1Deg: number, lat1Deg: number, lon2Deg: number, lat2Deg: number): number {
  const dLon = (lon2Deg - lon1Deg) * radPerDeg
  const lat1 = lat1Deg * radPerDeg
  const lat2 = lat2Deg * radPerDeg
  const sin1 = Math.sin(lat1)
  const cos1 = Math.cos(lat1)
  const sin2 = Math.sin(lat2)
  const cos2 = Math.cos(lat2)
  const cosLon = Math.cos(dLon)
  const across = cos2 * Math.sin(dLon)
  // (cos1 sin2 - sin1 cos2 cosLon) without the cancellation of two near numbers.
  const along = Math.sin(lat2 - lat1) + 2 * sin1 * cos2 * Math.sin(dLon / 2) ** 2
  return Math.atan2(Math.hypot(across, along), sin1 * sin2 + cos1 * cos2 * cosLon) / radPerDeg
}

/** Rows: the galactic axes in ICRS (ESA SP-1200, The Hipparcos Catalogue, vol. 1, eq. 1.5.11). */
const galacticAxes = [
  [-0.0548755604162154, -0.873437090234885, -0.4838350155487132],
  [0.4941094278755837, -0.4448296299600112, 0.746982244497219],
  [-0.867666149019005, -0.1980763734312015, 0.4559837761750669],
] as const

export interface Galactic {
  /** 0 to 360. */
  readonly lonDeg: number
  /** -90 to 90. */
  readonly latDeg: number
}

/** Galactic longitude and latitude of an ICRS position, degrees. */
export function galacticFromIcrs(raDeg: number, decDeg: number): Galactic {
  const ra = raDeg * radPerDeg
  const dec = decDeg * radPerDeg
  const x = Math.cos(dec) * Math.cos(ra)
  const y = Math.cos(dec) * Math.sin(ra)
  const z = Math.sin(dec)
  const [u, v, w] = galacticAxes.map((axis) => axis[0] * x + axis[1] * y + axis[2] * z) as [number, number, number]
  const lonDeg = Math.atan2(v, u) / radPerDeg
  return { lonDeg: lonDeg < 0 ? lonDeg + 360 : lonDeg, latDeg: Math.atan2(w, Math.hypot(u, v)) / radPerDeg }
}

/**
 * The longer semi-axis of an error ellipse (one sigma, degrees), from the errors in both directions of the sky
 * (the first holds the factor cos(dec) already) and their covariance (deg², 0 where unknown). NaN where an error is
 * not positive; an impossible covariance is cut to what its errors allow.
 */
export function majorAxisDeg(lonErrDeg: number, latErrDeg: number, covDeg2 = 0): number {
  if (!(lonErrDeg > 0) || !(latErrDeg > 0)) return Number.NaN
  const most = lonErrDeg * latErrDeg
  const cov = Number.isFinite(covDeg2) ? Math.max(-most, Math.min(most, covDeg2)) : 0
  const a = lonErrDeg ** 2
  const b = latErrDeg ** 2
  return Math.sqrt((a + b) / 2 + Math.hypot((a - b) / 2, cov))
}
