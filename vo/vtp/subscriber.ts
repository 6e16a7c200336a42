/**
 * The subscriber's side (REC-VTP-2.0 §4.2, §7.4): answers iamalive and authenticate, hands events over, and
 * acknowledges an event only when the caller says that it has it.
 * A pure machine: bytes, ticks and `done` in; effects out. Times are monotonic milliseconds.
 */
import { peekVOEvent } from '../xml/element.ts'
import { defaultMaxBytes, FrameDecoder, frame } from './framing.ts'
import { filterParam, readTransport, type TransportMessage, timeStamp, writeTransport } from './transport.ts'

export type SubscriberEffect =
  | { readonly do: 'send'; readonly bytes: Uint8Array }
  /** Take this event, then call `done` with the same ivorn. */
  | { readonly do: 'event'; readonly bytes: Uint8Array; readonly ivorn: string }
  /** What the broker says about itself or our filters. */
  | { readonly do: 'notice'; readonly text: string }
  /** Something that cannot be answered: neither Transport message nor VOEvent with an ivorn. */
  | { readonly do: 'ignored'; readonly bytes: Uint8Array }
  | { readonly do: 'drop'; readonly why: string }

export interface SubscriberOptions {
  /** Who we are: the Response of our answers. A broker may resume for subscribers that say so. */
  readonly identity?: string
  /** XPath 1.0: the broker sends only what one of them matches. */
  readonly filters?: readonly string[]
  readonly nowMs: number
  /** So long without a message means that the broker forgot us. Brokers send at least every 90 s. */
  readonly silenceMs?: number
  readonly maxBytes?: number
}

export class Subscriber {
  readonly #options: SubscriberOptions
  readonly #decoder: FrameDecoder
  readonly #silenceMs: number
  #lastReceivedMs: number
  #brokerIvoid: string | undefined

  constructor(options: SubscriberOptions) {
    this.#options = options
    this.#silenceMs = options.silenceMs ?? 120_000
    this.#lastReceivedMs = options.nowMs
    this.#decoder = new FrameDecoder(options.maxBytes ?? defaultMaxBytes)
  }

  /** The broker's identifier, once it sent iamalive or authenticate. */
  get brokerIvoid(): string | undefined {
    return this.#brokerIvoid
  }

  /** `wallMs`: ms since the epoch, for time stamps. */
  receive(chunk: Uint8Array, nowMs: number, wallMs: number): readonly SubscriberEffect[] {
    const { payloads, fault } = this.#decoder.push(chunk)
    const effects = payloads.map((payload): SubscriberEffect => {
      this.#lastReceivedMs = nowMs
      const message = readTransport(payload)
      if (message !== undefined) return this.#answer(message, wallMs)
      const ivorn = peekVOEvent(payload)?.ivorn
      return ivorn ? { do: 'event', bytes: payload, ivorn } : { do: 'ignored', bytes: payload }
    })
    return fault === undefined ? effects : [...effects, { do: 'drop', why: fault }]
  }

  /** The receipt of an event that the caller has, or does not want (`refused` says why). */
  done(ivorn: string, wallMs: number, refused?: string): Uint8Array {
    return this.#reply(refused === undefined ? 'ack' : 'nak', ivorn, wallMs, {
      ...(refused === undefined ? {} : { result: refused }),
    })
  }

  tick(nowMs: number): readonly SubscriberEffect[] {
    if (nowMs - this.#lastReceivedMs < this.#silenceMs) return []
    return [{ do: 'drop', why: `nothing came for ${this.#silenceMs / 1000} s` }]
  }

  #answer(message: TransportMessage, wallMs: number): SubscriberEffect {
    switch (message.role) {
      case 'iamalive':
        this.#brokerIvoid = message.origin
        return { do: 'send', bytes: this.#reply('iamalive', message.origin, wallMs) }
      case 'authenticate': {
        this.#brokerIvoid = message.origin
        const params = (this.#options.filters ?? []).map((value) => ({ name: filterParam, value }))
        return { do: 'send', bytes: this.#reply('authenticate', message.origin, wallMs, { params }) }
      }
      default:
        return { do: 'notice', text: message.result ?? `${message.role} from ${message.origin}` }
    }
  }

  #reply(
    role: TransportMessage['role'],
    origin: string,
    wallMs: number,
    more: Pick<TransportMessage, 'params' | 'result'> = {},
  ): Uint8Array {
    const { identity } = this.#options
    const response = identity === undefined ? {} : { response: identity }
    return frame(writeTransport({ role, origin, ...response, timeStamp: timeStamp(wallMs), ...more }))
  }
}
