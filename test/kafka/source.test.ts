import { rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import kafkajs from 'kafkajs'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { runKafkaTool } from '../../scripts/kafka.ts'
import type { KafkaSourceConfig } from '../../src/config.ts'
import { FountainError } from '../../src/errors.ts'
import { unframe } from '../../src/ingest/framing.ts'
import { kafkaSource } from '../../src/ingest/kafka/kafka-source.ts'
import { clock, type TestHost, testHost, testLog } from '../ingest/host.ts'
import { describeTier } from '../tiers.ts'
import { kafkaConfig, makeTopic, numbered, produce, type TestBroker, testBroker, withAdmin } from './broker.ts'

const { AclOperationTypes, AclPermissionTypes, AclResourceTypes, CompressionTypes, ResourcePatternTypes } = kafkajs
const textOf = ({ bytes }: { bytes: Uint8Array }) => Buffer.from(bytes).toString()
const code = (error: unknown) => (error instanceof FountainError ? error.code : error)

describeTier('kafka', 'a Kafka source', () => {
  let broker: TestBroker
  beforeAll(async () => {
    broker = await testBroker()
  })
  afterAll(async () => {
    await broker.stop()
  })

  const start = (host: TestHost, more: Partial<KafkaSourceConfig>) => {
    const log = testLog()
    const running = kafkaSource('here', kafkaConfig(broker, more), { log, clock }).run(host)
    running.catch(() => {})
    const stop = () => {
      host.stop()
      return running
    }
    return { log, running, stop }
  }
  /** Reads so many packets and stops. */
  async function readSome(count: number, more: Partial<KafkaSourceConfig>, host = testHost()) {
    const source = start(host, more)
    await host.until(count)
    await source.stop()
    return host
  }
  const checked = (more: Partial<KafkaSourceConfig>) =>
    kafkaSource('here', kafkaConfig(broker, more), { log: testLog(), clock })
      .check(AbortSignal.timeout(20_000))
      .then(() => 'fine', code)

  it.each(['None', 'GZIP', 'Snappy', 'LZ4', 'ZSTD'] as const)('reads %s', async (compression) => {
    const topic = await makeTopic(broker)
    const large = Buffer.alloc(1_500_000, `${compression} `)
    await produce(broker, topic, numbered(0, 300), CompressionTypes[compression])
    await produce(broker, topic, [{ value: large, timestamp: '1700000000123' }], CompressionTypes[compression])
    const host = await readSome(301, { topics: [topic] })
    expect(host.packets.slice(0, 300).map(textOf)).toEqual(numbered(0, 300).map(({ value }) => value))
    expect(host.packets.map(({ offset }) => offset)).toEqual(Array.from({ length: 301 }, (_, offset) => offset))
    expect(host.packets[300]).toMatchObject({ source: 'here', topic, partition: 0, recordTimeMs: 1_700_000_000_123 })
    expect(Buffer.compare(host.packets[300]!.bytes, large)).toBe(0)
  })

  it.each(['gzip', 'snappy', 'lz4', 'zstd'])('reads %s as Java writes it', async (compression) => {
    const topic = await makeTopic(broker)
    const lines = Array.from({ length: 40 }, (_, index) => `${index} `.repeat(5_000))
    const file = join(tmpdir(), `${topic}.txt`)
    writeFileSync(file, lines.join('\n'))
    await runKafkaTool(
      'org.apache.kafka.tools.ProducerPerformance',
      ...['--topic', topic, '--num-records', '60', '--throughput', '-1', '--payload-file', file],
      ...['--producer-props', `bootstrap.servers=${broker.brokers[0]}`, `compression.type=${compression}`],
      'batch.size=1000000',
      'linger.ms=200',
    )
    rmSync(file)
    const host = await readSome(60, { topics: [topic] })
    for (const packet of host.packets) expect(lines).toContain(textOf(packet))
  })

  it('reads many messages of 1.5 MB, in batches that are bounded', async () => {
    const topic = await makeTopic(broker)
    for (let index = 0; index < 24; index++) {
      await produce(broker, topic, [{ value: Buffer.alloc(1_500_000, index + 1) }])
    }
    const host = await readSome(24, { topics: [topic] })
    expect(host.packets.map(({ bytes }) => bytes[1_499_999])).toEqual(
      Array.from({ length: 24 }, (_, index) => index + 1),
    )
    for (const batch of host.batches) {
      expect(batch.packets.reduce((sum, { bytes }) => sum + bytes.length, 0)).toBeLessThanOrEqual(16 * 1024 * 1024)
    }
  })

  it('goes on at the stored position after a crash, whatever the group has committed', async () => {
    const topic = await makeTopic(broker)
    const group = `${topic}-group`
    await produce(broker, topic, numbered(0, 50))
    await readSome(50, { topics: [topic], group })
    await produce(broker, topic, numbered(50, 60))
    const positions = [{ topic, partition: 0, to: 20 }]
    const host = await readSome(40, { topics: [topic], group }, testHost({ positions }))
    expect(host.packets.map(({ offset }) => offset)).toEqual(Array.from({ length: 40 }, (_, index) => 20 + index))
  })

  it('commits what is durable, for others to see', async () => {
    const topic = await makeTopic(broker)
    const group = `${topic}-group`
    await produce(broker, topic, numbered(0, 30))
    await readSome(30, { topics: [topic], group })
    const [found] = await withAdmin(broker, (admin) => admin.fetchOffsets({ groupId: group, topics: [topic] }))
    expect(found?.partitions).toMatchObject([{ partition: 0, offset: '30' }])
  })

  it('from latest reads what comes after its first start, also when it was away', async () => {
    const topic = await makeTopic(broker)
    await produce(broker, topic, numbered(0, 10))
    const host = testHost()
    const source = start(host, { topics: [topic], from: 'latest' })
    await expect.poll(() => host.batches.length, { timeout: 20_000 }).toBe(1)
    await source.stop()
    expect(host.batches).toMatchObject([{ from: 10, to: 10, packets: [] }])
    await produce(broker, topic, numbered(10, 15))
    const again = await readSome(
      5,
      { topics: [topic], from: 'latest' },
      testHost({ positions: await host.positions() }),
    )
    expect(again.packets.map(textOf)).toEqual(numbered(10, 15).map(({ value }) => value))
  })

  it('from a time starts there', async () => {
    const topic = await makeTopic(broker)
    const at = Date.parse('2026-03-01T00:00:00Z')
    const messages = numbered(0, 10).map((message, index) => ({ ...message, timestamp: String(at + index * 1000) }))
    await produce(broker, topic, messages)
    const host = await readSome(4, { topics: [topic], from: '2026-03-01T00:00:06Z' })
    expect(host.packets.map(({ offset }) => offset)).toEqual([6, 7, 8, 9])
  })

  it('gives a tombstone as a packet that cannot be framed', async () => {
    const topic = await makeTopic(broker)
    await produce(broker, topic, [{ key: 'gone', value: null }, ...numbered(1, 2)])
    const host = await readSome(2, { topics: [topic] })
    expect(host.packets.map(({ bytes }) => bytes.length)).toEqual([0, 9])
    expect(() => unframe(host.packets[0]!.bytes, 'auto')).toThrow('ends within its framing')
  })

  it('waits for a batch to be durable before it gives the next, and finishes it when told to stop', async () => {
    const topic = await makeTopic(broker)
    await produce(broker, topic, numbered(0, 3000))
    let atOnce = 0
    let most = 0
    const gate = Promise.withResolvers<void>()
    const host = testHost({
      onSift: async () => {
        most = Math.max(most, ++atOnce)
        await gate.promise
        atOnce--
      },
    })
    const group = `${topic}-group`
    const source = start(host, { topics: [topic], group, sessionTimeoutMs: 500 })
    await expect.poll(() => atOnce, { timeout: 20_000 }).toBe(1)
    // Four sessions pass: a member that is not kept alive is thrown out meanwhile.
    const members = await withAdmin(broker, async (admin) => {
      const seen = new Set<string>()
      for (const end = performance.now() + 2_000; performance.now() < end; ) {
        const { groups } = await admin.describeGroups([group])
        seen.add(groups[0]!.members.map(({ memberId }) => memberId).join())
      }
      return seen
    })
    expect(members.size).toBe(1)
    gate.resolve()
    await expect.poll(() => host.packets.length, { timeout: 20_000 }).toBeGreaterThan(0)
    await source.stop()
    expect(most).toBe(1)
    const sizes = host.batches.map(({ packets }) => packets.length)
    expect(Math.max(...sizes)).toBeLessThanOrEqual(1000)
    const rest = testHost({ positions: await host.positions() })
    await readSome(3000 - host.packets.length, { topics: [topic] }, rest)
    const offsets = [...host.packets, ...rest.packets].map(({ offset }) => offset)
    expect(offsets).toEqual(Array.from({ length: 3000 }, (_, offset) => offset))
  })

  it('ends with the gateway’s own error, and commits nothing then', async () => {
    const topic = await makeTopic(broker)
    const group = `${topic}-group`
    await produce(broker, topic, numbered(0, 5))
    const host = testHost({
      onSift: ({ packets }) => {
        if (packets.length > 0) throw new FountainError('DISK_FULL', '')
      },
    })
    const { running } = start(host, { topics: [topic], group })
    await expect(running).rejects.toMatchObject({ code: 'DISK_FULL' })
    const [found] = await withAdmin(broker, (admin) => admin.fetchOffsets({ groupId: group, topics: [topic] }))
    expect(found?.partitions).toMatchObject([{ offset: '-1' }])
  })

  it('shares its partitions with a second member, and takes them back', async () => {
    const topic = await makeTopic(broker, 4)
    const config = { topics: [topic], group: `${topic}-group` }
    const [one, two] = [testHost(), testHost()]
    const first = start(one, config)
    const send = async (from: number, to: number) => {
      for (let partition = 0; partition < 4; partition++) await produce(broker, topic, numbered(from, to, partition))
    }
    await send(0, 10)
    await one.until(40)
    const second = start(two, config)
    const partitionsOf = (host: TestHost, from: number) =>
      new Set(host.packets.filter(({ offset }) => offset >= from).map(({ partition }) => partition))
    let sent = 10
    await expect
      .poll(
        async () => {
          await send(sent, sent + 5)
          sent += 5
          return partitionsOf(two, sent - 20).size
        },
        { timeout: 40_000, interval: 500 },
      )
      .toBe(2)
    await second.stop()
    await send(sent, sent + 5)
    sent += 5
    await expect.poll(() => partitionsOf(one, sent - 5).size, { timeout: 40_000 }).toBe(4)
    await first.stop()
    for (const host of [one, two]) {
      const seen = host.packets.map(({ partition, offset }) => `${partition}/${offset}`)
      expect(new Set(seen).size, 'no packet twice').toBe(seen.length)
    }
    const all = new Set([...one.packets, ...two.packets].map(({ partition, offset }) => `${partition}/${offset}`))
    expect(all.size).toBe(4 * sent)
  })

  it('logs in by SCRAM and PLAIN, and says when it may not', async () => {
    const topic = await makeTopic(broker)
    const brokers = broker.saslBrokers
    const login = (mechanism: 'plain' | 'scram-sha-256' | 'scram-sha-512', password: string) =>
      checked({ brokers, topics: [topic], sasl: { mechanism, username: broker.user, password } })
    for (const mechanism of ['plain', 'scram-sha-256', 'scram-sha-512'] as const) {
      expect(await login(mechanism, broker.password), mechanism).toBe('fine')
      expect(await login(mechanism, 'wrong'), mechanism).toBe('KAFKA_AUTH')
    }
    await produce(broker, topic, numbered(0, 3))
    const sasl = { mechanism: 'scram-sha-512', username: broker.user, password: broker.password } as const
    expect((await readSome(3, { brokers, topics: [topic], sasl })).packets).toHaveLength(3)
  })

  it('says which group or topic it may not use', async () => {
    const topic = await makeTopic(broker)
    const forbid = (resourceType: kafkajs.AclResourceTypes, resourceName: string) =>
      withAdmin(broker, (admin) =>
        admin.createAcls({
          acl: [
            {
              resourceType,
              resourceName,
              resourcePatternType: ResourcePatternTypes.LITERAL,
              principal: `User:${broker.user}`,
              host: '*',
              operation: AclOperationTypes.ALL,
              permissionType: AclPermissionTypes.DENY,
            },
          ],
        }),
      )
    const sasl = { mechanism: 'plain', username: broker.user, password: broker.password } as const
    const mine = { brokers: broker.saslBrokers, sasl, topics: [topic], group: `${topic}-group` }
    await forbid(AclResourceTypes.GROUP, mine.group)
    await expect.poll(() => checked(mine), { timeout: 20_000 }).toBe('KAFKA_GROUP')
    const host = testHost()
    const source = start(host, mine)
    await expect
      .poll(() => source.log.lines.map(({ fields }) => fields.code), { timeout: 30_000 })
      .toContain('KAFKA_GROUP')
    await source.stop()
    await forbid(AclResourceTypes.TOPIC, topic)
    await expect.poll(() => checked({ ...mine, group: 'another' }), { timeout: 20_000 }).toBe('KAFKA_TOPIC')
  })

  it('never says the password', async () => {
    const topic = await makeTopic(broker)
    const host = testHost()
    const sasl = { mechanism: 'plain', username: broker.user, password: 'a-wrong-secret' } as const
    const source = start(host, { brokers: broker.saslBrokers, topics: [topic], sasl })
    await expect
      .poll(() => source.log.lines.some(({ fields }) => fields.code === 'KAFKA_AUTH'), { timeout: 20_000 })
      .toBe(true)
    await source.stop()
    expect(JSON.stringify(source.log.lines)).not.toContain('a-wrong-secret')
  })

  it('says which topic is missing, and what it may be called', async () => {
    const topic = await makeTopic(broker)
    expect(await checked({ topics: [topic] })).toBe('fine')
    const wrong = topic.replace('topic', 'topik')
    const source = kafkaSource('here', kafkaConfig(broker, { topics: [wrong] }), { log: testLog(), clock })
    const error = await source.check(AbortSignal.timeout(20_000)).catch((cause: unknown) => cause)
    expect(error).toMatchObject({ code: 'KAFKA_TOPIC', detail: expect.stringContaining(`Did you mean '${topic}'?`) })
  })

  it('refuses a stored position that the topic does not have', async () => {
    const topic = await makeTopic(broker)
    await produce(broker, topic, numbered(0, 5))
    const { running } = start(testHost({ positions: [{ topic, partition: 0, to: 900 }] }), { topics: [topic] })
    await expect(running).rejects.toMatchObject({ code: 'KAFKA_POSITION' })
  })

  it('tells what the broker deleted before it was read, and reads on', async () => {
    const topic = await makeTopic(broker)
    await produce(broker, topic, numbered(0, 50))
    await withAdmin(broker, async (admin) => {
      // kafkajs must have heard of the topic before it can delete in it.
      await admin.fetchTopicOffsets(topic)
      await admin.deleteTopicRecords({ topic, partitions: [{ partition: 0, offset: '30' }] })
    })
    const host = testHost({ positions: [{ topic, partition: 0, to: 10 }] })
    const source = start(host, { topics: [topic] })
    await host.until(20)
    await source.stop()
    expect(host.packets[0]?.offset).toBe(30)
    expect(source.log.lines.find(({ level }) => level === 'error')).toMatchObject({
      message: '20 packets were deleted at the broker before they were read',
      fields: { topic, partition: 0, stored: 10, oldest: 30 },
    })
  })

  it('says that no broker answers', async () => {
    expect(await checked({ brokers: ['127.0.0.1:1'], topics: ['any'] })).toBe('KAFKA_UNREACHABLE')
  })
})
