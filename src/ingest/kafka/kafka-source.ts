/**
 * Kafka as a source. Where to go on is what the gateway has stored, never what the group has committed: packets are
 * read again until they are durable. Outages are waited out.
 */
import type { Clock, Log, Metrics } from '../../../bridges/contract.ts'
import type { KafkaSourceConfig } from '../../config.ts'
import { FountainError } from '../../errors.ts'
import type { Source, SourceHost } from '../../flow.ts'
import { kafkajsClient } from './kafkajs-client.ts'
import type { KafkaClient, KafkaHandler, KafkaPartition, KafkaSlice } from './port.ts'

const pauseMs = { first: 1_000, most: 30_000 } as const
/** A life that lasted so long was a good one: the next outage starts with a short pause again. */
const goodLifeMs = 60_000
/** The broker is asked about a hole in the offsets at most so often. */
const askAboutHolesMs = 10_000

/** A producer may write any int64 as a record's time: what is no date becomes the first or the last (ECMA-262 §21.4.1.1). */
const latestDateMs = 8_640_000_000_000_000

export interface KafkaDeps {
  /** Bound to the source's name already. */
  readonly log: Log
  readonly clock: Clock
  readonly metrics?: Metrics
  /** The client; kafkajs unless a test brings another. */
  readonly client?: KafkaClient
}

export function kafkaSource(name: string, config: KafkaSourceConfig, deps: KafkaDeps): Source {
  const { clock, log } = deps
  const client = deps.client ?? kafkajsClient(config, log)
  const metrics = instruments(name, deps.metrics)

  async function run(host: SourceHost): Promise<void> {
    const places: Places = {
      positions: new Map((await host.positions()).map((stored) => [key(stored), stored.to])),
      starts: new Map(),
    }
    let pause: number = pauseMs.first
    while (!host.signal.aborted) {
      const bornMs = clock.monotonic()
      const reader = partitionReader(name, host, places, metrics, { ...deps, client })
      try {
        await findStarts(client, config, places, log)
        await client.consume(reader.handler, AbortSignal.any([host.signal, reader.failed]))
        reader.failed.throwIfAborted()
      } catch (error) {
        reader.failed.throwIfAborted()
        if (!(error instanceof FountainError) || !error.code.startsWith('KAFKA_') || error.code === 'KAFKA_POSITION') {
          throw error
        }
        if (host.signal.aborted) return
        if (clock.monotonic() - bornMs > goodLifeMs) pause = pauseMs.first
        metrics.outage(error.code)
        host.waits?.(error.message)
        log.warn({ code: error.code, again: `in ${pause / 1000} s` }, `${error.message} ${error.fix}`)
        await clock.sleep(pause, host.signal).catch(() => {})
        pause = Math.min(pauseMs.most, pause * 2)
      } finally {
        metrics.connected(false)
      }
    }
  }

  return {
    name,
    describe: `kafka ${config.brokers.join(',')} ${config.topics.join(' ')}`,
    run,
    check: (signal) => client.check(signal),
  }
}

const key = ({ topic, partition }: KafkaPartition) => `${partition} ${topic}`

interface Places {
  /** What is durable, by partition: the next offset. */
  readonly positions: Map<string, number>
  /** Where else to start: what the configuration says, or the oldest packet where the stored position is older. */
  readonly starts: Map<string, number>
}

/**
 * Finds where partitions without a stored position start: once, so that an outage before the first packet loses
 * nothing. Throws KAFKA_POSITION for a position that the topic does not have yet.
 */
async function findStarts(client: KafkaClient, config: KafkaSourceConfig, places: Places, log: Log): Promise<void> {
  const { positions, starts } = places
  const timeMs = config.from === 'latest' || config.from === 'earliest' ? undefined : Date.parse(config.from)
  for (const topic of config.topics) {
    for (const { partition, low, high, atTime } of await client.offsets(topic, timeMs)) {
      const place = key({ topic, partition })
      const stored = positions.get(place)
      if (stored === undefined) {
        const start = config.from === 'earliest' ? low : config.from === 'latest' ? high : atTime
        if (!starts.has(place)) starts.set(place, start)
      } else if (stored > high) {
        const where = `${topic}, partition ${partition}: stored ${stored}, the topic ends at ${high}.`
        throw new FountainError('KAFKA_POSITION', where)
      } else if (stored < low) {
        starts.set(place, low)
        tellDeleted(log, { topic, partition }, stored, low)
      }
    }
  }
}

