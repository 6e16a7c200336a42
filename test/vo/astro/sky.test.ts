import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { galacticFromIcrs, majorAxisDeg, separationDeg } from '../../../vo/astro/sky.ts'

const lon = fc.double({ min: 0, max: 360, noNaN: true })
const lat = fc.double({ min: -90, max: 90, noNaN: true })

describe('sky', () => {
  it('measures distances, the tiniest and the largest too', () => {
    expect(separationDeg(10, 0, 11, 0)).toBeCloseTo(1, 12)
    expect(separationDeg(0, 90, 123, 90)).toBeCloseTo(0, 12)
    expect(separationDeg(0, 0, 180, 0)).toBe(180)
    expect(separationDeg(359.9999, 0, 0.0001, 0) * 1e4).toBeCloseTo(2, 6)
    // A tenth of a milliarcsecond at declination 60 and at the equator.
    expect(separationDeg(150, 60, 150, 60 + 2.8e-8) / 2.8e-8).toBeCloseTo(1, 5)
    expect(separationDeg(150, 60, 150 + 2.8e-8, 60) / 1.4e-8).toBeCloseTo(1, 5)
  })

  it('agrees with the haversine formula, is symmetric and bounded', () => {
    fc.assert(
      fc.property(lon, lat, lon, lat, (a, b, c, d) => {
        const rad = Math.PI / 180
        const h =
          Math.sin(((d - b) / 2) * rad) ** 2 +
          Math.cos(b * rad) * Math.cos(d * rad) * Math.sin(((c - a) / 2) * rad) ** 2
        const distance = separationDeg(a, b, c, d)
        expect(distance).toBeCloseTo((2 * Math.asin(Math.min(1, Math.sqrt(h)))) / rad, 5)
        expect(separationDeg(c, d, a, b)).toBeCloseTo(distance, 9)
        expect(distance >= 0 && distance <= 180).toBe(true)
      }),
    )
  })

  it('turns ICRS into galactic coordinates', () => {
    const centre = galacticFromIcrs(266.405, -28.93617)
    expect(Math.min(centre.lonDeg, 360 - centre.lonDeg)).toBeLessThan(0.001)
    expect(Math.abs(centre.latDeg)).toBeLessThan(0.001)
    expect(galacticFromIcrs(192.85948, 27.12825).latDeg).toBeCloseTo(90, 4)
    expect(galacticFromIcrs(0, 90).lonDeg).toBeCloseTo(122.93192, 4)
    // The Crab, from its catalogue entry.
    const crab = galacticFromIcrs(83.63308, 22.0145)
    expect(crab.lonDeg).toBeCloseTo(184.5575, 3)
    expect(crab.latDeg).toBeCloseTo(-5.7844, 3)
  })

  it('keeps distances when it turns', () => {
    fc.assert(
      fc.property(lon, lat, lon, lat, (a, b, c, d) => {
        const p = galacticFromIcrs(a, b)
        const q = galacticFromIcrs(c, d)
        expect(separationDeg(p.lonDeg, p.latDeg, q.lonDeg, q.latDeg)).toBeCloseTo(separationDeg(a, b, c, d), 6)
      }),
    )
  })

  it('gives the longer axis of an error ellipse', () => {
    expect(majorAxisDeg(3, 4)).toBe(4)
    expect(majorAxisDeg(1, 1, 1)).toBeCloseTo(Math.SQRT2, 12)
    expect(majorAxisDeg(1, 1, 50)).toBeCloseTo(Math.SQRT2, 12)
    expect(majorAxisDeg(2, 1, Number.NaN)).toBe(2)
    for (const [a, b] of [
      [0, 1],
      [1, -1],
      [Number.NaN, 1],
    ] as const)
      expect(majorAxisDeg(a, b)).toBeNaN()
  })
})
