/**
 * One subscriber: a socket around `BrokerSubscriber`. It waits for the answer to authenticate, catches up from the
 * log if it is owed something, then joins a `FanOut`; when its socket fills it leaves, and catches up again later.
 */
import type { Socket } from 'node:net'
import { BrokerSubscriber, type BrokerSubscriberEffect } from '../../vo/vtp/broker-subscriber.ts'
import type { FeedHost, Log } from '../contract.ts'
import type { VtpConfig } from './config.ts'
import type { FanOut, Member, Selection } from './fan-out.ts'
import type { Outgoing, OutgoingEvents } from './outgoing.ts'
import type { PeerBook } from './peer-book.ts'

/** Beyond so many bytes in the socket's queue the subscriber counts as slow and gets nothing new. */
const highWaterBytes = 1024 * 1024
/** A subscriber may have so many filters. */
const maxFilters = 64

/** What all connections of the feed share. */
export interface Shared {
  readonly config: VtpConfig
  readonly host: FeedHost
  readonly brokerIvoid: string
  readonly events: OutgoingEvents
  readonly selection: Selection
  readonly everything: FanOut
  readonly filtered: FanOut
  readonly book: PeerBook
  /** Counts receipts and sent events. */
  count(what: 'sent' | 'naked' | 'dropped', by?: number): void
}

export class SubscriberConnection implements Member {
  readonly socket: Socket
  readonly address: string
  readonly #machine: BrokerSubscriber
  readonly #shared: Shared
  readonly #logger: Log
  readonly #sinceMs: number
  /** greeting: waits for the answer to authenticate; checking: its filters are looked at; then it gets events. */
  #state: 'greeting' | 'checking' | 'following' | 'live' | 'closed' = 'greeting'
  #filters: readonly string[] | undefined
  /** Changes when a catch-up begins or ends: an earlier one that still waits for something is void. */
  #generation = 0
  #filterRequest = 0
  #wake: (() => void) | undefined
  #abort = new AbortController()
  readonly #told = new Set<string>()

