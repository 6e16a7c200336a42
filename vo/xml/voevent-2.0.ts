/** VOEvent 2.0 in XML (IVOA REC 2011-07-11): writing and reading, side by side. */
import type { VOEvent } from '../model/voevent.ts'
import { encodeText } from './encoding.ts'
import { namespaceOf, voeventText, type WriteOptions } from './write-event.ts'

export { type ReadVOEvent, readVOEvent, type VOEventVersion } from './read-event.ts'
export type { Oddity } from './reading.ts'
export type { WriteOptions } from './write-event.ts'

/** The namespace of the root; children carry none. */
export const namespace20 = namespaceOf('2.0')

/**
 * The packet as UTF-8 bytes with an XML declaration, its elements in the order of the schema.
 *
 * It reads back the same, but for what `lowerEvent(event, '2.0')` lists: that is what 2.0 cannot say. An event that
 * holds parts of 2.1 or of the draft is lowered first; `onLoss` is told. A number reads back as the text of the number,
 * and Authors, Hows and Citations without content, and empty descriptions, are left out.
 */
export function writeVOEvent20(event: VOEvent, options?: WriteOptions): Uint8Array {
  return encodeText(voeventText20(event, options))
}

/** The same as a string, with the declaration of UTF-8. */
export function voeventText20(event: VOEvent, options?: WriteOptions): string {
  return voeventText(event, '2.0', options)
}
