/**
 * The stream feed: the event log over WebSocket and server-sent events, with a place to resume from. See README.md in
 * this folder.
 */
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'
import { type WebSocket, WebSocketServer } from 'ws'
import type { Feed, FeedHost, FeedStatus, OpenFeed } from '../contract.ts'
import { Admission } from './admission.ts'
import { type StreamConfig, streamConfig } from './config.ts'
import { Hub } from './hub.ts'
import { type Instruments, instruments } from './instruments.ts'
import { sseLine, webSocketLine } from './lines.ts'
import { refuse, refuseUpgrade } from './refuse.ts'
import { type Line, Subscriber } from './subscriber.ts'
import { type Asked, readSince, readWish } from './wish.ts'

/** The largest message that a subscriber may send: `{"since": n}`. */
const maxMessageBytes = 1_024
const tickMs = 250
/** Who was told to go and does not is cut off after this. */
const lingerMs = 10_000

export const feed: Feed<typeof streamConfig> = {
  kind: 'stream',
  config: streamConfig,
  open: (config, host) => StreamFeed.open(config, host),
}

class StreamFeed implements OpenFeed {
  readonly #config: StreamConfig
  readonly #host: FeedHost
  readonly #hub: Hub
  readonly #admission: Admission
  readonly #subscribers = new Set<Subscriber>()
  /** Lines that were told to go, and when they are cut. */
  readonly #leaving = new Map<Line, number>()
  readonly #sockets = new WebSocketServer({
    noServer: true,
    maxPayload: maxMessageBytes,
    perMessageDeflate: false,
    clientTracking: false,
  })
  readonly #stop = new AbortController()
  readonly #instruments: Instruments
  #head: number
  #running: Promise<unknown> = Promise.resolve()

  static async open(config: StreamConfig, host: FeedHost): Promise<OpenFeed> {
    const head = await host.log.head()
    return new StreamFeed(config, host, head).#start()
  }

  private constructor(config: StreamConfig, host: FeedHost, head: number) {
    const { log, clock, logger } = host
    this.#config = config
    this.#host = host
    this.#head = head
    this.#admission = new Admission(config)
    this.#instruments = instruments(host)
    this.#hub = new Hub(head, { log, clock, logger, parked: (subscriber) => this.#parked(subscriber) })
  }

  #start(): this {
    const { path, maxSubscribers } = this.#config
    const { http } = this.#host
    http.reserve(maxSubscribers)
    http.get(path, (_, response) =>
      refuse(response, 426, `This is a WebSocket; server-sent events are at ${path}/sse.`),
    )
    http.get(`${path}/sse`, (request, response) => void this.#serverSent(request, response))
    http.upgrade(path, (request, socket, head) => void this.#webSocket(request, socket, head))
    http.closing.addEventListener('abort', () => this.#endAll(), { once: true })
    this.#running = Promise.all([
      this.#hub.run().catch((error: unknown) => {
        if (!this.#stop.signal.aborted) this.#host.logger.error({ err: error }, 'the stream can read the log no more')
      }),
      this.#tick(),
    ])
    return this
  }

  async check(): Promise<void> {
    await this.#host.log.head()
  }

  status(): FeedStatus {
    const { path } = this.#config
    const peers = [...this.#subscribers].map((subscriber) => ({
      name: `${subscriber.line.framing} ${subscriber.wish.format} ${subscriber.state}`,
      address: subscriber.line.address,
      sent: subscriber.sent,
      // Neither of the two has receipts: what the socket took counts.
      acked: subscriber.line.bufferedBytes() === 0 ? subscriber.sent : Math.max(0, subscriber.sent - 1),
      behind: Math.max(0, this.#head - subscriber.cursor),
    }))
    const parked = peers.filter(({ name }) => name.endsWith(' parked')).length
    const summary = `${peers.length} subscriber${peers.length === 1 ? '' : 's'}${parked > 0 ? `, ${parked} parked` : ''}`
    return { summary, listening: [path, `${path}/sse`], peers }
  }

  async close(): Promise<void> {
    this.#endAll()
    this.#stop.abort(new Error('stopping'))
    this.#hub.stop()
    for (const line of this.#leaving.keys()) line.cut()
    this.#leaving.clear()
    await this.#running
  }

  #endAll(): void {
    for (const subscriber of [...this.#subscribers]) this.#dismiss(subscriber, 'stopping')
  }

  async #serverSent(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const asked = this.#admit(request)
    if ('status' in asked) return refuse(response, asked.status, asked.words)
    if (request.method === 'HEAD') return void response.writeHead(200, { 'content-type': 'text/event-stream' }).end()
    const leave = this.#admission.enter(request)
    request.socket.once('close', leave)
    const line = sseLine(request, response, this.#admission.crossOrigin(request))
    const head = await this.#headNow(line)
    if (head === undefined) return
    const subscriber = this.#add(line, asked, head)
    request.socket.once('close', () => this.#remove(subscriber))
    request.socket.on('drain', () => this.#drained(subscriber))
    if (request.socket.destroyed) return this.#remove(subscriber)
    this.#begin(subscriber, asked.since, head)
  }

  async #webSocket(request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> {
    const asked = this.#admit(request)
    if ('status' in asked) return refuseUpgrade(socket, asked.status, asked.words)
    const leave = this.#admission.enter(request)
    socket.once('close', leave)
    this.#sockets.handleUpgrade(request, socket, head, (webSocket) => void this.#greet(webSocket, request, asked))
  }

  async #greet(socket: WebSocket, request: IncomingMessage, asked: Asked): Promise<void> {
    const line = webSocketLine(socket, request)
    const greeted = Promise.withResolvers<number | undefined>()
    socket.on('error', (error) => this.#host.logger.debug({ err: error }, 'a WebSocket failed'))
    socket.once('close', () => greeted.resolve(undefined))
    let greeting = asked.since === undefined
    socket.on('message', (data) => {
      const since = readSince(String(data))
      if (greeting && since !== undefined) greeted.resolve(since)
      else socket.close(1008, 'the one message is {"since": n}, and it comes first')
      greeting = false
    })
    const head = await this.#headNow(line)
    if (head === undefined) return
    const subscriber = this.#add(line, asked, head)
    socket.once('close', () => this.#remove(subscriber))
    request.socket.on('drain', () => this.#drained(subscriber))
    if (socket.readyState === socket.CLOSED) return this.#remove(subscriber)
    const since = asked.since ?? (await this.#sinceMessage(greeted.promise))
    greeting = false
    this.#begin(subscriber, since, head)
  }

  /** What it sends within the time, else undefined. */
  async #sinceMessage(sent: Promise<number | undefined>): Promise<number | undefined> {
    const timer = new AbortController()
    const signal = AbortSignal.any([this.#stop.signal, timer.signal])
    const late = this.#host.clock.sleep(this.#config.greetMs, signal).then(
      () => undefined,
      () => undefined,
    )
    try {
      return await Promise.race([sent, late])
    } finally {
      timer.abort()
    }
  }

  #admit(request: IncomingMessage): Asked | { readonly status: number; readonly words: string } {
    if (this.#stop.signal.aborted || this.#host.http.closing.aborted)
      return { status: 503, words: 'The gateway stops.' }
    const refusal = this.#admission.refusal(request)
    if (refusal !== undefined) {
      this.#instruments.refused(refusal.status)
      return refusal
    }
    const asked = readWish(request, this.#host.authority)
    return 'wrong' in asked ? { status: 400, words: asked.wrong } : asked
  }

  async #headNow(line: Line): Promise<number | undefined> {
    try {
      return await this.#host.log.head()
    } catch (error) {
      this.#host.logger.warn({ err: error }, 'the log does not say where it ends: a subscriber was turned away')
      line.cut()
      return undefined
    }
  }

  #add(line: Line, { wish }: Asked, head: number): Subscriber {
    const subscriber = new Subscriber(line, wish, head, this.#config, this.#host.clock.monotonic())
    this.#subscribers.add(subscriber)
    this.#instruments.subscribers(this.#subscribers.size)
    return subscriber
  }

  /** From the place it names: from now where it names none, or one that is not on this log. */
  #begin(subscriber: Subscriber, since: number | 'unknown' | undefined, head: number): void {
    if (subscriber.state === 'gone') return
    const isHere = typeof since === 'number' && since <= head
    subscriber.cursor = isHere ? since : head
    subscriber.hello(this.#config.heartbeatS)
    if (since === 'unknown') subscriber.gap('unknown', null, head + 1)
    else if (since !== undefined && !isHere) subscriber.gap('ahead', since, head + 1)
    this.#hub.follow(subscriber)
  }

  #parked(subscriber: Subscriber): void {
    subscriber.parkedMs = this.#host.clock.monotonic()
    this.#instruments.happened('parked')
  }

  #drained(subscriber: Subscriber): void {
    if (subscriber.state === 'parked') this.#hub.follow(subscriber)
  }

  #dismiss(subscriber: Subscriber, why: 'slow' | 'stopping'): void {
    this.#remove(subscriber)
    subscriber.line.end(why, subscriber.cursor)
    this.#leaving.set(subscriber.line, this.#host.clock.monotonic() + lingerMs)
  }

  #remove(subscriber: Subscriber): void {
    this.#leaving.delete(subscriber.line)
    if (subscriber.state === 'gone') return
    subscriber.state = 'gone'
    this.#hub.leave(subscriber)
    this.#subscribers.delete(subscriber)
    this.#instruments.subscribers(this.#subscribers.size)
    this.#instruments.sent(subscriber.sent)
  }

  async #tick(): Promise<void> {
    const { signal } = this.#stop
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
      for (const subscriber of [...this.#subscribers]) this.#look(subscriber, nowMs)
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
