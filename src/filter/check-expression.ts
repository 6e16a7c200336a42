/** Syntax to typed expression: looks names up, checks types, and tells each fault with its place. */

import { nearest } from '../../vo/words/nearest.ts'
import type { FountainError } from '../errors.ts'
import { align, isNumeric, type Operand, unify } from './align.ts'
import type { Expression } from './ast.ts'
import { checkContains, checkDistance } from './check-geometry.ts'
import { functions } from './functions.ts'
import { limits } from './limits.ts'
import { printable, type Span } from './place.ts'
import type { Scope } from './scope.ts'
import type { Syntax } from './syntax.ts'

type Of<Kind extends Syntax['kind']> = Extract<Syntax, { kind: Kind }>

/** `scope` is told what is read and what it costs. Throws FILTER_*. */
export class ExpressionChecker<Row> {
  readonly #scope: Scope<Row>
  constructor(scope: Scope<Row>) {
    this.#scope = scope
  }

  /** An expression that is true, false or NULL. */
  condition(syntax: Syntax): Expression {
    const expression = this.value(syntax)
    if (expression.type === 'boolean') return expression
    if (expression.kind === 'contains') return { ...expression, type: 'boolean' }
    throw this.#fault(syntax, `a condition is needed here, but this is ${says(expression)}`)
  }

  number(syntax: Syntax): Expression {
    const expression = this.value(syntax)
    if (isNumeric(expression.type)) return expression
    throw this.#fault(syntax, `a number is needed here, but this is ${says(expression)}`)
  }

  value(syntax: Syntax): Expression {
    switch (syntax.kind) {
      case 'number':
        return this.#numberLiteral(syntax)
      case 'text':
        return { kind: 'literal', type: 'text', value: syntax.value }
      case 'truth':
        return { kind: 'literal', type: 'boolean', value: syntax.value }
      case 'null':
        return { kind: 'literal', type: 'null', value: null }
      case 'name': {
        const column = this.#scope.column(syntax.qualifier, syntax.name)
        this.#scope.reads.add(column.name)
        this.#scope.cost += 1
        return { kind: 'column', type: column.type, column }
      }
      case 'call':
        return this.#call(syntax)
      case 'sign':
        return this.#sign(syntax)
      case 'arithmetic': {
        this.#scope.cost += 1
        const left = this.number(syntax.left)
        return { kind: 'arithmetic', type: 'number', operator: syntax.operator, left, right: this.number(syntax.right) }
      }
      case 'not':
        this.#scope.cost += 1
        return { kind: 'not', type: 'boolean', operand: this.condition(syntax.operand) }
      case 'logic': {
        this.#scope.cost += syntax.items.length
        const items = syntax.items.map((item) => this.condition(item))
        return { kind: 'logic', type: 'boolean', operator: syntax.operator, items }
      }
      case 'compare':
        return this.#compare(syntax)
      case 'between': {
        this.#scope.cost += 2
        const [value, low, high] = this.#align([syntax.value, syntax.low, syntax.high], true)
        const { negated } = syntax
        return { kind: 'between', type: 'boolean', value: value!, low: low!, high: high!, negated }
      }
      case 'in': {
        const [value, ...list] = this.#align([syntax.value, ...syntax.list], false)
        this.#scope.cost += list.every((item) => item.kind === 'literal') ? 2 : list.length
        return { kind: 'in', type: 'boolean', value: value!, list, negated: syntax.negated }
      }
      case 'like':
        return this.#like(syntax)
      case 'is-null':
        this.#scope.cost += 1
        return { kind: 'is-null', type: 'boolean', value: this.value(syntax.value), negated: syntax.negated }
      case 'case':
        return this.#case(syntax)
    }
  }

