/**
 * One event as one mail: the complete RFC 5322 bytes, made once and the same for every attempt. Pure: the date is the
 * event's own (Who/Date), the identifiers are made of what is delivered to whom.
 */
import { createHash } from 'node:crypto'
import type { Item, Message } from '../contract.ts'
import { type Summary, summarize } from '../summary.ts'
import {
  columnValue,
  counted,
  decSexagesimal,
  degreesPair,
  magnitude,
  oneLine,
  raSexagesimal,
  significant,
  smallAngle,
  utcTime,
  webUrl,
} from '../words.ts'
import { htmlBody } from './html.ts'
import { type Header, type Mailbox, mailDate, writeMime } from './mime.ts'

export interface RenderSettings {
  readonly from: Mailbox
  readonly replyTo?: Mailbox
  /** Stands in List-Id for all mails of this instance; else each subscription is a list. */
  readonly listId?: string
  /** The domain of Message-ID and List-Id: the authority. */
  readonly authority: string
}

/** A mail before it is written: what both bodies say. */
export interface Letter {
  readonly title: string
  readonly test: boolean
  /** Label and lines. */
  readonly facts: readonly (readonly [label: string, ...lines: string[]])[]
  readonly columns: readonly (readonly [name: string, value: string])[]
  readonly ivoid: string
  readonly eventUrl?: string
  readonly unsubscribeUrl?: string
  readonly reasons: readonly string[]
}

export function renderMail(item: Item, to: string, settings: RenderSettings): Message {
  const { event, match, raw } = item
  const key = deliveryKey(event.ivoid, match.subscription, to)
  const summary = summarize(item)
  const letter = letterOf(item, summary)
  const domain = mailDomain(settings.authority)
  const topic = match.streamTitle ?? match.filterName
  const date = [event.who?.date, summary.timeIso].map((iso) => (iso ? mailDate(iso) : undefined)).find(Boolean)
  const unsubscribe = letter.unsubscribeUrl
  const headers: Header[] = [
    // RFC 5322 wants a Date; an event without any leaves it to the submission server.
    ...(date === undefined ? [] : [{ name: 'Date', raw: date }]),
    { name: 'From', mailbox: settings.from },
    { name: 'To', mailbox: { address: to } },
    ...(settings.replyTo === undefined ? [] : [{ name: 'Reply-To', mailbox: settings.replyTo }]),
    { name: 'Subject', text: subject(topic, summary, letter.test) },
    { name: 'Message-ID', raw: messageId(key, settings.authority) },
    // RFC 3834 §5: no out-of-office reply comes back.
    { name: 'Auto-Submitted', raw: 'auto-generated' },
    { name: 'Precedence', raw: 'bulk' },
    {
      name: 'List-Id',
      mailbox: {
        name: topic || match.subscription,
        address: settings.listId ?? `${dotAtom(match.subscription)}.${domain}`,
      },
    },
    ...(unsubscribe === undefined ? [] : [{ name: 'List-Unsubscribe', raw: `<${unsubscribe}>` }]),
    // RFC 8058 §3.1: one click needs HTTPS.
    ...(unsubscribe?.startsWith('https:')
      ? [{ name: 'List-Unsubscribe-Post', raw: 'List-Unsubscribe=One-Click' }]
      : []),
    { name: 'X-VOEvent-IVORN', raw: event.ivoid },
    { name: 'X-VOEvent-Role', raw: event.role },
  ]
  const body = writeMime({
    headers,
    text: textBody(letter),
    html: htmlBody(letter),
    attachments: [{ fileName: 'voevent.xml', mediaType: 'application/xml', bytes: raw.bytes }],
    seed: key,
  })
  return { body, parts: [], key, repeat: 'safe' }
}

/** The same for the same event, subscription and address; 32 hexadecimal digits. */
function deliveryKey(ivoid: string, subscription: string, to: string): string {
  return createHash('sha256')
    .update(JSON.stringify([ivoid, subscription, to]))
    .digest('hex')
    .slice(0, 32)
}

/** The Message-ID of a delivery: the same for every attempt, so that a reader's program can fold a repeat. */
export function messageId(key: string, authority: string): string {
  return `<${key}@${mailDomain(authority)}>`
}

function mailDomain(authority: string): string {
  return dotAtom(authority) || 'invalid'
}

/** What may stand in a domain or list label (RFC 5322 §3.2.3, the part of it that nobody misreads). */
function dotAtom(text: string): string {
  return text
    .replace(/[^A-Za-z0-9.-]+/g, '-')
    .replace(/\.{2,}/g, '.')
    .replace(/^[.-]+|[.-]+$/g, '')
}

