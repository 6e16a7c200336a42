/** What is shipped and what is shown compiles, against the very columns that the mapping gives. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { explain } from '../../src/errors.ts'
import { compileFilter } from '../../src/filter/compile-filter.ts'
import { functions, refusedFunctions } from '../../src/filter/functions.ts'
import type { Table } from '../../src/flow.ts'
import { eventTable } from '../../src/map/event-table.ts'
import { type AlertRow, alertRow, alertTable } from './alert-rows.ts'

const root = join(import.meta.dirname, '../..')
const tables = [alertTable, eventTable] as readonly Table<never>[]
const compile = (text: string) => compileFilter<never>(text, tables)

describe('the filters that come along', () => {
  const files = readdirSync(join(root, 'filters'))
  const read = (file: string) => readFileSync(join(root, 'filters', file), 'utf8')

  it.each(files)('%s says what it is for, and compiles', (file) => {
    expect(file).toMatch(/^[a-z-]+\.adql$/)
    expect(read(file)).toMatch(/^-- [A-Z].*\.\n/s)
    expect(compile(read(file)).table).toBe(file.startsWith('events-') ? 'event' : 'alert')
  })

  const passes = (file: string, row: AlertRow) =>
    compileFilter(read(file), [alertTable, eventTable as never]).matches(row)
  it.each<[string, AlertRow, AlertRow]>([
    ['all.adql', {}, {}],
    ['young-and-bright.adql', {}, { first_time_mjd_utc: 60_900 }],
    ['young-and-bright.adql', { reliability: Number.NaN }, { reliability: 0.2 }],
    ['bright-transients.adql', { mag: 18.5 }, { mag: 19.5 }],
    ['bright-transients.adql', { mag: 18.5 }, { mag: 18.5, reliability: null }],
    ['moving-objects.adql', { is_moving: true }, { is_moving: false }],
    ['high-galactic-latitude.adql', { glat: -42 }, { glat: -12 }],
    ['first-detections.adql', { n_detections: 1 }, { n_detections: 2 }],
    ['large-changes.adql', { flux_njy: -57_544 }, { flux_njy: 5_000 }],
  ])('%s passes %j', (file, inside, outside) => {
    expect(passes(file, { ...alertRow, ...inside })).toBe(true)
    if (file !== 'all.adql') expect(passes(file, { ...alertRow, ...outside })).toBe(false)
  })
})

describe('docs/filters.md', () => {
  const text = readFileSync(join(root, 'docs/filters.md'), 'utf8')
  const examples = [...text.matchAll(/```sql\n(.*?)```/gs)].map((match) => match[1]!)

  it('has examples', () => expect(examples.length).toBeGreaterThan(10))

  it.each(examples)('compiles %j', (example) => expect(() => compile(example)).not.toThrow())

  it('lists every column of alert', () => {
    const section = text.slice(text.indexOf('## What can be asked'), text.indexOf('## Examples'))
    for (const { name } of alertTable.columns) expect(section).toContain(`\`${name}\``)
  })

  it('names events’ columns that exist', () => {
    const line = /asked by `SELECT … FROM event`: (.*?) and others/.exec(text)![1]!
    const named = [...line.matchAll(/`(\w+)`/g)].map((match) => match[1])
    expect(eventTable.columns.map(({ name }) => name)).toEqual(expect.arrayContaining(named))
  })

  it('lists every function, and no other', () => {
    const rows = text.slice(text.indexOf('| mathematics |'), text.indexOf('| comments |'))
    const listed = [...rows.matchAll(/\b[A-Z][A-Z0-9]+\b/g)].map((match) => match[0])
    expect(listed.sort()).toEqual([...functions.keys()].sort())
    expect([...refusedFunctions.keys()].filter((name) => functions.has(name))).toEqual([])
  })

  it('shows an error as it is', () => {
    const shown = /```\n(FILTER_.*?)\n```/s.exec(text)![1]!
    let error: unknown
    try {
      compile('mag < 20\nAND reliabilty > 0.5')
    } catch (caught) {
      error = caught
    }
    expect(explain(error)).toContain(shown)
  })
})
