/** Text from anywhere: it compiles or gives a FountainError, in time that its length bounds. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { FountainError } from '../../src/errors.ts'
import { compileFilter } from '../../src/filter/compile-filter.ts'
import { alertRow, alertTable } from './alert-rows.ts'
import { condition, print, randomTable } from './random-filter.ts'

function attempt(text: string, table: typeof alertTable = alertTable): 'compiled' | string {
  try {
    const filter = compileFilter(text, [table])
    filter.matches(alertRow)
    filter.select(alertRow)
    return 'compiled'
  } catch (error) {
    if (error instanceof FountainError && error.code.startsWith('FILTER_') && error.code !== 'FILTER_FAILED') {
      return error.code
    }
    throw error
  }
}

const words = fc.constantFrom(
  ...['SELECT', 'FROM', 'alert', 'WHERE', 'AND', 'OR', 'NOT', 'BETWEEN', 'IN', 'LIKE', 'IS', 'NULL', 'CASE', 'WHEN'],
  ...[
    'THEN',
    'ELSE',
    'END',
    'mag',
    'band',
    'id',
    'is_moving',
    'a',
    '.',
    ',',
    '(',
    ')',
    '*',
    '/',
    '+',
    '-',
    '<',
    '=',
    ';',
  ],
  ...['1', '2.5', '1e5', "'r'", "''", '"mag"', '"', "'", '--', '/*', '*/', '\n', 'ABS', 'POINT', 'CIRCLE', 'CONTAINS'],
  ...['DISTANCE', 'COALESCE', 'TOP', 'AS', '\u2028', '\0', '\ud800', '"];process.exit(9)//', '${x}', '__proto__'],
)

describe('hostile text', () => {
  it('is never more than an error: any characters', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 300 }), (text) => void attempt(text)),
      { numRuns: 2_000 },
    )
  })

  it('is never more than an error: words in any order', () => {
    fc.assert(
      fc.property(fc.array(words, { maxLength: 40 }), fc.constantFrom(' ', ''), (parts, gap) => {
        attempt(parts.join(gap))
      }),
      { numRuns: 5_000 },
    )
  })

  it('is never more than an error: good filters with a piece cut out or put in', () => {
    const seen = new Set<string>()
    const place = fc.nat({ max: 1_000 })
    fc.assert(
      fc.property(condition, place, place, words, (tree, from, to, word) => {
        const text = print(tree)
        const [start, end] = [from % (text.length + 1), to % (text.length + 1)]
        seen.add(attempt(text.slice(0, start) + word + text.slice(end), randomTable))
      }),
      { numRuns: 2_000 },
    )
    expect(seen).toContain('compiled')
    expect(seen).toContain('FILTER_SYNTAX')
    expect(seen).toContain('FILTER_UNKNOWN_COLUMN')
  })

  // What makes careless parsers take quadratic or exponential time, or the whole stack. Vitest's time limit guards.
  const large = 65_000
  it.each([
    ['open brackets', '('],
    ['CASE', 'CASE '],
    ['NOT', 'NOT '],
    ['signs', '- '],
    ['calls', 'ABS('],
    ['open comments', '/*'],
    ['closed comments', '/**/'],
    ['quotes', "'"],
    ['double quotes', '"'],
    ['digits', '9'],
    ['digits and dots', '1.'],
    ['strange signs', '§'],
    ['commas', ','],
    ['names', 'a '],
    ['qualified names', 'a.'],
    ['comparisons', 'mag<1 AND '],
    ['additions', '1+'],
    ['IN', '1 IN ('],
    ['BETWEEN', '1 BETWEEN '],
    ['selected columns', 'SELECT a,'],
  ])('%s without end', (_, piece) => {
    const text = piece.repeat(Math.floor(large / Buffer.byteLength(piece)))
    expect(attempt(text)).toMatch(/^FILTER_/)
    expect(attempt(`mag < ${text}`.slice(0, large))).toMatch(/^FILTER_/)
  })

  it('costs no more to run than it said: a CASE in the operand of a CASE', () => {
    let text = 'mag'
    for (let depth = 0; depth < 60; depth++)
      text = `CASE ${text} WHEN 1 THEN 1 WHEN 2 THEN 2 WHEN 3 THEN 3 ELSE 19.5 END`
    const filter = compileFilter(`${text} = 19.5`, [alertTable])
    expect(filter.matches(alertRow)).toBe(true)
    expect(filter.cost).toBeLessThan(1_000)
  })
})
