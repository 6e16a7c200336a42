/** The records of a schema with nothing set, as raw packets have it: NaN for a number, 0 for an identifier. */
import type { AvroValue } from '../../flow.ts'

export type Blank = Readonly<Record<string, AvroValue>>

type Json = Readonly<Record<string, unknown>>

/** By the record's own name: `diaSource`, `ssSource`, … Records and arrays within a record are null. */
export function blankRecords(schema: unknown): ReadonlyMap<string, Blank> {
  const found = new Map<string, Blank>()
  const visit = (type: unknown): void => {
    if (Array.isArray(type)) for (const branch of type) visit(branch)
    if (type === null || typeof type !== 'object' || Array.isArray(type)) return
    const json = type as Json
    if (json.type === 'array') visit(json.items)
    if (json.type !== 'record') return
    const fields = json.fields as readonly { readonly name: string; readonly type: unknown }[]
    for (const field of fields) visit(field.type)
    const name = String(json.name)
    found.set(
      name.slice(name.lastIndexOf('.') + 1),
      Object.fromEntries(fields.map((field) => [field.name, unset(field.type)])),
    )
  }
  visit(schema)
  return found
}

function unset(type: unknown): AvroValue {
  const [first, second] = Array.isArray(type) ? (type as readonly unknown[]) : [type]
  const plain = first === 'null' ? second : first
  switch (plain) {
    case 'float':
    case 'double':
      return Number.NaN
    case 'int':
      return 0
    case 'long':
      return 0n
    case 'boolean':
      return false
    case 'string':
      return first === 'null' ? null : ''
    default:
      // Of a logical type (a timestamp) the placeholder is 1970, and what is not a value is absent.
      return (plain as Json | undefined)?.logicalType === undefined ? null : 0n
  }
}
