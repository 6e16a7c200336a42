/**
 * From what an alert says to an AT report, or to the reasons why there is none. The discovery is the earliest
 * detection that the alert holds, with its own photometry; the last non-detection is a limit that the alert holds, or
 * the operator's sentence about the template, or there is no report: none is invented.
 */
import { type Item, type Message, type Part, Refusal } from '../contract.ts'
import type { Report, ReportPoint } from '../report.ts'
import { knownDays, lightReasons, reliabilityReasons, seenMinutes } from '../report-fitness.ts'
import { decSexagesimal, oneLine, raSexagesimal, reliabilityText, significant, utcTime } from '../words.ts'
import { type AtReport, bodyOf, type Point } from './at-report.ts'
import type { TnsConfig } from './config.ts'
import type { Ids } from './values.ts'

export interface Setting {
  readonly settings: TnsConfig
  readonly ids: Ids
}

/** Before the alert's detail is looked at: what is said through TNS at all. Throws Refusal. */
export function refuseItem({ event }: Item, { live }: Pick<TnsConfig, 'live'>): void {
  if (event.citations?.events.some(({ cite }) => cite === 'retraction')) {
    throw new Refusal([
      'TNS takes nothing back by its API: to withdraw a report, write to the TNS team by the contact page of its site.',
    ])
  }
  if (event.role === 'test' && live) {
    throw new Refusal(['This is a test (role test), and TNS is public: tests go to its sandbox, without `live: true`.'])
  }
  if (event.role !== 'observation' && event.role !== 'test') {
    throw new Refusal([`This is no observation (role ${oneLine(event.role, 40)}), and TNS takes observations alone.`])
  }
}

/** Pure. Throws Refusal with every reason at once. `key` is the delivery's. */
export function atReportOf(report: Report, item: Item, key: string, { settings, ids }: Setting): AtReport {
  const reasons = reasonsAgainst(report, settings, ids)
  const nonDetection = nonDetectionOf(report, settings, ids)
  if (typeof nonDetection === 'string') reasons.push(nonDetection)
  if (reasons.length > 0) throw new Refusal(reasons as [string, ...string[]])
  const photometry = Object.fromEntries(
    pointsToSend(report, settings.photometryPoints, ids).map((one, index) => [
      `${index}`,
      pointOf(one, report, settings, ids),
    ]),
  )
  const error =
    report.errorArcsec === undefined || !(report.errorArcsec > 0 && report.errorArcsec < 36_000)
      ? {}
      : { error: significant(Math.max(report.errorArcsec, 0.001), 2), units: 'arcsec' as const }
  const classes = autoClassOf(report, settings, ids)
  return {
    ra: { value: raSexagesimal(report.raDeg, 3), ...error },
    dec: { value: decSexagesimal(report.decDeg, 2), ...error },
    reporting_groupid: ids[`group ${settings.reportingGroup}`]!,
    data_source_groupid: ids[`group ${settings.dataSourceGroup}`]!,
    reporter: settings.reporter,
    discovery_datetime: dateOf(report.discovery),
    at_type: ids[`at_type ${settings.atType}`]!,
    internal_name: oneLine(report.object, 80),
    remarks: remarksOf(report, item),
    non_detection: nonDetection as AtReport['non_detection'],
    photometry: settings.nestedPhotometry ? { photometry_group: photometry } : photometry,
    ...(classes.length === 0 ? {} : { auto_class: classes }),
    internal_ids: {
      ivorn: oneLine(item.event.ivoid, 300),
      delivery: key,
      ...(report.reliability === undefined ? {} : { reliability: reliabilityText(report.reliability) }),
    },
  }
}

