/** What every part of reading JSON shares: the place, the ParamSets, and what becomes of what is odd. */
import { type Issue, issue } from '../validation-codes.ts'
import { VOEventError } from '../voevent-error.ts'
import { verifiedSet } from './known-sets.ts'
import { mostItems } from './most-items.ts'
import type { ParamSet, ParamSets } from './param-set.ts'

export interface ReadJson3Options {
  /** `strict` (the default) refuses unknown members and repeated keys; `lenient` passes them over. */
  readonly mode?: 'strict' | 'lenient'
  /** The sets of events that do not carry their own. */
  readonly paramSets?: ParamSets
  /** Is given what a lenient reader passed over, at most 100. */
  readonly oddities?: Issue[]
}

type Code =
  | 'JSON_SCHEMA'
  | 'JSON_COUNT'
  | 'JSON_TYPE'
  | 'JSON_VALUE'
  | 'JSON_MISSING'
  | 'VOE3_VALUE'
  | 'VOE3_PARAM_LIST'

const mostOddities = 100

export class JsonReading {
  /** Names and indexes from the event to what is read now. */
  readonly path: (string | number)[] = []
  /** How many members were met, in all objects together. */
  members = 0
  readonly sets = new Map<string, ParamSet>()
  #itemsLeft = mostItems
  readonly #lenient: boolean
  readonly #given: ParamSets | undefined
  readonly #oddities: Issue[]
  /** `known`: sets of the event that were taken out of its text. */
  constructor({ mode = 'strict', paramSets, oddities = [] }: ReadJson3Options, known: readonly ParamSet[] = []) {
    for (const set of known) {
      this.sets.set(set.id, set)
      this.#itemsLeft -= 1 + set.params.length
      for (const { references = [] } of set.params) this.#itemsLeft -= references.length
    }
    this.#lenient = mode === 'lenient'
    this.#given = paramSets
    this.#oddities = oddities
  }

  /** Throws VOEventError with the place. */
  fail(code: Code, detail: string): never {
    throw this.#error(code, detail)
  }

  #error(code: Code | 'JSON_UNKNOWN' | 'JSON_REPEATED' | 'VOE3_PARAM_SET_MISSING', detail: string, line = 0) {
    const place = pointer(this.path)
    return new VOEventError(code, place === '' ? detail : `${detail} at ${place}`.trim(), line)
  }

  odd(code: 'JSON_UNKNOWN' | 'JSON_REPEATED', detail: string, line = 0): void {
    if (!this.#lenient) throw this.#error(code, detail, line)
    if (this.#oddities.length < mostOddities) this.#oddities.push(issue(code, pointer(this.path), line, detail))
  }

  /** A member that the schema does not know. */
  unknown(key: string, json: unknown): void {
    this.odd('JSON_UNKNOWN', JSON.stringify(key))
    // Whatever lies in it counts among the members too.
    const left = [json]
    while (left.length > 0) {
      const next = left.pop()
      if (next === null || typeof next !== 'object') continue
      const inner = Object.values(next)
      if (!Array.isArray(next)) this.members += inner.length
      for (const each of inner) left.push(each)
    }
  }

  object(json: unknown): Readonly<Record<string, unknown>> {
    if (json === null || typeof json !== 'object' || Array.isArray(json)) return this.#wants('an object', json)
    return json as Readonly<Record<string, unknown>>
  }

  text(json: unknown): string {
    return typeof json === 'string' ? json : this.#wants('a string', json)
  }

  boolean(json: unknown): boolean {
    return typeof json === 'boolean' ? json : this.#wants('true or false', json)
  }

  /** A double; NaN and infinities come as their names. */
  float(json: unknown): number {
    if (typeof json === 'number') return json
    if (typeof json === 'bigint') return Number(json)
    if (typeof json !== 'string') return this.#wants('a number', json)
    return floatNames.get(json) ?? this.fail('JSON_VALUE', `${JSON.stringify(json)} is no number`)
  }

  int(json: unknown): number {
    if (typeof json !== 'number' && typeof json !== 'bigint') return this.#wants('an integer', json)
    if (typeof json === 'bigint' || !Number.isSafeInteger(json)) {
      return this.fail('JSON_VALUE', `${json} is no integer from -(2^53 - 1) to 2^53 - 1`)
    }
    return json + 0
  }

  list<T>(json: unknown, read: (item: unknown, reading: JsonReading, index: number) => T): T[] {
    if (!Array.isArray(json)) return this.#wants('an array', json)
    this.#itemsLeft -= json.length
    if (this.#itemsLeft < 0) return this.fail('JSON_COUNT', '')
    const { path } = this
    const depth = path.length
    path.push(0)
    const items: T[] = []
    for (let i = 0; i < json.length; i++) {
      path[depth] = i
      items.push(read(json[i], this, i))
    }
    path.pop()
    return items
  }

  #wants(wanted: string, json: unknown): never {
    const is =
      json === null ? 'null' : Array.isArray(json) ? 'an array' : typeof json === 'object' ? 'an object' : String(json)
    return this.fail('JSON_TYPE', `It wants ${wanted} and has ${typeof json === 'string' ? JSON.stringify(is) : is}`)
  }

  /** Throws VOEventError where the event had sets before. */
  checkFirstSets(): void {
    if (this.sets.size > 0) throw this.#error('JSON_REPEATED', '"paramSets"')
  }

  /** Adds a set that the event carries. Throws VOEventError unless its id is its hash. */
  addSet(set: ParamSet): ParamSet {
    const verified = verifiedSet(set)
    this.sets.set(set.id, verified)
    return verified
  }

  /** The set of this id: one that the event carries, else one that was given. */
  set(id: string): ParamSet {
    const set = this.sets.get(id) ?? this.#given?.get(id)
    if (set === undefined) throw this.#error('VOE3_PARAM_SET_MISSING', JSON.stringify(id))
    return set
  }
}

const floatNames = new Map([
  ['NaN', Number.NaN],
  ['Infinity', Number.POSITIVE_INFINITY],
  ['-Infinity', Number.NEGATIVE_INFINITY],
])

const pointer = (path: readonly (string | number)[]): string =>
  path.map((each) => `/${String(each).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('')
