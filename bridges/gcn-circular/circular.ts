/** The draft of a Circular: what is stored, and how it is written of a report or a retraction. */
import { type Item, Refusal } from '../contract.ts'
import type { Report } from '../report.ts'
import { knownDays } from '../report-fitness.ts'
import { asciiLine } from '../report-text/ascii.ts'
import { type CitedReports, citedReports } from '../report-text/cited-reports.ts'
import { paragraphs } from '../report-text/paragraphs.ts'
import {
  deedOf,
  definitionSentences,
  facilityOf,
  findSentences,
  lightSentences,
  newDays,
  photometryTable,
  positionSentences,
  refuseUnfit,
} from '../report-text/prose.ts'
import { type Retraction, retractionSentences } from '../report-text/retraction.ts'
import type { CircularConfig } from './config.ts'
import { discoverySubject, retractionSubject, subjectFaults } from './subject.ts'

/** A message's body, as JSON in this order of keys; `subject`, `body` and `format` are GCN's own words. */
export interface Circular {
  readonly kind: 'discovery' | 'retraction'
  readonly role: string
  readonly ivoid: string
  readonly object: string
  /** Circulars that the event cites already. */
  readonly cited: readonly number[]
  /** Days from the first sight of it to the detection that made the alert; 0 for a retraction. */
  readonly knownDays: number
  /** The survey saw the object before what the alert tells. */
  readonly seenBefore: boolean
  readonly subject: string
  /** Paragraphs are single lines with an empty one between. */
  readonly body: string
  readonly format: 'text/plain'
}

const mostRows = 8

/** Throws `Refusal` for what makes no Circular. */
export function discoveryCircular(report: Report, item: Item, settings: CircularConfig, authority: string): Circular {
  refuseTest(report.role, settings)
  refuseUnfit(report, settings.leastReliability)
  refuseOld(report)
  const cited = citedReports(item)
  const object = asciiLine(report.object, 80)
  const { short, paper, acknowledgement } = facilityOf(report.survey)
  // 'AT 2026abc' is known to GCN as AT2026abc; a bare '2026abc' is not.
  const registered = cited.tnsNames.find((name) => name.includes(' '))?.replace(' ', '')
  return checked({
    ...common(item, report.role, cited),
    kind: 'discovery',
    object,
    knownDays: Math.round(knownDays(report) * 1000) / 1000,
    seenBefore: report.seenBefore,
    subject: `${marked(report.role)}${discoverySubject(registered ?? object, short, deedOf(report, cited))}`,
    body: paragraphs([
      [warned(report.role)],
      [reporting(settings.authors)],
      [findSentences(report, item, cited, authority)],
      [positionSentences(report)],
      [lightSentences(report)],
      photometryTable(report, mostRows),
      [definitionSentences(report)],
      [
        ...earlier(cited),
        ...(paper === undefined ? [] : [`Survey: ${short}, ${paper}.`]),
        `Event: ${asciiLine(item.event.ivoid, 300)}`,
        `Contact: ${settings.contact}`,
      ],
      [settings.closing ?? acknowledgement ?? ''],
    ]),
  })
}

export function retractionCircular(retraction: Retraction, item: Item, settings: CircularConfig): Circular {
  refuseTest(item.event.role, settings)
  const cited = citedReports(item)
  return checked({
    ...common(item, item.event.role, cited),
    kind: 'retraction',
    object: retraction.object,
    knownDays: 0,
    seenBefore: false,
    subject: `${marked(item.event.role)}${retractionSubject(retraction.object)}`,
    body: paragraphs([
      [warned(item.event.role)],
      [reporting(settings.authors)],
      [retractionSentences(retraction)],
      [...earlier(cited), `Event: ${asciiLine(item.event.ivoid, 300)}`, `Contact: ${settings.contact}`],
      [settings.closing ?? ''],
    ]),
  })
}

/** In the order of keys that is stored. */
export function bodyOf(circular: Circular): Uint8Array {
  const { kind, role, ivoid, object, cited, knownDays, seenBefore, subject, body, format } = circular
  return Buffer.from(JSON.stringify({ kind, role, ivoid, object, cited, knownDays, seenBefore, subject, body, format }))
}

export function circularOf(stored: Uint8Array): Circular {
  return JSON.parse(Buffer.from(stored).toString('utf8')) as Circular
}

function common(item: Item, role: string, cited: CitedReports): Pick<Circular, 'role' | 'ivoid' | 'cited' | 'format'> {
  const ivoid = asciiLine(item.event.ivoid, 300)
  return { role, ivoid, cited: cited.circulars, format: 'text/plain' }
}

/** A name that GCN would take for a reply or a draft makes no Circular. */
function checked(circular: Circular): Circular {
  const [first, ...others] = subjectFaults(circular.subject)
  if (first !== undefined) throw new Refusal([first, ...others])
  return circular
}

function refuseTest(role: string, { site }: CircularConfig): void {
  if (role !== 'test' || site === 'test') return
  throw new Refusal(['The event is a test: it goes to `site: test` only, never into a Circular that people read.'])
}

/** "One event in each Circular", says GCN: a source that has varied for long is none. */
function refuseOld(report: Report): void {
  const days = knownDays(report)
  if (days <= newDays) return
  throw new Refusal([
    `The survey has seen it for ${Math.floor(days).toLocaleString('en-US')} days: a Circular is about a new event. Where this source did something new, write the Circular by hand, or a telegram.`,
  ])
}

/** 'A. Author (Institute) and B. Other (University) report:' */
function reporting(authors: string): string {
  const list = authors.replace(/\s+/g, ' ')
  const people = list.replace(/\([^()]*\)/g, '')
  return `${list} ${/,| and | & /.test(people) ? 'report' : 'reports'}:`
}

function earlier({ circulars, atels }: CitedReports): string[] {
  const numbers = [...circulars.slice(0, 5).map((n) => `GCN Circ. ${n}`), ...atels.slice(0, 5).map((n) => `ATel #${n}`)]
  return numbers.length === 0 ? [] : [`Earlier reports: ${numbers.join(', ')}.`]
}

function marked(role: string): string {
  return role === 'test' ? 'TEST: ' : ''
}

function warned(role: string): string {
  return role === 'test' ? 'This is a test of software and no observation.' : ''
}