function reasonsAgainst(report: Report, settings: TnsConfig, ids: Ids): string[] {
  const reasons: string[] = []
  const { discovery, reliability, moving } = report
  if (report.role === 'test' && settings.live) reasons.push('The alert is a test, and TNS is public.')
  if (moving !== undefined) {
    reasons.push(`This is ${oneLine(moving.designation, 60) || 'an object'} of the solar system, not a transient.`)
  }
  const light = lightReasons(report)
  reasons.push(...light)
  if (light.length === 0 && !isMag(discovery.mag)) {
    reasons.push('The earliest detection has no magnitude: its flux on the difference image is not positive.')
  }
  reasons.push(...reliabilityReasons(reliability, settings.leastReliability))
  const minutes = seenMinutes(report)
  if (minutes !== undefined && minutes < settings.leastMinutes && moving === undefined) {
    const seen =
      minutes === 0 ? 'It was detected once' : `All detections lie within ${significant(Math.ceil(minutes), 3)} minutes`
    reasons.push(
      `${seen}, and \`leastMinutes\` is ${settings.leastMinutes}: it may be an asteroid that nobody knows yet.`,
    )
  }
  const days = knownDays(report)
  if (days > settings.longestDays) {
    reasons.push(
      `It has been there for ${Math.floor(days).toLocaleString('en-US')} days, and \`longestDays\` is ${settings.longestDays}: TNS wants no variables.`,
    )
  }
  if (ids[`instrument ${report.survey}`] === undefined) {
    reasons.push(
      `TNS has no instrument for the survey ${oneLine(report.survey, 40) || '(unknown)'} that is known here.`,
    )
  }
  if (filterOf(discovery, ids) === undefined) {
    const name = oneLine(discovery.filterId ?? discovery.band, 40)
    reasons.push(`TNS has no filter for ${name || 'the discovery, whose filter is unknown,'} that is known here.`)
  }
  if (!(Number.isFinite(report.raDeg) && Math.abs(report.decDeg) <= 90)) reasons.push('It has no position.')
  if (!/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d/.test(discovery.timeIso)) reasons.push('Its discovery has no time.')
  return reasons
}

/** The latest limit before the discovery; else the operator's sentence; else the reason against a report. */
function nonDetectionOf(
  { lastNonDetection: last, discovery, survey, inTemplate }: Report,
  settings: TnsConfig,
  ids: Ids,
): AtReport['non_detection'] | string {
  const filterid = last === undefined ? undefined : filterOf(last, ids)
  const instrumentid = ids[`instrument ${survey}`]
  if (
    isMag(last?.limitMag) &&
    last !== undefined &&
    filterid !== undefined &&
    instrumentid !== undefined &&
    last.timeMjdUtc < discovery.timeMjdUtc &&
    dateOf(last) < dateOf(discovery)
  ) {
    return {
      obsdate: dateOf(last),
      limiting_flux: last.limitMag!.toFixed(2),
      flux_unitid: ids['unit AB']!,
      filterid,
      instrumentid,
      ...exposureOf(last),
      observer: settings.observer,
      ...(last.limitSigma === undefined ? {} : { comments: `${significant(last.limitSigma, 3)}-sigma limit` }),
    }
  }
  const remarks = inTemplate === undefined ? settings.archivalRemarks : settings.archivalRemarksOnSource
  if (remarks !== undefined) return { archiveid: ids['archive Other']!, archival_remarks: remarks }
  if (inTemplate !== undefined) {
    return `The alert holds no limit before the discovery, and the template is not empty there (${inTemplate}): \`archivalRemarks\` would be wrong of it. Set \`archivalRemarksOnSource\` to a sentence for such places, where that is so.`
  }
  return 'The alert holds no limit before the discovery, and TNS wants the last non-detection: set `archivalRemarks` to a sentence that names the template in which nothing is seen, where that is so.'
}

/**
 * The discovery first; then the detection that made the alert; then of each band in turn, evenly over its time. All
 * with magnitudes, in filters that TNS has. In the order of time after the discovery.
 */
export function pointsToSend(report: Report, most: number, ids: Ids): readonly ReportPoint[] {
  const fits = (one: ReportPoint) => isMag(one.mag) && filterOf(one, ids) !== undefined
  const same = (a: ReportPoint, b: ReportPoint) => a.timeMjdUtc === b.timeMjdUtc && a.band === b.band
  const chosen = [report.discovery]
  if (most > 1 && fits(report.trigger) && !same(report.trigger, report.discovery)) chosen.push(report.trigger)
  const bands = new Map<string, ReportPoint[]>()
  for (const one of report.points) {
    if (one.kind !== 'detection' || !fits(one) || chosen.some((other) => same(one, other))) continue
    bands.set(one.band, [...(bands.get(one.band) ?? []), one])
  }
  const shares = [...bands.values()].map((points) => ({ points, share: 0 }))
  let left = most - chosen.length
  while (left > 0) {
    const open = shares.filter(({ points, share }) => share < points.length)
    if (open.length === 0) break
    for (const one of open.slice(0, left)) one.share++
    left -= Math.min(open.length, left)
  }
  for (const { points, share } of shares) {
    // The middles of so many equal parts.
    for (let n = 0; n < share; n++) chosen.push(points[Math.floor(((n + 0.5) * points.length) / share)]!)
  }
  const [first, ...rest] = chosen
  return [first!, ...rest.sort((a, b) => a.timeMjdUtc - b.timeMjdUtc)]
}

