/** Events from XML of the draft: one function a class, made from the model's definition when it is first needed. */
import { enumerations } from '../model/definition.ts'
import type { DataType, Param, ParamDefinition, Reference, Value, VOEvent } from '../model/voevent.ts'
import type { Issue } from '../validation-codes.ts'
import { VOEventError } from '../voevent-error.ts'
import { decodeText, encodingOf } from '../xml/encoding.ts'
import { type Limits, lineAt, normalizeLineEnds, packetLimits, parseXml, type XmlElement } from '../xml/parse-xml.ts'
import { pathTo, Reading } from '../xml/reading.ts'
import { verifiedSet } from './known-sets.ts'
import { mostItems } from './most-items.ts'
import { voevent3Namespace, voevent3Version } from './names.ts'
import type { ParamSet } from './param-set.ts'
import { valueOfText } from './value-text.ts'
import { definitionClass, type WireField } from './wire-field.ts'
import { attributesOf, elementsOf } from './xml-form.ts'
import { type ReadScalar, readBoolean, readInt, scalarOf } from './xml-scalar.ts'
import { content, type Taken, take } from './xml-take.ts'

export interface ReadXml3Options {
  /** `strict` (the default) refuses what the XSD refuses; `lenient` passes over what it can. */
  readonly mode?: 'strict' | 'lenient'
  /** Is given what a lenient reader passed over, at most 100. */
  readonly oddities?: Issue[]
}

/** As much as the draft's JSON: an event has its light curve and its pictures, which a packet of 2.0 has not. */
const largestXml3Bytes = 10_000_000
const xml3Limits: Limits = { ...packetLimits, elements: mostItems }

/**
 * The event of a document of the draft of at most 10,000,000 bytes and 250,000 elements; bytes are in the encoding that
 * the document declares, of text that does not matter. Throws VOEventError: `XML_*` for what is not well-formed or too
 * large, `XSD_*` and `VOE_*` for its structure and `VOE3_*` for ParamSets and values, with the line and the path.
 */
export function readXml3(
  input: string | Uint8Array,
  { mode = 'strict', oddities = [] }: ReadXml3Options = {},
): VOEvent {
  const { root, text } = parseXml3(input)
  const read3 = readXml3Tree(root, text, mode)
  oddities.push(...read3.oddities)
  return read3.event
}

/** The document as a tree, within the draft's bounds. Throws VOEventError `XML_*`. */
export function parseXml3(input: string | Uint8Array): { readonly root: XmlElement; readonly text: string } {
  if (input.length === 0) throw new VOEventError('XML_EMPTY', '')
  if (input.length > largestXml3Bytes) throw new VOEventError('XML_TOO_LARGE', `It has ${input.length} bytes.`)
  const text = normalizeLineEnds(typeof input === 'string' ? input : decodeText(input, encodingOf(input)))
  return { root: parseXml(text, xml3Limits), text }
}

/** The event of a tree; `text` is what the tree was read from. Throws VOEventError. */
export function readXml3Tree(
  root: XmlElement,
  text: string,
  mode: 'strict' | 'lenient',
): { readonly event: VOEvent; readonly oddities: readonly Issue[] } {
  const reading = new Reading(text, root, mode)
  const document = new Xml3Document(text, root, reading)
  if (root.local !== 'VOEvent') document.refuse('XSD_ROOT', root, root.name)
  if (root.namespace !== voevent3Namespace) reading.odd('VOE_NAMESPACE', root, String(root.namespace))
  const taken = take(root, rootContent, reading)
  if (taken.attributes.get('version') !== voevent3Version) reading.odd('VOE_VERSION', root, '')
  for (const set of taken.elements.get('paramSets') ?? []) document.addSet(set)
  const event = readPart('VOEvent', root, taken, document) as unknown as VOEvent
  return { event, oddities: reading.oddities }
}

type Part = Record<string, unknown>

/** A document that is read: its ParamSets, and refusals that name the place. */
class Xml3Document {
  readonly reading: Reading
  readonly #text: string
  readonly #root: XmlElement
  readonly #sets = new Map<string, ParamSet>()
  constructor(text: string, root: XmlElement, reading: Reading) {
    this.#text = text
    this.#root = root
    this.reading = reading
  }

