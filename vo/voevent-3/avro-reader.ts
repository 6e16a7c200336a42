/** Reads events from Avro data: compiled from the model's definition into functions when the module starts. */
import { enumerations, type ScalarType } from '../model/definition.ts'
import type { Param, ParamDefinition, Reference, Value, VOEvent } from '../model/voevent.ts'
import { VOEventError } from '../voevent-error.ts'
import { paramSetIdBytes } from './avro-schema.ts'
import type { AvroSource } from './avro-source.ts'
import { readAvroValue } from './avro-value.ts'
import {
  checkParamSet,
  frozenSet,
  type ParamSet,
  type ParamSets,
  paramSetIdPrefix,
  requireParamSet,
} from './param-set.ts'
import { definitionClass, type WireField, wireFields } from './wire-field.ts'

type Part = Record<string, unknown>
/** Reads one value; undefined where it is absent. `owner` is the object that gets it, with the fields before it. */
type Read = (source: AvroSource, sets: EventSets, owner: Part) => unknown

/** The sets that an event's values may belong to. */
interface EventSets {
  /** Those that the event carries. */
  own: Map<string, ParamSet> | undefined
  readonly given: ParamSets | undefined
}

/** The next event. Its ParamSets are those that it carries, else `given`. Throws VOEventError. */
export function readAvro3Event(source: AvroSource, given: ParamSets | undefined): VOEvent {
  source.startEvent()
  const sets: EventSets = { own: undefined, given }
  for (let count = source.blockCount(); count > 0; count = source.blockCount()) {
    sets.own ??= new Map()
    for (let left = count; left > 0; left--) {
      const set = readInlineSet(source, sets)
      sets.own.set(set.id, set)
    }
  }
  return readEvent(source, sets, {}) as VOEvent
}

function classReader(name: string): Read {
  const fields = wireFields(name).map((field) => ({ name: field.name, read: fieldReader(field) }))
  return (source, sets) => {
    const part: Part = {}
    for (const { name: field, read } of fields) {
      const value = read(source, sets, part)
      if (value !== undefined) part[field] = value
    }
    return part
  }
}

function fieldReader(field: WireField): Read {
  switch (field.form) {
    case 'paramList':
      return orAbsent(readParamList, field.always)
    case 'paramSetId':
      return orAbsent((source, sets) => setOf(source, sets).params, field.always)
    case 'rows':
      return rowsReader(field.columns, field.always)
    default: {
      const { form, base, often } = field
      const read = form === 'class' ? classReader(base) : form === 'scalar' ? scalarReaders[base] : wordReader(base)
      if (often === 'once') return read
      return often === 'optional' ? orAbsent(read, false) : listReader(read, often === 'list')
    }
  }
}

/** A union of null and something. Where a list is always there, null is an empty one. */
function orAbsent(read: Read, always: boolean): Read {
  return (source, sets, owner) => {
    const branch = source.bytes[source.at]
    if (branch === 0 && source.at < source.end) {
      source.at++
      return always ? [] : undefined
    }
    if (source.index(2) === 0) return always ? [] : undefined
    return read(source, sets, owner)
  }
}

function listReader(read: Read, always: boolean): Read {
  return (source, sets, owner) => {
    let count = source.blockCount()
    if (count === 0) return always ? [] : undefined
    const items: unknown[] = []
    for (; count > 0; count = source.blockCount()) {
      for (let left = count; left > 0; left--) items.push(read(source, sets, owner))
    }
    return items
  }
}

/** Rows of values of the types of their columns; what is beyond the columns is text. */
function rowsReader(columns: string, always: boolean): Read {
  return listReader((source, _, owner) => {
    const definitions = owner[columns] as readonly ParamDefinition[]
    const row: Value[] = []
    for (let count = source.blockCount(); count > 0; count = source.blockCount()) {
      for (let left = count; left > 0; left--) {
        row.push(readAvroValue(source, definitions[row.length]?.dataType ?? 'string'))
      }
    }
    return row
  }, always)
}

function wordReader(name: string): Read {
  const { values } = enumerations[name]!
  return (source) => values[source.index(values.length)]
}

const readText: Read = (source) => source.text()
const scalarReaders: Readonly<Record<ScalarType, Read>> = {
  text: readText,
  uri: readText,
  ivoid: readText,
  isoTime: readText,
  float: (source) => source.double(),
  int: (source) => source.int(),
  boolean: (source) => source.boolean(),
  bytes: (source) => source.copyBytes(),
  value: () => {
    throw new TypeError('a value stands in a Param or a Table')
  },
}

function readParamList(source: AvroSource, sets: EventSets): readonly Param[] {
  const { id, params: definitions } = setOf(source, sets)
  const wrong = (why: string) => new VOEventError('VOE3_PARAM_LIST', `${why} (${id} has ${definitions.length}).`)
  const params: { definition: ParamDefinition; value: Value; references?: readonly Reference[] }[] = []
  for (let count = source.blockCount(); count > 0; count = source.blockCount()) {
    if (params.length + count > definitions.length) throw wrong('There are too many values')
    for (let left = count; left > 0; left--) {
      const definition = definitions[params.length]!
      params.push({ definition, value: readAvroValue(source, definition.dataType) })
    }
  }
  if (params.length < definitions.length) throw wrong(`There are ${params.length} values`)
  for (let count = source.blockCount(); count > 0; count = source.blockCount()) {
    for (let left = count; left > 0; left--) {
      const index = source.int()
      const references = readReferences(source, sets, {}) as readonly Reference[] | undefined
      const param = params[index]
      if (param === undefined) throw wrong(`References are those of value ${index}`)
      if (param.references !== undefined) throw wrong(`Value ${index} has references twice`)
      if (references !== undefined) param.references = references
    }
  }
  return params
}

function setOf(source: AvroSource, sets: EventSets): ParamSet {
  const id = idAt(source)
  return sets.own?.get(id) ?? requireParamSet(sets.given, id)
}

function idAt(source: AvroSource): string {
  const start = source.take(paramSetIdBytes)
  return paramSetIdPrefix + source.bytes.toString('hex', start, start + paramSetIdBytes)
}

/** Sets that were read before, with their bytes: the same bytes need not be read nor hashed again. */
const known = new Map<string, { readonly set: ParamSet; readonly bytes: Uint8Array }>()
const mostKnown = 32
const largestKnownBytes = 1 << 15

function readInlineSet(source: AvroSource, sets: EventSets): ParamSet {
  const id = idAt(source)
  const start = source.at
  const before = known.get(id)
  if (before !== undefined) {
    const end = start + before.bytes.length
    if (end <= source.end && source.bytes.subarray(start, end).equals(before.bytes)) {
      source.at = end
      return before.set
    }
  }
  const set = { id, params: readDefinitions(source, sets, {}) as ParamDefinition[] }
  checkParamSet(set)
  const size = source.at - start
  if (size <= largestKnownBytes) {
    if (known.size >= mostKnown) known.delete(known.keys().next().value!)
    known.set(id, { set: frozenSet(set), bytes: source.bytes.subarray(start, source.at).slice() })
  }
  return set
}

const readReferences = listReader(classReader('Reference'), false)
const readDefinitions = listReader(classReader(definitionClass), true)
const readEvent = classReader('VOEvent')
