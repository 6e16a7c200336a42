/** Deliveries as a terminal shows them. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { DeliveryLine } from '../record/port.ts'
import type { ShownDelivery } from '../wiring/delivery-handlers.ts'

/** So much of a message is shown; all of it goes to a file. */
const shownCharacters = 20_000

/** A line each: number, state, bridge, subscription, when, what, and what is the matter. */
export function linesText(lines: readonly DeliveryLine[]): string {
  const widest = (texts: readonly string[]): number => Math.max(0, ...texts.map((text) => text.length))
  const bridge = widest(lines.map((line) => line.bridge))
  const subscription = widest(lines.map((line) => line.subscription))
  return lines.map((line) => lineText(line, { bridge, subscription })).join('\n')
}

function lineText(line: DeliveryLine, widths: Readonly<Record<'bridge' | 'subscription', number>>): string {
  const { id, state, bridge, subscription, createdMs, error } = line
  const notice = line.purpose === 'draft' ? `tells ${oneLine(line.address)} of a draft` : undefined
  const what = line.ivoid ?? notice ?? `asks ${oneLine(line.address)} to confirm`
  const purpose = line.purpose === 'retraction' ? 'retracts ' : ''
  const object = line.objectId === null ? '' : `  object ${line.objectId}`
  const digest = line.leadId === null ? (line.digestOf > 1 ? ` (+${line.digestOf - 1})` : '') : ` (in ${line.leadId})`
  const matter = state === 'sent' || error === null ? '' : `  ${oneLine(error)}`
  return printable(
    `${String(id).padStart(6)} ${state.padEnd(9)} ${bridge.padEnd(widths.bridge)}  ${subscription.padEnd(widths.subscription)}  ${time(createdMs)}  ${purpose}${what}${digest}${object}${matter}`,
  )
}

/** Everything about one, for people. */
export function deliveryText(shown: ShownDelivery): string {
  const { receipt, message, history, followers } = shown
  const rows: (readonly [string, string | number | null | undefined])[] = [
    ['number', shown.id],
    ['state', shown.state],
    ['look up', shown.lookUp],
    ['purpose', shown.purpose],
    ['event', shown.ivoid],
    ['object', shown.objectId],
    ['bridge', shown.bridge],
    ['subscription', `${shown.subscription} (${shown.owner})`],
    ['address', addressText(shown.address)],
    ['made', time(shown.createdMs)],
    ['due', shown.dueMs === null ? null : time(shown.dueMs)],
    ['expires', shown.expiresMs === null ? null : time(shown.expiresMs)],
    ['settled', shown.settledMs === null ? null : time(shown.settledMs)],
    ['approved', shown.approvedBy === null ? null : `by ${shown.approvedBy}, ${time(shown.approvedMs ?? 0)}`],
    ['in digest', shown.leadId],
    ['with', followers.length === 0 ? null : followers.map(({ id, ivoid }) => `${id} ${ivoid}`).join('\n')],
    ['arrived', shown.reached],
    ['error', shown.error],
    ['reply', shown.reply],
    ['receipt', receipt && `${receipt.id}, ${time(receipt.atMs)}${receipt.reply ? `: ${oneLine(receipt.reply)}` : ''}`],
    ['handle', shown.handle],
    ['thread', shown.thread.length === 0 ? null : shown.thread.map(({ id }) => id).join('\n')],
    ['attempts', history.length === 0 ? shown.attempts : history.map(attemptText).join('\n')],
    ['key', message?.key],
    ['repeat', message?.repeat],
    ['parts', message?.parts.length ? message.parts.map(partText).join('\n') : null],
  ]
  const told = rows
    .filter(([, value]) => value !== null && value !== undefined && value !== '')
    .map(([name, value]) => `${name.padEnd(12)} ${printable(String(value)).replaceAll('\n', `\n${' '.repeat(13)}`)}`)
  return [...told, ...bodyText(shown)].join('\n')
}

function bodyText({ message, purpose }: ShownDelivery): readonly string[] {
  if (message === null) return ['message      not rendered yet']
  if (purpose === 'confirmation') return ['message      not shown: whoever reads its link could confirm the address']
  const bytes = Buffer.from(message.body, 'base64')
  const text = bytes.toString('utf8')
  if (text.includes('\ufffd')) return [`message      ${bytes.length} bytes that are no text; -o writes them`]
  const cut = text.length > shownCharacters ? [`... ${text.length} characters; -o writes all of them`] : []
  return ['', printable(text.slice(0, shownCharacters)), ...cut]
}

/** Writes the message and its parts; returns the files. What a part is called decides nothing but the end of a name. */
export function writeMessage({ id, message }: ShownDelivery, directory: string): readonly string[] {
  if (message === null) return []
  mkdirSync(directory, { recursive: true })
  const files: (readonly [string, string])[] = [
    [`${id}-message`, message.body],
    ...message.parts.map(({ name, bytes }, index) => [`${id}-${index + 1}-${plain(name)}`, bytes] as const),
  ]
  return files.map(([name, base64]) => {
    const path = join(directory, name)
    writeFileSync(path, Buffer.from(base64, 'base64'))
    return path
  })
}

/** Some bridges need none. */
export function addressText(address: unknown): string | null {
  const text = address === null ? '{}' : oneLine(address)
  return text === '{}' ? null : text
}

const plain = (name: string): string => name.replace(/[^A-Za-z0-9._-]+/g, '_').slice(-80)

function attemptText({ number, kind, startedMs, endedMs, outcome, reply }: ShownDelivery['history'][number]): string {
  const what = kind === 'send' ? `${number}. tried` : 'asked'
  return `${what} ${time(startedMs)}, ${endedMs - startedMs} ms: ${outcome}${reply === null ? '' : `: ${oneLine(reply)}`}`
}

function partText({ name, mediaType, bytes, hash }: NonNullable<ShownDelivery['message']>['parts'][number]): string {
  return `${name} (${mediaType}, ${Buffer.byteLength(bytes, 'base64')} bytes, sha-256 ${hash.slice(0, 12)})`
}

export function time(ms: number): string {
  return new Date(ms).toISOString().slice(0, 19).replace('T', ' ')
}

export function oneLine(value: unknown): string {
  const text = typeof value === 'string' ? value : JSON.stringify(value)
  return printable(text.replace(/\s+/g, ' '))
}

/** What comes from elsewhere must not steer the terminal. */
export function printable(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what it looks for
  return text.replaceAll('\r\n', '\n').replace(/[\x00-\x08\x0b-\x1f\x7f-\x9f]/g, '·')
}
