/** What libxml2 says of a schema, as issues: a code, the place by local names, the line, and what to do. */
import { type Issue, issue, type ValidationCode } from './validation-codes.ts'

export interface SchemaComplaint {
  readonly message: string
  readonly line: number
  readonly xpath?: string
}

/** The first that fits; libxml2's texts are the same for every schema. */
const kinds: readonly (readonly [RegExp, ValidationCode])[] = [
  [/No matching global declaration/, 'XSD_ROOT'],
  [/attribute '.*' is required but missing/, 'XSD_ATTRIBUTE_MISSING'],
  [/attribute '.*' is not allowed/, 'XSD_ATTRIBUTE_UNKNOWN'],
  [/Missing child element/, 'XSD_ELEMENT_MISSING'],
  [/Character content/, 'XSD_TEXT'],
  [/This element is not expected|Element content is not allowed/, 'XSD_ELEMENT_UNKNOWN'],
  [/atomic type 'xs:ID'/, 'XSD_ID'],
  [/is not a valid value|\[facet |fixed value constraint|not accepted by the pattern|duplicate/i, 'XSD_VALUE'],
]

/**
 * `held` explains why this schema was asked where the document names another version; `lineOf` gives the line where
 * the element of a path begins (libxml2 counts to the end of its start tag).
 */
export function schemaIssues(
  complaints: readonly SchemaComplaint[],
  held: string,
  lineOf: (path: string) => number | undefined,
): Issue[] {
  return complaints.map(({ message, line, xpath }) => {
    // Names come as '{namespace}local'; a set of allowed values stands in braces too.
    const text = message.trim().replace(/'\{[^'}]*\}/g, "'")
    const code = kinds.find(([form]) => form.test(text))?.[1] ?? 'XSD_INVALID'
    const attribute = code.startsWith('XSD_ELEMENT')
      ? undefined
      : /attribute '([^']+)'/i.exec(text.replace(/^Element '[^']*'/, ''))?.[1]
    const path = (xpath ?? '').replace(/(\/)[^/:[\]]+:/g, '$1')
    const place = attribute === undefined ? path : `${path}/@${attribute}`
    return issue(code, place, lineOf(path) ?? line, code === 'XSD_ROOT' && held !== '' ? held : text)
  })
}
