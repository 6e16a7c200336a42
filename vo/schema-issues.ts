/** What libxml2 says of a schema, as issues: a code, the place by local names, the line, and what to do. */
import { type Issue, issue, type ValidationCode } from './validation-codes.ts'
import { lineFinder } from './xml/line-finder.ts'
import type { XmlElement } from './xml/parse-xml.ts'
import { pathTo } from './xml/reading.ts'

export interface SchemaComplaint {
  readonly message: string
  readonly line: number
  readonly xpath?: string
}

/** What a complaint is of: names hold no quote, and a namespace before them stands in braces. */
const about = /^Element '(?:\{[^}]*\})?([^']*)'(?:, attribute '(?:\{[^}]*\})?([^']*)')?: /
const named = /^The attribute '(?:\{[^}]*\})?([^']*)'/

/**
 * The first that fits what is said of the element or attribute; libxml2's texts are the same for every schema. Each
 * looks at the start or the end alone: between them may stand a value, which says what its author likes, at length.
 */
const kinds: readonly (readonly [RegExp, ValidationCode])[] = [
  [/^No matching global declaration/, 'XSD_ROOT'],
  [/^The attribute '(?:\{[^}]*\})?[^']*' is required but missing/, 'XSD_ATTRIBUTE_MISSING'],
  [/^The attribute '(?:\{[^}]*\})?[^']*' is not allowed/, 'XSD_ATTRIBUTE_UNKNOWN'],
  [/^Missing child element/, 'XSD_ELEMENT_MISSING'],
  [/^Character content/, 'XSD_TEXT'],
  [/^This element is not expected|^Element content is not allowed/, 'XSD_ELEMENT_UNKNOWN'],
  [/^'.*'xs:ID'\.$/s, 'XSD_ID'],
  [/^'|^\[facet |^The value '|^The character content /, 'XSD_VALUE'],
]

/** `held` explains why this schema was asked where the document names another version; `root` was read from `text`. */
export function schemaIssues(
  complaints: readonly SchemaComplaint[],
  held: string,
  root: XmlElement,
  text: string,
): Issue[] {
  const lineAt = lineFinder(text)
  return complaints.map(({ message, line, xpath }) => {
    const [start = '', , of] = about.exec(message) ?? []
    const said = message.slice(start.length).trimEnd()
    const code = kinds.find(([form]) => form.test(said))?.[1] ?? 'XSD_INVALID'
    const attribute = of ?? named.exec(said)?.[1]
    // Names come as '{namespace}local'; a set of allowed values stands in braces too.
    const told = message.trim().replace(/'\{[^'}]*\}/g, "'")
    const element = xpath === undefined ? undefined : elementAt(root, xpath)
    const path = element ? pathTo(root, element) : ''
    const place = attribute === undefined ? path : `${path}/@${attribute}`
    // libxml2 counts to the end of a start tag.
    const begins = element ? lineAt(element.at) : line
    return issue(code, place, begins, code === 'XSD_ROOT' && held !== '' ? held : told)
  })
}

/**
 * The element at a path as libxml2 writes it: `/voe:VOEvent/What/Param[2]`, where a position counts elements of the
 * same name and prefix; an element in a default namespace is `*`, and counted among all.
 */
function elementAt(root: XmlElement, xpath: string): XmlElement | undefined {
  let element: XmlElement | undefined = root
  for (const step of xpath.split('/').slice(2)) {
    const [, name = '', position = '1'] = /^([^[]*)(?:\[(\d+)\])?$/.exec(step) ?? []
    const bare = !name.includes(':')
    const alike: XmlElement[] | undefined = element?.children.filter(
      (child) => name === '*' || (child.name === name && !(bare && child.namespace !== undefined)),
    )
    element = alike?.[Number(position) - 1]
  }
  return element
}
