/**
 * A message of blocks, within Slack's limits: 50 blocks, 150 characters in a header, 3000 in a text, ten fields in a
 * section. What is stored is the body of chat.postMessage; the thread is known at the attempt only.
 */
import { createHash } from 'node:crypto'
import type { Item, Message, Part } from '../contract.ts'
import { deliveryKey } from '../delivery-key.ts'
import { type Summary, summarize, withoutMagnitude } from '../summary.ts'
import {
  columnValue,
  counted,
  decSexagesimal,
  degreesPair,
  magnitude,
  oneLine,
  raSexagesimal,
  reliabilityText,
  significant,
  smallAngle,
  utcTime,
  webUrl,
} from '../words.ts'
import { escaped, link, plainLine, preformatted } from './mrkdwn.ts'

/** The body of chat.postMessage as it is stored. */
export interface Post {
  readonly channel: string
  readonly text: string
  readonly blocks: readonly object[]
  readonly metadata: {
    readonly event_type: string
    readonly event_payload: { readonly key: string; readonly kind: Kind }
  }
  readonly unfurl_links: false
  readonly unfurl_media: false
}
type Kind = 'event' | 'retraction' | 'digest'

const mostColumns = 40
const textLimit = 2900

export function renderSlack(items: readonly [Item, ...Item[]], to: { readonly channel: string }): Message {
  const [first] = items
  const key = deliveryKey(items, to.channel)
  const kind: Kind = items.length > 1 ? 'digest' : isRetraction(first) ? 'retraction' : 'event'
  const { title, blocks } =
    kind === 'digest' ? digestBlocks(items) : kind === 'retraction' ? retractionBlocks(first) : eventBlocks(first)
  const post: Post = {
    channel: to.channel,
    // What notifications and screen readers say.
    text: escaped(title),
    blocks,
    // Slack folds no repeats: this tells one, to people's programs and to whoever looks for it.
    metadata: { event_type: 'fountain_delivery', event_payload: { key, kind } },
    unfurl_links: false,
    unfurl_media: false,
  }
  return {
    body: Buffer.from(JSON.stringify(post)),
    parts: kind === 'event' ? partsOf(first) : [],
    key,
    repeat: 'safe',
  }
}

function isRetraction({ event }: Item): boolean {
  return event.citations?.events.some(({ cite }) => cite === 'retraction') ?? false
}

function eventBlocks(item: Item): { title: string; blocks: object[] } {
  const { event, match } = item
  const summary = summarize(item)
  const title = `${event.role === 'test' ? '[TEST] ' : ''}${oneLine(topicOf(item), 80)}: ${headline(summary)}`
  const followed = event.citations?.events.filter(({ cite }) => cite === 'followup').length ?? 0
  const columns = match.columns
    .slice(0, mostColumns)
    .map(({ name, value, unit }) => [oneLine(name, 40), columnValue(value, unit)] as const)
  const width = Math.max(0, ...columns.map(([name]) => [...name].length))
  const table = columns.map(([name, value]) => `${name.padEnd(width)}  ${value}`)
  const left = match.columns.length - columns.length
  return {
    title,
    blocks: [
      header(`${event.role === 'test' ? '[TEST] ' : ''}${oneLine(topicOf(item), 80)}: ${oneLine(summary.object, 60)}`),
      ...(event.role === 'test' ? [section('*This is a test, not an observation.*')] : []),
      ...(followed > 0 ? [section('New measurements of an object that was reported before.')] : []),
      {
        type: 'section',
        fields: factsOf(item, summary).map(([label, value]) => mrkdwn(`*${label}*\n${plainLine(value, 200)}`)),
      },
      ...(table.length === 0 ? [] : chunks(table).map((lines) => section(preformatted(lines)))),
      ...context([
        ...(left > 0 ? [`${left} more columns are in the event.`] : []),
        ...heldBack(match.heldBack),
        plainLine(event.ivoid, 300),
        ...linksOf(item),
      ]),
    ],
  }
}

function retractionBlocks(item: Item): { title: string; blocks: object[] } {
  const { event } = item
  const reason = oneLine(event.citations?.description ?? '', 500)
  const of = event.citations?.events.filter(({ cite }) => cite === 'retraction').map(({ ivoid }) => ivoid) ?? []
  const { object } = summarize(item)
  const title = `${event.role === 'test' ? '[TEST] ' : ''}Retraction: ${oneLine(topicOf(item), 80)}: ${oneLine(object, 60)}`
  return {
    title: `${title}${reason === '' ? '' : `: ${reason}`}`,
    blocks: [
      header(title),
      section('*The event that was sent before does not hold.*'),
      ...(reason === '' ? [] : [section(plainLine(reason, 500))]),
      ...context([...of.slice(0, 5).map((ivoid) => `Withdrawn: ${plainLine(ivoid, 200)}`), ...linksOf(item)]),
    ],
  }
}

function digestBlocks(items: readonly [Item, ...Item[]]): { title: string; blocks: object[] } {
  const [first] = items
  const title = `${oneLine(topicOf(first), 80)}: ${counted(items.length, 'event')}`
  const lines = chunks(items.map(digestLine)).slice(0, 45)
  const left = items.length - lines.flat().length + first.match.heldBack
  const more = left > 0 ? [`${counted(left, 'more match', 'more matches')} not shown.`] : []
  return {
    title,
    blocks: [
      header(title),
      ...lines.map((some) => section(some.join('\n'))),
      ...context([...more, ...unsubscribeOf(first)]),
    ],
  }
}

