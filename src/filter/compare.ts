/** Comparison of values that are not NULL and of one family (`align.ts`). */
import type { Comparison } from './syntax.ts'

export type Value = number | bigint | string | boolean

/** JavaScript's < and >= are exact between a number and a bigint; === is not made for them. */
export function equal(a: Value, b: Value): boolean {
  return a === b || (typeof a !== typeof b && a <= b && a >= b)
}

type Comparisons<T> = Readonly<Record<Comparison, (a: T, b: T) => boolean>>

/** Apart from those of texts: a function that sees numbers only is a fast one. */
export const numberComparisons: Comparisons<number | bigint> = {
  '=': equal,
  '<>': (a, b) => !equal(a, b),
  '<': (a, b) => a < b,
  '<=': (a, b) => a <= b,
  '>': (a, b) => a > b,
  '>=': (a, b) => a >= b,
}

export const otherComparisons: Comparisons<string | boolean> = {
  '=': (a, b) => a === b,
  '<>': (a, b) => a !== b,
  '<': (a, b) => a < b,
  '<=': (a, b) => a <= b,
  '>': (a, b) => a > b,
  '>=': (a, b) => a >= b,
}

/** Equal numbers have one key, be they double or bigint: what a Set can look up. */
export function key(value: Value): Value {
  if (typeof value === 'bigint') {
    const rounded = Number(value)
    return Number.isSafeInteger(rounded) ? rounded : value
  }
  return typeof value === 'number' && Number.isInteger(value) && !Number.isSafeInteger(value) ? BigInt(value) : value
}