/** '[TEST] Young and bright: LSST-AP-DO-… r=21.30 ± 0.05 at 10:20:30.04 +20:30:40.1' */
function subject(topic: string, summary: Summary, test: boolean): string {
  const brightness =
    summary.mag === undefined
      ? summary.negative
        ? `${summary.band ?? 'flux'} negative`
        : summary.band
      : `${summary.band ?? 'mag'}=${magnitude(summary.mag, summary.magErr)}`
  const place =
    summary.raDeg === undefined || summary.decDeg === undefined
      ? undefined
      : `at ${raSexagesimal(summary.raDeg)} ${decSexagesimal(summary.decDeg)}`
  const words = [`${oneLine(topic, 80)}:`, oneLine(summary.object, 60), brightness, place].filter(Boolean).join(' ')
  return test ? `[TEST] ${words}` : words
}

function letterOf(item: Item, summary: Summary): Letter {
  const { event, match } = item
  const topic = match.streamTitle ?? match.filterName
  const facts: [string, ...string[]][] = [['Object', oneLine(summary.object, 60)]]
  if (summary.timeIso !== undefined) facts.push(['Time', utcTime(summary.timeIso)])
  if (summary.raDeg !== undefined && summary.decDeg !== undefined) {
    const error = summary.errorDeg === undefined ? '' : `, error ${smallAngle(summary.errorDeg)} (1 sigma)`
    facts.push([
      'RA, Dec',
      `${raSexagesimal(summary.raDeg)} ${decSexagesimal(summary.decDeg)}`,
      `${degreesPair(summary.raDeg, summary.decDeg)} deg${error}`,
    ])
  }
  if (summary.mag !== undefined) facts.push(['Magnitude', magnitude(summary.mag, summary.magErr)])
  else if (summary.negative) facts.push(['Magnitude', 'negative: fainter than the reference image'])
  if (summary.band !== undefined) facts.push(['Band', summary.band])
  if (summary.snr !== undefined) facts.push(['SNR', significant(summary.snr, 3)])
  if (summary.reliability !== undefined) facts.push(['Reliability', significant(summary.reliability, 3)])
  if (summary.detections !== undefined) facts.push(['Detections', significant(summary.detections, 15)])
  if (event.role !== 'observation') facts.push(['Role', event.role])
  const held =
    match.heldBack > 0
      ? [
          `${counted(match.heldBack, 'more match', 'more matches')} held back since the last mail by the limit of this subscription.`,
        ]
      : []
  const eventUrl = webUrl(match.eventUrl)
  const unsubscribeUrl = webUrl(match.unsubscribeUrl)
  return {
    title: `${oneLine(topic, 80)}: ${oneLine(summary.object, 60)}`,
    test: event.role === 'test',
    facts,
    columns: match.columns.map((column) => [oneLine(column.name, 64), columnValue(column.value, column.unit)] as const),
    ivoid: oneLine(event.ivoid, 2000),
    ...(eventUrl === undefined ? {} : { eventUrl }),
    ...(unsubscribeUrl === undefined ? {} : { unsubscribeUrl }),
    reasons: [
      `You get this because the event passed the filter ${oneLine(match.filterName, 80)}, to which this address subscribes${match.subscription === match.filterName ? '' : ` (${oneLine(match.subscription, 80)})`}.`,
      ...held,
    ],
  }
}

function textBody(letter: Letter): string {
  const width = Math.max(...[...letter.facts, ...letter.columns].map(([label]) => [...label].length)) + 2
  const row = ([label, first, ...more]: readonly string[]) => [
    `  ${(label ?? '').padEnd(width)}${first ?? ''}`,
    ...more.map((line) => `  ${' '.repeat(width)}${line}`),
  ]
  return [
    ...(letter.test ? ['THIS IS A TEST, not an observation.', ''] : []),
    letter.title,
    '',
    ...letter.facts.flatMap(row),
    ...(letter.columns.length === 0 ? [] : ['', 'Selected by the filter:', ...letter.columns.flatMap(row)]),
    '',
    letter.ivoid,
    ...(letter.eventUrl === undefined ? [] : [letter.eventUrl]),
    'The VOEvent is attached as voevent.xml.',
    '',
    '-- ',
    ...letter.reasons,
    ...(letter.unsubscribeUrl === undefined ? [] : [`To stop these mails: ${letter.unsubscribeUrl}`]),
    '',
  ].join('\n')
}
