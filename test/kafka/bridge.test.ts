/** The Kafka bridge against a real Apache Kafka: what arrives, what is refused, and what is lost on the way back. */
import kafkajs, { type KafkaMessage } from 'kafkajs'
import { afterAll, beforeAll, expect, it, onTestFinished } from 'vitest'
import { bridge } from '../../bridges/kafka/index.ts'
import { type StartedKafka, startKafka } from '../../scripts/kafka.ts'
import { attemptOf, failure, testHost } from '../bridges/contract.ts'
import { itemNumber, sampleItem } from '../bridges/sample-item.ts'
import { gatewayHome, startGatewayProcess, until } from '../gateway-process.ts'
import { startKafkaProxy } from '../servers/tcp-proxy.ts'
import { describeTier } from '../tiers.ts'
import { freshName, makeTopic, withAdmin } from './broker.ts'

const { AclOperationTypes, AclPermissionTypes, AclResourceTypes, Kafka, logLevel, ResourcePatternTypes } = kafkajs

describeTier('kafka', 'the Kafka bridge', () => {
  let broker: StartedKafka
  beforeAll(async () => {
    broker = await startKafka({ own: true })
  })
  afterAll(async () => {
    await broker.stop()
  })

  async function opened(more: object = {}) {
    const channel = await bridge.open(bridge.config.parse({ brokers: broker.brokers, ...more }), testHost())
    onTestFinished(() => channel.close())
    const send = (topic: string, n: number, signal?: AbortSignal, objectId?: string) => {
      const item = itemNumber(n)
      const match = { ...item.match, ...(objectId === undefined ? {} : { objectId }) }
      const message = channel.render([{ ...item, match }], { topic, key: 'object' })
      return channel.deliver(message, attemptOf(message, signal))
    }
    return { channel, send }
  }

  /** Reads so many records of a topic from its start. */
  async function read(topic: string, count: number): Promise<(KafkaMessage & { partition: number })[]> {
    const consumer = new Kafka({ brokers: broker.brokers, logLevel: logLevel.NOTHING }).consumer({
      groupId: freshName('reader'),
    })
    const found: (KafkaMessage & { partition: number })[] = []
    const enough = Promise.withResolvers<void>()
    await consumer.connect()
    await consumer.subscribe({ topics: [topic], fromBeginning: true })
    await consumer.run({
      eachMessage: async ({ message, partition }) => {
        found.push({ ...message, partition })
        if (found.length === count) enough.resolve()
      },
    })
    await enough.promise
    await consumer.disconnect()
    return found
  }
  const header = ({ headers }: KafkaMessage, name: string) => String(headers?.[name])

  it.each(['none', 'gzip', 'snappy', 'lz4', 'zstd'])(
    'sends %s, and each event arrives once as it was',
    async (compression) => {
      const topic = await makeTopic(broker)
      const { channel, send } = await opened({ compression, hopskotch: true })
      await channel.check(AbortSignal.timeout(20_000))
      expect(await send(topic, 1)).toMatchObject({ state: 'sent', receipt: { id: `${topic}/0/0` } })
      expect(await send(topic, 2)).toMatchObject({ state: 'sent', receipt: { id: `${topic}/0/1` } })
      const records = await read(topic, 2)
      expect(records.map((record) => header(record, 'ivoid'))).toEqual([1, 2].map((n) => itemNumber(n).event.ivoid))
      for (const record of records) {
        expect(record.value!.equals(sampleItem.raw.bytes)).toBe(true)
        expect(header(record, '_format')).toBe('voevent')
        expect(Buffer.from(record.headers!._id as Buffer)).toHaveLength(16)
      }
    },
  )

  it('keeps what belongs to one object in one partition, in order', async () => {
    const topic = await makeTopic(broker, 8)
    const { send } = await opened()
    for (let n = 0; n < 40; n++) await send(topic, n, undefined, `object ${n % 10}`)
    const records = await read(topic, 40)
    for (let object = 0; object < 10; object++) {
      const mine = records.filter(({ key }) => key!.toString() === `object ${object}`)
      expect(new Set(mine.map(({ partition }) => partition)).size).toBe(1)
      expect(mine.map((record) => header(record, 'ivoid').split('#')[1])).toEqual(
        [0, 10, 20, 30].map((n) => String(n + object)),
      )
    }
    expect(new Set(records.map(({ partition }) => partition)).size).toBeGreaterThan(1)
  })

  it.each(['plain', 'scram-sha-256', 'scram-sha-512'])('logs in by %s; a wrong password halts', async (mechanism) => {
    const topic = await makeTopic(broker)
    const sasl = { mechanism, username: broker.user, password: broker.password }
    const login = { brokers: broker.saslBrokers, sasl }
    const { channel, send } = await opened(login)
    await channel.check(AbortSignal.timeout(20_000))
    expect(await send(topic, 1)).toMatchObject({ state: 'sent' })
    const wrong = await opened({ ...login, sasl: { ...sasl, password: 'wrong-word' } })
    for (const ask of [() => wrong.send(topic, 2), () => wrong.channel.check(AbortSignal.timeout(20_000))]) {
      const error = await failure(ask())
      expect([error.kind, error.reached]).toEqual(['halt', 'no'])
      expect(error.reply).not.toContain('wrong-word')
    }
  })

  it('a topic that is not there, or not ours, waits alone; one record that is too large is rejected', async () => {
    const { send } = await opened()
    const nowhere = await failure(send(freshName('nowhere'), 1))
    expect([nowhere.kind, nowhere.reached]).toEqual(['retry', 'no'])
    expect(nowhere.reply).toContain('no such topic')

    const small = freshName('small')
    const forbidden = await makeTopic(broker)
    await withAdmin(broker, async (admin) => {
      const configEntries = [{ name: 'max.message.bytes', value: '200' }]
      await admin.createTopics({ topics: [{ topic: small, configEntries }], waitForLeaders: true })
      await admin.createAcls({
        acl: [
          {
            resourceType: AclResourceTypes.TOPIC,
            resourceName: forbidden,
            resourcePatternType: ResourcePatternTypes.LITERAL,
            principal: 'User:somebody-else',
            host: '*',
            operation: AclOperationTypes.ALL,
            permissionType: AclPermissionTypes.ALLOW,
          },
        ],
      })
    })
    const tooLarge = await failure(send(small, 1))
    expect([tooLarge.kind, tooLarge.reached]).toEqual(['reject', 'no'])
    const sasl = { mechanism: 'plain', username: broker.user, password: broker.password }
    const user = await opened({ brokers: broker.saslBrokers, sasl })
    const denied = await failure(user.send(forbidden, 1))
    expect([denied.kind, denied.reached]).toEqual(['retry', 'no'])
    expect(denied.reply).toContain('may not write to the topic')
    expect(await user.send(await makeTopic(broker), 1)).toMatchObject({ state: 'sent' })
  })

  it.each(['cut', 'mute'] as const)(
    'an answer that is lost (%s) is maybe; the repeat has the same key',
    async (mood) => {
      const topic = await makeTopic(broker)
      const proxy = await startKafkaProxy(broker.brokers[0]!)
      onTestFinished(() => proxy.stop())
      const { send } = await opened({ brokers: [`127.0.0.1:${proxy.port}`], hopskotch: true })
      await send(topic, 1)
      proxy.mood = mood
      const abort = new AbortController()
      const failing = failure(send(topic, 2, abort.signal))
      await expect.poll(proxy.produced, { timeout: 20_000 }).toBe(2)
      if (mood === 'mute') abort.abort(new Error('time is up'))
      expect(await failing).toMatchObject({ kind: 'retry', reached: 'maybe' })
      await expect.poll(proxy.connections, { timeout: 20_000 }).toBe(0)
      proxy.mood = 'well'
      await send(topic, 2)
      const records = await read(topic, 3)
      const [, lost, again] = records
      for (const name of ['ivoid', 'fountain-key', '_id']) expect(header(again!, name)).toBe(header(lost!, name))
      expect(header(records[0]!, 'fountain-key')).not.toBe(header(lost!, 'fountain-key'))
      expect(again!.value!.equals(lost!.value!)).toBe(true)
    },
  )

  it('brings what a whole gateway publishes, the same bytes that it serves', async () => {
    const topic = await makeTopic(broker)
    const home = gatewayHome({
      authority: 'fountain.test',
      sources: { sky: { kind: 'simulator', seed: 7, factor: 1_000, alertsPerVisit: 40, visits: 2 } },
      streams: { all: { filter: 'SELECT id, mag FROM alert', title: 'All alerts' } },
      bridges: { kafka: { brokers: broker.brokers, hopskotch: true } },
      subscriptions: [{ stream: 'all', to: 'kafka', address: topic, test: true }],
      http: { listen: '127.0.0.1:0' },
    })
    onTestFinished(() => home.remove())
    const gateway = await startGatewayProcess(home)
    onTestFinished(() => gateway.kill())
    await until('all are sent', async () => {
      const { ledger } = await gateway.status()
      return (ledger.bridges.find(({ bridge }) => bridge === 'kafka')?.states.sent ?? 0) === 80
    })
    const records = await read(topic, 80)
    expect(new Set(records.map((record) => header(record, 'ivoid'))).size).toBe(80)
    for (const record of records.slice(0, 20)) {
      const served = await fetch(`${gateway.url}/events?ID=${encodeURIComponent(header(record, 'ivoid'))}`)
      expect(record.value!.equals(Buffer.from(await served.arrayBuffer()))).toBe(true)
      expect([header(record, '_format'), header(record, '_test')]).toEqual(['voevent', 'true'])
    }
    expect(await gateway.stop()).toBe(0)
  })

  it('a broker that is gone has nothing; when it is back, the same channel sends', async () => {
    const topic = await makeTopic(broker)
    const { channel, send } = await opened()
    await send(topic, 1)
    await broker.kill()
    // The end of the open connection may not have come yet; a new one is refused.
    expect((await failure(send(topic, 2))).kind).toBe('retry')
    const gone = await failure(send(topic, 2))
    expect([gone.kind, gone.reached]).toEqual(['retry', 'no'])
    expect(await failure(channel.check(AbortSignal.timeout(20_000)))).toMatchObject({ kind: 'retry', reached: 'no' })
    await broker.restart()
    // It answers before it leads its partitions again.
    const state = () =>
      send(topic, 2).then(
        (outcome) => outcome.state,
        (error: Error) => error.message,
      )
    await expect.poll(state, { timeout: 20_000 }).toBe('sent')
  })
})
