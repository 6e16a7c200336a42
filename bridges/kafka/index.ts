/**
 * The Kafka bridge: every event as one record, in the form that the operator chose. See README.md in this folder.
 */
import {
  type Attempt,
  type Bridge,
  type Channel,
  DeliveryError,
  type Host,
  type Message,
  type Outcome,
} from '../contract.ts'
import { openLanes } from '../kafka-producer/lanes.ts'
import { type KafkaAddress, type KafkaConfig, kafkaAddress, kafkaConfig } from './config.ts'
import { openSchemaIds } from './registry.ts'
import { readRecord, renderRecord } from './render.ts'

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
    return openChannel(config, host)
  },
}

function openChannel(config: KafkaConfig, host: Host): Channel<KafkaAddress> {
  const { clock, instance } = host
  const schemaIds =
    config.registry === undefined ? undefined : openSchemaIds(host.http, config.registry, config.registerSchema)
  const sender =
    config.sasl === undefined ? undefined : 'username' in config.sasl ? config.sasl.username : config.sasl.clientId
  const hopskotch = config.hopskotch ? { sender: sender ?? instance } : undefined
  const lanes = openLanes(config, host)
  let closed = false

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
      const headers = { ...head.headers, ...(head.id === undefined ? {} : { _id: Buffer.from(head.id, 'hex') }) }
      const record = { key: head.key, value: framed, headers, timestamp: String(clock.now()) }
      const { partition, baseOffset } = await lanes.send(head.topic, record, signal)
      const id = `${head.topic}/${partition}/${baseOffset ?? ''}`
      return { state: 'sent', receipt: { id, atMs: clock.now() } }
    },
    async check(signal) {
      if (signal.aborted) throw new DeliveryError('retry', 'no', 'stopped before it began')
      await lanes.check(signal)
      await schemaIds?.check(signal)
    },
    async close() {
      closed = true
      lanes.close()
    },
  }
}

/** Confluent's wire format: 00, the schema's id (4 bytes, big-endian), the datum. */
function confluent(schemaId: number, datum: Buffer): Buffer {
  const head = Buffer.alloc(5)
  head.writeInt32BE(schemaId, 1)
  return Buffer.concat([head, datum])
}
