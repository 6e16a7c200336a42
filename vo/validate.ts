/**
 * Validating VOEvents: well-formedness and XSD by libxml2, the engine that deployed brokers use, then the rules of
 * the text that no XSD holds, as warnings.
 *
 * Nothing is fetched and no entity is expanded: a document reaches libxml2 only after our own reader has found it
 * well-formed, bounded and without a DOCTYPE.
 */
import { readFileSync } from 'node:fs'
import type { XmlDocument, XmlLibError, XsdValidator } from 'libxml2-wasm'
import { checkRules } from './check-rules.ts'
import { checkRules3 } from './check-rules-3.ts'
import { schemaIssues } from './schema-issues.ts'
import { type DraftFormat, draftIssues } from './validate-draft.ts'
import { type Issue, issue } from './validation-codes.ts'
import { voevent3Namespace } from './voevent-3/names.ts'
import { type VOEventFormat, voeventFormat } from './voevent-3/sniff.ts'
import { parseXml3 } from './voevent-3/xml-read.ts'
import { VOEventError } from './voevent-error.ts'
import { decodeText, encodingOf } from './xml/encoding.ts'
import { normalizeLineEnds, parseXml, type XmlElement } from './xml/parse-xml.ts'
import { largestDocumentBytes } from './xml/read-event.ts'

export type { Issue } from './validation-codes.ts'

/** A further version is one line here. */
const schemas = {
  '2.0': { namespace: 'http://www.ivoa.net/xml/VOEvent/v2.0', file: 'VOEvent-v2.0.xsd' },
  '2.1': { namespace: 'http://www.ivoa.net/xml/VOEvent/v2.1', file: 'VOEvent-v2.1.xsd' },
  '3': { namespace: voevent3Namespace, file: 'VOEvent-v3.0-draft.xsd' },
} as const satisfies Record<string, { readonly namespace: string; readonly file: string }>

export type SchemaVersion = keyof typeof schemas

/** The versions that a document can be held against, the oldest first; 3 is the draft of this project. */
export const schemaVersions = (Object.keys(schemas) as SchemaVersion[]).sort() as readonly SchemaVersion[]

export interface Validation {
  /** The version of the schema that the document was held against. */
  readonly version: SchemaVersion
  /** Well-formed and accepted by that schema, and nothing else. */
  readonly valid: boolean
  /** Errors first; at most 200 of each severity. */
  readonly issues: readonly Issue[]
}

export interface Validator {
  /**
   * Holds a document against the schema of `version`; without one, of the version that its root's namespace names,
   * and of 2.0 where that is VOEvent 1.1, none, or none of VOEvent's. JSON and Avro of the draft are valid where their
   * strict readers take them.
   *
   * Synchronous; below a millisecond for 10 kB, and some 10 ms more for the first of each version.
   * Never throws for what stands in the document.
   */
  validate(bytes: Uint8Array, options?: { version?: SchemaVersion }): Validation
  /** Gives the schemas' memory back; the validator is of no use afterwards. */
  dispose(): void
}

const mostIssues = 200

/** Loads libxml2: some 50 ms, once a process. */
export async function openValidator(): Promise<Validator> {
  const libxml2 = await import('libxml2-wasm')
  const { ParseOption, XmlDocument, XsdValidator } = libxml2
  const option = ParseOption.XML_PARSE_NONET | ParseOption.XML_PARSE_NO_XXE | ParseOption.XML_PARSE_BIG_LINES
  const compiled = new Map<SchemaVersion, { readonly document: XmlDocument; readonly validator: XsdValidator }>()

  const schemaOf = (version: SchemaVersion): XsdValidator => {
    let schema = compiled.get(version)
    if (!schema) {
      const document = XmlDocument.fromBuffer(
        readFileSync(new URL(`../xsd/${schemas[version].file}`, import.meta.url)),
        { option },
      )
      schema = { document, validator: XsdValidator.fromDoc(document) }
      compiled.set(version, schema)
    }
    return schema.validator
  }

  const schemaErrors = (bytes: Uint8Array, text: string, root: XmlElement, version: SchemaVersion): Issue[] => {
    let document: XmlDocument
    try {
      document = XmlDocument.fromBuffer(bytes, { option })
    } catch (error) {
      const first = (error as XmlLibError).details?.[0]
      return [issue('XML_NOT_WELL_FORMED', '', first?.line ?? 0, (first?.message ?? String(error)).trim())]
    }
    try {
      return validateBy(schemaOf(version), document, text, root, version)
    } finally {
      document.dispose()
    }
  }

  return {
    validate(bytes, options = {}) {
      const format = voeventFormat(bytes)
      if (isDraftData(format) && (options.version ?? '3') === '3') {
        const issues = draftIssues(bytes, format)
        return { version: '3', valid: issues.every(({ severity }) => severity === 'warning'), issues }
      }
      let text: string
      let root: XmlElement
      try {
        ;({ root, text } = format === 'xml-3' ? parseXml3(bytes) : parsePacket(bytes))
      } catch (error) {
        if (!(error instanceof VOEventError)) throw error
        return { version: options.version ?? '2.0', valid: false, issues: [notWellFormed(error, bytes)] }
      }
      const version = options.version ?? versionOf(root.namespace) ?? '2.0'
      const errors = schemaErrors(bytes, text, root, version)
      return { version, valid: errors.length === 0, issues: [...errors, ...warningsOf(root, text, bytes.length)] }
    },
    dispose() {
      for (const { document, validator } of compiled.values()) {
        validator.dispose()
        document.dispose()
      }
      compiled.clear()
    },
  }
}

