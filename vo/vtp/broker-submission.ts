/**
 * The broker's side of a submission (REC-VTP-2.0 §7.2): one event in, one receipt out, then the connection ends.
 * A pure machine: bytes, ticks and verdicts in; effects out. Times are monotonic milliseconds.
 */
import { peekVOEvent } from '../xml/element.ts'
import { FrameDecoder, frame } from './framing.ts'
import { timeStamp, writeTransport } from './transport.ts'

/** `take`: record the event, then call `verdict`. `finish`: write the bytes, if any, and end the connection. */
export type SubmissionEffect =
  | { readonly do: 'take'; readonly event: Uint8Array; readonly ivorn: string }
  | { readonly do: 'finish'; readonly bytes?: Uint8Array; readonly why: string }

/** `accepted` covers what is already known: a repeated event is acknowledged like the first (REC-VTP-2.0 §6.3). */
export type Verdict =
  | 'accepted'
  | { readonly refused: string }
  /** Nothing wrong with the event: the author may send it again. */
  | 'failed'

export interface SubmissionOptions {
  /** The broker's identifier, which signs the receipts. */
  readonly brokerIvoid: string
  readonly nowMs: number
  /** The event must have arrived within this time; partial data does not prolong it. */
  readonly timeoutMs: number
  readonly maxBytes: number
}

export class BrokerSubmission {
  readonly #options: SubmissionOptions
  readonly #decoder: FrameDecoder
  #state: 'reading' | 'judging' | 'over' = 'reading'
  #ivorn = ''

  constructor(options: SubmissionOptions) {
    this.#options = options
    this.#decoder = new FrameDecoder(options.maxBytes)
  }

  get over(): boolean {
    return this.#state === 'over'
  }

  /** One event a connection: what follows the first is not read. */
  receive(chunk: Uint8Array): readonly SubmissionEffect[] {
    if (this.#state !== 'reading') return []
    const { payloads, fault } = this.#decoder.push(chunk)
    const event = payloads[0]
    if (event === undefined) return fault === undefined ? [] : this.#finish(fault)
    const ivorn = peekVOEvent(event)?.ivorn
    if (ivorn === undefined || ivorn === '') return this.#finish('no VOEvent with an ivorn: nothing to answer')
    this.#state = 'judging'
    this.#ivorn = ivorn
    return [{ do: 'take', event, ivorn }]
  }

  /** `wallMs`: ms since the epoch, for the receipt's time stamp. */
  verdict(verdict: Verdict, wallMs: number): readonly SubmissionEffect[] {
    if (this.#state !== 'judging') return []
    if (verdict === 'failed') return this.#finish('not recorded: no answer, so that the author sends it again')
    const refused = verdict === 'accepted' ? undefined : verdict.refused
    const bytes = writeTransport({
      role: refused === undefined ? 'ack' : 'nak',
      origin: this.#ivorn,
      response: this.#options.brokerIvoid,
      timeStamp: timeStamp(wallMs),
      ...(refused === undefined ? {} : { result: refused }),
    })
    return this.#finish(refused === undefined ? 'accepted' : 'refused', frame(bytes))
  }

  /** The author will send no more. An event that is complete is still answered. */
  ended(): readonly SubmissionEffect[] {
    return this.#state === 'reading' ? this.#finish('the author left before its event was complete') : []
  }

  tick(nowMs: number): readonly SubmissionEffect[] {
    if (this.#state !== 'reading' || nowMs < this.#options.nowMs + this.#options.timeoutMs) return []
    return this.#finish('no event in time')
  }

  #finish(why: string, bytes?: Uint8Array): readonly SubmissionEffect[] {
    this.#state = 'over'
    return [{ do: 'finish', why, ...(bytes === undefined ? {} : { bytes }) }]
  }
}
