/** Random conditions as trees of the tests' own, printed with as few brackets as the grammar needs. */
import fc from 'fast-check'
import type { Column, Scalar, Table } from '../../src/flow.ts'

export type RandomRow = Readonly<Record<string, Scalar | undefined>>

const columns: readonly Column[] = [
  { name: 'n1', type: 'number' },
  { name: 'n2', type: 'number' },
  { name: 'i1', type: 'integer' },
  { name: 'big', type: 'integer' },
  { name: 't1', type: 'text' },
  { name: 't2', type: 'text' },
  { name: 'b1', type: 'boolean' },
]
export const randomTable: Table<RandomRow> = {
  name: 'alert',
  columns,
  reader: (column) => (row) => row[column] as Scalar,
}

export type Tree =
  | { readonly is: 'number'; readonly value: number }
  | { readonly is: 'long'; readonly value: bigint }
  | { readonly is: 'text'; readonly value: string }
  | { readonly is: 'column'; readonly name: string }
  /** `name` is the operator as ADQL writes it, or the word of the construct. */
  | { readonly is: 'apply'; readonly name: string; readonly parts: readonly Tree[] }

const apply = (name: string, ...parts: readonly Tree[]): Tree => ({ is: 'apply', name, parts })
const pick = (...names: string[]) => fc.constantFrom(...names)
const column = (...names: string[]) => pick(...names).map((name): Tree => ({ is: 'column', name }))
const signs = fc.constantFrom('a', 'b', 'B', 'é', '😀', "'", '%', '_')
const shortText = fc.string({ unit: signs, maxLength: 4 })
const small = fc.integer({ min: -40, max: 40 }).map((n) => n / 4)
const long = fc.bigInt({ min: 2n ** 53n - 2n, max: 2n ** 53n + 3n })
const negatable = (name: string) => pick(name, `NOT ${name}`)

export const condition: fc.Arbitrary<Tree> = fc.letrec<{ b: Tree; n: Tree; t: Tree; longs: Tree }>((tie) => {
  const [b, n, t, longs] = [tie('b'), tie('n'), tie('t'), tie('longs')]
  const comparison = pick('=', '<>', '<', '<=', '>', '>=')
  const some = (one: fc.Arbitrary<Tree>) => fc.array(one, { minLength: 1, maxLength: 3 })
  return {
    b: fc.oneof(
      { maxDepth: 4, withCrossShrink: true },
      column('b1'),
      fc.tuple(comparison, n, n).map(([name, left, right]) => apply(name, left, right)),
      fc.tuple(comparison, t, t).map(([name, left, right]) => apply(name, left, right)),
      fc.tuple(comparison, longs, longs).map(([name, left, right]) => apply(name, left, right)),
      fc.tuple(pick('AND', 'OR'), b, b).map(([name, left, right]) => apply(name, left, right)),
      b.map((inner) => apply('NOT', inner)),
      fc.tuple(negatable('BETWEEN'), n, n, n).map(([name, ...parts]) => apply(name, ...parts)),
      fc.tuple(negatable('BETWEEN'), t, t, t).map(([name, ...parts]) => apply(name, ...parts)),
      fc.tuple(negatable('IN'), n, some(n)).map(([name, value, list]) => apply(name, value, ...list)),
      fc.tuple(negatable('IN'), t, some(t)).map(([name, value, list]) => apply(name, value, ...list)),
      fc.tuple(negatable('IN'), longs, some(longs)).map(([name, value, list]) => apply(name, value, ...list)),
      fc
        .tuple(negatable('LIKE'), t, shortText)
        .map(([name, value, pattern]) => apply(name, value, { is: 'text', value: pattern })),
      fc.tuple(pick('IS NULL', 'IS NOT NULL'), fc.oneof(b, n, t)).map(([name, value]) => apply(name, value)),
    ),
    n: fc.oneof(
      { maxDepth: 4, withCrossShrink: true },
      small.map((value): Tree => ({ is: 'number', value })),
      column('n1', 'n2', 'i1'),
      fc.tuple(pick('+', '-', '*', '/'), n, n).map(([name, left, right]) => apply(name, left, right)),
      n.map((inner) => apply('minus', inner)),
      fc.tuple(pick('ABS', 'SQRT', 'FLOOR', 'CEILING'), n).map(([name, inner]) => apply(name, inner)),
      fc.tuple(n, n).map(([left, right]) => apply('COALESCE', left, right)),
      fc.tuple(b, n, n).map((parts) => apply('CASE WHEN', ...parts)),
      fc.tuple(n, n, n, n).map((parts) => apply('CASE', ...parts)),
    ),
    t: fc.oneof(
      { maxDepth: 3, withCrossShrink: true },
      shortText.map((value): Tree => ({ is: 'text', value })),
      column('t1', 't2'),
      fc.tuple(t, t).map(([left, right]) => apply('COALESCE', left, right)),
    ),
    longs: fc.oneof(
      column('big'),
      long.map((value): Tree => ({ is: 'long', value })),
    ),
  }
}).b

