/** Pictures in the pool: off this thread, bounded in time, and a worker that was ended is replaced. */
import { describe, expect, it, onTestFinished } from 'vitest'
import { pictureRequests } from '../../src/pictures/request.ts'
import { openPool, type PoolOptions } from '../../src/pool/open-pool.ts'
import { memoryLog, voevent } from '../bridges/vtp/memory-host.ts'
import { point, series, simulatedEvents } from '../pictures/alerts.ts'
import { pixelsOf } from '../pictures/png.ts'

function open(more: Partial<PoolOptions> = {}) {
  const pool = openPool({ size: 1, xpathLimitMs: 50, log: memoryLog([]), ...more })
  onTestFinished(() => pool.close())
  return pool
}

const curve = {
  kind: 'lightcurve',
  title: 'an object',
  isTest: false,
  series: series([point({ magnitude: 20 })]),
} as const

describe('pictures in the pool', () => {
  it('come back as they were asked for', async () => {
    const pool = open()
    const [event] = simulatedEvents()
    const pictures = await Promise.all(
      pictureRequests(event!, ['cutouts', 'lightcurve']).map((each) => pool.draw(each)),
    )
    for (const { bytes, widthPx, heightPx } of pictures) {
      const { width, height } = await pixelsOf(bytes)
      expect([width, height]).toEqual([widthPx, heightPx])
    }
    expect(pictures).toHaveLength(2)
  })

  it('fail with a code where nothing can be drawn, and the worker goes on', async () => {
    const pool = open()
    await expect(pool.draw({ ...curve, series: series([]) })).rejects.toMatchObject({ code: 'PICTURE_FAILED' })
    expect((await pool.draw(curve)).mediaType).toBe('image/png')
  })

  it('are given up when they take too long; the next job finds a worker', async () => {
    // No worker starts and draws within this time.
    const pool = open({ pictureLimitMs: 1 })
    await expect(pool.draw(curve)).rejects.toMatchObject({ code: 'PICTURE_FAILED', message: /more than 0.001 s/ })
    expect(await pool.xpath.match(voevent(), ['true()'])).toEqual([true])
  })

  it('are refused by a pool that is closed', async () => {
    const pool = open()
    await pool.close()
    await expect(pool.draw(curve)).rejects.toMatchObject({ code: 'PICTURE_FAILED' })
  })
})
