/** Who a mail is: its key, its Message-ID and its thread, all made of what is delivered to whom. */
import { createHash } from 'node:crypto'
import type { Item, Receipt } from '../contract.ts'

/**
 * The same for the same events, subscription and address; 32 hexadecimal digits. The link that ends the subscription is
 * known to its reader alone: with it nobody else can guess the key, and write a report of a mail that never bounced.
 */
export function deliveryKey(items: readonly [Item, ...Item[]], to: string): string {
  const [only, ...more] = items.map((item) => item.event.ivoid)
  const { subscription, unsubscribeUrl = '' } = items[0].match
  return digest([more.length === 0 ? only : ['digest', only, ...more], subscription, to, unsubscribeUrl])
}

/** A digest's Message-ID says that it is one: follow-ups of many objects would else grow into one thread below it. */
const digestMark = 'digest.'

/** The Message-ID of a delivery: the same for every attempt, so that a reader's program can fold a repeat. */
export function messageId(key: string, authority: string, kind: 'event' | 'digest' = 'event'): string {
  return `<${kind === 'digest' ? digestMark : ''}${key}@${mailDomain(authority)}>`
}

/**
 * The root of a thread: an identifier that no mail has, made of the filter (or stream) and the object. Mail programs
 * thread by References whether or not they hold the root (RFC 5322 §3.6.4), so all mails about an object stand together
 * even where the first was never sent, and where one person has two subscriptions to a stream.
 */
export function threadRoot({ match }: Item, authority: string): string | undefined {
  if (match.objectId === undefined) return undefined
  return `<object.${digest([match.filterName, match.objectId])}@${mailDomain(authority)}>`
}

/** Identifiers for References: of earlier mails, as their receipts have them. */
export function references(thread: readonly Receipt[], digests: boolean): string[] {
  return thread
    .map((receipt) => receipt.id)
    .filter((id) => /^<[A-Za-z0-9.-]{1,120}@[A-Za-z0-9.-]{1,253}>$/.test(id) && (digests || !isDigest(id)))
}

const isDigest = (id: string) => id.startsWith(`<${digestMark}`)

export function mailDomain(authority: string): string {
  return dotAtom(authority) || 'invalid'
}

/** What may stand in a domain or list label (RFC 5322 §3.2.3, the part of it that nobody misreads). */
export function dotAtom(text: string): string {
  return text
    .replace(/[^A-Za-z0-9.-]+/g, '-')
    .replace(/\.{2,}/g, '.')
    .replace(/^[.-]+|[.-]+$/g, '')
}

/** A key of 32 hexadecimal digits, made of any text. */
export function hexKey(text: string): string {
  return /^[0-9a-f]{32}$/.test(text) ? text : digest([text])
}

function digest(of: readonly unknown[]): string {
  return createHash('sha256').update(JSON.stringify(of)).digest('hex').slice(0, 32)
}
