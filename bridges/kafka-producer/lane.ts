/**
 * A producer for one record at a time. Its sockets are ours: whether the record was handed to one of them is known
 * exactly, and an attempt that is given up takes its connections with it. kafkajs' own idempotence and retries stay
 * off: they repeat where only `deliver/` may, and consumers fold repeats by `fountain-key`.
 */
import { connect as connectPlain, isIP, type Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'
import kafkajs, { type Kafka as KafkaClient, type Message, type Producer, type RecordMetadata } from 'kafkajs'
import { DeliveryError, type Log } from '../contract.ts'
import type { Cluster } from './config.ts'
import { deliveryError } from './kafka-errors.ts'
import { compressionTypes } from './kafkajs-setup.ts'
import { passwordLogin, tokenLogin } from './login.ts'
import type { Token, Tokens } from './tokens.ts'

const { Kafka, logLevel, Partitioners } = kafkajs

/** How long the leader may wait for the other replicas, and we for its answer, ms. */
const acksWithinMs = 20_000
const answerWithinMs = 30_000
const connectWithinMs = 10_000
/**
 * kafkajs logs in again on an open connection so long before the broker would end it. Brokers refuse a second login
 * within a second of the first, so its usual ten seconds would break where logins count for less.
 */
const reauthenticateMs = 2_000
/** Kafka's number of the Produce request, at byte 4 of what is written; anything as short is no record. */
const produceRequest = 0
const shortestProduceBytes = 40

export class Lane {
  readonly #cluster: Cluster
  readonly #tokens: Tokens | undefined
  readonly #client: KafkaClient
  readonly #sockets = new Set<Socket>()
  #producer: Producer | undefined
  #written = false
  #closed = false
  #token: Token | undefined
  #refused = false
  #signal: AbortSignal | undefined

  /** `tokens` where the cluster's login is by token. */
  constructor(cluster: Cluster, instance: string, log: Log, tokens?: Tokens) {
    this.#cluster = cluster
    this.#tokens = tokens
    const { sasl } = cluster
    this.#client = new Kafka({
      clientId: `fountain-${instance}`,
      brokers: [...cluster.brokers],
      ssl: cluster.tls,
      ...(sasl === undefined
        ? {}
        : {
            sasl:
              sasl.mechanism === 'oauthbearer'
                ? tokenLogin(
                    () => this.#newestToken(),
                    (token) => this.#onRefused(token),
                  )
                : passwordLogin(sasl),
          }),
      connectionTimeout: connectWithinMs,
      authenticationTimeout: connectWithinMs,
      reauthenticationThreshold: reauthenticateMs,
      requestTimeout: answerWithinMs,
      // Each try takes the next broker of the list; nothing has been sent then.
      retry: { retries: cluster.brokers.length - 1, initialRetryTime: 50, maxRetryTime: 200 },
      socketFactory: (wanted) => this.#connect(wanted),
      logLevel: logLevel.INFO,
      logCreator: quietly(log, (text) => this.#hide(text)),
    })
  }

  /** One record, acknowledged by all replicas in sync. Throws DeliveryError. */
  send(topic: string, message: Message, signal: AbortSignal): Promise<RecordMetadata> {
    this.#written = false
    return this.#unlessAborted(topic, signal, async () => {
      const producer = await this.#connected()
      signal.throwIfAborted()
      const [metadata] = await producer.send({
        topic,
        messages: [message],
        acks: -1,
        timeout: acksWithinMs,
        compression: compressionTypes[this.#cluster.compression],
      })
      if (metadata === undefined) throw new Error('the broker acknowledged no record')
      return metadata
    })
  }

  /**
   * Logs in and asks the cluster who it is, and for `topic` where one is given: a cluster may hide it from who may only
   * write. Sends nothing. Throws DeliveryError.
   */
  check(signal: AbortSignal, topic?: string): Promise<void> {
    this.#written = false
    return this.#unlessAborted(topic ?? '', signal, async () => {
      if (this.#tokens) this.#token = await this.#tokens.token(signal)
      const admin = this.#client.admin()
      try {
        await admin.connect()
        if (topic === undefined) await admin.describeCluster()
        else await admin.fetchTopicMetadata({ topics: [topic] })
      } finally {
        await admin.disconnect().catch(() => {})
      }
    })
  }

  /** Logged in with what will still count at that time (monotonic, ms). */
  isFresh(nowMs: number): boolean {
    return this.#token === undefined || nowMs < this.#token.freshUntilMs
  }

  /** The broker refused the token of the last attempt. */
  get tokenRefused(): boolean {
    return this.#refused
  }

  /** Ends the connections at once. */
  close(): void {
    this.#closed = true
    // With an error: kafkajs hears no other end of a socket that is destroyed.
    for (const socket of this.#sockets) socket.destroy(new Error('the connection was given up'))
    this.#sockets.clear()
    void this.#producer?.disconnect().catch(() => {})
  }

  async #connected(): Promise<Producer> {
    if (this.#producer === undefined) {
      // Before any connection: what goes wrong with the token is told in its own words.
      if (this.#tokens) this.#token = await this.#tokens.token(this.#signal!)
      const producer = this.#client.producer({
        createPartitioner: Partitioners.DefaultPartitioner,
        allowAutoTopicCreation: false,
        retry: { retries: 0 },
      })
      await producer.connect()
      this.#producer = producer
    }
    return this.#producer
  }

  /** kafkajs logs in on each connection, and again where a broker bounds how long a login counts. */
  async #newestToken(): Promise<Token> {
    const tokens = this.#tokens
    if (tokens === undefined) throw new Error('a login by token has no tokens')
    this.#token = await tokens.token(this.#signal ?? AbortSignal.abort())
    return this.#token
  }

  #onRefused(token: string): void {
    this.#refused = true
    this.#tokens?.forget(token)
  }

  #hide(text: string): string {
    const { sasl } = this.#cluster
    if (this.#tokens !== undefined) return this.#tokens.hide(text)
    return sasl === undefined || sasl.mechanism === 'oauthbearer' ? text : text.replaceAll(sasl.password, '***')
  }

  async #unlessAborted<T>(topic: string, signal: AbortSignal, act: () => Promise<T>): Promise<T> {
    const place = `Kafka ${topic === '' ? '' : `topic ${topic} `}at ${this.#cluster.brokers.join(', ')}`
    const aborted = Promise.withResolvers<never>()
    const abort = () => {
      const why = String((signal.reason as Error | undefined)?.message ?? 'stopped')
      aborted.reject(new DeliveryError('retry', this.#written ? 'maybe' : 'no', `${place}: ${why}`))
      this.close()
    }
    this.#signal = signal
    signal.addEventListener('abort', abort, { once: true })
    try {
      if (signal.aborted) abort()
      const acting = signal.aborted ? aborted.promise : act()
      acting.catch(() => {})
      return await Promise.race([acting, aborted.promise])
    } catch (error) {
      throw deliveryError(error, { place, written: this.#written, hide: (text) => this.#hide(text) })
    } finally {
      signal.removeEventListener('abort', abort)
    }
  }

  #connect({ host, port, ssl, onConnect }: Parameters<kafkajs.ISocketFactory>[0]): Socket {
    if (this.#closed) throw new Error('the connection was given up')
    const named = isIP(host) === 0 ? { servername: host } : {}
    const socket = ssl
      ? connectTls({ host, port, ...named, ...ssl }, onConnect)
      : connectPlain({ host, port }, onConnect)
    socket.setKeepAlive(true, 60_000)
    socket.setNoDelay(true)
    this.#sockets.add(socket)
    socket.once('close', () => this.#sockets.delete(socket))
    const write = socket.write.bind(socket) as (data: Buffer, ...rest: unknown[]) => boolean
    socket.write = ((data: Buffer, ...rest: unknown[]) => {
      if (data.length >= shortestProduceBytes && data.readInt16BE(4) === produceRequest) this.#written = true
      return write(data, ...rest)
    }) as Socket['write']
    return socket
  }
}

/** What kafkajs says attempt by attempt is for who looks closer; the outcome is told by the delivery. */
const quietly =
  (log: Log, hide: (text: string) => string): kafkajs.logCreator =>
  () =>
  ({ namespace, log: { message, error, broker } }) =>
    log.debug({ kafkajs: namespace, broker, error: hide(String(error ?? '')) }, hide(message))
