/**
 * An Avro schema as a graph of types (Avro 1.11 specification, "Schema Declaration"): names are resolved, defaults,
 * aliases, documentation and logical types are left aside, because none of them changes how bytes are read.
 * A writer schema is a stranger's text (a container brings its own), so everything here is bounded.
 */
import { FountainError } from '../errors.ts'

export type Primitive = 'null' | 'boolean' | 'int' | 'long' | 'float' | 'double' | 'bytes' | 'string'

export interface AvroField {
  readonly name: string
  readonly type: AvroType
}
export interface RecordType {
  readonly kind: 'record'
  readonly name: string
  /** Filled after the record is known by its name, so that it may hold itself. */
  readonly fields: AvroField[]
}
export type AvroType =
  | { readonly kind: Primitive }
  | RecordType
  | { readonly kind: 'enum'; readonly name: string; readonly symbols: readonly string[] }
  | { readonly kind: 'fixed'; readonly name: string; readonly size: number }
  | { readonly kind: 'array'; readonly items: AvroType }
  | { readonly kind: 'map'; readonly values: AvroType }
  | { readonly kind: 'union'; readonly branches: readonly AvroType[] }

/** No real schema comes near: Rubin's largest has 390 fields and depth 4. */
export const schemaLimits = { bytes: 1_048_576, depth: 32, fields: 5_000 } as const

const primitives = new Set<string>(['null', 'boolean', 'int', 'long', 'float', 'double', 'bytes', 'string'])
const namePattern = /^[A-Za-z_][A-Za-z0-9_]*$/

const invalid = (detail: string) => new FountainError('SCHEMA_INVALID', detail)

type Json = Readonly<Record<string, unknown>>

interface Scope {
  readonly named: Map<string, AvroType>
  fields: number
}

/** Resolves a parsed schema. Throws SCHEMA_INVALID or SCHEMA_TOO_LARGE. */
export function avroType(json: unknown): AvroType {
  return resolve(json, '', 0, { named: new Map(), fields: 0 })
}

function resolve(json: unknown, namespace: string, depth: number, scope: Scope): AvroType {
  if (depth > schemaLimits.depth)
    throw new FountainError('SCHEMA_TOO_LARGE', `Nested deeper than ${schemaLimits.depth}.`)
  if (typeof json === 'string') return reference(json, namespace, scope)
  if (Array.isArray(json)) return union(json, namespace, depth, scope)
  if (json === null || typeof json !== 'object') throw invalid(`${JSON.stringify(json)} is no type.`)
  const { type } = json as Json
  switch (type) {
    case 'record':
    case 'error':
      return record(json as Json, namespace, depth, scope)
    case 'enum':
      return enumeration(json as Json, namespace, scope)
    case 'fixed':
      return fixed(json as Json, namespace, scope)
    case 'array':
      return { kind: 'array', items: resolve((json as Json).items, namespace, depth + 1, scope) }
    case 'map':
      return { kind: 'map', values: resolve((json as Json).values, namespace, depth + 1, scope) }
    default:
      if (type === undefined) throw invalid('A type has no `type`.')
      return resolve(type, namespace, depth + 1, scope)
  }
}

function reference(name: string, namespace: string, scope: Scope): AvroType {
  if (primitives.has(name)) return { kind: name as Primitive }
  const found = scope.named.get(name.includes('.') || namespace === '' ? name : `${namespace}.${name}`)
  if (found === undefined) throw invalid(`The type ${shown(name)} is not defined before it is used.`)
  return found
}

function union(branches: readonly unknown[], namespace: string, depth: number, scope: Scope): AvroType {
  const seen = new Set<string>()
  const types = branches.map((branch) => {
    const type = resolve(branch, namespace, depth + 1, scope)
    if (type.kind === 'union') throw invalid('A union holds a union.')
    const key = 'name' in type ? type.name : type.kind
    if (seen.has(key)) throw invalid(`A union holds ${shown(key)} twice.`)
    seen.add(key)
    return type
  })
  return { kind: 'union', branches: types }
}

function record(json: Json, outer: string, depth: number, scope: Scope): AvroType {
  const { name, namespace } = fullName(json, outer)
  const type: RecordType = { kind: 'record', name, fields: [] }
  define(type, scope)
  if (!Array.isArray(json.fields)) throw invalid(`The record ${name} has no fields.`)
  const seen = new Set<string>()
  for (const field of json.fields as readonly unknown[]) {
    const { name: own, type: fieldType } = (field ?? {}) as Json
    if (typeof own !== 'string' || !namePattern.test(own) || own === '__proto__') {
      throw invalid(`The record ${name} has a field of the name ${shown(own)}.`)
    }
    if (seen.has(own)) throw invalid(`The record ${name} has the field ${shown(own)} twice.`)
    seen.add(own)
    if (++scope.fields > schemaLimits.fields) {
      throw new FountainError('SCHEMA_TOO_LARGE', `More than ${schemaLimits.fields} fields.`)
    }
    type.fields.push({ name: own, type: resolve(fieldType, namespace, depth + 1, scope) })
  }
  return type
}

function enumeration(json: Json, outer: string, scope: Scope): AvroType {
  const { name } = fullName(json, outer)
  const symbols = json.symbols as unknown
  const fits = Array.isArray(symbols) && symbols.every((symbol) => typeof symbol === 'string')
  if (!fits) throw invalid(`The enum ${name} has no symbols.`)
  return define({ kind: 'enum', name, symbols: symbols as readonly string[] }, scope)
}

function fixed(json: Json, outer: string, scope: Scope): AvroType {
  const { name } = fullName(json, outer)
  const size = json.size
  if (typeof size !== 'number' || !Number.isInteger(size) || size < 0 || size > 0x7fffffff) {
    throw invalid(`The fixed ${name} has the size ${JSON.stringify(size)}.`)
  }
  return define({ kind: 'fixed', name, size }, scope)
}

/** Avro specification, "Names": a dotted name is full, and its namespace becomes that of the types within. */
function fullName(json: Json, outer: string): { name: string; namespace: string } {
  const own = json.name
  if (typeof own !== 'string') throw invalid(`A ${String(json.type)} has no name.`)
  const given = typeof json.namespace === 'string' ? json.namespace : outer
  const name = own.includes('.') || given === '' ? own : `${given}.${own}`
  if (!name.split('.').every((part) => namePattern.test(part))) throw invalid(`${shown(name)} is no Avro name.`)
  return { name, namespace: name.includes('.') ? name.slice(0, name.lastIndexOf('.')) : '' }
}

function define<T extends AvroType & { name: string }>(type: T, scope: Scope): T {
  if (scope.named.has(type.name) || primitives.has(type.name)) throw invalid(`${type.name} is defined twice.`)
  scope.named.set(type.name, type)
  return type
}

/** A stranger's text, shortened for a message. */
const shown = (text: unknown) => JSON.stringify(text)?.slice(0, 80) ?? 'none'
