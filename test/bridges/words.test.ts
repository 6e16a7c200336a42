import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  columnValue,
  counted,
  decSexagesimal,
  degreesPair,
  magnitude,
  oneLine,
  raSexagesimal,
  reliabilityText,
  significant,
  smallAngle,
  utcTime,
} from '../../bridges/words.ts'

const parts = (text: string) => text.split(':').map(Number) as [number, number, number]

describe('sexagesimal coordinates', () => {
  it.each([
    [0, '00:00:00.00'],
    [155.125167, '10:20:30.04'],
    [359.99999999, '00:00:00.00'],
    [-15, '23:00:00.00'],
    [360, '00:00:00.00'],
    // 14.9999999 deg is 00:59:59.99998: seconds, minutes and hours carry.
    [14.9999999, '01:00:00.00'],
  ])('%d deg of right ascension is %s', (deg, text) => expect(raSexagesimal(deg)).toBe(text))

  it.each([
    [0, '+00:00:00.0'],
    [20.511125, '+20:30:40.1'],
    [-0.0001, '-00:00:00.4'],
    [-0.000001, '+00:00:00.0'],
    [-0.9999999, '-01:00:00.0'],
    [89.99999999, '+90:00:00.0'],
    [-90, '-90:00:00.0'],
  ])('%d deg of declination is %s', (deg, text) => expect(decSexagesimal(deg)).toBe(text))

  it('read back within half a unit, with no minute or second of 60', () => {
    fc.assert(
      fc.property(
        fc.double({ min: 0, max: 360, maxExcluded: true, noNaN: true }),
        fc.double({ min: -90, max: 90, noNaN: true }),
        fc.integer({ min: 0, max: 4 }),
        (ra, dec, decimals) => {
          const [h, m, s] = parts(raSexagesimal(ra, decimals))
          expect(h).toBeLessThan(24)
          expect(m).toBeLessThan(60)
          expect(s).toBeLessThan(60)
          const backRa = (h + m / 60 + s / 3600) * 15
          const offRa = Math.abs(backRa - ra)
          expect(Math.min(offRa, 360 - offRa)).toBeLessThanOrEqual((0.5000001 * 10 ** -decimals) / 240 + 1e-12)
          const text = decSexagesimal(dec, decimals)
          const [d, dm, ds] = parts(text.slice(1))
          expect(dm).toBeLessThan(60)
          expect(ds).toBeLessThan(60)
          const backDec = (text.startsWith('-') ? -1 : 1) * (d + dm / 60 + ds / 3600)
          expect(Math.abs(backDec - dec)).toBeLessThanOrEqual((0.5000001 * 10 ** -decimals) / 3600 + 1e-12)
        },
      ),
    )
  })

  it('has no words for no place', () => {
    for (const bad of [Number.NaN, Infinity]) expect(() => raSexagesimal(bad)).toThrow(RangeError)
    for (const bad of [Number.NaN, 90.0001, -91]) expect(() => decSexagesimal(bad)).toThrow(RangeError)
  })
})

describe('numbers as people write them', () => {
  it('writes magnitudes with their errors', () => {
    expect(magnitude(21.304, 0.052)).toBe('21.30 ± 0.05')
    expect(magnitude(16.1234, 0.0042)).toBe('16.123 ± 0.004')
    expect(magnitude(21.3)).toBe('21.30')
    expect(magnitude(21.3, Number.NaN)).toBe('21.30')
    expect(magnitude(Number.NaN, 0.1)).toBe('-')
  })
  it('writes significant digits', () => {
    expect(significant(20.7123, 3)).toBe('20.7')
    expect(significant(1234.5, 2)).toBe('1235')
    expect(significant(0.00012345, 3)).toBe('0.000123')
    expect(significant(1e-9, 3)).toBe('1.00e-9')
    expect(significant(-0.5, 6)).toBe('-0.5')
    expect(significant(100, 3)).toBe('100')
    expect(significant(Infinity, 3)).toBe('-')
  })
  it('stays within the digits it promises', () => {
    fc.assert(
      fc.property(
        fc.double({ noNaN: true, noDefaultInfinity: true }),
        fc.integer({ min: 1, max: 12 }),
        (value, digits) => {
          const back = Number(significant(value, digits))
          expect(Math.abs(back - value)).toBeLessThanOrEqual(Math.abs(value) * 5.01 * 10 ** -digits)
        },
      ),
    )
  })
  it('writes columns: an identifier is never rounded', () => {
    expect(columnValue(170028503098359910n)).toBe('170028503098359910')
    expect(columnValue(0.4213379, 'mag')).toBe('0.421338 mag')
    expect(columnValue(12_345_678)).toBe('12345678')
    expect(columnValue(61365.0295678, 'd')).toBe('61365.02957 d')
    expect(columnValue(-151.1243412, 'deg')).toBe('-151.12434 deg')
    expect(columnValue(0.0000123456789, 'deg')).toBe('0.0000123457 deg')
    expect(columnValue(null, 'mag')).toBe('-')
    expect(columnValue(true)).toBe('yes')
    expect(columnValue('a\r\nb')).toBe('a b')
  })
  it('writes angles, counts, pairs and times', () => {
    expect([smallAngle(0.00002), smallAngle(0.05), smallAngle(1.5)]).toEqual(['0.072 arcsec', '3 arcmin', '1.5 deg'])
    expect([counted(1, 'detection'), counted(1234, 'detection')]).toEqual(['1 detection', '1,234 detections'])
    expect(degreesPair(155.125167, -0.000001)).toBe('155.12517 +0.00000')
    expect(degreesPair(0.1, -20.5)).toBe('0.10000 -20.50000')
    expect(utcTime('2026-03-01T05:36:59.999999')).toBe('2026-03-01 05:36:59 UTC')
    expect(utcTime('yesterday')).toBe('yesterday')
  })
})

describe('one line', () => {
  it('is one line, however it was meant', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.integer({ min: 1, max: 50 }), (text, most) => {
        const line = oneLine(text, most)
        expect(line).not.toMatch(/[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]/u)
        expect(line.isWellFormed()).toBe(true)
        expect([...line].length).toBeLessThanOrEqual(most)
      }),
    )
  })
})

it.each([
  [0.99996, '0.999'],
  [0.9999999, '0.999'],
  [1, '1'],
  [0.4996, '0.499'],
  [0.57, '0.57'],
  [Math.fround(0.1), '0.1'],
  [0.00042, '0.0004'],
  [0, '0'],
  [Number.NaN, '-'],
])('a reliability of %d is %s: cut, never rounded up', (value, text) => expect(reliabilityText(value)).toBe(text))
