/**
 * The reference evaluator: a checked expression becomes a tree of closures, one a node. Plain on purpose, for faster
 * evaluators must give its answers. What each node means stands in `ast.ts`.
 */

import { separationDeg } from '../../vo/astro/sky.ts'
import type { ColumnType, Scalar } from '../flow.ts'
import { isNumeric } from './align.ts'
import type { ContainsExpression, Expression, Point } from './ast.ts'
import { equal, key, numberComparisons, otherComparisons, type Value } from './compare.ts'
import { functions, type NumberFunction } from './functions.ts'
import { likeMatcher } from './like.ts'
import type { Arithmetic } from './syntax.ts'

export type Evaluate<Row> = (row: Row) => Scalar
type EvaluateNumber<Row> = (row: Row) => number | null
type Of<Kind extends Expression['kind']> = Extract<Expression, { kind: Kind }>

/** Gives a column's reader; called once for each place in the filter that names the column. */
export type ReaderOf<Row> = (column: string) => (row: Row) => Scalar | undefined

export function evaluator<Row>(expression: Expression, readerOf: ReaderOf<Row>): Evaluate<Row> {
  const value = (inner: Expression): Evaluate<Row> => evaluator(inner, readerOf)
  const number = (inner: Expression): EvaluateNumber<Row> => asNumber(value(inner))
  switch (expression.kind) {
    case 'literal': {
      const constant = expression.value
      return () => constant
    }
    case 'column':
      return columnReader(expression.column.type, readerOf(expression.column.name))
    case 'arithmetic':
      return arithmetic(expression.operator, number(expression.left), number(expression.right))
    case 'negate': {
      const operand = value(expression.operand)
      return (row) => {
        const a = operand(row)
        return a === null ? null : -(a as number | bigint)
      }
    }
    case 'call':
      return call(expression, expression.args.map(value))
    case 'coalesce':
      return coalesce(expression.args.map(value))
    case 'distance':
      return distance(expression.from, expression.to, number)
    case 'contains':
      return contains(expression, number)
    case 'compare':
      return compare(expression, value)
    case 'logic':
      // AND: false wins; OR: true wins.
      return logic(expression.operator === 'OR', expression.items.map(value))
    case 'not': {
      const operand = value(expression.operand)
      return (row) => negate(operand(row))
    }
    case 'between':
      return between(expression, value)
    case 'in':
      return among(expression, value)
    case 'like': {
      const [text, like] = [value(expression.value), likeMatcher(expression.pattern, expression.ignoreCase)]
      const { negated } = expression
      return (row) => {
        const a = text(row)
        return a === null ? null : like(a as string) !== negated
      }
    }
    case 'is-null': {
      const [operand, { negated }] = [value(expression.value), expression]
      return (row) => (operand(row) === null) !== negated
    }
    case 'case':
      return choice(expression, value)
  }
}

function negate(value: Scalar): boolean | null {
  return value === null ? null : !value
}

/** NaN, an infinity and anything that is not of the column's type is NULL: surveys say "unknown" in many ways. */
function columnReader<Row>(type: ColumnType, read: (row: Row) => Scalar | undefined): Evaluate<Row> {
  switch (type) {
    case 'number':
    case 'integer':
      return (row) => {
        const value = read(row)
        if (typeof value === 'number') return Number.isFinite(value) ? value : null
        if (typeof value === 'bigint') return value
        return typeof value === 'string' && /^-?\d{1,20}$/.test(value) ? BigInt(value) : null
      }
    case 'text':
      return (row) => {
        const value = read(row)
        if (typeof value === 'string') return value
        return typeof value === 'bigint' ? value.toString() : null
      }
    case 'boolean':
      return (row) => {
        const value = read(row)
        if (typeof value === 'boolean') return value
        return value === 0 || value === 1 ? value === 1 : null
      }
  }
}

function asNumber<Row>(of: Evaluate<Row>): EvaluateNumber<Row> {
  return (row) => {
    const value = of(row)
    return typeof value === 'bigint' ? Number(value) : (value as number | null)
  }
}

/** Overflow, division by zero, the root of a negative: no finite number, hence NULL. */
function finite(value: number): number | null {
  return Number.isFinite(value) ? value : null
}

const operations: Readonly<Record<Arithmetic, (a: number, b: number) => number>> = {
  '+': (a, b) => a + b,
  '-': (a, b) => a - b,
  '*': (a, b) => a * b,
  '/': (a, b) => a / b,
}

function arithmetic<Row>(operator: Arithmetic, left: EvaluateNumber<Row>, right: EvaluateNumber<Row>): Evaluate<Row> {
  const operate = operations[operator]
  return (row) => {
    const a = left(row)
    if (a === null) return null
    const b = right(row)
    return b === null ? null : finite(operate(a, b))
  }
}

