/** What an event says of earlier reports on its object: TNS names, telegrams, circulars. */
import type { VOEvent } from '../../vo/model/voevent.ts'
import type { Item } from '../contract.ts'
import { asciiLine } from './ascii.ts'

export interface CitedReports {
  /** 'AT 2026abc', 'SN 2026ab'; a bare '2026abc' where only the TNS page is cited. */
  readonly tnsNames: readonly string[]
  /** Numbers of telegrams, in rising order. */
  readonly atels: readonly number[]
  /** Numbers of GCN Circulars, in rising order. */
  readonly circulars: readonly number[]
}

/** Of the event that is reported and the same with all its detail. */
export function citedReports({ event, full }: Pick<Item, 'event' | 'full'>): CitedReports {
  const texts = [event, ...(full === undefined ? [] : [full])].flatMap(saidBy)
  const tns = new Set<string>()
  const atels = new Set<number>()
  const circulars = new Set<number>()
  for (const text of texts) {
    for (const [, type = '', year, letters] of text.matchAll(
      /(?:\b(AT|SN|TDE|FRB)[ _-]?|wis-tns\.org\/object\/)(20\d\d)([a-z]{1,5}|[A-Z])\b/g,
    )) {
      tns.add(`${type === '' ? '' : `${type} `}${year}${letters}`)
    }
    for (const [, number] of text.matchAll(
      /(?:\bATel ?#? ?|\batel:|astronomerstelegram\.org\/\?read=)([1-9]\d{0,5})\b/gi,
    )) {
      atels.add(Number(number))
    }
    for (const [, number] of text.matchAll(
      /(?:\bGCN (?:Circular |Circ\. ?|#)?|gcn\.nasa\.gov\/circulars\/)([1-9]\d{0,6})\b/gi,
    )) {
      circulars.add(Number(number))
    }
  }
  const typed = [...tns].filter((name) => name.includes(' '))
  // 'AT 2026abc' says more than '2026abc'.
  const bare = [...tns].filter((name) => !name.includes(' ') && !typed.some((other) => other.endsWith(` ${name}`)))
  const rising = (numbers: Set<number>) => [...numbers].sort((a, b) => a - b)
  return { tnsNames: [...typed, ...bare].sort().slice(0, 4), atels: rising(atels), circulars: rising(circulars) }
}

/** Every place where an event names or links to something: names, links, citations. Bounded: a text may be long. */
function saidBy(event: VOEvent): string[] {
  const links = [
    event.reference,
    ...(event.what?.references ?? []),
    ...(event.how?.references ?? []),
    ...(event.why?.references ?? []),
    ...(event.why?.inferences ?? []).flatMap(({ references }) => references),
  ].flatMap((link) => (link === undefined ? [] : [link.uri]))
  return [
    ...(event.why?.names ?? []),
    ...(event.why?.inferences ?? []).flatMap(({ names }) => names),
    ...links,
    event.citations?.description ?? '',
    ...(event.citations?.events ?? []).map(({ ivoid }) => ivoid),
  ]
    .slice(0, 1000)
    .map((text) => asciiLine(text, 1000))
}