/** Throws VOEventError `XML_*`. */
function parsePacket(bytes: Uint8Array): { readonly root: XmlElement; readonly text: string } {
  if (bytes.length === 0) throw new VOEventError('XML_EMPTY', '')
  if (bytes.length > largestDocumentBytes) throw new VOEventError('XML_TOO_LARGE', `It has ${bytes.length} bytes.`)
  const text = normalizeLineEnds(decodeText(bytes, encodingOf(bytes)))
  return { root: parseXml(text), text }
}

const isDraftData = (format: VOEventFormat | undefined): format is DraftFormat =>
  format !== undefined && !format.startsWith('xml-')

/** The draft has rules of its own. */
function warningsOf(root: XmlElement, text: string, documentBytes: number): Issue[] {
  if (root.local !== 'VOEvent') return []
  return root.namespace === voevent3Namespace ? checkRules3(root, text) : checkRules(root, text, documentBytes)
}

function versionOf(namespace: string | undefined): SchemaVersion | undefined {
  return schemaVersions.find((version) => schemas[version].namespace === namespace)
}

function validateBy(
  xsdValidator: XsdValidator,
  document: XmlDocument,
  text: string,
  root: XmlElement,
  version: SchemaVersion,
): Issue[] {
  try {
    xsdValidator.validate(document)
    return []
  } catch (error) {
    const { details } = error as XmlLibError
    if (!Array.isArray(details)) throw error
    // An invalid document without a reason is invalid nevertheless.
    if (details.length === 0) return [issue('XSD_INVALID', '', 0, String(error))]
    return schemaIssues(details.slice(0, mostIssues), heldBecause(root, version), root, text)
  }
}

function notWellFormed(error: VOEventError, bytes: Uint8Array): Issue {
  const prose = error.code === 'XML_NOT_WELL_FORMED' && error.detail.startsWith('Text stands before')
  const late = error.code === 'XML_NOT_WELL_FORMED' && error.detail.startsWith('The XML declaration stands elsewhere')
  const head = Buffer.from(bytes.subarray(0, 256))
  const blankFirst = late && head.toString('latin1').trimStart().startsWith('<?xml')
  if (prose || blankFirst) {
    return issue('XML_PROLOG', '', error.line, `It begins with ${JSON.stringify(head.toString('utf8').slice(0, 24))}.`)
  }
  return issue(error.code, '', error.line, error.detail)
}

/** Why a document whose root is not that of this version is held against it all the same. */
function heldBecause({ local, name, namespace }: XmlElement, version: SchemaVersion): string {
  if (local !== 'VOEvent') return `It is ${name}.`
  if (namespace === undefined) return `It has no namespace and is held against ${version}.`
  const own = namespace === 'http://www.ivoa.net/xml/VOEvent/v1.1' ? '1.1' : versionOf(namespace)
  if (own === undefined) return `Its namespace is ${namespace}; it is held against ${version}.`
  // Only 1.1 goes to another version's schema by itself.
  return `It is a VOEvent ${own}, held against ${version}${own === '1.1' ? '' : ' as was asked'}.`
}
