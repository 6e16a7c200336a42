/** Writes events as Avro data: compiled from the model's definition into functions when the module starts. */
import { enumerations, type ScalarType } from '../model/definition.ts'
import type { Param, ParamDefinition, Value, VOEvent } from '../model/voevent.ts'
import { VOEventError } from '../voevent-error.ts'
import { paramSetIdBytes } from './avro-schema.ts'
import { AvroSink, avroSizeLimit } from './avro-sink.ts'
import { writeAvroValue } from './avro-value.ts'
import { type ParamSet, paramSetIdPrefix, paramSetOf } from './param-set.ts'
import { definitionClass, type WireField, wireFields } from './wire-field.ts'

type Part = Readonly<Record<string, unknown>>
/** Writes one value; `owner` is the object that has it. */
type Write = (value: unknown, owner: Part) => void

/** One for all events: writing never waits, so there is no other writer meanwhile. */
let sink = new AvroSink()
/** Sets of the event that is being written, in the order of their use. */
const used = new Map<string, ParamSet>()
/** A sink that has grown larger than this is not kept. */
const keptBytes = 1 << 20

/**
 * The datum of an event behind `head`. `inline` puts the ParamSets that it uses before it; else the reader must have
 * them. Throws VOEventError for what the model does not allow.
 */
export function writeAvro3Bytes(event: VOEvent, inline: boolean, head: Uint8Array): Uint8Array {
  sink.at = 0
  try {
    writeEvent(event, {})
    const bodyEnd = sink.at
    // The sets come first on the wire, and which they are is known now.
    const sets = inline ? [...used.values()].map(inlineBytes) : []
    if (sets.length > 0) sink.long(sets.length)
    const count = sink.bytes.subarray(bodyEnd, sink.at)
    let size = head.length + count.length + 1 + bodyEnd
    for (const set of sets) size += set.length
    if (size > avroSizeLimit) throw new VOEventError('AVRO_TOO_LARGE', `It has ${size} bytes.`)
    const datum = new Uint8Array(size)
    let at = 0
    for (const part of [head, count, ...sets]) {
      datum.set(part, at)
      at += part.length
    }
    // The end of the list of sets is a byte of 0, which is there.
    datum.set(sink.bytes.subarray(0, bodyEnd), at + 1)
    return datum
  } finally {
    if (sink.bytes.length > keptBytes) sink = new AvroSink()
    used.clear()
  }
}

const wrong = (place: string, value: unknown, wanted: string) =>
  new VOEventError('AVRO_VALUE', `${place} is ${String(value).slice(0, 40)}, not ${wanted}.`)

function classWriter(name: string): Write {
  const fields = wireFields(name).map((field) => ({ name: field.name, write: fieldWriter(field) }))
  return (part) => {
    if (part === null || typeof part !== 'object') throw wrong(name, part, 'an object')
    for (const field of fields) field.write((part as Part)[field.name], part as Part)
  }
}

function fieldWriter(field: WireField): Write {
  const { place } = field
  switch (field.form) {
    case 'paramList':
      return (params) => writeParamList((params ?? []) as readonly Param[])
    case 'paramSetId':
      return (definitions) => writeSetId((definitions ?? []) as readonly ParamDefinition[])
    case 'rows':
      return rowsWriter(field.columns)
    default: {
      const { form, base, often } = field
      const write =
        form === 'class' ? classWriter(base) : form === 'scalar' ? scalarWriter(base, place) : wordWriter(base, place)
      return often === 'once' ? write : often === 'optional' ? optionalWriter(write) : listWriter(write)
    }
  }
}

const optionalWriter = (write: Write): Write => {
  return (value, owner) => {
    sink.byte(value === undefined ? 0 : 2)
    if (value !== undefined) write(value, owner)
  }
}

const listWriter = (write: Write): Write => {
  return (value, owner) => {
    const items = (value ?? []) as readonly unknown[]
    if (items.length > 0) {
      sink.long(items.length)
      for (const item of items) write(item, owner)
    }
    sink.byte(0)
  }
}

function wordWriter(name: string, place: string): Write {
  const indexes = new Map(enumerations[name]!.values.map((word, index) => [word, index]))
  return (word) => {
    const index = indexes.get(word as string)
    if (index === undefined) throw wrong(place, word, [...indexes.keys()].join(' or '))
    sink.long(index)
  }
}

