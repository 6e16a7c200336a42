/**
 * VOEvents of the draft in Avro, one at a time: as a bare datum, as a single object (Apache Avro 1.12, "Single-object
 * encoding") and as a message of Confluent's wire format. The schema is `schemas/voevent-3/voevent-3.avsc`.
 */
import type { VOEvent } from '../model/voevent.ts'
import { VOEventError } from '../voevent-error.ts'
import { readAvro3Event } from './avro-reader.ts'
import { avro3Fingerprint } from './avro-schema.ts'
import { AvroSource } from './avro-source.ts'
import { writeAvro3Bytes } from './avro-writer.ts'
import type { ParamSets } from './param-set.ts'

export interface WriteAvro3Options {
  /** `inline`: the event carries the ParamSets that it uses. `by-id`: its readers must have them. */
  readonly paramSets?: 'inline' | 'by-id'
}
export interface ReadAvro3Options {
  /** Sets that the reader has and trusts (`checkParamSet`); those that an event carries need not be among them. */
  readonly paramSets?: ParamSets
}

const nothing = new Uint8Array(0)
const singleObjectHead = Uint8Array.of(0xc3, 0x01, ...avro3Fingerprint)
const confluentHeadBytes = 5

/** The event's datum with nothing before it, ParamSets inline unless told otherwise. Throws VOEventError for an event that the model does not allow. */
export function writeAvro3(event: VOEvent, { paramSets = 'inline' }: WriteAvro3Options = {}): Uint8Array {
  return writeAvro3Bytes(event, paramSets === 'inline', nothing)
}

/** Throws VOEventError for bytes that are no event, or end before it does or after. */
export function readAvro3(bytes: Uint8Array, options: ReadAvro3Options = {}): VOEvent {
  const source = new AvroSource(bytes)
  return readAll(source, options)
}

/** C3 01, the schema's fingerprint (8 bytes), the datum. ParamSets by id unless told otherwise. */
export function writeAvro3SingleObject(event: VOEvent, { paramSets = 'by-id' }: WriteAvro3Options = {}): Uint8Array {
  return writeAvro3Bytes(event, paramSets === 'inline', singleObjectHead)
}

/** Throws VOEventError, also for an event of another schema. */
export function readAvro3SingleObject(bytes: Uint8Array, options: ReadAvro3Options = {}): VOEvent {
  const source = new AvroSource(bytes)
  if (source.end > 0 && source.bytes[0] !== 0xc3) throw new VOEventError('AVRO_FRAMING', 'It is no single object.')
  if (source.end > 1 && source.bytes[1] !== 0x01) throw new VOEventError('AVRO_FRAMING', 'It is no single object.')
  source.take(singleObjectHead.length)
  const fingerprint = source.bytes.subarray(2, singleObjectHead.length)
  if (!fingerprint.equals(avro3Fingerprint)) {
    throw new VOEventError('AVRO_SCHEMA', `The fingerprint is ${fingerprint.toString('hex')}.`)
  }
  return readAll(source, options)
}

/** 00, the schema's id in the registry (4 bytes, big-endian), the datum. ParamSets by id unless told otherwise. */
export function writeAvro3Confluent(
  event: VOEvent,
  schemaId: number,
  { paramSets = 'by-id' }: WriteAvro3Options = {},
): Uint8Array {
  if (!Number.isInteger(schemaId) || schemaId < 0 || schemaId > 0x7fffffff) {
    throw new VOEventError('AVRO_FRAMING', `${schemaId} is no id of a schema.`)
  }
  const head = new Uint8Array(confluentHeadBytes)
  new DataView(head.buffer).setInt32(1, schemaId)
  return writeAvro3Bytes(event, paramSets === 'inline', head)
}

/** The schema's id of a message of Confluent's wire format. Throws VOEventError. */
export function confluentSchemaId(bytes: Uint8Array): number {
  return headOf(new AvroSource(bytes))
}

/**
 * The event of a message of Confluent's wire format. That its schema is the draft's is for who knows the registry to
 * see (`confluentSchemaId`). Throws VOEventError.
 */
export function readAvro3Confluent(bytes: Uint8Array, options: ReadAvro3Options = {}): VOEvent {
  const source = new AvroSource(bytes)
  headOf(source)
  return readAll(source, options)
}

function headOf(source: AvroSource): number {
  if (source.end > 0 && source.bytes[0] !== 0) {
    throw new VOEventError('AVRO_FRAMING', 'It is no message of Confluent’s wire format.')
  }
  return source.bytes.readInt32BE(source.take(confluentHeadBytes) + 1)
}

function readAll(source: AvroSource, { paramSets }: ReadAvro3Options): VOEvent {
  const event = readAvro3Event(source, paramSets)
  if (source.at < source.end) {
    throw new VOEventError('AVRO_TRAILING', `${source.end - source.at} bytes follow byte ${source.at}.`)
  }
  return event
}
