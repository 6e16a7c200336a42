/**
 * The room's door: a writer schema and the set of wanted fields become a decoder of alerts. Another implementation
 * (generated code) can stand behind the same two functions.
 *
 * Values are as `AvroValue` says: int64 as bigint (identifiers are beyond 2^53), unions plain, bytes as copies, NaN
 * kept as NaN. A logical type is read as the type below it (`timestamp-micros` is a bigint of microseconds).
 */
import { createHash } from 'node:crypto'
import { FountainError } from '../errors.ts'
import type { AvroRecord } from '../flow.ts'
import { avroType, schemaLimits } from './avro-type.ts'
import { ReaderCompiler, wantedTree } from './compile-reader.ts'
import { Cursor } from './cursor.ts'

export interface WriterSchema {
  /** Full name of the top record: `lsst.v11_0.alert`. */
  readonly name: string
  /** SHA-256 of the schema's text, hex. */
  readonly hash: string
  /** The parsed text. */
  readonly json: unknown
  /** The registry's id where it came from one. */
  readonly id?: number
}

/**
 * Dotted names as in the writer schema; arrays, maps and unions are transparent: `diaSource.psfFlux`,
 * `prvDiaSources.psfFlux`. A path to a record wants all of it. A path that the schema lacks is ignored.
 */
export type FieldPaths = ReadonlySet<string> | 'all'

export interface Decoder {
  /**
   * Decodes one datum (no framing). What was not wanted is absent; a record of which nothing is wanted, too.
   * Throws DECODE_TRUNCATED, or DECODE_INVALID (also when bytes are left over).
   */
  decode(datum: Uint8Array): AvroRecord
}

/** Reads a schema's text: at most 1 MB, depth 32, 5,000 fields. Throws SCHEMA_TOO_LARGE or SCHEMA_INVALID. */
export function parseWriterSchema(text: string, id?: number): WriterSchema {
  if (Buffer.byteLength(text) > schemaLimits.bytes) {
    throw new FountainError('SCHEMA_TOO_LARGE', `It has ${Buffer.byteLength(text)} bytes.`)
  }
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch (cause) {
    throw new FountainError('SCHEMA_INVALID', 'It is not JSON.', { cause })
  }
  const type = avroType(json)
  if (type.kind !== 'record') throw new FountainError('SCHEMA_INVALID', `Its top is not a record but ${type.kind}.`)
  const hash = createHash('sha256').update(text).digest('hex')
  return { name: type.name, hash, json, ...(id === undefined ? {} : { id }) }
}

/** Compiles a decoder of the wanted fields. Throws SCHEMA_INVALID or SCHEMA_TOO_LARGE. */
export function compileDecoder(schema: Pick<WriterSchema, 'name' | 'json'>, wanted: FieldPaths): Decoder {
  const readTop = new ReaderCompiler().readTop(avroType(schema.json), wantedTree(wanted))
  const { name } = schema
  return {
    decode(datum) {
      const cursor = new Cursor(datum, name)
      const record = readTop(cursor)
      if (cursor.pos < cursor.end) throw cursor.invalid(`${cursor.end - cursor.pos} bytes are left over`)
      return record
    },
  }
}
