/** What the columns of a SELECT mean: their units, UCDs and descriptions as far as they follow from the expression. */
import type { Column, ColumnType } from '../flow.ts'
import type { Expression, SelectedExpression } from './ast.ts'
import { printable } from './place.ts'

const longestDescription = 200

/** A column as it is; an expression with the unit that follows and its own text as description. */
export function describeSelected(selected: SelectedExpression, text: string): Column {
  const { name, value } = selected
  if (value.kind === 'column') return { ...value.column, name }
  const unit = unitOf(value)
  return {
    name,
    type: value.type as ColumnType,
    ...(unit ? { unit } : {}),
    ...(value.kind === 'distance' ? { ucd: 'pos.angDistance' } : {}),
    description: printable(text.slice(selected.start, selected.end).replaceAll(/\s+/g, ' '), longestDescription),
  }
}

const keepsUnit = new Set(['ABS', 'CEILING', 'FLOOR', 'ROUND', 'TRUNCATE'])
const givesUnit: Readonly<Record<string, string>> = {
  DEGREES: 'deg',
  RADIANS: 'rad',
  ACOS: 'rad',
  ASIN: 'rad',
  ATAN: 'rad',
  ATAN2: 'rad',
}

/** undefined: unknown; '': without a unit, which a literal may take from its neighbour. */
function unitOf(expression: Expression): string | undefined {
  switch (expression.kind) {
    case 'literal':
      return ''
    case 'column':
      return expression.column.unit ?? ''
    case 'negate':
      return unitOf(expression.operand)
    case 'arithmetic': {
      const { operator, left, right } = expression
      if (operator === '+' || operator === '-') return shared([left, right])
      return right.kind === 'literal'
        ? unitOf(left)
        : operator === '*' && left.kind === 'literal'
          ? unitOf(right)
          : undefined
    }
    case 'call':
      return keepsUnit.has(expression.name) ? unitOf(expression.args[0]!) : givesUnit[expression.name]
    case 'coalesce':
      return shared(expression.args)
    case 'case': {
      const { branches, otherwise } = expression
      return shared([...branches.map(({ result }) => result), ...(otherwise ? [otherwise] : [])])
    }
    case 'distance':
      return 'deg'
    default:
      return undefined
  }
}

function shared(expressions: readonly Expression[]): string | undefined {
  const units = new Set(expressions.filter(({ kind }) => kind !== 'literal').map(unitOf))
  return units.size === 1 ? units.values().next().value : undefined
}
