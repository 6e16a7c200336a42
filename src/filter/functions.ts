/** The functions of the language: ADQL 2.1 §2.3 (mathematics) and §4.4 (LOWER, UPPER); geometry is in check-geometry.ts. */
import type { ColumnType } from '../flow.ts'

interface ScalarFunction {
  readonly arity: readonly [least: number, most: number]
  readonly takes: 'number' | 'text'
  readonly gives: ColumnType
  readonly cost: number
}
/** `of` may give NaN or an infinity: that is NULL. */
export interface NumberFunction extends ScalarFunction {
  readonly takes: 'number'
  readonly of: (a: number, b: number) => number
}
export interface TextFunction extends ScalarFunction {
  readonly takes: 'text'
  readonly of: (a: string) => string
}

const number = (least: number, most: number, cost: number, of: (a: number, b: number) => number): NumberFunction => ({
  arity: [least, most],
  takes: 'number',
  gives: 'number',
  cost,
  of,
})
const text = (of: (a: string) => string): TextFunction => ({
  arity: [1, 1],
  takes: 'text',
  gives: 'text',
  cost: 3,
  of,
})

/** A left-out second argument arrives as 0. */
export const functions: ReadonlyMap<string, NumberFunction | TextFunction> = new Map<
  string,
  NumberFunction | TextFunction
>([
  ['ABS', number(1, 1, 1, Math.abs)],
  ['CEILING', number(1, 1, 1, Math.ceil)],
  ['DEGREES', number(1, 1, 1, (x) => (x * 180) / Math.PI)],
  ['EXP', number(1, 1, 4, Math.exp)],
  ['FLOOR', number(1, 1, 1, Math.floor)],
  ['LOG', number(1, 1, 4, Math.log)],
  ['LOG10', number(1, 1, 4, Math.log10)],
  ['MOD', number(2, 2, 2, (x, y) => x % y)],
  ['PI', number(0, 0, 1, () => Math.PI)],
  ['POWER', number(2, 2, 6, (x, y) => x ** y)],
  ['RADIANS', number(1, 1, 1, (x) => (x * Math.PI) / 180)],
  ['ROUND', number(1, 2, 3, (x, places) => toPlaces(x, places, (size) => Math.floor(size + 0.5)))],
  ['SQRT', number(1, 1, 2, Math.sqrt)],
  ['TRUNCATE', number(1, 2, 3, (x, places) => toPlaces(x, places, Math.floor))],
  ['ACOS', number(1, 1, 4, Math.acos)],
  ['ASIN', number(1, 1, 4, Math.asin)],
  ['ATAN', number(1, 1, 4, Math.atan)],
  ['ATAN2', number(2, 2, 4, Math.atan2)],
  ['COS', number(1, 1, 4, Math.cos)],
  ['COT', number(1, 1, 4, (x) => 1 / Math.tan(x))],
  ['SIN', number(1, 1, 4, Math.sin)],
  ['TAN', number(1, 1, 4, Math.tan)],
  ['LOWER', text((value) => value.toLowerCase())],
  ['UPPER', text((value) => value.toUpperCase())],
])

/** Halves go away from zero. Places beyond what a double holds change nothing. */
function toPlaces(x: number, places: number, integer: (size: number) => number): number {
  const digits = Math.trunc(places)
  const size = Math.abs(x)
  if (digits > 15 || (digits >= 0 && size >= 2 ** 52)) return x
  if (digits < -308) return 0
  const scale = 10 ** Math.abs(digits)
  const whole = integer(digits >= 0 ? size * scale : size / scale)
  return Math.sign(x) * (digits >= 0 ? whole / scale : whole * scale)
}

/** Functions of ADQL that are known and refused, and what they are. */
export const refusedFunctions: ReadonlyMap<string, string> = new Map([
  ...['COUNT', 'SUM', 'AVG', 'MIN', 'MAX'].map((name) => [name, `the aggregate ${name}`] as const),
  ...['AREA', 'BOX', 'CENTROID', 'COORD1', 'COORD2', 'COORDSYS', 'INTERSECTS', 'POLYGON', 'REGION'].map(
    (name) => [name, `${name} (geometry beyond POINT, CIRCLE, CONTAINS and DISTANCE)`] as const,
  ),
  ['RAND', 'RAND (a filter must give the same answer every time)'],
  ['IN_UNIT', 'IN_UNIT'],
])
