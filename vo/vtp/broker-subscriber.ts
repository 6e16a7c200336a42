/**
 * The broker's side of one subscriber (REC-VTP-2.0 §4.2, §7.3): greets, keeps alive, tracks receipts, learns who the
 * subscriber is and what it filters by. A pure machine: bytes, ticks and what was sent in; effects out.
 * Times are monotonic milliseconds, but for `wallMs` (ms since the epoch), which only goes into time stamps.
 *
 * Kinder than Comet on purpose: a nak ends nothing but that event, missing receipts are forgiven when later ones
 * come (pygcn acknowledges no document it does not know), and an idle subscriber may miss one iamalive.
 */
import { FrameDecoder, frame } from './framing.ts'
import { isPlainAck } from './receipt.ts'
import { type ReadTransportMessage, readTransport, timeStamp, writeTransport } from './transport.ts'

export interface BrokerSubscriberOptions {
  readonly brokerIvoid: string
  readonly nowMs: number
  /** Send iamalive after so long without traffic in one of the directions; the standard's limit is 90 s. */
  readonly iamaliveMs: number
  /** So many events may be unacknowledged before sending pauses. */
  readonly ackLimit: number
  /** A receipt that is older than this is forgiven once a later event was acknowledged. */
  readonly ackTimeoutMs: number
  /** A subscriber that takes nothing for so long, though there is something to take, is dropped. */
  readonly stallMs: number
  readonly maxBytes: number
}

export type BrokerSubscriberEffect =
  | { readonly do: 'send'; readonly bytes: Uint8Array }
  | { readonly do: 'identified'; readonly ivoid: string }
  /** The answer to authenticate: its filters replace the earlier ones, none clears them. */
  | { readonly do: 'filter'; readonly expressions: readonly string[] }
  | { readonly do: 'naked'; readonly seq: number; readonly ivorn: string; readonly reason: string }
  | { readonly do: 'drop'; readonly why: string }

interface InFlight {
  readonly seq: number
  readonly ivorn: string
  readonly mark: Uint8Array
  readonly sentMs: number
}

const none: readonly BrokerSubscriberEffect[] = []

export class BrokerSubscriber {
  readonly #options: BrokerSubscriberOptions
  readonly #decoder: FrameDecoder
  #inFlight: InFlight[] = []
  #cursor = 0
  #newestAckedSeq = 0
  #identity: string | undefined
  #answered = false
  #lastSentMs: number
  #lastReceivedMs: number
  #lastAliveMs: number
  #aliveUnanswered = 0
  #stalledSinceMs: number | undefined
  #sent = 0
  #acked = 0
  #naked = 0
  #forgiven = 0

  /** `cursor`: the seq after which this subscriber gets events. */
  constructor(options: BrokerSubscriberOptions, cursor: number) {
    this.#options = options
    this.#decoder = new FrameDecoder(options.maxBytes)
    this.#cursor = cursor
    this.#lastSentMs = this.#lastReceivedMs = this.#lastAliveMs = options.nowMs
  }

  /** The last seq that was sent or passed over. */
  get cursor(): number {
    return this.#cursor
  }
  /** Everything up to this seq needs no sending again. */
  get ackedSeq(): number {
    let acked = this.#cursor
    // In the order of sending, so ascending: the first is the least.
    const oldest = this.#inFlight[0]
    if (oldest !== undefined) acked = oldest.seq - 1
    return acked
  }
  /** The Response it gave, once it gave one. */
  get identity(): string | undefined {
    return this.#identity
  }
  /** Has it answered authenticate? */
  get answered(): boolean {
    return this.#answered
  }
  /** May more be sent now? */
  get open(): boolean {
    return this.#inFlight.length < this.#options.ackLimit
  }
  get counts(): { sent: number; acked: number; naked: number; forgiven: number; inFlight: number } {
    return {
      sent: this.#sent,
      acked: this.#acked,
      naked: this.#naked,
      forgiven: this.#forgiven,
      inFlight: this.#inFlight.length,
    }
  }