function digestLine(item: Item): string {
  const summary = summarize(item)
  const words = `${isRetraction(item) ? 'Retraction: ' : ''}${headline(summary)}`
  const time = summary.timeIso === undefined ? '' : `, ${utcTime(summary.timeIso)}`
  const [linked = plainLine(words, 200)] = linkTo(item.match.eventUrl, words)
  return `• ${item.event.role === 'test' ? '[TEST] ' : ''}${linked}${plainLine(time, 60)}`
}

/** 'LSST-AP-DO-… r=21.30 ± 0.05 at 10:20:30.04 +20:30:40.1' */
function headline(summary: Summary): string {
  const brightness =
    summary.mag === undefined ? undefined : `${summary.band ?? 'mag'}=${magnitude(summary.mag, summary.magErr)}`
  const why = summary.negative ? 'negative' : withoutMagnitude(summary)
  const dark = why === undefined ? undefined : `${summary.band ?? 'flux'} ${why}`
  const place =
    summary.raDeg === undefined || summary.decDeg === undefined
      ? undefined
      : `at ${raSexagesimal(summary.raDeg)} ${decSexagesimal(summary.decDeg)}`
  return [oneLine(summary.object, 60), brightness ?? dark, place].filter(Boolean).join(' ')
}

function factsOf({ event }: Item, summary: Summary): [string, string][] {
  const facts: [string, string][] = [['Object', summary.object]]
  if (summary.timeIso !== undefined) facts.push(['Time', utcTime(summary.timeIso)])
  if (summary.raDeg !== undefined && summary.decDeg !== undefined) {
    const error = summary.errorDeg === undefined ? '' : `, error ${smallAngle(summary.errorDeg)}`
    facts.push(['RA, Dec', `${raSexagesimal(summary.raDeg)} ${decSexagesimal(summary.decDeg)}`])
    facts.push(['Degrees', `${degreesPair(summary.raDeg, summary.decDeg)}${error}`])
  }
  if (summary.mag !== undefined) facts.push(['Magnitude', magnitude(summary.mag, summary.magErr)])
  else {
    const why = withoutMagnitude(summary)
    if (why !== undefined) facts.push(['Magnitude', summary.negative ? `negative: ${why}` : `none: ${why}`])
  }
  if (summary.band !== undefined) facts.push(['Band', summary.band])
  if (summary.snr !== undefined) facts.push(['SNR', significant(summary.snr, 3)])
  if (summary.reliability !== undefined) facts.push(['Reliability', reliabilityText(summary.reliability)])
  if (summary.detections !== undefined) facts.push(['Detections', significant(summary.detections, 15)])
  if (event.role !== 'observation') facts.push(['Role', event.role])
  return facts.slice(0, 10)
}

function partsOf({ pictures, event }: Item): Part[] {
  return [...pictures].map(([kind, { bytes, mediaType }]) => ({
    hash: createHash('sha256').update(bytes).digest('hex'),
    mediaType,
    name: `${kind}-${createHash('sha256').update(event.ivoid).digest('hex').slice(0, 8)}.${mediaType === 'image/png' ? 'png' : 'bin'}`,
    bytes,
  }))
}

const topicOf = ({ match }: Item) => match.streamTitle ?? match.filterName
// Verbatim: Slack makes no links of its own out of names.
const mrkdwn = (text: string) => ({ type: 'mrkdwn', text, verbatim: true })
const section = (text: string) => ({ type: 'section', text: mrkdwn(text) })
const header = (text: string) => ({ type: 'header', text: { type: 'plain_text', text: cut(text, 150), emoji: false } })

/** Slack counts code units, and refuses a header without text. */
function cut(text: string, most: number): string {
  let short = oneLine(text, most)
  while (short.length > most) short = oneLine(short, [...short].length - 1)
  return short || '-'
}

/** The lines that fit, whole: half a link is none. No block where there are none. */
function context(lines: readonly string[]): object[] {
  let text = ''
  for (const line of lines) {
    if (line !== '' && text.length + line.length < textLimit) text += `${text === '' ? '' : '\n'}${line}`
  }
  return text === '' ? [] : [{ type: 'context', elements: [mrkdwn(text)] }]
}

function linksOf(item: Item): string[] {
  return [...linkTo(item.match.eventUrl, 'Open the event'), ...unsubscribeOf(item)]
}

function unsubscribeOf({ match }: Item): string[] {
  return linkTo(match.unsubscribeUrl, 'End this subscription')
}

/** A link, where it is one and not longer than a line may be. */
function linkTo(text: string | undefined, words: string): string[] {
  const url = webUrl(text)
  const written = url === undefined ? undefined : link(url, words)
  return written === undefined || written.length > 1200 ? [] : [written]
}

function heldBack(count: number): string[] {
  return count > 0
    ? [`${counted(count, 'more match', 'more matches')} held back by the limit of this subscription.`]
    : []
}

/** Lines in texts of at most Slack's length. A line is shorter than that. */
function chunks(lines: readonly string[]): string[][] {
  const texts: string[][] = []
  let length = textLimit
  for (const line of lines) {
    // Escapes may make a line of a preformatted text longer than it is here.
    const size = escaped(line).length + 1
    if (length + size > textLimit) {
      texts.push([])
      length = 0
    }
    texts.at(-1)!.push(line)
    length += size
  }
  return texts
}
