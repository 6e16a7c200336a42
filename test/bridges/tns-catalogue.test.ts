import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import fc from 'fast-check'
import { afterEach, describe, expect, it } from 'vitest'
import { spellingsOf } from '../../bridges/tns/known.ts'
import { type Mirror, openMirror } from '../../bridges/tns/mirror.ts'
import { readCatalogue } from '../../bridges/tns/mirror-file.ts'
import { type CatalogueObject, catalogueCsv, zipOf } from '../servers/tns-catalogue.ts'
import { object } from './tns-setup.ts'

const mirrors: Mirror[] = []
afterEach(() => {
  for (const one of mirrors.splice(0)) one.close()
})

describe('tns: looking up', () => {
  async function mirrorOf(objects: readonly CatalogueObject[]): Promise<Mirror> {
    const folder = mkdtempSync(join(tmpdir(), 'fountain-mirror-'))
    const mirror = openMirror(() => folder)
    mirrors.push(mirror)
    const filling = mirror.rebuild()
    filling.put(
      objects.map(({ group: by, internalNames, ...one }) => ({
        ...one,
        by,
        internalNames: internalNames.map((name) => name.toLowerCase()),
      })),
    )
    await filling.finish(1000)
    return mirror
  }
  const names = (mirror: Mirror, raDeg: number, decDeg: number, radius = 2, by: readonly string[] = []) =>
    mirror.known({ raDeg, decDeg }, radius, by).map(({ name }) => name)
  const arcsec = 1 / 3600

  it('finds across the meridian, at the poles and at the edges of bands', async () => {
    const mirror = await mirrorOf([
      object(1, 0.0001, 10),
      object(2, 359.9999, 10),
      object(3, 123, 90 - 0.5 * arcsec),
      object(4, 200, -90),
      object(5, 50, 20 + 0.5 * arcsec),
      object(6, 50, 20 - 0.5 * arcsec),
    ])
    expect(names(mirror, 0, 10).sort()).toEqual(['AT 2026obj1', 'AT 2026obj2'])
    expect(names(mirror, 359.99999, 10).sort()).toEqual(['AT 2026obj1', 'AT 2026obj2'])
    expect(names(mirror, 303, 90 - 0.5 * arcsec)).toEqual(['AT 2026obj3'])
    expect(names(mirror, 10, -90)).toEqual(['AT 2026obj4'])
    expect(names(mirror, 50, 20).sort()).toEqual(['AT 2026obj5', 'AT 2026obj6'])
  })
  it('finds by name wherever it is, ours first', async () => {
    const mirror = await mirrorOf([object(1, 10, 10), object(2, 200, -30, { internalNames: ['LSST-AP-DO-77'] })])
    const known = mirror.known({ raDeg: 10, decDeg: 10 }, 2, spellingsOf('LSST-P-DO-77'))
    expect(known.map(({ name, ours }) => [name, ours])).toEqual([
      ['AT 2026obj2', true],
      ['AT 2026obj1', false],
    ])
  })
  it('agrees with looking at every object', async () => {
    const near = (value: number, most: number) => fc.double({ min: value - most, max: value + most, noNaN: true })
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(0, 12.3, 359.9999),
        fc.constantFrom(-89.9995, -45.00001, 0, 20, 89.9999),
        fc.array(fc.tuple(near(0, 0.002), near(0, 0.002)), { maxLength: 20 }),
        fc.constantFrom(0.5, 2, 5),
        async (raDeg, decDeg, offsets, radius) => {
          const cos = Math.max(1e-4, Math.cos((decDeg * Math.PI) / 180))
          const objects = offsets.flatMap(([east, north], index) => {
            const dec = decDeg + north
            const ra = (((raDeg + east / cos) % 360) + 360) % 360
            return Math.abs(dec) <= 90 && ra < 360 ? [object(index + 1, ra, dec)] : []
          })
          const mirror = await mirrorOf(objects)
          const found = names(mirror, raDeg, decDeg, radius).sort()
          mirror.close()
          const expected = objects
            .filter((one) => apartArcsec(one, { raDeg, decDeg }) <= radius)
            .map(({ name }) => `AT ${name}`)
          expect(found).toEqual(expected.sort())
        },
      ),
      { numRuns: 60 },
    )
  })
})

it('takes 300,000 rows while the loop goes on', { timeout: 300_000 }, async () => {
  const folder = mkdtempSync(join(tmpdir(), 'fountain-mirror-'))
  const objects = Array.from({ length: 300_000 }, (_, n) =>
    object(n + 1, ((n * 137.508) % 359) + 0.5, ((n * 61.8) % 180) - 89.9),
  )
  const bytes = zipOf('tns_public_objects.csv', catalogueCsv('2026-03-01 05:38:00', objects))
  const mirror = openMirror(() => folder)
  mirrors.push(mirror)
  const filling = mirror.rebuild()
  const delay = monitorEventLoopDelay({ resolution: 1 })
  delay.enable()
  const started = performance.now()
  const cpu = process.cpuUsage()
  const done = await readCatalogue(bytes, { covers() {}, rows: filling.put, signal: AbortSignal.timeout(290_000) })
  await filling.finish(1)
  const tookMs = performance.now() - started
  const { user, system } = process.cpuUsage(cpu)
  delay.disable()
  expect(done).toEqual({ rows: 300_000, skipped: 0 })
  const asked = performance.now()
  for (let n = 0; n < 1000; n++) mirror.known({ raDeg: n / 3, decDeg: n / 12 }, 2, ['lsst-ap-do-1', 'lsst-p-do-1', '1'])
  const lookUs = performance.now() - asked
  console.log(
    `mirror: 300,000 rows (${(bytes.length / 1e6).toFixed(1)} MB packed) in ${tookMs.toFixed(0)} ms (${((user + system) / 1000).toFixed(0)} ms of a core); the loop stood ` +
      `${(delay.max / 1e6).toFixed(0)} ms at most, p99 ${(delay.percentile(99) / 1e6).toFixed(1)} ms; a look-up takes ${lookUs.toFixed(0)} µs`,
  )
})

/** By vectors, another way than the bridge's. */
function apartArcsec(a: { raDeg: number; decDeg: number }, b: { raDeg: number; decDeg: number }): number {
  const vector = ({ raDeg, decDeg }: { raDeg: number; decDeg: number }) => {
    const [ra, dec] = [(raDeg * Math.PI) / 180, (decDeg * Math.PI) / 180]
    return [Math.cos(dec) * Math.cos(ra), Math.cos(dec) * Math.sin(ra), Math.sin(dec)] as const
  }
  const [u, v] = [vector(a), vector(b)]
  const chord = Math.hypot(u[0] - v[0], u[1] - v[1], u[2] - v[2])
  return (2 * Math.asin(chord / 2) * 180 * 3600) / Math.PI
}
