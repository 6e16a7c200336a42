/**
 * A report in whole sentences of plain ASCII, as telegrams and circulars have them: what was found, where, when, how
 * bright, and how that is defined. Facts only: no classification, no praise.
 */

import { type Item, Refusal } from '../contract.ts'
import type { Report, ReportPoint } from '../report.ts'
import { knownDays, lightReasons, reliabilityReasons } from '../report-fitness.ts'
import { counted, decSexagesimal, degreesPair, raSexagesimal, reliabilityText, significant, utcTime } from '../words.ts'
import { asciiLine } from './ascii.ts'
import type { CitedReports } from './cited-reports.ts'

export interface Facility {
  /** In titles: 'Rubin/LSST'. */
  readonly short: string
  /** Whose difference images they are. */
  readonly images: string
  readonly alerts: string
  readonly bands: string
  readonly paper?: string
  readonly acknowledgement?: string
}

const facilities: Readonly<Record<string, Facility>> = {
  lsst: {
    short: 'Rubin/LSST',
    images:
      'the Legacy Survey of Space and Time (LSST), observed with LSSTCam on the Simonyi Survey Telescope of the ' +
      'NSF-DOE Vera C. Rubin Observatory',
    alerts: 'the public alerts of Rubin Observatory',
    bands: 'LSST',
    paper: 'Ivezic et al. 2019, ApJ, 873, 111',
    acknowledgement:
      'This work is based on public alerts of the NSF-DOE Vera C. Rubin Observatory, which is jointly funded by the ' +
      'U.S. National Science Foundation and the U.S. Department of Energy, Office of Science.',
  },
  ztf: {
    short: 'ZTF',
    images:
      'the Zwicky Transient Facility (ZTF), observed with the Samuel Oschin 48-inch Telescope at Palomar Observatory',
    alerts: 'the public alerts of ZTF',
    bands: 'ZTF',
    paper: 'Bellm et al. 2019, PASP, 131, 018002',
    acknowledgement:
      'This work is based on observations obtained with the Samuel Oschin Telescope 48-inch at the Palomar ' +
      'Observatory as part of the Zwicky Transient Facility project.',
  },
}

export function facilityOf(survey: string): Facility {
  if (Object.hasOwn(facilities, survey)) return facilities[survey]!
  const name = asciiLine(survey, 40) || 'an unnamed survey'
  return { short: name, images: `the survey ${name}`, alerts: `the alerts of ${name}`, bands: name }
}

/** Why an alert makes no telegram and no circular. Throws `Refusal` with every reason. */
export function refuseUnfit(report: Report, leastReliability: number): void {
  const reasons = [
    ...(/[A-Za-z0-9]/.test(asciiLine(report.object, 80)) ? [] : ['The object has no name that can be printed.']),
    ...(report.moving === undefined
      ? []
      : [`This is the known solar-system object ${asciiLine(report.moving.designation, 40)}: it is no transient.`]),
    ...lightReasons(report),
    ...(Number.isFinite(report.raDeg) && Math.abs(report.decDeg) <= 90 ? [] : ['The alert has no position.']),
    ...(!report.negative && !report.noFlux && brightness(report.trigger) === undefined
      ? ['The detection has no magnitude: its flux is not positive.']
      : []),
    ...reliabilityReasons(report.reliability, leastReliability),
  ]
  const [first, ...others] = reasons
  if (first !== undefined) throw new Refusal([first, ...others])
}

/** After so many days nobody calls it a discovery any more. */
export const newDays = 30

/** What happened, in one word: who sees an object that is known has not discovered it. */
export function deedOf(report: Report, { tnsNames }: CitedReports): 'discovery' | 'detection' {
  return report.seenBefore || tnsNames.length > 0 || knownDays(report) > newDays ? 'detection' : 'discovery'
}

/** What has been there for long is no transient that anybody could still call one: it is a source that varies. */
export function kindOf(report: Report): 'optical transient' | 'variable optical source' {
  return knownDays(report) > newDays ? 'variable optical source' : 'optical transient'
}

