/**
 * Receipts matched by bytes. A broker reads one for every event and subscriber: an XML parser there would cost more
 * than all the rest. What is not recognised here goes to `readTransport`, so nothing depends on a peer's spelling.
 */
import { escapeText } from '../xml/escape.ts'
import { readTransport, type TransportMessage } from './transport.ts'

/** What to look for in a receipt of this event: its Origin element, as peers write it. */
export function receiptMark(ivorn: string): Uint8Array {
  return new TextEncoder().encode(`<Origin>${escapeText(ivorn)}</Origin>`)
}

const roleMark = Buffer.from('role=')
const transportMark = Buffer.from('Transport')
const commentMark = Buffer.from('<!')
const tagEnd = 0x3e
/** A plain receipt has some 500 bytes. */
const longestPlainBytes = 2048

/**
 * True for an `ack` of the event that `mark` belongs to; false when the bytes do not tell, which says nothing:
 * they may be another message, or the same in an unusual spelling.
 */
export function isPlainAck(bytes: Uint8Array, mark: Uint8Array): boolean {
  if (bytes.length > longestPlainBytes) return false
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const root = buffer.indexOf(transportMark)
  if (root < 0) return false
  const end = buffer.indexOf(tagEnd, root)
  const role = buffer.indexOf(roleMark, root)
  if (role < 0 || role > end) return false
  const value = role + roleMark.length
  const quote = buffer[value]
  if (quote !== 0x22 && quote !== 0x27) return false
  if (buffer[value + 1] !== 0x61 || buffer[value + 2] !== 0x63 || buffer[value + 3] !== 0x6b) return false
  if (buffer[value + 4] !== quote) return false
  return buffer.indexOf(mark, end) > 0 && buffer.indexOf(commentMark) < 0
}

/** An ack or nak, read by the parser; undefined for anything else. */
export function readReceipt(bytes: Uint8Array): (TransportMessage & { readonly role: 'ack' | 'nak' }) | undefined {
  const message = readTransport(bytes)
  if (message === undefined || (message.role !== 'ack' && message.role !== 'nak')) return undefined
  return { ...message, role: message.role }
}
