/** Who follows: each from its first word to its last, parked and dropped in between, and what people are told of them. */
import type { FeedHost, FeedStatus } from '../contract.ts'
import type { StreamConfig } from './config.ts'
import type { Hub } from './hub.ts'
import type { Instruments } from './instruments.ts'
import { type Line, Subscriber } from './subscriber.ts'
import type { Wish } from './wish.ts'

const tickMs = 250
/** Who was told to go and does not is cut off after this. */
const lingerMs = 10_000

export interface SubscribersOptions {
  readonly config: StreamConfig
  readonly host: Pick<FeedHost, 'log' | 'clock' | 'logger'>
  readonly hub: Hub
  readonly instruments: Instruments
  readonly head: number
}

export class Subscribers {
  readonly #config: StreamConfig
  readonly #host: SubscribersOptions['host']
  readonly #hub: Hub
  readonly #instruments: Instruments
  readonly #all = new Set<Subscriber>()
  /** Lines that were told to go, and when they are cut. */
  readonly #leaving = new Map<Line, number>()
  #head: number

  constructor({ config, host, hub, instruments, head }: SubscribersOptions) {
    this.#config = config
    this.#host = host
    this.#hub = hub
    this.#instruments = instruments
    this.#head = head
  }

  status(): Pick<FeedStatus, 'summary' | 'peers'> {
    // The head was asked for a moment ago; who is ahead of that tells of a newer one.
    const head = [...this.#all].reduce((newest, { cursor }) => Math.max(newest, cursor), this.#head)
    const peers = [...this.#all].map((subscriber) => ({
      name: `${subscriber.line.framing} ${subscriber.wish.format} ${subscriber.state}`,
      address: subscriber.line.address,
      sent: subscriber.sent,
      // Neither of the two has receipts: what the socket took counts.
      acked: subscriber.line.bufferedBytes() === 0 ? subscriber.sent : Math.max(0, subscriber.sent - 1),
      behind: head - subscriber.cursor,
    }))
    const parked = peers.filter(({ name }) => name.endsWith(' parked')).length
    const summary = `${peers.length} subscriber${peers.length === 1 ? '' : 's'}${parked > 0 ? `, ${parked} parked` : ''}`
    return { summary, peers }
  }

  /** The gateway stops: all are told the place to resume from. */
  endAll(): void {
    for (const subscriber of [...this.#all]) this.#dismiss(subscriber, 'stopping')
  }

  /** Who was told to go and is still there. */
  cutLeavers(): void {
    for (const line of this.#leaving.keys()) line.cut()
    this.#leaving.clear()
  }

  add(line: Line, wish: Wish, head: number): Subscriber {
    const subscriber = new Subscriber(line, wish, head, this.#config, this.#host.clock.monotonic())
    this.#all.add(subscriber)
    this.#instruments.subscribers(this.#all.size)
    return subscriber
  }

  /** From the place it names: from now where it names none, or one that is not on this log. */
  begin(subscriber: Subscriber, since: number | 'unknown' | undefined, head: number): void {
    if (subscriber.state === 'gone') return
    const isHere = typeof since === 'number' && since <= head
    subscriber.cursor = isHere ? since : head
    subscriber.hello(this.#config.heartbeatS)
    if (since === 'unknown') subscriber.gap('unknown', null, head + 1)
    else if (since !== undefined && !isHere) subscriber.gap('ahead', since, head + 1)
    this.#hub.follow(subscriber)
  }

  parked(subscriber: Subscriber): void {
    subscriber.parkedMs = this.#host.clock.monotonic()
    this.#instruments.happened('parked')
  }

  drained(subscriber: Subscriber): void {
    if (subscriber.state === 'parked') this.#hub.follow(subscriber)
  }

  #dismiss(subscriber: Subscriber, why: 'slow' | 'stopping'): void {
    this.remove(subscriber)
    subscriber.line.end(why, subscriber.cursor)
    this.#leaving.set(subscriber.line, this.#host.clock.monotonic() + lingerMs)
  }

  remove(subscriber: Subscriber): void {
    this.#leaving.delete(subscriber.line)
    if (subscriber.state === 'gone') return
    subscriber.state = 'gone'
    this.#hub.leave(subscriber)
    this.#all.delete(subscriber)
    this.#instruments.subscribers(this.#all.size)
    this.#instruments.sent(subscriber.sent)
  }

  /** Hearts beat, leavers are cut, and who has been parked for too long goes, until it is aborted. */
  async run(signal: AbortSignal): Promise<void> {
    const { heartbeatS, parkedMs } = this.#config
    const everyMs = Math.min(tickMs, heartbeatS * 250, parkedMs / 2)
    while (!signal.aborted) {
      await this.#host.clock.sleep(everyMs, signal).catch(() => {})
      if (signal.aborted) return
      const nowMs = this.#host.clock.monotonic()
      this.#head = await this.#host.log.head().catch(() => this.#head)
      for (const [line, untilMs] of this.#leaving) {
        if (nowMs < untilMs) continue
        this.#leaving.delete(line)
        line.cut()
      }
      for (const subscriber of [...this.#all]) this.#look(subscriber, nowMs)
    }
  }

  #look(subscriber: Subscriber, nowMs: number): void {
    const { heartbeatS, parkedMs } = this.#config
    if (subscriber.state === 'parked') {
      if (subscriber.line.bufferedBytes() === 0) this.#hub.follow(subscriber)
      else if (nowMs - subscriber.parkedMs >= parkedMs) this.#dropped(subscriber)
      return
    }
    if (nowMs - subscriber.beatenMs < heartbeatS * 1000) return
    subscriber.beatenMs = nowMs
    if (subscriber.line.heartbeat(subscriber.cursor)) return
    this.#instruments.happened('silent')
    subscriber.line.cut()
  }

  #dropped(subscriber: Subscriber): void {
    this.#instruments.happened('dropped')
    const { address } = subscriber.line
    this.#host.logger.info({ address, seq: subscriber.cursor }, 'a subscriber that read too slowly was dropped')
    this.#dismiss(subscriber, 'slow')
  }
}
