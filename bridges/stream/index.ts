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
import type { Line } from './subscriber.ts'
import { Subscribers } from './subscribers.ts'
import { type Asked, readSince, readWish } from './wish.ts'

/** The largest message that a subscriber may send: `{"since": n}`. */
const maxMessageBytes = 1_024

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
  readonly #subscribers: Subscribers
  readonly #sockets = new WebSocketServer({
    noServer: true,
    maxPayload: maxMessageBytes,
    perMessageDeflate: false,
    clientTracking: false,
  })
  readonly #stop = new AbortController()
  readonly #instruments: Instruments
  #running: Promise<unknown> = Promise.resolve()

  static async open(config: StreamConfig, host: FeedHost): Promise<OpenFeed> {
    const head = await host.log.head()
    return new StreamFeed(config, host, head).#start()
  }

  private constructor(config: StreamConfig, host: FeedHost, head: number) {
    const { log, clock, logger } = host
    this.#config = config
    this.#host = host
    this.#admission = new Admission(config)
    this.#instruments = instruments(host)
    this.#hub = new Hub(head, { log, clock, logger, parked: (subscriber) => this.#subscribers.parked(subscriber) })
    this.#subscribers = new Subscribers({ config, host, hub: this.#hub, instruments: this.#instruments, head })
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
    http.closing.addEventListener('abort', () => this.#subscribers.endAll(), { once: true })
    this.#running = Promise.all([
      this.#hub.run().catch((error: unknown) => {
        if (!this.#stop.signal.aborted) this.#host.logger.error({ err: error }, 'the stream can read the log no more')
      }),
      this.#subscribers.run(this.#stop.signal),
    ])
    return this
  }

  async check(): Promise<void> {
    await this.#host.log.head()
  }

  status(): FeedStatus {
    const { path } = this.#config
    const { summary, peers } = this.#subscribers.status()
    return { summary, listening: [path, `${path}/sse`], peers }
  }

  async close(): Promise<void> {
    this.#subscribers.endAll()
    this.#stop.abort(new Error('stopping'))
    this.#hub.stop()
    this.#subscribers.cutLeavers()
    await this.#running
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
    const subscriber = this.#subscribers.add(line, asked.wish, head)
    request.socket.once('close', () => this.#subscribers.remove(subscriber))
    request.socket.on('drain', () => this.#subscribers.drained(subscriber))
    if (request.socket.destroyed) return this.#subscribers.remove(subscriber)
    this.#subscribers.begin(subscriber, asked.since, head)
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
    const subscriber = this.#subscribers.add(line, asked.wish, head)
    socket.once('close', () => this.#subscribers.remove(subscriber))
    request.socket.on('drain', () => this.#subscribers.drained(subscriber))
    if (socket.readyState === socket.CLOSED) return this.#subscribers.remove(subscriber)
    const since = asked.since ?? (await this.#sinceMessage(greeted.promise))
    greeting = false
    this.#subscribers.begin(subscriber, since, head)
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
}
