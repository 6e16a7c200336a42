/**
 * Finds where one Avro datum ends and the next begins, without decoding it: containers hold records one after the
 * other with nothing between them (Apache Avro 1.12, "Binary Encoding").
 */
import { FountainError } from '../errors.ts'
import { readLong } from './container.ts'

/** Returns the position after the datum that starts at `at`. Throws DECODE_TRUNCATED or DECODE_INVALID. */
export type SkipDatum = (bytes: Uint8Array, at: number) => number

const schemaDepthLimit = 32
const fieldLimit = 5_000
/** A datum of a recursive schema may not nest deeper. */
const datumDepthLimit = 200

interface State {
  readonly bytes: Uint8Array
  /** Items of no bytes cost time too. */
  budget: number
  depth: number
}
type Skip = (state: State, at: number) => number

/** Throws SCHEMA_INVALID or SCHEMA_TOO_LARGE. */
export function compileSkip(schemaJson: string): SkipDatum {
  let schema: unknown
  try {
    schema = JSON.parse(schemaJson)
  } catch (cause) {
    throw new FountainError('SCHEMA_INVALID', 'It is not JSON.', { cause })
  }
  const compiler: Compiler = { named: new Map(), fields: 0 }
  const skip = compile(schema, '', 0, compiler)
  return (bytes, at) => skip({ bytes, budget: bytes.length + 100_000, depth: 0 }, at)
}

interface Compiler {
  readonly named: Map<string, { skip: Skip }>
  fields: number
}

const advance =
  (length: number): Skip =>
  (state, at) =>
    within(state, at + length)
const skipLong: Skip = (state, at) => long(state, at).end
const skipBytes: Skip = (state, at) => {
  const length = long(state, at)
  if (!(length.value >= 0)) throw new FountainError('DECODE_INVALID', `No length at byte ${at}.`)
  return within(state, length.end + length.value)
}
const primitives: Readonly<Record<string, Skip>> = {
  null: (_, at) => at,
  boolean: advance(1),
  int: skipLong,
  long: skipLong,
  float: advance(4),
  double: advance(8),
  bytes: skipBytes,
  string: skipBytes,
}

function compile(schema: unknown, namespace: string, depth: number, compiler: Compiler): Skip {
  if (depth > schemaDepthLimit) throw new FountainError('SCHEMA_TOO_LARGE', 'It is too deep.')
  if (typeof schema === 'string') return reference(schema, namespace, compiler)
  if (Array.isArray(schema)) return union(schema.map((branch) => compile(branch, namespace, depth + 1, compiler)))
  if (schema === null || typeof schema !== 'object') throw invalid('a type that is neither name, list nor object')
  const { type, items, values, size } = schema as Record<string, unknown>
  switch (type) {
    case 'array':
      return blocks(compile(items, namespace, depth + 1, compiler))
    case 'map': {
      const value = compile(values, namespace, depth + 1, compiler)
      return blocks((state, at) => value(state, skipBytes(state, at)))
    }
    case 'enum':
      return declare(schema, namespace, compiler, () => skipLong)
    case 'fixed':
      if (typeof size !== 'number' || !Number.isSafeInteger(size) || size < 0) throw invalid('a fixed without a size')
      return declare(schema, namespace, compiler, () => advance(size))
    case 'record':
    case 'error':
      return declare(schema, namespace, compiler, (inner) => record(schema, inner, depth, compiler))
    default:
      return compile(type, namespace, depth + 1, compiler)
  }
}

function record(schema: object, namespace: string, depth: number, compiler: Compiler): Skip {
  const { fields } = schema as { fields?: unknown }
  if (!Array.isArray(fields)) throw invalid('a record without fields')
  compiler.fields += fields.length
  if (compiler.fields > fieldLimit) throw new FountainError('SCHEMA_TOO_LARGE', 'It has too many fields.')
  const skips = fields.map((field: { type?: unknown } | null) => compile(field?.type, namespace, depth + 1, compiler))
  return (state, start) => {
    if (++state.depth > datumDepthLimit) throw new FountainError('DECODE_INVALID', 'It nests too deep.')
    let at = start
    for (const skip of skips) at = skip(state, at)
    state.depth--
    return at
  }
}

/** A named type may name itself: it is known before its body is compiled. */
function declare(schema: object, outer: string, compiler: Compiler, body: (namespace: string) => Skip): Skip {
  const { name, namespace } = schema as { name?: unknown; namespace?: unknown }
  if (typeof name !== 'string') throw invalid('a type without a name')
  const space = typeof namespace === 'string' ? namespace : outer
  const full = name.includes('.') || space === '' ? name : `${space}.${name}`
  const entry: { skip: Skip } = { skip: () => Number.NaN }
  compiler.named.set(full, entry)
  entry.skip = body(full.includes('.') ? full.slice(0, full.lastIndexOf('.')) : '')
  return entry.skip
}

function reference(name: string, namespace: string, compiler: Compiler): Skip {
  if (Object.hasOwn(primitives, name)) return primitives[name]!
  const entry =
    (name.includes('.') ? undefined : compiler.named.get(`${namespace}.${name}`)) ?? compiler.named.get(name)
  if (entry === undefined) throw invalid(`the type '${name.slice(0, 80)}', which it does not define`)
  return (state, at) => entry.skip(state, at)
}

function union(branches: readonly Skip[]): Skip {
  return (state, at) => {
    const index = long(state, at)
    const branch = branches[index.value]
    if (branch === undefined) throw new FountainError('DECODE_INVALID', `No branch ${index.value} at byte ${at}.`)
    return branch(state, index.end)
  }
}

function blocks(item: Skip): Skip {
  return (state, start) => {
    let at = start
    for (;;) {
      const count = long(state, at)
      at = count.end
      if (count.value === 0) return at
      if (count.value < 0) at = long(state, at).end
      const items = Math.abs(count.value)
      state.budget -= items
      if (!(state.budget >= 0)) throw new FountainError('DECODE_INVALID', `${items} items at byte ${at}.`)
      for (let index = 0; index < items; index++) at = item(state, at)
    }
  }
}

function long(state: State, at: number): { value: number; end: number } {
  let found: ReturnType<typeof readLong>
  try {
    found = readLong(state.bytes, at)
  } catch (cause) {
    throw new FountainError('DECODE_INVALID', `No number at byte ${at}.`, { cause })
  }
  if (found === undefined) throw truncated(at)
  return found
}

function within(state: State, end: number): number {
  if (!(end <= state.bytes.length)) throw truncated(state.bytes.length)
  return end
}

const truncated = (at: number) => new FountainError('DECODE_TRUNCATED', `It ends at byte ${at}.`)
const invalid = (what: string) => new FountainError('SCHEMA_INVALID', `It has ${what}.`)
