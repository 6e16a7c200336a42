/** VOEvent 2.1 in XML (IVOA PR 2026-02-25): writing; `readVOEvent` reads every version. */
import type { VOEvent } from '../model/voevent.ts'
import { encodeText } from './encoding.ts'
import { namespaceOf, voeventText, type WriteOptions } from './write-event.ts'

/** The namespace of the root; children carry none. */
export const namespace21 = namespaceOf('2.1')

/**
 * The packet as UTF-8 bytes with an XML declaration, its elements in the order of the schema of 2.1. Identifiers stay
 * as they are, with `#` or with `?`.
 *
 * It reads back the same, but for what `lowerEvent(event, '2.1')` lists: that is what 2.1 cannot say. An event that
 * holds such a thing is lowered first; `onLoss` is told.
 */
export function writeVOEvent21(event: VOEvent, options?: WriteOptions): Uint8Array {
  return encodeText(voeventText21(event, options))
}

/** The same as a string, with the declaration of UTF-8. */
export function voeventText21(event: VOEvent, options?: WriteOptions): string {
  return voeventText(event, '2.1', options)
}
