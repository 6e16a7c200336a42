/**
 * A strict, bounded reader of XML 1.0 with Namespaces, for packets: a document in, a small tree out.
 *
 * It refuses what libxml2 refuses (a test holds both to the same verdicts), so that a packet never means one thing
 * to the validator and another to the reader. DOCTYPE is refused altogether: no entity is ever defined or fetched.
 *
 * Each code unit is looked at once, in an array of them: several times faster than a string or regular expressions.
 */
import { VOEventError } from '../voevent-error.ts'
import { codeUnitsOf } from './code-units.ts'
import { decodeEntities } from './entities.ts'
import { declarationFault, outermost, type Scope, scopeWithin } from './namespace-scope.ts'
import { instructionTarget, qualifiedName, type XmlName } from './xml-names.ts'

export interface XmlAttribute {
  /** As written: `xsi:schemaLocation`. */
  readonly name: string
  readonly local: string
  /** Undefined for none: an attribute without a prefix has no namespace. */
  readonly namespace: string | undefined
  readonly value: string
}

export interface XmlElement {
  /** As written: `voe:VOEvent`. */
  readonly name: string
  readonly local: string
  readonly namespace: string | undefined
  /** Without namespace declarations. */
  readonly attributes: readonly XmlAttribute[]
  readonly children: readonly XmlElement[]
  /**
   * The element's own character data, pieces between children put together. Where children have nothing but white
   * space around them, that is left out.
   */
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

const declarationForm =
  /^<\?xml[ \t\n]+version[ \t\n]*=[ \t\n]*(?:"1\.[0-9]+"|'1\.[0-9]+')(?:[ \t\n]+encoding[ \t\n]*=[ \t\n]*(?:"[A-Za-z][\w.-]*"|'[A-Za-z][\w.-]*'))?(?:[ \t\n]+standalone[ \t\n]*=[ \t\n]*(?:"(?:yes|no)"|'(?:yes|no)'))?[ \t\n]*\?>/

const tab = 0x09
const lineFeed = 0x0a
const blank = 0x20
const bang = 0x21
const quote = 0x22
const ampersand = 0x26
const apostrophe = 0x27
const slash = 0x2f
const lt = 0x3c
const equals = 0x3d
const gt = 0x3e
const question = 0x3f
const bracket = 0x5d

const noAttributes: readonly XmlAttribute[] = []
const noChildren: readonly XmlElement[] = []

/** An element that is open. */
interface Open {
  readonly name: XmlName
  readonly namespace: string | undefined
  readonly attributes: readonly XmlAttribute[]
  readonly at: number
  readonly scope: Scope
  children: XmlElement[] | undefined
  /** Where its first piece of text is in the list of pieces. */
  readonly firstPiece: number
  /** Whether there is more in it than white space. */
  solid: boolean
}

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
  return new Parser(text, limits).document()
}

const isSpace = (unit: number) => unit === blank || unit === lineFeed || unit === tab

class Parser {
  readonly #text: string
  /** The text's code units, and a zero after them, which nothing allows: no loop needs to ask for the end. */
  readonly #units: Uint16Array
  readonly #limits: Limits
  readonly #open: Open[] = []
  /**
   * Text of the open elements, in the order of the document: two numbers a piece, from and to, or one string of what
   * is not as written. White space between elements is most of it, and is never made into strings.
   */
  readonly #pieces: (number | string)[] = []
  /** The attributes of the start tag that is being read: copied from here, they take no more room than they need. */
  readonly #found: XmlAttribute[] = []
  #at = 0
  #elements = 0
  #root: XmlElement | undefined

  constructor(text: string, limits: Limits) {
    this.#text = text
    this.#units = codeUnitsOf(text)
    this.#limits = limits
  }

