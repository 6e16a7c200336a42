/**
 * A report in whole sentences of plain ASCII, as telegrams and circulars have them: what was found, where, when, how
 * bright, and how that is defined. Facts only: no classification, no praise.
 */

import { type Item, Refusal } from '../contract.ts'
import type { Report, ReportPoint } from '../report.ts'
import { counted, decSexagesimal, degreesPair, raSexagesimal, significant, utcTime } from '../words.ts'
import { asciiLine } from './ascii.ts'
import type { CitedReports } from './cited-reports.ts'

export interface Facility {
  /** In titles: 'Rubin/LSST'. */
  readonly short: string
  /** Where its difference images come from. */
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
      'images taken with LSSTCam on the Simonyi Survey Telescope of the NSF-DOE Vera C. Rubin Observatory for the ' +
      'Legacy Survey of Space and Time (LSST)',
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
      'images taken with the Samuel Oschin 48-inch Telescope at Palomar Observatory for the Zwicky Transient ' +
      'Facility (ZTF)',
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
  return { short: name, images: `images of the survey ${name}`, alerts: `the alerts of ${name}`, bands: name }
}

/** Why an alert makes no telegram and no circular. Throws `Refusal` with every reason. */
export function refuseUnfit(report: Report, leastReliability: number): void {
  const reasons = [
    ...(report.moving === undefined
      ? []
      : [`This is the known solar-system object ${asciiLine(report.moving.designation, 40)}: it is no transient.`]),
    ...(report.negative ? ['The source is fainter than in the reference image: nothing new appeared.'] : []),
    ...(Number.isFinite(report.raDeg) && Math.abs(report.decDeg) <= 90 ? [] : ['The alert has no position.']),
    ...(!report.negative && brightness(report.trigger) === undefined
      ? ['The detection has no magnitude: its flux is not positive.']
      : []),
    ...reliabilityReasons(report.reliability, leastReliability),
  ]
  const [first, ...others] = reasons
  if (first !== undefined) throw new Refusal([first, ...others])
}

function reliabilityReasons(reliability: number | undefined, least: number): string[] {
  if (least <= 0) return []
  if (reliability === undefined || !Number.isFinite(reliability)) {
    return [`The alert has no reliability, and \`leastReliability\` asks for ${least}.`]
  }
  return reliability < least
    ? [`Its reliability of ${significant(reliability, 3)} is below the ${least} that \`leastReliability\` asks for.`]
    : []
}

/** What happened, in one word: who sees an object for the second time has not discovered it. */
export function deedOf({ seenBefore }: Report, { tnsNames }: CitedReports): 'discovery' | 'detection' {
  return seenBefore || tnsNames.length > 0 ? 'detection' : 'discovery'
}

/** What was found, by which survey, and which stream chose it. */
export function findSentences(report: Report, item: Item, cited: CitedReports, authority: string): string {
  const { images, alerts } = facilityOf(report.survey)
  const object = asciiLine(report.object, 80)
  const names = [...cited.tnsNames, ...report.spellings.filter((name) => name !== report.object)]
    .map((name) => asciiLine(name, 80))
    .filter((name) => name !== '')
    .slice(0, 5)
  const known = names.length === 0 ? '' : ` (also known as ${names.join(', ')})`
  const stream = asciiLine(item.match.streamTitle ?? item.match.stream ?? item.match.filterName, 80)
  return (
    `We report the ${deedOf(report, cited)} of the optical transient ${object}${known} on difference ${images}. ` +
    `It was selected from ${alerts} by the filter "${stream}" of the event gateway ${asciiLine(authority, 80)}.`
  )
}

