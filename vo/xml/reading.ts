/**
 * What every part of reading shares: elements taken by their local names, and a note of all that is odd.
 *
 * Strict reading refuses whatever the schema refuses; lenient reading takes what can be understood and says what it
 * passed over, for the packets that are out there (facts of a decade of real ones: https namespaces, text in Groups,
 * `datatype`, prose before the declaration).
 */
import { type Issue, issue, type ValidationCode } from '../validation-codes.ts'
import { VOEventError } from '../voevent-error.ts'
import { lineFinder } from './line-finder.ts'
import type { XmlAttribute, XmlElement } from './parse-xml.ts'
import { collapseSpace, trimSpace } from './white-space.ts'

/** Something that a lenient reader passed over or took otherwise than written. */
export type Oddity = Issue

export type VOEventVersion = '1.1' | '2.0' | '2.1'

/** Oddities that the schema accepts: a strict reader notes them too and goes on. */
const harmless: ReadonlySet<ValidationCode> = new Set(['VOE_LOCATIONS', 'VOE_NOT_KEPT', 'VOE_COORD_SYSTEM'])
const mostOddities = 100
/** What XML Schema lets stand on any element, and says nothing to the model. */
const schemaAttributes = ['schemaLocation', 'noNamespaceSchemaLocation', 'type']

/**
 * How often a child may stand: `one` by the schema; `first` where the schema lets it be repeated but the model has
 * one place; `many`; `lost` where the model has no place.
 */
export type Often = 'one' | 'first' | 'many' | 'lost'

export interface Shape {
  readonly attributes?: readonly string[]
  readonly children?: Readonly<Record<string, Often>>
  /** Whether the element holds text; the default is no. */
  readonly text?: boolean
}

/** An element's children by local name. */
export interface Taken {
  many(name: string): readonly XmlElement[]
  first(name: string): XmlElement | undefined
  /** An attribute by local name. */
  attribute(name: string): string | undefined
  /** Text that stands where only elements belong, trimmed; undefined for none. */
  readonly stray: string | undefined
}

class TakenElement implements Taken {
  readonly stray: string | undefined
  readonly #children: readonly XmlElement[]
  readonly #attributes: readonly XmlAttribute[]
  constructor(children: readonly XmlElement[], attributes: readonly XmlAttribute[], stray: string | undefined) {
    this.#children = children
    this.#attributes = attributes
    this.stray = stray
  }

  many(name: string): readonly XmlElement[] {
    let found: XmlElement[] | undefined
    for (const child of this.#children) {
      if (child.local !== name) continue
      if (found === undefined) found = [child]
      else found.push(child)
    }
    return found ?? noElements
  }