  /** `cursor`: the head of the log when the connection came: REC-VTP-2.0 §3.1 has nothing older for the unknown. */
  constructor(socket: Socket, address: string, cursor: number, shared: Shared) {
    const { config, host, brokerIvoid } = shared
    this.socket = socket
    this.address = address
    this.#shared = shared
    this.#logger = host.logger.child({ port: 'subscribe', address })
    this.#sinceMs = host.clock.monotonic()
    this.#machine = new BrokerSubscriber(
      {
        brokerIvoid,
        nowMs: this.#sinceMs,
        iamaliveMs: config.iamaliveS * 1000,
        ackLimit: config.ackLimit,
        ackTimeoutMs: config.ackTimeoutMs,
        stallMs: config.stallMs,
        maxBytes: config.maxBytes,
      },
      cursor,
    )
    socket.on('data', (chunk) => this.#perform(this.#machine.receive(chunk, host.clock.monotonic())))
    socket.on('drain', () => this.#flow())
    socket.on('end', () => socket.destroySoon())
    socket.on('error', (error) => this.#logger.debug({ err: error }, 'a subscriber’s connection broke'))
    socket.on('close', () => this.#closed())
    socket.write(this.#machine.greeting(this.#sinceMs, host.clock.now()))
    socket.resume()
    this.#logger.info({}, 'a subscriber came')
  }

  get cursor(): number {
    return this.#machine.cursor
  }
  get ackedSeq(): number {
    return this.#machine.ackedSeq
  }
  get filters(): readonly string[] | undefined {
    return this.#filters
  }
  get status(): { name: string; address: string; sent: number; acked: number } {
    const { sent, acked } = this.#machine.counts
    return { name: this.#machine.identity ?? 'anonymous', address: this.address, sent, acked }
  }

  tick(): void {
    const { clock } = this.#shared.host
    const nowMs = clock.monotonic()
    if (this.#state === 'greeting' && nowMs - this.#sinceMs >= this.#shared.config.greetMs) this.#follow()
    if (!this.#ready) this.#machine.stalled(nowMs)
    this.#perform(this.#machine.tick(nowMs, clock.now()))
  }

  send(event: Outgoing): void {
    if (event.framed === undefined || this.#state === 'closed') return
    const nowMs = this.#shared.host.clock.monotonic()
    this.socket.write(event.framed)
    this.#machine.sent(event.seq, event.ivorn, event.mark, nowMs)
    this.#shared.count('sent')
    if (this.#ready) return
    this.#machine.stalled(nowMs)
    if (this.#state === 'live') this.#follow()
  }

  passOver(event: Outgoing): void {
    this.#machine.passedOver(event.seq)
  }

  filterFailed(expression: string, reason: string, disabled: boolean): void {
    if (!this.#told.has(expression)) {
      this.#told.add(expression)
      const what = disabled ? 'was disabled' : 'failed on an event'
      this.#tell(`the filter ${expression} ${what}: ${reason}`)
    }
    if (disabled) this.#filters = this.#filters?.filter((filter) => filter !== expression)
  }

  /** Whether socket and receipts allow another event. */
  get #ready(): boolean {
    return this.#machine.open && this.socket.writableLength < highWaterBytes
  }

  #perform(effects: readonly BrokerSubscriberEffect[]): void {
    for (const effect of effects) {
      if (this.#state === 'closed') return
      switch (effect.do) {
        case 'send':
          this.socket.write(effect.bytes)
          break
        case 'identified':
          this.#identified(effect.ivoid)
          break
        case 'filter':
          void this.#filter(effect.expressions)
          break
        case 'naked':
          this.#shared.count('naked')
          this.#logger.warn({ ivorn: effect.ivorn, reason: effect.reason }, 'a subscriber refused an event')
          break
        case 'drop':
          this.#shared.count('dropped')
          this.#logger.warn({ name: this.#machine.identity, why: effect.why }, 'a subscriber was dropped')
          this.socket.destroy()
          break
      }
    }
    this.#flow()
  }

  /** It may be owed events of an earlier connection: they come first, so nothing newer is sent until they are. */
  #identified(ivoid: string): void {
    const owed = this.#shared.book.arrive(ivoid, this.address, this)
    this.#logger.info({ name: ivoid, owed }, 'a subscriber said who it is')
    if (owed === undefined || owed >= this.#machine.cursor) return
    this.#machine.rewind(owed)
    if (this.#state === 'live' || this.#state === 'following') this.#follow()
  }

  /** Filters in force are those of the last authenticate; a filter that cannot be read matches nothing, and it is said. */
  async #filter(expressions: readonly string[]): Promise<void> {
    const request = ++this.#filterRequest
    // While the filters are looked at nothing is sent: an event must not slip past a filter that was asked for.
    this.#leave('checking')
    const asked = [...new Set(expressions)]
    const good = asked.length > maxFilters ? [] : await this.#usable(asked, request)
    if (request !== this.#filterRequest || this.#state === 'closed') return
    if (asked.length > maxFilters) this.#tell(`${asked.length} filters are too many; ${maxFilters} are taken`)
    if (asked.length > 0 && good.length === 0) this.#tell('no usable filter is left: no events will be sent')
    this.#filters = asked.length === 0 ? undefined : good
    this.#told.clear()
    this.#follow()
  }

  async #usable(expressions: readonly string[], request: number): Promise<readonly string[]> {
    const { xpath } = this.#shared.host
    const faults = await Promise.all(
      expressions.map(async (expression) => {
        try {
          const check = await xpath.check(expression)
          return check.ok ? undefined : check.reason
        } catch (error) {
          // Our trouble, not the filter's: it is asked again with every event.
          this.#logger.error({ err: error, expression }, 'a filter could not be looked at')
          return undefined
        }
      }),
    )
    if (request !== this.#filterRequest || this.#state === 'closed') return []
    return expressions.filter((expression, index) => {
      const fault = faults[index]
      if (fault !== undefined) this.#tell(`the filter ${expression} cannot be used: ${fault}`)
      return fault === undefined
    })
  }

  #tell(reason: string): void {
    // One that asks again and again, and never reads what it is told, must not fill our memory.
    if (!this.#ready) return
    this.#logger.warn({ name: this.#machine.identity, reason }, 'a subscriber was told about its filter')
    this.socket.write(this.#machine.notice(reason, this.#shared.host.clock.now()))
  }

  #flow(): void {
    if (!this.#ready) return
    this.#machine.flowing()
    this.#wake?.()
  }

  #leave(state: 'checking' | 'following' | 'closed'): void {
    this.#shared.everything.delete(this)
    this.#shared.filtered.delete(this)
    this.#state = state
    this.#generation += 1
    this.#abort.abort()
    this.#wake?.()
  }

  #follow(): void {
    this.#leave('following')
    this.#catchUp(this.#generation).catch((error: unknown) => {
      if (this.#state === 'closed') return
      this.#logger.error({ err: error }, 'the event log could not be read: a subscriber is dropped')
      this.socket.destroy()
    })
  }

  /** Reads the log by itself until it stands where the fan-out stands, then joins it. */
  async #catchUp(generation: number): Promise<void> {
    while (generation === this.#generation) {
      const fanOut = this.#filters === undefined ? this.#shared.everything : this.#shared.filtered
      if (!this.#ready) {
        await new Promise<void>((resolve) => {
          this.#wake = resolve
        })
      } else if (this.#machine.cursor >= fanOut.lastSeq) {
        this.#state = 'live'
        fanOut.add(this)
        return
      } else {
        await this.#readOn(generation, fanOut)
      }
    }
  }

  /** Sends from the log until the fan-out is reached, the subscriber is full, or something changed. */
  async #readOn(generation: number, fanOut: FanOut): Promise<void> {
    const { host, events, selection } = this.#shared
    const { signal } = (this.#abort = new AbortController())
    try {
      for await (const entry of host.log.since(this.#machine.cursor, signal)) {
        const event = events.of(entry)
        const wanted = (await selection.of(event, [this])).has(this)
        if (generation !== this.#generation) return
        if (wanted && event.framed !== undefined) this.send(event)
        else this.passOver(event)
        if (!this.#ready || this.#machine.cursor >= fanOut.lastSeq) return
      }
    } catch (error) {
      if (!signal.aborted) throw error
    }
  }

  #closed(): void {
    if (this.#state === 'closed') return
    this.#leave('closed')
    this.#shared.book.left(this)
    this.#logger.info({ ...this.#machine.counts, name: this.#machine.identity }, 'a subscriber left')
  }
}
