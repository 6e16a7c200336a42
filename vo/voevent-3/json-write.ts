/** Events as JSON of the draft: one function a class, made from the model's definition when it is first needed. */
import type { ScalarType } from '../model/definition.ts'
import type { DataType, Param, ParamDefinition, Value, VOEvent } from '../model/voevent.ts'
import { checkAbsent, checkedItem, checkedList } from './field-check.ts'
import { voevent3JsonSchema } from './names.ts'
import { type ParamSet, paramSetOf } from './param-set.ts'
import { fittingValue } from './value-text.ts'
import { definitionClass, type WireField, wireFields } from './wire-field.ts'

export interface WriteJson3Options {
  /** `inline` (the default) writes every ParamSet that the event uses into it; `by-id` leaves them out. */
  readonly paramSets?: 'inline' | 'by-id'
}

/**
 * The JSON of an event, without white space; half a surrogate pair is written as an escape, so that it fits UTF-8.
 * Throws VOEventError VOE3_FIELD for what is no event of the model.
 */
export function writeJson3(event: VOEvent, { paramSets = 'inline' }: WriteJson3Options = {}): string {
  const used = new Map<string, ParamSet>()
  const body = writerOf('VOEvent')(event, used)
  const sets =
    paramSets === 'inline' && used.size > 0 ? `"paramSets":[${Array.from(used.values(), setText).join(',')}],` : ''
  return `{"$schema":${JSON.stringify(voevent3JsonSchema)},${sets}${body.slice(1)}`
}

type WriteObject = (object: object, used: Map<string, ParamSet>) => string
/** `object` is what the value is a field of. */
type Write = (value: unknown, used: Map<string, ParamSet>, object: object) => string

const writers = new Map<string, WriteObject>()

function writerOf(className: string): WriteObject {
  let writer = writers.get(className)
  if (writer === undefined) {
    writer = objectWriter(wireFields(className))
    writers.set(className, writer)
  }
  return writer
}

function objectWriter(fields: readonly WireField[]): WriteObject {
  const parts = fields.map((field) => ({
    field,
    name: field.name,
    head: `,"${field.name}":`,
    write: fieldWriter(field),
  }))
  return (object, used) => {
    let text = ''
    for (const { field, name, head, write } of parts) {
      const value = (object as Readonly<Record<string, unknown>>)[name]
      if (value === undefined || (Array.isArray(value) && value.length === 0)) {
        checkAbsent(field)
        continue
      }
      text += head + write(value, used, object)
    }
    return `{${text.slice(1)}}`
  }
}

function fieldWriter(field: WireField): Write {
  switch (field.form) {
    case 'paramList':
      return (params, used) => paramList(params as readonly Param[], used)
    case 'paramSetId':
      return (definitions, used) => JSON.stringify(use(definitions as readonly ParamDefinition[], used).id)
    case 'rows': {
      const { columns } = field
      return (rows, _, object) => {
        const definitions = (object as Readonly<Record<string, readonly ParamDefinition[] | undefined>>)[columns] ?? []
        return list(rows as readonly (readonly Value[])[], (row) =>
          list(row, (value, i) => valueText(value, definitions[i]?.dataType ?? 'string')),
        )
      }
    }
    default: {
      const one = itemWriter(field)
      if (field.often !== 'list' && field.often !== 'optionalList') return one
      return (items, used, object) => list(checkedList(field, items), (item) => one(item, used, object))
    }
  }
}

function itemWriter(field: Extract<WireField, { base: string }>): Write {
  const { form, base } = field
  if (form === 'enumeration') return checkedItem(field, (word) => `"${word as string}"`)
  if (form === 'scalar') return checkedItem(field, scalarWriter(base))
  // The writer of a class is looked up when it is needed: classes may lie in each other.
  return checkedItem(field, (object, used) => writerOf(base)(object as object, used))
}

function scalarWriter(type: ScalarType): Write {
  switch (type) {
    case 'float':
      return (value) => floatJson(value as number)
    case 'int':
    case 'boolean':
      return String
    case 'bytes':
      return (bytes) => `"${base64(bytes as Uint8Array)}"`
    case 'value':
      throw new TypeError('a value stands where nothing defines it')
    default:
      return (text) => JSON.stringify(text)
  }
}

function use(definitions: readonly ParamDefinition[], used: Map<string, ParamSet>): ParamSet {
  const set = paramSetOf(definitions)
  // Two sets of one content may be two objects.
  used.set(set.id, set)
  return set
}

function paramList(params: readonly Param[], used: Map<string, ParamSet>): string {
  const { id } = use(
    params.map(({ definition }) => definition),
    used,
  )
  const values = list(params, ({ definition, value }) => valueText(value, definition.dataType))
  const references = params.flatMap(({ references = [] }, index) =>
    references.length === 0
      ? []
      : [`{"index":${index},"references":${list(references, (each) => writerOf('Reference')(each, used))}}`],
  )
  return `{"paramSet":"${id}","values":${values}${references.length === 0 ? '' : `,"references":[${references}]`}}`
}

/** Numbers where JSON and most readers of it can hold them, else text. */
function valueText(value: Value, dataType: DataType): string {
  const fitting = fittingValue(value, dataType)
  if (typeof fitting === 'number') return floatJson(fitting)
  if (typeof fitting === 'bigint') return `"${fitting}"`
  return typeof fitting === 'string' ? JSON.stringify(fitting) : String(fitting)
}

function floatJson(value: number): string {
  if (!Number.isFinite(value)) return `"${value}"`
  return Object.is(value, -0) ? '-0' : String(value)
}

const setTexts = new WeakMap<ParamSet, string>()

function setText(set: ParamSet): string {
  let text = setTexts.get(set)
  if (text === undefined) {
    const write = writerOf(definitionClass)
    text = `{"id":"${set.id}","params":${list(set.params, (each) => write(each, new Map()))}}`
    setTexts.set(set, text)
  }
  return text
}

function list<T>(items: readonly T[], write: (item: T, index: number) => string): string {
  let text = ''
  for (let i = 0; i < items.length; i++) text += (i === 0 ? '' : ',') + write(items[i]!, i)
  return `[${text}]`
}

const base64 = (bytes: Uint8Array): string =>
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('base64')
