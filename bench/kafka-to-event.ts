/**
 * Kafka to recorded event: alerts a second of `fountain run`, beside a bare kafkajs consumer of the same topic in the
 * same run. Real Apache Kafka on this machine, simulated alerts of schema 11.1, snappy, one partition, one message a
 * batch as Rubin sends. Rates are medians of interleaved rounds; the ratio says what the gateway costs.
 *
 *   node scripts/node24.mjs bench/kafka-to-event.ts [alerts] [rounds]
 */
import { readFileSync } from 'node:fs'
import kafkajs, { type Message } from 'kafkajs'
import { type StartedKafka, startKafka } from '../scripts/kafka.ts'
import { bundledEncoder } from '../src/decode/bundled-encoder.ts'
import { snappyCodec } from '../src/ingest/kafka/codecs.ts'
import { repairRequestQueue } from '../src/ingest/kafka/kafkajs-repair.ts'
import { defaultStartMjdTai, simulator } from '../src/ingest/simulator/simulator.ts'
import { gatewayHome, startGatewayProcess } from '../test/gateway-process.ts'

const { CompressionCodecs, CompressionTypes, Kafka, logLevel } = kafkajs
process.env.KAFKAJS_NO_PARTITIONER_WARNING = '1'
CompressionCodecs[CompressionTypes.Snappy] = () => snappyCodec
repairRequestQueue()

const alerts = Number(process.argv[2] ?? 6_000)
const rounds = Number(process.argv[3] ?? 3)
const topic = 'alerts'

interface Round {
  readonly alertsPerS: number
  readonly cpuMsPerAlert: number
}

async function fill(kafka: StartedKafka): Promise<number> {
  const admin = new Kafka({ brokers: kafka.brokers, logLevel: logLevel.NOTHING }).admin()
  await admin.connect()
  await admin.createTopics({ topics: [{ topic, numPartitions: 1 }], waitForLeaders: true })
  await admin.disconnect()
  const producer = new Kafka({ brokers: kafka.brokers, logLevel: logLevel.NOTHING }).producer()
  await producer.connect()
  let sent = 0
  let bytes = 0
  for (const visit of simulator({
    seed: 1,
    alertsPerVisit: 500,
    startMjdTai: defaultStartMjdTai,
    encoder: bundledEncoder('lsst', 1101),
  })) {
    for (const message of visit.messages()) {
      const messages: Message[] = [{ value: Buffer.from(message.bytes) }]
      await producer.send({ topic, messages, compression: CompressionTypes.Snappy, acks: 1 })
      bytes += message.bytes.length
      if (++sent === alerts) break
    }
    if (sent === alerts) break
  }
  await producer.disconnect()
  return bytes / sent
}

/** A consumer that only counts. */
async function bare(kafka: StartedKafka, round: number): Promise<Round> {
  const consumer = new Kafka({ brokers: kafka.brokers, logLevel: logLevel.NOTHING }).consumer({
    groupId: `bare-${round}`,
    maxBytesPerPartition: 16_777_216,
    maxBytes: 33_554_432,
  })
  await consumer.connect()
  await consumer.subscribe({ topics: [topic], fromBeginning: true })
  let seen = 0
  let first: { ms: number; cpu: NodeJS.CpuUsage; seen: number } | undefined
  const result = await new Promise<Round>((resolve, reject) => {
    consumer
      .run({
        autoCommit: false,
        eachBatch: async ({ batch }) => {
          seen += batch.messages.length
          first ??= { ms: performance.now(), cpu: process.cpuUsage(), seen }
          if (seen < alerts) return
          const cpu = process.cpuUsage(first.cpu)
          const counted = seen - first.seen
          resolve({
            alertsPerS: counted / ((performance.now() - first.ms) / 1000),
            cpuMsPerAlert: (cpu.user + cpu.system) / 1000 / counted,
          })
        },
      })
      .catch(reject)
  })
  await consumer.disconnect()
  return result
}

/** The whole gateway as an operator runs it, from the first alert received to the last one recorded. */
async function gateway(
  kafka: StartedKafka,
  round: number,
  filter: string,
): Promise<Round & { readonly events: number }> {
  const home = gatewayHome({
    authority: 'fountain.bench',
    sources: {
      lsst: {
        kind: 'kafka',
        survey: 'lsst-sim',
        brokers: kafka.brokers,
        topics: [topic],
        group: `gateway-${round}-${filter.length}`,
        from: 'earliest',
      },
    },
    streams: { some: { filter, title: 'Some' } },
    bridges: { vtp: { submit: 0, subscribe: 0 } },
    http: { listen: '127.0.0.1:0' },
  })
  const process = await startGatewayProcess(home)
  try {
    const received = async (): Promise<number> => {
      const text = await (await fetch(`${process.url}/metrics`)).text()
      return [...text.matchAll(/^fountain_packets_total\{[^}]*\} (\d+)/gm)].reduce(
        (sum, match) => sum + Number(match[1]),
        0,
      )
    }
    let first: { ms: number; cpuMs: number; seen: number } | undefined
    for (;;) {
      const seen = await received()
      if (seen > 0 && first === undefined) first = { ms: performance.now(), cpuMs: cpuMsOf(process.pid), seen }
      if (seen >= alerts && first !== undefined) {
        const counted = seen - first.seen
        const alertsPerS = counted / ((performance.now() - first.ms) / 1000)
        const cpuMsPerAlert = (cpuMsOf(process.pid) - first.cpuMs) / counted
        return { alertsPerS, cpuMsPerAlert, events: (await process.status()).ledger.events.logHead }
      }
      await new Promise((resolve) => setTimeout(resolve, 20))
    }
  } finally {
    await process.stop()
    home.remove()
  }
}

/** User and system time of a process, from /proc (10 ms ticks). */
function cpuMsOf(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? []
  return (Number(fields[11]) + Number(fields[12])) * 10
}

const median = (values: readonly number[]): number =>
  [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN

const kafka = await startKafka({ own: true })
try {
  const bytes = await fill(kafka)
  console.log(`${alerts} alerts of ${(bytes / 1024).toFixed(0)} KiB, snappy, ${rounds} interleaved rounds`)
  const cases: Record<string, (round: number) => Promise<Round & { events?: number }>> = {
    'bare kafkajs consumer': (round) => bare(kafka, round),
    'gateway, 1 filter that passes few': (round) => gateway(kafka, round, 'mag < 18 AND is_moving = 0'),
    'gateway, 1 filter that passes all': (round) => gateway(kafka, round, 'SELECT id FROM alert'),
  }
  const results = new Map(Object.keys(cases).map((name) => [name, [] as (Round & { events?: number })[]]))
  for (let round = 0; round < rounds; round++) {
    for (const [name, run] of Object.entries(cases)) results.get(name)?.push(await run(round))
  }
  const reference = median((results.get('bare kafkajs consumer') ?? []).map((one) => one.alertsPerS))
  for (const [name, all] of results) {
    const rate = median(all.map((one) => one.alertsPerS))
    const cpu = median(all.map((one) => one.cpuMsPerAlert))
    const events = all[0]?.events
    console.log(
      `${name.padEnd(36)} ${rate.toFixed(0).padStart(6)} alerts/s ${((rate * bytes) / 1e6).toFixed(0).padStart(5)} MB/s  ${(reference / rate).toFixed(2)}x the bare consumer's time  ${cpu.toFixed(3)} ms CPU/alert${events === undefined ? '' : `  (${events} events)`}`,
    )
  }
} finally {
  await kafka.stop()
}