function tellDeleted(log: Log, { topic, partition }: KafkaPartition, stored: number, oldest: number): void {
  const text = `${oldest - stored} packets were deleted at the broker before they were read`
  log.error({ topic, partition, stored, oldest }, text)
}

/** One life's handler, and a signal that aborts with the gateway's own failure. */
function partitionReader(
  name: string,
  host: SourceHost,
  { positions, starts }: Places,
  metrics: Instruments,
  { client, clock, log }: Pick<KafkaDeps, 'clock' | 'log'> & { readonly client: KafkaClient },
): { handler: KafkaHandler; failed: AbortSignal } {
  const failure = new AbortController()
  /** Slices come one after the other, and after the starts of their partitions are stored. */
  let before: Promise<void> = Promise.resolve()
  const inTurn = (work: () => Promise<void>): Promise<void> => {
    before = before.then(work).catch((error: unknown) => {
      failure.abort(error)
      throw error
    })
    before.catch(() => {})
    return before
  }

  async function storeStart({ topic, partition }: KafkaPartition): Promise<void> {
    const start = starts.get(key({ topic, partition }))
    if (start === undefined || positions.has(key({ topic, partition }))) return
    await host.sift({ source: name, topic, partition, from: start, to: start, packets: [] })
    positions.set(key({ topic, partition }), start)
  }

  let askedMs = Number.NEGATIVE_INFINITY
  /** Offsets may have holes of their own. One that the broker made by deleting what was not read yet is a loss. */
  async function askAboutHole({ topic, partition }: KafkaPartition, position: number, next: number): Promise<void> {
    if (clock.monotonic() - askedMs < askAboutHolesMs) return
    askedMs = clock.monotonic()
    const offsets = await client.offsets(topic).catch(() => [])
    const low = offsets.find((of) => of.partition === partition)?.low ?? 0
    if (low > position) tellDeleted(log, { topic, partition }, position, Math.min(low, next))
  }

  async function sift({ topic, partition, records, end }: KafkaSlice): Promise<void> {
    const durable = positions.get(key({ topic, partition }))
    const position = durable ?? 0
    const fresh = records.filter(({ offset }) => offset >= position)
    const last = fresh[fresh.length - 1]
    if (last === undefined) return
    const first = fresh[0]!.offset
    if (durable !== undefined && first > Math.max(durable, starts.get(key({ topic, partition })) ?? 0)) {
      await askAboutHole({ topic, partition }, durable, first)
    }
    const packets = fresh.map(({ offset, timeMs, value }) => ({
      source: name,
      topic,
      partition,
      offset,
      // A tombstone is an empty packet: it cannot be framed, so it is counted as dead.
      bytes: value ?? new Uint8Array(0),
      recordTimeMs: Math.min(Math.max(timeMs, -latestDateMs), latestDateMs),
    }))
    const to = last.offset + 1
    const behind = end - to
    await host.sift({ source: name, topic, partition, from: first, to, packets, behind })
    positions.set(key({ topic, partition }), to)
    metrics.behind(topic, partition, behind)
  }

  const handler: KafkaHandler = {
    assigned(partitions) {
      metrics.connected(true)
      host.waits?.(null)
      log.info({ partitions: partitions.length }, 'member of the group')
      for (const partition of partitions) void inTurn(() => storeStart(partition))
      return partitions.map((partition) => {
        const place = key(partition)
        return { ...partition, offset: Math.max(positions.get(place) ?? 0, starts.get(place) ?? 0) }
      })
    },
    slice: (slice) => inTurn(() => sift(slice)),
  }
  return { handler, failed: failure.signal }
}

interface Instruments {
  connected(is: boolean): void
  outage(code: string): void
  behind(topic: string, partition: number, packets: number): void
}

function instruments(source: string, metrics: Metrics | undefined): Instruments {
  const connected = metrics?.gauge('fountain_kafka_connected', '1 while the source is a member of its group.', [
    'source',
  ])
  const outages = metrics?.counter('fountain_kafka_outages_total', 'Times that Kafka was lost.', ['source', 'code'])
  const labels = ['source', 'topic', 'partition']
  const behind = metrics?.gauge('fountain_kafka_behind_packets', 'Packets of a partition not read yet.', labels)
  connected?.set({ source }, 0)
  return {
    connected: (is) => connected?.set({ source }, is ? 1 : 0),
    outage: (code) => outages?.inc({ source, code }),
    behind: (topic, partition, packets) => behind?.set({ source, topic, partition: String(partition) }, packets),
  }
}