function pointOf(one: ReportPoint, { survey }: Report, settings: TnsConfig, ids: Ids): Point {
  const decimals = one.magErr !== undefined && one.magErr < 0.01 ? 3 : 2
  return {
    obsdate: dateOf(one),
    flux: one.mag!.toFixed(decimals),
    ...(isMag(one.magErr) && one.magErr > 0 ? { flux_error: one.magErr.toFixed(decimals) } : {}),
    ...(isMag(one.limitMag) ? { limiting_flux: one.limitMag.toFixed(2) } : {}),
    flux_unitid: ids['unit AB']!,
    filterid: filterOf(one, ids)!,
    instrumentid: ids[`instrument ${survey}`]!,
    ...exposureOf(one),
    observer: settings.observer,
  }
}

/** What can be a magnitude at all. */
function isMag(value: number | undefined): value is number {
  return value !== undefined && value > -30 && value < 50
}

function exposureOf({ exposureS }: ReportPoint): { exptime?: string } {
  return exposureS !== undefined && exposureS >= 0.001 && exposureS < 1e6 ? { exptime: significant(exposureS, 4) } : {}
}

function filterOf({ filterId }: ReportPoint, ids: Ids): string | undefined {
  return filterId === undefined ? undefined : ids[`filter ${filterId}`]
}

/** Mid-exposure, UTC, cut to ms: the discovery and its point are one text. */
function dateOf({ timeIso }: ReportPoint): string {
  const [date = '', time = ''] = timeIso.split('T')
  const [seconds = '', fraction = ''] = time.replace(/Z$/, '').split('.')
  return `${date} ${seconds}.${fraction.slice(0, 3).padEnd(3, '0')}`
}

export const testMarker = 'TEST, NOT AN OBSERVATION.'

function remarksOf(report: Report, { event, match }: Item): string {
  const name = { lsst: 'Rubin/LSST', ztf: 'ZTF' }[report.survey] ?? report.survey
  const topic = plain(match.streamTitle ?? match.filterName, 80)
  const many = `${report.detections} detection${report.detections === 1 ? '' : 's'}`
  return [
    ...(event.role === 'test' || report.role === 'test' ? [testMarker] : []),
    `${name} alert, band ${plain(report.trigger.band, 20)}, ${many}${topic === '' ? '' : `, selected by "${topic}"`}.`,
    ...(report.reliability === undefined ? [] : [`Reliability ${reliabilityText(report.reliability)} by the survey.`]),
    ...(report.seenBefore
      ? [
          `The survey saw the object before what the alert holds${report.firstSeenIso === undefined ? '' : ` (first on ${utcTime(report.firstSeenIso)})`}: the discovery date is the earliest with photometry here.`,
        ]
      : []),
    ...(report.lastNonDetection === undefined ? ['The alert holds no limit before the discovery.'] : []),
  ].join(' ')
}

/** TNS shows remarks on its pages. */
function plain(text: string, most: number): string {
  return oneLine(text.replace(/[<>"&]/g, ' '), most)
}

function autoClassOf(report: Report, { autoClass }: TnsConfig, ids: Ids): NonNullable<AtReport['auto_class']> {
  if (!autoClass) return []
  return report.classifications.flatMap(({ classifier, version, name, probability }) => {
    const objtypeid = ids[`type ${name.trim().toLowerCase()}`]
    if (objtypeid === undefined || !(probability >= 0 && probability <= 1)) return []
    const [algorithm, told] = [plain(classifier, 100), plain(version ?? '', 100)]
    return [{ algorithm, version: told, objtypeid, prob: Number(probability.toPrecision(4)), additional_params: [] }]
  })
}

export function messageOf(report: AtReport, key: string, parts: readonly Part[]): Message {
  // TNS folds reports that are the same to the byte ("an identical AT report"), so a repeat does no harm.
  return { body: bodyOf(report), parts, key, repeat: 'safe' }
}
