import type { Command } from 'commander'
import kafkajs from 'kafkajs'
import { bundledEncoder } from '../decode/bundled-encoder.ts'
import { FountainError } from '../errors.ts'
import { kafkaError } from '../ingest/kafka/kafka-errors.ts'
import { repairRequestQueue } from '../ingest/kafka/kafkajs-repair.ts'
import { type OutgoingMessage, simulateTo, simulateToFiles } from '../ingest/simulator/simulate-to.ts'
import { defaultStartMjdTai } from '../ingest/simulator/simulator.ts'
import { simulatedSchemaId } from '../ingest/simulator/simulator-source.ts'
import { systemClock } from '../system-clock.ts'
import { action, progress, progressEnd, untilInterrupted } from './terminal.ts'
import { positive, whole } from './values.ts'

interface Options {
  readonly out?: string
  readonly brokers?: string
  readonly topic: string
  readonly seed: number
  readonly visits: number
  readonly alerts: number
  readonly factor: number
}

export function registerSimulate(program: Command): void {
  program
    .command('simulate')
    .description(
      'Make LSST alerts (schema 11.1) of a simulated sky: to files or to Kafka. The same seed gives the same bytes.',
    )
    .option('-o, --out <directory>', 'write Confluent-wire messages into this directory')
    .option('--brokers <host:port,...>', 'produce to this Kafka; the topic is made if it is not there')
    .option('--topic <topic>', 'the topic to produce to', 'alerts-simulated')
    .option('--seed <n>', 'which sky', whole(0), 1)
    .option('--visits <n>', 'how many visits', whole(1), 10)
    .option('--alerts <n>', 'alerts a visit, about', whole(1, 100_000), 50)
    .option('--factor <n>', 'to Kafka: so many times faster than a visit every 39 s', positive(10_000), 1)
    .addHelpText(
      'after',
      `
Examples:
  fountain simulate --out alerts --visits 5
  fountain simulate --brokers localhost:9092 --visits 100 --alerts 1000 --factor 10`,
    )
    .action(action(simulate))
}

async function simulate(options: Options): Promise<number | undefined> {
  if ((options.out === undefined) === (options.brokers === undefined))
    throw new FountainError('USAGE', 'give either --out or --brokers')
  const { seed, visits, alerts, factor } = options
  const plan = {
    seed,
    visits,
    alertsPerVisit: alerts,
    startMjdTai: defaultStartMjdTai,
    encoder: bundledEncoder('lsst', simulatedSchemaId),
    onVisit: (made: number, total: number) => progress(`visit ${made} of ${visits}, ${total} alerts`),
  }
  const made =
    options.out === undefined
      ? await toKafka((options.brokers ?? '').split(','), options.topic, (send) =>
          simulateTo(send, {
            ...plan,
            factor,
            clock: systemClock,
            signal: untilInterrupted().signal,
          }),
        )
      : await simulateToFiles({ ...plan, directory: options.out })
  progressEnd()
  console.error(
    `${made} alerts made, ${options.out === undefined ? `to ${options.topic} at ${options.brokers}` : `in ${options.out}`}`,
  )
  return undefined
}

type Send = (messages: OutgoingMessage[]) => Promise<void>

/** Makes the topic where there is none. Throws KAFKA_*. */
async function toKafka(brokers: string[], topic: string, produce: (send: Send) => Promise<number>): Promise<number> {
  repairRequestQueue()
  // (Node finds only some names in this CommonJS module.)
  const { Kafka, logLevel, Partitioners } = kafkajs
  const kafka = new Kafka({
    clientId: 'fountain-simulator',
    brokers,
    logLevel: logLevel.NOTHING,
    retry: { retries: 2 },
  })
  const admin = kafka.admin()
  const producer = kafka.producer({ createPartitioner: Partitioners.DefaultPartitioner })
  try {
    await admin.connect()
    await admin.createTopics({ topics: [{ topic }], waitForLeaders: true })
    await producer.connect()
    return await produce(async (messages) => {
      await producer.send({ topic, messages })
    })
  } catch (error) {
    throw kafkaError(error, { brokers, topics: [topic], group: '' })
  } finally {
    await Promise.allSettled([admin.disconnect(), producer.disconnect()])
  }
}
