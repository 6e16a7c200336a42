/** Login by token at a real Apache Kafka: what it takes, what it refuses, and a token that ends on an open connection. */
import { setTimeout as delay } from 'node:timers/promises'
import { afterAll, beforeAll, expect, it, onTestFinished } from 'vitest'
import { bridge } from '../../bridges/kafka/index.ts'
import { kafkaTokenScope, type StartedKafka, startKafka } from '../../scripts/kafka.ts'
import { attemptOf, failure, testHost } from '../bridges/contract.ts'
import { itemNumber } from '../bridges/sample-item.ts'
import { type GcnOidcOptions, startGcnOidcStandIn } from '../servers/gcn-oidc.ts'
import { describeTier } from '../tiers.ts'
import { makeTopic, withAdmin } from './broker.ts'

describeTier('kafka', 'login by token', () => {
  let broker: StartedKafka
  beforeAll(async () => {
    broker = await startKafka({ own: true, reauthenticateMs: 12_000 })
  })
  afterAll(async () => {
    await broker.stop()
  })

  async function opened(options: GcnOidcOptions = {}) {
    const oidc = await startGcnOidcStandIn({ scopes: [kafkaTokenScope], ...options })
    const { tokenUrl } = oidc
    const sasl = { mechanism: 'oauthbearer', tokenUrl, clientId: 'fountain-client', clientSecret: 'only-on-loopback' }
    const host = testHost()
    const channel = await bridge.open(bridge.config.parse({ brokers: broker.tokenBrokers, sasl }), host)
    onTestFinished(async () => {
      await channel.close()
      await oidc.stop()
    })
    const send = (topic: string, n: number) => {
      const message = channel.render([itemNumber(n)], { topic, key: 'object' })
      return channel.deliver(message, attemptOf(message))
    }
    return { oidc, channel, send, host }
  }
  const records = (topic: string) =>
    withAdmin(broker, async (admin) => Number((await admin.fetchTopicOffsets(topic))[0]!.offset))

  it('takes the token, for check and for records', async () => {
    const topic = await makeTopic(broker)
    const { oidc, channel, send } = await opened()
    await channel.check(AbortSignal.timeout(20_000))
    for (const n of [1, 2, 3]) expect(await send(topic, n)).toMatchObject({ state: 'sent' })
    expect(await records(topic)).toBe(3)
    expect(oidc.tokens).toHaveLength(1)
  })

  it.each(['past', 'wrong-scope'] as const)(
    'refuses one that is %s: a new one is tried once, then it halts',
    async (mood) => {
      const topic = await makeTopic(broker)
      const { oidc, channel, send, host } = await opened()
      oidc.mood = mood
      const error = await failure(send(topic, 1))
      expect([error.kind, error.reached]).toEqual(['halt', 'no'])
      expect(oidc.tokens).toHaveLength(2)
      expect(await failure(channel.check(AbortSignal.timeout(20_000)))).toMatchObject({ kind: 'halt' })
      for (const token of oidc.tokens) expect([error.stack, ...host.lines].join('\n')).not.toContain(token)
      oidc.mood = 'well'
      expect(await send(topic, 1)).toMatchObject({ state: 'sent' })
    },
  )

  it('a token that ends is renewed before the next record, which arrives once', async () => {
    const topic = await makeTopic(broker)
    const { oidc, send } = await opened({ lifeSeconds: 6 })
    for (const n of [1, 2, 3, 4]) {
      expect(await send(topic, n)).toMatchObject({ state: 'sent' })
      // Longer than a token lasts: the broker ends connections of ended ones at their next request.
      if (n > 1) await delay(6_200)
    }
    expect(oidc.tokens).toHaveLength(3)
    expect(await records(topic)).toBe(4)
  })

  it('a broker that bounds a login gets it again on the open connection, before the record', async () => {
    const topic = await makeTopic(broker)
    const { oidc, send } = await opened()
    const deadline = Date.now() + 15_000
    let sent = 0
    for (; Date.now() < deadline; sent++) {
      expect(await send(topic, sent)).toMatchObject({ state: 'sent' })
      await delay(2_500)
    }
    expect(await records(topic)).toBe(sent)
    expect(oidc.tokens).toHaveLength(1)
  })
})
