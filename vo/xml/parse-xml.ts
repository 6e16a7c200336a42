/**
 * A strict, bounded reader of XML 1.0 with Namespaces, for packets: a document in, a small tree out.
 *
 * It refuses what libxml2 refuses (a test holds both to the same verdicts), so that a packet never means one thing
 * to the validator and another to the reader. DOCTYPE is refused altogether: no entity is ever defined or fetched.
 */
import { VOEventError } from '../voevent-error.ts'
import { decodeEntities, forbiddenCharacterAt } from './entities.ts'
import { isUriReference } from './uri.ts'

export interface XmlAttribute {
  /** As written: `xsi:schemaLocation`. */
  readonly name: string
  readonly local: string
  /** Absent for none: an attribute without a prefix has no namespace. */
  readonly namespace?: string
  readonly value: string
}

export interface XmlElement {
  /** As written: `voe:VOEvent`. */
  readonly name: string
  readonly local: string
  readonly namespace?: string
  /** Without namespace declarations. */
  readonly attributes: readonly XmlAttribute[]
  readonly children: readonly XmlElement[]
  /** The element's own character data, pieces between children put together. */
  readonly text: string
  /** Where the start tag begins, counted in code units of the text. */
  readonly at: number
}

export interface Limits {
  readonly depth: number
  readonly elements: number
  /** Attributes and namespace declarations on one element. */
  readonly attributes: number
}

export const packetLimits: Limits = { depth: 32, elements: 20_000, attributes: 64 }

const xmlNamespace = 'http://www.w3.org/XML/1998/namespace'
const xmlnsNamespace = 'http://www.w3.org/2000/xmlns/'

// XML 1.0 (fifth edition) §2.3 NameStartChar and NameChar, without the colon, which divides prefix and local name.
const start =
  'A-Z_a-z\\u{c0}-\\u{d6}\\u{d8}-\\u{f6}\\u{f8}-\\u{2ff}\\u{370}-\\u{37d}\\u{37f}-\\u{1fff}\\u{200c}-\\u{200d}' +
  '\\u{2070}-\\u{218f}\\u{2c00}-\\u{2fef}\\u{3001}-\\u{d7ff}\\u{f900}-\\u{fdcf}\\u{fdf0}-\\u{fffd}\\u{10000}-\\u{effff}'
const ncName = `[${start}][${start}\\-.0-9\\u{b7}\\u{300}-\\u{36f}\\u{203f}-\\u{2040}]*`
const nameForm = new RegExp(`(?:(${ncName}):)?(${ncName})`, 'uy')
const spaceForm = /[ \t\n]*/y
const equalsForm = /[ \t\n]*=[ \t\n]*/y
const declarationForm =
  /^<\?xml[ \t\n]+version[ \t\n]*=[ \t\n]*(?:"1\.[0-9]+"|'1\.[0-9]+')(?:[ \t\n]+encoding[ \t\n]*=[ \t\n]*(?:"[A-Za-z][\w.-]*"|'[A-Za-z][\w.-]*'))?(?:[ \t\n]+standalone[ \t\n]*=[ \t\n]*(?:"(?:yes|no)"|'(?:yes|no)'))?[ \t\n]*\?>/
const targetForm = new RegExp(`${ncName}(?=[ \\t\\n]|\\?>)`, 'uy')

interface Open {
  name: string
  local: string
  namespace?: string
  attributes: XmlAttribute[]
  children: XmlElement[]
  text: string
  at: number
  scope: Scope
}

/** Prefixes in force; '' is the default namespace. */
type Scope = ReadonlyMap<string, string>

/** Line ends as XML 1.0 §2.11 wants them before anything else looks at the text. */
export function normalizeLineEnds(text: string): string {
  return text.includes('\r') ? text.replace(/\r\n?/g, '\n') : text
}

/** The line of a place in a text with normalized line ends, counted from 1. */
export function lineAt(text: string, at: number): number {
  let line = 1
  for (let i = text.indexOf('\n'); i >= 0 && i < at; i = text.indexOf('\n', i + 1)) line++
  return line
}

