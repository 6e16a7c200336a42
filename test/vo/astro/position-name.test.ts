import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { positionName } from '../../../vo/astro/position-name.ts'
import { separationDeg } from '../../../vo/astro/sky.ts'

const degrees = (name: string): [number, number] => {
  const [, h, m, s, sign, d, arcmin, arcsec] = /^J(\d\d)(\d\d)(\d\d\.\d\d)([+-])(\d\d)(\d\d)(\d\d\.\d)$/.exec(name)!
  const dec = Number(d) + Number(arcmin) / 60 + Number(arcsec) / 3600
  return [15 * (Number(h) + Number(m) / 60 + Number(s) / 3600), sign === '-' ? -dec : dec]
}

describe('the position in a name', () => {
  it.each([
    [155.125_166_666_666_67, 20.511_111_111_1, 'J102030.04+203040.0'],
    // Cut, not rounded: 59.999 s stay 59.99, 59.99 arcsec stay 59.9.
    [(10 + 59.999 / 3600) * 15, 0 + 59.99 / 3600, 'J100059.99+000059.9'],
    [359.99999, 0, 'J235959.99+000000.0'],
    [360, 0, 'J000000.00+000000.0'],
    [-15, 0, 'J230000.00+000000.0'],
    [0, 90, 'J000000.00+900000.0'],
    [0, -90, 'J000000.00-900000.0'],
    [0, 89.9999999, 'J000000.00+895959.9'],
    // Towards the equator, and the sign stays.
    [0, -0.00001, 'J000000.00-000000.0'],
    [0, -0, 'J000000.00+000000.0'],
    [266.405, -28.93617, 'J174537.20-285610.2'],
  ])('of %s %s is %s', (ra, dec, name) => {
    expect(positionName(ra, dec)).toBe(name)
  })

  it('is no position', () => {
    for (const [ra, dec] of [
      [Number.NaN, 0] as const,
      [0, Number.NaN] as const,
      [0, 90.001] as const,
      [1 / 0, 0] as const,
    ]) {
      expect(() => positionName(ra, dec)).toThrow(RangeError)
    }
  })

  it('never says a minute of 60 s, and lies within its last digits of the place', () => {
    const lon = fc.double({ min: 0, max: 360, noNaN: true })
    const lat = fc.double({ min: -90, max: 90, noNaN: true })
    fc.assert(
      fc.property(lon, lat, (ra, dec) => {
        const name = positionName(ra, dec)
        expect(name).toMatch(/^J([01]\d|2[0-3])[0-5]\d[0-5]\d\.\d\d[+-](90|[0-8]\d)[0-5]\d[0-5]\d\.\d$/)
        const [near, at] = degrees(name)
        expect(Math.abs(at)).toBeLessThanOrEqual(Math.abs(dec) + 1e-9)
        expect(separationDeg(ra, dec, near, at) * 3600).toBeLessThan(0.19)
      }),
    )
  })

  it('keeps every decimal that a catalogue writes', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 8_639_999 }), fc.integer({ min: 0, max: 3_240_000 }), (ra, dec) => {
        const name = positionName(ra / 24_000, dec / 36_000)
        const [near, at] = degrees(name)
        expect(Math.round(near * 24_000)).toBe(ra)
        expect(Math.round(at * 36_000)).toBe(dec)
      }),
    )
  })
})
