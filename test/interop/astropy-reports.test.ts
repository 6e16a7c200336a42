/** What reports hold, through astropy's eyes: magnitudes, limits, places, names, times, distances, slopes. */
import { beforeAll, expect, it } from 'vitest'
import { peers } from '../../scripts/peers.ts'
import { abLimitMag, abMagErr, abMagFromNjy } from '../../vo/astro/flux.ts'
import { magSlope, riseBound, riseRate } from '../../vo/astro/light-curve.ts'
import { positionName } from '../../vo/astro/position-name.ts'
import { galacticFromIcrs, separationDeg } from '../../vo/astro/sky.ts'
import { mjdTaiToMjdUtc, mjdTaiToUtcIso } from '../../vo/astro/time.ts'
import { describeTier } from '../tiers.ts'
import { seeded } from '../vo/mutate.ts'
import { askAstropy } from './ask-astropy.ts'

describeTier('peers', 'what reports hold, held against astropy', () => {
  let python = ''
  beforeAll(async () => {
    python = (await peers()).python
  }, 600_000)

  const ask = <T>(tasks: readonly object[]) => askAstropy<T>(python, 'astropy_reports.py', tasks)
  const roll = seeded(6)
  const random = () => roll(2 ** 31) / 2 ** 31
  const between = (least: number, most: number) => least + random() * (most - least)
  const many = <T>(count: number, make: (n: number) => T): T[] => Array.from({ length: count }, (_, n) => make(n))
  const anywhere = (): [number, number] => [between(0, 360), (Math.asin(between(-1, 1)) * 180) / Math.PI]
  const corners: [number, number][] = [0, 15, 90, 155.125, 180, 266.405, 359.9999999, 360].flatMap((ra) =>
    [-90, -89.9999999, -28.93617, -0.00001, 0, 0.5, 45, 89.9999999, 90].map((dec): [number, number] => [ra, dec]),
  )

  it('AB magnitudes, their errors and the limits', () => {
    const pairs = many(300, (): [number, number] => [10 ** between(0, 8), 10 ** between(0, 6)])
    for (const [n, [mag, err, limit]] of ask<[number, number, number]>(pairs.map((mag) => ({ mag }))).entries()) {
      const [flux, fluxErr] = pairs[n]!
      // Surveys round the zero point: 31.4 for 31.40006.
      expect(Math.abs(abMagFromNjy(flux)! - mag)).toBeLessThan(1e-4)
      expect(abMagErr(flux, fluxErr)).toBeCloseTo(err, 9)
      expect(Math.abs(abLimitMag(fluxErr)! - limit)).toBeLessThan(1e-4)
    }
  })

  it('Galactic coordinates and names of positions, which are cut', () => {
    const places = [...corners, ...many(400, anywhere)]
    let [rounded, differs] = [0, 0]
    for (const [n, [l, b, name]] of ask<[number, number, string]>(places.map((place) => ({ place }))).entries()) {
      const [ra, dec] = places[n]!
      const { lonDeg, latDeg } = galacticFromIcrs(ra, dec)
      // astropy goes by FK5, which is some 20 mas off the ICRS.
      expect(separationDeg(lonDeg, latDeg, l, b) * 3600, `${ra} ${dec}`).toBeLessThan(0.05)
      const [, time, fine, arc] = /^(J\d{6}\.\d\d)(\d{10})([+-]\d{6}\.\d)\d{10}$/.exec(name.replace(/^J24/, 'J00'))!
      const cut = `${time}${arc}`
      // A decimal that is 1e-8 s short of the next digit is taken for that digit.
      if (positionName(ra, dec) === cut) differs += Number(fine!) > 5e9 ? 1 : 0
      else {
        rounded++
        expect(positionName(ra + 1e-9, dec), `${ra} ${dec}: ${cut}`).not.toBe(cut)
      }
    }
    // Rounding would have given half of the names another digit.
    expect(differs).toBeGreaterThan(100)
    expect(rounded).toBeLessThan(6)
  })

  it('UTC of TAI, to the microsecond, around leap seconds too', () => {
    const days = [41_499, 44_239, 57_204, 57_754, 59_000, 61_105]
    const times = [
      61_105.0001,
      61_105.095800699935,
      ...days.flatMap((day) => many(40, () => day + between(-0.002, 0.002))),
      ...many(200, () => between(50_000, 61_300)),
    ]
    for (const [n, [iso, mjd]] of ask<[string, number]>(times.map((tai) => ({ tai }))).entries()) {
      const ours = mjdTaiToUtcIso(times[n]!)
      const us = (text: string) => Number(text.slice(17)) * 1e6
      expect(ours.slice(0, 17)).toBe(iso.slice(0, 17))
      expect(Math.abs(us(ours) - us(iso)), `${times[n]}`).toBeLessThan(2)
      expect(mjdTaiToMjdUtc(times[n]!)).toBeCloseTo(mjd, 10)
    }
  })

  it('distances, from milliarcseconds to antipodes', () => {
    const pairs = many(300, (n) => {
      const [ra, dec] = anywhere()
      if (n % 3 === 0) return [ra, dec, ...anywhere()]
      const step = 10 ** between(-7, 0)
      return [ra, dec, (ra + between(-step, step) + 360) % 360, Math.max(-90, Math.min(90, dec + between(-step, step)))]
    })
    for (const [n, arcsec] of ask<number>(pairs.map((apart) => ({ apart }))).entries()) {
      const [ra1, dec1, ra2, dec2] = pairs[n]!
      expect(separationDeg(ra1!, dec1!, ra2!, dec2!) * 3600).toBeCloseTo(arcsec, 5)
    }
  })

  it('slopes of light curves', () => {
    const curves = many(60, () => {
      const [slope, count] = [between(-1, 1), 2 + Math.floor(random() * 30)]
      return many(count, (n): [number, number, number] => {
        const [days, err] = [n + random() / 2, between(0.01, 0.3)]
        return [days, 21 + slope * days + err * between(-0.5, 0.5), err]
      })
    })
    for (const [n, [slope, err]] of ask<[number, number]>(curves.map((line) => ({ line }))).entries()) {
      const points = curves[n]!.map(([days, mag, magErr]) => ({
        kind: 'detection' as const,
        timeMjdUtc: 61_000 + days,
        band: 'r',
        mag,
        magErr,
      }))
      const ours = magSlope(points)!
      expect(ours.magPerDay).toBeCloseTo(slope, 7)
      // The points scatter less than their errors say, so that these count.
      expect(ours.errMagPerDay).toBeCloseTo(err, 7)
    }
  })
  it('rise rates of the first ten days, of several bands in any order, and their lower bounds', () => {
    const curves = many(60, () => ({
      limit: [between(-9, -1), between(23, 25)] as [number, number],
      rows: many(40, (n): [string, number, number, number] => {
        const [days, err] = [n === 0 ? 0 : between(0.01, 30), between(0.01, 0.3)]
        // It rises to its peak on the eighth day and fades slowly: another window gives another rate.
        return [n % 3 === 0 ? 'r' : 'g', days, 20 + 0.04 * (days - 8) ** 2 + err * between(-0.5, 0.5), err]
      }),
    }))
    type Rise = [string, number, number, number]
    for (const [n, [band, rate, err, bound]] of ask<Rise>(curves.map((rise) => ({ rise }))).entries()) {
      const { rows, limit } = curves[n]!
      const points = rows.map(([name, days, mag, magErr]) => ({
        kind: 'detection' as const,
        timeMjdUtc: 61_000 + days,
        band: name,
        mag,
        magErr,
      }))
      const ours = riseRate([...points].reverse(), 61_000)!
      expect(ours.band).toBe(band)
      expect(ours.magPerDay).toBeCloseTo(rate, 7)
      expect(ours.errMagPerDay).toBeCloseTo(err, 7)
      const dark = { kind: 'nonDetection' as const, timeMjdUtc: 61_000 + limit[0], band: 'r', limitMag: limit[1] }
      expect(riseBound([dark, ...points], points[0]!)?.magPerDay ?? 0).toBeCloseTo(bound, 7)
    }
  })
})
