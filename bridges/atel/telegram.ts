/** The draft of a telegram: what is stored, and how it is written of a report or a retraction. */

import type { Item } from '../contract.ts'
import type { Report } from '../report.ts'
import { knownDays } from '../report-fitness.ts'
import { asciiLine } from '../report-text/ascii.ts'
import { citedReports } from '../report-text/cited-reports.ts'
import { paragraphs } from '../report-text/paragraphs.ts'
import {
  deedOf,
  definitionSentences,
  facilityOf,
  findSentences,
  kindOf,
  lightSentences,
  newDays,
  photometryTable,
  positionSentences,
  refuseUnfit,
} from '../report-text/prose.ts'
import { type Retraction, retractionSentences } from '../report-text/retraction.ts'
import type { AtelConfig } from './config.ts'
import { subjectOf } from './subjects.ts'

/** A message's body, as JSON in this order of keys. */
export interface Telegram {
  readonly kind: 'discovery' | 'retraction'
  readonly role: string
  readonly ivoid: string
  readonly object: string
  /** Telegrams that the event cites already. */
  readonly cited: readonly number[]
  /** Days from the first sight of it to the detection that made the alert; 0 for a retraction. */
  readonly knownDays: number
  /** The survey saw the object before what the alert tells. */
  readonly seenBefore: boolean
  readonly tnsNames: readonly string[]
  readonly title: string
  readonly authors: string
  readonly subjects: readonly string[]
  /** Plain text; paragraphs are single lines with an empty one between. */
  readonly text: string
}

/** The telegram's own limit is 4,000 characters: "less than". */
export const textLimit = 3999
const mostRows = 10

/** Throws `Refusal` for what makes no telegram. */
export function discoveryTelegram(report: Report, item: Item, settings: AtelConfig, authority: string): Telegram {
  refuseUnfit(report, settings.leastReliability)
  const cited = citedReports(item)
  const object = asciiLine(report.object, 80)
  const { short } = facilityOf(report.survey)
  const name = cited.tnsNames[0] === undefined ? object : `${object} (${cited.tnsNames[0]})`
  const warning = warned(report.role)
  const write = (rows: number) =>
    paragraphs([
      warning,
      [findSentences(report, item, cited, authority)],
      [positionSentences(report)],
      [lightSentences(report)],
      photometryTable(report, rows),
      [definitionSentences(report)],
      [referenceSentence(report, item, cited.atels.slice(0, 5))],
      [contactSentence(settings), settings.closing ?? facilityOf(report.survey).acknowledgement ?? ''],
    ])
  // The rest of the light curve is in the event: it goes first where there is no room.
  let text = write(mostRows)
  for (let rows = mostRows - 1; text.length > textLimit && rows >= 2; rows--) text = write(rows)
  return {
    ...common(item, report.role, settings),
    ...(knownDays(report) > newDays && { subjects: subjectsOfOld(settings) }),
    kind: 'discovery',
    object,
    knownDays: Math.round(knownDays(report) * 1000) / 1000,
    seenBefore: report.seenBefore,
    cited: cited.atels,
    tnsNames: cited.tnsNames,
    title: `${marked(report.role)}${short} ${deedOf(report, cited)} of the ${kindOf(report)} ${name}`,
    text,
  }
}

export function retractionTelegram(retraction: Retraction, item: Item, settings: AtelConfig): Telegram {
  const cited = citedReports(item)
  const earlier =
    cited.atels.length === 0
      ? ''
      : ` The report was published as ${cited.atels
          .slice(0, 5)
          .map((n) => `ATel #${n}`)
          .join(', ')}.`
  return {
    ...common(item, item.event.role, settings),
    kind: 'retraction',
    object: retraction.object,
    knownDays: 0,
    seenBefore: false,
    cited: cited.atels,
    tnsNames: cited.tnsNames,
    title: `${marked(item.event.role)}Retraction of ${retraction.object}`,
    text: paragraphs([
      warned(item.event.role),
      [`${retractionSentences(retraction)}${earlier}`],
      [`Event: ${asciiLine(item.event.ivoid, 300)}`],
      [contactSentence(settings), settings.closing ?? ''],
    ]),
  }
}

/** In the order of keys that is stored. */
export function bodyOf(telegram: Telegram): Uint8Array {
  const { kind, role, ivoid, object, cited, knownDays, seenBefore, tnsNames, title, authors, subjects, text } = telegram
  return Buffer.from(
    JSON.stringify({
      kind,
      role,
      ivoid,
      object,
      cited,
      knownDays,
      seenBefore,
      tnsNames,
      title,
      authors,
      subjects,
      text,
    }),
  )
}

export function telegramOf(body: Uint8Array): Telegram {
  return JSON.parse(Buffer.from(body).toString('utf8')) as Telegram
}

function common(
  item: Item,
  role: string,
  { authors, subjects }: AtelConfig,
): Pick<Telegram, 'role' | 'ivoid' | 'authors' | 'subjects'> {
  return {
    role,
    ivoid: asciiLine(item.event.ivoid, 300),
    authors: authors.replace(/\s+/g, ' ').trim(),
    subjects: subjects.map((subject) => subjectOf(subject) ?? subject),
  }
}

/** What has been there for long goes to those who watch variables. */
function subjectsOfOld({ subjects }: AtelConfig): string[] {
  const known = subjects.map((subject) => subjectOf(subject) ?? subject)
  return [...new Set(known.map((subject) => (subject === 'Transient' ? 'Variables' : subject)))]
}

function referenceSentence(report: Report, item: Item, atels: readonly number[]): string {
  const { paper, short } = facilityOf(report.survey)
  const earlier = atels.length === 0 ? '' : `Earlier telegrams: ${atels.map((n) => `ATel #${n}`).join(', ')}. `
  const survey = paper === undefined ? '' : `Survey: ${short}, ${paper}. `
  return `${earlier}${survey}Event: ${asciiLine(item.event.ivoid, 300)}`
}

function contactSentence({ contact }: AtelConfig): string {
  return `Contact: ${contact}`
}

function marked(role: string): string {
  return role === 'test' ? 'TEST: ' : ''
}

function warned(role: string): string[] {
  return role === 'test' ? ['This is a test of software. It is no observation and must not be published.'] : []
}
