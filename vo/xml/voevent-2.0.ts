/** VOEvent 2.0 in XML (IVOA REC 2011-07-11): writing and reading, side by side. */
import type { VOEvent } from '../model/voevent.ts'
import { encodeText } from './encoding.ts'
import { escapeAttribute } from './escape.ts'
import { citations, how, who, why } from './write-context.ts'
import { description, reference } from './write-parts.ts'
import { what } from './write-what.ts'
import { whereWhen } from './write-where-when.ts'

export { type ReadVOEvent, readVOEvent, type VOEventVersion } from './read-event.ts'
export type { Oddity } from './reading.ts'

/** The namespace of the root; children carry none. */
export const namespace20 = 'http://www.ivoa.net/xml/VOEvent/v2.0'

const opening =
  '<?xml version="1.0" encoding="UTF-8"?>\n' +
  `<voe:VOEvent xmlns:voe="${namespace20}"` +
  ' xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"' +
  ` xsi:schemaLocation="${namespace20} http://www.ivoa.net/xml/VOEvent/VOEvent-v2.0.xsd" version="2.0" role="`

/**
 * The packet as UTF-8 bytes with an XML declaration, its elements in the order of the schema.
 *
 * Everything that the model holds is written and reads back the same, with these exceptions, which 2.0 cannot say:
 * a number reads back as the text of the number; null in a column of strings reads back as ''; Authors, Hows and
 * Citations without content, and empty descriptions, are left out.
 */
export function writeVOEvent20(event: VOEvent): Uint8Array {
  return encodeText(voeventText20(event))
}

/** The same as a string, with the declaration of UTF-8. */
export function voeventText20(event: VOEvent): string {
  let xml = `${opening}${event.role}" ivorn="${escapeAttribute(event.ivoid)}">\n`
  if (event.who) xml += who(event.who)
  if (event.what) xml += what(event.what)
  if (event.whereWhen) xml += whereWhen(event.whereWhen, event.whereWhenNotes)
  if (event.how) xml += how(event.how)
  if (event.why) xml += why(event.why)
  if (event.citations) xml += citations(event.citations)
  xml += description('  ', event.description)
  if (event.reference) xml += reference('  ', event.reference)
  return `${xml}</voe:VOEvent>\n`
}
