/** Events as XML of the draft: one function a class, made from the model's definition when it is first needed. */
import type { ScalarType } from '../model/definition.ts'
import type { DataType, Param, ParamDefinition, Value, VOEvent } from '../model/voevent.ts'
import { carriedText, escapeAttribute, escapeText } from '../xml/escape.ts'
import { checkAbsent, checkedItem, checkedList } from './field-check.ts'
import { voevent3Namespace, voevent3Version } from './names.ts'
import { type ParamSet, paramSetOf } from './param-set.ts'
import { fittingValue, floatText, textOfValue } from './value-text.ts'
import { definitionClass, type WireField } from './wire-field.ts'
import { attributesOf, elementsOf } from './xml-form.ts'

/**
 * The XML of an event as a document to be sent in UTF-8, with the ParamSets that it uses. Characters that XML 1.0
 * cannot carry become U+FFFD. Throws VOEventError VOE3_FIELD for what is no event of the model.
 */
export function writeXml3(event: VOEvent): string {
  const used = new Map<string, ParamSet>()
  const { attributes, children } = writerOf('VOEvent')(event, used)
  const sets = Array.from(used.values(), setText).join('')
  const names = ` xmlns="${voevent3Namespace}" version="${voevent3Version}"`
  return `<?xml version="1.0" encoding="UTF-8"?>\n${element('VOEvent', names + attributes, sets + children)}\n`
}

/** What stands in an element's start tag, and between its tags. */
interface Content {
  readonly attributes: string
  readonly children: string
}
type WriteObject = (object: object, used: Map<string, ParamSet>) => Content
/** Gives attributes with a blank before each, or elements. `object` is what the value is a field of. */
type Write = (value: unknown, used: Map<string, ParamSet>, object: object) => string

const element = (name: string, attributes: string, children: string): string =>
  children === '' ? `<${name}${attributes}/>` : `<${name}${attributes}>${children}</${name}>`

const writers = new Map<string, WriteObject>()

function writerOf(className: string): WriteObject {
  let writer = writers.get(className)
  if (writer === undefined) {
    const inTag = attributesOf(className).map((field) => ({ field, write: attributeWriter(field) }))
    const within = elementsOf(className).map((field) => ({ field, write: elementWriter(field) }))
    writer = (object, used) => ({ attributes: all(inTag, object, used), children: all(within, object, used) })
    writers.set(className, writer)
  }
  return writer
}

function objectElement(name: string, className: string, object: object, used: Map<string, ParamSet>): string {
  const { attributes, children } = writerOf(className)(object, used)
  return element(name, attributes, children)
}

interface Part {
  readonly field: WireField
  readonly write: Write
}

function all(parts: readonly Part[], object: object, used: Map<string, ParamSet>): string {
  let text = ''
  for (const { field, write } of parts) {
    const value = (object as Readonly<Record<string, unknown>>)[field.name]
    if (value === undefined || (Array.isArray(value) && value.length === 0)) checkAbsent(field)
    else text += write(value, used, object)
  }
  return text
}

function attributeWriter(field: WireField): Write {
  const head = ` ${field.name}="`
  if (field.form === 'paramSetId') {
    return (definitions, used) => `${head}${use(definitions as readonly ParamDefinition[], used)}"`
  }
  const text = itemText(field)
  return (value) => `${head}${escapeAttribute(text(value))}"`
}

function elementWriter(field: WireField): Write {
  switch (field.form) {
    case 'paramList':
      return (params, used) => paramList(field.name, params as readonly Param[], used)
    case 'rows': {
      const { name, columns } = field
      return (rows, _, object) => {
        const definitions = (object as Readonly<Record<string, readonly ParamDefinition[] | undefined>>)[columns] ?? []
        const row = (values: readonly Value[]) => joined(values, (value, i) => cell(value, definitions[i]?.dataType))
        return joined(rows as readonly (readonly Value[])[], (values) => element(name, '', row(values)))
      }
    }
    case 'paramSetId':
      throw new TypeError(`${field.place} is an attribute`)
    default: {
      const one = itemWriter(field)
      if (field.often !== 'list' && field.often !== 'optionalList') return one
      return (items, used, object) => joined(checkedList(field, items), (item) => one(item, used, object))
    }
  }
}