/** What was found, by which survey, and which stream chose it. */
export function findSentences(report: Report, item: Item, cited: CitedReports, authority: string): string {
  const { images, alerts } = facilityOf(report.survey)
  const object = asciiLine(report.object, 80)
  const known = cited.tnsNames.length === 0 ? '' : ` (also known as ${cited.tnsNames.join(', ')})`
  const stream = asciiLine(item.match.streamTitle ?? item.match.stream ?? item.match.filterName, 80)
  return (
    `We report the ${deedOf(report, cited)} of the ${kindOf(report)} ${object}${known} in difference images of ${images}. ` +
    `It was selected from ${alerts} by the filter "${stream}" of the event gateway ${asciiLine(authority, 80)}.`
  )
}

export function positionSentences({ raDeg, decDeg, errorArcsec, glonDeg, glatDeg }: Report): string {
  const [ra, dec] = degreesPair(raDeg, decDeg).split(' ')
  const error =
    errorArcsec !== undefined && errorArcsec > 0
      ? `, with an error of ${significant(errorArcsec, 2)} arcsec (1 sigma, longer axis)`
      : ''
  const galactic =
    Number.isFinite(glonDeg) && Number.isFinite(glatDeg)
      ? ` Its Galactic coordinates are l = ${glonDeg.toFixed(3)} deg, b = ${signed(glatDeg, 3)} deg.`
      : ''
  return (
    `The position is RA = ${raSexagesimal(raDeg)}, Dec = ${decSexagesimal(decDeg)} (J2000), ` +
    `that is RA = ${ra} deg, Dec = ${dec} deg${error}.${galactic}`
  )
}

/** Detection, limit before it, brightness now, change of brightness. */
export function lightSentences(report: Report): string {
  const { discovery, trigger, detections } = report
  const bands = facilityOf(report.survey).bands
  const same = discovery.timeMjdUtc === trigger.timeMjdUtc && discovery.band === trigger.band
  const light = (point: ReportPoint) =>
    `${brightness(point) ?? 'without a magnitude (its difference flux is not positive)'} in the ${bandName(point, bands)}`
  const sentences = [
    same
      ? `The object was detected on ${whenOf(discovery)} at ${light(discovery)}.`
      : `The earliest detection in the alert was on ${whenOf(discovery)} at ${light(discovery)}, ` +
        `the latest on ${whenOf(trigger)} at ${light(trigger)}.`,
    ...seenSentences(report),
    limitSentence(report, bands),
    ...(detections > 1 ? [`The survey counts ${counted(detections, 'detection')} of the object.`] : []),
    ...riseSentences(report),
  ]
  return sentences.join(' ')
}

/** Of a packet that holds some weeks. */
function seenSentences({ seenBefore, firstSeenIso }: Report): string[] {
  if (!seenBefore) return []
  const since = firstSeenIso === undefined ? '' : `, first on ${asciiLine(utcTime(firstSeenIso), 40)}`
  return [`The survey saw the object before the earliest detection given here${since}.`]
}

function limitSentence({ lastNonDetection: last, seenBefore }: Report, bands: string): string {
  if (last?.limitMag === undefined || !Number.isFinite(last.limitMag)) {
    return 'The alert holds no upper limit before that.'
  }
  const sigma = last.limitSigma === undefined ? '' : `, ${significant(last.limitSigma, 2)} sigma`
  return (
    `The last non-detection before ${seenBefore ? 'the object was first seen' : 'the earliest detection'} was on ${whenOf(last)}, ` +
    `with a limit of ${last.limitMag.toFixed(2)} mag (AB${sigma}) in the ${bandName(last, bands)}.`
  )
}

/** Of a new object: how a source changes that has varied for long is no rise. */
function riseSentences(report: Report): string[] {
  const { rise, riseBound, survey } = report
  if (knownDays(report) > newDays) return []
  const bands = facilityOf(survey).bands
  // Cut, so that the bound holds.
  const least = riseBound === undefined ? 0 : Math.floor(-riseBound.magPerDay * 100) / 100
  const bound =
    riseBound === undefined || least < 0.01
      ? []
      : [
          `From the last non-detection in the ${bandName(riseBound, bands)} to the earliest detection, ` +
            `${significant(riseBound.days, 2)} days, it brightened by more than ${least.toFixed(2)} mag per day.`,
        ]
  if (rise === undefined || !Number.isFinite(rise.magPerDay) || !Number.isFinite(rise.errMagPerDay)) return bound
  const { magPerDay, errMagPerDay, days } = rise
  const span = `over the first ${significant(days, 2)} days of detections in the ${bandName(rise, bands)}`
  if (Math.abs(magPerDay) < 2 * errMagPerDay) return [...bound, `We find no significant change of brightness ${span}.`]
  const rate = `${rateOf(magPerDay, errMagPerDay)} +/- ${rateOf(errMagPerDay, errMagPerDay)} mag per day`
  return [...bound, `It ${magPerDay < 0 ? 'brightened' : 'faded'} by ${rate} on average ${span}.`]
}

