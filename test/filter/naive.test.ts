/**
 * The closures against an interpreter that shares nothing with them: it walks the test's own tree, keeps unknown
 * numbers as NaN, unknown texts as undefined, and truth as 1, 0 or ½ (Kleene: AND is min, OR is max, NOT is 1 - x).
 */
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { compileFilter } from '../../src/filter/compile-filter.ts'
import { condition, print, type RandomRow, randomRow, randomTable, type Tree } from './random-filter.ts'

type Naive = number | bigint | string | undefined

function unknown(value: Naive): boolean {
  return value === undefined || Number.isNaN(value)
}

function truth(known: boolean, value: boolean): number {
  return known ? Number(value) : 0.5
}

function naive(tree: Tree, row: RandomRow): Naive {
  if (tree.is === 'column') {
    const value = row[tree.name]
    if (tree.name === 'b1') return value === null ? 0.5 : Number(value)
    if (value === null) return tree.name.startsWith('t') ? undefined : Number.NaN
    return value as Naive
  }
  if (tree.is !== 'apply') return tree.value
  const { name, parts } = tree
  const values = parts.map((part) => naive(part, row))
  const [a, b, c, d] = values
  const compare = (left: Naive, holds: (order: number) => boolean, right: Naive) =>
    truth(!unknown(left) && !unknown(right), holds(left! > right! ? 1 : left! < right! ? -1 : 0))
  const finite = (value: number) => (Number.isFinite(value) ? value : Number.NaN)
  const flip = (value: number, negated: boolean) => (negated ? 1 - value : value)
  const isCondition = parts[0]?.is === 'apply' && /^(AND|OR|NOT.*|IS.*|BETWEEN|IN|LIKE|[<>=]+)$/.test(parts[0].name)
  switch (name) {
    case 'AND':
      return Math.min(a as number, b as number)
    case 'OR':
      return Math.max(a as number, b as number)
    case 'NOT':
      return 1 - (a as number)
    case '=':
      return compare(a, (order) => order === 0, b)
    case '<>':
      return compare(a, (order) => order !== 0, b)
    case '<':
      return compare(a, (order) => order < 0, b)
    case '<=':
      return compare(a, (order) => order <= 0, b)
    case '>':
      return compare(a, (order) => order > 0, b)
    case '>=':
      return compare(a, (order) => order >= 0, b)
    case 'BETWEEN':
    case 'NOT BETWEEN': {
      const both = Math.min(
        compare(a, (order) => order >= 0, b),
        compare(a, (order) => order <= 0, c),
      )
      return flip(both, name !== 'BETWEEN')
    }
    case 'IN':
    case 'NOT IN': {
      const any = Math.max(...values.slice(1).map((item) => compare(a, (order) => order === 0, item)))
      return flip(any, name !== 'IN')
    }
    case 'LIKE':
    case 'NOT LIKE': {
      const pattern = (b as string).replaceAll('%', '.*').replaceAll('_', '.')
      return flip(truth(!unknown(a), new RegExp(`^(?:${pattern})$`, 'su').test(String(a))), name !== 'LIKE')
    }
    case 'IS NULL':
    case 'IS NOT NULL': {
      const isBoolean = isCondition || (parts[0]?.is === 'column' && parts[0].name === 'b1')
      return flip(Number(isBoolean ? a === 0.5 : unknown(a)), name !== 'IS NULL')
    }
    case '+':
      return finite(Number(a) + Number(b))
    case '-':
      return finite(Number(a) - Number(b))
    case '*':
      return finite(Number(a) * Number(b))
    case '/':
      return finite(Number(a) / Number(b))
    case 'minus':
      return -Number(a)
    case 'ABS':
      return Math.abs(Number(a))
    case 'SQRT':
      return Math.sqrt(Number(a))
    case 'FLOOR':
      return Math.floor(Number(a))
    case 'CEILING':
      return Math.ceil(Number(a))
    case 'COALESCE':
      return unknown(a) ? b : a
    case 'CASE WHEN':
      return a === 1 ? b : c
    case 'CASE':
      return compare(a, (order) => order === 0, b) === 1 ? c : d
    default:
      throw new RangeError(name)
  }
}

it('answers as a naive interpreter does', () => {
  const seen = new Map<unknown, number>()
  fc.assert(
    fc.property(condition, fc.array(randomRow, { minLength: 1, maxLength: 8 }), (tree, rows) => {
      const text = print(tree)
      const filter = compileFilter(text, [randomTable])
      const shown = compileFilter(`SELECT ${text} AS answer FROM alert`, [randomTable])
      for (const row of rows) {
        const expected = naive(tree, row)
        const answer = expected === 0.5 ? null : expected === 1
        seen.set(answer, (seen.get(answer) ?? 0) + 1)
        expect(shown.select(row), text).toEqual([answer])
        expect(filter.matches(row), text).toBe(answer === true)
      }
    }),
    { numRuns: 3_000 },
  )
  // A generator that gave one answer only would prove nothing.
  for (const answer of [true, false, null]) expect(seen.get(answer)).toBeGreaterThan(1_000)
})