/** Reads a document with normalized line ends. Throws VOEventError with an `XML_*` code and the line. */
export function parseXml(text: string, limits: Limits = packetLimits): XmlElement {
  let at = 0
  let elements = 0
  let root: XmlElement | undefined
  const open: Open[] = []
  const noPrefixes: Scope = new Map([['xml', xmlNamespace]])

  const fail = (
    code: 'XML_NOT_WELL_FORMED' | 'XML_DOCTYPE' | 'XML_TOO_DEEP' | 'XML_TOO_MANY',
    detail: string,
  ): never => {
    throw new VOEventError(code, detail, lineAt(text, at))
  }
  const broken = (detail: string): never => fail('XML_NOT_WELL_FORMED', detail)

  const forbidden = forbiddenCharacterAt(text)
  if (forbidden >= 0) {
    at = forbidden
    broken(`The character U+${text.codePointAt(forbidden)!.toString(16).padStart(4, '0')} is not allowed in XML.`)
  }
  if (text.startsWith('<?xml') && /[ \t\n?]/.test(text[5] ?? '')) {
    const declaration = declarationForm.exec(text)
    if (!declaration) broken('The XML declaration is malformed.')
    at = declaration![0].length
  }

  while (at < text.length) {
    const next = text.indexOf('<', at)
    characters(next < 0 ? text.length : next)
    if (next < 0) break
    at = next
    if (text.startsWith('</', at)) endTag()
    else if (text.startsWith('<!--', at)) comment()
    else if (text.startsWith('<![CDATA[', at)) cdata()
    else if (text.startsWith('<?', at)) instruction()
    else if (text.startsWith('<!DOCTYPE', at)) fail('XML_DOCTYPE', '')
    else startTag()
  }
  if (open.length > 0) broken(`The element ${open.at(-1)!.name} is not closed.`)
  return root ?? broken('There is no element.')

  function characters(end: number): void {
    if (end === at) return
    const raw = text.slice(at, end)
    const parent = open.at(-1)
    if (!parent) {
      if (/[^ \t\n]/.test(raw))
        broken(root ? 'Text stands after the root element.' : 'Text stands before the root element.')
      return
    }
    if (raw.includes(']]>')) broken('"]]>" stands in text.')
    const decoded = decodeEntities(raw)
    parent.text += decoded ?? broken('The text has a "&" that starts no known reference.')
  }

  function comment(): void {
    const end = text.indexOf('--', at + 4)
    if (end < 0) broken('A comment is not closed.')
    if (text[end + 2] !== '>') broken('"--" stands within a comment.')
    at = end + 3
  }

  function cdata(): void {
    const parent = open.at(-1) ?? broken('CDATA stands outside of the root element.')
    const end = text.indexOf(']]>', at + 9)
    if (end < 0) broken('A CDATA section is not closed.')
    parent.text += text.slice(at + 9, end)
    at = end + 3
  }

  function instruction(): void {
    targetForm.lastIndex = at + 2
    const target = targetForm.exec(text)?.[0] ?? broken('A processing instruction has no name.')
    if (target.toLowerCase() === 'xml') broken('The XML declaration stands elsewhere than at the start.')
    const end = text.indexOf('?>', at + 2 + target.length)
    if (end < 0) broken('A processing instruction is not closed.')
    at = end + 2
  }

  function endTag(): void {
    const name = qualifiedName(at + 2)
    const element = open.pop() ?? broken(`The end tag ${name[0]} closes nothing.`)
    if (name[0] !== element.name) broken(`The end tag ${name[0]} closes the element ${element.name}.`)
    at = skipSpace(at + 2 + name[0].length)
    if (text[at] !== '>') broken(`The end tag ${name[0]} is malformed.`)
    at++
    close(element)
  }

  function close({ scope: _, ...element }: Open): void {
    const parent = open.at(-1)
    if (parent) parent.children.push(element)
    else root = element
  }

  function startTag(): void {
    const tagAt = at
    if (root) broken('A second element follows the root.')
    if (++elements > limits.elements) fail('XML_TOO_MANY', `More than ${limits.elements} elements.`)
    if (open.length >= limits.depth) fail('XML_TOO_DEEP', '')
    const [name, prefix, local] = qualifiedName(at + 1)
    at += 1 + name.length
    const raw: { name: string; prefix: string | undefined; local: string; value: string }[] = []
    let declared: Map<string, string> | undefined
    for (;;) {
      const after = skipSpace(at)
      const char = text[after]
      if (char === '>' || (char === '/' && text[after + 1] === '>')) {
        at = after
        break
      }
      if (after === at) broken(`The start tag ${name} is malformed.`)
      at = after
      const each = attribute()
      if (each.prefix === 'xmlns' || each.name === 'xmlns') {
        declared ??= new Map(open.at(-1)?.scope ?? noPrefixes)
        declare(declared, each.prefix === 'xmlns' ? each.local : '', each.value)
      }
      if (raw.some((other) => other.name === each.name)) broken(`The attribute ${each.name} stands twice.`)
      if (raw.push(each) > limits.attributes) fail('XML_TOO_MANY', `More than ${limits.attributes} attributes.`)
    }
    const scope: Scope = declared ?? open.at(-1)?.scope ?? noPrefixes
    const attributes: XmlAttribute[] = []
    for (const each of raw) {
      if (each.prefix === 'xmlns' || each.name === 'xmlns') continue
      const space = each.prefix === undefined ? undefined : resolve(scope, each.prefix)
      const attribute = {
        name: each.name,
        local: each.local,
        ...(space ? { namespace: space } : {}),
        value: each.value,
      }
      if (space && attributes.some((other) => other.namespace === space && other.local === each.local)) {
        broken(`The attribute ${each.name} stands twice.`)
      }
      attributes.push(attribute)
    }
    const namespace = resolve(scope, prefix ?? '')
    const element: Open = {
      name,
      local,
      ...(namespace ? { namespace } : {}),
      attributes,
      children: [],
      text: '',
      at: tagAt,
      scope,
    }
    if (text[at] === '/') {
      at += 2
      close(element)
    } else {
      at++
      open.push(element)
    }
  }

  function attribute(): { name: string; prefix: string | undefined; local: string; value: string } {
    const [name, prefix, local] = qualifiedName(at)
    equalsForm.lastIndex = at + name.length
    const equals = equalsForm.exec(text) ?? broken(`The attribute ${name} has no value.`)
    at += name.length + equals[0].length
    const quote = text[at]
    if (quote !== '"' && quote !== "'") broken(`The value of ${name} is not quoted.`)
    const end = text.indexOf(quote!, at + 1)
    if (end < 0) broken(`The value of ${name} is not closed.`)
    const raw = text.slice(at + 1, end)
    if (raw.includes('<')) broken(`The value of ${name} has a "<".`)
    // Literal white space becomes blanks, character references to it do not (XML 1.0 §3.3.3).
    const value = decodeEntities(/[\t\n]/.test(raw) ? raw.replace(/[\t\n]/g, ' ') : raw)
    if (value === undefined) broken(`The value of ${name} has a "&" that starts no known reference.`)
    at = end + 1
    return { name, prefix, local, value: value! }
  }

  /** Namespaces in XML 1.0 §3: the reserved prefixes, and no undeclaring of a prefix. */
  function declare(scope: Map<string, string>, prefix: string, namespace: string): void {
    const xml = prefix === 'xml'
    if (prefix === 'xmlns' || namespace === xmlnsNamespace || xml !== (namespace === xmlNamespace)) {
      broken(`The namespace declaration of ${JSON.stringify(prefix)} is not allowed.`)
    }
    if (prefix !== '' && namespace === '') broken(`The prefix ${prefix} is declared without a namespace.`)
    if (!isUriReference(namespace)) broken(`The namespace ${JSON.stringify(namespace)} is no URI.`)
    scope.set(prefix, namespace)
  }

  function resolve(scope: Scope, prefix: string): string | undefined {
    return scope.get(prefix) ?? (prefix === '' ? undefined : broken(`The prefix ${prefix} is not declared.`))
  }

  function qualifiedName(from: number): [name: string, prefix: string | undefined, local: string] {
    nameForm.lastIndex = from
    const found = nameForm.exec(text) ?? broken('A name is expected after "<" or between attributes.')
    return [found[0], found[1], found[2]!]
  }

  function skipSpace(from: number): number {
    spaceForm.lastIndex = from
    return from + spaceForm.exec(text)![0].length
  }
}
