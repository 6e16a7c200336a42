/**
 * What a picture costs: each kind, in this thread (with its processor time: the machine may be busy) and through the
 * pool. Budget: 30 ms each. The first picture of a process loads libraries and font, and stands apart.
 *
 *   npm run bench -- pictures
 */
import type { Log } from '../bridges/contract.ts'
import { bundledEncoder } from '../src/decode/bundled-encoder.ts'
import { compileDecoder } from '../src/decode/decoder.ts'
import { defaultStartMjdTai, simulator } from '../src/ingest/simulator/simulator.ts'
import { alertToVOEvent } from '../src/map/alert-to-voevent.ts'
import { loadMapping } from '../src/map/load-mapping.ts'
import { drawPicture } from '../src/pictures/draw-picture.ts'
import { type PictureRequest, pictureRequests } from '../src/pictures/request.ts'
import { openPool } from '../src/pool/open-pool.ts'
import type { TimeSeriesPoint } from '../vo/model/voevent.ts'

const budgetMs = 30
const rounds = 150

function simulated(): PictureRequest[] {
  const encoder = bundledEncoder('lsst', 1101)
  const decoder = compileDecoder(encoder.schema, 'all')
  const plan = { seed: 1, startMjdTai: defaultStartMjdTai, alertsPerVisit: 5, encoder }
  const mapping = loadMapping('lsst')
  for (const visit of simulator(plan)) {
    if (visit.index < 300) continue
    const [message] = visit.messages()
    const alert = { survey: 'lsst', schemaName: 'lsst.v11_1.alert', record: decoder.decode(message!.bytes.subarray(5)) }
    const event = alertToVOEvent(alert, {
      mapping,
      authority: 'example.org',
      who: {},
      now: 0,
      cites: [],
      software: 'bench',
      detail: 'full',
    })
    return pictureRequests(event, ['cutouts', 'lightcurve'])
  }
  return []
}

const [cutouts, curve] = simulated()
const many = (count: number): PictureRequest => {
  const points = Array.from(
    { length: count },
    (_, index): TimeSeriesPoint => ({
      kind: index % 3 === 0 ? 'detection' : index % 3 === 1 ? 'forced' : 'nonDetection',
      timeMjd: 61_000 + ((index * 7919) % 900) / 10,
      band: 'ugrizy'[index % 6]!,
      ...(index % 3 === 2
        ? { limitMagnitude: 23 + ((index * 31) % 20) / 10 }
        : { magnitude: 20 + ((index * 31) % 30) / 10, magnitudeError: 0.1 }),
    }),
  )
  const series = { timeScale: 'UTC', fluxUnit: 'nJy', photometricSystem: 'AB', points }
  return { kind: 'lightcurve', title: `${count} points`, isTest: true, series }
}
const work: [string, PictureRequest][] = [
  ['cutouts of 30 x 30', cutouts!],
  ['light curve, simulated', curve!],
  ['light curve, 100 points', many(100)],
  ['light curve, 1,000 points', many(1000)],
]

const quantile = (sorted: readonly number[], part: number): string =>
  sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))]!.toFixed(1)
const told = (values: readonly number[]): string => {
  const sorted = values.toSorted((a, b) => a - b)
  return `median ${quantile(sorted, 0.5)}, p99 ${quantile(sorted, 0.99)} ms`
}

let over = 0
for (const [name, request] of work) {
  const beganMs = performance.now()
  const { bytes } = drawPicture(request)
  const firstMs = performance.now() - beganMs
  const wallMs: number[] = []
  const cpuMs: number[] = []
  for (let round = 0; round < rounds; round++) {
    const before = process.threadCpuUsage()
    const fromMs = performance.now()
    drawPicture(request)
    wallMs.push(performance.now() - fromMs)
    const { user, system } = process.threadCpuUsage(before)
    cpuMs.push((user + system) / 1000)
  }
  const sorted = cpuMs.toSorted((a, b) => a - b)
  if (sorted[Math.floor(rounds / 2)]! > budgetMs) over++
  console.log(
    `${name.padEnd(26)} first ${firstMs.toFixed(0)} ms; wall ${told(wallMs)}; processor ${told(cpuMs)}; ${bytes.length} bytes`,
  )
}

const quiet: Log = { debug() {}, info() {}, warn() {}, error: console.error, child: () => quiet }
const pool = openPool({ size: 1, xpathLimitMs: 50, log: quiet })
const coldMs = performance.now()
await pool.draw(cutouts!)
console.log(`\nthrough the pool: first ${(performance.now() - coldMs).toFixed(0)} ms`)
const pooledMs: number[] = []
for (let round = 0; round < rounds; round++) {
  const fromMs = performance.now()
  await pool.draw(round % 2 === 0 ? cutouts! : curve!)
  pooledMs.push(performance.now() - fromMs)
}
console.log(`both kinds, one by one: ${told(pooledMs)}`)
await pool.close()
console.log(
  over === 0 ? `within the budget of ${budgetMs} ms of processor time` : `${over} over the budget of ${budgetMs} ms`,
)
if (over > 0) process.exitCode = 1
