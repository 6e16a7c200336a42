/** A subscription to a VTP broker that lasts: sockets around `vo/vtp/subscriber.ts`, with geometric back-off. */
import { connect, type Socket } from 'node:net'
import { setTimeout as wait } from 'node:timers/promises'
import { type BackoffOptions, defaultBackoff, nextWaitMs } from '../../vo/vtp/backoff.ts'
import { Subscriber, type SubscriberEffect } from '../../vo/vtp/subscriber.ts'
import { elementHash } from '../../vo/xml/element.ts'

export interface ListenOptions {
  readonly host: string
  readonly port: number
  /** XPath 1.0: the broker sends only what one of them matches. */
  readonly filters: readonly string[]
  /** Our IVOID: a broker that resumes sends what was missed while away. */
  readonly identity?: string
  /** Takes one event; the broker is told that we have it when this resolves. A rejection leaves it unacknowledged. */
  readonly onEvent: (bytes: Uint8Array) => Promise<void>
  /** What happens to the connection, for people. */
  readonly onState: (text: string) => void
  readonly signal: AbortSignal
  readonly backoff?: BackoffOptions
  readonly silenceMs?: number
}

const tickMs = 250
/** Events that wait for `onEvent` before the socket is read no further. */
const mostWaiting = 32
/** A broker that resumes repeats what was not acknowledged: so many of the newest events are known again. */
const remembered = 10_000

/** Runs until the signal aborts: connects, takes events in order, each once, and connects again when it must. */
export async function listen(options: ListenOptions): Promise<void> {
  const { host, port, signal, onState } = options
  const taken = new Set<string>()
  let waitMs: number | undefined
  while (!signal.aborted) {
    const connection = new Connection(options, taken)
    const { why, stoodMs } = await connection.run()
    if (signal.aborted) return
    waitMs = nextWaitMs(waitMs, stoodMs, options.backoff ?? defaultBackoff)
    onState(`${host}:${port}: ${why}; next try in ${waitMs / 1000} s`)
    await wait(waitMs, undefined, { signal }).catch(() => undefined)
  }
}

class Connection {
  readonly #options: ListenOptions
  readonly #taken: Set<string>
  readonly #socket: Socket
  readonly #machine: Subscriber
  #queue: Promise<void> = Promise.resolve()
  #waiting = 0
  #why = 'the broker closed the connection'
  #connectedMs: number | undefined

  constructor(options: ListenOptions, taken: Set<string>) {
    const { host, port, filters, identity, silenceMs } = options
    this.#options = options
    this.#taken = taken
    this.#socket = connect({ host, port, noDelay: true, keepAlive: true })
    this.#machine = new Subscriber({
      filters,
      nowMs: performance.now(),
      ...(identity === undefined ? {} : { identity }),
      ...(silenceMs === undefined ? {} : { silenceMs }),
    })
  }

  /** Resolves when the connection is over and every event that had come was offered. */
  async run(): Promise<{ why: string; stoodMs: number }> {
    const { host, port, signal, onState } = this.#options
    const aborted = (): void => this.#drop('stopped')
    const clock = setInterval(() => this.#perform(this.#machine.tick(performance.now())), tickMs)
    signal.addEventListener('abort', aborted)
    this.#socket.on('connect', () => {
      this.#connectedMs = performance.now()
      onState(`${host}:${port}: connected`)
    })
    this.#socket.on('data', (chunk) => this.#perform(this.#machine.receive(chunk, performance.now(), Date.now())))
    this.#socket.on('error', (error) => {
      this.#why = this.#connectedMs === undefined ? `cannot be reached: ${error.message}` : error.message
    })
    await new Promise((resolve) => this.#socket.once('close', resolve))
    const stoodMs = this.#connectedMs === undefined ? 0 : performance.now() - this.#connectedMs
    clearInterval(clock)
    signal.removeEventListener('abort', aborted)
    await this.#queue
    return { why: this.#why, stoodMs }
  }

  /** Ends the connection after what is being written. */
  #drop(why: string): void {
    this.#why = why
    void this.#queue.then(() => this.#socket.destroySoon())
  }

  #perform(effects: readonly SubscriberEffect[]): void {
    for (const effect of effects) {
      switch (effect.do) {
        case 'send':
          this.#socket.write(effect.bytes)
          break
        case 'event':
          this.#enqueue(effect.bytes, effect.ivorn)
          break
        case 'notice':
          this.#options.onState(`the broker says: ${effect.text}`)
          break
        case 'ignored':
          this.#options.onState(`${effect.bytes.length} bytes that are no VOEvent were ignored`)
          break
        case 'drop':
          this.#drop(effect.why)
          break
      }
    }
  }

  #enqueue(bytes: Uint8Array, ivorn: string): void {
    if (++this.#waiting >= mostWaiting) this.#socket.pause()
    this.#queue = this.#queue.then(async () => {
      try {
        await this.#take(bytes)
        if (this.#socket.writable) this.#socket.write(this.#machine.done(ivorn, Date.now()))
      } catch (error) {
        if (this.#options.signal.aborted) return
        const text = error instanceof Error ? error.message : String(error)
        this.#options.onState(`${ivorn} was not taken and not acknowledged: ${text}`)
      }
      if (--this.#waiting < mostWaiting) this.#socket.resume()
    })
  }

  async #take(bytes: Uint8Array): Promise<void> {
    const hash = elementHash(bytes)
    if (this.#taken.has(hash)) return
    this.#options.signal.throwIfAborted()
    await this.#options.onEvent(bytes)
    this.#taken.add(hash)
    const [oldest] = this.#taken
    if (this.#taken.size > remembered && oldest !== undefined) this.#taken.delete(oldest)
  }
}
