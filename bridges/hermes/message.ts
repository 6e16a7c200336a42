/**
 * An alert as a message of Hermes: a title and words for people, targets and photometry in the fields that its
 * serializer knows, the rest as keys of our own, which it passes on. Pure, and the same for every attempt.
 */
import type { Message } from '../contract.ts'
import { type Item, Refusal } from '../contract.ts'
import { deliveryKey } from '../delivery-key.ts'
import { type Report, type ReportPoint, reportOf } from '../report.ts'
import { counted, decSexagesimal, magnitude, oneLine, raSexagesimal, utcTime, webUrl } from '../words.ts'
import { audienceOf, type HermesConfig } from './config.ts'

export interface HermesMessage {
  readonly title: string
  readonly topic: string
  readonly submitter: string
  readonly authors: string
  readonly message_text: string
  /** Hermes would forward the message to other services, and answers with a failure where only part of that worked. */
  readonly submit_to_tns: false
  readonly submit_to_gcn: false
  readonly submit_to_mpc: false
  readonly data: {
    readonly references?: readonly HermesReference[]
    readonly targets?: readonly HermesTarget[]
    readonly photometry?: readonly HermesPhotometry[]
    readonly [key: string]: unknown
  }
}
export interface HermesReference {
  readonly source: string
  readonly citation: string
  readonly url?: string
}
export interface HermesTarget {
  readonly name: string
  /** Decimal degrees, ICRS. */
  readonly ra: string
  readonly dec: string
  readonly ra_error?: number
  readonly dec_error?: number
  readonly ra_error_units?: 'arcsec'
  readonly dec_error_units?: 'arcsec'
  readonly aliases?: readonly string[]
}
export interface HermesPhotometry {
  readonly target_name: string
  /** UTC, mid-exposure. */
  readonly date_obs: string
  readonly telescope: string
  readonly instrument: string
  readonly bandpass: string
  readonly brightness?: number
  readonly brightness_error?: number
  readonly brightness_unit?: 'AB mag'
  readonly limiting_brightness?: number
  readonly limiting_brightness_unit?: 'AB mag'
  readonly exposure_time?: number
  readonly comments?: string
}

/** By survey, as prompt-products.lsst.io and TNS write them. */
const instruments: Readonly<Record<string, { telescope: string; instrument: string }>> = {
  lsst: { telescope: 'Rubin:Simonyi', instrument: 'LSSTCam' },
  ztf: { telescope: 'P48', instrument: 'ZTF-Cam' },
}
const instrumentOf = (survey: string) =>
  Object.hasOwn(instruments, survey) ? instruments[survey]! : { telescope: '', instrument: survey || 'unknown' }
/** The last ones: a message is no archive. */
const mostDetections = 30

export function renderHermes(item: Item, settings: HermesConfig): Message {
  const key = deliveryKey([item], settings.topic)
  const body = isRetraction(item) ? retractionMessage(item, settings, key) : alertMessage(item, settings, key)
  // Hermes folds no repeats: a second submission is a second message for everybody.
  return { body: Buffer.from(JSON.stringify(body)), parts: [], key, repeat: 'never' }
}

function alertMessage(item: Item, settings: HermesConfig, key: string): HermesMessage {
  const report = reportOf(item)
  refuseTest(report.role, settings)
  const photometry = photometryOf(report)
  return {
    ...headOf(settings, `${report.role === 'test' ? 'TEST: ' : ''}${titleOf(report, item)}`),
    message_text: textOf(report, item),
    data: {
      references: [referenceOf(item.event.ivoid, item.match.eventUrl)],
      targets: [targetOf(report)],
      ...(photometry.length > 0 && { photometry }),
      ...ownKeys(item, key),
      survey: report.survey,
      detections: report.detections,
      seen_before: report.seenBefore,
      ...(report.reliability !== undefined && { reliability: Math.floor(report.reliability * 1e4) / 1e4 }),
      ...(report.moving && { solar_system_object: report.moving.designation }),
    },
  }
}

function retractionMessage(item: Item, settings: HermesConfig, key: string): HermesMessage {
  const { event } = item
  refuseTest(event.role, settings)
  const withdrawn = (event.citations?.events ?? []).filter(({ cite }) => cite === 'retraction')
  const reason = oneLine(event.citations?.description ?? '', 300)
  const names = withdrawn.map(({ ivoid }) => oneLine(ivoid, 300))
  return {
    ...headOf(settings, `${event.role === 'test' ? 'TEST: ' : ''}Retraction of ${names[0]}`),
    message_text: `We take back: ${names.join(', ')}.${reason === '' ? '' : ` Reason: ${reason}.`}`,
    data: { references: withdrawn.map(({ ivoid }) => referenceOf(ivoid)), retraction: true, ...ownKeys(item, key) },
  }
}

function isRetraction({ event }: Item): boolean {
  return event.citations?.events.some(({ cite }) => cite === 'retraction') ?? false
}

/** The gateway asks before; whoever renders by hand is told here. */
function refuseTest(role: string, settings: HermesConfig): void {
  if (role !== 'test' || audienceOf(settings) !== 'public') return
  throw new Refusal(['This is a test, and the public reads the topic.'])
}

