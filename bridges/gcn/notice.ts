/**
 * One event as a GCN notice, of the core parts that fit an optical discovery. Their places differ: schemas like BOOM's
 * hold targets and photometry in `data`, the others hold everything side by side. Only what the schema knows is said.
 */
import type { CiteType } from '../../vo/model/voevent.ts'
import { type Item, Refusal } from '../contract.ts'
import type { Report } from '../report.ts'
import { summarize } from '../summary.ts'
import { oneLine, webUrl } from '../words.ts'
import { photometry, photometryOf, rounded, zoned } from './photometry.ts'
import type { NoticeSchema } from './schemas.ts'

export type Notice = Readonly<Record<string, unknown>>

export interface NoticeSettings {
  readonly mission: string
  readonly instrument?: string | undefined
}

/** The survey's camera and telescope, as other notices name them. */
const surveys: Readonly<Record<string, { readonly instrument: string; readonly telescope: string }>> = {
  lsst: { instrument: 'LSSTCam', telescope: 'Simonyi Survey Telescope' },
  ztf: { instrument: 'ZTF', telescope: 'Palomar 1.2m Oschin' },
}

/**
 * The report's radius is one sigma along the longer axis; the sigma of two dimensions that holds 90 % (the default of
 * GCN, which many readers take for granted) is sqrt(-2 ln 0.1) of it.
 */
const containment = 0.9
const containmentSigmas = Math.sqrt(-2 * Math.log(1 - containment))

/** `report` is absent for a retraction: it withdraws, and measures nothing. Throws Refusal. */
export function noticeOf(
  item: Item,
  report: Report | undefined,
  schema: NoticeSchema,
  { mission, instrument }: NoticeSettings,
): Notice {
  const { event, match } = item
  const survey = report?.survey ?? match.survey ?? ''
  const camera = instrument ?? surveys[survey]?.instrument
  const date = event.who?.date
  if (date === undefined) throw new Refusal(['The event does not say when it was written, which a notice must.'])
  const head = {
    $schema: schema.id,
    alert_datetime: zoned(date.trim()),
    alert_tense: tenseOf(item, report, date),
    alert_type: typeOf(item),
    mission,
    ...(camera === undefined ? {} : { instrument: camera }),
    record_number: match.sequence,
    messenger: 'EM',
  }
  const named = namedOf(item, report)
  const target = report === undefined ? named : { ...named, ...placeOf(report) }
  if (schema.knows('data', 'targets', '[]', 'ra')) {
    const telescope = surveys[survey]?.telescope
    const points = (report === undefined ? [] : photometryOf(report)).map((point) => ({
      event_name: named.event_name,
      ...(telescope === undefined ? {} : { telescope }),
      ...(camera === undefined ? {} : { instrument: camera }),
      ...point,
    }))
    return only(schema, { ...head, data: { targets: [{ ...target, ...scoresOf(report) }], photometry: points } })
  }
  const { observation_start, observation_stop, ...brightness } =
    report === undefined ? {} : photometry(report.trigger, survey)
  return only(schema, {
    ...head,
    ...target,
    ...(report === undefined ? {} : { trigger_time: zoned(report.trigger.timeIso), ...statisticsOf(report) }),
    observation_start,
    observation_stop,
    ...brightness,
    ...referenceOf(item, mission),
    additional_info: infoOf(item),
  })
}

/** Nights are told within minutes: what is told weeks later is found in the archive, and no reason to hurry. */
const currentDays = 7

function tenseOf({ event }: Item, report: Report | undefined, date: string): 'test' | 'archival' | 'current' {
  if ((report?.role ?? event.role) === 'test') return 'test'
  const ageMs = report === undefined ? 0 : Date.parse(zoned(date.trim())) - Date.parse(zoned(report.trigger.timeIso))
  return ageMs > currentDays * 86_400_000 ? 'archival' : 'current'
}

/**
 * What the notice is to those that went before. An event may follow up one that was no notice (an older night, another
 * way out): for who reads here it is the first all the same.
 */
function typeOf({ event, match }: Item): 'initial' | 'subsequent' | 'update' | 'retraction' {
  const cites = new Set((event.citations?.events ?? []).map(({ cite }) => cite))
  if (cites.has('retraction')) return 'retraction'
  if (cites.has('supersedes')) return 'update'
  return match.sequence > 1 ? 'subsequent' : 'initial'
}

