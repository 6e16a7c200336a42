/**
 * The author's side (REC-VTP-2.0 §4.1, §7.1): connect, send one event, wait for its receipt, close.
 * A pure machine: bytes and ticks in, bytes and the end out. Times are monotonic milliseconds.
 */
import { defaultMaxBytes, FrameDecoder, frame } from './framing.ts'
import { readReceipt } from './receipt.ts'

export type Submission =
  /** The broker has it. */
  | { readonly result: 'ack' }
  /** The broker does not want these bytes, ever. */
  | { readonly result: 'nak'; readonly reason?: string }
  /** A temporary failure: the same bytes may be sent again later. */
  | { readonly result: 'none'; readonly reason: string }

export class Author {
  readonly #ivorn: string
  readonly #decoder: FrameDecoder
  readonly #deadlineMs: number
  readonly #timeoutMs: number
  /** What to write as soon as the connection stands. */
  readonly opening: Uint8Array
  #end: Submission | undefined

  /** `event`: the document; `ivorn`: as it stands in it; `timeoutMs`: how long to wait for the receipt. */
  constructor(event: Uint8Array, ivorn: string, options: { nowMs: number; timeoutMs: number; maxBytes?: number }) {
    this.#ivorn = ivorn
    this.#timeoutMs = options.timeoutMs
    this.#deadlineMs = options.nowMs + options.timeoutMs
    this.#decoder = new FrameDecoder(options.maxBytes ?? defaultMaxBytes)
    this.opening = frame(event)
  }

  /** How it ended; undefined while it goes on. The connection is to be closed then. */
  get end(): Submission | undefined {
    return this.#end
  }

  /** Bytes from the broker. What is no receipt of this event is ignored. */
  receive(chunk: Uint8Array): void {
    if (this.#end !== undefined) return
    const { payloads, fault } = this.#decoder.push(chunk)
    for (const payload of payloads) {
      const receipt = readReceipt(payload)
      if (receipt?.origin !== this.#ivorn.trim()) continue
      this.#end =
        receipt.role === 'ack'
          ? { result: 'ack' }
          : { result: 'nak', ...(receipt.result === undefined ? {} : { reason: receipt.result }) }
      return
    }
    if (fault !== undefined) this.#end = { result: 'none', reason: `the broker's answer is no VTP: ${fault}` }
  }

  /** The broker closed the connection, or it broke. */
  closed(reason = 'the broker closed the connection without an answer'): void {
    this.#end ??= { result: 'none', reason }
  }

  tick(nowMs: number): void {
    if (nowMs >= this.#deadlineMs) this.closed(`no answer within ${this.#timeoutMs / 1000} s`)
  }
}
