/**
 * Items as one mail: the RFC 5322 bytes to be stored, made once and the same for every attempt. Pure: the date is the
 * event's own (Who/Date), the identifiers are made of what is delivered to whom.
 */
import { createHash } from 'node:crypto'
import type { Confirmation, Item, Message, Part, Picture, PictureKind } from '../contract.ts'
import type { DraftNotice } from '../draft.ts'
import { summarize } from '../summary.ts'
import { oneLine, webUrl } from '../words.ts'
import { confirmationLetter, harmless } from './confirmation-letter.ts'
import { digestLetter } from './digest-letter.ts'
import { draftLetter, draftSubject } from './draft-letter.ts'
import { brightnessOf, eventLetter, kindOf, placeOf } from './event-letter.ts'
import { type Header, type Mailbox, mailDate } from './header.ts'
import { htmlBody } from './html.ts'
import { deliveryKey, dotAtom, hexKey, mailDomain, messageId, threadRoot } from './identity.ts'
import { type Letter, nameOf, type ShownPicture, topicOf } from './letter.ts'
import { type MimeMessage, writeMime } from './mime.ts'
import { textBody } from './text.ts'

export interface RenderSettings {
  readonly from: Mailbox
  readonly replyTo?: Mailbox
  /** Stands in List-Id for all mails of this instance; else each subscription is a list. */
  readonly listId?: string
  /** A mailbox that takes unsubscriptions, beside the link. */
  readonly unsubscribe?: string
  /** The domain of Message-ID and List-Id: the authority. */
  readonly authority: string
}

/** Pictures of a digest, all together: a mail stays small enough for a telephone on a mountain. */
const digestPictureBytes = 100_000

export function renderMail(items: readonly [Item, ...Item[]], to: string, settings: RenderSettings): Message {
  const key = deliveryKey(items, to)
  const kind = items.length === 1 ? 'event' : 'digest'
  const shown = showPictures(items, `${key}@${mailDomain(settings.authority)}`)
  const [item] = items
  const attached = kind === 'event' && item.content === 'full' ? attachmentOf(item) : undefined
  const letter =
    kind === 'event'
      ? eventLetter(item, shown.pictures.get(item) ?? [], attached?.name)
      : digestLetter(items, shown.pictures)
  const headers: Header[] = [
    ...dateOf(items),
    ...addressed(to, settings),
    { name: 'Subject', text: kind === 'event' ? eventSubject(item) : digestSubject(items) },
    { name: 'Message-ID', raw: messageId(key, settings.authority, kind) },
    ...automatic,
    // De facto, beside RFC 3834: older vacation responders know only this.
    { name: 'Precedence', raw: 'bulk' },
    ...listHeaders(item, settings),
    // RFC 5322 §2.1.1: no line is longer than 998; an identifier has no blank to fold at.
    ...(kind === 'digest' || item.event.ivoid.length > 900 ? [] : [{ name: 'X-VOEvent-IVORN', raw: item.event.ivoid }]),
    ...roleOf(items),
  ]
  const thread = kind === 'digest' ? undefined : threadOf(item, settings.authority)
  return messageOf(key, letter, {
    headers,
    ...(thread === undefined ? {} : { thread }),
    inline: shown.parts,
    attachments: attached === undefined ? [] : [attached],
  })
}

/** Asks whoever reads at the address. It is no list mail: there is nothing yet to unsubscribe from. */
export function renderConfirmationMail(request: Confirmation, to: string, settings: RenderSettings): Message {
  const key = hexKey(request.key)
  const date = mailDate(new Date(request.atMs).toISOString())
  const headers: Header[] = [
    ...(date === undefined ? [] : [{ name: 'Date', raw: date }]),
    ...addressed(to, settings),
    { name: 'Subject', text: `Please confirm: alerts of ${harmless(request.what)} to this address` },
    { name: 'Message-ID', raw: messageId(key, settings.authority) },
    ...automatic,
  ]
  return messageOf(key, confirmationLetter(request, settings.authority), { headers, inline: [], attachments: [] })
}

