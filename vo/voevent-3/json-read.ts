/**
 * Events from JSON of the draft: one function a class, made from the model's definition when it is first needed. Types
 * are checked while reading.
 */
import { enumerations, type ScalarType } from '../model/definition.ts'
import type { DataType, Param, ParamDefinition, Reference, Value, VOEvent } from '../model/voevent.ts'
import { VOEventError } from '../voevent-error.ts'
import { JsonReading, type ReadJson3Options } from './json-reading.ts'
import { jsonText, parseJsonText, repeatedKey } from './json-text.ts'
import { knownHead, rememberHead } from './known-head.ts'
import { voevent3JsonSchema } from './names.ts'
import type { ParamSet } from './param-set.ts'
import { valueOfText } from './value-text.ts'
import { definitionClass, type WireField, wireFields } from './wire-field.ts'

export type { ReadJson3Options } from './json-reading.ts'

/**
 * The event of a JSON text of the draft. Throws VOEventError: `JSON_*` for the text and its structure, with a JSON
 * Pointer (RFC 6901) to the place, `VOE3_*` for ParamSets and values that do not fit them. What the strict mode
 * accepts, the JSON Schema accepts too.
 */
export function readJson3(input: string | Uint8Array, options: ReadJson3Options = {}): VOEvent {
  const text = jsonText(input)
  const isStrict = options.mode !== 'lenient'
  const head = isStrict ? knownHead(text) : undefined
  if (head !== undefined) {
    try {
      return readText(head.rest, new JsonReading(options, head.sets))
    } catch (error) {
      // What is wrong, and where, is told of the whole text.
      if (!(error instanceof VOEventError)) throw error
    }
  }
  const reading = new JsonReading(options)
  const event = readText(text, reading)
  if (isStrict && reading.sets.size > 0) rememberHead(text, reading.sets)
  return event
}

function readText(text: string, reading: JsonReading): VOEvent {
  const { value, members } = parseJsonText(text)
  const event = readEvent(value, reading) as unknown as VOEvent
  if (members !== reading.members) {
    const found = repeatedKey(text)
    reading.odd('JSON_REPEATED', JSON.stringify(found?.key), found?.line)
  }
  return event
}

type Part = Record<string, unknown>
type ReadObject = (json: unknown, reading: JsonReading) => Part
/** `part` is the object of the model as far as it is read. What is undefined is not kept. */
type Read = (json: unknown, reading: JsonReading, part: Part) => unknown

interface Member {
  readonly name: string
  readonly read: Read
  /** What it is where it is absent: refused, left out, or an empty list. */
  readonly absent: 'refused' | 'left-out' | 'empty'
}

function objectReader(members: readonly Member[]): ReadObject {
  const names = new Set(members.map(({ name }) => name))
  return (json, reading) => {
    const object = reading.object(json)
    const keys = Object.keys(object)
    const { path } = reading
    const depth = path.length
    const part: Part = {}
    let known = 0
    path.push('')
    for (const { name, read, absent } of members) {
      const member = object[name]
      if (member !== undefined) {
        known++
        path[depth] = name
        const value = read(member, reading, part)
        if (value !== undefined) part[name] = value
      } else if (absent === 'refused') {
        path.pop()
        reading.fail('JSON_MISSING', name)
      } else if (absent === 'empty') {
        part[name] = []
      }
    }
    path.pop()
    reading.members += keys.length
    if (known < keys.length) {
      for (const key of keys) if (!names.has(key)) reading.unknown(key, object[key])
    }
    return part
  }
}

const readers = new Map<string, ReadObject>()

/** The reader of a class of the model. */
function readerOf(className: string): ReadObject {
  let reader = readers.get(className)
  if (reader === undefined) {
    reader = objectReader(membersOf(className))
    readers.set(className, reader)
  }
  return reader
}

function membersOf(className: string): Member[] {
  return wireFields(className).map((field) => {
    const always = 'often' in field ? field.often === 'list' : field.always
    const required = 'often' in field && field.often === 'once'
    return { name: field.name, read: fieldReader(field), absent: required ? 'refused' : always ? 'empty' : 'left-out' }
  })
}

function fieldReader(field: WireField): Read {
  switch (field.form) {
    case 'paramList':
      return readParams
    case 'paramSetId':
      return (json, reading) => reading.set(reading.text(json)).params
    case 'rows':
      return (json, reading, part) => {
        const columns = part[field.columns] as readonly ParamDefinition[]
        return reading.list(json, (row) =>
          reading.list(row, (value, _, i) => readValue(value, columns[i]?.dataType ?? 'string', reading)),
        )
      }
    default: {
      const one = itemReader(field)
      const listed = field.often === 'list' || field.often === 'optionalList'
      return listed ? (json, reading) => reading.list(json, one) : one
    }
  }
}

type ReadItem = (json: unknown, reading: JsonReading) => unknown

