/** Which types go together: the operands of a comparison, the results of CASE and COALESCE. */
import type { FountainError } from '../errors.ts'
import type { Expression, ExpressionType } from './ast.ts'
import type { Span } from './place.ts'

export interface Operand {
  readonly syntax: Span
  readonly expression: Expression
}
type Fault = (span: Span, message: string) => FountainError

export function isNumeric(type: ExpressionType): boolean {
  return type === 'number' || type === 'integer'
}

const family = (type: ExpressionType) => (isNumeric(type) ? 'number' : type)

/**
 * Makes operands comparable, or throws. Only literals are converted: 0 and 1 beside a boolean, TRUE and FALSE beside
 * CONTAINS, an integer beside an identifier that is text (exactly, digit by digit). `ordered`: compared by < or >.
 */
export function align(operands: readonly Operand[], ordered: boolean, fault: Fault): Expression[] {
  const nothing = operands.find(({ expression }) => expression.type === 'null')
  if (nothing !== undefined)
    throw fault(nothing.syntax, 'no comparison with NULL is ever true: write IS NULL or IS NOT NULL')
  const leading = operands.find(({ expression }) => expression.kind !== 'literal') ?? operands[0]!
  const { type } = leading.expression
  if (ordered && type === 'boolean') throw fault(leading.syntax, 'a boolean has no order: write = or <>')
  return operands.map(({ expression, syntax }) => {
    if (family(expression.type) === family(type)) return expression
    const converted = expression.kind === 'literal' ? convert(expression.value, leading.expression) : undefined
    if (converted === undefined) throw fault(syntax, mismatch(leading.expression, expression))
    if (ordered && type === 'text') {
      throw fault(syntax, 'an identifier is text: compare it with a number by =, <> or IN only')
    }
    return converted
  })
}

function convert(value: unknown, leading: Expression): Expression | undefined {
  if (leading.type === 'boolean' && (value === 0 || value === 1)) {
    return { kind: 'literal', type: 'boolean', value: value === 1 }
  }
  if (leading.kind === 'contains' && typeof value === 'boolean') {
    return { kind: 'literal', type: 'integer', value: value ? 1 : 0 }
  }
  if (isIdentifier(leading) && (typeof value === 'bigint' || Number.isSafeInteger(value))) {
    return { kind: 'literal', type: 'text', value: String(value) }
  }
  return undefined
}

/** A text column that holds numbers that are too long for a double, such as int64 identifiers. */
function isIdentifier(expression: Expression): boolean {
  if (expression.kind !== 'column' || expression.type !== 'text') return false
  return /(^|_)[iI][dD]$|[a-z]Id$/.test(expression.column.name)
}

function mismatch(leading: Expression, other: Expression): string {
  const both = `${noun(other.type)} cannot be compared with ${noun(leading.type)}`
  if (leading.type === 'boolean' && isNumeric(other.type)) return `${both}: write 0, 1, TRUE or FALSE`
  if (leading.type === 'text' && other.kind === 'literal') return `${both}: text stands between single quotes`
  if (isNumeric(leading.type) && other.type === 'text' && other.kind === 'literal') {
    return `${both}: write the number without quotes`
  }
  return both
}

function noun(type: ExpressionType): string {
  if (type === 'text') return 'text'
  return type === 'boolean' ? 'a boolean' : 'a number'
}

/** The one type of several results; NULL fits any. */
export function unify(operands: readonly Operand[], whole: Span, fault: Fault): ExpressionType {
  const typed = operands.filter(({ expression }) => expression.type !== 'null')
  const first = typed[0]
  if (first === undefined) throw fault(whole, 'every result is NULL: its type is unknown')
  const odd = typed.find(({ expression }) => family(expression.type) !== family(first.expression.type))
  if (odd !== undefined) {
    throw fault(
      odd.syntax,
      `all results must be of one type: ${noun(odd.expression.type)} after ${noun(first.expression.type)}`,
    )
  }
  return typed.every(({ expression }) => expression.type === first.expression.type) ? first.expression.type : 'number'
}
