/** A message as a golden file shows it: what people or programs would read, without the bytes of pictures and packets. */
import { createHash } from 'node:crypto'
import type { Channel, Item, Message } from '../../../bridges/contract.ts'
import { Refusal } from '../../../bridges/contract.ts'

/** The rendering, or why there is none. */
export function shownRendering(channel: Channel, item: Item, to: unknown): string {
  let message: Message
  try {
    message = channel.render([item], to)
  } catch (error) {
    if (!(error instanceof Refusal)) throw error
    return `REFUSED\n${error.reasons.map((reason) => `- ${reason}\n`).join('')}`
  }
  const { drafting } = channel
  const findings = drafting?.lint(message.body, to) ?? []
  return [
    bodyText(drafting === undefined ? message.body : Buffer.from(drafting.text(message.body))),
    ...message.parts.map(({ name, mediaType, hash }) => `[part ${name} ${mediaType} ${hash.slice(0, 12)}]`),
    ...findings.map(({ severity, code, says, fix }) => `[${severity} ${code}] ${says}${fix ? ` ${fix}` : ''}`),
    `[repeat ${message.repeat}]`,
    '',
  ]
    .join('\n')
    .replace(/[ \t]+$/gm, '')
}

function bodyText(body: Uint8Array): string {
  const text = Buffer.from(body).toString('utf8')
  if (text.startsWith('{')) return jsonThenRest(text)
  return text.includes('\r\n') ? mailText(text) : text
}

/** JSON alone, or a head of JSON before more: a second JSON, or bytes that a hash stands for. */
function jsonThenRest(text: string): string {
  const end = text.indexOf('\n')
  const head = pretty(end === -1 || isJson(text) ? text : text.slice(0, end))
  const rest = end === -1 || isJson(text) ? '' : text.slice(end + 1)
  if (rest === '') return head
  return `${head}\n${isJson(rest) ? pretty(rest) : `[${Buffer.byteLength(rest)} bytes, ${hash(rest)}]`}`
}

/** Subject and the part in plain text. */
function mailText(mail: string): string {
  const subject = /^Subject: .*(?:\r\n[ \t].*)*/m.exec(mail)?.[0].replace(/\r\n[ \t]/g, ' ')
  const found = /Content-Type: text\/plain[\s\S]*?\r\n\r\n([\s\S]*?)\r\n--/.exec(mail)
  if (subject === undefined || found === null) return `[${mail.length} characters, ${hash(mail)}]`
  const encoded = found[1]!.replace(/=\r\n/g, '').replace(/\r\n/g, '\n')
  const bytes = encoded.replace(/=([0-9A-F]{2})/g, (_, code: string) => String.fromCharCode(Number.parseInt(code, 16)))
  return `${subject}\n\n${Buffer.from(bytes, 'latin1').toString('utf8')}`
}

const hash = (text: string) => createHash('sha256').update(text).digest('hex').slice(0, 12)

function isJson(text: string): boolean {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}

/** Long texts that nobody reads (packets, pictures) and the middle of long lists are cut; what fits a line stays on it. */
function pretty(text: string): string {
  const cut = (_: string, value: unknown) => {
    if (typeof value === 'string' && value.length > 2000) return `[${value.length} characters, ${hash(value)}]`
    if (!Array.isArray(value) || value.length <= 2 * shownOfList + 1) return value
    const middle = value.slice(shownOfList, -shownOfList)
    const left = `[${middle.length} more, ${hash(JSON.stringify(middle))}]`
    return [...value.slice(0, shownOfList), left, ...value.slice(-shownOfList)]
  }
  return laidOut(JSON.parse(text, cut), '')
}

const shownOfList = 5

function laidOut(value: unknown, indent: string): string {
  const line = JSON.stringify(value)
  if (typeof value !== 'object' || value === null || line.length + indent.length < 260) return line
  const deeper = `${indent}  `
  const members = Array.isArray(value)
    ? value.map((item) => `${deeper}${laidOut(item, deeper)}`)
    : Object.entries(value).map(([name, item]) => `${deeper}${JSON.stringify(name)}: ${laidOut(item, deeper)}`)
  const [open, close] = Array.isArray(value) ? ['[', ']'] : ['{', '}']
  return `${open}\n${members.join(',\n')}\n${indent}${close}`
}
