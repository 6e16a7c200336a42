/**
 * Writes one RFC 5322 message, the same bytes for the same arguments: synchronous, seven-bit, lines of at most 76
 * characters, CRLF. Sources: RFC 5322 (format), RFC 2045/2046 (MIME), RFC 2047 (encoded words), RFC 2183 (disposition).
 * Whatever stands in a value, it stays in its value: line breaks and other controls never reach a header.
 */

export interface MimeMessage {
  /** In order; names are ours, values may be anything. */
  readonly headers: readonly Header[]
  readonly text: string
  readonly html: string
  readonly attachments: readonly Attachment[]
  /** Makes the boundaries: the same for the same message. Hexadecimal. */
  readonly seed: string
}
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
export interface Attachment {
  readonly fileName: string
  readonly mediaType: string
  readonly bytes: Uint8Array
}

const maxLine = 76

export function writeMime(message: MimeMessage): Uint8Array {
  const mixed = `=_fountain_m_${message.seed}`
  const alternative = `=_fountain_a_${message.seed}`
  const lines = [
    ...message.headers.map(headerLine),
    'MIME-Version: 1.0',
    `Content-Type: multipart/mixed;\r\n boundary="${mixed}"`,
    '',
    `--${mixed}`,
    `Content-Type: multipart/alternative;\r\n boundary="${alternative}"`,
    '',
    `--${alternative}`,
    ...textPart('text/plain', message.text),
    `--${alternative}`,
    ...textPart('text/html', message.html),
    `--${alternative}--`,
    '',
    ...message.attachments.flatMap((attachment) => [`--${mixed}`, ...attachmentPart(attachment)]),
    `--${mixed}--`,
    '',
  ]
  return Buffer.from(lines.join('\r\n'), 'latin1')
}

function textPart(mediaType: string, text: string): string[] {
  return [
    `Content-Type: ${mediaType}; charset=utf-8`,
    'Content-Transfer-Encoding: quoted-printable',
    '',
    quotedPrintable(text),
  ]
}

function attachmentPart({ fileName, mediaType, bytes }: Attachment): string[] {
  const name = fileName.replace(/[^A-Za-z0-9._-]+/g, '_').slice(0, 60) || 'attachment'
  const type = /^[A-Za-z0-9.+-]{1,40}\/[A-Za-z0-9.+-]{1,40}$/.test(mediaType) ? mediaType : 'application/octet-stream'
  return [
    `Content-Type: ${type};\r\n name="${name}"`,
    'Content-Transfer-Encoding: base64',
    `Content-Disposition: attachment;\r\n filename="${name}"`,
    '',
    (
      Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
        .toString('base64')
        .match(/.{1,76}/g) ?? []
    ).join('\r\n'),
  ]
}

function headerLine(header: Header): string {
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

/** RFC 2045 §6.7, of UTF-8; line breaks of the text become CRLF. */
export function quotedPrintable(text: string): string {
  return text
    .toWellFormed()
    .split(/\r\n|\r|\n/)
    .map(quotedPrintableLine)
    .join('\r\n')
}

function quotedPrintableLine(text: string): string {
  const bytes = Buffer.from(text)
  const lines: string[] = []
  let line = ''
  for (let i = 0; i < bytes.length; i++) {
    const byte = bytes[i]!
    const last = i === bytes.length - 1
    const plain = (byte > 32 && byte < 127 && byte !== 61) || ((byte === 32 || byte === 9) && !last)
    // A '.' or 'From ' at the start of a line is changed by some relays on the way.
    const risky =
      line === '' && (byte === 46 || (byte === 70 && bytes.subarray(i, i + 5).toString('latin1') === 'From '))
    const token = plain && !risky ? String.fromCharCode(byte) : `=${byte.toString(16).toUpperCase().padStart(2, '0')}`
    if (line.length + token.length > maxLine - (last ? 0 : 1)) {
      lines.push(`${line}=`)
      line = ''
      i--
      continue
    }
    line += token
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
