/**
 * A checked filter: names looked up, types known, places forgotten. What evaluators work on; several of them must
 * give the same answers, so the meaning of each node is written here.
 *
 * Every expression gives NULL or a value of its type: `number` a finite double, `integer` a double or a bigint,
 * `text`, `boolean`. There is no infinity and no NaN: an operation that would give one gives NULL, and a column that
 * holds one is NULL. Unless a node says otherwise, NULL in gives NULL out.
 */
import type { Column, ColumnType, Scalar } from '../flow.ts'
import type { Arithmetic, Comparison } from './syntax.ts'

/** `null`: the literal NULL, which fits every type. */
export type ExpressionType = ColumnType | 'null'

type Node<Kind extends string, Parts> = { readonly kind: Kind; readonly type: ExpressionType } & Readonly<Parts>
export type Expression =
  | Node<'literal', { value: Scalar }>
  | Node<'column', { column: Column }>
  /** On doubles: a bigint is rounded to the nearest one. Division never truncates; by zero it is NULL. */
  | Node<'arithmetic', { operator: Arithmetic; left: Expression; right: Expression }>
  | Node<'negate', { operand: Expression }>
  /** A function of `functions.ts` by its name there. */
  | Node<'call', { name: string; args: readonly Expression[] }>
  /** The first that is not NULL. */
  | Node<'coalesce', { args: readonly Expression[] }>
  /** Great-circle distance in degrees; NULL for a latitude beyond the poles. */
  | Node<'distance', { from: Point; to: Point }>
  /** Both sides numeric, both text or both boolean. Numbers compare exactly, texts by UTF-16 code units. */
  | Node<'compare', { operator: Comparison; left: Expression; right: Expression }>
  /** Kleene's: AND is false where one is false, OR is true where one is true, else NULL where one is NULL. */
  | Node<'logic', { operator: 'AND' | 'OR'; items: readonly Expression[] }>
  | Node<'not', { operand: Expression }>
  /** value >= low AND value <= high, with AND's logic. */
  | Node<'between', { value: Expression; low: Expression; high: Expression; negated: boolean }>
  /** The OR of value = item. */
  | Node<'in', { value: Expression; list: readonly Expression[]; negated: boolean }>
  /** `%` stands for any text, `_` for one character (a code point). */
  | Node<'like', { value: Expression; pattern: string; ignoreCase: boolean; negated: boolean }>
  /** Never NULL. */
  | Node<'is-null', { value: Expression; negated: boolean }>
  /** Is the point in the circle, its edge included? `integer`: 1 or 0, as ADQL has it; where a condition stands, boolean. */
  | Node<'contains', { point: Point; circle: Circle }>
  /**
   * The first branch whose condition is true (with an operand: equals it); else `otherwise`, or NULL. The operand is
   * evaluated once.
   */
  | Node<'case', { operand: Expression | undefined; branches: readonly Branch[]; otherwise: Expression | undefined }>

export type ContainsExpression = Extract<Expression, { kind: 'contains' }>

export interface Branch {
  readonly when: Expression
  readonly result: Expression
}

/** ICRS, degrees. */
export interface Point {
  readonly lon: Expression
  readonly lat: Expression
}

export interface Circle {
  readonly center: Point
  readonly radius: Expression
}

export interface SelectedExpression {
  readonly name: string
  readonly value: Expression
  /** The expression's place in the text. */
  readonly start: number
  readonly end: number
}

export interface Query {
  readonly table: string
  readonly select: readonly SelectedExpression[]
  readonly where: Expression | undefined
  /** Names of the columns that are read, as the table has them. */
  readonly reads: ReadonlySet<string>
  /** The sum of what its operations cost at most, in about the time of one comparison. */
  readonly cost: number
}
