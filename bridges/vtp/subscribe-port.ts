/** The port for subscribers: admits connections, and reads the event log for those who keep up. */
import { createServer, type Server, type Socket } from 'node:net'
import type { FeedHost, FeedStatus, Log } from '../contract.ts'
import type { VtpConfig } from './config.ts'
import { FanOut, Selection } from './fan-out.ts'
import { admits, plainAddress } from './networks.ts'
import { OutgoingEvents } from './outgoing.ts'
import { PeerBook } from './peer-book.ts'
import { type Shared, SubscriberConnection } from './subscriber-connection.ts'

const logRetryMs = 1000

export class SubscribePort {
  readonly server: Server
  readonly #shared: Shared
  readonly #host: FeedHost
  readonly #logger: Log
  readonly #connections = new Set<SubscriberConnection>()
  readonly #stop: AbortController
  readonly #counts = { sent: 0, naked: 0, dropped: 0, denied: 0, tooLarge: 0 }
  readonly #flushCounts: () => void
  readonly #reading: readonly Promise<void>[]

  static async open(config: VtpConfig, host: FeedHost, brokerIvoid: string): Promise<SubscribePort> {
    const book = await PeerBook.open(host.peers, host.clock, config.resumeMs, host.logger)
    return new SubscribePort(config, host, brokerIvoid, book, await host.log.head())
  }

  private constructor(config: VtpConfig, host: FeedHost, brokerIvoid: string, book: PeerBook, head: number) {
    this.#host = host
    this.#logger = host.logger.child({ port: 'subscribe' })
    this.#stop = new AbortController()
    this.#flushCounts = this.#instruments()
    const events = new OutgoingEvents(config.maxBytes, ({ seq, ivoid, raw }) => {
      this.#counts.tooLarge += 1
      this.#logger.warn({ seq, ivoid, bytes: raw.bytes.length }, 'an event is too large for subscribers: not relayed')
    })
    const selection = new Selection(host.xpath, host.clock, this.#logger, this.#stop.signal)
    this.#shared = {
      config,
      host,
      brokerIvoid,
      events,
      selection,
      everything: new FanOut(events, head),
      filtered: new FanOut(events, head, selection),
      book,
      count: (what, by = 1) => {
        this.#counts[what] += by
      },
    }
    this.#reading = [this.#read(this.#shared.everything), this.#read(this.#shared.filtered)]
    const admitted = admits(config.allowSubscribers)
    this.server = createServer(
      { allowHalfOpen: true, noDelay: true, keepAlive: true, pauseOnConnect: true },
      (socket) => {
        const address = plainAddress(socket.remoteAddress)
        if (admitted(address)) void this.#welcome(socket, address)
        else {
          this.#counts.denied += 1
          this.#logger.warn({ address }, 'a subscriber outside `allowSubscribers` was turned away')
          socket.destroy()
        }
      },
    )
    this.server.maxConnections = config.maxSubscribers
  }

  tick(): void {
    for (const connection of this.#connections) connection.tick()
    this.#flushCounts()
  }

  /** Stores how far named subscribers are. */
  async save(): Promise<void> {
    await this.#shared.book.flush()
  }

  peers(head: number): FeedStatus['peers'] {
    return [...this.#connections].map((connection) => ({
      ...connection.status,
      behind: Math.max(0, head - connection.ackedSeq),
    }))
  }

  async close(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.server.close(() => resolve()))
    for (const connection of this.#connections) connection.socket.destroy()
    await closed
    this.#stop.abort()
    await Promise.all(this.#reading)
    await this.#shared.book.flush()
    this.#flushCounts()
  }

  /** Reads the log for a fan-out until the port closes, whatever happens to the log meanwhile. */
  async #read(fanOut: FanOut): Promise<void> {
    const { signal } = this.#stop
    while (!signal.aborted) {
      try {
        await fanOut.run(this.#host.log, signal)
      } catch (error) {
        if (signal.aborted) return
        this.#logger.error({ err: error, seq: fanOut.lastSeq }, 'the event log could not be read, will retry')
        await this.#host.clock.sleep(logRetryMs, signal).catch(() => undefined)
      }
    }
  }

  async #welcome(socket: Socket, address: string): Promise<void> {
    socket.on('error', () => socket.destroy())
    try {
      const head = await this.#host.log.head()
      if (socket.destroyed) return
      const connection = new SubscriberConnection(socket, address, head, this.#shared)
      this.#connections.add(connection)
      socket.on('close', () => this.#connections.delete(connection))
    } catch (error) {
      this.#logger.error({ address, err: error }, 'a subscriber could not be served')
      socket.destroy()
    }
  }

  #instruments(): () => void {
    const { metrics, instance } = this.#host
    const outcomes = metrics.counter('fountain_vtp_subscriber_total', 'What happened with subscribers, by kind', [
      'instance',
      'what',
    ])
    const connected = metrics.gauge('fountain_vtp_subscribers', 'Subscribers that are connected', ['instance'])
    const flushed = { ...this.#counts }
    return () => {
      for (const what of Object.keys(flushed) as (keyof typeof flushed)[]) {
        const by = this.#counts[what] - flushed[what]
        if (by > 0) outcomes.inc({ instance, what }, by)
        flushed[what] = this.#counts[what]
      }
      connected.set({ instance }, this.#connections.size)
    }
  }
}
