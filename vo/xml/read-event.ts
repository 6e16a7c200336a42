/** A VOEvent document, from bytes to the model. */
import { type Role, roles, type VOEvent } from '../model/voevent.ts'
import { issue } from '../validation-codes.ts'
import { VOEventError } from '../voevent-error.ts'
import { decodeText, encodingOf } from './encoding.ts'
import { normalizeLineEnds, parseXml, type XmlElement } from './parse-xml.ts'
import { citations, how, who, why } from './read-context.ts'
import { present, reference, trimmed } from './read-parts.ts'
import { what } from './read-what.ts'
import { whereWhen } from './read-where-when.ts'
import { type Oddity, Reading, type VOEventVersion } from './reading.ts'
import { trimSpace } from './white-space.ts'

/** Larger documents are refused unread. */
export const largestDocumentBytes = 1_000_000

export type { VOEventVersion } from './reading.ts'

const namespaces: Readonly<Record<string, VOEventVersion>> = {
  'http://www.ivoa.net/xml/VOEvent/v1.1': '1.1',
  'http://www.ivoa.net/xml/VOEvent/v2.0': '2.0',
  'http://www.ivoa.net/xml/VOEvent/v2.1': '2.1',
}

export interface ReadVOEvent {
  readonly event: VOEvent
  /** By the root's namespace; without a known one, by its version attribute, else 2.0. */
  readonly version: VOEventVersion
  /** What was passed over or taken otherwise than written; at most 100. */
  readonly oddities: readonly Oddity[]
  /** The document as it came, the same array: what is relayed is this, never what would be written anew. */
  readonly bytes: Uint8Array
}

/**
 * Reads a VOEvent of version 1.1, 2.0 or 2.1.
 *
 * Everything that 2.0 and 2.1 can say is kept. What the schemas let a packet say twice and the model once (an Author
 * with two titles, a Time with two instants) is kept once, and the rest named.
 *
 * `lenient` reads what the world sends and reports oddities; `strict` refuses what the schema of the document's own
 * version refuses in structure (that of 2.0 for 1.1; values of dates and URIs are the validator's work). Throws VOEventError: XML_* for what is not
 * well-formed or too large, XSD_ROOT and XSD_ATTRIBUTE_MISSING for what is no VOEvent or has no ivorn.
 */
export function readVOEvent(bytes: Uint8Array, { mode }: { mode: 'strict' | 'lenient' }): ReadVOEvent {
  const { text, prose } = documentText(bytes, mode)
  const root = parseXml(text)
  if (root.local !== 'VOEvent') throw new VOEventError('XSD_ROOT', `It is ${root.name}.`)
  const reading = new Reading(text, root, mode)
  if (prose) reading.oddities.push(issue('VOE_PROLOG', '', 1, ''))
  reading.version = versionOf(reading, root)
  return { event: eventOf(reading, root), version: reading.version, oddities: reading.oddities, bytes }
}

/** The document as text; a lenient reader passes over prose before the declaration or the root. */
function documentText(bytes: Uint8Array, mode: 'strict' | 'lenient'): { text: string; prose: boolean } {
  if (bytes.length > largestDocumentBytes) throw new VOEventError('XML_TOO_LARGE', `It has ${bytes.length} bytes.`)
  const text = normalizeLineEnds(decodeText(bytes, encodingOf(bytes)))
  if (trimSpace(text) === '') throw new VOEventError('XML_EMPTY', '')
  if (text.startsWith('<')) return { text, prose: false }
  const declaration = text.search(/<\?xml[ \t\n]/)
  const start = declaration >= 0 ? declaration : text.search(/<[A-Za-z_!?]/)
  const blank = start > 0 && trimSpace(text.slice(0, start)) === ''
  if (start < 0 || (blank && declaration < 0)) return { text, prose: false }
  if (mode === 'strict') throw new VOEventError('XML_PROLOG', '', 1)
  // Lines stay what they are: what is passed over becomes blank, the declaration with it.
  const end = declaration < 0 ? start : text.indexOf('?>', declaration) + 2
  if (end < start) return { text, prose: false }
  return { text: text.slice(0, end).replace(/[^\n]/g, ' ') + text.slice(end), prose: true }
}

function versionOf(reading: Reading, root: XmlElement): VOEventVersion {
  const written = trimmed(root.attributes.find((each) => each.name === 'version')?.value)
  const known = root.namespace === undefined ? undefined : namespaces[root.namespace]
  if (known === undefined) {
    reading.odd('VOE_NAMESPACE', root, root.namespace === undefined ? 'It has none.' : `It is ${root.namespace}.`)
    return written === '1.1' || written === '2.1' ? written : '2.0'
  }
  if (written !== known) reading.odd('VOE_VERSION', root, `${written ?? 'none'} in the namespace of ${known}.`)
  return known
}

function eventOf(reading: Reading, root: XmlElement): VOEvent {
  const taken = reading.take(root, {
    attributes: ['ivorn', 'role', 'version'],
    children: {
      Who: 'one',
      What: 'one',
      WhereWhen: 'one',
      How: 'one',
      Why: 'one',
      Citations: 'one',
      Description: 'one',
      Reference: 'one',
    },
  })
  // 1.1 took coordinates from another namespace; since 2.0 children have none.
  const spaced = reading.version === '1.1' ? undefined : firstInNamespace(root)
  if (spaced) reading.odd('VOE_CHILD_NAMESPACE', spaced, spaced.namespace!)
  const ivoid = trimmed(taken.attribute('ivorn'))
  if (ivoid === undefined) throw new VOEventError('XSD_ATTRIBUTE_MISSING', 'VOEvent has no ivorn.')
  const part = <T>(name: string, read: (reading: Reading, element: XmlElement) => T): T | undefined => {
    const element = taken.first(name)
    return element && read(reading, element)
  }
  const description = reading.text(taken.first('Description'))
  return present({
    ivoid,
    role: role(reading, root, taken.attribute('role')),
    who: part('Who', who),
    what: part('What', what),
    ...part('WhereWhen', whereWhen),
    how: part('How', how),
    why: part('Why', why),
    citations: part('Citations', citations),
    description: description === '' ? undefined : description,
    reference: part('Reference', reference),
  }) as VOEvent
}

function role(reading: Reading, root: XmlElement, text: string | undefined): Role {
  if (text === undefined) return 'observation'
  const known = roles.find((each) => each === text)
  if (known === undefined) reading.odd('VOE_ROLE', root, JSON.stringify(text.slice(0, 80)))
  return known ?? 'observation'
}

function firstInNamespace(element: XmlElement): XmlElement | undefined {
  for (const child of element.children) {
    if (child.namespace !== undefined) return child
    const found = firstInNamespace(child)
    if (found) return found
  }
  return undefined
}
