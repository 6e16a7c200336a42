import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { leapSeconds } from '../../../vo/astro/leap-seconds.ts'
import {
  isoToMjdUtc,
  jdUtcToMjdUtc,
  leapSecondsExpire,
  leapSecondsKnown,
  mjdTaiToMjdUtc,
  mjdTaiToUtcIso,
  mjdUtcToIso,
  unixMsToIso,
} from '../../../vo/astro/time.ts'

describe('time', () => {
  it('T1: TAI is 37 s ahead of UTC since 2017', () => {
    expect(mjdTaiToUtcIso(61105.093643486834)).toBe('2026-03-06T02:14:13.797262')
    expect(mjdTaiToUtcIso(61105.095800699935)).toBe('2026-03-06T02:17:20.180474')
  })

  it('T1: the day of UTC may be another one than that of TAI', () => {
    expect(mjdTaiToUtcIso(61105.0001)).toBe('2026-03-05T23:59:31.640000')
    expect(mjdTaiToMjdUtc(61105.0001)).toBeCloseTo(61104.99967175926, 10)
  })

  it('T2: rounds once, to the microsecond, and never writes 60 seconds', () => {
    // The last doubles before a midnight: 0.63 µs and 0.31 µs away.
    expect(mjdUtcToIso(60001 - 2 ** -37)).toBe('2023-02-25T23:59:59.999999')
    expect(mjdUtcToIso(30001 - 2 ** -38)).toBe('1941-01-07T00:00:00.000000')
    expect(mjdTaiToUtcIso(61000 + 37 / 86400)).toBe('2025-11-21T00:00:00.000000')
  })

  it('shows 23:59:60 within a leap second and at no other time', () => {
    // 2016-12-31T23:59:60.5 UTC is 36.5 s after midnight in TAI.
    expect(mjdTaiToUtcIso(57754 + 36.5 / 86400)).toBe('2016-12-31T23:59:60.500000')
    expect(mjdTaiToUtcIso(57754 + 35.5 / 86400)).toBe('2016-12-31T23:59:59.500000')
    expect(mjdTaiToUtcIso(57754 + 37.5 / 86400)).toBe('2017-01-01T00:00:00.500000')
    expect(isoToMjdUtc('2016-12-31T23:59:60.5')).toBeCloseTo(57753 + 86400.5 / 86401, 9)
    expect(mjdUtcToIso(isoToMjdUtc('2016-12-31T23:59:60.5'))).toBe('2016-12-31T23:59:60.500000')
  })

  it('holds every leap second of the table at its day', () => {
    for (const [index, [day, offset]] of leapSeconds.entries()) {
      expect(mjdTaiToUtcIso(day + (offset + 0.25) / 86400)).toMatch(/T00:00:00\.2500/)
      if (index > 0) expect(mjdTaiToUtcIso(day + (offset - 0.75) / 86400)).toMatch(/T23:59:60\.2[45]/)
    }
  })

  it('knows until when leap seconds are announced', () => {
    expect(leapSecondsKnown(isoToMjdUtc('2026-11-21'))).toBe(true)
    expect(leapSecondsKnown(isoToMjdUtc(leapSecondsExpire))).toBe(false)
  })

  it('takes Julian dates', () => {
    expect(jdUtcToMjdUtc(2460229.6234606)).toBeCloseTo(60229.1234606, 8)
    expect(mjdUtcToIso(jdUtcToMjdUtc(2440587.5))).toBe('1970-01-01T00:00:00.000000')
  })

  it('reads ISO times and refuses what is none', () => {
    expect(isoToMjdUtc('2026-03-06')).toBe(61105)
    expect(isoToMjdUtc('2026-03-06T12:00:00Z')).toBe(61105.5)
    expect(isoToMjdUtc('2026-03-06T12:00')).toBe(61105.5)
    for (const text of [
      '',
      'now',
      '2026-13-01',
      '2026-02-30',
      '2026-03-06T24:00:00',
      '2026-03-06T23:59:60',
      '2026-03-06T12:00:00+01:00',
    ]) {
      expect(() => isoToMjdUtc(text), text).toThrow(RangeError)
    }
  })

  it('refuses what is no time', () => {
    for (const mjd of [Number.NaN, Number.POSITIVE_INFINITY, 1_480_360_995, -1e9]) {
      expect(() => mjdTaiToUtcIso(mjd)).toThrow(RangeError)
      expect(() => mjdUtcToIso(mjd)).toThrow(RangeError)
    }
  })

  it('writes times that read back to the microsecond and are valid', () => {
    fc.assert(
      fc.property(fc.double({ min: 15_020, max: 124_593, noNaN: true }), (mjd) => {
        const text = mjdUtcToIso(mjd)
        expect(text).toMatch(/^\d{4}-\d\d-\d\dT([01]\d|2[0-3]):[0-5]\d:([0-5]\d|60)\.\d{6}$/)
        expect(Math.abs(isoToMjdUtc(text) - mjd) * 86400e6).toBeLessThan(3)
        expect(Math.abs(isoToMjdUtc(mjdTaiToUtcIso(mjd)) - mjdTaiToMjdUtc(mjd)) * 86400e6).toBeLessThan(3)
      }),
      { numRuns: 2000 },
    )
  })

  it('goes on with time: a later TAI is never an earlier UTC', () => {
    const seconds = fc.integer({ min: 0, max: 172_800_000 })
    fc.assert(
      fc.property(fc.constantFrom(...leapSeconds), seconds, seconds, ([day], a, b) => {
        const [early, late] = a < b ? [a, b] : [b, a]
        const text = (ms: number) => mjdTaiToUtcIso(day - 1 + ms / 86_400_000)
        expect(text(early) <= text(late)).toBe(true)
      }),
    )
  })

  it('writes the time of a clock', () => {
    expect(unixMsToIso(1_772_763_440_180)).toBe('2026-03-06T02:17:20.180')
  })
})
