/**
 * Numbers, coordinates and dates as people write them. For mails, posts and pages: never for machines, which get
 * the event itself. All functions are pure; where a value cannot be said they throw RangeError or say '-' as noted.
 */

/** Right ascension, degrees (any turn), as HH:MM:SS.ss; rounded once, so 59.999 s carries into minutes and hours. */
export function raSexagesimal(raDeg: number, decimals = 2): string {
  if (!Number.isFinite(raDeg)) throw new RangeError(`no right ascension: ${raDeg}`)
  const turn = ((raDeg % 360) + 360) % 360
  const scale = 10 ** decimals
  const units = Math.round(turn * 240 * scale) % (86_400 * scale)
  return clockFace(units, scale, decimals)
}

/** Declination, degrees in [-90, 90], as ±DD:MM:SS.s. */
export function decSexagesimal(decDeg: number, decimals = 1): string {
  if (!(Math.abs(decDeg) <= 90)) throw new RangeError(`no declination: ${decDeg}`)
  const scale = 10 ** decimals
  const units = Math.round(Math.abs(decDeg) * 3600 * scale)
  return `${decDeg < 0 && units > 0 ? '-' : '+'}${clockFace(units, scale, decimals)}`
}

function clockFace(units: number, scale: number, decimals: number): string {
  const whole = Math.floor(units / scale)
  const rest = units - whole * scale
  const two = (n: number) => String(n).padStart(2, '0')
  const fraction = decimals === 0 ? '' : `.${String(rest).padStart(decimals, '0')}`
  return `${two(Math.floor(whole / 3600))}:${two(Math.floor(whole / 60) % 60)}:${two(whole % 60)}${fraction}`
}

/** '150.11523 +2.20500': five decimals of a degree are 0.04 arcsec. */
export function degreesPair(raDeg: number, decDeg: number): string {
  const dec = decDeg.toFixed(5)
  return `${raDeg.toFixed(5)} ${dec.startsWith('-') ? (Number(dec) === 0 ? `+${dec.slice(1)}` : dec) : `+${dec}`}`
}

/** An angle in the unit that suits its size: '0.05 arcsec', '3.2 arcmin', '1.5 deg'. Degrees in. */
export function smallAngle(deg: number): string {
  if (deg < 1 / 60) return `${significant(deg * 3600, 2)} arcsec`
  if (deg < 1) return `${significant(deg * 60, 2)} arcmin`
  return `${significant(deg, 3)} deg`
}

/** '19.23 ± 0.05', or '19.23' without an error; two decimals, three where the error is under 0.01. */
export function magnitude(mag: number, magErr?: number | null): string {
  if (!Number.isFinite(mag)) return '-'
  if (magErr == null || !Number.isFinite(magErr) || magErr < 0) return mag.toFixed(2)
  const decimals = magErr < 0.01 ? 3 : 2
  return `${mag.toFixed(decimals)} ± ${magErr.toFixed(decimals)}`
}

/** An ISO 8601 time in UTC as '2026-03-01 05:36:57 UTC': cut, not rounded, so that no second is invented. */
export function utcTime(iso: string): string {
  const parts = /^(\d{4}-\d{2}-\d{2})[T ](\d{2}:\d{2}:\d{2})/.exec(iso)
  return parts === null ? oneLine(iso, 40) : `${parts[1]} ${parts[2]} UTC`
}

/** '1 detection', '12 detections'; `many` where an s will not do. */
export function counted(count: number, one: string, many = `${one}s`): string {
  return `${count.toLocaleString('en-US')} ${count === 1 ? one : many}`
}

/** A number with so many significant digits, without trailing zeros after the point and without an exponent where it can be read. */
export function significant(value: number, digits: number): string {
  if (!Number.isFinite(value)) return '-'
  if (value === 0) return '0'
  const size = Math.abs(value)
  if (size >= 1e15 || size < 1e-6) return value.toExponential(digits - 1)
  const decimals = Math.max(0, Math.min(20, digits - 1 - Math.floor(Math.log10(size))))
  const text = value.toFixed(decimals)
  return text.includes('.') ? text.replace(/\.?0+$/, '') : text
}

/**
 * A reliability or probability with three decimals: cut and never rounded, because 0.99996 is not certain and 0.4996 is
 * not one half. Small ones keep a digit.
 */
export function reliabilityText(value: number): string {
  if (!Number.isFinite(value)) return '-'
  if (value < 0.001) return significant(value, 1)
  // 0.57 * 1000 is 569.999...
  return significant(Math.floor(value * 1000 + 1e-6) / 1000, 4)
}

/** A column's value: integers in full, degrees and days to five decimals, other numbers with six significant digits, '-' for null. */
export function columnValue(value: string | number | bigint | boolean | null, unit?: string): string {
  const suffix = unit ? ` ${oneLine(unit, 40)}` : ''
  if (value === null) return '-'
  if (typeof value === 'boolean') return value ? 'yes' : 'no'
  if (typeof value === 'bigint') return `${value}${suffix}`
  if (typeof value === 'string') return `${oneLine(value, 200)}${suffix}`
  if (!Number.isFinite(value)) return '-'
  if (Number.isSafeInteger(value)) return `${value}${suffix}`
  // 0.04 arcsec, 0.9 s: six digits of a place or a date would be too few.
  const fine = (unit === 'deg' || unit === 'd') && Math.abs(value) >= 1 && Math.abs(value) < 1e9
  return `${fine ? value.toFixed(5) : significant(value, 6)}${suffix}`
}

/**
 * Text from outside on one line: no control characters, line or paragraph separators or direction overrides, no lone
 * surrogates, white space folded, cut to `most` code points with an ellipsis.
 */
export function oneLine(text: string, most = 200): string {
  const clean = text
    .toWellFormed()
    .replace(/[\p{Cc}\u2028\u2029]+/gu, ' ')
    .replace(/[\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]/gu, '')
    .replace(/\s+/gu, ' ')
    .trim()
  const points = [...clean]
  return points.length <= most
    ? clean
    : `${points
        .slice(0, Math.max(0, most - 1))
        .join('')
        .trimEnd()}…`
}

/** An http(s) URL in ASCII, or nothing: no other scheme is ever a link. */
export function webUrl(text: string | undefined): string | undefined {
  if (text === undefined || !URL.canParse(text)) return undefined
  const url = new URL(text)
  return url.protocol === 'http:' || url.protocol === 'https:'
    ? url.href.replace(/[<>]/g, encodeURIComponent)
    : undefined
}
