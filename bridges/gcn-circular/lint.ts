/** GCN's rules of the subject, and its style guide as far as a program can see it. */
import type { Finding } from '../draft.ts'
import {
  linksIn,
  newsFindings,
  observationFindings,
  finding as plainFinding,
  textFindings,
  titleFindings,
} from '../report-text/lint.ts'
import type { Circular } from './circular.ts'
import type { Site } from './config.ts'
import { eventsIn, subjectFaults } from './subject.ts'
import { retractionWords } from './subject-lists.ts'

const mostLines = 60
const columns = 80
const longestSubject = 120

export function lintCircular(circular: Circular, site: Site): Finding[] {
  const { kind, role, subject, body, object } = circular
  return [
    ...(role === 'test' && site === 'gcn'
      ? [finding('error', 'TEST', 'The event is a test: it must never become a Circular.', 'Discard the draft.')]
      : []),
    ...subjectFindings(circular),
    ...titleFindings('CIRCULAR', subject, object, longestSubject),
    ...textFindings('CIRCULAR', `${subject}\n${body}`),
    ...(body.trim() === '' ? [finding('error', 'NO_TEXT', 'There is no text.', 'Write it.')] : []),
    ...(kind === 'discovery' ? observationFindings('CIRCULAR', body) : []),
    ...newsFindings('CIRCULAR', circular),
    ...formFindings(body),
    ...peopleFindings(body),
    ...referenceFindings(circular),
  ]
}

function subjectFindings({ kind, subject, object }: Circular): Finding[] {
  const events = eventsIn(subject)
  const filed = retractionWords.find((word) => subject.toLowerCase().includes(word))
  return [
    ...(subject === ''
      ? []
      : subjectFaults(subject).map((says) => finding('error', 'SUBJECT', says, 'Change the subject.'))),
    ...(subject.includes('?')
      ? [finding('warning', 'SUBJECT_QUESTION', 'GCN may refuse a subject with "?".', 'Leave it out.')]
      : []),
    ...(events.length === 0 && !subject.includes(object)
      ? [finding('error', 'NO_EVENT', 'The subject names no event.', `Begin it with ${object}.`)]
      : []),
    ...(events.length > 1
      ? [
          finding(
            'warning',
            'SEVERAL_EVENTS',
            `The subject names ${events.join(', ')}: GCN wants one event in each Circular.`,
            'Name the one that this is about.',
          ),
        ]
      : []),
    ...(kind === 'discovery' && filed !== undefined
      ? [
          finding(
            'warning',
            'LOOKS_RETRACTED',
            `For the word "${filed}" GCN files the Circular among the retractions.`,
            'Use another word.',
          ),
        ]
      : []),
  ]
}

function formFindings(body: string): Finding[] {
  const lines = body.split('\n').reduce((sum, line) => sum + Math.max(1, Math.ceil(line.length / columns)), 0)
  const latex = /\\[a-z]+\{|\$[^$\n]{0,99}[\\^_{][^$\n]{0,99}\$|\\(?:pm|times|alpha|sim|approx|rm|mathrm)\b/i.exec(
    body,
  )?.[0]
  return [
    ...(lines >= mostLines
      ? [
          finding(
            'warning',
            'TOO_LONG',
            `The text has about ${lines} lines of ${columns} characters; a Circular has fewer than ${mostLines}.`,
            'Keep what observers need.',
          ),
        ]
      : []),
    ...(latex === undefined
      ? []
      : [finding('warning', 'LATEX', `"${latex}" is LaTeX, which is shown as it is.`, 'Write it in words.')]),
  ]
}

function peopleFindings(body: string): Finding[] {
  const [first = ''] = body.split('\n\n').filter((text) => !/^This is a test\b/.test(text))
  const signature =
    /^-- ?$|^(?:best|kind|warm)?[ \t]*(?:regards|wishes),?[ \t]*$|^cheers,?[ \t]*$|^sincerely,?[ \t]*$|^sent from my\b.*/im.exec(
      body,
    )
  const advert =
    /\b(?:visit|check out|see) our (?:web ?(?:site|page)|page|paper|blog)\b|\bclick here\b|\bfollow us\b/i.exec(body)
  return [
    ...(/\([^()]+\)/.test(first) && /\breports?\b/.test(first)
      ? []
      : [
          finding(
            'warning',
            'NO_AUTHORS',
            'The text does not begin with its authors and their affiliations.',
            'Begin with "N. Name (Institute) report:".',
          ),
        ]),
    ...(signature === null
      ? []
      : [finding('warning', 'SIGNATURE', `"${signature[0].trim()}" belongs to a letter.`, 'Leave signatures out.')]),
    ...(advert === null && linksIn(body).length <= 3
      ? []
      : [
          finding(
            'warning',
            'ADVERT',
            advert === null ? 'The text has more than three links.' : `"${advert[0]}" reads as an advertisement.`,
            'Give the facts, and the links that these need.',
          ),
        ]),
  ]
}

function referenceFindings({ kind, body, cited }: Circular): Finding[] {
  const named = [...body.matchAll(/\bGCN (?:Circ(?:ular|\.)? ?#?|#)?(\d{1,7})\b/gi)].map(([, number]) => Number(number))
  const missing = cited.filter((number) => !named.includes(number))
  const mentions = /\bGCN\b/.test(body) && named.length === 0
  return [
    ...(missing.length > 0 || mentions
      ? [
          finding(
            'warning',
            'NO_REFERENCE',
            missing.length > 0
              ? `The event cites ${missing
                  .slice(0, 5)
                  .map((number) => `GCN Circ. ${number}`)
                  .join(', ')}, and the text does not.`
              : 'The text speaks of GCN and gives no number.',
            'Write "J. Doe et al., GCN Circ. 27000".',
          ),
        ]
      : []),
    ...(kind === 'retraction' && named.length === 0
      ? [
          finding(
            'warning',
            'NO_EARLIER',
            'The text names no Circular that this one would retract.',
            'Name its number, or discard the draft where none was sent.',
          ),
        ]
      : []),
  ]
}

const finding = (severity: Finding['severity'], code: string, says: string, fix?: string): Finding =>
  plainFinding('CIRCULAR', severity, code, says, fix)
