/** Entries of the event log as they go out: framed once, written to every socket. */
import { frame } from '../../vo/vtp/framing.ts'
import { receiptMark } from '../../vo/vtp/receipt.ts'
import { peekVOEvent } from '../../vo/xml/element.ts'
import type { LogEntry } from '../contract.ts'

export interface Outgoing {
  readonly seq: number
  /** As it stands in the document: what receipts repeat. */
  readonly ivorn: string
  readonly mark: Uint8Array
  readonly document: Uint8Array
  /** Undefined for an event that is larger than peers can take. */
  readonly framed: Uint8Array | undefined
}

const keptEntries = 512
const keptBytes = 8 * 1024 * 1024

/** Remembers the newest entries, so that everybody who follows the log closely shares one buffer. */
export class OutgoingEvents {
  readonly #maxBytes: number
  readonly #tooLarge: (entry: LogEntry) => void
  readonly #kept = new Map<number, Outgoing>()
  #bytes = 0
  #newestTooLarge = 0

  /** `tooLarge` is called once for each entry of more than `maxBytes` bytes. */
  constructor(maxBytes: number, tooLarge: (entry: LogEntry) => void) {
    this.#maxBytes = maxBytes
    this.#tooLarge = tooLarge
  }

  of(entry: LogEntry): Outgoing {
    const known = this.#kept.get(entry.seq)
    if (known !== undefined) return known
    const { bytes } = entry.raw
    const ivorn = peekVOEvent(bytes)?.ivorn ?? entry.ivoid
    const fits = bytes.length <= this.#maxBytes
    if (!fits && entry.seq > this.#newestTooLarge) {
      this.#newestTooLarge = entry.seq
      this.#tooLarge(entry)
    }
    const framed = fits ? frame(bytes) : undefined
    const document = framed === undefined ? bytes : framed.subarray(4)
    const outgoing = { seq: entry.seq, ivorn, mark: receiptMark(ivorn), document, framed }
    this.#keep(outgoing)
    return outgoing
  }

  #keep(outgoing: Outgoing): void {
    this.#kept.set(outgoing.seq, outgoing)
    this.#bytes += outgoing.document.length
    for (const [seq, old] of this.#kept) {
      if (this.#kept.size <= keptEntries && this.#bytes <= keptBytes) return
      this.#kept.delete(seq)
      this.#bytes -= old.document.length
    }
  }
}
