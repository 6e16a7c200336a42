/** What a telegram or circular says when an event is taken back. */

import type { Item } from '../contract.ts'
import { summarize } from '../summary.ts'
import { utcTime } from '../words.ts'
import { asciiLine } from './ascii.ts'

export interface Retraction {
  readonly object: string
  /** Identifiers of the events that are withdrawn. */
  readonly withdrawn: readonly string[]
  /** As the operator gave it; empty where none was. */
  readonly reason: string
  readonly dateIso?: string
}

/** Undefined for an event that takes nothing back. */
export function retractionOf(item: Item): Retraction | undefined {
  const { event, match } = item
  const withdrawn = (event.citations?.events ?? []).filter(({ cite }) => cite === 'retraction')
  if (withdrawn.length === 0) return undefined
  const { objectId, survey } = match
  const object = asciiLine(objectId === undefined ? summarize(item).object : designation(objectId, survey), 80)
  return {
    object: /[A-Za-z0-9]/.test(object) ? object : 'the object',
    withdrawn: withdrawn.slice(0, 3).map(({ ivoid }) => asciiLine(ivoid, 200)),
    reason: asciiLine(event.citations?.description ?? '', 600),
    ...(event.who?.date === undefined ? {} : { dateIso: event.who.date }),
  }
}

export function retractionSentences({ object, withdrawn, reason, dateIso }: Retraction): string {
  const when = dateIso === undefined ? '' : ` on ${asciiLine(utcTime(dateIso), 40)}`
  const why =
    reason === ''
      ? 'The event gave no reason.'
      : `The reason given is: ${/[.!?]$/.test(reason) ? reason : `${reason}.`}`
  return (
    `We retract our report of ${object}. The event behind it (${withdrawn.join(', ')}) was withdrawn${when} and no ` +
    `longer holds. ${why}`
  )
}

/** Rubin numbers its objects; `LSST-AP-DO-` and the number are the registered name. */
function designation(objectId: string, survey: string | undefined): string {
  return survey === 'lsst' && /^\d+$/.test(objectId) ? `LSST-AP-DO-${objectId}` : objectId
}