  /**
   * What to send when the connection stands: authenticate, which asks for filters, and an iamalive, to which clients
   * that know no authenticate (pygcn) answer who they are.
   */
  greeting(nowMs: number, wallMs: number): Uint8Array {
    return Buffer.concat([this.#message('authenticate', wallMs), this.#iamalive(nowMs, wallMs)])
  }

  /** A notice to the subscriber's people: a nak from the broker that names no event. */
  notice(reason: string, wallMs: number): Uint8Array {
    const origin = this.#options.brokerIvoid
    return frame(writeTransport({ role: 'nak', origin, timeStamp: timeStamp(wallMs), result: reason }))
  }

  /** An event was written to the connection. `mark` comes from `receiptMark(ivorn)`. */
  sent(seq: number, ivorn: string, mark: Uint8Array, nowMs: number): void {
    this.#inFlight.push({ seq, ivorn, mark, sentMs: nowMs })
    this.#cursor = seq
    this.#lastSentMs = nowMs
    this.#sent += 1
    if (!this.open) this.stalled(nowMs)
  }

  /** An event that is not for this subscriber. */
  passedOver(seq: number): void {
    if (seq > this.#cursor) this.#cursor = seq
  }

  /** Goes back to `seq`: what it has not acknowledged in an earlier connection is sent first. */
  rewind(seq: number): void {
    this.#cursor = seq
    this.#inFlight = []
    this.#newestAckedSeq = Math.min(this.#newestAckedSeq, seq)
    this.#stalledSinceMs = undefined
  }

  /** The connection takes no more bytes, or too many receipts are missing. */
  stalled(nowMs: number): void {
    this.#stalledSinceMs ??= nowMs
  }
  flowing(): void {
    if (this.open) this.#stalledSinceMs = undefined
  }

  receive(chunk: Uint8Array, nowMs: number): readonly BrokerSubscriberEffect[] {
    const { payloads, fault } = this.#decoder.push(chunk)
    if (payloads.length === 0 && fault === undefined) return none
    const effects: BrokerSubscriberEffect[] = []
    for (const payload of payloads) this.#take(payload, nowMs, effects)
    if (fault !== undefined) effects.push({ do: 'drop', why: fault })
    return effects
  }

  tick(nowMs: number, wallMs: number): readonly BrokerSubscriberEffect[] {
    this.#forgive(nowMs)
    const { iamaliveMs, stallMs } = this.#options
    if (this.#stalledSinceMs !== undefined && nowMs - this.#stalledSinceMs >= stallMs) {
      return [{ do: 'drop', why: `took nothing for ${stallMs / 1000} s` }]
    }
    if (nowMs - this.#lastAliveMs < iamaliveMs) return none
    if (nowMs - this.#lastSentMs < iamaliveMs && nowMs - this.#lastReceivedMs < iamaliveMs) return none
    if (this.#aliveUnanswered >= 2) return [{ do: 'drop', why: 'left two iamalive messages unanswered' }]
    return [{ do: 'send', bytes: this.#iamalive(nowMs, wallMs) }]
  }

  #iamalive(nowMs: number, wallMs: number): Uint8Array {
    this.#lastAliveMs = this.#lastSentMs = nowMs
    this.#aliveUnanswered += 1
    return this.#message('iamalive', wallMs)
  }

  #message(role: 'authenticate' | 'iamalive', wallMs: number): Uint8Array {
    return frame(writeTransport({ role, origin: this.#options.brokerIvoid, timeStamp: timeStamp(wallMs) }))
  }

  #take(payload: Uint8Array, nowMs: number, effects: BrokerSubscriberEffect[]): void {
    this.#lastReceivedMs = nowMs
    this.#aliveUnanswered = 0
    const next = this.#inFlight[0]
    if (next !== undefined && isPlainAck(payload, next.mark)) {
      this.#settle(0)
      this.#acked += 1
      return
    }
    // Anything else that is no Transport message is ignored: garbage, or an event sent to the wrong port.
    const message = readTransport(payload)
    if (message === undefined) return
    if (message.role === 'ack' || message.role === 'nak') {
      this.#receipt(message, effects)
      return
    }
    // The first name counts: one that changes would have its place in the log moved to and fro.
    if (message.response !== undefined && this.#identity === undefined) {
      this.#identity = message.response
      effects.push({ do: 'identified', ivoid: message.response })
    }
    if (message.role === 'authenticate') {
      this.#answered = true
      effects.push({ do: 'filter', expressions: message.filters })
    }
  }

  #receipt(message: ReadTransportMessage, effects: BrokerSubscriberEffect[]): void {
    const index = this.#inFlight.findIndex((event) => event.ivorn.trim() === message.origin)
    const event = this.#inFlight[index]
    if (event === undefined) return
    this.#settle(index)
    if (message.role === 'ack') {
      this.#acked += 1
      return
    }
    this.#naked += 1
    effects.push({ do: 'naked', seq: event.seq, ivorn: event.ivorn, reason: message.result ?? '' })
  }

  #settle(index: number): void {
    const [event] = this.#inFlight.splice(index, 1)
    if (event !== undefined && event.seq > this.#newestAckedSeq) this.#newestAckedSeq = event.seq
    this.flowing()
  }

  #forgive(nowMs: number): void {
    for (let oldest = this.#inFlight[0]; oldest !== undefined; oldest = this.#inFlight[0]) {
      if (oldest.seq > this.#newestAckedSeq || nowMs - oldest.sentMs < this.#options.ackTimeoutMs) return
      this.#inFlight.shift()
      this.#forgiven += 1
      this.flowing()
    }
  }
}