/** Tells a person that a draft waits for them, with its pictures. It is no list mail: they cannot unsubscribe from their work. */
export function renderDraftMail(notice: DraftNotice, to: string, settings: RenderSettings): Message {
  const key = hexKey(notice.key)
  const date = mailDate(new Date(notice.atMs).toISOString())
  const inline = notice.parts
    .filter(({ mediaType }) => mediaType === 'image/png')
    .map(
      (part, index): Enclosure => ({
        ...part,
        contentId: `draft.${index + 1}.${key}@${mailDomain(settings.authority)}`,
      }),
    )
  const pictures = inline.map(({ contentId = '', name, bytes }): ShownPicture => {
    const [widthPx, heightPx] = pngSize(bytes)
    return { contentId, alt: name, widthPx, heightPx }
  })
  const headers: Header[] = [
    ...(date === undefined ? [] : [{ name: 'Date', raw: date }]),
    ...addressed(to, settings),
    { name: 'Subject', text: draftSubject(notice) },
    { name: 'Message-ID', raw: messageId(key, settings.authority) },
    ...automatic,
  ]
  return messageOf(key, draftLetter(notice, pictures), { headers, inline, attachments: [] })
}

/** PNG 1.2 §11.2.2: width and height stand in the first chunk. */
function pngSize(bytes: Uint8Array): readonly [number, number] {
  if (bytes.length < 24) return [0, 0]
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  return [view.getUint32(16), view.getUint32(20)]
}

/** A part of the message, with the identifier that the HTML shows it by. */
type Enclosure = Part & { readonly contentId?: string }

function messageOf(
  key: string,
  letter: Letter,
  mime: Pick<MimeMessage, 'headers' | 'thread'> & {
    readonly inline: readonly Enclosure[]
    readonly attachments: readonly Enclosure[]
  },
): Message {
  const body = writeMime({ ...mime, text: textBody(letter), html: htmlBody(letter), seed: key })
  const parts = [...mime.inline, ...mime.attachments].map(({ hash, mediaType, name, bytes }) => ({
    hash,
    mediaType,
    name,
    bytes,
  }))
  return { body, parts: [...new Map(parts.map((part) => [part.hash, part])).values()], key, repeat: 'safe' }
}

// ------------------------------------------------------------------ headers

/** RFC 5322 wants a Date; events without any leave it to the submission server. A digest has its newest event's. */
function dateOf(items: readonly Item[]): Header[] {
  const dates = items
    .map((item) => [item.event.who?.date, summarize(item).timeIso].map((iso) => iso && mailDate(iso)).find(Boolean))
    .filter((date) => date !== undefined && date !== '')
    .sort((a, b) => Date.parse(b!) - Date.parse(a!))
  return dates[0] ? [{ name: 'Date', raw: dates[0] }] : []
}

function addressed(to: string, { from, replyTo }: RenderSettings): Header[] {
  return [
    { name: 'From', mailbox: from },
    { name: 'To', mailbox: { address: to } },
    ...(replyTo === undefined ? [] : [{ name: 'Reply-To', mailbox: replyTo }]),
  ]
}

/** RFC 3834 §5: no out-of-office reply comes back. */
const automatic: readonly Header[] = [{ name: 'Auto-Submitted', raw: 'auto-generated' }]

function listHeaders(item: Item, { listId, unsubscribe, authority }: RenderSettings): Header[] {
  const { match } = item
  const url = webUrl(match.unsubscribeUrl)
  const subject = encodeURIComponent(`unsubscribe ${oneLine(match.subscription, 80)}`)
  // RFC 2369 §3: one field, what is preferred first.
  const ways = [
    ...(url === undefined ? [] : [`<${url}>`]),
    ...(unsubscribe === undefined ? [] : [`<mailto:${unsubscribe}?subject=${subject}>`]),
  ]
  return [
    {
      name: 'List-Id',
      mailbox: {
        name: topicOf(item) || oneLine(match.subscription, 80),
        address: listId ?? `${dotAtom(match.subscription).slice(0, 100)}.${mailDomain(authority)}`,
      },
    },
    ...(ways.length === 0 ? [] : [{ name: 'List-Unsubscribe', raw: ways.join(', ') }]),
    // RFC 8058 §3.1: one click needs HTTPS.
    ...(url?.startsWith('https:') ? [{ name: 'List-Unsubscribe-Post', raw: 'List-Unsubscribe=One-Click' }] : []),
  ]
}