function call<Row>(expression: Of<'call'>, args: readonly Evaluate<Row>[]): Evaluate<Row> {
  const wanted = functions.get(expression.name)!
  if (wanted.takes === 'text') {
    const [text] = args
    return (row) => {
      const a = text!(row)
      return a === null ? null : wanted.of(a as string)
    }
  }
  const [first, second] = args.map(asNumber)
  return callNumber(wanted, first, second)
}

function callNumber<Row>(
  { of }: NumberFunction,
  first: EvaluateNumber<Row> = () => 0,
  second: EvaluateNumber<Row> = () => 0,
): Evaluate<Row> {
  return (row) => {
    const a = first(row)
    if (a === null) return null
    const b = second(row)
    return b === null ? null : finite(of(a, b))
  }
}

function coalesce<Row>(args: readonly Evaluate<Row>[]): Evaluate<Row> {
  return (row) => {
    for (const arg of args) {
      const value = arg(row)
      if (value !== null) return value
    }
    return null
  }
}

function compare<Row>(expression: Of<'compare'>, value: (inner: Expression) => Evaluate<Row>): Evaluate<Row> {
  const [left, right] = [value(expression.left), value(expression.right)]
  const numeric = isNumeric(expression.left.type)
  const holds = (numeric ? numberComparisons : otherComparisons)[expression.operator] as (a: Value, b: Value) => boolean
  return (row) => {
    const a = left(row)
    if (a === null) return null
    const b = right(row)
    return b === null ? null : holds(a, b)
  }
}

/** `winner` decides at once; otherwise one NULL makes the whole NULL. */
function logic<Row>(winner: boolean, items: readonly Evaluate<Row>[]): Evaluate<Row> {
  return (row) => {
    let result: boolean | null = !winner
    for (const item of items) {
      const value = item(row)
      if (value === winner) return winner
      if (value === null) result = null
    }
    return result
  }
}

function between<Row>(expression: Of<'between'>, evaluate: (inner: Expression) => Evaluate<Row>): Evaluate<Row> {
  const [value, low, high] = [evaluate(expression.value), evaluate(expression.low), evaluate(expression.high)]
  const { negated } = expression
  return (row) => {
    const a = value(row)
    if (a === null) return null
    const least = low(row)
    const most = high(row)
    // One bound that is not kept decides, even when the other is NULL.
    if ((least !== null && a < least) || (most !== null && a > most)) return negated
    return least === null || most === null ? null : !negated
  }
}

function among<Row>(expression: Of<'in'>, evaluate: (inner: Expression) => Evaluate<Row>): Evaluate<Row> {
  const { negated, list } = expression
  const value = evaluate(expression.value)
  if (list.every((item) => item.kind === 'literal')) {
    const keys = new Set(list.map((item) => key(item.value as Value)))
    return (row) => {
      const a = value(row)
      return a === null ? null : keys.has(key(a)) !== negated
    }
  }
  const items = list.map(evaluate)
  return (row) => {
    const a = value(row)
    if (a === null) return null
    let unknown = false
    for (const item of items) {
      const b = item(row)
      if (b === null) unknown = true
      else if (equal(a, b)) return !negated
    }
    return unknown ? null : negated
  }
}

function choice<Row>(expression: Of<'case'>, evaluate: (inner: Expression) => Evaluate<Row>): Evaluate<Row> {
  const operand = expression.operand && evaluate(expression.operand)
  const branches = expression.branches.map(({ when, result }) => ({ when: evaluate(when), result: evaluate(result) }))
  const otherwise: Evaluate<Row> = expression.otherwise ? evaluate(expression.otherwise) : () => null
  if (operand === undefined) {
    return (row) => (branches.find(({ when }) => when(row) === true)?.result ?? otherwise)(row)
  }
  return (row) => {
    const value = operand(row)
    if (value === null) return otherwise(row)
    const branch = branches.find(({ when }) => {
      const candidate = when(row)
      return candidate !== null && equal(value, candidate)
    })
    return (branch?.result ?? otherwise)(row)
  }
}

function distance<Row>(
  from: Point,
  to: Point,
  number: (inner: Expression) => EvaluateNumber<Row>,
): EvaluateNumber<Row> {
  const [lon1, lat1, lon2, lat2] = [number(from.lon), number(from.lat), number(to.lon), number(to.lat)]
  return (row) => {
    const [a, b, c, d] = [lon1(row), lat1(row), lon2(row), lat2(row)]
    if (a === null || b === null || c === null || d === null || Math.abs(b) > 90 || Math.abs(d) > 90) return null
    return separationDeg(a, b, c, d)
  }
}

function contains<Row>(
  { point, circle, type }: ContainsExpression,
  number: (inner: Expression) => EvaluateNumber<Row>,
): Evaluate<Row> {
  const [separation, radius] = [distance(point, circle.center, number), number(circle.radius)]
  return (row) => {
    const [a, r] = [separation(row), radius(row)]
    if (a === null || r === null || r < 0 || r > 180) return null
    const inside = a <= r
    return type === 'boolean' ? inside : inside ? 1 : 0
  }
}
