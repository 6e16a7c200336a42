/** Brightness of pixels. `test/interop/pictures.test.ts` holds the same functions against astropy. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { asinhStretch, cutoutTone, zscaleLimits } from '../../src/pictures/stretch.ts'

const pixel = fc.oneof(
  fc.float({ noNaN: true, noDefaultInfinity: true, min: Math.fround(-1e6), max: Math.fround(1e6) }),
  fc.constantFrom(Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 0, 1e30, -1e30),
)
const pixels = fc.array(pixel, { maxLength: 400 }).map((values) => Float32Array.from(values))

describe('limits', () => {
  it('of a straight ramp are its ends', () => {
    const ramp = Float32Array.from({ length: 900 }, (_, index) => index)
    expect(zscaleLimits(ramp)).toEqual({ low: 0, high: 899 })
  })

  it('show the sky, however bright a few pixels are', () => {
    const sky = Float32Array.from({ length: 900 }, (_, index) => ((index * 7919) % 100) / 10)
    sky[450] = 1e6
    const { low, high } = zscaleLimits(sky)!
    expect(low).toBe(0)
    expect(high).toBeLessThan(40)
  })

  it('are none without values, and one value is both', () => {
    expect(zscaleLimits(new Float32Array())).toBeUndefined()
    expect(zscaleLimits(Float32Array.of(Number.NaN))).toBeUndefined()
    expect(zscaleLimits(Float32Array.of(7, Number.NaN, 7))).toEqual({ low: 7, high: 7 })
  })

  it('lie within the values, whatever these are', () => {
    fc.assert(
      fc.property(pixels, (values) => {
        const finite = values.filter(Number.isFinite)
        const limits = zscaleLimits(values)
        if (finite.length === 0) {
          expect(limits).toBeUndefined()
          return
        }
        expect(limits!.low).toBeGreaterThanOrEqual(Math.min(...finite))
        expect(limits!.high).toBeLessThanOrEqual(Math.max(...finite))
      }),
    )
  })
})

describe('the stretch', () => {
  it('rises from 0 to 1, steeper for the faint', () => {
    const shown = asinhStretch(Float32Array.of(-5, 0, 1, 5, 10, 99), { low: 0, high: 10 })
    expect([...shown].map((value) => Math.round(value * 1000))).toEqual([0, 0, 294, 771, 1000, 1000])
  })

  it('shows noise dark, and a source of any brightness without burning out its neighbours', () => {
    const noise = (index: number): number => ((index * 7919) % 100) / 10
    for (const peak of [0, 100, 1e6]) {
      const stamp = Float32Array.from({ length: 900 }, (_, index) => noise(index) + (index === 450 ? peak : 0))
      const tone = cutoutTone(stamp)!
      const shown = asinhStretch(stamp, tone, tone.softening)
      const middle = [...shown].sort((a, b) => a - b)[450]!
      expect(middle).toBeGreaterThan(0.02)
      expect(middle).toBeLessThan(0.5)
    }
  })

  it('gives a number from 0 to 1, or NaN where there was none, whatever comes', () => {
    fc.assert(
      fc.property(pixels, (values) => {
        const tone = cutoutTone(values)
        if (tone === undefined) return
        const shown = asinhStretch(values, tone, tone.softening)
        for (const [index, value] of values.entries()) {
          if (Number.isFinite(value)) {
            expect(shown[index]).toBeGreaterThanOrEqual(0)
            expect(shown[index]).toBeLessThanOrEqual(1)
          } else expect(shown[index]).toBeNaN()
        }
      }),
    )
  })

  it('shows a flat image grey', () => {
    const flat = new Float32Array(9).fill(4)
    const tone = cutoutTone(flat)!
    expect([...asinhStretch(flat, tone, tone.softening)]).toEqual(Array(9).fill(0.5))
  })
})