  first(name: string): XmlElement | undefined {
    for (const child of this.#children) if (child.local === name) return child
    return undefined
  }

  attribute(name: string): string | undefined {
    let value: string | undefined
    for (const each of this.#attributes) if (each.local === name) value = each.value
    return value
  }
}

const none: readonly string[] = []
const noElements: readonly XmlElement[] = []
const nothing: Readonly<Record<string, Often>> = {}

/** `names.includes`, which compares the few names of a document, the same objects every time, by identity. */
function includes(names: readonly string[], wanted: string): boolean {
  for (const name of names) if (name === wanted) return true
  return false
}

export class Reading {
  readonly oddities: Oddity[] = []
  /** The document's own, once its root is read. */
  version: VOEventVersion = '2.0'
  readonly #lineAt: (at: number) => number
  readonly #root: XmlElement
  readonly #strict: boolean
  constructor(text: string, root: XmlElement, mode: 'strict' | 'lenient') {
    this.#lineAt = lineFinder(text)
    this.#root = root
    this.#strict = mode === 'strict'
  }

  /** Notes an oddity, or refuses the document for it. Throws VOEventError. */
  odd(code: ValidationCode, element: XmlElement, detail: string): void {
    const refused = this.#strict && !harmless.has(code)
    // Places are searched for: a document of nothing but oddities must not be searched for each.
    if (!refused && this.oddities.length >= mostOddities) return
    const line = this.#lineAt(element.at)
    const path = pathTo(this.#root, element)
    if (refused) throw new VOEventError(code, `${detail} at ${path}`.trim(), line)
    this.oddities.push(issue(code, path, line, detail))
  }

  /** Notes what 2.0 does not know and 2.1 does: it is kept. */
  later(element: XmlElement, detail = element.name): void {
    if (this.version === '2.0') this.odd('VOE_LATER_VERSION', element, detail)
  }

  /** Notes children that stand in another order than that of the names; by default where 2.0 leaves it free and 2.1 does not. */
  inOrder(element: XmlElement, names: readonly string[], in20: 'free' | 'fixed' = 'free'): void {
    if (in20 === 'free' && this.version !== '2.1') return
    let last = 0
    for (const child of element.children) {
      const place = names.indexOf(child.local)
      if (place < 0) continue
      if (place < last) this.odd('VOE_ORDER', child, `${child.local} after ${names[last]}.`)
      last = Math.max(last, place)
    }
  }

  /** Takes an element apart, noting whatever its shape does not allow. */
  take(element: XmlElement, { attributes = none, children = nothing, text = false }: Shape): Taken {
    const stray = text ? '' : trimSpace(element.text)
    const kept = element.children.length === 0 ? element.children : this.#children(element, children)
    if (stray !== '') this.odd('VOE_TEXT', element, JSON.stringify(stray.slice(0, 80)))
    const known = element.attributes.length === 0 ? element.attributes : this.#attributes(element, attributes)
    return new TakenElement(kept, known, stray === '' ? undefined : stray)
  }

  /** The children that the shape allows; the element's own list where that is all of them. */
  #children(element: XmlElement, shape: Readonly<Record<string, Often>>): readonly XmlElement[] {
    const all = element.children
    let kept: XmlElement[] | undefined
    let met: string[] | undefined
    for (let i = 0; i < all.length; i++) {
      const child = all[i]!
      const { local } = child
      const often = Object.hasOwn(shape, local) ? shape[local] : undefined
      if (often !== 'many') {
        const again = met?.includes(local) === true
        if (often === undefined) this.odd('VOE_UNKNOWN', child, `${child.name} in ${element.name}.`)
        else if (often === 'lost') this.odd('VOE_NOT_KEPT', child, child.name)
        else if (again) this.odd(often === 'one' ? 'VOE_REPEATED' : 'VOE_NOT_KEPT', child, child.name)
        if (often === undefined || often === 'lost' || again) {
          kept ??= all.slice(0, i)
          continue
        }
        met ??= []
        met.push(local)
      }
      kept?.push(child)
    }
    return kept ?? all
  }

  /** The attributes that the shape allows, by its names; the element's own list where that is all of them. */
  #attributes(element: XmlElement, names: readonly string[]): readonly XmlAttribute[] {
    const all = element.attributes
    let kept: XmlAttribute[] | undefined
    for (let i = 0; i < all.length; i++) {
      const attribute = all[i]!
      const { name, local, namespace } = attribute
      if (namespace === undefined && includes(names, local)) {
        kept?.push(attribute)
        continue
      }
      kept ??= all.slice(0, i)
      if (namespace === 'http://www.w3.org/2001/XMLSchema-instance' && schemaAttributes.includes(local)) continue
      const meant = names.find((each) => each.toLowerCase() === local.toLowerCase())
      if (namespace === undefined && meant !== undefined && !all.some((each) => each.name === meant)) {
        this.odd('VOE_ATTRIBUTE_CASE', element, `${name} is ${meant}.`)
        kept.push({ ...attribute, local: meant })
      } else {
        this.odd('VOE_UNKNOWN', element, `attribute ${name}`)
      }
    }
    return kept ?? all
  }

  /** Where the schema lets nothing stand, not even white space. */
  empty(element: XmlElement): void {
    const isBlank = element.text !== '' && trimSpace(element.text) === ''
    if (isBlank) this.odd('VOE_TEXT', element, `White space in ${element.name}.`)
  }

  /** The text of an element that holds nothing else, as written. */
  text(element: XmlElement | undefined): string | undefined {
    if (element === undefined) return undefined
    if (element.children.length + element.attributes.length > 0) this.take(element, { text: true })
    return element.text
  }

  /** The text of an element whose type collapses white space: a URI, a time, a number. */
  token(element: XmlElement | undefined): string | undefined {
    const text = this.text(element)
    return text === undefined ? undefined : collapseSpace(text)
  }

  /** An xs:float; what is none is odd and absent. */
  number(element: XmlElement | undefined): number | undefined {
    return element && this.float(element, this.token(element))
  }

  float(element: XmlElement, text: string | undefined): number | undefined {
    if (text === undefined) return undefined
    const value = parseFloatText(text)
    if (value === undefined) this.odd('VOE_NUMBER', element, JSON.stringify(text.slice(0, 80)))
    return value
  }
}

const floatForm = /^[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?$/

/** XML Schema's float, white space collapsed: a number, INF, -INF or NaN; undefined for anything else. */
export function parseFloatText(text: string): number | undefined {
  const trimmed = trimSpace(text)
  if (floatForm.test(trimmed)) return Number(trimmed)
  if (trimmed === 'INF') return Number.POSITIVE_INFINITY
  if (trimmed === '-INF') return Number.NEGATIVE_INFINITY
  return trimmed === 'NaN' ? Number.NaN : undefined
}

/** Where an element stands: `/VOEvent/What/Param[3]`. */
export function pathTo(root: XmlElement, element: XmlElement): string {
  const search = (from: XmlElement, path: string): string | undefined => {
    if (from === element) return path
    for (const [i, child] of from.children.entries()) {
      // Elements lie in the order of their starts: the one that is looked for is in the last that starts before it.
      const next = from.children[i + 1]
      if (next && next.at <= element.at) continue
      const alike = from.children.filter((other) => other.local === child.local)
      const position = alike.length > 1 ? `[${alike.indexOf(child) + 1}]` : ''
      return search(child, `${path}/${child.local}${position}`)
    }
    return undefined
  }
  return search(root, `/${root.local}`) ?? ''
}
