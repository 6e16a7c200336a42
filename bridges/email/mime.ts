/**
 * Writes one MIME message, the same bytes for the same arguments: synchronous, seven-bit, lines of at most 76
 * characters, CRLF. Sources: RFC 2045/2046 (MIME), RFC 2183 (disposition), RFC 2387 (related), RFC 2392 (cid).
 *
 * What is written is the message to be stored: the bytes of pictures and attachments do not stand in it, only a line
 * `=part <SHA-256>` where they belong, and a line `=thread <id>` or `=reply <id>` where References and In-Reply-To
 * belong. No other line of such a message starts with '=' and a small letter: quoted-printable has two hexadecimal
 * digits or the line's end after it, base64 and header fields never start with it. `assemble.ts` puts the parts in.
 */
import { type Header, headerLine } from './header.ts'

export interface MimeMessage {
  /** In order; names are ours, values may be anything. */
  readonly headers: readonly Header[]
  /** The thread's root; `reply`: the earlier mails are what this one is about, digests too. */
  readonly thread?: { readonly kind: 'thread' | 'reply'; readonly root?: string }
  readonly text: string
  readonly html: string
  /** Shown within the HTML by `cid:`. */
  readonly inline: readonly Enclosed[]
  readonly attachments: readonly Enclosed[]
  /** Makes the boundaries: the same for the same message. Hexadecimal. */
  readonly seed: string
}

export interface Enclosed {
  /** SHA-256 of the bytes, hexadecimal. */
  readonly hash: string
  readonly name: string
  readonly mediaType: string
  /** Without angle brackets, in ASCII. */
  readonly contentId?: string
}

const maxLine = 76

/** An entity: its header lines, an empty line, its body. */
type Entity = readonly string[]

export function writeMime(message: MimeMessage): Uint8Array {
  const { seed, inline, attachments, thread } = message
  const alternative = multipart('alternative', seed, [
    textPart('text/plain', message.text),
    textPart('text/html', message.html),
  ])
  const related =
    inline.length === 0
      ? alternative
      : multipart('related', seed, [alternative, ...inline.map((part) => enclosedPart(part, 'inline'))])
  const mixed =
    attachments.length === 0
      ? related
      : multipart('mixed', seed, [related, ...attachments.map((part) => enclosedPart(part, 'attachment'))])
  const lines = [
    ...message.headers.map(headerLine),
    ...(thread === undefined ? [] : [`=${thread.kind}${thread.root === undefined ? '' : ` ${thread.root}`}`]),
    'MIME-Version: 1.0',
    ...mixed,
    '',
  ]
  return Buffer.from(lines.join('\r\n'), 'latin1')
}

function multipart(kind: 'mixed' | 'related' | 'alternative', seed: string, children: readonly Entity[]): Entity {
  const boundary = `=_fountain_${kind[0]}_${seed}`
  const type = kind === 'related' ? '\r\n type="multipart/alternative";' : ''
  return [
    `Content-Type: multipart/${kind};${type}\r\n boundary="${boundary}"`,
    '',
    ...children.flatMap((child) => [`--${boundary}`, ...child]),
    `--${boundary}--`,
    '',
  ]
}

function textPart(mediaType: string, text: string): Entity {
  return [
    `Content-Type: ${mediaType}; charset=utf-8`,
    'Content-Transfer-Encoding: quoted-printable',
    '',
    quotedPrintable(text),
  ]
}

function enclosedPart({ hash, name, mediaType, contentId }: Enclosed, disposition: string): Entity {
  const fileName = name.replace(/[^A-Za-z0-9._-]+/g, '_').slice(0, 60) || 'part'
  const type = /^[A-Za-z0-9.+-]{1,40}\/[A-Za-z0-9.+-]{1,40}$/.test(mediaType) ? mediaType : 'application/octet-stream'
  return [
    `Content-Type: ${type};\r\n name="${fileName}"`,
    'Content-Transfer-Encoding: base64',
    ...(contentId === undefined ? [] : [`Content-ID: <${contentId}>`]),
    `Content-Disposition: ${disposition};\r\n filename="${fileName}"`,
    '',
    `=part ${hash}`,
  ]
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
