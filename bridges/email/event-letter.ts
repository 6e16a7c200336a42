/** One event as a letter: new, a follow-up, a correction or a retraction; as much of it as the subscriber wants. */
import type { VOEvent } from '../../vo/model/voevent.ts'
import type { Item } from '../contract.ts'
import { lightweightOf } from '../event-json.ts'
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
import {
  type Letter,
  type Notice,
  nameOf,
  optional,
  type Row,
  reasonsOf,
  type ShownPicture,
  selected,
  type Table,
  topicOf,
} from './letter.ts'

/** What an event is to earlier ones; a retraction rules over the others. */
export type Kind = 'new' | 'followup' | 'supersedes' | 'retraction'

export function kindOf(event: VOEvent): Kind {
  const cites = (event.citations?.events ?? []).map((cited) => cited.cite)
  return (['retraction', 'supersedes', 'followup'] as const).find((cite) => cites.includes(cite)) ?? 'new'
}

/** The events that it is about, as it says itself. */
export function citedBy(event: VOEvent): string[] {
  const kind = kindOf(event)
  return (event.citations?.events ?? []).filter(({ cite }) => cite === kind).map(({ ivoid }) => ivoid)
}

export function eventLetter(item: Item, pictures: readonly ShownPicture[], attached: string | undefined): Letter {
  const { event, match, content } = item
  const summary = summarize(item)
  const kind = kindOf(event)
  const held =
    match.heldBack > 0
      ? [
          `${counted(match.heldBack, 'more match', 'more matches')} held back since the last mail by the limit of this subscription.`,
        ]
      : []
  const eventUrl = webUrl(match.eventUrl)
  const tables: Table[] = [{ rows: content === 'full' ? facts(event, summary) : briefFacts(summary) }]
  if (match.columns.length > 0 && kind !== 'retraction')
    tables.push({ title: 'Selected by the filter', rows: selected(item) })
  if (content === 'lightweight') tables.push({ title: 'The lightweight alert', rows: lightweightRows(event) })
  return {
    notices: notices(event, summary),
    topic: topicOf(item),
    title: nameOf(summary),
    paragraphs: [],
    tables: tables.filter((table) => table.rows.length > 0),
    pictures,
    items: [],
    identifiers: [
      oneLine(event.ivoid, 2000),
      ...(kind === 'new' ? [] : citedBy(event).map((ivoid) => `${relation[kind]} ${oneLine(ivoid, 2000)}`)),
    ],
    links: eventUrl === undefined ? [] : [{ url: eventUrl, words: 'Fetch the event' }],
    ...optional('attached', attached),
    reasons: [...(kind === 'retraction' ? retractionReasons : reasonsOf(item)), ...held],
    ...optional('unsubscribeUrl', webUrl(match.unsubscribeUrl)),
  }
}

const relation = { followup: 'follows', supersedes: 'replaces', retraction: 'withdraws' } as const
const retractionReasons = ['You get this because the event was sent to this address before.']

function notices(event: VOEvent, summary: Summary): Notice[] {
  const kind = kindOf(event)
  const cited = citedBy(event)
    .map((ivoid) => oneLine(localName(ivoid), 60))
    .join(', ')
  const why = oneLine(event.citations?.description ?? event.description ?? '', 500)
  const reason = why === '' ? ' No reason was given.' : ` Reason: ${why}`
  const named = cited === nameOf(summary) ? '' : ` (${nameOf(summary)})`
  const found: Record<Kind, Notice[]> = {
    new: [],
    followup: [{ kind: 'news', strong: 'Follow-up.', text: ` New since event ${cited}: ${newsOf(summary)}.` }],
    supersedes: [
      { kind: 'news', strong: 'Correction.', text: ` This replaces event ${cited}.${why === '' ? '' : reason}` },
    ],
    retraction: [
      {
        kind: 'retraction',
        strong: 'Retraction.',
        text: ` Event ${cited}${named} is withdrawn.${reason}`,
      },
    ],
  }
  const test: Notice[] =
    event.role === 'test' ? [{ kind: 'test', strong: 'This is a test', text: ', not an observation.' }] : []
  return [...found[kind], ...test]
}

/** 'detection 5, r=19.21 ± 0.02 at 2026-03-01 05:36:57 UTC' */
function newsOf(summary: Summary): string {
  const brightness = brightnessOf(summary)
  const words = [
    ...(summary.detections === undefined ? [] : [`detection ${significant(summary.detections, 15)}`]),
    ...(brightness === undefined ? [] : [brightness]),
  ].join(', ')
  return `${words || 'another detection'}${summary.timeIso === undefined ? '' : ` at ${utcTime(summary.timeIso)}`}`
}

/** 'r=21.30 ± 0.05', 'i negative', 'g'; undefined where nothing is known. */
export function brightnessOf(summary: Summary): string | undefined {
  if (summary.mag !== undefined) return `${summary.band ?? 'mag'}=${magnitude(summary.mag, summary.magErr)}`
  const why = summary.negative ? 'negative' : withoutMagnitude(summary)
  return why === undefined ? summary.band : `${summary.band ?? 'flux'} ${why}`
}

/** '10:20:30.04 +20:30:40.1' */
export function placeOf(summary: Summary): string | undefined {
  return summary.raDeg === undefined || summary.decDeg === undefined
    ? undefined
    : `${raSexagesimal(summary.raDeg)} ${decSexagesimal(summary.decDeg)}`
}

/** Place, time and brightness. */
function briefFacts(summary: Summary): Row[] {
  const rows: Row[] = []
  if (summary.timeIso !== undefined) rows.push(['Time', utcTime(summary.timeIso)])
  const place = placeOf(summary)
  if (place !== undefined) {
    const error = summary.errorDeg === undefined ? '' : `, error ${smallAngle(summary.errorDeg)} (1 sigma)`
    rows.push(['RA, Dec', place, `${degreesPair(summary.raDeg!, summary.decDeg!)} deg${error}`])
  }
  if (summary.mag !== undefined) rows.push(['Magnitude', magnitude(summary.mag, summary.magErr)])
  else {
    const why = withoutMagnitude(summary)
    if (why !== undefined) rows.push(['Magnitude', summary.negative ? `negative: ${why}` : `none: ${why}`])
  }
  if (summary.band !== undefined) rows.push(['Band', summary.band])
  return rows
}

function facts(event: VOEvent, summary: Summary): Row[] {
  const rows = briefFacts(summary)
  if (summary.snr !== undefined) rows.push(['SNR', significant(summary.snr, 3)])
  if (summary.reliability !== undefined) rows.push(['Reliability', reliabilityText(summary.reliability)])
  if (summary.detections !== undefined) rows.push(['Detections', significant(summary.detections, 15)])
  // A test says so first of all.
  if (event.role !== 'observation' && event.role !== 'test') rows.push(['Role', event.role])
  return rows
}

/** The fields of DMTN-165 Table 1 that the event has. */
function lightweightRows(event: VOEvent): Row[] {
  return Object.entries(lightweightOf(event)).map(([name, value]) => [
    name,
    // Places and dates need more digits than others.
    typeof value === 'number' && /^(timeMjd|ra|dec)/.test(name) ? value.toFixed(6) : columnValue(value),
  ])
}

function localName(ivoid: string): string {
  return ivoid.slice(ivoid.search(/[#?]/) + 1) || 'an event'
}
