/** The GCN bridge against its stand-in; what the notices say is in gcn-notice.test.ts, real brokers in test/kafka. */
import { describe, expect, it, onTestFinished } from 'vitest'
import { DeliveryError } from '../../bridges/contract.ts'
import { bridge } from '../../bridges/gcn/index.ts'
import { readStored } from '../../bridges/gcn/render.ts'
import { type GcnOptions, type GcnStandIn, startGcnStandIn } from '../servers/gcn.ts'
import type { HeldRecord, Mood } from '../servers/kafka-broker.ts'
import { attemptOf, type Behaviour, failure, type MisbehavingServer, testBridge, testHost } from './contract.ts'
import { detailed } from './gcn-items.ts'
import { itemNumber, retractionItem, sampleItem } from './sample-item.ts'

const clientSecret = 'p:w/@ %41+secret'
const topic = 'gcn.notices.fountain.alert'
const credentials = { clientId: 'fountain-client', clientSecret, topic, mission: 'Fountain' }
const patience = () => AbortSignal.timeout(20_000)

/** MESSAGE_TOO_LARGE, NOT_ENOUGH_REPLICAS, THROTTLING_QUOTA_EXCEEDED, UNKNOWN. */
const behaviours: Record<Behaviour, Mood> = {
  accept: {},
  reject: { produce: 10 },
  later: { produce: 19 },
  busy: { produce: 89 },
  fails: { produce: -1 },
  garbage: { produce: 'garbage' },
  drip: { drip: true },
  'hang-before': { connect: 'silent' },
  'hang-after': { produce: 'hold' },
  'die-after': { produce: 'drop' },
}

function misbehaving(gcn: GcnStandIn): MisbehavingServer {
  const stored = ({ topic, key, value }: HeldRecord) =>
    Buffer.concat([Buffer.from(`${JSON.stringify({ topic, key })}\n`), value])
  return {
    behave(how) {
      gcn.broker.mood = behaviours[how]
    },
    received: () => gcn.records.map(stored),
    begun: gcn.broker.begun,
    connections: gcn.broker.connections,
    peak: gcn.broker.peak,
    stop: gcn.stop,
  }
}

for (const schema of [undefined, 'gcn/notices/neutrino/Alert.schema.json']) {
  testBridge(`gcn, ${schema ?? 'the schema by default'}`, {
    bridge,
    to: null,
    dress: detailed,
    mayRefuse: true,
    // A broker throttles by waiting with its answer; it names no time.
    expects: { busy: { kind: 'retry', reached: 'no' } },
    secrets: [clientSecret, Buffer.from(`fountain-client:${encodeURIComponent(clientSecret)}`).toString('base64')],
    async start() {
      const gcn = await startGcnStandIn({ clientSecret })
      const config = { ...credentials, cluster: gcn.cluster, ...(schema === undefined ? {} : { schema }) }
      return { server: misbehaving(gcn), config }
    },
  })
}

async function opened(more: object = {}, options: GcnOptions = {}) {
  const gcn = await startGcnStandIn({ clientSecret, ...options })
  const host = testHost()
  const channel = await bridge.open(bridge.config.parse({ ...credentials, cluster: gcn.cluster, ...more }), host)
  onTestFinished(async () => {
    await channel.close()
    await gcn.stop()
  })
  const send = (n: number, to: { topic: string } | null = null) => {
    const message = channel.render([detailed(itemNumber(n))], to)
    return channel.deliver(message, attemptOf(message))
  }
  const nothingLeaks = (error?: Error) => {
    const said = [error?.message, error?.stack, `${error?.cause}`, ...host.lines].join('\n')
    for (const secret of [clientSecret, ...gcn.oidc.tokens]) expect(said).not.toContain(secret)
  }
  return { gcn, host, channel, send, nothingLeaks }
}

