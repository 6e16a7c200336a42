/** The Kafka source over a client that is played: what a real broker shows only by luck. */
import { describe, expect, it } from 'vitest'
import type { Clock } from '../../../bridges/contract.ts'
import type { KafkaSourceConfig } from '../../../src/config.ts'
import { FountainError } from '../../../src/errors.ts'
import { kafkaSource } from '../../../src/ingest/kafka/kafka-source.ts'
import type { KafkaClient, KafkaHandler, KafkaRecord } from '../../../src/ingest/kafka/port.ts'
import { type TestHostOptions, testHost, testLog } from '../host.ts'

const config: KafkaSourceConfig = {
  kind: 'kafka',
  survey: 'lsst',
  brokers: ['one:9092', 'two:9092'],
  topics: ['alerts'],
  group: 'me-fountain',
  from: 'latest',
  tls: false,
  framing: 'auto',
  sessionTimeoutMs: 10_000,
  maxBytesPerPartition: 16_777_216,
}
const records = (...offsets: number[]): KafkaRecord[] =>
  offsets.map((offset) => ({ offset, timeMs: 1, value: Uint8Array.of(offset) }))
const unreachable = () => new FountainError('KAFKA_UNREACHABLE', 'one:9092: gone.')
const partition = { topic: 'alerts', partition: 0 }

/** Each life of the client is one function; after the last the host stops. */
function play(
  lives: ((handler: KafkaHandler, signal: AbortSignal) => Promise<void>)[],
  options: TestHostOptions = {},
  low = () => 3,
) {
  const host = testHost(options)
  const log = testLog()
  const sleeps: number[] = []
  const clock: Clock = { now: () => 0, monotonic: () => 0, sleep: async (ms) => void sleeps.push(ms) }
  let offsetsAsked = 0
  const client: KafkaClient = {
    check: async () => {},
    offsets: async () => [{ partition: 0, low: low(), high: 10 + 100 * offsetsAsked++, atTime: 5 }],
    consume: async (handler, signal) => {
      const life = lives.shift()
      if (life === undefined) host.stop()
      await life?.(handler, signal)
    },
  }
  const run = (more: Partial<KafkaSourceConfig> = {}) =>
    kafkaSource('here', { ...config, ...more }, { log, clock, client }).run(host)
  return { host, log, sleeps, run }
}

describe('a first start', () => {
  it.each([
    ['latest', 10],
    ['earliest', 3],
    ['2026-01-01T00:00:00Z', 5],
  ] as const)('from %s is stored before any packet', async (from, start) => {
    const given: unknown[] = []
    const { host, run } = play([async (handler) => void given.push(...handler.assigned([partition]))])
    await run({ from })
    expect(given).toEqual([{ ...partition, offset: start }])
    expect(host.batches).toMatchObject([{ source: 'here', ...partition, from: start, to: start, packets: [] }])
  })
  it('stays where it was found through an outage', async () => {
    const given: unknown[] = []
    const { run } = play([
      async () => {
        throw unreachable()
      },
      async (handler) => void given.push(...handler.assigned([partition])),
    ])
    await run()
    expect(given).toEqual([{ ...partition, offset: 10 }])
  })
})

