/**
 * ParamSets: the definitions of Params apart from their values. An event names the set that its values belong to; a
 * set's id is the hash of its content, so that a set never changes and may be kept for ever.
 */
import { createHash } from 'node:crypto'
import { type ClassDefinition, classes, fieldType } from '../model/definition.ts'
import type { ParamDefinition } from '../model/voevent.ts'
import { VOEventError } from '../voevent-error.ts'

export interface ParamSet {
  /** `sha-256-` and 64 lower-case hexadecimal digits: also an XML name. */
  readonly id: string
  readonly params: readonly ParamDefinition[]
}

/** Sets by their id, as a reader of events that carry none of their own needs them. */
export type ParamSets = ReadonlyMap<string, ParamSet>

/** What an id starts with; 64 hexadecimal digits follow. */
export const paramSetIdPrefix = 'sha-256-'

/**
 * The set of these definitions, in this order. Definitions that come again (the same objects) cost no hash: a mapping
 * gives the same ones for each of its events. They must not be changed afterwards: what is written is what they were.
 */
export function paramSetOf(definitions: readonly ParamDefinition[]): ParamSet {
  const first = definitions[0]
  if (first === undefined) return emptySet
  const known = setsByFirst.get(first)
  const found = known?.find(({ params }) => sameItems(params, definitions))
  if (found !== undefined) return found
  // A copy: the caller may go on with its list.
  const set = { id: idOf(definitions), params: [...definitions] }
  if (known === undefined) setsByFirst.set(first, [set])
  else {
    known.unshift(set)
    if (known.length > longestList) known.pop()
  }
  return set
}

/** Throws VOEventError unless the id is the hash of the content. */
export function checkParamSet({ id, params }: ParamSet): void {
  const hash = idOf(params)
  if (hash !== id) throw new VOEventError('VOE3_PARAM_SET_HASH', `The id is '${id}', the content gives '${hash}'.`)
}

/** The same set, of which nothing can be changed any more: events that share it cannot spoil each other. */
export function frozenSet(set: ParamSet): ParamSet {
  for (const definition of set.params) {
    for (const link of definition.references ?? []) Object.freeze(link)
    Object.freeze(definition.references)
    Object.freeze(definition)
  }
  Object.freeze(set.params)
  return Object.freeze(set)
}

/** The set of this id. Throws VOEventError where it is not known. */
export function requireParamSet(sets: ParamSets | undefined, id: string): ParamSet {
  const set = sets?.get(id)
  if (set === undefined) throw new VOEventError('VOE3_PARAM_SET_MISSING', `'${id}'`)
  return set
}

/**
 * What is hashed: canonical JSON (RFC 8785) of the definitions, fields that are absent or an empty list left out. A
 * half of a surrogate pair counts as U+FFFD, which is what it becomes in UTF-8.
 */
export function canonicalParams(definitions: readonly ParamDefinition[]): string {
  return `[${definitions.map(definitionText).join(',')}]`
}

/** More sets than this that begin with the same definition are hashed anew. */
const longestList = 32
const setsByFirst = new WeakMap<ParamDefinition, ParamSet[]>()

function sameItems(some: readonly ParamDefinition[], others: readonly ParamDefinition[]): boolean {
  if (some.length !== others.length) return false
  for (let i = 0; i < some.length; i++) if (some[i] !== others[i]) return false
  return true
}

function idOf(definitions: readonly ParamDefinition[]): string {
  return paramSetIdPrefix + createHash('sha256').update(canonicalParams(definitions)).digest('hex')
}

const texts = new WeakMap<ParamDefinition, string>()
const canonicalDefinition = canonicalClass('ParamDefinition')

function definitionText(definition: ParamDefinition): string {
  let text = texts.get(definition)
  if (text === undefined) {
    text = canonicalDefinition(definition)
    texts.set(definition, text)
  }
  return text
}

/** Canonical JSON of an object of a class, by the model's definition. */
function canonicalClass(name: string): (object: object) => string {
  const { fields } = classes[name] as ClassDefinition
  const parts = Object.keys(fields)
    .sort()
    .map((field) => {
      const { kind, base, cardinality } = fieldType(fields[field]!)
      const one = kind === 'class' ? canonicalClass(base) : canonicalText
      return { field, one: one as (value: unknown) => string, list: cardinality === '0..*' }
    })
  return (object) => {
    const written: string[] = []
    for (const { field, one, list } of parts) {
      const value = (object as Record<string, unknown>)[field]
      if (value === undefined || (list && (value as unknown[]).length === 0)) continue
      written.push(`"${field}":${list ? `[${(value as unknown[]).map(one).join(',')}]` : one(value)}`)
    }
    return `{${written.join(',')}}`
  }
}

/** Strings as RFC 8785 §3.2.2.2 has them, which are those of ECMAScript. */
function canonicalText(text: string): string {
  return JSON.stringify(text.toWellFormed())
}

const emptySet: ParamSet = { id: idOf([]), params: [] }