  document(): XmlElement {
    const text = this.#text
    const units = this.#units
    if (text.startsWith('<?xml') && (isSpace(units[5]!) || units[5] === question)) {
      const declaration = declarationForm.exec(text) ?? this.#broken(0, 'The XML declaration is malformed.')
      this.#at = declaration[0].length
    }
    while (this.#at < text.length) {
      const at = this.#at
      if (units[at] !== lt) this.#characters(at)
      else if (units[at + 1] === slash) this.#endTag(at)
      else if (units[at + 1] === question) this.#instruction(at)
      else if (units[at + 1] !== bang) this.#startTag(at)
      else if (text.startsWith('<!--', at)) this.#comment(at)
      else if (text.startsWith('<![CDATA[', at)) this.#cdata(at)
      else if (text.startsWith('<!DOCTYPE', at)) this.#fail('XML_DOCTYPE', at, '')
      else this.#startTag(at)
    }
    const open = this.#open.at(-1)
    if (open) this.#broken(text.length, `The element ${open.name.name} is not closed.`)
    return this.#root ?? this.#broken(text.length, 'There is no element.')
  }

  /** Text up to the next markup. */
  #characters(from: number): void {
    const units = this.#units
    let at = from
    while (isSpace(units[at]!)) at++
    const open = this.#open.at(-1)
    const end = at === this.#text.length
    if (units[at] === lt || end) {
      this.#at = at
      if (open) this.#pieces.push(from, at)
      return
    }
    if (!open) {
      this.#broken(at, `Text stands ${this.#root ? 'after' : 'before'} the root element.`)
      return
    }
    let references = false
    for (; ; at++) {
      const unit = units[at]!
      if (unit > gt && unit < 0xd800) continue
      if (unit === lt || (unit === 0 && at === this.#text.length)) break
      if (unit === ampersand) references = true
      else if (unit === gt) {
        if (at >= from + 2 && units[at - 1] === bracket && units[at - 2] === bracket) {
          this.#broken(at, '"]]>" stands in text.')
        }
      } else if (unit < blank || unit >= 0xd800) at = this.#character(at)
    }
    open.solid = true
    this.#at = at
    if (references) this.#pieces.push(this.#decoded(from, this.#text.slice(from, at), 'The text'))
    else this.#pieces.push(from, at)
  }

  #decoded(at: number, raw: string, where: string): string {
    return decodeEntities(raw) ?? this.#broken(at, `${where} has a "&" that starts no known reference.`)
  }

  #comment(at: number): void {
    const end = this.#text.indexOf('--', at + 4)
    if (end < 0) this.#broken(at, 'A comment is not closed.')
    if (this.#units[end + 2] !== gt) this.#broken(at, '"--" stands within a comment.')
    this.#passOver(at + 4, end)
    this.#at = end + 3
  }