  refuse(
    code: 'XSD_ROOT' | 'VOE_MISSING' | 'VOE3_PARAM_LIST' | 'VOE3_PARAM_SET_MISSING' | 'VOE3_PARAM_SET_REPEATED',
    element: XmlElement,
    detail: string,
  ): never {
    const path = pathTo(this.#root, element)
    throw new VOEventError(code, `${detail} at ${path}`, lineAt(this.#text, element.at))
  }

  addSet(element: XmlElement): void {
    const taken = take(element, setContent, this.reading)
    const id = taken.attributes.get('id') ?? this.refuse('VOE_MISSING', element, 'id')
    const params = (taken.elements.get('params') ?? []).map((each) => read(definitionClass, each, this))
    const set = verifiedSet({ id, params: params as unknown as ParamDefinition[] })
    if (this.#sets.has(id)) this.refuse('VOE3_PARAM_SET_REPEATED', element, id)
    this.#sets.set(id, set)
  }

  set(id: string, element: XmlElement): ParamSet {
    return this.#sets.get(id) ?? this.refuse('VOE3_PARAM_SET_MISSING', element, JSON.stringify(id))
  }
}

// -- classes of the model

interface ClassReader {
  readonly content: ReturnType<typeof content>
  /** In the order of the definition. */
  readonly fields: readonly FieldReader[]
}
interface FieldReader {
  readonly name: string
  readonly absent: 'refused' | 'left-out' | 'empty'
  /** Gives undefined for what is not there, or is odd. */
  readonly read: (taken: Taken, element: XmlElement, document: Xml3Document, part: Part) => unknown
}

const readers = new Map<string, ClassReader>()

function readerOf(className: string): ClassReader {
  let reader = readers.get(className)
  if (reader === undefined) {
    const inTag = attributesOf(className)
    const within = elementsOf(className)
    reader = {
      content: content(
        inTag.map(({ name }) => name),
        within.map((field) => [field.name, isMany(field) ? 'many' : 'one'] as const),
      ),
      fields: [
        ...inTag.map((field) => fieldReader(field, attributeReader(field))),
        ...within.map((field) => fieldReader(field, elementReader(field))),
      ],
    }
    readers.set(className, reader)
  }
  return reader
}

const isMany = (field: WireField): boolean =>
  field.form === 'rows' || ('often' in field && (field.often === 'list' || field.often === 'optionalList'))

function fieldReader(field: WireField, readField: FieldReader['read']): FieldReader {
  const always = 'often' in field ? field.often === 'list' : field.always
  const required = 'often' in field && field.often === 'once'
  return { name: field.name, absent: required ? 'refused' : always ? 'empty' : 'left-out', read: readField }
}

function read(className: string, element: XmlElement, document: Xml3Document): Part {
  return readPart(className, element, take(element, readerOf(className).content, document.reading), document)
}

function readPart(className: string, element: XmlElement, taken: Taken, document: Xml3Document): Part {
  const part: Part = {}
  for (const { name, absent, read: readField } of readerOf(className).fields) {
    const value = readField(taken, element, document, part)
    if (value !== undefined) part[name] = value
    else if (absent === 'empty') part[name] = []
    else if (absent === 'refused') document.refuse('VOE_MISSING', element, name)
  }
  return part
}

function attributeReader(field: WireField): FieldReader['read'] {
  const { name } = field
  if (field.form === 'paramSetId') {
    return ({ attributes }, element, document) => {
      const id = attributes.get(name)
      return id === undefined ? undefined : document.set(id, element).params
    }
  }
  const scalar = scalarReader(field)
  return ({ attributes }, element, { reading }) => {
    const text = attributes.get(name)
    return text === undefined ? undefined : fitting(scalar, text, element, reading, `${name}=`)
  }
}

function elementReader(field: WireField): FieldReader['read'] {
  const one = itemReader(field)
  const { name } = field
  if (!isMany(field)) {
    return ({ elements }, _, document, part) => {
      const child = elements.get(name)?.[0]
      return child && one(child, document, part)
    }
  }
  return ({ elements }, _, document, part) =>
    elements
      .get(name)
      ?.map((child) => one(child, document, part))
      .filter((item) => item !== undefined)
}

type ReadItem = (element: XmlElement, document: Xml3Document, part: Part) => unknown

function itemReader(field: WireField): ReadItem {
  switch (field.form) {
    case 'paramList':
      return readParams
    case 'paramSetId':
      throw new TypeError(`${field.place} is an attribute`)
    case 'rows': {
      const { columns } = field
      return (row, document, part) => {
        const cells = take(row, rowContent, document.reading).elements.get('v')
        return readCells(cells, part[columns] as readonly ParamDefinition[], document.reading)
      }
    }
    case 'class': {
      const { base } = field
      return (element, document) => read(base, element, document)
    }
    default: {
      const scalar = scalarReader(field)
      return (element, { reading }) => {
        take(element, noContent, reading, 'text')
        return fitting(scalar, element.text, element, reading)
      }
    }
  }
}

function scalarReader(field: WireField): ReadScalar {
  if (field.form === 'scalar') return scalarOf(field.base)
  if (field.form !== 'enumeration') throw new TypeError(`${field.place} is no scalar`)
  const { values } = enumerations[field.base]!
  return (word) => (values.includes(word) ? word : undefined)
}

function fitting(scalar: ReadScalar, text: string, element: XmlElement, reading: Reading, name = ''): unknown {
  const value = scalar(text)
  if (value === undefined) reading.odd('XSD_VALUE', element, `${name}${JSON.stringify(text.slice(0, 80))}`)
  return value
}

// -- what stands only on the wire

const noContent = content([], [])
const setContent = content(['id'], [['params', 'many']])
const listContent = content(
  ['set'],
  [
    ['v', 'many'],
    ['references', 'many'],
  ],
) // prettier-ignore
const linksContent = content(['index'], [['references', 'many']])
const rowContent = content([], [['v', 'many']])
const cellContent = content(['nil'], [])
const rootContent = (() => {
  const { content: own } = readerOf('VOEvent')
  const names = [...own.elements].map(([name, { many }]) => [name, many ? 'many' : 'one'] as const)
  return content(['version', ...own.attributes], [['paramSets', 'many'], ...names])
})()

function readParams(element: XmlElement, document: Xml3Document): Param[] {
  const { reading } = document
  const { attributes, elements } = take(element, listContent, reading)
  const { params } = document.set(attributes.get('set') ?? document.refuse('VOE_MISSING', element, 'set'), element)
  const values = readCells(elements.get('v'), params, reading)
  if (values.length !== params.length) {
    const detail = `There are ${values.length} values and ${params.length} definitions`
    document.refuse('VOE3_PARAM_LIST', element, detail)
  }
  const links = new Map<number, Reference[]>()
  for (const each of elements.get('references') ?? []) {
    const own = take(each, linksContent, reading)
    const text = own.attributes.get('index') ?? document.refuse('VOE_MISSING', each, 'index')
    const index = fitting(readInt, text, each, reading, 'index=') as number | undefined
    const references = (own.elements.get('references') ?? []).map((link) => read('Reference', link, document))
    if (index === undefined) continue
    if (index < 0 || index >= values.length) document.refuse('VOE3_PARAM_LIST', each, `There is no value ${index}`)
    if (links.has(index)) document.refuse('VOE3_PARAM_LIST', each, `Value ${index} has references twice`)
    links.set(index, references as unknown as Reference[])
  }
  return params.map((definition, i) => {
    const references = links.get(i)
    return { definition, value: values[i]!, ...(references === undefined ? {} : { references }) }
  })
}

function readCells(
  cells: readonly XmlElement[] | undefined,
  definitions: readonly ParamDefinition[],
  reading: Reading,
): Value[] {
  return (cells ?? []).map((cell, i) => readCell(cell, definitions[i]?.dataType ?? 'string', reading))
}

function readCell(cell: XmlElement, dataType: DataType, reading: Reading): Value {
  const nil = take(cell, cellContent, reading, 'text').attributes.get('nil')
  const isNil = nil !== undefined && fitting(readBoolean, nil, cell, reading, 'nil=') === true
  if (!isNil) return valueOfText(cell.text, dataType)
  if (cell.text !== '') reading.odd('VOE3_VALUE', cell, 'It has nil="true" and text.')
  return null
}
