import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  brightBefore,
  earliestDetection,
  lastNonDetection,
  magSlope,
  type PhotometryPoint,
  riseBound,
  riseRate,
} from '../../../vo/astro/light-curve.ts'

const at = (timeMjdUtc: number, more: Partial<PhotometryPoint> = {}): PhotometryPoint => ({
  kind: 'detection',
  timeMjdUtc,
  band: 'r',
  ...more,
})
const limit = (timeMjdUtc: number, limitMag = 24, more: Partial<PhotometryPoint> = {}) =>
  at(timeMjdUtc, { kind: 'forced', fluxNjy: 100, fluxErrNjy: 100, limitMag, ...more })
const bright = (timeMjdUtc: number) => at(timeMjdUtc, { kind: 'forced', fluxNjy: 500, fluxErrNjy: 100, mag: 24.65 })

describe('the earliest detection', () => {
  it('is the first that the survey found, whatever its sign; forced photometry and limits are none', () => {
    const points = [at(61_010), limit(61_001), bright(61_002), at(61_003, { fluxNjy: -5 }), at(Number.NaN)]
    expect(earliestDetection(points)?.timeMjdUtc).toBe(61_003)
    expect(earliestDetection([limit(61_001)])).toBeUndefined()
  })
})

describe('the last non-detection', () => {
  it('is the latest limit in an exposure before', () => {
    const points = [limit(61_000), limit(61_002, 23.5), limit(61_001), limit(61_003), at(61_003), at(61_004)]
    expect(lastNonDetection(points, 61_003)?.timeMjdUtc).toBe(61_002)
    // The exposure of the detection itself is not before it, not even when its times are rounded.
    expect(lastNonDetection([limit(61_003 - 5e-5)], 61_003)).toBeUndefined()
    expect(lastNonDetection([limit(61_003 - 2e-4)], 61_003)).toBeDefined()
  })

  it('is no detection that is too faint for a magnitude, and nothing where no limit is', () => {
    expect(lastNonDetection([at(61_000, { limitMag: 23 })], 61_003)).toBeUndefined()
    expect(lastNonDetection([at(61_000, { kind: 'forced', mag: 23 })], 61_003)).toBeUndefined()
    expect(lastNonDetection([limit(61_000, Number.NaN), limit(Number.NaN)], 61_003)).toBeUndefined()
    expect(lastNonDetection([], 61_003)).toBeUndefined()
  })

  it('stands before forced photometry that shows the object already', () => {
    const points = [limit(60_990), limit(60_995), bright(61_000), limit(61_001), at(61_003)]
    expect(brightBefore(points, 61_003)?.timeMjdUtc).toBe(61_000)
    expect(lastNonDetection(points, 61_003)?.timeMjdUtc).toBe(60_995)
    expect(lastNonDetection([bright(61_000), limit(61_001)], 61_003)).toBeUndefined()
    // Fainter than the reference, below five sigma, or in the exposure itself, it shows nothing.
    const faint = { ...bright(61_000), fluxNjy: 499 }
    const faded = { ...bright(61_000), fluxNjy: -5000 }
    for (const other of [faint, faded, bright(61_003)]) {
      expect(lastNonDetection([other, limit(61_001)], 61_003)?.timeMjdUtc).toBe(61_001)
    }
  })

  it('of one exposure is what the survey declares, then what claims less', () => {
    const declared = limit(61_000, 23, { kind: 'nonDetection' })
    for (const points of [
      [declared, limit(61_000 + 5e-5, 22)],
      [limit(61_000 + 5e-5, 22), declared],
    ]) {
      expect(lastNonDetection(points, 61_003)).toBe(declared)
    }
    expect(lastNonDetection([limit(61_000, 24), limit(61_000, 23), limit(61_000, 25)], 61_003)?.limitMag).toBe(23)
  })
})

describe('the slope', () => {
  const seen = (timeMjdUtc: number, mag: number, magErr = 0.1, band = 'r') => at(timeMjdUtc, { mag, magErr, band })

  it('of two points is their difference, with the error of both', () => {
    const slope = magSlope([seen(61_000, 22), seen(61_002, 21, 0.2)])!
    expect(slope).toMatchObject({ band: 'r', days: 2 })
    expect(slope.magPerDay).toBeCloseTo(-0.5, 12)
    expect(slope.errMagPerDay).toBeCloseTo(Math.hypot(0.1, 0.2) / 2, 12)
  })

  it('is that of the band with the longest baseline', () => {
    const points = [seen(61_000, 20, 0.1, 'g'), seen(61_001, 19, 0.1, 'g'), seen(61_000, 22), seen(61_003, 22.3)]
    expect(magSlope(points)).toMatchObject({ band: 'r', days: 3 })
  })

  it('is absent without two detections half an hour apart', () => {
    expect(magSlope([])).toBeUndefined()
    expect(magSlope([seen(61_000, 22)])).toBeUndefined()
    expect(magSlope([seen(61_000, 22), seen(61_000.01, 21)])).toBeUndefined()
    expect(magSlope([seen(61_000, 22), seen(61_001, 21, 0.1, 'g')])).toBeUndefined()
    expect(magSlope([seen(61_000, 22), { ...seen(61_001, 21), kind: 'forced' }])).toBeUndefined()
    expect(magSlope([seen(61_000, 22), seen(61_001, 21, 0)])).toBeUndefined()
    expect(magSlope([seen(61_000, 22), seen(Number.NaN, 21), seen(61_001, Number.NaN)])).toBeUndefined()
  })

  it('has the error of the scatter where that is larger', () => {
    const line = [0, 1, 2, 3, 4].map((n) => seen(61_000 + n, 20 + 0.1 * n))
    const scattered = line.map((point, n) => ({ ...point, mag: point.mag! + (n % 2 ? 1 : -1) }))
    expect(magSlope(line)!.errMagPerDay).toBeCloseTo(0.1 / Math.sqrt(10), 9)
    expect(magSlope(scattered)!.errMagPerDay).toBeGreaterThan(0.2)
  })
})