function roleOf(items: readonly Item[]): Header[] {
  const roles = new Set(items.map((item) => item.event.role))
  return roles.size === 1 ? [{ name: 'X-VOEvent-Role', raw: items[0]!.event.role }] : []
}

/**
 * References needs what only the attempt knows, the Message-IDs of the mails before, and must be the same whatever
 * became of those: so the stored message holds the thread's own root, and says whether digests count. They do for a
 * retraction, which belongs below the mail that it withdraws from.
 */
function threadOf(item: Item, authority: string): NonNullable<MimeMessage['thread']> {
  const root = threadRoot(item, authority)
  return {
    kind: kindOf(item.event) === 'retraction' ? 'reply' : 'thread',
    ...(root === undefined ? {} : { root }),
  }
}

/** '[test] Young and bright: LSST-AP-DO-… r=21.30 ± 0.05 at 10:20:30.04 +20:30:40.1' */
function eventSubject(item: Item): string {
  const summary = summarize(item)
  const place = placeOf(summary)
  const retracted = kindOf(item.event) === 'retraction'
  return [
    ...(item.event.role === 'test' ? ['[test]'] : []),
    ...(retracted ? ['[retraction]'] : []),
    `${topicOf(item)}:`,
    nameOf(summary),
    retracted ? 'is withdrawn' : brightnessOf(summary),
    place === undefined || retracted ? undefined : `at ${place}`,
  ]
    .filter(Boolean)
    .join(' ')
}

/** 'Young and bright: 12 of 43 events, LSST-AP-DO-… r=18.20 ± 0.01 first' */
function digestSubject(items: readonly [Item, ...Item[]]): string {
  const [first] = items
  const summary = summarize(first)
  const held = first.match.heldBack
  const count = held > 0 ? `${items.length} of ${items.length + held} events` : `${items.length} events`
  const best = [nameOf(summary), brightnessOf(summary)].filter(Boolean).join(' ')
  const tests = items.every((item) => item.event.role === 'test') ? '[test] ' : ''
  return `${tests}${topicOf(first)}: ${count}, ${best} first`
}

// ------------------------------------------------------------------ parts

/**
 * `application/xml`: VOEvent 2.0 has no registered media type (`application/voevent+xml` is in no registry), and mail
 * systems hold back what they do not know. Readers find it by its name and by X-VOEvent-IVORN.
 */
function attachmentOf({ raw }: Item): Enclosure {
  const json = /[/+]json$/.test(raw.mediaType)
  const known = json || raw.mediaType === 'application/xml' || raw.mediaType === 'text/xml'
  return partOf(known ? raw.mediaType : 'application/xml', json ? 'voevent.json' : 'voevent.xml', raw.bytes)
}

/** All pictures of one event; of a digest those of its first, best items, all or none of each, while they are small. */
function showPictures(items: readonly Item[], id: string) {
  const parts: Enclosure[] = []
  const pictures = new Map<Item, ShownPicture[]>()
  let bytes = 0
  for (const [index, item] of items.entries()) {
    const own = [...item.pictures].sort(byKind)
    bytes += own.reduce((sum, [, picture]) => sum + picture.bytes.byteLength, 0)
    if (items.length > 1 && bytes > digestPictureBytes) break
    const shown = own.map(([kind, picture]): ShownPicture => {
      const contentId = `${kind}.${index + 1}.${id}`
      parts.push({ ...partOf(picture.mediaType, `${kind}${pictureSuffix(picture)}`, picture.bytes), contentId })
      const { widthPx, heightPx } = picture
      return { contentId, alt: `${captions[kind]} of ${nameOf(summarize(item))}`, widthPx, heightPx }
    })
    pictures.set(item, shown)
  }
  return { parts, pictures }
}

const captions: Readonly<Record<PictureKind, string>> = {
  lightcurve: 'Light curve',
  cutouts: 'Cutouts (science, template, difference)',
}
const byKind = ([a]: [PictureKind, Picture], [b]: [PictureKind, Picture]) => (a < b ? 1 : a > b ? -1 : 0)
const pictureSuffix = ({ mediaType }: Picture) => (mediaType === 'image/png' ? '.png' : '')

function partOf(mediaType: string, name: string, bytes: Uint8Array): Part {
  return { hash: createHash('sha256').update(bytes).digest('hex'), mediaType, name, bytes }
}
