/**
 * Validating VOEvents: well-formedness and XSD by libxml2, the engine that deployed brokers use, then the rules of
 * the text that no XSD holds, as warnings.
 *
 * Nothing is fetched and no entity is expanded: a document reaches libxml2 only after our own reader has found it
 * well-formed, bounded and without a DOCTYPE.
 */
import { readFile } from 'node:fs/promises'
import type { XmlDocument, XmlLibError, XsdValidator } from 'libxml2-wasm'
import { checkRules } from './check-rules.ts'
import { schemaIssues } from './schema-issues.ts'
import { type Issue, issue } from './validation-codes.ts'
import { VOEventError } from './voevent-error.ts'
import { decodeText, encodingOf } from './xml/encoding.ts'
import { lineAt, normalizeLineEnds, parseXml, type XmlElement } from './xml/parse-xml.ts'
import { largestDocumentBytes } from './xml/read-event.ts'
import { elementAt } from './xml/reading.ts'

export type { Issue } from './validation-codes.ts'

export interface Validation {
  /** The version of the schema that the document was held against. */
  readonly version: '2.0'
  /** Well-formed and accepted by that schema, and nothing else. */
  readonly valid: boolean
  /** Errors first; at most 200 of each severity. */
  readonly issues: readonly Issue[]
}

export interface Validator {
  /** Synchronous; about a quarter of a millisecond for 10 kB. Never throws for what stands in the document. */
  validate(bytes: Uint8Array, options?: { version?: '2.0' }): Validation
  /** Gives the schema's memory back; the validator is of no use afterwards. */
  dispose(): void
}

const mostIssues = 200

/** Loads libxml2 and the schema: some 50 ms, once a process. */
export async function openValidator(): Promise<Validator> {
  const [libxml2, xsd] = await Promise.all([
    import('libxml2-wasm'),
    readFile(new URL('../xsd/VOEvent-v2.0.xsd', import.meta.url)),
  ])
  const { ParseOption } = libxml2
  const option = ParseOption.XML_PARSE_NONET | ParseOption.XML_PARSE_NO_XXE | ParseOption.XML_PARSE_BIG_LINES
  const schema = libxml2.XmlDocument.fromBuffer(xsd, { option })
  const xsdValidator = libxml2.XsdValidator.fromDoc(schema)

  const schemaErrors = (bytes: Uint8Array, text: string, root: XmlElement): Issue[] => {
    let document: XmlDocument
    try {
      document = libxml2.XmlDocument.fromBuffer(bytes, { option })
    } catch (error) {
      const first = (error as XmlLibError).details?.[0]
      return [issue('XML_NOT_WELL_FORMED', '', first?.line ?? 0, (first?.message ?? String(error)).trim())]
    }
    try {
      return validateBy(xsdValidator, document, text, root)
    } finally {
      document.dispose()
    }
  }

  return {
    validate(bytes) {
      let text: string
      let root: XmlElement
      try {
        if (bytes.length === 0) throw new VOEventError('XML_EMPTY', '')
        if (bytes.length > largestDocumentBytes)
          throw new VOEventError('XML_TOO_LARGE', `It has ${bytes.length} bytes.`)
        text = normalizeLineEnds(decodeText(bytes, encodingOf(bytes)))
        root = parseXml(text)
      } catch (error) {
        if (!(error instanceof VOEventError)) throw error
        return { version: '2.0', valid: false, issues: [notWellFormed(error, bytes)] }
      }
      const errors = schemaErrors(bytes, text, root)
      const warnings = root.local === 'VOEvent' ? checkRules(root, text, bytes.length) : []
      const issues = [...errors, ...warnings]
      return { version: '2.0', valid: errors.length === 0, issues }
    },
    dispose() {
      xsdValidator.dispose()
      schema.dispose()
    },
  }
}

function validateBy(xsdValidator: XsdValidator, document: XmlDocument, text: string, root: XmlElement): Issue[] {
  const lineOf = (path: string) => {
    const element = elementAt(root, path)
    return element && lineAt(text, element.at)
  }
  try {
    xsdValidator.validate(document)
    return []
  } catch (error) {
    const { details } = error as XmlLibError
    if (!Array.isArray(details)) throw error
    // An invalid document without a reason is invalid nevertheless.
    if (details.length === 0) return [issue('XSD_INVALID', '', 0, String(error))]
    return schemaIssues(details.slice(0, mostIssues), heldBecause(root), lineOf)
  }
}

function notWellFormed(error: VOEventError, bytes: Uint8Array): Issue {
  const prose = error.code === 'XML_NOT_WELL_FORMED' && error.detail.startsWith('Text stands before')
  const late = error.code === 'XML_NOT_WELL_FORMED' && error.detail.startsWith('The XML declaration stands elsewhere')
  const blankFirst = late && Buffer.from(bytes.subarray(0, 256)).toString('latin1').trimStart().startsWith('<?xml')
  if (prose || blankFirst) return issue('XML_PROLOG', '', error.line, '')
  return issue(error.code, '', error.line, error.detail)
}

/** Why a document that is no VOEvent 2.0 by its own word is held against that schema all the same. */
function heldBecause(root: XmlElement): string {
  if (root.local !== 'VOEvent') return `It is ${root.name}.`
  switch (root.namespace) {
    case undefined:
      return 'It has no namespace and is held against 2.0.'
    case 'http://www.ivoa.net/xml/VOEvent/v1.1':
      return 'It is a VOEvent 1.1, which is held against 2.0.'
    case 'http://www.ivoa.net/xml/VOEvent/v2.1':
      return 'It is a VOEvent 2.1. There is no schema of 2.1 here yet: it is held against 2.0, which refuses it.'
    default:
      return `Its namespace is ${root.namespace}.`
  }
}
