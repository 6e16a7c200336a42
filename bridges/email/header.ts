/**
 * Header fields of one RFC 5322 message: ASCII, lines of at most 76 characters. Sources: RFC 5322 (format), RFC 2047
 * (encoded words). Whatever stands in a value, it stays in its value: line breaks and other controls never reach a header.
 */

export type Header =
  /** Free text (Subject): encoded where it is not ASCII. */
  | { readonly name: string; readonly text: string }
  /** Structured ASCII that is already in its final form (Date, Message-ID, List-Id). */
  | { readonly name: string; readonly raw: string }
  /** A mailbox. */
  | { readonly name: string; readonly mailbox: Mailbox }

export interface Mailbox {
  /** Addr-spec in ASCII, checked by the caller's schema. */
  readonly address: string
  readonly name?: string
}

const maxLine = 76

export function headerLine(header: Header): string {
  if ('mailbox' in header) return fold(header.name, mailboxText(header.mailbox))
  if ('raw' in header) return fold(header.name, ascii(header.raw))
  return fold(header.name, unstructured(header.text))
}

/** Printable ASCII and single blanks: everything else, line breaks first of all, becomes '_' or ' '. */
function ascii(text: string): string {
  return text
    .replace(/[\s\p{Cc}]+/gu, ' ')
    .replace(/[^ -~]/gu, '_')
    .trim()
}

/** RFC 5322 §3.4: name in quotes or encoded words, address in angle brackets. */
export function mailboxText({ name, address }: Mailbox): string {
  const safe = ascii(address).replace(/[ <>,;]/g, '_')
  const clean = name?.replace(/[\s\p{Cc}]+/gu, ' ').trim()
  if (!clean) return safe
  if (/^[A-Za-z0-9 !#$%&'*+/=?^_`{|}~-]+$/.test(clean) && !clean.includes('=?')) return `${clean} <${safe}>`
  if (/^[ -~]+$/.test(clean) && !clean.includes('=?')) return `"${clean.replace(/["\\]/g, '\\$&')}" <${safe}>`
  return `${encodedWords(clean)} <${safe}>`
}

/**
 * Only words that need it are encoded, so that the rest can be read and matched raw. Blanks between two encoded words
 * vanish in reading (RFC 2047 §6.2): neighbours are encoded as one, with the blanks between them.
 */
function unstructured(text: string): string {
  const words = text
    .toWellFormed()
    .replace(/[\s\p{Cc}]+/gu, ' ')
    .trim()
    .split(' ')
  const runs: { text: string; plain: boolean }[] = []
  for (const word of words) {
    // A long word could not be folded, and '=?' would be taken for an encoded word.
    const plain = /^[!-~]{0,60}$/.test(word) && !word.includes('=?')
    const last = runs.at(-1)
    if (last !== undefined && !plain && !last.plain) last.text += ` ${word}`
    else runs.push({ text: word, plain })
  }
  return runs.map((run) => (run.plain ? run.text : encodedWords(run.text))).join(' ')
}

/** RFC 2047 §2: words of at most 75 characters, each of whole code points, base64 of UTF-8. */
function encodedWords(text: string): string {
  const words: string[] = []
  let chunk = ''
  for (const point of text.toWellFormed()) {
    if (Buffer.byteLength(chunk + point) > 39) {
      words.push(chunk)
      chunk = ''
    }
    chunk += point
  }
  words.push(chunk)
  return words.map((word) => `=?UTF-8?B?${Buffer.from(word).toString('base64')}?=`).join(' ')
}

/** Folds at blanks (RFC 5322 §2.2.3); no line gets longer than 76 while there is a blank to fold at. */
function fold(name: string, value: string): string {
  let line = `${name}:`
  const lines: string[] = []
  for (const word of value.split(' ')) {
    if (line.length + 1 + word.length > maxLine && line !== `${name}:`) {
      lines.push(line)
      line = ''
    }
    line += ` ${word}`
  }
  lines.push(line)
  return lines.join('\r\n')
}

/** RFC 5322 §3.3 date-time in UTC: 'Sun, 01 Mar 2026 05:36:57 +0000'. ISO 8601 in; without a zone it is UTC. */
export function mailDate(iso: string): string | undefined {
  const ms = Date.parse(/(?:Z|[+-]\d{2}:?\d{2})$/.test(iso) ? iso : `${iso}Z`)
  if (Number.isNaN(ms)) return undefined
  const year = new Date(ms).getUTCFullYear()
  return year < 1900 || year > 9999 ? undefined : new Date(ms).toUTCString().replace(/GMT$/, '+0000')
}
