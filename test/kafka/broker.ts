/** The broker of these tests: the one that KAFKA_TEST_BROKERS describes (JSON, as `scripts/kafka.ts start` prints it), or one of their own. */
import kafkajs, { type Admin, type Message } from 'kafkajs'
import { type StartedKafka, startKafka } from '../../scripts/kafka.ts'
import type { KafkaSourceConfig } from '../../src/config.ts'
import { kafkajsClient } from '../../src/ingest/kafka/kafkajs-client.ts'
import { testLog } from '../ingest/host.ts'

const { CompressionTypes, Kafka, logLevel } = kafkajs

export type TestBroker = Pick<StartedKafka, 'brokers' | 'saslBrokers' | 'user' | 'password' | 'stop'>

export async function testBroker(): Promise<TestBroker> {
  const given = process.env.KAFKA_TEST_BROKERS
  if (given) return { ...(JSON.parse(given) as Omit<TestBroker, 'stop'>), stop: async () => {} }
  return startKafka()
}

let names = 0
/** A name that no other test has, also on a broker that lasts. */
export const freshName = (what: string) => `${what}-${process.pid}-${Date.now().toString(36)}-${++names}`

export function kafkaConfig(broker: Pick<TestBroker, 'brokers'>, more: Partial<KafkaSourceConfig>): KafkaSourceConfig {
  return {
    kind: 'kafka',
    survey: 'lsst',
    brokers: broker.brokers,
    topics: [],
    group: freshName('group'),
    from: 'earliest',
    tls: false,
    framing: 'auto',
    sessionTimeoutMs: 3_000,
    maxBytesPerPartition: 16_777_216,
    ...more,
  }
}

function plainKafka(broker: Pick<TestBroker, 'brokers'>): kafkajs.Kafka {
  // The codecs are installed with the client.
  kafkajsClient(kafkaConfig(broker, {}), testLog())
  return new Kafka({ brokers: broker.brokers, logLevel: logLevel.NOTHING })
}

export async function withAdmin<T>(broker: TestBroker, work: (admin: Admin) => Promise<T>): Promise<T> {
  const admin = plainKafka(broker).admin()
  await admin.connect()
  try {
    return await work(admin)
  } finally {
    await admin.disconnect()
  }
}

export async function makeTopic(broker: TestBroker, numPartitions = 1): Promise<string> {
  const topic = freshName('topic')
  await withAdmin(broker, async (admin) => {
    await admin.createTopics({ topics: [{ topic, numPartitions }], waitForLeaders: true })
  })
  return topic
}

export async function produce(
  broker: TestBroker,
  topic: string,
  messages: Message[],
  compression: kafkajs.CompressionTypes = CompressionTypes.None,
): Promise<void> {
  process.env.KAFKAJS_NO_PARTITIONER_WARNING = '1'
  const producer = plainKafka(broker).producer()
  await producer.connect()
  await producer.send({ topic, messages, compression })
  await producer.disconnect()
}

/** Messages that say their number. */
export const numbered = (from: number, to: number, partition = 0): Message[] =>
  Array.from({ length: to - from }, (_, index) => ({ partition, value: `message ${from + index}` }))
