/** Which points a light curve shows, and on which axis. */
import { describe, expect, it } from 'vitest'
import { curveOf, drawable } from '../../src/pictures/curve-points.ts'
import { point, series } from './alerts.ts'

const detected = (days: number, flux: number) =>
  point({ timeMjd: 61000 + days, flux, fluxError: 10, ...(flux > 0 && { magnitude: 31.4 - 2.5 * Math.log10(flux) }) })
const limit = (days: number) => point({ kind: 'nonDetection', timeMjd: 61000 + days, limitMagnitude: 24 })

describe('the axis', () => {
  it('is of magnitudes where the data have them', () => {
    const curve = curveOf(series([limit(-3), detected(-1, 1000), detected(0, 2000)]), undefined)!
    expect(curve.axis).toBe('magnitude')
    expect(curve.label).toBe('AB magnitude')
    expect(curve.points.map(({ kind }) => kind)).toEqual(['limit', 'detection', 'detection'])
    expect(curve.points.map(({ days }) => Math.round(days))).toEqual([-3, -1, 0])
    expect(curve.points.map(({ isAlert }) => isAlert)).toEqual([false, false, true])
  })

  it('is of fluxes where the alert is negative, with everything that has one', () => {
    const curve = curveOf(series([limit(-3), detected(-1, 1000), detected(0, -2000)]), undefined)!
    expect(curve.axis).toBe('flux')
    expect(curve.label).toBe('flux (nJy)')
    expect(curve.points.map(({ value }) => Math.round(value))).toEqual([912, 1000, -2000])
    expect(curve.points[0]?.kind).toBe('limit')
    expect(curve.notShown).toBe(0)
  })

  it('is of fluxes where more than a few are negative, and says how many it leaves out where they are few', () => {
    const bright = Array.from({ length: 40 }, (_, index) => detected(-index, 1000))
    const few = curveOf(series([detected(-50, -1000), ...bright]), undefined)!
    expect([few.axis, few.notShown, few.points.length]).toEqual(['magnitude', 1, 40])
    const many = [-50, -51, -52].map((days) => detected(days, -1000))
    expect(curveOf(series([...many, ...bright]), undefined)!.axis).toBe('flux')
  })

  it('is of fluxes where nothing has a magnitude, in the unit that they have', () => {
    const curve = curveOf(series([point({ flux: 5, fluxError: 1 })], { fluxUnit: 'ct' }), undefined)!
    expect([curve.axis, curve.label]).toEqual(['flux', 'flux (ct)'])
  })

  it('keeps numbers short: µJy and mJy', () => {
    const label = (flux: number) => curveOf(series([detected(0, -flux)]), undefined)!.label
    expect(label(9_900)).toBe('flux (nJy)')
    expect(label(11_000)).toBe('flux (µJy)')
    expect(label(11e6)).toBe('flux (mJy)')
    expect(curveOf(series([detected(0, -2e6)]), undefined)!.points[0]).toMatchObject({ value: -2000, error: 0.01 })
  })

  it('says that fluxes are differences where the series does', () => {
    const of = { description: 'Point-source fluxes on difference images' }
    expect(curveOf(series([detected(0, 100)], of), undefined)!.label).toBe('difference AB magnitude')
  })
})

describe('points', () => {
  it('count days from the alert in UTC, whatever scale the series has', () => {
    const tai = series([detected(37 / 86_400, 500)], { timeScale: 'TAI' })
    // 2025-11-21T00:00 is MJD 61000; TAI is 37 s ahead.
    expect(curveOf(tai, '2025-11-21T00:00:00')!.points[0]!.days).toBeCloseTo(0, 9)
    const tt = series([detected((37 + 32.184) / 86_400, 500)], { timeScale: 'TT' })
    expect(curveOf(tt, '2025-11-21T00:00:00')!.points[0]!.days).toBeCloseTo(0, 9)
    expect(curveOf(series([detected(0, 500)]), '2025-11-22T00:00:00')!.points[0]!.days).toBeCloseTo(-1, 9)
  })

  it('need a time and a number', () => {
    expect(drawable(point({ flux: 1 }))).toBe(true)
    expect(drawable(point())).toBe(false)
    expect(drawable(point({ flux: Number.NaN, magnitude: Number.POSITIVE_INFINITY }))).toBe(false)
    expect(drawable(point({ timeMjd: Number.NaN, flux: 1 }))).toBe(false)
    expect(drawable(point({ timeMjd: 1e9, flux: 1 }))).toBe(false)
    expect(curveOf(series([]), undefined)).toBeUndefined()
    expect(curveOf(series([point(), point({ timeMjd: Number.NaN, flux: 1 })]), undefined)).toBeUndefined()
  })
})