function rateOf(magPerDay: number, err: number): string {
  return Math.abs(magPerDay).toFixed(err < 0.01 ? 3 : 2)
}

/** How the numbers are to be read. */
export function definitionSentences(report: Report): string {
  const { reliability } = report
  const model =
    reliability === undefined || !Number.isFinite(reliability)
      ? 'The survey gives no reliability of the detection.'
      : `The survey's model gives the detection a reliability of ${reliabilityText(reliability)} on a scale of 0 to 1.`
  return (
    'Magnitudes are AB and those of the flux on the difference image, that is of the change with respect to the ' +
    'template image; they are not corrected for Galactic extinction. Times are UTC at mid-exposure. ' +
    `${model} We claim no classification.`
  )
}

/**
 * A table of detections with a magnitude, oldest first, at most `most` rows: the first of a night in each band and the
 * one that made the alert; where these are too many, the earliest two and the latest.
 */
export function photometryTable(report: Report, most: number): string[] {
  const all = report.points.filter((point) => point.kind === 'detection' && brightness(point) !== undefined)
  const rows = oneANight(all, report.trigger)
  if (rows.length < 3 || most < 3) return []
  const shown = rows.length <= most ? rows : [...rows.slice(0, 2), ...rows.slice(2 - most)]
  const left = all.length - shown.length
  return [
    `Detections (UTC, MJD, band, AB magnitude, error)${left > 0 ? `, ${left} more are in the alert` : ''}:`,
    ...shown.map(
      ({ timeIso, timeMjdUtc, band, mag, magErr }) =>
        `${utcTime(timeIso).replace(' UTC', '')}  ${timeMjdUtc.toFixed(5)}  ${asciiLine(band, 8)}  ` +
        `${mag!.toFixed(2)}  ${magErr === undefined || !Number.isFinite(magErr) ? '-' : magErr.toFixed(2)}`,
    ),
  ]
}

/** Visits of one night in one band say the same. Half a day apart is another night, wherever the telescope stands. */
function oneANight(points: readonly ReportPoint[], trigger: ReportPoint): ReportPoint[] {
  const shownMjd = new Map<string, number>()
  return points.filter((point) => {
    const fresh = point.timeMjdUtc - (shownMjd.get(point.band) ?? Number.NEGATIVE_INFINITY) > 0.5
    if (fresh) shownMjd.set(point.band, point.timeMjdUtc)
    return fresh || (point.timeMjdUtc === trigger.timeMjdUtc && point.band === trigger.band)
  })
}

/** '21.30 +/- 0.05 mag (AB)'; undefined where there is no magnitude. */
function brightness({ mag, magErr }: ReportPoint): string | undefined {
  if (mag === undefined || !Number.isFinite(mag)) return undefined
  const error = magErr !== undefined && Number.isFinite(magErr) && magErr >= 0 ? ` +/- ${magErr.toFixed(2)}` : ''
  return `${mag.toFixed(2)}${error} mag (AB)`
}

function whenOf({ timeIso, timeMjdUtc }: ReportPoint): string {
  return `${asciiLine(utcTime(timeIso), 40)} (MJD ${timeMjdUtc.toFixed(5)})`
}

function bandName({ band }: { readonly band: string }, survey: string): string {
  const name = asciiLine(band, 12)
  return name === '' ? 'unnamed band' : `${survey} ${name} band`
}

function signed(value: number, decimals: number): string {
  const text = value.toFixed(decimals)
  return text.startsWith('-') ? text : `+${text}`
}
