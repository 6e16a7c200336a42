/**
 * IVOA identifiers as VOEvent uses them: `ivo://authority/path#local` (IVOA Identifiers 2.0 §2.3, VOEvent 2.0 §2.2).
 *
 * The part before `#` is the registered stream and compares without regard to case; the local part names one event
 * of it and compares as it stands. VOEvent 2.1 writes `?` where 2.0 writes `#`: `key()` makes both equal.
 */
import type { ValidationCode } from './validation-codes.ts'

export interface Ivoid {
  /** The naming authority: at least three characters, the first a letter or digit. */
  readonly authority: string
  /** The resource key without its leading slash; empty when the identifier names the authority itself. */
  readonly path: string
  /** What stands between the registry part and the local part. */
  readonly separator?: '#' | '?'
  /** The event within its stream; absent without a separator, and possibly empty with one. */
  readonly local?: string
}

/** A text that is no IVOA identifier; `code` is one of the `IVOID_*` validation codes. */
export class IvoidError extends Error {
  override readonly name = 'IvoidError'
  readonly code: ValidationCode
  readonly text: string
  constructor(code: ValidationCode, text: string, why: string) {
    super(`${JSON.stringify(text.length > 200 ? `${text.slice(0, 200)}…` : text)} is no IVOA identifier: ${why}`)
    this.code = code
    this.text = text
  }
}

const scheme = /^ivo:\/\//i
const authorityForm = /^[A-Za-z0-9][A-Za-z0-9._~-]{2,}$/
const segmentForm = /^[A-Za-z0-9._~-]+$/
/** RFC 3986 `*( pchar / "/" / "?" )`, so that "+" and "%20" pass and "#", blanks and control characters do not. */
const localForm = /^(?:[A-Za-z0-9._~!$&'()*+,;=:@/?-]|%[0-9A-Fa-f]{2})*$/
const longest = 2048

/** Reads an identifier with or without a local part. Throws IvoidError. */
export function parseIvoid(text: string): Ivoid {
  const refuse = (code: ValidationCode, why: string): never => {
    throw new IvoidError(code, text, why)
  }
  if (text.length > longest) refuse('IVOID_SCHEME', `it is longer than ${longest} characters`)
  if (!scheme.test(text)) refuse('IVOID_SCHEME', 'it does not start with ivo://')
  const cut = separatorAt(text)
  const registered = cut < 0 ? text.slice(6) : text.slice(6, cut)
  const slash = registered.indexOf('/')
  const authority = slash < 0 ? registered : registered.slice(0, slash)
  if (!authorityForm.test(authority)) {
    refuse(
      'IVOID_AUTHORITY',
      'the authority needs three characters or more of A-Z a-z 0-9 . _ ~ -, the first a letter or digit',
    )
  }
  const path = slash < 0 ? '' : registered.slice(slash + 1)
  if (slash >= 0) {
    for (const segment of path.split('/')) {
      if (segment === '') refuse('IVOID_PATH', 'the path has an empty segment or ends in a slash')
      if (segment === '.' || segment === '..') refuse('IVOID_PATH', 'the path has a segment "." or ".."')
      if (!segmentForm.test(segment)) refuse('IVOID_PATH', 'the path has a character other than A-Z a-z 0-9 . _ ~ -')
    }
  }
  if (cut < 0) return { authority, path }
  const local = text.slice(cut + 1)
  if (!localForm.test(local)) {
    refuse(
      'IVOID_LOCAL',
      'the local part has a second "#", a blank or another character that RFC 3986 does not allow there',
    )
  }
  return { authority, path, separator: text[cut] as '#' | '?', local }
}

/** The text of an identifier; the inverse of `parseIvoid`. */
export function formatIvoid({ authority, path, separator, local }: Ivoid): string {
  const registered = `ivo://${authority}${path === '' ? '' : `/${path}`}`
  return local === undefined ? registered : `${registered}${separator ?? '#'}${local}`
}

/** An event's identifier in VOEvent 2.0's form, `ivo://authority/path#local`. Throws IvoidError. */
export function eventIvoid(parts: { authority: string; path: string; local: string }): string {
  const text = formatIvoid({ ...parts, separator: '#' })
  requireEventIvoid(text)
  return text
}

/** Reads an identifier that must name an event: with a local part that is not empty. Throws IvoidError. */
export function requireEventIvoid(text: string): Ivoid {
  const ivoid = parseIvoid(text)
  if (!ivoid.local) throw new IvoidError('IVOID_NO_LOCAL', text, 'it names no event: the part after "#" is missing')
  return ivoid
}

export function isEventIvoid(text: string): boolean {
  try {
    requireEventIvoid(text)
    return true
  } catch {
    return false
  }
}

/**
 * What identifiers are compared by: the registry part in lower case, `#` for `?`, the local part as it stands.
 * Any text has a key, so that events with broken identifiers can be looked up too.
 */
export function key(ivoid: string): string {
  const cut = separatorAt(ivoid)
  return cut < 0 ? ivoid.toLowerCase() : `${ivoid.slice(0, cut).toLowerCase()}#${ivoid.slice(cut + 1)}`
}

/** The registered stream of an event: what stands before `#` or `?`, as written. */
export function streamOf(ivoid: string): string {
  const cut = separatorAt(ivoid)
  return cut < 0 ? ivoid : ivoid.slice(0, cut)
}

function separatorAt(text: string): number {
  return text.search(/[#?]/)
}
