/** VOEvent 2.0 and 2.1 in XML: one writer, since 2.1 adds to 2.0 and takes nothing away. */
import { fitsVersion } from '../fits-version.ts'
import type { Loss } from '../loss.ts'
import { lowerEvent } from '../lower-event.ts'
import type { VOEvent } from '../model/voevent.ts'
import { escapeAttribute } from './escape.ts'
import { citations, how, who, why } from './write-context.ts'
import { description, reference } from './write-parts.ts'
import { what } from './write-what.ts'
import { whereWhen } from './write-where-when.ts'

export type WrittenVersion = '2.0' | '2.1'

export interface WriteOptions {
  /** Called once, before the packet is given back, where anything of the event is not in it as it was. */
  readonly onLoss?: (losses: readonly Loss[]) => void
}

/** The namespace of the root; children carry none. */
export const namespaceOf = (version: WrittenVersion) => `http://www.ivoa.net/xml/VOEvent/v${version}`

const openings = { '2.0': opening('2.0'), '2.1': opening('2.1') } as const

function opening(version: WrittenVersion): string {
  const namespace = namespaceOf(version)
  return (
    '<?xml version="1.0" encoding="UTF-8"?>\n' +
    `<voe:VOEvent xmlns:voe="${namespace}" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"` +
    ` xsi:schemaLocation="${namespace} http://www.ivoa.net/xml/VOEvent/VOEvent-v${version}.xsd" version="${version}" role="`
  )
}

/** The document; an event that holds more than the version can say is lowered first. */
export function voeventText(event: VOEvent, version: WrittenVersion, { onLoss }: WriteOptions = {}): string {
  if (onLoss) {
    const { event: lowered, losses } = lowerEvent(event, version)
    if (losses.length > 0) onLoss(losses)
    return written(lowered, version)
  }
  return written(fitsVersion(event, version) ? event : lowerEvent(event, version).event, version)
}

function written(event: VOEvent, version: WrittenVersion): string {
  let xml = `${openings[version]}${escapeAttribute(event.role)}" ivorn="${escapeAttribute(event.ivoid)}">\n`
  if (event.who) xml += who(event.who, version)
  if (event.what) xml += what(event.what)
  if (event.whereWhen) xml += whereWhen(event.whereWhen, event.whereWhenNotes, version)
  if (event.how) xml += how(event.how)
  if (event.why) xml += why(event.why)
  if (event.citations) xml += citations(event.citations)
  xml += description('  ', event.description)
  if (event.reference) xml += reference('  ', event.reference)
  return `${xml}</voe:VOEvent>\n`
}