function itemReader({ form, base }: Extract<WireField, { base: string }>): ReadItem {
  // The reader of a class is looked up when it is needed: classes may lie in each other.
  if (form === 'class') return (json, reading) => readerOf(base)(json, reading)
  if (form === 'scalar') return scalarReader(base)
  const { values } = enumerations[base]!
  return (json, reading) => {
    const word = reading.text(json)
    if (!values.includes(word)) reading.fail('JSON_VALUE', `${JSON.stringify(word)} is none of ${values.join(', ')}`)
    return word
  }
}

function scalarReader(type: ScalarType): ReadItem {
  switch (type) {
    case 'float':
      return (json, reading) => reading.float(json)
    case 'int':
      return (json, reading) => reading.int(json)
    case 'boolean':
      return (json, reading) => reading.boolean(json)
    case 'bytes':
      return (json, reading) => readBase64(reading.text(json), reading)
    case 'value':
      throw new TypeError('a value stands where nothing defines it')
    default:
      return (json, reading) => reading.text(json)
  }
}

const notBase64 = /[^A-Za-z0-9+/]/

function readBase64(text: string, reading: JsonReading): Uint8Array {
  const padding = text.endsWith('==') ? 2 : text.endsWith('=') ? 1 : 0
  const digits = text.slice(0, text.length - padding)
  if (text.length % 4 !== 0 || notBase64.test(digits)) reading.fail('JSON_VALUE', 'It is no base64')
  return Uint8Array.from(Buffer.from(text, 'base64'))
}

// -- what stands only on the wire

const text: Read = (json, reading) => reading.text(json)

const readParamSet = objectReader([
  { name: 'id', read: text, absent: 'refused' },
  { name: 'params', read: (json, reading) => reading.list(json, readerOf(definitionClass)), absent: 'empty' },
])

const readEvent = objectReader([
  {
    name: '$schema',
    read: (json, reading) => {
      if (json !== voevent3JsonSchema) reading.fail('JSON_SCHEMA', '')
    },
    absent: 'refused',
  },
  {
    name: 'paramSets',
    read: (json, reading) => {
      reading.checkFirstSets()
      reading.list(json, (set) => reading.addSet(readParamSet(set, reading) as unknown as ParamSet))
    },
    absent: 'left-out',
  },
  ...membersOf('VOEvent'),
])

interface ParamList {
  readonly paramSet: ParamSet
  readonly values: readonly Value[]
  readonly references?: readonly { readonly index: number; readonly references: readonly Reference[] }[]
}

const readParamList = objectReader([
  { name: 'paramSet', read: (json, reading) => reading.set(reading.text(json)), absent: 'refused' },
  {
    name: 'values',
    read: (json, reading, part) => {
      const { params } = part.paramSet as ParamSet
      return reading.list(json, (value, _, i) => readValue(value, params[i]?.dataType ?? 'string', reading))
    },
    absent: 'empty',
  },
  {
    name: 'references',
    read: (json, reading) =>
      reading.list(
        json,
        objectReader([
          { name: 'index', read: (index, at) => at.int(index), absent: 'refused' },
          { name: 'references', read: (list, at) => at.list(list, readerOf('Reference')), absent: 'empty' },
        ]),
      ),
    absent: 'left-out',
  },
])

function readParams(json: unknown, reading: JsonReading): Param[] {
  const { paramSet, values, references = [] } = readParamList(json, reading) as unknown as ParamList
  const { params } = paramSet
  if (values.length !== params.length) {
    reading.fail('VOE3_PARAM_LIST', `There are ${values.length} values and ${params.length} definitions`)
  }
  const links = new Map(references.map(({ index, references: each }) => [index, each]))
  for (const index of links.keys()) {
    if (!(index >= 0 && index < values.length)) reading.fail('VOE3_PARAM_LIST', `There is no value ${index}`)
  }
  if (links.size < references.length) reading.fail('VOE3_PARAM_LIST', 'A value has references twice')
  return params.map((definition, i) => {
    const own = links.get(i)
    return { definition, value: values[i]!, ...(own === undefined ? {} : { references: own }) }
  })
}

/** A value in the type of its definition, or text. */
function readValue(json: unknown, dataType: DataType, reading: JsonReading): Value {
  switch (typeof json) {
    case 'string': {
      const infinite = dataType === 'float' && (json === 'Infinity' || json === '-Infinity')
      return infinite ? Number(json) : valueOfText(json, dataType)
    }
    case 'number':
      if (dataType === 'float') return json
      if (dataType === 'int' && Number.isInteger(json))
        return Number.isSafeInteger(json) ? json + 0 : valueOfText(String(BigInt(json)), dataType)
      break
    case 'bigint':
      if (dataType === 'float') return Number(json)
      if (dataType === 'int') return valueOfText(String(json), dataType)
      break
    case 'boolean':
      if (dataType === 'boolean') return json
      break
    default:
      if (json === null) return null
      return reading.fail(
        'JSON_TYPE',
        'A value is null, true, false, a number or a string; it is an object or an array',
      )
  }
  return reading.fail('VOE3_VALUE', `${json} is declared ${dataType}`)
}