describe('gcn: delivery', () => {
  it('sends what a careful reader finds nothing wrong with: events, a retraction, heartbeats', async () => {
    const { gcn, channel, send } = await opened()
    for (const n of [1, 2, 3]) expect(await send(n)).toMatchObject({ state: 'sent' })
    const taken = channel.render([detailed(retractionItem)], null)
    await channel.deliver(taken, attemptOf(taken))
    await channel.upkeep!.run(patience())
    await channel.upkeep!.run(patience())
    expect(gcn.records.map((record) => record.topic)).toEqual([
      ...Array<string>(4).fill(topic),
      ...Array<string>(2).fill(`${topic}.heartbeat`),
    ])
    expect(gcn.complaints()).toEqual([])
    expect(JSON.parse(gcn.records.at(-1)!.value.toString())).toEqual({
      timestamp: '2026-03-01T05:38:00.000Z',
      status: 'alive',
    })
  })

  it('keeps what is said of an object in one partition, and gives the place as its receipt', async () => {
    const { gcn, send } = await opened()
    expect(await send(1)).toMatchObject({ receipt: { id: `${topic}/0/0` } })
    expect(gcn.records[0]!.key).toBe('170028503098359808')
  })

  it('a repeat is the same bytes, so a reader can fold it', async () => {
    const { gcn, channel } = await opened()
    const message = channel.render([detailed()], null)
    expect(message.repeat).toBe('safe')
    gcn.broker.mood = { produce: 'drop' }
    expect(await failure(channel.deliver(message, attemptOf(message)))).toMatchObject({ reached: 'maybe' })
    gcn.broker.mood = {}
    await channel.deliver(message, { ...attemptOf(message), number: 2 })
    const [first, second] = gcn.records
    expect(second!.value.equals(first!.value)).toBe(true)
    expect(gcn.complaints()).toEqual([])
  })

  it('goes to a topic of its mission that a subscription names, and to no other', async () => {
    const { gcn, send, channel } = await opened()
    await send(1, { topic: 'gcn.notices.fountain.rubin.test' })
    expect(gcn.records[0]!.topic).toBe('gcn.notices.fountain.rubin.test')
    expect(() => channel.render([detailed()], { topic: 'gcn.notices.boom.alert' })).toThrow(
      /not a topic of the mission/,
    )
  })

  it('never sends a stored notice that is wrong', async () => {
    const { gcn, channel } = await opened()
    const message = channel.render([detailed()], null)
    const { head, value } = readStored(message.body)
    const notice = JSON.parse(value.toString())
    for (const wrong of [
      { ...notice, $schema: notice.$schema.replace(/v[\d.]+/, 'main') },
      { ...notice, extra: 1 },
      [],
    ]) {
      const body = Buffer.from(`${JSON.stringify(head)}\n${JSON.stringify(wrong)}`)
      const error = await failure(channel.deliver({ ...message, body }, attemptOf(message)))
      expect([error.kind, error.reached]).toEqual(['reject', 'no'])
      expect(error.reply).toMatch(/^not sent: /)
    }
    const none = await failure(channel.deliver({ ...message, body: Buffer.from('x') }, attemptOf(message)))
    expect([none.kind, none.reached]).toEqual(['reject', 'no'])
    expect(gcn.broker.begun()).toBe(0)
  })

  it('refuses what is larger than allowed', async () => {
    const { channel } = await opened({ maxMessageBytes: 2_000 })
    const long = { ...sampleItem, match: { ...sampleItem.match, eventUrl: `https://x.example/${'a'.repeat(2_000)}` } }
    expect(() => channel.render([detailed(long)], null)).toThrow(/maxMessageBytes is 2000/)
  })

  it('has no heart to beat where that is off', async () => {
    const { channel } = await opened({ heartbeat: false })
    expect(channel.upkeep).toBeUndefined()
    expect((await opened()).channel.upkeep!.everyMs).toBe(120_000)
  })

  it('a heartbeat that fails says so', async () => {
    const { gcn, channel, nothingLeaks } = await opened()
    gcn.oidc.mood = { status: 500 }
    const error = await failure(channel.upkeep!.run(patience()))
    expect(error).toMatchObject({ kind: 'retry', reached: 'no' })
    nothingLeaks(error)
  })
})

describe('gcn: check', () => {
  it('asks for a token, logs in, and looks for both topics; sends nothing', async () => {
    const { gcn, channel } = await opened()
    await channel.check(patience())
    expect([gcn.oidc.tokens.length, gcn.records.length]).toEqual([1, 0])
    expect(gcn.broker.logins()).toBe(2)
  })

  it('tells of topics that are not ours', async () => {
    const { channel, send, nothingLeaks } = await opened({}, { mission: 'other' })
    for (const error of [await failure(channel.check(patience())), await failure(send(1))]) {
      expect(error).toMatchObject({ kind: 'retry', reached: 'no' })
      expect(error.reply).toMatch(/topic gcn\.notices\.fountain\.alert .* may not write/)
      nothingLeaks(error)
    }
  })

  it('tells of a client that is not ours, of a scope that is not its, and of a token that the brokers refuse', async () => {
    const wrong = await opened({ clientSecret: 'wrong-word' })
    const unknown = await failure(wrong.channel.check(patience()))
    expect([unknown.kind, unknown.reply]).toEqual(['halt', expect.stringContaining('invalid_client')])
    expect(unknown.reply).not.toContain('wrong-word')
    wrong.nothingLeaks(unknown)

    const scoped = await opened({ scope: 'gcn.nasa.gov/kafka-other-producer' })
    expect(await failure(scoped.channel.check(patience()))).toMatchObject({ kind: 'halt', reached: 'no' })

    const refused = await opened()
    refused.gcn.oidc.mood = 'past'
    const error = await failure(refused.channel.check(patience()))
    expect([error.kind, error.reply]).toEqual(['halt', expect.stringContaining('invalid_token')])
    refused.nothingLeaks(error)
  })
})