  #fault(span: Span, message: string): FountainError {
    return this.#scope.fault('FILTER_TYPE', span, message)
  }

  #align(operands: readonly Syntax[], ordered: boolean): Expression[] {
    const all = operands.map((syntax): Operand => ({ syntax, expression: this.value(syntax) }))
    return align(all, ordered, (span, message) => this.#fault(span, message))
  }

  #numberLiteral(syntax: Of<'number'>): Expression {
    const value = Number(syntax.text)
    if (!Number.isFinite(value)) {
      throw this.#scope.fault('FILTER_VALUE', syntax, 'this number is larger than a double can hold (1.8e308)')
    }
    if (!/^\d+$/.test(syntax.text)) return { kind: 'literal', type: 'number', value }
    if (Number.isSafeInteger(value)) return { kind: 'literal', type: 'integer', value }
    const exact = BigInt(syntax.text)
    if (exact <= 2n ** 63n) return { kind: 'literal', type: 'integer', value: exact }
    return { kind: 'literal', type: 'number', value }
  }

  #sign(syntax: Of<'sign'>): Expression {
    const operand = this.number(syntax.operand)
    if (syntax.operator === '+') return operand
    if (operand.kind === 'literal') {
      const value = typeof operand.value === 'bigint' ? -operand.value : -(operand.value as number)
      return { ...operand, value }
    }
    this.#scope.cost += 1
    return { kind: 'negate', type: operand.type, operand }
  }

  #compare(syntax: Of<'compare'>): Expression {
    const { operator } = syntax
    const aligned = this.#align([syntax.left, syntax.right], operator !== '=' && operator !== '<>')
    const [left, right] = aligned as [Expression, Expression]
    this.#scope.cost += 1
    const [contains, flag] = left.kind === 'contains' ? [left, right] : [right, left]
    if (contains.kind === 'contains' && flag.kind === 'literal' && (operator === '=' || operator === '<>')) {
      if (flag.value === 1 || flag.value === 0) {
        const inside: Expression = { ...contains, type: 'boolean' }
        return (flag.value === 1) === (operator === '=') ? inside : { kind: 'not', type: 'boolean', operand: inside }
      }
    }
    return { kind: 'compare', type: 'boolean', operator, left, right }
  }

  #like(syntax: Of<'like'>): Expression {
    const value = this.value(syntax.value)
    if (value.type !== 'text') {
      throw this.#fault(syntax.value, `LIKE needs text on its left, but this is ${says(value)}`)
    }
    const pattern = this.value(syntax.pattern)
    if (pattern.kind !== 'literal' || typeof pattern.value !== 'string') {
      throw this.#fault(syntax.pattern, "the pattern of LIKE must be a text in single quotes, such as 'ZTF%'")
    }
    if (pattern.value.length > limits.patternLength) {
      const message = `the pattern of LIKE is longer than ${limits.patternLength} characters`
      throw this.#scope.fault('FILTER_TOO_LARGE', syntax.pattern, message)
    }
    this.#scope.cost += 5
    const { ignoreCase, negated } = syntax
    return { kind: 'like', type: 'boolean', value, pattern: pattern.value, ignoreCase, negated }
  }

  #case(syntax: Of<'case'>): Expression {
    this.#scope.cost += syntax.branches.length
    const whens = syntax.branches.map(({ when }) => when)
    const [operand, ...conditions] =
      syntax.operand === undefined
        ? [undefined, ...whens.map((when) => this.condition(when))]
        : this.#align([syntax.operand, ...whens], false)
    const results = [
      ...syntax.branches.map(({ result }) => result),
      ...(syntax.otherwise ? [syntax.otherwise] : []),
    ].map((result): Operand => ({ syntax: result, expression: this.value(result) }))
    const type = unify(results, syntax, (span, message) => this.#fault(span, message))
    return {
      kind: 'case',
      type,
      operand,
      branches: conditions.map((when, index) => ({ when: when!, result: results[index]!.expression })),
      otherwise: syntax.otherwise && results.at(-1)!.expression,
    }
  }

  #call(syntax: Of<'call'>): Expression {
    const name = syntax.name.text.toUpperCase()
    if (name === 'CONTAINS') return checkContains(syntax, this.#scope, (arg) => this.number(arg))
    if (name === 'DISTANCE') return checkDistance(syntax, this.#scope, (arg) => this.number(arg))
    if (name === 'POINT' || name === 'CIRCLE') {
      throw this.#fault(syntax, `${name} stands only within CONTAINS or DISTANCE`)
    }
    if (name === 'COALESCE') return this.#coalesce(syntax)
    const wanted = functions.get(name)
    if (wanted === undefined) throw this.#unknownFunction(syntax)
    const [least, most] = wanted.arity
    this.#countArguments(syntax, least, most)
    const args = syntax.args.map((arg) => {
      const expression = this.value(arg)
      const fits = wanted.takes === 'number' ? isNumeric(expression.type) : expression.type === wanted.takes
      if (fits) return expression
      throw this.#fault(
        arg,
        `${name} takes ${wanted.takes === 'text' ? 'text' : 'numbers'}, but this is ${says(expression)}`,
      )
    })
    this.#scope.cost += wanted.cost
    return { kind: 'call', type: wanted.gives, name, args }
  }

  #coalesce(syntax: Of<'call'>): Expression {
    this.#countArguments(syntax, 2, limitlessArguments)
    this.#scope.cost += syntax.args.length
    const operands = syntax.args.map((arg): Operand => ({ syntax: arg, expression: this.value(arg) }))
    const type = unify(operands, syntax, (span, message) => this.#fault(span, message))
    return { kind: 'coalesce', type, args: operands.map(({ expression }) => expression) }
  }

  #countArguments(syntax: Of<'call'>, least: number, most: number): void {
    const count = syntax.args.length
    if (count >= least && count <= most) return
    const wanted =
      least === most ? `${least}` : most === limitlessArguments ? `${least} or more` : `${least} or ${most}`
    const noun = wanted === '1' ? 'argument' : 'arguments'
    throw this.#fault(syntax, `${syntax.name.text.toUpperCase()} takes ${wanted} ${noun}, not ${count}`)
  }

  #unknownFunction({ name }: Of<'call'>): FountainError {
    const names = [...functions.keys(), 'COALESCE', 'CONTAINS', 'DISTANCE', 'POINT', 'CIRCLE'].sort()
    const near = name.text.length > 60 ? undefined : nearest(name.text, names)
    const hint = near === undefined ? `: there is ${names.join(', ')}` : `: did you mean ${near}?`
    return this.#scope.fault('FILTER_UNKNOWN_FUNCTION', name, `no function '${printable(name.text, 60)}'${hint}`)
  }
}

const limitlessArguments = Number.POSITIVE_INFINITY

function says(expression: Expression): string {
  if (expression.type === 'null') return 'NULL'
  if (expression.type === 'boolean') return 'a boolean'
  return expression.type === 'text' ? 'text' : 'a number'
}
