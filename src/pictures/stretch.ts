/**
 * From pixel values to brightness: limits that show the sky and the source, and a stretch between them. Pure.
 *
 * `zscaleLimits` is the algorithm of IRAF (`display`, task help `zscale`; Frank Valdes): a line through the sorted
 * sample, without what lies far from it, whose slope is steepened by the contrast. Defaults are astropy's
 * (`astropy.visualization.ZScaleInterval`), which the tests hold it against.
 */

export interface Limits {
  readonly low: number
  readonly high: number
}

const sampleSize = 1000
const contrast = 0.25
/** Of the sample: where fewer are left, all values are between the limits. */
const leastKept = 0.5
const leastKeptPixels = 5
const rejectSigma = 2.5
const mostRounds = 5
/** Neighbours of a rejected value go with it, this part of the sample. */
const growth = 0.01

/** Undefined where no pixel has a value. */
export function zscaleLimits(pixels: Float32Array): Limits | undefined {
  const finite = pixels.filter(Number.isFinite)
  const stride = Math.max(1, Math.floor(finite.length / sampleSize))
  const count = Math.min(sampleSize, Math.ceil(finite.length / stride))
  if (count === 0) return undefined
  const sample = Float64Array.from({ length: count }, (_, index) => finite[index * stride]!).sort()
  const least = sample[0]!
  const most = sample[count - 1]!
  const slope = slopeOf(sample)
  if (slope === undefined) return { low: least, high: most }
  const steep = slope / contrast
  const centre = (count - 1) >> 1
  const middle = medianOf(sample)
  return {
    low: Math.max(least, middle - (centre - 1) * steep),
    high: Math.min(most, middle + (count - centre) * steep),
  }
}

/** Slope of the line through the sorted sample; undefined where too little of it lies near a line. */
function slopeOf(sample: Float64Array): number | undefined {
  const count = sample.length
  const least = Math.max(leastKeptPixels, Math.floor(count * leastKept))
  let kept: Uint8Array = new Uint8Array(count).fill(1)
  let keptCount = count
  let before = count + 1
  let slope: number | undefined
  for (let round = 0; round < mostRounds && keptCount < before && keptCount >= least; round++) {
    const line = fitLine(sample, kept)
    slope = line.slope
    const flat = sample.map((value, index) => value - line.slope * index - line.intercept)
    const threshold = rejectSigma * deviation(flat, kept)
    const near = kept.map((isKept, index) => (isKept === 1 && Math.abs(flat[index]!) <= threshold ? 1 : 0))
    kept = grown(near, Math.max(1, Math.floor(count * growth)))
    before = keptCount
    keptCount = kept.reduce((sum, isKept) => sum + isKept, 0)
  }
  return keptCount >= least ? slope : undefined
}

function fitLine(values: Float64Array, kept: Uint8Array): { slope: number; intercept: number } {
  let n = 0
  let sumX = 0
  let sumY = 0
  for (let x = 0; x < values.length; x++) {
    if (kept[x] === 0) continue
    n++
    sumX += x
    sumY += values[x]!
  }
  const meanX = sumX / n
  const meanY = sumY / n
  let xx = 0
  let xy = 0
  for (let x = 0; x < values.length; x++) {
    if (kept[x] === 0) continue
    xx += (x - meanX) ** 2
    xy += (x - meanX) * (values[x]! - meanY)
  }
  const slope = xx > 0 ? xy / xx : 0
  return { slope, intercept: meanY - slope * meanX }
}

function deviation(values: Float64Array, kept: Uint8Array): number {
  const chosen = values.filter((_, index) => kept[index] === 1)
  const mean = chosen.reduce((sum, value) => sum + value, 0) / chosen.length
  return Math.sqrt(chosen.reduce((sum, value) => sum + (value - mean) ** 2, 0) / chosen.length)
}

/** Each rejected value takes `width` with it, itself in the middle (of an even width, one more on the right). */
function grown(kept: Uint8Array, width: number): Uint8Array {
  const result = Uint8Array.from(kept)
  const left = (width - 1) >> 1
  const right = width - 1 - left
  kept.forEach((isKept, index) => {
    if (isKept === 0) result.fill(0, Math.max(0, index - left), index + right + 1)
  })
  return result
}

function medianOf(sorted: Float64Array): number {
  const middle = sorted.length >> 1
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2
}

/** What nearly all of a stamp lies below: a source is bright on few of its pixels. */
const brightest = 0.995
/** Sigmas of the sky: what is always within the range, and where the stretch bends. */
const leastRangeSigma = 8
const bendSigma = 5

/** Limits, and where the stretch bends between them, as a part of the range. */
export interface Tone extends Limits {
  readonly softening: number
}

/**
 * The tone of a cutout: the sky's lower limit by zscale; the upper one leaves the source its shape, and is so far
 * above the sky that noise alone stays dark. The stretch bends where the noise ends. Undefined where no pixel has a value.
 */
export function cutoutTone(pixels: Float32Array): Tone | undefined {
  const sky = zscaleLimits(pixels)
  if (sky === undefined) return undefined
  const sorted = pixels.filter(Number.isFinite).sort()
  const quantile = (part: number): number => sorted[Math.floor((sorted.length - 1) * part)]!
  // The lower half of the sky has no sources in it: one sigma of it.
  const sigma = quantile(0.5) - quantile(0.16)
  const high = Math.max(sky.high, quantile(brightest), quantile(0.5) + leastRangeSigma * sigma)
  const softening = Math.min(1, Math.max(0.001, (bendSigma * sigma) / (high - sky.low)))
  return { low: sky.low, high, softening: Number.isNaN(softening) ? 1 : softening }
}

/**
 * Brightness from 0 to 1: linear near the lower limit, logarithmic above it (Lupton, Gunn & Szalay 1999, AJ 118,
 * 1406). `softening` is where it bends, as a part of the range. NaN stays NaN; a flat image is grey.
 */
export function asinhStretch(pixels: Float32Array, { low, high }: Limits, softening = 0.1): Float32Array {
  const range = high - low
  const most = Math.asinh(1 / softening)
  return pixels.map((value) => {
    if (!Number.isFinite(value)) return Number.NaN
    if (!(range > 0)) return 0.5
    return Math.asinh(Math.min(1, Math.max(0, (value - low) / range)) / softening) / most
  })
}
