import { describe, expect, it } from 'vitest'
import { compileFilter } from '../../src/filter/compile-filter.ts'
import type { Table } from '../../src/flow.ts'
import { alertRow, alertTable } from './alert-rows.ts'

const eventTable: Table<typeof alertRow> = {
  name: 'event',
  columns: [
    { name: 'ivoid', type: 'text' },
    { name: 'role', type: 'text' },
  ],
  reader: (column) => (row) => row[column] ?? null,
}
const tables = [alertTable, eventTable]

describe('a compiled filter', () => {
  it('says what it reads and what it gives', () => {
    const filter = compileFilter('SELECT ID, mag - science_mag AS rise FROM alert WHERE SNR > 5', tables)
    expect(filter.table).toBe('alert')
    expect([...filter.reads].sort()).toEqual(['id', 'mag', 'science_mag', 'snr'])
    expect(filter.columns).toEqual([
      { ...alertTable.columns.find(({ name }) => name === 'id') },
      { name: 'rise', type: 'number', unit: 'mag', description: 'mag - science_mag' },
    ])
    expect(filter.matches(alertRow)).toBe(true)
    expect(filter.select(alertRow)).toEqual(['170055004004810774', 0.75])
  })

  it('takes a bare condition for SELECT * FROM alert WHERE …', () => {
    const bare = compileFilter('snr > 5', tables)
    const whole = compileFilter('SELECT * FROM alert WHERE snr > 5', tables)
    expect(bare.columns).toEqual(whole.columns)
    expect(bare.columns.map(({ name }) => name)).toEqual(alertTable.columns.map(({ name }) => name))
    expect([...bare.reads].sort()).toEqual(alertTable.columns.map(({ name }) => name).sort())
    expect(bare.select(alertRow)).toEqual(whole.select(alertRow))
  })

  it('asks another table where it says so, or where its caller does', () => {
    expect(compileFilter("SELECT ivoid FROM event WHERE role = 'test'", tables).table).toBe('event')
    expect(compileFilter("role = 'test'", tables, { bareTable: 'event' }).table).toBe('event')
  })

  it('passes every row without WHERE', () => {
    const filter = compileFilter('SELECT id FROM alert', tables)
    expect(filter.matches({})).toBe(true)
    expect(filter.select({})).toEqual([null])
  })

  it('names columns as asked, as the table does, or by itself', () => {
    const filter = compileFilter(
      'SELECT a.MAG, a.snr s, "dec" AS "Dec", ROUND(ra, 1), ra + 1, distance(ra, dec, 1, 2) FROM alert a',
      tables,
    )
    expect(filter.columns.map(({ name }) => name)).toEqual(['mag', 's', 'Dec', 'round', 'column_5', 'distance'])
    expect(filter.columns.map(({ unit }) => unit)).toEqual(['mag', undefined, 'deg', 'deg', 'deg', 'deg'])
  })

  it.each([
    ['mag + 0.5', 'mag'],
    ['2 * mag', 'mag'],
    ['flux_njy / 1000', 'nJy'],
    ['COALESCE(mag, science_mag)', 'mag'],
    ['CASE WHEN is_moving THEN mag ELSE 0 END', 'mag'],
    ['-ra', 'deg'],
    ['ATAN2(ra, dec)', 'rad'],
    ['flux_njy / flux_err_njy', undefined],
    ['mag - ra', undefined],
    ['mag * mag', undefined],
    ['1 + 2', undefined],
    ['mag < 3', undefined],
  ])('knows the unit of %s: %s', (expression, unit) => {
    expect(compileFilter(`SELECT ${expression} AS x FROM alert`, tables).columns[0]!.unit).toBe(unit)
  })

  it('costs more the more it does, and says so before it runs', () => {
    const cost = (condition: string) => compileFilter(`SELECT id FROM alert WHERE ${condition}`, tables).cost
    expect(cost('mag < 18')).toBeGreaterThan(0)
    expect(cost('mag < 18 AND snr > 5')).toBeGreaterThan(cost('mag < 18'))
    expect(cost('DISTANCE(ra, dec, 1, 2) < 1')).toBeGreaterThan(cost('mag < 18 AND snr > 5'))
  })

  it('tells a row that cannot be read', () => {
    const broken: Table<object> = {
      ...alertTable,
      reader: (column) => () => {
        throw new RangeError(`no ${column} here`)
      },
    }
    const filter = compileFilter('mag < 18', [broken])
    expect(() => filter.matches({})).toThrow(expect.objectContaining({ code: 'FILTER_FAILED', detail: 'no mag here' }))
    expect(() => filter.select({})).toThrow(expect.objectContaining({ code: 'FILTER_FAILED' }))
  })
})

describe('the version', () => {
  const version = (text: string) => compileFilter(text, tables).version
  const base = version("SELECT id FROM alert WHERE band = 'r' AND mag < 18")

  it('is twelve hexadecimal digits', () => expect(base).toMatch(/^[0-9a-f]{12}$/))

  it.each([
    "select ID\n  from Alert -- bright\nwhere band='r' /* red */ and MAG<18;",
    "SELECT\tid FROM alert WHERE band = 'r' AND mag < 18 ;",
  ])('stays when only the looks change: %j', (text) => expect(version(text)).toBe(base))

  it.each([
    "SELECT id FROM alert WHERE band = 'R' AND mag < 18",
    "SELECT id FROM alert WHERE band = 'r' AND mag < 18.0",
    "SELECT id FROM alert WHERE band = 'r -- ' AND mag < 18",
    "SELECT mag FROM alert WHERE band = 'r' AND mag < 18",
  ])('changes with anything else: %s', (text) => expect(version(text)).not.toBe(base))
})
