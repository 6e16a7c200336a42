/** GCN notices at a real Apache Kafka: what arrives, how often, and what happens when tokens end or answers are lost. */
import { setTimeout as delay } from 'node:timers/promises'
import kafkajs, { type KafkaMessage } from 'kafkajs'
import { afterAll, beforeAll, expect, it, onTestFinished } from 'vitest'
import { bridge } from '../../bridges/gcn/index.ts'
import { kafkaTokenScope, type StartedKafka, startKafka } from '../../scripts/kafka.ts'
import { attemptOf, failure, testHost } from '../bridges/contract.ts'
import { detailed } from '../bridges/gcn-items.ts'
import { itemNumber } from '../bridges/sample-item.ts'
import { gatewayHome, startGatewayProcess, until } from '../gateway-process.ts'
import { complaintsOf } from '../servers/gcn-notices.ts'
import { type GcnOidcOptions, startGcnOidcStandIn } from '../servers/gcn-oidc.ts'
import { startKafkaProxy } from '../servers/tcp-proxy.ts'
import { describeTier } from '../tiers.ts'
import { freshName, withAdmin } from './broker.ts'

const { Kafka, logLevel } = kafkajs
const client = { clientId: 'fountain-client', clientSecret: 'only-on-loopback' }
let topics = 0

