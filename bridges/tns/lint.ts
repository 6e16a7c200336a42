/** What is wrong or doubtful about an AT report: TNS's rules, and what people there would ask. */
import type { Finding } from '../draft.ts'
import { type AtReport, decDegOf, pointsOf, raDegOf, timeMsOf } from './at-report.ts'
import type { TnsConfig } from './config.ts'
import type { Known } from './known.ts'
import { testMarker } from './render.ts'

export interface LintWith {
  readonly settings: TnsConfig
  readonly nowMs: number
  /** Objects of the mirror at this place or by this name. */
  readonly known: readonly Known[]
  /** Age of the mirror; absent without one. */
  readonly mirrorAgeMs?: number
}

export function lintReport(report: AtReport, { settings, nowMs, known, mirrorAgeMs }: LintWith): readonly Finding[] {
  const findings: Finding[] = []
  const say = (severity: Finding['severity'], code: string, says: string, fix?: string) =>
    void findings.push({ severity, code: `TNS_${code}`, says, ...(fix === undefined ? {} : { fix }) })
  place(report, say)
  if (!/\S\s*\([^()]*\S[^()]*\)/.test(report.reporter)) {
    say('error', 'REPORTER', 'The reporter has no affiliation.', 'Write "A. Author (Institute), …".')
  }
  if ((report.internal_name ?? '') === '') {
    say('warning', 'NO_NAME', 'Without internal_name nobody finds the object by the survey’s name.')
  }
  const discoveryMs = timeMsOf(report.discovery_datetime)
  if (Number.isNaN(discoveryMs)) {
    say(
      'error',
      'DATE',
      `discovery_datetime is no date: ${report.discovery_datetime}`,
      'Write 2026-03-01 05:36:57.601, UTC.',
    )
  } else if (discoveryMs > nowMs) {
    say('error', 'FUTURE', 'The discovery lies in the future.', 'Times are UTC, at the middle of the exposure.')
  } else if (nowMs - discoveryMs > settings.longestDays * 86_400_000) {
    const days = Math.floor((nowMs - discoveryMs) / 86_400_000).toLocaleString('en-US')
    say('warning', 'OLD', `The discovery was ${days} days ago.`, 'Make sure that this is no old alert come again.')
  }
  nonDetection(report, discoveryMs, say)
  photometry(report, discoveryMs, nowMs, settings, say)
  const isTest = report.remarks?.includes(testMarker) === true
  if (isTest) say(settings.live ? 'error' : 'note', 'TEST', 'This is a test, and says so in its remarks.')
  if (!settings.live) say('note', 'SANDBOX', 'This goes to the sandbox of TNS, which is overwritten every Sunday.')
  const reliability = Number(report.internal_ids?.reliability ?? Number.NaN)
  if (reliability < lowReliability) {
    say('warning', 'RELIABILITY', `The survey gives it a reliability of ${reliability}.`, 'Look at the cutouts.')
  }
  for (const one of known.slice(0, 5)) {
    if (one.ours) {
      say(
        'warning',
        'KNOWN',
        `TNS has it already: ${one.name}, by our name for it.`,
        'Nothing would be sent; discard it.',
      )
      continue
    }
    const by = one.by === undefined ? '' : `, reported by ${one.by}`
    const says = `TNS has ${one.name} at ${one.separationArcsec.toFixed(1)} arcsec${by}.`
    if (settings.knownObjects === 'refuse') say('error', 'KNOWN', says, 'Discard it, or set `knownObjects: attach`.')
    else say('warning', 'KNOWN', says, 'The report would be attached to it.')
  }
  if (mirrorAgeMs === undefined) {
    say('note', 'MIRROR', 'There is no copy of the catalogue of TNS here: known objects are looked up when it is sent.')
  } else if (mirrorAgeMs > staleMs) {
    say('note', 'MIRROR', `The copy of the catalogue of TNS is ${Math.round(mirrorAgeMs / 3_600_000)} hours old.`)
  }
  return findings
}

const lowReliability = 0.8
const staleMs = 6 * 3_600_000

type Say = (severity: Finding['severity'], code: string, says: string, fix?: string) => void

function place({ ra, dec }: AtReport, say: Say): void {
  if (Number.isNaN(raDegOf(ra.value))) say('error', 'RANGE', `ra is no right ascension: ${ra.value}`)
  if (Number.isNaN(decDegOf(dec.value))) say('error', 'RANGE', `dec is no declination: ${dec.value}`)
  for (const [name, { value }] of Object.entries({ ra, dec })) {
    const most = `${value}`.includes(':') ? 3 : 6
    if ((/\.(\d+)$/.exec(`${value}`)?.[1]?.length ?? 0) > most) {
      say(
        'error',
        'PRECISION',
        `${name} has more digits than any survey measures, and TNS fails on them.`,
        `Keep ${most}.`,
      )
    }
  }
}

