/** Rubin's alert schemas by registry id, each as one JSON text in Parsing Canonical Form, as the registry has them. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/** `directory` holds v7_0 … v11_1, each with one file a record. Ids are 700, 701, … 1101. */
export function lsstSchemas(directory: string): Map<number, string> {
  const schemas = new Map<number, string>()
  for (const version of readdirSync(directory)) {
    const [, major, minor] = /^v(\d+)_(\d+)$/.exec(version) ?? []
    if (major === undefined) continue
    schemas.set(Number(major) * 100 + Number(minor), oneSchema(join(directory, version)))
  }
  return schemas
}

/** The alert schema of a directory of records, each record written out where it is named first. */
export function oneSchema(directory: string): string {
  const records = new Map<string, Schema>()
  for (const file of readdirSync(directory).filter((name) => name.endsWith('.avsc'))) {
    const record = JSON.parse(readFileSync(join(directory, file), 'utf8')) as Schema
    records.set(fullName(record.name!, record.namespace), record)
  }
  const alert = [...records.keys()].find((name) => name.endsWith('.alert'))!
  return JSON.stringify(canonical(alert, '', records, new Set()))
}

interface Schema {
  type: unknown
  name?: string
  namespace?: string
  fields?: { name: string; type: unknown }[]
  items?: unknown
  values?: unknown
  symbols?: string[]
  size?: number
}

const fullName = (name: string, namespace: string | undefined) =>
  name.includes('.') || !namespace ? name : `${namespace}.${name}`
const primitive = new Set(['null', 'boolean', 'int', 'long', 'float', 'double', 'bytes', 'string'])

/** Apache Avro 1.12, "Parsing Canonical Form". */
function canonical(type: unknown, namespace: string, records: Map<string, Schema>, written: Set<string>): unknown {
  const inner = (part: unknown, space = namespace) => canonical(part, space, records, written)
  if (Array.isArray(type)) return type.map((branch) => inner(branch))
  if (typeof type === 'string') {
    if (primitive.has(type)) return type
    const name = fullName(type, namespace)
    if (written.has(name)) return name
    const record = records.get(name)
    if (record === undefined) throw new Error(`no schema of ${name}`)
    return inner(record)
  }
  const schema = type as Schema
  if (schema.type === 'array') return { type: 'array', items: inner(schema.items) }
  if (schema.type === 'map') return { type: 'map', values: inner(schema.values) }
  if (schema.type !== 'record') return inner(schema.type)
  const name = fullName(schema.name!, schema.namespace ?? namespace)
  written.add(name)
  const space = name.slice(0, name.lastIndexOf('.'))
  const fields = schema.fields!.map((field) => ({ name: field.name, type: inner(field.type, space) }))
  return { name, type: 'record', fields }
}