  #cdata(at: number): void {
    const open = this.#open.at(-1) ?? this.#broken(at, 'CDATA stands outside of the root element.')
    const end = this.#text.indexOf(']]>', at + 9)
    if (end < 0) this.#broken(at, 'A CDATA section is not closed.')
    this.#passOver(at + 9, end)
    open.solid = true
    this.#pieces.push(at + 9, end)
    this.#at = end + 3
  }

  #instruction(at: number): void {
    const target = instructionTarget(this.#text, at + 2) ?? this.#broken(at, 'A processing instruction has no name.')
    if (target.toLowerCase() === 'xml') this.#broken(at, 'The XML declaration stands elsewhere than at the start.')
    const end = this.#text.indexOf('?>', at + 2 + target.length)
    if (end < 0) this.#broken(at, 'A processing instruction is not closed.')
    this.#passOver(at + 2, end)
    this.#at = end + 2
  }

  #endTag(at: number): void {
    const open = this.#open.pop() ?? this.#wrongEnd(at, undefined)
    if (!this.#text.startsWith(open.name.name, at + 2)) this.#wrongEnd(at, open)
    let end = at + 2 + open.name.name.length
    while (isSpace(this.#units[end]!)) end++
    if (this.#units[end] !== gt) this.#wrongEnd(at, open)
    this.#at = end + 1
    this.#close(open)
  }

  #wrongEnd(at: number, open: Open | undefined): never {
    const { name } = this.#name(at + 2)
    if (open === undefined) return this.#broken(at, `The end tag ${name} closes nothing.`)
    if (name === open.name.name) return this.#broken(at, `The end tag ${name} is malformed.`)
    return this.#broken(at, `The end tag ${name} closes the element ${open.name.name}.`)
  }

  #close({ name: { name, local }, namespace, attributes, children, at, firstPiece, solid }: Open): void {
    const pieces = this.#pieces
    let text = ''
    if (solid || children === undefined) {
      for (let i = firstPiece; i < pieces.length; i++) {
        const piece = pieces[i]!
        text += typeof piece === 'string' ? piece : this.#text.slice(piece, pieces[++i] as number)
      }
    }
    pieces.length = firstPiece
    this.#keep({ name, local, namespace, attributes, children: children ?? noChildren, text, at })
  }

  #keep(element: XmlElement): void {
    const parent = this.#open.at(-1)
    if (parent === undefined) this.#root = element
    else if (parent.children === undefined) parent.children = [element]
    else parent.children.push(element)
  }

  #startTag(tagAt: number): void {
    const units = this.#units
    const limits = this.#limits
    const depth = this.#open.length
    if (this.#root) this.#broken(tagAt, 'A second element follows the root.')
    if (++this.#elements > limits.elements) this.#fail('XML_TOO_MANY', tagAt, `More than ${limits.elements} elements.`)
    if (depth >= limits.depth) this.#fail('XML_TOO_DEEP', tagAt, '')
    const name = this.#name(tagAt + 1)
    const outer = depth === 0 ? outermost : this.#open[depth - 1]!.scope
    const found = this.#found
    let count = 0
    let prefixed = false
    let declared: Map<string, string> | undefined
    let declarations = 0
    let at = tagAt + 1 + name.name.length
    for (;;) {
      const from = at
      while (isSpace(units[at]!)) at++
      if (units[at] === gt || (units[at] === slash && units[at + 1] === gt)) break
      if (at === from) this.#broken(at, `The start tag ${name.name} is malformed.`)
      const attribute = this.#name(at)
      const value = this.#value(at + attribute.name.length, attribute.name)
      at = this.#at
      if (attribute.prefix === 'xmlns' || attribute.name === 'xmlns') {
        declared ??= new Map()
        this.#declare(at, declared, attribute.prefix === undefined ? '' : attribute.local, value)
        declarations++
      } else {
        for (let i = 0; i < count; i++) if (found[i]!.name === attribute.name) this.#twice(at, attribute.name)
        found[count++] = { name: attribute.name, local: attribute.local, namespace: undefined, value }
        if (attribute.prefix !== undefined) prefixed = true
      }
      if (count + declarations > limits.attributes) {
        this.#fail('XML_TOO_MANY', tagAt, `More than ${limits.attributes} attributes.`)
      }
    }
    const scope = declared === undefined ? outer : scopeWithin(outer, declared)
    let attributes = count === 0 ? noAttributes : found.slice(0, count)
    if (prefixed) attributes = this.#resolved(tagAt, attributes, scope)
    const namespace = name.prefix === undefined ? scope.fallback : this.#resolve(tagAt, scope, name.prefix)
    if (units[at] === slash) {
      this.#at = at + 2
      const { name: written, local } = name
      this.#keep({ name: written, local, namespace, attributes, children: noChildren, text: '', at: tagAt })
    } else {
      this.#at = at + 1
      const firstPiece = this.#pieces.length
      this.#open.push({ name, namespace, attributes, at: tagAt, scope, children: undefined, firstPiece, solid: false })
    }
  }

  /** From after an attribute's name to after its value. */
  #value(from: number, name: string): string {
    const units = this.#units
    let at = from
    while (isSpace(units[at]!)) at++
    if (units[at] !== equals) this.#broken(from, `The attribute ${name} has no value.`)
    at++
    while (isSpace(units[at]!)) at++
    const delimiter = units[at]!
    if (delimiter !== quote && delimiter !== apostrophe) this.#broken(at, `The value of ${name} is not quoted.`)
    const start = ++at
    let references = false
    let spaces = false
    for (; ; at++) {
      const unit = units[at]!
      if (unit > apostrophe && unit !== lt && unit < 0xd800) continue
      if (unit === delimiter) break
      if (unit === ampersand) references = true
      else if (unit === tab || unit === lineFeed) spaces = true
      else if (unit === lt) this.#broken(at, `The value of ${name} has a "<".`)
      else if (unit === 0 && at === this.#text.length) this.#broken(start, `The value of ${name} is not closed.`)
      else if (unit < blank || unit >= 0xd800) at = this.#character(at)
    }
    this.#at = at + 1
    let raw = this.#text.slice(start, at)
    // Literal white space becomes blanks, character references to it do not (XML 1.0 §3.3.3).
    if (spaces) raw = raw.replace(/[\t\n]/g, ' ')
    return references ? this.#decoded(start, raw, `The value of ${name}`) : raw
  }

  #declare(at: number, declared: Map<string, string>, prefix: string, namespace: string): void {
    const fault = declarationFault(prefix, namespace)
    if (fault !== undefined) this.#broken(at, fault)
    if (declared.has(prefix)) this.#twice(at, prefix === '' ? 'xmlns' : `xmlns:${prefix}`)
    declared.set(prefix, namespace)
  }

  #resolved(at: number, attributes: readonly XmlAttribute[], scope: Scope): XmlAttribute[] {
    const resolved: XmlAttribute[] = []
    for (const { name, local, value } of attributes) {
      const namespace =
        name === local ? undefined : this.#resolve(at, scope, name.slice(0, name.length - local.length - 1))
      for (const other of resolved) {
        if (namespace !== undefined && other.namespace === namespace && other.local === local) this.#twice(at, name)
      }
      resolved.push({ name, local, namespace, value })
    }
    return resolved
  }

  #resolve(at: number, scope: Scope, prefix: string): string {
    return scope.prefixes.get(prefix) ?? this.#broken(at, `The prefix ${prefix} is not declared.`)
  }

  #name(at: number): XmlName {
    const name = qualifiedName(this.#text, this.#units, at)
    return name ?? this.#broken(at, 'A name is expected after "<" or between attributes.')
  }

  /** Refuses characters that XML does not allow where no other is looked at. */
  #passOver(from: number, to: number): void {
    for (let at = from; at < to; at++) {
      const unit = this.#units[at]!
      if ((unit < blank && !isSpace(unit)) || unit >= 0xd800) at = this.#character(at)
    }
  }

  /** A unit that needs a second look: the place of its character's last unit. XML 1.0 §2.2 Char. */
  #character(at: number): number {
    const unit = this.#units[at]!
    const next = this.#units[at + 1]!
    if (unit >= 0xd800 && unit < 0xdc00 && next >= 0xdc00 && next < 0xe000) return at + 1
    if (isSpace(unit) || unit === 0x0d || (unit >= 0xe000 && unit < 0xfffe)) return at
    const code = unit.toString(16).padStart(4, '0')
    return this.#broken(at, `The character U+${code} is not allowed in XML.`)
  }

  #twice(at: number, name: string): never {
    return this.#broken(at, `The attribute ${name} stands twice.`)
  }

  #broken(at: number, detail: string): never {
    return this.#fail('XML_NOT_WELL_FORMED', at, detail)
  }

  #fail(
    code: 'XML_NOT_WELL_FORMED' | 'XML_DOCTYPE' | 'XML_TOO_DEEP' | 'XML_TOO_MANY',
    at: number,
    detail: string,
  ): never {
    throw new VOEventError(code, detail, lineAt(this.#text, at))
  }
}
