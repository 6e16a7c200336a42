/**
 * JSON text into plain values, bounded, with what JSON.parse loses: integers beyond 2^53 - 1 come as bigint, and how
 * many members its objects have, which tells whether a key stands twice in one of them (RFC 8259 §4: names should be
 * unique, and readers differ in which they take).
 */
import { VOEventError } from '../voevent-error.ts'

/** An event with its pictures has a few hundred thousand. */
const largestJsonBytes = 10_000_000

/** The model needs twelve levels. */
const deepest = 64

interface ParsedJson {
  readonly value: unknown
  /** How many members all its objects have together, repeated keys counted each time. */
  readonly members: number
}

/** The text of bytes in UTF-8. Throws VOEventError JSON_TOO_LARGE or JSON_SYNTAX. */
export function jsonText(input: string | Uint8Array): string {
  if (input.length > largestJsonBytes) throw new VOEventError('JSON_TOO_LARGE', `It has ${input.length}.`)
  return typeof input === 'string' ? input : decode(input)
}

/** Throws VOEventError JSON_TOO_DEEP or JSON_SYNTAX. */
export function parseJsonText(text: string): ParsedJson {
  const members = countMembers(text)
  try {
    const value = longNumber.test(text) ? JSON.parse(text, keepInteger as never) : JSON.parse(text)
    return { value, members }
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error
    const at = /at position (\d+)/.exec(error.message)?.[1]
    throw new VOEventError('JSON_SYNTAX', error.message, at === undefined ? 0 : lineOf(text, Number(at)))
  }
}

function decode(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    throw new VOEventError('JSON_SYNTAX', 'The bytes are not UTF-8.')
  }
}

/** What begins as an integer that a double may not hold; other numbers and text that look like one do no harm. */
const longNumber = /[:[,\s]-?[0-9]{16}/
/** Longer ones are no int64 and stay doubles, so that nobody has digits by the million converted. */
const longestInteger = /^-?[0-9]{1,20}$/

function keepInteger(_: string, value: unknown, { source }: { source: string }): unknown {
  return typeof value === 'number' && !Number.isSafeInteger(value) && longestInteger.test(source)
    ? BigInt(source)
    : value
}

/** Members are colons outside of strings. For text that is not well-formed the number means nothing. */
function countMembers(text: string): number {
  let count = 0
  let depth = 0
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at)
    if (code === quote) at = afterString(text, at) - 1
    else if (code === colon) count++
    else if (code === brace || code === bracket) {
      if (++depth > deepest) throw new VOEventError('JSON_TOO_DEEP', '', lineOf(text, at))
    } else if (code === braceEnd || code === bracketEnd) depth--
  }
  return count
}

/** The first key that stands twice in one object, and where its second begins. The text is well-formed. */
export function repeatedKey(text: string): { readonly key: string; readonly line: number } | undefined {
  const open: Set<string>[] = []
  for (let at = 0; at < text.length; at++) {
    const char = text[at]
    if (char === '{' || char === '[') open.push(new Set())
    else if (char === '}' || char === ']') open.pop()
    else if (char === '"') {
      const end = afterString(text, at)
      if (text.charCodeAt(afterBlanks(text, end)) === colon) {
        const key = JSON.parse(text.slice(at, end)) as string
        const keys = open.at(-1)
        if (keys?.has(key)) return { key, line: lineOf(text, at) }
        keys?.add(key)
      }
      at = end - 1
    }
  }
  return undefined
}

const quote = 0x22
const colon = 0x3a
const bracket = 0x5b
const bracketEnd = 0x5d
const brace = 0x7b
const braceEnd = 0x7d
const backslash = 0x5c

/** The position after the string whose first quote is at `at`. */
export function afterString(text: string, at: number): number {
  for (let end = text.indexOf('"', at + 1); end >= 0; end = text.indexOf('"', end + 1)) {
    let first = end
    while (text.charCodeAt(first - 1) === backslash) first--
    if ((end - first) % 2 === 0) return end + 1
  }
  return text.length
}

function afterBlanks(text: string, from: number): number {
  let at = from
  for (let code = text.charCodeAt(at); code === 0x20 || (code >= 0x09 && code <= 0x0d); code = text.charCodeAt(++at));
  return at
}

function lineOf(text: string, at: number): number {
  let line = 1
  for (let i = text.indexOf('\n'); i >= 0 && i < at; i = text.indexOf('\n', i + 1)) line++
  return line
}
