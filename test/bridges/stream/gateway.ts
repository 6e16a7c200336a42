/** The stream feed behind the gateway's own HTTP routes, on a log that is an array. */
import { setTimeout as wait } from 'node:timers/promises'
import Fastify from 'fastify'
import { expect, onTestFinished } from 'vitest'
import { WebSocket } from 'ws'
import type { FeedHost, LogEntry, OpenFeed } from '../../../bridges/contract.ts'
import { feed } from '../../../bridges/stream/index.ts'
import { FeedRoutes } from '../../../src/serve/route-mount.ts'
import { type LoggedLine, memoryLog, voevent } from '../vtp/memory-host.ts'

/** Entries 1, 2, 3 …, or from a later one where the older were deleted. */
export class ArrayLog {
  readonly entries: LogEntry[] = []
  readonly #after: number
  readonly #waiting = new Set<() => void>()
  /** Reads that are under way. */
  readers = 0
  constructor(after = 0) {
    this.#after = after
  }

  append(more: Partial<LogEntry> = {}): LogEntry {
    const seq = this.head + 1
    const ivoid = more.ivoid ?? `ivo://example.org/streams/bright#${seq}`
    const raw = more.raw ?? { mediaType: 'text/xml', bytes: voevent({ ivorn: ivoid, root: 'role="observation"' }) }
    const entry: LogEntry = { seq, role: 'observation', origin: 'own', ...more, ivoid, raw }
    this.entries.push(entry)
    const waiting = [...this.#waiting]
    this.#waiting.clear()
    for (const go of waiting) go()
    return entry
  }

  get head(): number {
    return this.#after + this.entries.length
  }

  async *since(seq: number, signal: AbortSignal): AsyncGenerator<LogEntry, void, void> {
    this.readers++
    try {
      for (let at = Math.max(0, seq - this.#after); !signal.aborted; ) {
        const page = this.entries.slice(at, at + 256)
        at += page.length
        // A page comes over a thread.
        await wait(0)
        for (const entry of page) {
          if (signal.aborted) return
          yield entry
        }
        if (at === this.entries.length && !signal.aborted) {
          await new Promise<void>((resolve) => {
            this.#waiting.add(resolve)
            signal.addEventListener('abort', () => resolve(), { once: true })
          })
        }
      }
    } finally {
      this.readers--
    }
  }
}

export interface StreamGateway {
  readonly host: string
  readonly log: ArrayLog
  readonly feed: OpenFeed
  readonly logged: readonly LoggedLine[]
  ws(query?: string, options?: ConstructorParameters<typeof WebSocket>[2]): Reader
  stop(): Promise<void>
}

export async function startStream(config: object = {}, log = new ArrayLog(), port = 0): Promise<StreamGateway> {
  const routes = new FeedRoutes()
  const logged: LoggedLine[] = []
  const instrument = { inc: () => {}, set: () => {} }
  const host: FeedHost = {
    instance: 'stream',
    authority: 'example.org',
    log: { head: async () => log.head, since: (seq, signal) => log.since(seq, signal) },
    submit: async () => ({ refused: 'no' }),
    peers: { load: async () => [], save: async () => {}, remove: async () => {} },
    http: routes,
    xpath: { check: async () => ({ ok: true }), match: async () => [] },
    clock: {
      now: Date.now,
      monotonic: () => performance.now(),
      sleep: async (ms, signal) => void (await wait(ms, undefined, signal === undefined ? {} : { signal })),
    },
    logger: memoryLog(logged),
    metrics: { counter: () => instrument, gauge: () => instrument },
  }
  const open = await feed.open(feed.config.parse(config), host)
  const app = Fastify({ forceCloseConnections: true })
  routes.addTo(app, new Set(['127.0.0.1', 'localhost']))
  const url = await app.listen({ host: '127.0.0.1', port })
  let stopped: Promise<void> | undefined
  const gateway: StreamGateway = {
    host: url.replace('http://', ''),
    log,
    feed: open,
    logged,
    ws: (query = '', options = {}) => new Reader(`ws://${gateway.host}/stream${query}`, options),
    stop() {
      stopped ??= app.close().then(() => open.close())
      return stopped
    },
  }
  onTestFinished(() => gateway.stop())
  return gateway
}

export interface Said {
  readonly type: string
  readonly seq: number
  readonly [name: string]: unknown
}

/** A WebSocket client that keeps what it is told. */
export class Reader {
  readonly socket: WebSocket
  readonly said: Said[] = []
  closed: { code: number; reason: string } | undefined
  refused: { status: number; words: string } | undefined
  constructor(url: string, options: object) {
    this.socket = new WebSocket(url, options)
    this.socket.on('message', (data) => this.said.push(JSON.parse(String(data)) as Said))
    this.socket.on('close', (code, reason) => {
      this.closed = { code, reason: String(reason) }
    })
    this.socket.on('error', () => {})
    this.socket.on('unexpected-response', (_, response) => {
      let words = ''
      response.on('data', (data) => {
        words += String(data)
      })
      response.on('end', () => {
        this.refused = { status: response.statusCode ?? 0, words }
      })
    })
    onTestFinished(() => this.socket.terminate())
  }

  get events(): Said[] {
    return this.said.filter(({ type }) => type === 'event')
  }
  get seqs(): number[] {
    return this.events.map(({ seq }) => seq)
  }
  async greeted(): Promise<Said> {
    await soon(() => this.said.length).toBeGreaterThan(0)
    return this.said[0]!
  }
  async has(count: number): Promise<Said[]> {
    await soon(() => this.events.length).toBeGreaterThanOrEqual(count)
    return this.events
  }
}

export const span = (from: number, to: number): number[] =>
  Array.from({ length: Math.max(0, to - from + 1) }, (_, n) => from + n)

/** Waits for it; a machine that is busy with others may need long. */
export const soon = <T>(read: () => T) => expect.poll(read, { timeout: 20_000, interval: 10 })
