/** What a referee would stop at, and what the service would not take. */

import type { Finding } from '../draft.ts'
import { authorsFault } from '../report-text/author-list.ts'
import {
  linksIn,
  newsFindings,
  observationFindings,
  finding as plainFinding,
  textFindings,
  titleFindings,
} from '../report-text/lint.ts'
import { subjectOf } from './subjects.ts'
import { type Telegram, textLimit } from './telegram.ts'

const mostLinks = 3
const longestTitle = 150

export function lintTelegram(telegram: Telegram): Finding[] {
  const { kind, text, title, object } = telegram
  return [
    ...(telegram.role === 'test'
      ? [finding('error', 'TEST', 'The event is a test: it must never be published.', 'Discard the draft.')]
      : []),
    ...lengthFindings(text),
    ...textFindings('ATEL', `${title}\n${telegram.authors}\n${text}`),
    ...(text.trim() === '' ? [finding('error', 'NO_TEXT', 'There is no text.', 'Write it.')] : []),
    ...(kind === 'discovery' ? observationFindings('ATEL', text) : []),
    ...titleFindings('ATEL', title, object, longestTitle),
    ...objectFindings(telegram),
    ...newsFindings('ATEL', telegram),
    ...authorFindings(telegram.authors),
    ...subjectFindings(telegram.subjects),
    ...linkFindings(text),
    ...citedFindings(telegram),
    ...(/[^\s@]@[^\s@.]+\.|\S (?:AT|\[at\]|\(at\)) \S/.test(text)
      ? []
      : [finding('warning', 'NO_CONTACT', 'The text gives no mail address to ask.', 'Add a contact.')]),
  ]
}

function lengthFindings(text: string): Finding[] {
  const { length } = text
  return length > textLimit
    ? [
        finding(
          'error',
          'TOO_LONG',
          `The text has ${length} characters; a telegram has fewer than 4,000.`,
          `Cut ${length - textLimit} or more.`,
        ),
      ]
    : [finding('note', 'LENGTH', `The text has ${length} of at most ${textLimit} characters.`)]
}

function objectFindings({ object, title, text }: Telegram): Finding[] {
  return [
    ...(title.includes(object)
      ? []
      : [finding('warning', 'OBJECT_NOT_IN_TITLE', `The title does not name ${object}.`, 'Name the object.')]),
    ...(text.includes(object)
      ? []
      : [finding('warning', 'OBJECT_NOT_IN_TEXT', `The text does not name ${object}.`, 'Name the object.')]),
  ]
}

function authorFindings(authors: string): Finding[] {
  const fault = authorsFault(authors)
  return fault === undefined ? [] : [finding('error', 'AUTHORS', fault, 'Write "N. Name (Institute), …".')]
}

function subjectFindings(subjects: readonly string[]): Finding[] {
  const unknown = subjects.filter((subject) => subjectOf(subject) === undefined)
  return [
    ...(subjects.length === 0
      ? [finding('error', 'NO_SUBJECT', 'There is no subject.', 'Choose one or more of the fixed list.')]
      : []),
    ...unknown.map((subject) =>
      finding('error', 'UNKNOWN_SUBJECT', `"${subject}" is not in the list of subjects.`, 'Choose one of the list.'),
    ),
  ]
}

function linkFindings(text: string): Finding[] {
  const { length } = linksIn(text)
  return length > mostLinks
    ? [finding('warning', 'MANY_LINKS', `The text has ${length} links.`, 'Keep those that readers need.')]
    : []
}

function citedFindings({ kind, cited, tnsNames }: Telegram): Finding[] {
  const numbers = cited.slice(0, 5).map((number) => `ATel #${number}`)
  return [
    ...(kind === 'discovery' && cited.length > 0
      ? [
          finding(
            'warning',
            'HAS_TELEGRAM',
            `The event cites ${numbers.join(', ')}: the object may be published already.`,
            'Say what is new, or discard the draft.',
          ),
        ]
      : []),
    ...(kind === 'retraction' && cited.length === 0
      ? [
          finding(
            'warning',
            'NO_EARLIER',
            'The event cites no telegram that this one would retract.',
            'Name its number, or discard the draft where none was posted.',
          ),
        ]
      : []),
    ...(kind === 'discovery' && tnsNames.length === 0
      ? [finding('note', 'NO_TNS_NAME', 'The event cites no TNS name.', 'Look the position up and name it.')]
      : []),
  ]
}

const finding = (severity: Finding['severity'], code: string, says: string, fix?: string): Finding =>
  plainFinding('ATEL', severity, code, says, fix)
