/**
 * What tells whether two Avro schemas say the same: the Parsing Canonical Form and its fingerprint (Apache Avro 1.12,
 * "Parsing Canonical Form for Schemas" and "Schema Fingerprints").
 */
import { VOEventError } from '../voevent-error.ts'

const deepest = 64
const primitives = new Set(['null', 'boolean', 'int', 'long', 'float', 'double', 'bytes', 'string'])
type Json = Readonly<Record<string, unknown>>

/** The canonical form of any schema. Throws VOEventError for what is none. */
export function parsingCanonicalForm(schema: unknown): string {
  return canonical(schema, '', 0)
}

function canonical(schema: unknown, namespace: string, depth: number): string {
  if (depth > deepest) throw noSchema('it is too deep')
  if (typeof schema === 'string') return JSON.stringify(primitives.has(schema) ? schema : fullName(schema, namespace))
  if (Array.isArray(schema)) return `[${schema.map((each) => canonical(each, namespace, depth + 1)).join(',')}]`
  if (schema === null || typeof schema !== 'object') throw noSchema(`'${String(schema)}' is no type`)
  const { type } = schema as Json
  switch (type) {
    case 'record':
    case 'error':
    case 'enum':
    case 'fixed':
      return named(schema as Json, type, namespace, depth)
    case 'array':
      return `{"type":"array","items":${canonical((schema as Json).items, namespace, depth + 1)}}`
    case 'map':
      return `{"type":"map","values":${canonical((schema as Json).values, namespace, depth + 1)}}`
    default:
      return canonical(type, namespace, depth + 1)
  }
}

function named(schema: Json, type: string, outer: string, depth: number): string {
  const name = fullName(textOf(schema.name), schema.namespace === undefined ? outer : textOf(schema.namespace))
  const head = `{"name":${JSON.stringify(name)},"type":"${type}"`
  if (type === 'fixed') return `${head},"size":${Number(schema.size)}}`
  if (type === 'enum') return `${head},"symbols":[${listOf(schema.symbols).map(quoted).join(',')}]}`
  const namespace = name.slice(0, Math.max(0, name.lastIndexOf('.')))
  const fields = listOf(schema.fields).map((each) => {
    if (each === null || typeof each !== 'object') throw noSchema('a field is no object')
    const field = each as Json
    return `{"name":${quoted(field.name)},"type":${canonical(field.type, namespace, depth + 1)}}`
  })
  return `${head},"fields":[${fields.join(',')}]}`
}

/** A name with a dot is full already, whatever the namespace (Avro specification, "Names"). */
function fullName(name: string, namespace: string): string {
  return name.includes('.') || namespace === '' ? name : `${namespace}.${name}`
}

const quoted = (text: unknown) => JSON.stringify(textOf(text))

function textOf(value: unknown): string {
  if (typeof value !== 'string') throw noSchema('a name is missing or no text')
  return value
}

function listOf(value: unknown): readonly unknown[] {
  if (!Array.isArray(value)) throw noSchema('a list is missing')
  return value
}

const noSchema = (why: string) => new VOEventError('AVRO_SCHEMA', `It is no Avro schema: ${why}.`)

const emptyFingerprint = 0xc15d213aa4d7a795n

/** CRC-64-AVRO of text in UTF-8: 8 bytes, the lowest first, as single-object encoding has them. */
export function crc64Avro(text: string): Uint8Array {
  const table = Array.from({ length: 256 }, (_, byte) => {
    let entry = BigInt(byte)
    for (let bit = 0; bit < 8; bit++) entry = (entry >> 1n) ^ (entry & 1n ? emptyFingerprint : 0n)
    return entry
  })
  let crc = emptyFingerprint
  for (const byte of new TextEncoder().encode(text)) crc = (crc >> 8n) ^ table[Number(crc & 0xffn) ^ byte]!
  const bytes = new Uint8Array(8)
  new DataView(bytes.buffer).setBigUint64(0, crc, true)
  return bytes
}
