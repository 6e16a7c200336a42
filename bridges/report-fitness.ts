/**
 * Why an alert is not worth a report, whoever would get it: sentences for a person, who decides what to do about it.
 * TNS, telegrams, Circulars and notices go by the same rules.
 */
import type { Report } from './report.ts'
import { reliabilityText, significant } from './words.ts'

/** A source must be there, not only a difference: nothing negative, no noise, no hole in the template. */
export function lightReasons({ negative, noFlux, scienceSigma, trigger }: Report): string[] {
  if (noFlux) {
    const { fluxNjy, fluxErrNjy } = trigger
    const sigmas = fluxNjy === undefined || fluxErrNjy === undefined ? Number.NaN : fluxNjy / fluxErrNjy
    const size = Number.isFinite(sigmas) ? ` (${significant(sigmas, 2)} sigma)` : ''
    return [`The detection has no significant flux on the difference image${size}: there is no magnitude to report.`]
  }
  if (negative) {
    return ['The source is fainter than the reference image has it (a negative difference): nothing new appeared.']
  }
  // Light on the science image is what the difference and the template add up to: less than the difference means that
  // the template is below zero there.
  if (scienceSigma !== undefined && scienceSigma < 3) {
    return [
      `The science image shows no significant light there (${significant(scienceSigma, 2)} sigma): the difference is a hole in the template.`,
    ]
  }
  return []
}

/** `least` 0: everything passes, also what the survey did not judge. */
export function reliabilityReasons(reliability: number | undefined, least: number): string[] {
  if (least <= 0) return []
  if (reliability === undefined || !Number.isFinite(reliability)) {
    return [`The alert has no reliability, and \`leastReliability\` asks for ${least}; 0 takes all.`]
  }
  return reliability < least
    ? [`Its reliability of ${reliabilityText(reliability)} is below the ${least} that \`leastReliability\` asks for.`]
    : []
}

/** From the first sight of it, in the alert or by the survey's own word, to the detection that made the alert. */
export function knownDays({ discovery, firstSeenIso, trigger }: Report): number {
  const first = firstSeenIso === undefined ? discovery.timeMjdUtc : Date.parse(`${firstSeenIso}Z`) / 86_400_000 + 40_587
  const days = trigger.timeMjdUtc - Math.min(first, discovery.timeMjdUtc)
  return Number.isFinite(days) ? Math.max(0, days) : 0
}

/**
 * Minutes over which it was seen at one place; undefined where the survey counts earlier detections and does not say
 * when. Within half an hour an asteroid far out does not leave the place.
 */
export function seenMinutes(report: Report): number | undefined {
  return report.seenBefore && report.firstSeenIso === undefined ? undefined : knownDays(report) * 1440
}