describe('the rise', () => {
  const seen = (days: number, mag: number, magErr = 0.1, band = 'r') => at(61_000 + days, { mag, magErr, band })

  it('is that of the first ten days, in the band with the longest baseline there', () => {
    const supernova = [seen(0, 22), seen(2, 21), seen(8, 19, 0.1, 'g'), seen(1, 20, 0.1, 'g'), seen(40, 23)]
    expect(riseRate(supernova, 61_000)).toMatchObject({ band: 'g', days: 7, magPerDay: expect.closeTo(-1 / 7, 12) })
    expect(riseRate(supernova.slice(0, 2), 61_000)).toMatchObject({ band: 'r', magPerDay: expect.closeTo(-0.5, 12) })
  })

  it('is absent within half a day, after ten, and before the discovery', () => {
    expect(riseRate([seen(0, 22), seen(0.4, 21)], 61_000)).toBeUndefined()
    expect(riseRate([seen(0, 22), seen(10.1, 21)], 61_000)).toBeUndefined()
    expect(riseRate([seen(-2, 22), seen(0, 21)], 61_000)).toBeUndefined()
    expect(riseRate([], Number.NaN)).toBeUndefined()
  })

  it('was at least so fast since the last limit in the band of the discovery', () => {
    const limits = [limit(60_994, 24), limit(60_996, 24), limit(60_999, 25, { band: 'g' })]
    const bound = riseBound([...limits, seen(0, 22)], seen(0, 22))
    expect(bound).toEqual({ band: 'r', days: 4, magPerDay: expect.closeTo((22.1 - 24) / 4, 12) })
    // What was seen before the limit leaves none; a limit that is no deeper says nothing, nor one of long ago.
    expect(riseBound([...limits, seen(0, 22)], seen(0, 22), 60_990)).toBeUndefined()
    expect(riseBound([limit(60_996, 22.05), seen(0, 22)], seen(0, 22))).toBeUndefined()
    expect(riseBound([limit(60_980, 24), seen(0, 22)], seen(0, 22))).toBeUndefined()
    expect(riseBound(limits, at(61_000))).toBeUndefined()
  })
})

it('whatever comes, in any order: nothing throws, limits lie before, slopes are numbers', () => {
  const number = fc.oneof(fc.double(), fc.double({ min: 60_000, max: 61_000, noNaN: true }))
  const point: fc.Arbitrary<PhotometryPoint> = fc.record(
    {
      kind: fc.constantFrom('detection', 'nonDetection', 'forced'),
      timeMjdUtc: number,
      band: fc.constantFrom('g', 'r', '__proto__'),
      fluxNjy: fc.double(),
      fluxErrNjy: fc.double(),
      mag: fc.double(),
      magErr: fc.double(),
      limitMag: fc.double(),
    },
    { requiredKeys: ['kind', 'timeMjdUtc', 'band'] },
  )
  fc.assert(
    fc.property(fc.array(point, { maxLength: 60 }), number, (points, time) => {
      const first = earliestDetection(points)?.timeMjdUtc
      expect(first).toBe(earliestDetection(points.toReversed())?.timeMjdUtc)
      const limit = lastNonDetection(points, time)
      if (limit !== undefined) {
        expect(limit.timeMjdUtc).toBeLessThan(time)
        expect(limit.kind).not.toBe('detection')
        expect(limit.limitMag).not.toBeNaN()
      }
      const slope = magSlope(points)
      if (slope !== undefined) expect([slope.magPerDay, slope.errMagPerDay].every(Number.isFinite)).toBe(true)
      const rise = riseRate(points, 60_500)
      if (rise !== undefined) expect(rise.days >= 0.5 && rise.days <= 10 + 1e-4).toBe(true)
      for (const point of points) {
        const bound = riseBound(points, point)
        if (bound !== undefined) expect(bound.magPerDay < 0 && bound.days > 0).toBe(true)
      }
    }),
  )
})