describe('gcn: configuration', () => {
  const cluster = { brokers: ['127.0.0.1:9092'], tls: false, tokenUrl: 'http://127.0.0.1:8099/oauth2/token' }
  const live = { ...credentials, topic: 'gcn.notices.boom.alert', live: true }
  const told = (config: object) =>
    bridge.config
      .safeParse(config)
      .error?.issues.map(({ message }) => message)
      .join()

  it('is for the test site unless it is live', () => {
    const audience = (config: object) => bridge.audience!(bridge.config.parse(config))
    expect(audience(credentials)).toBe('sandbox')
    expect(audience({ ...credentials, cluster })).toBe('sandbox')
    expect(audience(live)).toBe('public')
  })

  it.each([
    [credentials, 'https://auth.test.gcn.nasa.gov/oauth2/token'],
    [live, 'https://auth.gcn.nasa.gov/oauth2/token'],
  ])('asks the token endpoint of its site: %j', async (config, url) => {
    const asked: string[] = []
    const http = {
      async request(request: { url: string }): Promise<never> {
        asked.push(request.url)
        throw new DeliveryError('retry', 'no', 'nobody asks outside in a test')
      },
    }
    const channel = await bridge.open(bridge.config.parse(config), { ...testHost(), http })
    expect(asked).toEqual([])
    await failure(channel.check(patience()))
    expect(asked).toEqual([url])
    await channel.close()
  })

  it('is live with the schema of its own mission alone, and never with a cluster of its own', () => {
    expect(told(live)).toBeUndefined()
    expect(told({ ...credentials, live: true })).toContain('your mission registered')
    expect(told({ ...live, cluster })).toContain('is for rehearsals')
    for (const brokers of [['kafka.gcn.nasa.gov:9092'], ['127.0.0.1:1', 'KAFKA2.gcn.nasa.gov.:9092']])
      expect(told({ ...credentials, cluster: { ...cluster, brokers } })).toContain('names GCN itself')
    const tokenUrl = 'https://auth.gcn.nasa.gov/oauth2/token'
    expect(told({ ...credentials, cluster: { ...cluster, tokenUrl } })).toContain('names GCN itself')
  })

  it('refuses tests where it is live', async () => {
    const channel = await bridge.open(bridge.config.parse(live), testHost())
    const test = { ...sampleItem, event: { ...sampleItem.event, role: 'test' as const } }
    expect(() => channel.render([detailed(test)], null)).toThrow(/is not told to gcn\.nasa\.gov/)
    await channel.close()
  })

  it.each([
    'gcn.notices.fountain',
    'gcn.notices.Fountain.alert',
    'gcn.circulars.x.y',
    'gcn.notices.f.a.heartbeat',
    'a b',
  ])('refuses the topic %s', (bad) => {
    expect(bridge.config.safeParse({ ...credentials, topic: bad }).success).toBe(false)
    expect(bridge.address.safeParse(bad).success).toBe(false)
  })

  it('takes a topic of a subscription, or none, again in the form that it is stored in', () => {
    expect(bridge.address.parse(undefined)).toBeNull()
    expect(bridge.address.parse(topic)).toEqual({ topic })
    expect(bridge.address.parse({ topic })).toEqual({ topic })
  })

  it.each([
    ['gcn/notices/boom/nothing.schema.json', /name one of .*boom\/alert/],
    ['gcn/notices/../../x.schema.json', /inside the schemas/],
    ['boom', /must be like/],
  ])('says what is wrong with the schema %s', async (schema, words) => {
    const opening = (async () => bridge.open(bridge.config.parse({ ...credentials, schema }), testHost()))()
    await expect(opening).rejects.toThrow(words)
  })
})