export function positionSentences({ raDeg, decDeg, errorArcsec, glonDeg, glatDeg }: Report): string {
  const [ra, dec] = degreesPair(raDeg, decDeg).split(' ')
  const error =
    errorArcsec !== undefined && errorArcsec > 0
      ? `, with an error of ${significant(errorArcsec, 2)} arcsec (1 sigma, radius)`
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
  const { discovery, trigger, detections, seenBefore } = report
  const bands = facilityOf(report.survey).bands
  const same = discovery.timeMjdUtc === trigger.timeMjdUtc && discovery.band === trigger.band
  const light = (point: ReportPoint) =>
    `${brightness(point) ?? 'without a magnitude (its difference flux is not positive)'} in the ${bandName(point, bands)}`
  const sentences = [
    same
      ? `The object was detected on ${whenOf(discovery)} at ${light(discovery)}.`
      : `The earliest detection in the alert was on ${whenOf(discovery)} at ${light(discovery)}, ` +
        `the latest on ${whenOf(trigger)} at ${light(trigger)}.`,
    ...(detections > 1 ? [`The survey counts ${counted(detections, 'detection')}.`] : []),
    ...(seenBefore ? ['The survey saw the object before the earliest detection given here.'] : []),
    limitSentence(report, bands),
    ...slopeSentences(report),
  ]
  return sentences.join(' ')
}

function limitSentence({ lastNonDetection: last }: Report, bands: string): string {
  if (last?.limitMag === undefined || !Number.isFinite(last.limitMag)) {
    return 'The alert holds no upper limit before this detection.'
  }
  const sigma = last.limitSigma === undefined ? '' : `, ${significant(last.limitSigma, 2)} sigma`
  return (
    `The last non-detection before it was on ${whenOf(last)}, ` +
    `with a limit of ${last.limitMag.toFixed(2)} mag (AB${sigma}) in the ${bandName(last, bands)}.`
  )
}

function slopeSentences({ slope, survey }: Report): string[] {
  if (slope === undefined || !Number.isFinite(slope.magPerDay) || !Number.isFinite(slope.errMagPerDay)) return []
  const { magPerDay, errMagPerDay, days } = slope
  const span = `over ${significant(days, 2)} days in the ${bandName(slope, facilityOf(survey).bands)}`
  const rate = `${Math.abs(magPerDay).toFixed(2)} +/- ${errMagPerDay.toFixed(2)} mag per day`
  if (Math.abs(magPerDay) < 2 * errMagPerDay) return [`Its brightness changed by less than its errors ${span}.`]
  return [`It ${magPerDay < 0 ? 'brightened' : 'faded'} by ${rate} ${span}.`]
}

/** How the numbers are to be read. */
export function definitionSentences(report: Report): string {
  const { reliability } = report
  const model =
    reliability === undefined || !Number.isFinite(reliability)
      ? 'The survey gives no reliability of the detection.'
      : `The survey's model gives the detection a reliability of ${significant(reliability, 2)} (0 to 1).`
  return (
    'Magnitudes are AB and those of the flux on the difference image, that is of the change with respect to the ' +
    'template image; they are not corrected for Galactic extinction. Times are UTC at mid-exposure. ' +
    `${model} We claim no classification.`
  )
}

/** A table of detections with a magnitude, oldest first, at most `most` rows: the earliest two and the latest. */
export function photometryTable(report: Report, most: number): string[] {
  const rows = report.points.filter((point) => point.kind === 'detection' && brightness(point) !== undefined)
  if (rows.length < 3 || most < 3) return []
  const shown = rows.length <= most ? rows : [...rows.slice(0, 2), ...rows.slice(2 - most)]
  const left = rows.length - shown.length
  return [
    `Detections (UTC, MJD, band, AB magnitude, error)${left > 0 ? `; ${left} between are left out` : ''}:`,
    ...shown.map(
      ({ timeIso, timeMjdUtc, band, mag, magErr }) =>
        `${utcTime(timeIso).replace(' UTC', '')}  ${timeMjdUtc.toFixed(5)}  ${asciiLine(band, 8)}  ` +
        `${mag!.toFixed(2)}  ${magErr === undefined || !Number.isFinite(magErr) ? '-' : magErr.toFixed(2)}`,
    ),
  ]
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
