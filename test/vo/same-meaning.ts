/**
 * Whether two events say the same: integers by value whatever their JavaScript type, floats as doubles, an absent list
 * as an empty one, and a part that says nothing as one that is not there. All else must be equal.
 */
import { classes, type FieldDefinition, fieldType } from '../../vo/model/definition.ts'
import type { ParamDefinition, Value, VOEvent } from '../../vo/model/voevent.ts'
import { parseFloatText } from '../../vo/xml/reading.ts'

export interface Sameness {
  /** Whether 0 and -0 are the same: for XML 2.0 and 2.1. */
  readonly zerosAreEqual?: boolean
}

/** Where `a` and `b` differ: `what.params[0].value: 1 is not 2`. None for the same meaning. */
export function sameMeaning(a: VOEvent, b: VOEvent, sameness: Sameness = {}): string[] {
  const differences: string[] = []
  new Comparison(differences, sameness.zerosAreEqual === true).parts('VOEvent', a, b, '')
  return differences
}

type Part = Readonly<Record<string, unknown>>

class Comparison {
  readonly #differences: string[]
  readonly #zerosAreEqual: boolean
  constructor(differences: string[], zerosAreEqual: boolean) {
    this.#differences = differences
    this.#zerosAreEqual = zerosAreEqual
  }

  #differ(path: string, a: unknown, b: unknown): void {
    this.#differences.push(`${path}: ${shown(a)} is not ${shown(b)}`)
  }

  parts(name: string, a: object, b: object, path: string): void {
    const { fields } = classes[name]!
    for (const key of new Set([...Object.keys(a), ...Object.keys(b)])) {
      if (!Object.hasOwn(fields, key)) this.#differences.push(`${path}.${key}: no field of ${name}`)
    }
    for (const [key, field] of Object.entries(fields)) {
      const at = path === '' ? key : `${path}.${key}`
      const [one, other] = [(a as Part)[key], (b as Part)[key]]
      if (name === 'Param' && key === 'value') {
        this.#values((a as { definition: ParamDefinition }).definition, one as Value, other as Value, at)
      } else if (name === 'Table' && key === 'rows') {
        this.#rows((a as { fields: ParamDefinition[] }).fields, one as Value[][], other as Value[][], at)
      } else {
        this.#field(field, one, other, at)
      }
    }
  }

  #field(field: FieldDefinition, a: unknown, b: unknown, path: string): void {
    const { base, kind, cardinality } = fieldType(field)
    const one = (x: unknown, y: unknown, at: string) =>
      kind === 'class' ? this.parts(base, x as object, y as object, at) : this.#scalars(base, x, y, at)
    if (cardinality === '0..*') {
      const [list, others] = [(a ?? []) as unknown[], (b ?? []) as unknown[]]
      if (list.length !== others.length) this.#differ(path, list, others)
      else for (const [i, each] of list.entries()) one(each, others[i], `${path}[${i}]`)
    } else if (a !== undefined && b !== undefined) {
      one(a, b, path)
    } else if (a !== b && !(kind === 'class' && saysNothing(a ?? b))) {
      this.#differ(path, a, b)
    }
  }

  #scalars(type: string, a: unknown, b: unknown, path: string): void {
    const equal =
      type === 'float'
        ? this.#doubles(a as number, b as number)
        : a instanceof Uint8Array && b instanceof Uint8Array
          ? Buffer.compare(a, b) === 0
          : a === b
    if (!equal) this.#differ(path, a, b)
  }

  #doubles(a: number, b: number): boolean {
    return Object.is(a, b) || (this.#zerosAreEqual && a === b)
  }

  #values({ dataType }: ParamDefinition, a: Value, b: Value, path: string): void {
    if (a === b && a !== 0) return
    if (a !== null && b !== null && a !== undefined && b !== undefined) {
      const [text, other] = [String(a), String(b)]
      if (dataType === 'int' && integer.test(text) && integer.test(other)) {
        if (BigInt(text.replace('+', '')) === BigInt(other.replace('+', ''))) return
      } else if (dataType === 'float') {
        const [x, y] = [double(a), double(b)]
        if (x !== undefined && y !== undefined && this.#doubles(x, y)) return
      }
    }
    this.#differ(path, a, b)
  }

  #rows(fields: readonly ParamDefinition[], a: readonly Value[][], b: readonly Value[][], path: string): void {
    if (a.length !== b.length) this.#differ(path, a, b)
    for (const [i, row] of a.length === b.length ? a.entries() : []) {
      const other = b[i]!
      if (row.length !== other.length) this.#differ(`${path}[${i}]`, row, other)
      else
        for (const [j, value] of row.entries())
          this.#values(fields[j] ?? undefinedColumn, value, other[j]!, `${path}[${i}][${j}]`)
    }
  }
}

/** Of a row that is longer than its table's fields. */
const undefinedColumn: ParamDefinition = { name: '', dataType: 'string' }
const integer = /^[+-]?[0-9]+$/

function double(value: Value): number | undefined {
  if (typeof value === 'number') return value
  const text = String(value)
  return text === 'Infinity' ? Infinity : text === '-Infinity' ? -Infinity : parseFloatText(text)
}

/** A part whose fields are all absent, empty lists, or parts that say nothing themselves. */
function saysNothing(part: unknown): boolean {
  if (part === undefined) return true
  if (Array.isArray(part)) return part.length === 0
  if (part === null || typeof part !== 'object' || part instanceof Uint8Array) return false
  return Object.values(part).every(saysNothing)
}

function shown(value: unknown): string {
  if (Object.is(value, -0)) return '-0'
  const text = JSON.stringify(value, (_, each) => (typeof each === 'bigint' ? `${each}n` : each))
  return typeof value === 'number' || text === undefined ? String(value) : text.slice(0, 200)
}
