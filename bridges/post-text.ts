/**
 * What posts on social networks say: one text for X, Mastodon and Bluesky, made from the operator's templates or from
 * these. Each bridge brings what fits; nothing in an event can make a link, a mention or a tag.
 */
import type { Audience, Item } from './contract.ts'
import { Refusal } from './contract.ts'
import { visible, wholeUrl } from './post-links.ts'
import { fill, type Placeholder, readTemplate, type Template, type TemplatesConfig } from './post-template.ts'
import { summarize, withoutMagnitude } from './summary.ts'
import {
  columnValue,
  counted,
  decSexagesimal,
  magnitude,
  oneLine,
  raSexagesimal,
  reliabilityText,
  significant,
  utcTime,
  webUrl,
} from './words.ts'

export type PostKind = 'event' | 'followup' | 'retraction'

/** Follow-ups and retractions are replies: they need no place of their own. */
const defaultTexts: Readonly<Record<PostKind, string>> = {
  event: `{title}: {object}[ ({tns})][, {known}]
[{brightness}][ at {time}]
[RA {ra}, Dec {dec}]
[{seen} so far][, reliability {reliability}]
[{url}]`,
  followup: `New measurement of {object}[ ({tns})]
[{brightness}][ at {time}]
[{seen} so far][, reliability {reliability}]
[{url}]`,
  retraction: `This is withdrawn: {object}[ ({tns})]
[Reason: {reason}]
[{url}]`,
}

export interface Texts {
  /** The text of an item. `fits` is asked until it says yes. `links`: may the event's URL stand in it? */
  of(item: Item, options: { readonly fits: (text: string) => boolean; readonly links: boolean }): string
}

/** The configuration is checked before: templates that cannot be read throw here. */
export function openTexts(config: TemplatesConfig): Texts {
  const read = new Map<string, Template>()
  for (const [stream, texts] of Object.entries(config)) {
    const byKind = typeof texts === 'string' ? { event: texts } : texts
    for (const [kind, text] of Object.entries(byKind)) {
      if (text !== undefined) read.set(`${stream} ${kind}`, readTemplate(text))
    }
  }
  for (const [kind, text] of Object.entries(defaultTexts)) {
    if (!read.has(`default ${kind}`)) read.set(`default ${kind}`, readTemplate(text))
  }
  return {
    of(item, { fits, links }) {
      const kind = postKind(item)
      const { stream } = item.match
      const template =
        (stream === undefined ? undefined : read.get(`${stream} ${kind}`)) ?? read.get(`default ${kind}`)!
      return fill(template, valuesOf(item, links), fits, warning(item))
    },
  }
}

export function postKind({ event, match }: Item): PostKind {
  const cites = new Set(event.citations?.events.map(({ cite }) => cite))
  if (cites.has('retraction')) return 'retraction'
  return match.sequence > 1 || cites.has('followup') || cites.has('supersedes') ? 'followup' : 'event'
}

/** Throws `Refusal`: a test is not said to the public. */
export function refuseTest({ event }: Item, audience: Audience): void {
  if (event.role === 'test' && audience === 'public') {
    throw new Refusal(['The event is a test: tests are never posted where people everywhere read them.'])
  }
}

/** First, so that no cut takes it away. */
function warning({ event }: Item): string {
  if (event.role === 'test') return 'TEST, nothing was observed. '
  return event.role === 'prediction' ? 'Prediction: ' : ''
}

function valuesOf(item: Item, links: boolean): ReadonlyMap<string, string> {
  const { event, match } = item
  const summary = summarize(item)
  const { band, mag, raDeg, decDeg } = summary
  const url = links ? webUrl(match.eventUrl) : undefined
  const own: Readonly<Record<Placeholder, string | undefined>> = {
    object: summary.object,
    known: summary.moving ? 'solar-system object' : undefined,
    band,
    mag: mag === undefined ? undefined : magnitude(mag, summary.magErr),
    brightness: brightnessOf(item),
    ra: raDeg === undefined ? undefined : raSexagesimal(raDeg),
    dec: decDeg === undefined ? undefined : decSexagesimal(decDeg),
    raDeg: raDeg?.toFixed(5),
    decDeg: decDeg?.toFixed(5),
    time: summary.timeIso === undefined ? undefined : utcTime(summary.timeIso),
    snr: numberText(summary.snr, 3),
    reliability: summary.reliability === undefined ? undefined : reliabilityText(summary.reliability),
    detections: numberText(summary.detections, 15),
    seen: summary.detections === undefined ? undefined : counted(summary.detections, 'detection'),
    number: `${match.sequence}`,
    survey: match.survey?.toUpperCase(),
    stream: match.stream,
    title: match.streamTitle ?? match.filterName,
    tns: tnsName(item),
    reason: event.citations?.description,
    ivoid: event.ivoid,
    url: url === undefined ? undefined : wholeUrl(url),
  }
  const columns = match.columns
    .filter(({ value }) => value !== null)
    .map(({ name, value, unit }) => [`column.${name}`, columnValue(value, unit)] as const)
  const values = new Map<string, string>()
  for (const [name, value] of [...Object.entries(own), ...columns]) {
    const shown = name === 'url' ? value : short(value ?? '', name === 'reason' || name === 'ivoid' ? 200 : 80)
    if (shown !== undefined && shown !== '') values.set(name, shown)
  }
  return values
}

/** 'r = 21.30 ± 0.05 mag'. */
export function brightnessOf(item: Item): string | undefined {
  const summary = summarize(item)
  const { band, mag, magErr } = summary
  if (mag !== undefined) return `${band ?? 'brightness'} = ${magnitude(mag, magErr)} mag`
  const why = withoutMagnitude(summary)
  return why === undefined ? undefined : `${why}${band === undefined ? '' : ` in ${band}`}`
}

/** The blank is written, so that nobody takes a name with a full stop behind it for a host. */
function tnsName({ event }: Item): string | undefined {
  for (const name of event.why?.names ?? []) {
    const [, kind, rest] = /^(AT|SN|TDE) ?(\d{4}[a-z]{1,7})$/i.exec(name.trim()) ?? []
    if (kind !== undefined) return `${kind.toUpperCase()} ${rest?.toLowerCase()}`
  }
  return undefined
}

function numberText(value: number | undefined, digits: number): string | undefined {
  return value === undefined ? undefined : significant(value, digits)
}

export function short(text: string, most: number): string {
  return oneLine(visible(text), most)
}
