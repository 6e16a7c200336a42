/** Elements of the draft's XML taken apart: what is not as the schema has it is noted, or refused. */
import type { XmlElement } from '../xml/parse-xml.ts'
import type { Reading } from '../xml/reading.ts'
import { voevent3Namespace } from './names.ts'

/** What an element may have: attributes by name, and elements in their order, each once or often. */
export interface Content {
  readonly attributes: ReadonlySet<string>
  readonly elements: ReadonlyMap<string, { readonly place: number; readonly many: boolean }>
}

export function content(
  attributes: readonly string[],
  elements: readonly (readonly [name: string, often: 'one' | 'many'])[],
): Content {
  return {
    attributes: new Set(attributes),
    elements: new Map(elements.map(([name, often], place) => [name, { place, many: often === 'many' }])),
  }
}

export interface Taken {
  readonly attributes: ReadonlyMap<string, string>
  readonly elements: ReadonlyMap<string, readonly XmlElement[]>
}

const schemaInstance = 'http://www.w3.org/2001/XMLSchema-instance'
const schemaLocations = ['schemaLocation', 'noNamespaceSchemaLocation']
const nothing = new Map<string, never>()

/** `text` says whether the element holds text instead of elements. */
export function take(element: XmlElement, may: Content, reading: Reading, text: 'text' | 'no-text' = 'no-text'): Taken {
  if (element.namespace !== voevent3Namespace) reading.odd('VOE_CHILD_NAMESPACE', element, element.name)
  if (text === 'no-text' && element.text !== '') {
    // White space may stand around elements, and nowhere where there can be none (XML Schema Part 1 §3.4.4).
    const stray = may.elements.size === 0 ? element.text : element.text.trim()
    if (stray !== '') reading.odd('VOE_TEXT', element, JSON.stringify(stray.slice(0, 80)))
  }
  return {
    attributes: element.attributes.length === 0 ? nothing : attributesOf(element, may, reading),
    elements: element.children.length === 0 ? nothing : childrenOf(element, may, reading),
  }
}

function attributesOf(element: XmlElement, may: Content, reading: Reading): Map<string, string> {
  const values = new Map<string, string>()
  for (const { name, local, namespace, value } of element.attributes) {
    if (namespace === undefined && may.attributes.has(local)) values.set(local, value)
    else if (namespace !== schemaInstance || !schemaLocations.includes(local)) {
      reading.odd('VOE_UNKNOWN', element, `attribute ${name}`)
    }
  }
  return values
}

function childrenOf(element: XmlElement, may: Content, reading: Reading): Map<string, XmlElement[]> {
  const children = new Map<string, XmlElement[]>()
  let last = 0
  for (const child of element.children) {
    const here = may.elements.get(child.local)
    if (here === undefined) {
      reading.odd('VOE_UNKNOWN', child, `${child.name} in ${element.name}.`)
      continue
    }
    if (here.place < last) reading.odd('VOE_ORDER', child, child.name)
    last = Math.max(last, here.place)
    const same = children.get(child.local)
    if (same === undefined) children.set(child.local, [child])
    else if (here.many) same.push(child)
    else reading.odd('VOE_REPEATED', child, child.name)
  }
  return children
}
