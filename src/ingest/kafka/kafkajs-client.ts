/** KafkaClient by kafkajs: no native code to build, 300 to 500 MB/s. */
import kafkajs, {
  type Admin,
  type Consumer,
  type EachBatchPayload,
  type KafkaConfig,
  type KafkaMessage,
  type LogEntry,
  type SASLOptions,
} from 'kafkajs'
import type { Log } from '../../../bridges/contract.ts'
import { nearest } from '../../../vo/words/nearest.ts'
import type { KafkaSourceConfig } from '../../config.ts'
import { FountainError } from '../../errors.ts'
import { gzipCodec, lz4Codec, snappyCodec, zstdCodec } from './codecs.ts'
import { kafkaError } from './kafka-errors.ts'
import { repairRequestQueue } from './kafkajs-repair.ts'
import { type KafkaClient, type KafkaHandler, type KafkaRecord, sliceLimits } from './port.ts'

// Node finds no names in this CommonJS module but Kafka and logLevel.
const { CompressionCodecs, CompressionTypes, Kafka, logLevel } = kafkajs

/** How long a stop waits for a client that is still busy connecting, ms. */
const stopLimitMs = 5_000

export function kafkajsClient(config: KafkaSourceConfig, log: Log): KafkaClient {
  CompressionCodecs[CompressionTypes.GZIP] = () => gzipCodec
  CompressionCodecs[CompressionTypes.Snappy] = () => snappyCodec
  CompressionCodecs[CompressionTypes.LZ4] = () => lz4Codec
  CompressionCodecs[CompressionTypes.ZSTD] = () => zstdCodec
  repairRequestQueue()
  const { topics, group, sessionTimeoutMs, maxBytesPerPartition } = config
  const explained = (error: unknown) => kafkaError(error, config)
  /** kafkajs takes the next broker of the list for every try. */
  const askOnce = new Kafka({ ...settings(config, log), retry: { retries: config.brokers.length, maxRetryTime: 500 } })
  const lasting = new Kafka({
    ...settings(config, log),
    retry: { retries: 5, initialRetryTime: 200, maxRetryTime: 5_000, restartOnFailure: async () => false },
  })

  async function asAdmin<T>(ask: (admin: Admin) => Promise<T>): Promise<T> {
    const admin = askOnce.admin()
    try {
      await admin.connect()
      return await ask(admin)
    } catch (error) {
      throw explained(error)
    } finally {
      await admin.disconnect().catch(() => {})
    }
  }

  async function findTopics(admin: Admin): Promise<void> {
    const there = await admin.listTopics()
    for (const topic of topics.filter((name) => !there.includes(name))) {
      const guess = nearest(topic, there)
      const hint = guess === undefined ? '' : ` Did you mean '${guess}'?`
      throw new FountainError('KAFKA_TOPIC', `There is no '${topic}' at ${config.brokers.join(', ')}.${hint}`)
    }
  }

  return {
    check: (signal) =>
      unlessAborted(
        signal,
        asAdmin(async (admin) => {
          await findTopics(admin)
          for (const topic of topics) await admin.fetchTopicOffsets(topic)
          await admin.fetchOffsets({ groupId: group, topics: [...topics] })
        }),
        () => new FountainError('KAFKA_UNREACHABLE', `${config.brokers.join(', ')}: no answer in the time given.`),
      ),
    offsets: (topic, atTimeMs) =>
      asAdmin(async (admin) => {
        const ends = await admin.fetchTopicOffsets(topic)
        const times = atTimeMs === undefined ? ends : await admin.fetchTopicOffsetsByTimestamp(topic, atTimeMs)
        return ends.map(({ partition, low, high }) => ({
          partition,
          low: integer(low),
          high: integer(high),
          atTime: integer(times.find((time) => time.partition === partition)?.offset ?? high),
        }))
      }),
    async consume(handler, signal) {
      const consumer = lasting.consumer({
        groupId: group,
        sessionTimeout: sessionTimeoutMs,
        heartbeatInterval: Math.floor(sessionTimeoutMs / 4),
        // A fetch that waits for records keeps heartbeats waiting behind it.
        maxWaitTimeInMs: Math.min(1_000, Math.floor(sessionTimeoutMs / 4)),
        maxBytesPerPartition,
        maxBytes: 2 * maxBytesPerPartition,
        allowAutoTopicCreation: false,
      })
      await oneLife(consumer, handler, signal, config).catch((error: unknown) => {
        throw explained(error)
      })
    },
  }
}