function itemWriter(field: Extract<WireField, { base: string }>): Write {
  const { name, form, base } = field
  if (form === 'class') {
    // The writer of a class is looked up when it is needed: classes may lie in each other.
    return checkedItem(field, (object, used) => objectElement(name, base, object as object, used))
  }
  const text = itemText(field)
  return (value) => element(name, '', escapeText(text(value)))
}

function itemText(field: WireField): (value: unknown) => string {
  if (field.form === 'scalar') return checkedItem(field, scalarText(field.base))
  if (field.form === 'enumeration') return checkedItem(field, String)
  throw new TypeError(`${field.place} is no text`)
}

function scalarText(type: ScalarType): (value: unknown) => string {
  switch (type) {
    case 'float':
      return (value) => floatText(value as number)
    case 'bytes':
      return (value) => {
        const { buffer, byteOffset, length } = value as Uint8Array
        return Buffer.from(buffer, byteOffset, length).toString('base64')
      }
    case 'value':
      throw new TypeError('a value stands where nothing defines it')
    default:
      return String
  }
}

/** The id of the definitions' set, as the document can hold them. */
function use(definitions: readonly ParamDefinition[], used: Map<string, ParamSet>): string {
  const set = carriedSet(paramSetOf(definitions))
  // Two sets of one content may be two objects.
  used.set(set.id, set)
  return set.id
}

function paramList(name: string, params: readonly Param[], used: Map<string, ParamSet>): string {
  const id = use(
    params.map(({ definition }) => definition),
    used,
  )
  const values = joined(params, ({ definition, value }) => cell(value, definition.dataType))
  const references = joined(params, ({ references: links = [] }, index) => {
    if (links.length === 0) return ''
    const within = joined(links, (link) => objectElement('references', 'Reference', link, used))
    return element('references', ` index="${index}"`, within)
  })
  return element(name, ` set="${id}"`, values + references)
}

function cell(value: Value, dataType: DataType = 'string'): string {
  const fitting = fittingValue(value, dataType)
  return fitting === null ? '<v nil="true"/>' : element('v', '', escapeText(textOfValue(fitting)))
}

/** Sets whose definitions XML can carry, by those that were given: mostly the same. */
const carriedSets = new WeakMap<ParamSet, ParamSet>()

/** The id is the hash of what a reader finds: a set with characters that XML cannot carry becomes another one. */
function carriedSet(set: ParamSet): ParamSet {
  let carried = carriedSets.get(set)
  if (carried === undefined) {
    const params = carriedPart(set.params)
    carried = params === set.params ? set : paramSetOf(params)
    carriedSets.set(set, carried)
  }
  return carried
}

/** Plain data with every text as XML gives it back; the same objects where nothing changes. */
function carriedPart<T>(part: T): T {
  if (typeof part === 'string') return carriedText(part) as T
  if (Array.isArray(part)) {
    const items = part.map((item) => carriedPart<unknown>(item))
    return items.every((item, i) => item === part[i]) ? part : (items as T)
  }
  if (typeof part !== 'object' || part === null) return part
  const fields = Object.entries(part).map(([key, value]) => [key, carriedPart<unknown>(value)] as const)
  return fields.every(([key, value]) => value === part[key as keyof T & string])
    ? part
    : (Object.fromEntries(fields) as T)
}

const setTexts = new WeakMap<ParamSet, string>()

function setText(set: ParamSet): string {
  let text = setTexts.get(set)
  if (text === undefined) {
    const params = joined(set.params, (each) => objectElement('params', definitionClass, each, new Map()))
    text = element('paramSets', ` id="${set.id}"`, params)
    setTexts.set(set, text)
  }
  return text
}

function joined<T>(items: readonly T[], write: (item: T, index: number) => string): string {
  let text = ''
  for (let i = 0; i < items.length; i++) text += write(items[i]!, i)
  return text
}
