/** Whole pictures against golden ones, by pixels with tolerance. `UPDATE_GOLDEN=1` writes them anew: look at them then. */
import { existsSync, writeFileSync } from 'node:fs'
import pixelmatch from 'pixelmatch'
import { describe, expect, it } from 'vitest'
import { drawPicture } from '../../src/pictures/draw-picture.ts'
import { type PictureRequest, pictureKinds, pictureRequests } from '../../src/pictures/request.ts'
import type { VOEvent } from '../../vo/model/voevent.ts'
import { describeTier } from '../tiers.ts'
import { golden, point, readGolden, realEvent, series, simulatedEvents } from './alerts.ts'
import { pixelsOf } from './png.ts'

/** So many pixels may differ by more than a tenth of black to white: processors round in different ways. */
const tolerated = 60
/** A mail has room for 100 kB of everything, and base64 takes a third more. */
const largestBytes = 30_000

async function check(name: string, request: PictureRequest): Promise<void> {
  const { bytes } = drawPicture(request)
  expect(bytes.length).toBeLessThan(largestBytes)
  if (process.env.UPDATE_GOLDEN === '1') writeFileSync(golden(name), bytes)
  if (!existsSync(golden(name))) throw new Error(`no golden picture ${name}: UPDATE_GOLDEN=1 makes it`)
  const now = await pixelsOf(bytes)
  const then = await pixelsOf(readGolden(name))
  expect([now.width, now.height]).toEqual([then.width, then.height])
  const different = pixelmatch(now.data, then.data, undefined, now.width, now.height, { threshold: 0.1 })
  expect(different, `${name}: pixels that differ`).toBeLessThanOrEqual(tolerated)
}

async function checkBoth(name: string, event: VOEvent): Promise<void> {
  const requests = pictureRequests(event, pictureKinds)
  expect(requests.map(({ kind }) => kind)).toEqual(['cutouts', 'lightcurve'])
  for (const request of requests) await check(`${name}-${request.kind}.png`, request)
}

const points = ({ what }: VOEvent): number => what?.timeSeries?.[0]?.points.length ?? 0

describe('pictures of the simulator', () => {
  it('are as they were', async () => {
    const [longest] = simulatedEvents().sort((a, b) => points(b) - points(a))
    await checkBoth('simulated', longest!)
  })
})

describe('light curves', () => {
  const title = 'Every kind of point'
  const bands = ['u', 'g', 'r', 'i', 'z', 'y']
  const mixed = bands.flatMap((band, index) => [
    point({ kind: 'nonDetection', timeMjd: 60970 + index, limitMagnitude: 23 + index / 10, band }),
    point({ kind: 'forced', timeMjd: 60980 + index, magnitude: 22 - index / 5, magnitudeError: 0.2, band }),
    point({ timeMjd: 60990 + index, magnitude: 21 - index / 5, magnitudeError: 0.05, band }),
  ])
  const heading = { kind: 'lightcurve', title, isTest: false } as const

  it('of all bands and kinds in magnitudes', () =>
    check('all-bands-lightcurve.png', { ...heading, series: series(mixed) }))

  it('of fluxes of both signs', () => {
    const fluxes = Array.from({ length: 40 }, (_, index) =>
      point({
        kind: index % 3 === 0 ? 'forced' : 'detection',
        timeMjd: 60960 + index,
        flux: 5_000 * Math.sin(index / 4) - 2_500,
        fluxError: 700,
        band: index % 2 === 0 ? 'g' : 'r',
      }),
    )
    return check('negative-lightcurve.png', { ...heading, title: 'Both signs', series: series(fluxes) })
  })
})

describeTier('samples', 'pictures of real alerts', () => {
  it.each([
    ['lsst-long-history', 'lsst', 'v11_0/170094456277565473'],
    ['lsst-first-detection', 'lsst', 'v11_0/169813006802223148'],
    ['ztf-variable', 'ztf', '20231012/2475433850315015013'],
    ['ztf-fading', 'ztf', '20231012/2475433850015010009'],
  ] as const)('%s', async (name, survey, path) => {
    await checkBoth(name, realEvent(survey, path))
  })
})
