/** avsc with the published schema, as a second opinion: int64 as bigint, every union's value under its branch's name. */
import { readFileSync } from 'node:fs'
import avro, { type Schema } from 'avsc'
import { longType } from '../../decode/avsc-oracle.ts'

const file = new URL('../../../schemas/voevent-3/voevent-3.avsc', import.meta.url)
export const publishedSchema = JSON.parse(readFileSync(file, 'utf8')) as Schema

export const oracle = avro.Type.forSchema(publishedSchema, { registry: { long: longType }, wrapUnions: true } as never)

type Parts = Readonly<Record<string, unknown>>

/** What avsc read as an event of the model, its ParamSets resolved. A rule of its own beside that of the reader. */
export function eventOfOracle(read: Parts): Parts {
  const sets = new Map((read.paramSets as Parts[]).map(({ id, params }) => [hex(id), (params as Parts[]).map(plain)]))
  const { paramSets: _, ...event } = read
  return resolved(event, sets) as Parts
}

const hex = (bytes: unknown) => Buffer.from(bytes as Uint8Array).toString('hex')

/** Unions without their branches' names, nulls and empty lists left out, longs as numbers where they are safe. */
function plain(value: Parts): Parts {
  return resolved(value, new Map()) as Parts
}

function resolved(value: unknown, sets: ReadonlyMap<string, readonly Parts[]>): unknown {
  if (typeof value === 'bigint') return Number.isSafeInteger(Number(value)) ? Number(value) : value
  if (value === null || typeof value !== 'object') return value
  if (value instanceof Uint8Array) return new Uint8Array(value)
  if (Array.isArray(value)) return value.map((each) => resolved(each, sets))
  const parts: Record<string, unknown> = {}
  for (const [name, wrapped] of Object.entries(value)) {
    if (wrapped === null) continue
    const branch = branchOf(wrapped)
    const inner = branch === undefined ? wrapped : (wrapped as Parts)[branch]
    if (branch?.endsWith('.ParamList')) parts[name] = paramsOf(inner as Parts, sets)
    else if (branch?.endsWith('.ParamSetId')) parts[name] = sets.get(hex(inner))
    else if (name === 'rows') parts[name] = (inner as unknown[][]).map((row) => row.map(unwrapped))
    else parts[name] = resolved(inner, sets)
  }
  return parts
}

/** avsc gives a union's value as an object of one property, named for the branch. */
function branchOf(value: unknown): string | undefined {
  const wrapped = typeof value === 'object' && value?.constructor.name === 'Branch$'
  return wrapped ? Object.keys(value)[0] : undefined
}

const unwrapped = (value: unknown) => (value === null ? null : resolved(Object.values(value as Parts)[0], new Map()))

function paramsOf(list: Parts, sets: ReadonlyMap<string, readonly Parts[]>): Parts[] {
  const definitions = sets.get(hex(list.paramSet))!
  const params: Record<string, unknown>[] = (list.values as unknown[]).map((value, i) => ({
    definition: definitions[i],
    value: unwrapped(value),
  }))
  for (const { index, references } of list.references as Parts[]) {
    params[Number(index)]!.references = (references as Parts[]).map(plain)
  }
  return params
}
