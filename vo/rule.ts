/** What the rules beyond the schema share: how they warn, and how they find elements by local names. */
import type { ValidationCode } from './validation-codes.ts'
import type { XmlElement } from './xml/parse-xml.ts'
import { trimSpace } from './xml/white-space.ts'

/** Notes a breach at an element, or at one of its attributes. */
export type Warn = (code: ValidationCode, element: XmlElement, detail: string, attribute?: string) => void

/** Looks at a whole document; the root is a VOEvent. */
export type Rule = (root: XmlElement, warn: Warn) => void

export function children(element: XmlElement, local: string): XmlElement[] {
  return element.children.filter((child) => child.local === local)
}

/** The children at the end of a path of local names. */
export function at(element: XmlElement, ...path: readonly string[]): XmlElement[] {
  return path.reduce((elements, local) => elements.flatMap((each) => children(each, local)), [element])
}

/** The element and all below it, in the order of the document. */
export function family(element: XmlElement, found: XmlElement[] = []): readonly XmlElement[] {
  found.push(element)
  for (const child of element.children) family(child, found)
  return found
}

/** An attribute without a namespace. */
export function attribute(element: XmlElement, name: string): string | undefined {
  return element.attributes.find((each) => each.name === name)?.value
}

/** The same without the white space around it, for types that collapse it. */
export function trimmedAttribute(element: XmlElement, name: string): string | undefined {
  const value = attribute(element, name)
  return value === undefined ? undefined : trimSpace(value)
}

export function is21(root: XmlElement): boolean {
  return root.namespace === 'http://www.ivoa.net/xml/VOEvent/v2.1'
}

/** A text of the document as messages show it. */
export function shown(text: string): string {
  return JSON.stringify(text.length > 80 ? `${text.slice(0, 80)}…` : text)
}
