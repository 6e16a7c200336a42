/**
 * What a filter costs: 1,000 filters over 1,000 rows, closures against the same conditions as one generated function
 * each. Prints ns for one filter on one row, and the time to compile. Run: `node scripts/node24.mjs bench/filter.ts`
 */
import { compileFilter } from '../src/filter/compile-filter.ts'
import type { Scalar, Table } from '../src/flow.ts'
import { alertColumns } from '../src/map/alert-columns.ts'

type Row = Readonly<Record<string, Scalar>>
const table: Table<Row> = { name: 'alert', columns: alertColumns, reader: (column) => (row) => row[column] ?? null }

/** A small generator of numbers in 0..1 (mulberry32), so that every run measures the same. */
function seeded(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

const random = seeded(1)
const between = (low: number, high: number) => low + (high - low) * random()
const bands = ['u', 'g', 'r', 'i', 'z', 'y']
const anyBand = () => bands[Math.floor(random() * bands.length)]!

/** A condition in ADQL and, with the same outcome, in JavaScript. */
function predicate(): readonly [string, string] {
  const choice = Math.floor(random() * 4)
  if (choice === 0) {
    const limit = between(17, 24).toFixed(2)
    return [`mag < ${limit}`, `(r.mag !== null && r.mag < ${limit})`]
  }
  if (choice === 1) {
    const band = anyBand()
    return [`band = '${band}'`, `(r.band !== null && r.band === '${band}')`]
  }
  if (choice === 2) {
    const south = between(-80, 20).toFixed(1)
    const north = (Number(south) + 30).toFixed(1)
    return [`dec BETWEEN ${south} AND ${north}`, `(r.dec !== null && r.dec >= ${south} && r.dec <= ${north})`]
  }
  const [snr, count] = [between(5, 50).toFixed(1), Math.floor(between(1, 20))]
  return [
    `(snr > ${snr} OR n_detections >= ${count})`,
    `((r.snr !== null && r.snr > ${snr}) || (r.n_detections !== null && r.n_detections >= ${count}))`,
  ]
}

const conditions = Array.from({ length: 1_000 }, () => {
  const parts = Array.from({ length: 2 + Math.floor(random() * 9) }, predicate)
  return { adql: parts.map(([text]) => text).join(' AND '), script: parts.map(([, text]) => text).join(' && ') }
})
const rows = Array.from(
  { length: 1_000 },
  (): Row => ({
    mag: random() < 0.1 ? null : between(16, 25),
    band: anyBand(),
    dec: between(-90, 30),
    snr: between(3, 100),
    n_detections: Math.floor(between(1, 100)),
  }),
)

const compileStart = performance.now()
const closures = conditions.map(({ adql }) => compileFilter(`SELECT id FROM alert WHERE ${adql}`, [table]).matches)
const compileMs = performance.now() - compileStart
const generated = conditions.map(({ script }) => new Function('r', `return ${script}`) as (row: Row) => boolean)

function measure(name: string, filters: readonly ((row: Row) => boolean)[]): number {
  let hits = 0
  let best = Number.POSITIVE_INFINITY
  for (let round = 0; round < 5; round++) {
    hits = 0
    const start = performance.now()
    for (const row of rows) for (const filter of filters) if (filter(row)) hits++
    best = Math.min(best, ((performance.now() - start) * 1e6) / (rows.length * filters.length))
  }
  console.log(`${name.padEnd(28)} ${best.toFixed(1).padStart(7)} ns a filter and row, ${hits} hits`)
  return hits
}

console.log(`compile 1,000 filters        ${compileMs.toFixed(0).padStart(7)} ms`)
const same = measure('closures', closures) === measure('one function a filter', generated)
if (!same) throw new Error('the two disagree')
