/** What is doubtful in the text of a report, whoever prints it. Codes begin with the bridge's own word: `ATEL_TABS`. */

import type { Finding } from '../draft.ts'
import { beyondAscii } from './ascii.ts'
import { newDays } from './prose.ts'

/** Findings of any text that people will print. */
export function textFindings(prefix: string, text: string): Finding[] {
  const strange = beyondAscii(text)
  const placeholder = placeholderIn(text)
  return [
    ...(strange.length === 0
      ? []
      : [
          finding(
            prefix,
            'warning',
            'NOT_ASCII',
            `${strange.slice(0, 8).map(shown).join(' ')} may not be shown rightly everywhere.`,
            'Write it in ASCII.',
          ),
        ]),
    ...(text.includes('\t')
      ? [finding(prefix, 'warning', 'TABS', 'The text holds tabs, which others see elsewhere.', 'Write spaces.')]
      : []),
    ...(/<\/?[a-z][^<>]*>|&(?:[a-z]+|#\d+);/i.test(text)
      ? [finding(prefix, 'warning', 'HTML', 'The text holds HTML.', 'Write plain text.')]
      : []),
    ...(placeholder === undefined
      ? []
      : [
          finding(
            prefix,
            'error',
            'PLACEHOLDER',
            `"${placeholder}" stands where something is still to come.`,
            'Write what belongs there.',
          ),
        ]),
  ]
}

/** Findings of a text that reports an observation. */
export function observationFindings(prefix: string, text: string): Finding[] {
  const sexagesimal =
    /\b\d{1,2}[:h ]\s?\d{2}[:m ]\s?\d{2}(?:\.\d+)?s?\b[\s\S]{0,40}?(?<!\d)[+-]\d{1,2}[:d ]\s?\d{2}/.test(text)
  const degrees = /\b\d{1,3}\.\d{2,}\s*(?:deg\b)?[\s\S]{0,20}?[+-]?\d{1,2}\.\d{2,}\s*deg\b/i.test(text)
  const magnitude = /\b\d{1,2}\.\d+\s*(?:\+\/-\s*\d*\.?\d+\s*)?mag(?:nitudes?)?\b/i.test(text)
  return [
    ...(sexagesimal || degrees
      ? sexagesimal && degrees
        ? []
        : [
            finding(
              prefix,
              'warning',
              'ONE_FORM',
              `The position stands in ${sexagesimal ? 'sexagesimal form' : 'degrees'} alone.`,
              'Give it in both forms.',
            ),
          ]
      : [finding(prefix, 'error', 'NO_POSITION', 'The text gives no position.', 'Give RA and Dec (J2000).')]),
    ...(/\b(?:19|20)\d\d[-/ ](?:\d\d|[A-Z][a-z]{2,8})[-/ ]\d{1,2}\b|\b(?:MJD|JD)\s*=?\s*\d{5,7}/.test(text)
      ? /\bUT(?:C)?\b|\b(?:MJD|JD)\b/.test(text)
        ? []
        : [finding(prefix, 'warning', 'NO_TIME_SCALE', 'The dates name no time scale.', 'Say that they are in UTC.')]
      : [finding(prefix, 'error', 'NO_DATE', 'The text gives no date.', 'Give the time of observation in UTC.')]),
    ...(magnitude
      ? /\b(?:AB|Vega|ST)\b/.test(text)
        ? []
        : [
            finding(
              prefix,
              'error',
              'NO_SYSTEM',
              'The magnitudes name no photometric system.',
              'Say whether they are AB or Vega.',
            ),
          ]
      : [finding(prefix, 'warning', 'NO_MAGNITUDE', 'The text gives no magnitude.', 'Give it with band and system.')]),
    ...(magnitude && !/\b(?:band|filter)\b/i.test(text)
      ? [finding(prefix, 'warning', 'NO_BAND', 'The magnitudes name no band.', 'Name the filter of each.')]
      : []),
  ]
}

/** The main belt moves half an arcsec a minute; what is far out needs longer to leave its place. */
const stillMinutes = 30

/** Findings of an object that was seen once only, that the survey has known for long, or longer than the alert tells. */
export function newsFindings(
  prefix: string,
  {
    kind,
    knownDays,
    seenBefore,
  }: { readonly kind: 'discovery' | 'retraction'; readonly knownDays: number; readonly seenBefore: boolean },
): Finding[] {
  const fix = 'Look whether it is a variable; say what is new, or discard the draft.'
  return [
    ...(kind === 'discovery' && !seenBefore && knownDays * 1440 < stillMinutes
      ? [
          finding(
            prefix,
            'warning',
            'SEEN_ONCE',
            `All detections lie within ${stillMinutes} minutes: it may be an asteroid that nobody knows yet.`,
            'Wait for another detection at the same place, or ask the Minor Planet Center.',
          ),
        ]
      : []),
    ...(knownDays > newDays
      ? [
          finding(
            prefix,
            'warning',
            'OLD',
            `The survey has seen it for ${Math.round(knownDays).toLocaleString('en-US')} days.`,
            fix,
          ),
        ]
      : []),
    ...(seenBefore
      ? [finding(prefix, 'warning', 'SEEN_BEFORE', 'The survey saw the object before what its alert tells.', fix)]
      : []),
  ]
}

/** Findings of what stands above the text: a title or a subject. */
export function titleFindings(prefix: string, title: string, object: string, longest: number): Finding[] {
  const letters = title
    .replace(object, '')
    .split(' ')
    .filter((word) => !/\d/.test(word))
    .join('')
    .replace(/[^A-Za-z]/g, '')
  return [
    ...(title === '' ? [finding(prefix, 'error', 'NO_TITLE', 'The title is empty.', 'Write one.')] : []),
    ...(title.length > longest
      ? [
          finding(
            prefix,
            'warning',
            'LONG_TITLE',
            `The title has ${title.length} characters.`,
            `Keep it under ${longest}.`,
          ),
        ]
      : []),
    ...(letters.length > 12 && letters === letters.toUpperCase()
      ? [finding(prefix, 'warning', 'CAPITALS', 'The title is written in capitals.', 'Write it as a sentence.')]
      : []),
  ]
}

/** Every http(s) link of a text. */
export function linksIn(text: string): string[] {
  return text.match(/\bhttps?:\/\/[^\s<>"')]+/gi) ?? []
}

export function finding(
  prefix: string,
  severity: Finding['severity'],
  code: string,
  says: string,
  fix?: string,
): Finding {
  return { severity, code: `${prefix}_${code}`, says, ...(fix === undefined ? {} : { fix }) }
}

function placeholderIn(text: string): string | undefined {
  return /\bX{3,}\b|\bN{5,}\b|\bTB[DCA]\b|\bTODO\b|\bFIXME\b|\blorem ipsum\b|\?{3,}|\[(?:insert|fill|your)[^\]]{0,80}\]|\bN\. Name\b/i.exec(
    text,
  )?.[0]
}

/** A letter with its code point, where it may be invisible. */
function shown(letter: string): string {
  const code = `U+${(letter.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}`
  return /[\p{L}\p{N}\p{S}\p{P}]/u.test(letter) ? `${letter} (${code})` : code
}