export const isRetraction = (item: Item): boolean => typeOf(item) === 'retraction'

const cited = ({ event }: Item, cite: CiteType) =>
  (event.citations?.events ?? []).filter((one) => one.cite === cite).map(({ ivoid }) => oneLine(ivoid, 300))

/** An event keeps its identifier over its notices: what is replaced or taken back is named as it was. */
function namedOf(item: Item, report: Report | undefined) {
  const { objectId, survey, eventUrl } = item.match
  const object =
    report?.object ??
    (objectId === undefined
      ? summarize(item).object
      : survey === 'lsst' && /^\d+$/.test(objectId)
        ? `LSST-AP-DO-${objectId}`
        : objectId)
  const own = oneLine(item.event.ivoid, 300)
  const ids = isRetraction(item) ? cited(item, 'retraction') : [own, ...cited(item, 'supersedes')]
  const page = webUrl(eventUrl)
  return {
    event_name: oneLine(object, 100),
    id: ids.length === 1 ? ids[0] : ids.slice(0, 20),
    ...(page === undefined ? {} : { data_archive_page: page }),
  }
}

function placeOf({ raDeg, decDeg, errorArcsec }: Report) {
  // To 0.4 mas; what is cut up to 360 is 0.
  const ra = rounded(raDeg, 7)
  return {
    ra: ra >= 360 ? 0 : ra,
    dec: rounded(decDeg, 7),
    ...(errorArcsec === undefined
      ? {}
      : {
          ra_dec_error: Number(((errorArcsec / 3600) * containmentSigmas).toPrecision(4)),
          containment_probability: containment,
        }),
  }
}

/** BOOM's dictionary: any scores. Of several classifiers each name says whose it is. */
function scoresOf(report: Report | undefined) {
  if (report === undefined) return {}
  const { classifications, reliability } = report
  const several = new Set(classifications.map(({ classifier }) => classifier)).size > 1
  const scores = Object.fromEntries([
    ...classifications.map(({ classifier, name, probability }) => [
      oneLine(several ? `${classifier}: ${name}` : name, 100),
      rounded(probability, 6),
    ]),
    ...(reliability === undefined ? [] : [['reliability', rounded(reliability, 6)]]),
  ])
  return Object.keys(scores).length === 0 ? {} : { classification_scores: scores }
}

/** `classification` is for classes that exclude each other and add up to one: of one classifier, and only if they do. */
function statisticsOf({ classifications, reliability }: Report) {
  const classifiers = new Set(classifications.map(({ classifier, version }) => `${classifier} ${version}`))
  const sum = classifications.reduce((total, { probability }) => total + probability, 0)
  return {
    ...(classifiers.size === 1 && classifications.length > 1 && Math.abs(sum - 1) < 1e-3
      ? {
          classification: Object.fromEntries(
            classifications.map(({ name, probability }) => [oneLine(name, 100), rounded(probability, 6)]),
          ),
        }
      : {}),
    ...(reliability === undefined ? {} : { properties: { reliability: rounded(reliability, 6) } }),
  }
}

function referenceOf(item: Item, mission: string) {
  const [earlier] = cited(item, 'followup')
  return earlier === undefined ? {} : { ref_instrument: mission, ref_ID: earlier }
}

function infoOf(item: Item): string | undefined {
  const { event, match } = item
  const why = oneLine(event.citations?.description ?? '', 600)
  if (isRetraction(item)) return `Withdrawn by ${oneLine(event.ivoid, 300)}. ${why}`.trim()
  const title = match.streamTitle === undefined ? '' : `Stream: ${oneLine(match.streamTitle, 200)}. `
  return `${title}VOEvent: ${oneLine(event.ivoid, 300)}`
}

/** A notice of what the schema knows, without what is undefined. */
function only(schema: NoticeSchema, whole: Readonly<Record<string, unknown>>): Notice {
  const pick = (value: unknown, path: readonly string[]): unknown => {
    if (Array.isArray(value)) return value.map((one) => pick(one, [...path, '[]']))
    if (typeof value !== 'object' || value === null) return value
    return Object.fromEntries(
      Object.entries(value)
        .filter(([name, one]) => one !== undefined && (name === '$schema' || schema.knows(...path, name)))
        .map(([name, one]) => [name, pick(one, [...path, name])]),
    )
  }
  return pick(whole, []) as Notice
}
