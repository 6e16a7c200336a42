/**
 * Transport messages (REC-VTP-2.0 §6 and Appendix A): iamalive, authenticate, ack and nak.
 *
 * Written in the namespace and version that deployed peers use, children in the order of the schema. Read by local
 * names whatever the namespace: at least four are in use, and the standard's own examples disagree with its schema.
 */
import { XMLParser, XMLValidator } from 'fast-xml-parser'
import { escapeAttribute, escapeText } from '../xml/escape.ts'

export const transportNamespace = 'http://www.telescope-networks.org/xml/Transport/v1.1'

export const transportRoles = ['iamalive', 'authenticate', 'ack', 'nak'] as const
export type TransportRole = (typeof transportRoles)[number]

export interface TransportParam {
  readonly name: string
  readonly value: string
}

export interface TransportMessage {
  readonly role: TransportRole
  /** For iamalive and authenticate the broker's identifier; for ack and nak the event's ivorn as written. */
  readonly origin: string
  /** Who answers. */
  readonly response?: string
  /** As written: peers write UTC with `Z`, or local time without a zone. */
  readonly timeStamp: string
  readonly params?: readonly TransportParam[]
  /** For a nak: why, for people. */
  readonly result?: string
}

export interface ReadTransportMessage extends TransportMessage {
  readonly params: readonly TransportParam[]
  /** XPath 1.0 expressions that an authenticate message carries, in either of the forms in use. */
  readonly filters: readonly string[]
}

/** The name that Comet gave to the Params that carry XPath filters. */
export const filterParam = 'xpath-filter'

/** UTC as Transport messages want it: `2026-11-21T10:15:00Z`. `nowMs`: ms since the epoch. */
export function timeStamp(nowMs: number): string {
  return `${new Date(nowMs).toISOString().slice(0, 19)}Z`
}

/** UTF-8 with an XML declaration, unframed. */
export function writeTransport(message: TransportMessage): Uint8Array {
  const params = (message.params ?? []).map(
    (p) => `<Param name="${escapeAttribute(p.name)}" value="${escapeAttribute(p.value)}"/>`,
  )
  const result = message.result === undefined ? '' : `<Result>${escapeText(message.result)}</Result>`
  const meta = params.length > 0 || result !== '' ? `<Meta>${params.join('')}${result}</Meta>` : ''
  const response = message.response === undefined ? '' : `<Response>${escapeText(message.response)}</Response>`
  return new TextEncoder().encode(
    `<?xml version="1.0" encoding="UTF-8"?>\n<trn:Transport xmlns:trn="${transportNamespace}" role="${message.role}" version="1.0">` +
      `<Origin>${escapeText(message.origin)}</Origin>${response}<TimeStamp>${escapeText(message.timeStamp)}</TimeStamp>${meta}</trn:Transport>`,
  )
}

const parser = new XMLParser({
  ignoreAttributes: false,
  attributeNamePrefix: '@',
  textNodeName: '#text',
  removeNSPrefix: true,
  parseTagValue: false,
  parseAttributeValue: false,
  // Entities are never expanded by the parser: the five of XML and character references are decoded below.
  processEntities: false,
  isArray: (name) => name === 'Param' || name === 'filter',
})

/** Transport messages are short: more is no Transport message, or one full of filters. */
const maxTransportBytes = 65_536

/** The message, or undefined when the bytes are no well-formed Transport message. Never throws. */
export function readTransport(bytes: Uint8Array): ReadTransportMessage | undefined {
  if (bytes.length > maxTransportBytes) return undefined
  let root: unknown
  try {
    const text = new TextDecoder(encodingOf(bytes), { fatal: true }).decode(bytes)
    if (text.includes('<!DOCTYPE') || text.includes('<!ENTITY')) return undefined
    if (XMLValidator.validate(text) !== true) return undefined
    root = (parser.parse(text) as Record<string, unknown>).Transport
  } catch {
    return undefined
  }
  if (!isRecord(root)) return undefined
  const role = transportRoles.find((known) => known === root['@role'])
  const origin = textOf(root.Origin)
  if (role === undefined || origin === undefined) return undefined
  const meta = isRecord(root.Meta) ? root.Meta : {}
  const params = listOf(meta.Param).flatMap((param): TransportParam[] => {
    if (!isRecord(param)) return []
    const name = decodeXml(String(param['@name'] ?? ''))
    const value = decodeXml(String(param['@value'] ?? ''))
    return [{ name, value }]
  })
  const response = textOf(root.Response)
  const result = textOf(meta.Result)
  return {
    role,
    origin,
    ...(response ? { response } : {}),
    timeStamp: textOf(root.TimeStamp) ?? '',
    params,
    ...(result ? { result } : {}),
    filters: [
      ...params.filter((param) => param.name === filterParam).map((param) => param.value),
      ...listOf(meta.filter).flatMap((element) => textOf(element) ?? []),
    ],
  }
}

function encodingOf(bytes: Uint8Array): string {
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return 'utf-16le'
  if (bytes[0] === 0xfe && bytes[1] === 0xff) return 'utf-16be'
  const head = new TextDecoder('latin1').decode(bytes.subarray(0, 200))
  return /^[^<]*<\?xml[^>]*\sencoding\s*=\s*["']([A-Za-z0-9._-]+)["']/.exec(head)?.[1] ?? 'utf-8'
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : [])

/** The text of an element (with or without attributes), trimmed and decoded; undefined when the element is absent. */
function textOf(value: unknown): string | undefined {
  if (typeof value === 'string') return decodeXml(value.trim())
  if (isRecord(value)) return decodeXml(String(value['#text'] ?? '').trim())
  return undefined
}

const named: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" }

function decodeXml(text: string): string {
  return text.replace(/&(?:#x([0-9a-fA-F]{1,6})|#([0-9]{1,7})|([a-z]+));/g, (whole, hex, decimal, name) => {
    if (name !== undefined) return named[name as string] ?? whole
    const code = hex === undefined ? Number.parseInt(decimal, 10) : Number.parseInt(hex, 16)
    return code > 0 && code <= 0x10ffff && !(code >= 0xd800 && code < 0xe000) ? String.fromCodePoint(code) : whole
  })
}
