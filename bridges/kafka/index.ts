/**
 * The Kafka bridge: every event as one record, in the form that the operator chose. See README.md in this folder.
 */
import type { RecordMetadata } from 'kafkajs'
import {
  type Attempt,
  type Bridge,
  type Channel,
  DeliveryError,
  type Host,
  type Message,
  type Outcome,
} from '../contract.ts'
import { type KafkaAddress, type KafkaConfig, kafkaAddress, kafkaConfig } from './config.ts'
import { setUpKafkajs } from './kafkajs-setup.ts'
import { Lane } from './lane.ts'
import { openSchemaIds } from './registry.ts'
import { type RecordHead, readRecord, renderRecord } from './render.ts'

/** Brokers close a connection that was idle for ten minutes: one that was idle for half of it is not used again. */
const idleMs = 300_000
/** Records stand in batches with heads of their own; so much is left for that, bytes. */
const batchBytes = 200

export const bridge: Bridge<typeof kafkaConfig, typeof kafkaAddress> = {
  kind: 'kafka',
  config: kafkaConfig,
  address: kafkaAddress,
  accepts: 'event',
  pictures: [],
  maxInFlight: 8,
  checks: 'the cluster answers, and the schema registry where there is one; topics are not tried',
  async open(config: KafkaConfig, host: Host): Promise<Channel<KafkaAddress>> {
    setUpKafkajs(config.compression)
    return openChannel(config, host)
  },
}

function openChannel(config: KafkaConfig, host: Host): Channel<KafkaAddress> {
  const { clock, instance, log } = host
  const schemaIds =
    config.registry === undefined ? undefined : openSchemaIds(host.http, config.registry, config.registerSchema)
  const hopskotch = config.hopskotch ? { sender: config.sasl?.username ?? instance } : undefined
  const idle: { lane: Lane; sinceMs: number }[] = []
  const open = new Set<Lane>()
  let closed = false

  function takeLane(): Lane {
    const nowMs = clock.monotonic()
    for (let kept = idle.pop(); kept !== undefined; kept = idle.pop()) {
      if (nowMs - kept.sinceMs < idleMs) return kept.lane
      drop(kept.lane)
    }
    const lane = new Lane(config, instance, log)
    open.add(lane)
    return lane
  }
  function drop(lane: Lane): void {
    open.delete(lane)
    lane.close()
  }

  async function send(head: RecordHead, value: Buffer, signal: AbortSignal): Promise<RecordMetadata> {
    const lane = takeLane()
    const headers = { ...head.headers, ...(head.id === undefined ? {} : { _id: Buffer.from(head.id, 'hex') }) }
    try {
      const record = { key: head.key, value, headers, timestamp: String(clock.now()) }
      const metadata = await lane.send(head.topic, record, signal)
      if (closed) drop(lane)
      else idle.push({ lane, sinceMs: clock.monotonic() })
      return metadata
    } catch (error) {
      // What it knows of the cluster may be what was wrong: the next attempt asks anew.
      drop(lane)
      throw error
    }
  }

  return {
    render: ([item], to) =>
      renderRecord(item, to, { format: config.format, ...(hopskotch === undefined ? {} : { hopskotch }) }),
    async deliver(message: Message, { signal }: Attempt): Promise<Outcome> {
      if (closed) throw new DeliveryError('retry', 'no', 'the bridge is closed')
      if (signal.aborted) throw new DeliveryError('retry', 'no', 'stopped before it began')
      const { head, value } = readRecord(message.body)
      if (message.body.length + batchBytes > config.maxMessageBytes) {
        const size = `${message.body.length} bytes, maxMessageBytes is ${config.maxMessageBytes}`
        throw new DeliveryError('reject', 'no', `too large for ${head.topic}: ${size}`)
      }
      const framed = head.avro && schemaIds ? confluent(await schemaIds.idOf(head.topic, signal), value) : value
      const { partition, baseOffset } = await send(head, framed, signal)
      const id = `${head.topic}/${partition}/${baseOffset ?? ''}`
      return { state: 'sent', receipt: { id, atMs: clock.now() } }
    },
    async check(signal) {
      if (signal.aborted) throw new DeliveryError('retry', 'no', 'stopped before it began')
      const lane = new Lane(config, instance, log)
      open.add(lane)
      try {
        await lane.check(signal)
      } finally {
        drop(lane)
      }
      await schemaIds?.check(signal)
    },
    async close() {
      closed = true
      idle.length = 0
      for (const lane of open) drop(lane)
    },
  }
}

/** Confluent's wire format: 00, the schema's id (4 bytes, big-endian), the datum. */
function confluent(schemaId: number, datum: Buffer): Buffer {
  const head = Buffer.alloc(5)
  head.writeInt32BE(schemaId, 1)
  return Buffer.concat([head, datum])
}
