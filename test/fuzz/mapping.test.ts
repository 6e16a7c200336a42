import type { Alert, AvroRecord } from '../../src/flow.ts'
import { alertToVOEvent } from '../../src/map/alert-to-voevent.ts'
import { openValidator } from '../../vo/validate.ts'
import { readJson3 } from '../../vo/voevent-3/json-read.ts'
import { writeJson3 } from '../../vo/voevent-3/json-write.ts'
import { writeVOEvent20 } from '../../vo/xml/voevent-2.0.ts'
import { visits } from '../ingest/simulator/simulated.ts'
import { context, lsst, lsstAlert, ztf, ztfAlert } from '../map/made-alert.ts'
import { fuzz, outcome } from './fuzz.ts'
import { oddValues, pick } from './mutate.ts'

/** One change: the path, and which of the odd values stands there then. */
type Change = readonly [path: readonly string[], value: number]

/** Every path of a record. Pictures are left out, and all but the first items of lists. */
function pathsOf(value: unknown, path: readonly string[] = []): (readonly string[])[] {
  if (value === null || typeof value !== 'object' || value instanceof Uint8Array) return [path]
  const inner = Object.entries(value).filter(([key]) => !(Array.isArray(value) && Number(key) > 2))
  return [path, ...inner.flatMap(([key, item]) => pathsOf(item, [...path, key]))]
}

function changed(record: AvroRecord, changes: readonly Change[]): AvroRecord {
  const copy = structuredClone(record) as Record<string, unknown>
  for (const [path, value] of changes) {
    let holder: unknown = copy
    for (const key of path.slice(0, -1)) holder = (holder as Record<string, unknown> | null | undefined)?.[key]
    const last = path.at(-1)
    const odd = oddValues[value % oddValues.length]
    const fits = holder !== null && typeof holder === 'object' && !(holder instanceof Uint8Array)
    if (fits && last !== undefined) (holder as Record<string, unknown>)[last] = odd
  }
  return copy as AvroRecord
}

fuzz('mapping', async () => {
  const simulated = visits(8, { alertsPerVisit: 4 }).flatMap(({ alerts }) => alerts)
  const bare = simulated.map((alert) => ({
    ...alert,
    cutoutDifference: null,
    cutoutScience: null,
    cutoutTemplate: null,
  }))
  const bases: Alert[] = [
    lsstAlert(),
    ztfAlert(),
    ztfAlert({}, { prv_candidates: [{ jd: 2_460_400.5, fid: 1, candid: null, diffmaglim: 20.1 }] }),
    ...bare.map((record) => ({ ...lsstAlert(), record })),
  ]
  const paths = bases.map(({ record }) => pathsOf(record).filter((path) => path.length > 0))
  const validator = await openValidator()
  const columns = [{ definition: { name: 'mag', dataType: 'float' as const }, value: 19.5 }]
  return {
    make(random) {
      const base = random(2) === 0 ? random(3) : random(bases.length)
      const changes = Array.from(
        { length: random(5) },
        (): Change => [pick(random, paths[base]!), random(oddValues.length)],
      )
      return Buffer.from(JSON.stringify({ base, changes }))
    },
    run(input) {
      let asked: { base: number; changes: Change[] }
      try {
        asked = JSON.parse(Buffer.from(input).toString())
      } catch {
        return 'no input' // while a find is made smaller
      }
      const base = bases[asked.base]
      if (base === undefined || !Array.isArray(asked.changes)) return 'no input'
      const alert = { ...base, record: changed(base.record, asked.changes) }
      const mapping = alert.survey === 'ztf' ? ztf : lsst
      for (const table of mapping.tables) for (const { name } of table.columns) table.reader(name)(alert)
      const identity = outcome(() => mapping.identify(alert))
      if (identity !== 'ok') return identity
      return outcome(() => {
        for (const stream of [undefined, { name: 'all', title: 'All', columns }]) {
          const event = alertToVOEvent(alert, { ...context, mapping, ...(stream && { stream }) })
          const bytes = writeVOEvent20(event)
          const { issues } = validator.validate(bytes)
          const fault = issues.find(({ severity }) => severity === 'error')
          if (fault) throw new Error(`the event is not valid: ${fault.message}\n${Buffer.from(bytes)}`)
          if (bytes.length > 99_999) throw new Error(`the event has ${bytes.length} bytes`)
        }
        const full = alertToVOEvent(alert, { ...context, mapping, detail: 'full' })
        readJson3(writeJson3(full))
        if (!validator.validate(writeVOEvent20(full)).valid) throw new Error('the event with full detail is not valid')
      })
    },
    meets: [/^ok/m, /^ALERT_/m],
    close: async () => validator.dispose(),
  }
})
