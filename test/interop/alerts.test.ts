/** Alerts through other programs' eyes: fastavro decodes what we decode, astropy opens the simulator's cutouts. */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { peers } from '../../scripts/peers.ts'
import { compileDecoder } from '../../src/decode/decoder.ts'
import { bundledSchema } from '../../src/decode/schemas.ts'
import type { AvroRecord, AvroValue } from '../../src/flow.ts'
import { simulateToFiles } from '../../src/ingest/simulator/simulate-to.ts'
import { lsstSamples, ztfSamples } from '../decode/samples.ts'
import { num, part, plan } from '../ingest/simulator/simulated.ts'
import { describeTier } from '../tiers.ts'

interface Cutout {
  readonly names: readonly string[]
  readonly shape: readonly number[]
  readonly unit: string
  readonly sum: number
  readonly variance: number
  readonly minX: number
  readonly crpix1: number
}
interface Read {
  readonly alert: Record<string, unknown>
  readonly galactic?: readonly [number, number]
  readonly cutouts?: readonly Cutout[]
}
interface Task {
  readonly file: string
  readonly schema: string | null
  readonly look?: boolean
}

describeTier('peers', 'alerts, read by fastavro and astropy', () => {
  const directory = mkdtempSync(join(tmpdir(), 'fountain-alerts-'))
  let python = ''
  beforeAll(async () => {
    python = (await peers()).python
  }, 600_000)
  afterAll(() => rmSync(directory, { recursive: true }))

  function schemaFile(name: string, json: unknown): string {
    const file = join(directory, `${name}.json`)
    writeFileSync(file, JSON.stringify(json))
    return file
  }

  function read(tasks: readonly Task[]): Read[] {
    const script = new URL('read_alerts.py', import.meta.url).pathname
    const input = tasks.map((task) => JSON.stringify(task)).join('\n')
    const { status, stdout, stderr } = spawnSync(python, [script], { input, encoding: 'utf8', maxBuffer: 2 ** 30 })
    expect(status, stderr).toBe(0)
    return stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Read)
  }

  it('has the same values of simulated alerts, valid FITS, the same galactic places', async () => {
    const alerts = join(directory, 'simulated')
    await simulateToFiles({ ...plan({ alertsPerVisit: 12 }), visits: 52, directory: alerts })
    const schema = bundledSchema('lsst', 1101)!
    const decoder = compileDecoder(schema, 'all')
    const files = readdirSync(alerts, { recursive: true, encoding: 'utf8' }).filter((file) =>
      file.endsWith('.avro-wire'),
    )
    expect(files.length).toBe(624)
    const schemaPath = schemaFile('simulated', schema.json)
    const tasks = files.map((file) => ({ file: join(alerts, file), schema: schemaPath, look: true }))
    read(tasks).forEach((theirs, index) => {
      const own = decoder.decode(readFileSync(tasks[index]!.file).subarray(5))
      expect(theirs.alert).toEqual(portable(own))
      const source = part(own.diaSource)
      const fluxes = [source.psfFlux, source.scienceFlux, source.templateFlux].map(num)
      theirs.cutouts!.forEach((cutout, which) => {
        expect(cutout).toMatchObject({ names: ['PRIMARY', 'UNCERT'], shape: [30, 30], unit: 'nJy' })
        // Of 900 pixels the noise of the sum is 30 times a pixel's.
        expect(Math.abs(cutout.sum - fluxes[which]!)).toBeLessThan(30 * 5 * Math.sqrt(cutout.variance) + 1)
        expect(cutout.minX + cutout.crpix1 - 1).toBeCloseTo(num(source.x), 2)
      })
      if (own.ssSource !== null) {
        // astropy goes by FK5, which is some 20 mas off the ICRS.
        expect(theirs.galactic![0]).toBeCloseTo(num(part(own.ssSource).galLon), 4)
        expect(theirs.galactic![1]).toBeCloseTo(num(part(own.ssSource).galLat), 4)
      }
    })
  })
})

describeTier('samples', 'real alerts, read by fastavro', () => {
  describeTier('peers', 'and by us', () => {
    const directory = mkdtempSync(join(tmpdir(), 'fountain-alerts-'))
    afterAll(() => rmSync(directory, { recursive: true }))

    it('have the same values', async () => {
      const { python } = await peers()
      const samples = [...lsstSamples(), ...ztfSamples()]
      const input = samples.map(({ file, schema }) => {
        const path = join(directory, `${schema.hash}.json`)
        writeFileSync(path, JSON.stringify(schema.json))
        return JSON.stringify({ file, schema: schema.id === undefined ? null : path })
      })
      const script = new URL('read_alerts.py', import.meta.url).pathname
      const options = { input: input.join('\n'), encoding: 'utf8', maxBuffer: 2 ** 30 } as const
      const { status, stdout, stderr } = spawnSync(python, [script], options)
      expect(status, stderr).toBe(0)
      const lines = stdout.trim().split('\n')
      expect(lines.length).toBe(89)
      lines.forEach((line, index) => {
        const { schema, datum, file } = samples[index]!
        const own = portable(compileDecoder(schema, 'all').decode(datum))
        expect((JSON.parse(line) as Read).alert, file).toEqual(own)
      })
    }, 600_000)
  })
})

/** As read_alerts.py writes it. */
function portable(value: AvroValue): unknown {
  if (typeof value === 'bigint') return value < 2n ** 31n && value > -(2n ** 31n) ? Number(value) : String(value)
  if (typeof value === 'number') return Number.isFinite(value) ? value : { NaN: 'nan', Infinity: 'inf' }[String(value)]
  if (value instanceof Uint8Array) return Buffer.from(value).toString('base64')
  if (Array.isArray(value)) return value.map((item) => portable(item as AvroValue))
  if (value === null || typeof value !== 'object') return value
  return Object.fromEntries(Object.entries(value as AvroRecord).map(([name, item]) => [name, portable(item)]))
}
