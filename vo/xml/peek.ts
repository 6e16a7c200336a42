/** A first look at a document that may be broken: a broker refuses with the ivorn whenever it can be found. */
import { decodeEntities } from './entities.ts'

/** What stands on the root element of a VOEvent, as written; only what could be found. */
export interface Peek {
  readonly ivorn?: string
  readonly role?: string
  readonly version?: string
  /** The namespace of the root; absent for none. */
  readonly namespace?: string
}

/** How far into a document the root's start tag is looked for. */
const farBytes = 65_536

/** The root's attributes, or undefined when no VOEvent element starts in the first 64 KiB. Never throws. */
export function peekVOEvent(bytes: Uint8Array): Peek | undefined {
  const text = headText(bytes.subarray(0, farBytes))
  const tag = rootTag(text)
  if (tag === undefined) return undefined
  const [, prefix, local] = /^(?:([^\s:/>=]*):)?([^\s:/>=]*)/.exec(tag)!
  if (local !== 'VOEvent') return undefined
  const attributes = new Map<string, string>()
  // The look behind keeps a run of characters without "=" from being tried at each of them.
  for (const [, name, , double, single] of tag.matchAll(/(?<=[\s"'])([^\s=<>"']+)\s*=\s*("([^"<]*)"|'([^'<]*)')/g)) {
    if (!attributes.has(name!)) attributes.set(name!, decodeEntities(double ?? single ?? '') ?? double ?? single ?? '')
  }
  const namespace = attributes.get(prefix ? `xmlns:${prefix}` : 'xmlns')
  return {
    ...pick(attributes, 'ivorn'),
    ...pick(attributes, 'role'),
    ...pick(attributes, 'version'),
    ...(namespace ? { namespace } : {}),
  }
}

function pick(attributes: Map<string, string>, name: 'ivorn' | 'role' | 'version'): Peek {
  const value = attributes.get(name)?.trim()
  return value === undefined ? {} : { [name]: value }
}

/** The start of the document as text, in the encoding that its first bytes show; bytes that do not fit are replaced. */
function headText(bytes: Uint8Array): string {
  const [b0, b1] = bytes
  const little = (b0 === 0xff && b1 === 0xfe) || (b0 === 0x3c && b1 === 0)
  const big = (b0 === 0xfe && b1 === 0xff) || (b0 === 0 && b1 === 0x3c)
  return new TextDecoder(little ? 'utf-16le' : big ? 'utf-16be' : 'utf-8').decode(bytes)
}

/** The root's start tag without its angle brackets, cut off where the text ends. */
function rootTag(text: string): string | undefined {
  let at = text.indexOf('<')
  while (at >= 0) {
    const end = markupEnd(text, at)
    if (end === undefined)
      return /^<[A-Za-z_:\u0080-\uffff]/.test(text.slice(at, at + 2)) ? tagText(text, at) : undefined
    at = text.indexOf('<', end)
  }
  return undefined
}

/** Where a declaration, comment or stray `<` ends; undefined for the start of an element or something unfinished. */
function markupEnd(text: string, at: number): number | undefined {
  const after = (mark: string, from: number) => {
    const found = text.indexOf(mark, from)
    return found < 0 ? undefined : found + mark.length
  }
  if (text.startsWith('<?', at)) return after('?>', at + 2)
  if (text.startsWith('<!--', at)) return after('-->', at + 4)
  if (text.startsWith('<!DOCTYPE', at)) {
    const subset = text.indexOf('[', at)
    const close = text.indexOf('>', at)
    if (subset < 0 || (close >= 0 && close < subset)) return after('>', at)
    const subsetEnd = after(']', subset)
    return subsetEnd === undefined ? undefined : after('>', subsetEnd)
  }
  return /[A-Za-z_:\u0080-\uffff]/.test(text[at + 1] ?? '') ? undefined : at + 1
}

function tagText(text: string, at: number): string {
  let quote = ''
  for (let i = at + 1; i < text.length; i++) {
    const char = text[i]!
    if (quote !== '') quote = char === quote ? '' : quote
    else if (char === '"' || char === "'") quote = char
    else if (char === '>') return text.slice(at + 1, i)
  }
  return text.slice(at + 1)
}