async function oneLife(consumer: Consumer, handler: KafkaHandler, signal: AbortSignal, config: KafkaSourceConfig) {
  if (signal.aborted) return
  let refused: { error: unknown } | undefined
  const end = Promise.withResolvers<unknown>()
  const ended = end.promise
  consumer.on(consumer.events.CRASH, ({ payload }) => end.resolve(payload.error))
  const aborted = () => end.resolve(undefined)
  signal.addEventListener('abort', aborted, { once: true })
  consumer.on(consumer.events.GROUP_JOIN, ({ payload }) => {
    const partitions = Object.entries(payload.memberAssignment).flatMap(([topic, numbers]) =>
      numbers.map((partition) => ({ topic, partition })),
    )
    for (const { topic, partition, offset } of handler.assigned(partitions)) {
      consumer.seek({ topic, partition, offset: String(offset) })
    }
  })
  const refusal = Promise.withResolvers<void>()
  const eachBatch = async (payload: EachBatchPayload) => {
    if (refused !== undefined) return
    try {
      await readBatch(payload, handler, signal, Math.floor(config.sessionTimeoutMs / 4))
    } catch (error) {
      if (!(error instanceof SliceRefused)) throw error
      refused = { error: error.cause }
      refusal.resolve()
    }
  }
  const starting = (async () => {
    await consumer.connect()
    await consumer.subscribe({ topics: [...config.topics], fromBeginning: true })
    await consumer.run({ autoCommit: false, eachBatchAutoResolve: false, eachBatch })
  })()
  try {
    const failure = await Promise.race([starting.then(() => Promise.race([ended, refusal.promise])), ended])
    if (refused !== undefined) throw refused.error
    if (failure !== undefined) throw failure
  } finally {
    // The signal outlives this life: what listens to it would stay with it, one more for every outage.
    signal.removeEventListener('abort', aborted)
    const limit = AbortSignal.timeout(stopLimitMs)
    await unlessAborted(limit, starting, () => new Error('still connecting')).catch(() => {})
    await consumer.disconnect().catch(() => {})
  }
  if (refused !== undefined) throw (refused as { error: unknown }).error
}

/** What the handler rejected with, told apart from what kafkajs throws. */
class SliceRefused extends Error {}

async function readBatch(payload: EachBatchPayload, handler: KafkaHandler, signal: AbortSignal, heartbeatMs: number) {
  const { batch, heartbeat, resolveOffset, commitOffsetsIfNecessary, isRunning, isStale } = payload
  const { topic, partition } = batch
  const end = integer(batch.highWatermark)
  for (const records of slices(batch.messages)) {
    if (!isRunning() || isStale() || signal.aborted) return
    const working = setInterval(() => void heartbeat().catch(() => {}), heartbeatMs)
    try {
      await handler.slice({ topic, partition, records, end })
    } catch (cause) {
      throw new SliceRefused('', { cause })
    } finally {
      clearInterval(working)
    }
    const last = records[records.length - 1]!.offset
    resolveOffset(String(last))
    const offset = String(last + 1)
    await commitOffsetsIfNecessary({ topics: [{ topic, partitions: [{ partition, offset }] }] })
    await heartbeat()
  }
}

/** A fetch in parts that are made durable one after the other. */
function* slices(messages: readonly KafkaMessage[]): Generator<readonly KafkaRecord[]> {
  let records: KafkaRecord[] = []
  let bytes = 0
  for (const { offset, timestamp, value } of messages) {
    const length = value?.length ?? 0
    if (records.length > 0 && (bytes + length > sliceLimits.bytes || records.length === sliceLimits.records)) {
      yield records
      records = []
      bytes = 0
    }
    records.push({ offset: integer(offset), timeMs: Number(timestamp), value })
    bytes += length
  }
  if (records.length > 0) yield records
}

function integer(text: string): number {
  const value = Number(text)
  if (!Number.isSafeInteger(value)) throw new Error(`an offset beyond 2^53: ${text}`)
  return value
}

function settings(config: KafkaSourceConfig, log: Log): KafkaConfig {
  const { sasl } = config
  return {
    clientId: 'fountain',
    brokers: [...config.brokers],
    ssl: config.tls,
    ...(sasl === undefined ? {} : { sasl: sasl as SASLOptions }),
    connectionTimeout: 5_000,
    authenticationTimeout: 10_000,
    logLevel: logLevel.INFO,
    logCreator: toLog(log),
  }
}

/** Outages are the source's to report, once: what kafkajs says of them, attempt by attempt, is for who looks closer. */
const toLog =
  (log: Log) =>
  () =>
  ({ namespace, log: { message, error, broker, groupId, retryCount } }: LogEntry) => {
    const fields = { kafkajs: namespace, broker, groupId, error: String(error ?? ''), retryCount }
    log.debug(fields, message)
  }

async function unlessAborted<T>(signal: AbortSignal, work: Promise<T>, reason: () => Error): Promise<T> {
  const aborted = Promise.withResolvers<never>()
  const abort = () => aborted.reject(reason())
  if (signal.aborted) abort()
  signal.addEventListener('abort', abort, { once: true })
  try {
    return await Promise.race([work, aborted.promise])
  } finally {
    signal.removeEventListener('abort', abort)
  }
}