export const randomRow: fc.Arbitrary<RandomRow> = fc.record({
  n1: fc.option(small),
  n2: fc.option(small),
  i1: fc.option(fc.integer({ min: -9, max: 9 })),
  big: fc.option(long),
  t1: fc.option(shortText),
  t2: fc.option(shortText),
  b1: fc.option(fc.boolean()),
})

/** Binding strength: what stands within something stronger needs brackets. */
const strength: Readonly<Record<string, number>> = { OR: 1, AND: 2, NOT: 3, '+': 5, '-': 5, '*': 6, '/': 6, minus: 7 }
const isCall = (name: string) => /^(ABS|SQRT|FLOOR|CEILING|COALESCE|CASE.*)$/.test(name)
function strengthOf(tree: Tree): number {
  if (tree.is === 'number' && tree.value < 0) return strength.minus!
  return tree.is === 'apply' ? (isCall(tree.name) ? 8 : (strength[tree.name] ?? 4)) : 8
}

/** `number` writes a literal; `integer` reads the integer column as a number. */
export interface Dialect {
  number(value: number): string
  integer(name: string): string
}
export const adql: Dialect = { number: String, integer: (name) => name }

export function print(tree: Tree, dialect: Dialect = adql): string {
  const inner = (part: Tree, least: number) => {
    const text = print(part, dialect)
    return strengthOf(part) < least ? `(${text})` : text
  }
  if (tree.is === 'number') return dialect.number(tree.value)
  if (tree.is === 'long') return String(tree.value)
  if (tree.is === 'text') return `'${tree.value.replaceAll("'", "''")}'`
  if (tree.is === 'column') return tree.name === 'i1' ? dialect.integer(tree.name) : tree.name
  const { name, parts } = tree
  const [first, second, third, fourth] = parts as [Tree, Tree, Tree, Tree]
  const own = strengthOf(tree)
  if (name === 'CASE WHEN') {
    return `CASE WHEN ${print(first, dialect)} THEN ${print(second, dialect)} ELSE ${print(third, dialect)} END`
  }
  if (name === 'CASE') {
    const [value, when, then] = [first, second, third].map((part) => print(part, dialect))
    return `CASE ${value} WHEN ${when} THEN ${then} ELSE ${print(fourth, dialect)} END`
  }
  if (isCall(name)) return `${name}(${parts.map((part) => print(part, dialect)).join(', ')})`
  if (name === 'minus') return `- ${inner(first, 7)}`
  if (name === 'NOT') return `NOT ${inner(first, 3)}`
  if (name.startsWith('IS')) return `${inner(first, 5)} ${name}`
  if (name.endsWith('BETWEEN')) return `${inner(first, 5)} ${name} ${inner(second, 5)} AND ${inner(third, 5)}`
  if (name.endsWith('IN')) {
    return `${inner(first, 5)} ${name} (${parts
      .slice(1)
      .map((part) => inner(part, 5))
      .join(', ')})`
  }
  return `${inner(first, own === 4 ? 5 : own)} ${name} ${inner(second, own === 4 ? 5 : own + 1)}`
}
