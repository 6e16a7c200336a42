import { describe, expect, it } from 'vitest'
import { ActiveNucleus, fluxErrNjy, rrLyrae, supernova } from '../../../src/ingest/simulator/light-curves.ts'
import { Random } from '../../../src/ingest/simulator/random.ts'

describe('Random', () => {
  it('is the same for the same keys and another for any other', () => {
    const first = (...keys: number[]) => new Random(...keys).uint32()
    expect(first(1, 2, 3)).toBe(first(1, 2, 3))
    const others = [first(1, 2), first(2, 1, 3), first(1, 2, 4), first(1, 3, 2), first(2 ** 32 + 1, 2, 3), first()]
    expect(new Set([first(1, 2, 3), ...others]).size).toBe(7)
  })
  it('keeps its numbers: packets of old seeds stay what they were', () => {
    const random = new Random(1, 2)
    expect([random.uint32(), random.uint32(), random.uint32()]).toMatchInlineSnapshot(`
      [
        87872360,
        1089902851,
        739176657,
      ]
    `)
  })
  it('is uniform, and gaussian where asked', () => {
    const random = new Random(5)
    const count = 50_000
    const uniform = Array.from({ length: count }, () => random.uniform())
    expect(Math.min(...uniform.slice(0, 1000))).toBeGreaterThanOrEqual(0)
    expect(uniform.reduce((sum, value) => sum + value, 0) / count).toBeCloseTo(0.5, 2)
    for (let tenth = 0; tenth < 10; tenth++) {
      const share = uniform.filter((value) => Math.floor(value * 10) === tenth).length / count
      expect(share).toBeCloseTo(0.1, 1.8)
    }
    const gaussian = Array.from({ length: count }, () => random.gaussian())
    expect(gaussian.reduce((sum, value) => sum + value, 0) / count).toBeCloseTo(0, 1.5)
    expect(gaussian.reduce((sum, value) => sum + value * value, 0) / count).toBeCloseTo(1, 1.5)
    expect(gaussian.filter((value) => Math.abs(value) < 1).length / count).toBeCloseTo(0.683, 1.8)
  })
})

describe('light curves', () => {
  it('of a supernova: dark before, a rise of weeks, a slower decline, red at the end', () => {
    const curve = supernova(new Random(3), 60_000)
    const flux = (band: 'g' | 'r' | 'i', days: number) => curve.at(band, 60_000 + days).differenceNjy
    expect(flux('r', -1)).toBe(0)
    const days = Array.from({ length: 90 }, (_, day) => day)
    const peak = days.reduce((best, day) => (flux('r', day) > flux('r', best) ? day : best), 0)
    expect(peak).toBeGreaterThan(15)
    expect(peak).toBeLessThan(32)
    expect(flux('r', peak - 10)).toBeLessThan(flux('r', peak + 10))
    expect(flux('r', 80)).toBeLessThan(flux('r', peak) / 4)
    expect(flux('i', 60) / flux('g', 60)).toBeGreaterThan(2 * (flux('i', 18) / flux('g', 18)))
    expect(flux('r', peak)).toBeGreaterThan(2_000)
    expect(flux('r', peak)).toBeLessThan(250_000)
  })
  it('of an RR Lyrae star: periodic, around its mean, stronger in g than in i', () => {
    const star = rrLyrae(new Random(4))
    expect(star.periodDays).toBeGreaterThan(0.39)
    expect(star.periodDays).toBeLessThan(0.76)
    const at = (band: 'g' | 'i', turns: number) => star.at(band, 60_000 + turns * star.periodDays)
    expect(at('g', 0.3).differenceNjy).toBeCloseTo(at('g', 7.3).differenceNjy, 0)
    const range = (band: 'g' | 'i') => {
      const mags = Array.from({ length: 200 }, (_, step) => {
        const { differenceNjy, templateNjy } = at(band, step / 200)
        return -2.5 * Math.log10(differenceNjy + templateNjy)
      })
      return Math.max(...mags) - Math.min(...mags)
    }
    expect(range('g')).toBeGreaterThan(0.5)
    expect(range('g')).toBeLessThan(1.2)
    expect(range('i') / range('g')).toBeCloseTo(0.57, 1)
    const signs = Array.from({ length: 20 }, (_, step) => Math.sign(at('g', step / 20).differenceNjy))
    expect(new Set(signs)).toEqual(new Set([-1, 1]))
  })
  it('of an active nucleus: hardly moves in an hour, a lot in a year, and never runs away', () => {
    const changes = (days: number) =>
      Array.from({ length: 200 }, (_, seed) => {
        const nucleus = new ActiveNucleus(new Random(seed))
        const light = (mjd: number) => {
          const { differenceNjy, templateNjy } = nucleus.at('r', mjd)
          return -2.5 * Math.log10(1 + differenceNjy / templateNjy)
        }
        return light(60_000) - light(60_000 + days)
      })
    const spread = (values: number[]) => Math.sqrt(values.reduce((sum, value) => sum + value ** 2, 0) / values.length)
    expect(spread(changes(0.04))).toBeLessThan(0.02)
    expect(spread(changes(365))).toBeGreaterThan(0.2)
    expect(spread(changes(36_500))).toBeLessThan(0.5)
  })
  it('have an error of the sky for the faint and of their photons for the bright', () => {
    expect(fluxErrNjy('r', 100, 0)).toBe(100)
    expect(fluxErrNjy('r', 100, -500)).toBe(100)
    const bright = fluxErrNjy('r', 100, 1e6)
    expect(bright).toBeGreaterThan(800)
    expect(bright).toBeLessThan(1e6 / 100)
  })
})