describe('what was durable', () => {
  it('is not given again, though the client gives it again', async () => {
    const { host, run } = play([
      async (handler) => {
        handler.assigned([partition])
        await handler.slice({ ...partition, records: records(10, 11, 14), end: 15 })
        await handler.slice({ ...partition, records: records(11, 14, 15), end: 16 })
        await handler.slice({ ...partition, records: records(10, 11), end: 16 })
      },
    ])
    await run()
    expect(host.packets.map(({ offset }) => offset)).toEqual([10, 11, 14, 15])
    expect(host.batches.map(({ from, to }) => [from, to])).toEqual([
      [10, 10],
      [10, 15],
      [15, 16],
    ])
  })
  it('has times that are dates, whatever the producer wrote', async () => {
    const timesMs = [-1, Number(2n ** 63n - 1n), Number(-(2n ** 63n)), 1_700_000_000_000]
    const { host, run } = play([
      async (handler) => {
        handler.assigned([partition])
        const timed = timesMs.map((timeMs, index) => ({ offset: 10 + index, timeMs, value: new Uint8Array(1) }))
        await handler.slice({ ...partition, records: timed, end: 14 })
      },
    ])
    await run()
    const dates = host.packets.map(({ recordTimeMs }) => new Date(recordTimeMs).getTime())
    expect(dates).toEqual([-1, 8.64e15, -8.64e15, 1_700_000_000_000])
  })
  it('is where a member that comes back goes on', async () => {
    const given: number[] = []
    const { run } = play([
      async (handler) => {
        handler.assigned([partition])
        await handler.slice({ ...partition, records: records(10, 11), end: 12 })
        throw unreachable()
      },
      async (handler) => void given.push(...handler.assigned([partition]).map(({ offset }) => offset)),
    ])
    await run()
    expect(given).toEqual([12])
  })
})

describe('outages', () => {
  it('are waited out, longer and longer up to half a minute, each told with its code', async () => {
    const fail = async () => {
      throw unreachable()
    }
    const { log, sleeps, run } = play([fail, fail, fail, fail, fail, fail, fail])
    await run()
    expect(sleeps).toEqual([1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000])
    const told = log.lines.filter(({ level }) => level === 'warn')
    expect(told).toHaveLength(7)
    expect(told[0]).toMatchObject({
      fields: { code: 'KAFKA_UNREACHABLE' },
      message: expect.stringContaining('one:9092'),
    })
  })
  it('of the gateway itself end the run with its error', async () => {
    const { run, sleeps } = play(
      [
        async (handler, signal) => {
          handler.assigned([partition])
          await handler.slice({ ...partition, records: records(10), end: 11 }).catch(() => {})
          expect(signal.aborted).toBe(true)
          throw unreachable()
        },
      ],
      {
        onSift: ({ packets }) => {
          if (packets.length > 0) throw new FountainError('STORE_FAILED', '')
        },
      },
    )
    await expect(run()).rejects.toMatchObject({ code: 'STORE_FAILED' })
    expect(sleeps).toEqual([])
  })
})

describe('a stored position', () => {
  it('older than the oldest packet is told, and read on from there', async () => {
    const given: number[] = []
    const { log, run } = play(
      [async (handler) => void given.push(...handler.assigned([partition]).map(({ offset }) => offset))],
      { positions: [{ ...partition, to: 1 }] },
    )
    await run()
    expect(given).toEqual([3])
    expect(log.lines[0]).toMatchObject({ level: 'error', message: expect.stringContaining('2 packets were deleted') })
  })
  it('that the broker has overtaken by deleting, while it was read, is told too; a hole of other origin is not', async () => {
    let low = 3
    const { log, host, run } = play(
      [
        async (handler) => {
          handler.assigned([partition])
          await handler.slice({ ...partition, records: records(12), end: 300 })
        },
        async (handler) => {
          handler.assigned([partition])
          low = 150
          await handler.slice({ ...partition, records: records(150, 151), end: 300 })
        },
      ],
      { positions: [{ ...partition, to: 10 }] },
      () => low,
    )
    await run()
    expect(host.packets.map(({ offset }) => offset)).toEqual([12, 150, 151])
    expect(log.lines.filter(({ level }) => level === 'error')).toEqual([
      {
        level: 'error',
        fields: { ...partition, stored: 13, oldest: 150 },
        message: '137 packets were deleted at the broker before they were read',
      },
    ])
  })
  it('beyond the end ends the run', async () => {
    const { run } = play([], { positions: [{ ...partition, to: 11 }] })
    await expect(run()).rejects.toMatchObject({ code: 'KAFKA_POSITION' })
  })
})
