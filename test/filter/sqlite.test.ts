/** SQLite as an oracle: the same condition on the same rows must be true, false and NULL in the same places. */
import { DatabaseSync, type SQLInputValue } from 'node:sqlite'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { compileFilter } from '../../src/filter/compile-filter.ts'
import { condition, type Dialect, print, randomRow, randomTable } from './random-filter.ts'

/** SQLite divides integers as integers: everything that is computed with is made a double. */
const sqlite: Dialect = {
  number: (value) => (Number.isInteger(value) ? `${value}.0` : String(value)),
  integer: (name) => `CAST(${name} AS REAL)`,
}

it('answers as SQLite does', () => {
  const database = new DatabaseSync(':memory:')
  database.exec(`PRAGMA case_sensitive_like = ON;
    CREATE TABLE alert (n1 REAL, n2 REAL, i1 INTEGER, big INTEGER, t1 TEXT, t2 TEXT, b1 INTEGER)`)
  const insert = database.prepare('INSERT INTO alert VALUES (?, ?, ?, ?, ?, ?, ?)')
  fc.assert(
    fc.property(condition, fc.array(randomRow, { minLength: 1, maxLength: 8 }), (tree, rows) => {
      database.exec('DELETE FROM alert')
      for (const row of rows) {
        insert.run(
          ...randomTable.columns.map(({ name }) => {
            const value = row[name] ?? null
            return (typeof value === 'boolean' ? Number(value) : value) as SQLInputValue
          }),
        )
      }
      const oracle = database.prepare(`SELECT (${print(tree, sqlite)}) AS answer FROM alert ORDER BY rowid`)
      const answers = oracle.all().map(({ answer }) => (answer === null ? null : answer === 1))
      const filter = compileFilter(`SELECT ${print(tree)} AS answer FROM alert`, [randomTable])
      expect(
        rows.map((row) => filter.select(row)[0]),
        print(tree),
      ).toEqual(answers)
    }),
    { numRuns: 2_000 },
  )
  database.close()
})