describeTier('kafka', 'GCN notices', () => {
  let broker: StartedKafka
  beforeAll(async () => {
    broker = await startKafka({ own: true })
  })
  afterAll(() => broker.stop())

  async function freshTopic(heartbeat = true): Promise<string> {
    const topic = `gcn.notices.fountain.alert${++topics}`
    await withAdmin(broker, async (admin) => {
      const names = [topic, ...(heartbeat ? [`${topic}.heartbeat`] : [])]
      await admin.createTopics({ topics: names.map((name) => ({ topic: name })), waitForLeaders: true })
    })
    return topic
  }
  async function opened(topic: string, more: object = {}, options: GcnOidcOptions = {}) {
    const oidc = await startGcnOidcStandIn({ ...client, scopes: [kafkaTokenScope], ...options })
    const cluster = { brokers: broker.tokenBrokers, tls: false, tokenUrl: oidc.tokenUrl }
    const config = bridge.config.parse({ ...client, topic, mission: 'Fountain', cluster, ...more })
    const channel = await bridge.open(config, testHost())
    onTestFinished(async () => {
      await channel.close()
      await oidc.stop()
    })
    const send = (n: number) => {
      const message = channel.render([detailed(itemNumber(n))], null)
      return channel.deliver(message, attemptOf(message))
    }
    return { oidc, channel, send, cluster }
  }
  /** Reads so many records of a topic from its start. */
  async function read(topic: string, count: number): Promise<KafkaMessage[]> {
    const kafka = new Kafka({ brokers: broker.brokers, logLevel: logLevel.NOTHING })
    const consumer = kafka.consumer({ groupId: freshName('reader') })
    const found: KafkaMessage[] = []
    const enough = Promise.withResolvers<void>()
    await consumer.connect()
    await consumer.subscribe({ topics: [topic], fromBeginning: true })
    await consumer.run({
      eachMessage: async ({ message }) => {
        found.push(message)
        if (found.length === count) enough.resolve()
      },
    })
    await enough.promise
    await consumer.disconnect()
    return found
  }
  const records = (topic: string, messages: readonly KafkaMessage[]) =>
    messages.map(({ value, timestamp }) => ({ topic, value: value!, atMs: Number(timestamp) }))
  const held = (topic: string) =>
    withAdmin(broker, async (admin) => Number((await admin.fetchTopicOffsets(topic))[0]!.offset))

  it('arrive once, compressed as GCN does by default, with heartbeats beside them', async () => {
    const topic = await freshTopic()
    const { channel, send } = await opened(topic)
    await channel.check(AbortSignal.timeout(20_000))
    expect(await held(topic)).toBe(0)
    for (const n of [1, 2, 3]) expect(await send(n)).toMatchObject({ receipt: { id: `${topic}/0/${n - 1}` } })
    await channel.upkeep!.run(AbortSignal.timeout(20_000))
    await channel.upkeep!.run(AbortSignal.timeout(20_000))
    const notices = await read(topic, 3)
    const beats = await read(`${topic}.heartbeat`, 2)
    expect(complaintsOf([...records(topic, notices), ...records(`${topic}.heartbeat`, beats)])).toEqual([])
    expect(notices.map(({ key }) => String(key))).toEqual(Array(3).fill('170028503098359808'))
    expect(await held(topic)).toBe(3)
  })

  it('go on when tokens end', async () => {
    const topic = await freshTopic()
    const { oidc, channel, send } = await opened(topic, {}, { lifeSeconds: 6 })
    for (const n of [1, 2]) {
      expect(await send(n)).toMatchObject({ state: 'sent' })
      await channel.upkeep!.run(AbortSignal.timeout(20_000))
      if (n === 1) await delay(6_500)
    }
    expect(oidc.tokens).toHaveLength(2)
    expect([await held(topic), await held(`${topic}.heartbeat`)]).toEqual([2, 2])
  })

  it('whose acknowledgement was lost come again as the same bytes', async () => {
    const topic = await freshTopic()
    const proxy = await startKafkaProxy(broker.tokenBrokers[0]!)
    onTestFinished(() => proxy.stop())
    const { oidc } = await opened(topic)
    const cluster = { brokers: [`127.0.0.1:${proxy.port}`], tls: false, tokenUrl: oidc.tokenUrl }
    const { channel, send } = await opened(topic, { cluster, compression: 'none' })
    await send(1)
    const message = channel.render([detailed(itemNumber(2))], null)
    proxy.mood = 'cut'
    expect(await failure(channel.deliver(message, attemptOf(message)))).toMatchObject({
      kind: 'retry',
      reached: 'maybe',
    })
    proxy.mood = 'well'
    await channel.deliver(message, { ...attemptOf(message), number: 2 })
    const [, lost, again] = await read(topic, 3)
    expect(again!.value!.equals(lost!.value!)).toBe(true)
    expect(complaintsOf(records(topic, [lost!, again!]))).toEqual([])
  })

  it('are not sent to topics that are not there, and check tells of them', async () => {
    const none = await opened(`gcn.notices.fountain.nowhere${++topics}`)
    for (const ask of [() => none.send(1), () => none.channel.check(AbortSignal.timeout(20_000))]) {
      const error = await failure(ask())
      expect([error.kind, error.reached]).toEqual(['retry', 'no'])
      expect(error.reply).toMatch(/topic gcn\.notices\.fountain\.nowhere\d+ .*no such topic: have it created/)
    }
    const heartless = await opened(await freshTopic(false))
    const error = await failure(heartless.channel.check(AbortSignal.timeout(20_000)))
    expect(error.reply).toMatch(/alert\d+\.heartbeat .*no such topic/)
  })

  /** A gateway of eighty simulated alerts that all are to become notices. */
  async function gatewayOf(topic: string, clusterOf: object) {
    const home = gatewayHome({
      authority: 'fountain.test',
      sources: { sky: { kind: 'simulator', seed: 7, factor: 1_000, alertsPerVisit: 40, visits: 2 } },
      streams: { all: { filter: 'SELECT id, mag FROM alert', title: 'All alerts' } },
      bridges: { gcn: { ...client, topic, mission: 'Fountain', cluster: clusterOf } },
      subscriptions: [{ stream: 'all', to: 'gcn', test: true, approve: 'auto' }],
      http: { listen: '127.0.0.1:0' },
    })
    onTestFinished(() => home.remove())
    async function start() {
      const gateway = await startGatewayProcess(home)
      onTestFinished(() => gateway.kill())
      const states = async () => {
        const { ledger } = await gateway.status()
        const { sent = 0, rejected = 0 } = ledger.bridges.find(({ bridge: name }) => name === 'gcn')?.states ?? {}
        return { sent, rejected }
      }
      return { gateway, states }
    }
    return start
  }

  it('of a whole gateway are valid, one an event, and of the tense test', async () => {
    const topic = await freshTopic()
    const { cluster } = await opened(topic)
    const start = await gatewayOf(topic, cluster)
    const { gateway, states } = await start()
    await until(
      'all are sent or refused',
      async () => {
        const { sent, rejected } = await states()
        return sent + rejected === 80
      },
      60_000,
    )
    const { sent } = await states()
    expect(sent).toBeGreaterThan(0)
    const notices = await read(topic, sent)
    expect(complaintsOf(records(topic, notices))).toEqual([])
    expect(await held(topic)).toBe(sent)
    const said = notices.map(({ value }) => JSON.parse(String(value)) as { alert_tense: string })
    expect(new Set(said.map(({ alert_tense }) => alert_tense))).toEqual(new Set(['test']))
    expect(await held(`${topic}.heartbeat`)).toBeGreaterThan(0)
    expect(await gateway.stop()).toBe(0)
  })

  it('none is lost when the gateway is killed, and what comes twice is the same', async () => {
    const topic = await freshTopic()
    const { cluster } = await opened(topic)
    const start = await gatewayOf(topic, cluster)
    for (const few of [3, 15]) {
      const { gateway } = await start()
      await until(`${few} are there`, async () => (await held(topic)) >= few)
      await gateway.kill()
    }
    const { gateway, states } = await start()
    await until(
      'all are sent or refused',
      async () => {
        const { sent, rejected } = await states()
        return sent + rejected === 80
      },
      60_000,
    )
    const { sent } = await states()
    const notices = await read(topic, await held(topic))
    expect(complaintsOf(records(topic, notices))).toEqual([])
    const idOf = ({ value }: KafkaMessage) =>
      (JSON.parse(String(value)) as { data: { targets: { id: string }[] } }).data.targets[0]!.id
    expect(new Set(notices.map(idOf)).size).toBe(sent)
    expect(await gateway.stop()).toBe(0)
  })
})
