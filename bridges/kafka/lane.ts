/**
 * A producer for one record at a time. Its sockets are ours: whether the record was handed to one of them is known
 * exactly, and an attempt that is given up takes its connections with it. kafkajs' own idempotence and retries stay
 * off: they repeat where only `deliver/` may, and consumers fold repeats by `fountain-key`.
 */
import { connect as connectPlain, isIP, type Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'
import kafkajs, { type Kafka as KafkaClient, type Message, type Producer, type RecordMetadata } from 'kafkajs'
import { DeliveryError, type Log } from '../contract.ts'
import type { KafkaConfig } from './config.ts'
import { deliveryError } from './kafka-errors.ts'
import { compressionTypes } from './kafkajs-setup.ts'

const { Kafka, logLevel, Partitioners } = kafkajs

/** How long the leader may wait for the other replicas, and we for its answer, ms. */
const acksWithinMs = 20_000
const answerWithinMs = 30_000
const connectWithinMs = 10_000
/** Kafka's number of the Produce request, at byte 4 of what is written; anything as short is no record. */
const produceRequest = 0
const shortestProduceBytes = 40

export class Lane {
  readonly #config: KafkaConfig
  readonly #client: KafkaClient
  readonly #sockets = new Set<Socket>()
  #producer: Producer | undefined
  #written = false
  #closed = false

  constructor(config: KafkaConfig, instance: string, log: Log) {
    this.#config = config
    const { sasl } = config
    this.#client = new Kafka({
      clientId: `fountain-${instance}`,
      brokers: [...config.brokers],
      ssl: config.tls,
      ...(sasl === undefined ? {} : { sasl: sasl as kafkajs.SASLOptions }),
      connectionTimeout: connectWithinMs,
      authenticationTimeout: connectWithinMs,
      requestTimeout: answerWithinMs,
      // Each try takes the next broker of the list; nothing has been sent then.
      retry: { retries: config.brokers.length - 1, initialRetryTime: 50, maxRetryTime: 200 },
      socketFactory: (wanted) => this.#connect(wanted),
      logLevel: logLevel.INFO,
      logCreator: quietly(log, (text) => (sasl === undefined ? text : text.replaceAll(sasl.password, '***'))),
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
        compression: compressionTypes[this.#config.compression],
      })
      if (metadata === undefined) throw new Error('the broker acknowledged no record')
      return metadata
    })
  }

  /** Logs in and asks the cluster who it is; sends nothing. Throws DeliveryError. */
  check(signal: AbortSignal): Promise<void> {
    this.#written = false
    return this.#unlessAborted('', signal, async () => {
      const admin = this.#client.admin()
      try {
        await admin.connect()
        await admin.describeCluster()
      } finally {
        await admin.disconnect().catch(() => {})
      }
    })
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

  async #unlessAborted<T>(topic: string, signal: AbortSignal, act: () => Promise<T>): Promise<T> {
    const place = `Kafka ${topic === '' ? '' : `topic ${topic} `}at ${this.#config.brokers.join(', ')}`
    const aborted = Promise.withResolvers<never>()
    const abort = () => {
      const why = String((signal.reason as Error | undefined)?.message ?? 'stopped')
      aborted.reject(new DeliveryError('retry', this.#written ? 'maybe' : 'no', `${place}: ${why}`))
      this.close()
    }
    signal.addEventListener('abort', abort, { once: true })
    try {
      if (signal.aborted) abort()
      const acting = signal.aborted ? aborted.promise : act()
      acting.catch(() => {})
      return await Promise.race([acting, aborted.promise])
    } catch (error) {
      throw deliveryError(error, { place, written: this.#written, secret: this.#config.sasl?.password })
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
