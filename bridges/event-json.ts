/**
 * What a subscriber's program gets of a match: one JSON object, the same through every bridge that speaks JSON
 * (docs/event-json.md). Numbers that are none (NaN, infinite) are left out; integers that a double cannot hold, and
 * all identifiers, are text.
 */
import type { Attachment, Param, VOEvent } from '../vo/model/voevent.ts'
import { writeJson3 } from '../vo/voevent-3/json-write.ts'
import type { Item } from './contract.ts'
import { type Summary, summarize } from './summary.ts'
import { webUrl } from './words.ts'

/**
 * The JSON text of a match, without white space. `full` brings the event in the draft's JSON under `voevent`; files
 * that it embeds are left out, links to files stay. Throws VOEventError for what is no event of the model.
 */
export function eventJson(item: Item): string {
  const head = JSON.stringify(summaryOf(item))
  const more =
    item.content === 'summary'
      ? ''
      : `,"lightweight":${JSON.stringify(lightweightOf(item.event))}${
          item.content === 'full' ? `,"voevent":${writeJson3(withoutFiles(item.event))}` : ''
        }`
  return `${head.slice(0, -1)}${more}}`
}

/** One item as it is, several as `{"items":[…],"heldBack":n}`. */
export function digestJson(items: readonly [Item, ...Item[]]): string {
  const [first] = items
  return `{"items":[${items.map(eventJson).join(',')}],"heldBack":${first.match.heldBack}}`
}

function summaryOf(item: Item): object {
  const { event, match, content } = item
  const summary = summarize(item)
  const cited = event.citations?.events ?? []
  const withdrawn = cited.filter(({ cite }) => cite === 'retraction').map(({ ivoid }) => ivoid)
  const eventUrl = webUrl(match.eventUrl)
  const unsubscribeUrl = webUrl(match.unsubscribeUrl)
  return {
    ivoid: event.ivoid,
    role: event.role,
    content,
    filter: match.filterName,
    ...(match.streamTitle === undefined ? {} : { stream: match.streamTitle }),
    subscription: match.subscription,
    object: summary.object,
    ...placeAndTime(summary),
    ...present({
      band: summary.band,
      mag: summary.mag,
      magErr: summary.magErr,
      snr: summary.snr,
      reliability: summary.reliability,
      detections: summary.detections,
    }),
    ...(summary.negative ? { negative: true } : {}),
    columns: match.columns.map(({ name, value, unit }) => ({
      name,
      value: plain(value),
      ...(unit === undefined ? {} : { unit }),
    })),
    citations: cited.map(({ ivoid, cite }) => ({ ivoid, ...(cite === undefined ? {} : { cite }) })),
    ...(withdrawn.length === 0 ? {} : { retraction: { of: withdrawn, reason: event.citations?.description ?? '' } }),
    heldBack: match.heldBack,
    links: {
      ...(eventUrl === undefined ? {} : { event: eventUrl }),
      ...(unsubscribeUrl === undefined ? {} : { unsubscribe: unsubscribeUrl }),
    },
  }
}

function placeAndTime({ raDeg, decDeg, errorDeg, timeIso, timeMjdUtc }: Summary): object {
  return {
    ...(timeIso === undefined ? {} : { time: { utc: `${timeIso}Z`, mjdUtc: timeMjdUtc } }),
    ...(raDeg === undefined ? {} : { place: present({ raDeg, decDeg, errorDeg }) }),
  }
}

/** A field of the lightweight alert: its name here, the names that surveys give it, and in which group. */
interface LightField {
  readonly to: string
  readonly from: readonly string[]
  readonly group?: string
  readonly id?: true
}

/** DMTN-165, Table 1, as far as a packet has it; the names of LSST's schema 11 and ZTF's 4.02. */
const lightFields: readonly LightField[] = [
  { to: 'alertId', from: ['diaSourceId', 'candid'], id: true },
  { to: 'objectId', from: ['diaObjectId', 'name'], group: 'object', id: true },
  { to: 'ssObjectId', from: ['ssObjectId'], group: 'solarSystemObject', id: true },
  { to: 'designation', from: ['designation'], group: 'solarSystemObject', id: true },
  { to: 'fluxNjy', from: ['psfFlux', 'flux'] },
  { to: 'fluxErrNjy', from: ['psfFluxErr', 'fluxErr'] },
  { to: 'scienceFluxNjy', from: ['scienceFlux'] },
  { to: 'scienceFluxErrNjy', from: ['scienceFluxErr'] },
  { to: 'trailLengthArcsec', from: ['trailLength'] },
  { to: 'extendedness', from: ['extendedness'] },
  { to: 'nDetections', from: ['nDiaSources', 'ndethist'], group: 'object' },
]

/** The fields of the lightweight alert (DMTN-165 Table 1) as far as the event has them: flat, identifiers as text. */
export function lightweightOf(event: VOEvent): Readonly<Record<string, string | number>> {
  const summary = summarize({ event, match: noMatch })
  const { raDeg, decDeg, timeMjdUtc, band, mag, magErr, snr, reliability } = summary
  const fields: Record<string, string | number> = {}
  for (const { to, from, group, id } of lightFields) {
    const value = from.map((name) => paramOf(event, name, group)?.value).find((found) => found != null && found !== '')
    if (value === undefined || value === null) continue
    if (id) fields[to] = String(value)
    else if (Number.isFinite(Number(value))) fields[to] = Number(value)
  }
  return { ...fields, ...present({ timeMjdUtc, raDeg, decDeg, band, mag, magErr, snr, reliability }) }
}

const noMatch = { filterName: '', subscription: '', columns: [], sequence: 1, heldBack: 0 }

/** By name, of the detection or of the group. */
function paramOf(event: VOEvent, name: string, group?: string): Param | undefined {
  const params =
    group === undefined ? event.what?.params : event.what?.groups.find((found) => found.name === group)?.params
  return params?.find((param) => param.definition.name === name)
}

/** A value as JSON has it. */
function plain(value: Param['value']): string | number | boolean | null {
  if (typeof value === 'bigint') {
    return value >= BigInt(Number.MIN_SAFE_INTEGER) && value <= BigInt(Number.MAX_SAFE_INTEGER)
      ? Number(value)
      : String(value)
  }
  return typeof value === 'number' && !Number.isFinite(value) ? null : value
}

function present<T extends object>(fields: T): Partial<T> {
  return Object.fromEntries(
    Object.entries(fields).filter(([, value]) => value !== undefined && !Number.isNaN(value)),
  ) as Partial<T>
}

function withoutFiles(event: VOEvent): VOEvent {
  if (event.attachments === undefined) return event
  const { attachments, ...rest } = event
  const linked = attachments.flatMap(({ data: _, ...link }): Attachment[] => (link.uri === undefined ? [] : [link]))
  return linked.length === 0 ? rest : { ...rest, attachments: linked }
}