function nonDetection(report: AtReport, discoveryMs: number, say: Say): void {
  const { non_detection: last } = report
  const found = pointsOf(report).find(({ obsdate, flux }) => flux !== undefined && timeMsOf(obsdate) === discoveryMs)
  const isMeasured = last.obsdate !== undefined && last.limiting_flux !== undefined
  const fix = 'Give obsdate, limiting_flux, flux_unitid, filterid and instrumentid, or archiveid with archival_remarks.'
  if (isMeasured) {
    const missing = (['flux_unitid', 'filterid', 'instrumentid'] as const).filter((key) => last[key] === undefined)
    if (missing.length > 0) say('error', 'NON_DETECTION', `non_detection lacks ${missing.join(', ')}.`, fix)
    const atMs = timeMsOf(last.obsdate)
    if (Number.isNaN(atMs)) say('error', 'DATE', `non_detection.obsdate is no date: ${last.obsdate}`)
    else if (atMs >= discoveryMs) say('error', 'PRECEDES', 'The last non-detection must precede the discovery.')
    const limit = Number(last.limiting_flux)
    const isSame = `${found?.flux_unitid} ${found?.filterid}` === `${last.flux_unitid} ${last.filterid}`
    if (isSame && limit < Number(found?.flux)) {
      say(
        'warning',
        'SHALLOW_LIMIT',
        `The last non-detection (${limit}) is not as deep as the discovery (${found?.flux}): it says nothing of the object.`,
        'Give an earlier one that is deeper, where there is one.',
      )
    }
  } else if (last.archiveid === undefined) {
    say('error', 'NON_DETECTION', 'Neither the last non-detection nor an archive is given.', fix)
  } else if (`${last.archiveid}` === '0' && (last.archival_remarks ?? '').trim() === '') {
    say(
      'error',
      'NON_DETECTION',
      'archiveid 0 (other) needs archival_remarks.',
      'Name the template in which nothing is seen.',
    )
  }
}

function photometry(report: AtReport, discoveryMs: number, nowMs: number, settings: TnsConfig, say: Say): void {
  const points = pointsOf(report)
  if (points.length === 0) say('error', 'PHOTOMETRY', 'TNS wants at least one point of photometry: the discovery.')
  if (points.length > 10) say('error', 'POINTS', `${points.length} points are too many.`, 'Keep ten at most.')
  for (const [index, one] of points.entries()) {
    const atMs = timeMsOf(one.obsdate)
    if (Number.isNaN(atMs)) say('error', 'DATE', `The date of point ${index} is none: ${one.obsdate}`)
    else if (atMs > nowMs) say('error', 'FUTURE', `Point ${index} lies in the future.`)
    else if (atMs < discoveryMs && one.flux !== undefined) {
      say(
        'error',
        'PRECEDES',
        `Point ${index} is a detection before the discovery.`,
        'The earliest detection is the discovery.',
      )
    }
    if (one.flux === undefined && one.limiting_flux === undefined) {
      say('error', 'PHOTOMETRY', `Point ${index} has neither flux nor limiting_flux.`)
    }
    const mag = Number(one.flux ?? one.limiting_flux)
    if (mag < -5 || mag > 35) say('error', 'RANGE', `Point ${index} is no magnitude: ${mag}`)
  }
  if (
    points.length > 0 &&
    !points.some(({ obsdate, flux }) => timeMsOf(obsdate) === discoveryMs && flux !== undefined)
  ) {
    say('warning', 'DISCOVERY_POINT', 'No point of photometry is of the discovery.')
  }
  const found = points.find(({ obsdate, flux }) => flux !== undefined && timeMsOf(obsdate) === discoveryMs)
  // 1.0857 / error is the signal to noise.
  const noise = 1.0857 / Number(found?.flux_error)
  if (noise < 5) {
    say(
      'warning',
      'FAINT_DISCOVERY',
      `The discovery has a signal to noise of ${noise.toFixed(1)} only.`,
      'Make sure that it is real: its date becomes the date of discovery.',
    )
  }
  if (points.length > settings.photometryPoints) {
    say('note', 'POINTS', `There are more points than \`photometryPoints\` (${settings.photometryPoints}).`)
  }
}