function scalarWriter(type: ScalarType, place: string): Write {
  switch (type) {
    case 'float':
      return (value) => {
        if (typeof value !== 'number') throw wrong(place, value, 'a number')
        sink.double(value)
      }
    case 'int':
      return (value) => {
        if (!Number.isSafeInteger(value)) throw wrong(place, value, 'a safe integer')
        sink.long(value as number)
      }
    case 'boolean':
      return (value) => {
        if (typeof value !== 'boolean') throw wrong(place, value, 'true or false')
        sink.byte(value ? 1 : 0)
      }
    case 'bytes':
      return (value) => {
        if (!(value instanceof Uint8Array)) throw wrong(place, value, 'bytes')
        sink.long(value.length)
        sink.raw(value)
      }
    case 'value':
      throw new TypeError(`${place}: a value stands in a Param or a Table`)
    default:
      return (value) => {
        if (typeof value !== 'string') throw wrong(place, value, 'text')
        sink.text(value)
      }
  }
}

function writeParamList(params: readonly Param[]): void {
  const count = params.length
  if (count === 0) {
    sink.byte(0)
    return
  }
  const definitions = new Array<ParamDefinition>(count)
  for (let i = 0; i < count; i++) definitions[i] = params[i]!.definition
  sink.byte(2)
  writeId(paramSetOf(definitions))
  sink.long(count)
  let linked = 0
  for (let i = 0; i < count; i++) {
    const { value, references, definition } = params[i]!
    writeAvroValue(sink, value, definition.dataType)
    if (references !== undefined && references.length > 0) linked++
  }
  sink.byte(0)
  if (linked > 0) writeParamReferences(params, linked)
  sink.byte(0)
}

function writeParamReferences(params: readonly Param[], linked: number): void {
  sink.long(linked)
  for (const [index, { references }] of params.entries()) {
    if (references === undefined || references.length === 0) continue
    sink.long(index)
    writeReferences(references, {})
  }
}

function writeSetId(definitions: readonly ParamDefinition[]): void {
  sink.byte(definitions.length === 0 ? 0 : 2)
  if (definitions.length > 0) writeId(paramSetOf(definitions))
}

function rowsWriter(columns: string): Write {
  return (value, owner) => {
    const types = ((owner[columns] ?? []) as readonly ParamDefinition[]).map(({ dataType }) => dataType)
    const rows = (value ?? []) as readonly (readonly Value[])[]
    if (rows.length > 0) sink.long(rows.length)
    for (const row of rows) {
      if (row.length > 0) sink.long(row.length)
      for (let i = 0; i < row.length; i++) writeAvroValue(sink, row[i]!, types[i] ?? 'string')
      sink.byte(0)
    }
    sink.byte(0)
  }
}

interface SetBytes {
  readonly id: Uint8Array
  /** The set as the event's `paramSets` holds it; made when it is first needed. */
  inline?: Uint8Array
}
const setBytes = new WeakMap<ParamSet, SetBytes>()

function bytesOf(set: ParamSet): SetBytes {
  let bytes = setBytes.get(set)
  if (bytes === undefined) {
    bytes = { id: Buffer.from(set.id.slice(paramSetIdPrefix.length), 'hex') }
    setBytes.set(set, bytes)
  }
  return bytes
}

function writeId(set: ParamSet): void {
  // Two sets of one content may be two objects.
  used.set(set.id, set)
  sink.room(paramSetIdBytes)
  sink.bytes.set(bytesOf(set).id, sink.at)
  sink.at += paramSetIdBytes
}

function inlineBytes(set: ParamSet): Uint8Array {
  const bytes = bytesOf(set)
  if (bytes.inline !== undefined) return bytes.inline
  const start = sink.at
  sink.raw(bytes.id)
  writeDefinitions(set.params, {})
  bytes.inline = sink.copy(start)
  sink.at = start
  return bytes.inline
}

const writeReferences = listWriter(classWriter('Reference'))
const writeDefinitions = listWriter(classWriter(definitionClass))
const writeEvent = classWriter('VOEvent')