function headOf({ topic, submitter, authors }: HermesConfig, title: string) {
  return {
    title: oneLine(title, 200),
    topic,
    submitter,
    authors: authors ?? '',
    submit_to_tns: false,
    submit_to_gcn: false,
    submit_to_mpc: false,
  } as const
}

/** Keys that Hermes does not know and passes on: who reads the topic can fold repeats by `delivery`. */
function ownKeys({ event, match }: Item, delivery: string) {
  return { ivoid: event.ivoid, role: event.role, filter: oneLine(match.filterName, 200), delivery }
}

function referenceOf(ivoid: string, eventUrl?: string): HermesReference {
  const url = webUrl(eventUrl)
  return { source: 'ivoid', citation: oneLine(ivoid, 400), ...(url !== undefined && { url }) }
}

function targetOf(report: Report): HermesTarget {
  const { object, spellings, raDeg, decDeg, errorArcsec, moving } = report
  // What went out by mistake is looked for, and not spread.
  const known = spellings.slice(1).filter((name) => !name.startsWith('LSST-P-'))
  const aliases = [...known, ...(moving ? [moving.designation] : [])]
  const error = errorArcsec === undefined ? undefined : rounded(errorArcsec, 3)
  return {
    name: object,
    ra: raDeg.toFixed(6),
    dec: decDeg.toFixed(6),
    ...(error !== undefined && {
      ra_error: error,
      dec_error: error,
      ra_error_units: 'arcsec',
      dec_error_units: 'arcsec',
    }),
    ...(aliases.length > 0 && { aliases }),
  }
}

/** The last non-detection, the discovery and the last detections, in the order of time; what has no magnitude is left out. */
function photometryOf(report: Report): HermesPhotometry[] {
  const { points, discovery, lastNonDetection } = report
  const seen = points.filter(({ kind, mag }) => kind === 'detection' && mag !== undefined)
  const shown = [...new Set([...seen.filter((point) => point === discovery), ...seen.slice(-mostDetections)])]
  return [...(lastNonDetection ? [lastNonDetection] : []), ...shown].map((point) => photometry(point, report))
}

function photometry(point: ReportPoint, { object, survey }: Report): HermesPhotometry {
  const { timeIso, band, filterId, exposureS, mag, magErr, limitMag, limitSigma, kind } = point
  return {
    target_name: object,
    date_obs: `${timeIso.slice(0, 23)}Z`,
    ...instrumentOf(survey),
    bandpass: filterId ?? band,
    ...(mag === undefined
      ? {
          limiting_brightness: rounded(limitMag!, 2),
          limiting_brightness_unit: 'AB mag',
          comments: `${limitSigma} sigma${kind === 'forced' ? ', of forced photometry' : ''}`,
        }
      : {
          brightness: rounded(mag, 3),
          ...(magErr !== undefined && { brightness_error: rounded(magErr, 3) }),
          brightness_unit: 'AB mag',
        }),
    ...(exposureS !== undefined && { exposure_time: rounded(exposureS, 2) }),
  }
}

function titleOf({ object, trigger }: Report, { match }: Item): string {
  const { band, mag, magErr, limitMag } = trigger
  const bright =
    mag !== undefined
      ? `${band} ${magnitude(mag, magErr)}`
      : limitMag !== undefined
        ? `no significant flux in ${band}`
        : `fainter than the reference in ${band}`
  return `${oneLine(match.streamTitle ?? match.filterName, 80)}: ${object}, ${bright}`
}

function triggerText({ timeIso, band, mag, magErr, limitMag }: ReportPoint): string {
  const when = `On ${utcTime(timeIso)} it`
  if (mag !== undefined) return `${when} had ${magnitude(mag, magErr)} mag (AB) in ${band}.`
  if (limitMag !== undefined)
    return `${when} had no flux above 3 sigma in ${band} (5 sigma: ${limitMag.toFixed(2)} mag).`
  return `${when} was fainter in ${band} than on the reference image.`
}

function textOf(report: Report, { match }: Item): string {
  const { object, raDeg, decDeg, trigger, discovery, lastNonDetection, detections, moving } = report
  const place = `${raSexagesimal(raDeg)} ${decSexagesimal(decDeg)} (ICRS)`
  return [
    `The filter "${oneLine(match.streamTitle ?? match.filterName, 80)}" selected ${object} at ${place}.`,
    ...(moving ? [`It is the known object of the solar system ${moving.designation}.`] : []),
    triggerText(trigger),
    ...(discovery === trigger ? [] : [`The earliest detection in the alert is of ${utcTime(discovery.timeIso)}.`]),
    `The survey counts ${counted(detections, 'detection')}${seenText(report)}.`,
    lastNonDetection === undefined
      ? 'The alert holds no limit before.'
      : `The last limit before is ${lastNonDetection.limitMag!.toFixed(2)} mag in ${lastNonDetection.band} (${utcTime(lastNonDetection.timeIso)}).`,
    'Magnitudes are of the flux on the difference image.',
  ].join(' ')
}

function seenText({ seenBefore, firstSeenIso }: Report): string {
  if (firstSeenIso !== undefined) return `; the object was there already on ${utcTime(firstSeenIso)}`
  return seenBefore ? ', some before what the alert holds' : ''
}

const rounded = (value: number, decimals: number): number => Number(value.toFixed(decimals))
