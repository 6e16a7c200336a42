import { describe, expect, it, onTestFinished } from 'vitest'
import { bridge } from '../../bridges/kafka/index.ts'
import { type HeldRecord, type Mood, type SmallBroker, startSmallBroker } from '../servers/kafka-broker.ts'
import { attemptOf, type Behaviour, failure, type MisbehavingServer, testBridge, testHost } from './contract.ts'
import { itemNumber, sampleItem } from './sample-item.ts'

const user = 'fountain-writer'
const password = 'p:w/@ %41-secret'
const to = { topic: 'alerts', key: 'object' as const }

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

/** The stored form of what the broker holds. */
function stored({ topic, key, value, headers }: HeldRecord): Buffer {
  const { _id, ...texts } = Object.fromEntries(headers)
  const head = {
    topic,
    key,
    headers: Object.fromEntries(Object.entries(texts).map(([name, bytes]) => [name, bytes!.toString()])),
    ...(_id === undefined ? {} : { id: _id.toString('hex') }),
  }
  return Buffer.concat([Buffer.from(`${JSON.stringify(head)}\n`), value])
}

function misbehaving(broker: SmallBroker): MisbehavingServer {
  return {
    behave(how) {
      broker.mood = behaviours[how]
    },
    received: () => broker.records.map(stored),
    begun: broker.begun,
    connections: broker.connections,
    peak: broker.peak,
    stop: broker.stop,
  }
}

const sasl = { mechanism: 'plain' as const, username: user, password }

for (const more of [
  { hopskotch: true },
  { format: 'voevent-3-json' as const },
  { format: 'lightweight-json' as const },
]) {
  testBridge(`kafka, ${JSON.stringify(more)}`, {
    bridge,
    to,
    // A broker throttles by waiting with its answer; it names no time.
    expects: { busy: { kind: 'retry', reached: 'no' } },
    secrets: [password, Buffer.from(`\0${user}\0${password}`).toString('base64')],
    async start() {
      const broker = await startSmallBroker({ user, password })
      return { server: misbehaving(broker), config: { brokers: [`127.0.0.1:${broker.port}`], sasl, ...more } }
    },
  })
}

type Config = Parameters<typeof bridge.config.parse>[0] & object

async function opened(more: Config = {}, login?: { user: string; password: string }) {
  const broker = await startSmallBroker(login)
  const brokers = [`127.0.0.1:${broker.port}`]
  const channel = await bridge.open(bridge.config.parse({ brokers, ...more }), testHost())
  onTestFinished(async () => {
    await channel.close()
    await broker.stop()
  })
  const send = (n: number) => {
    const message = channel.render([itemNumber(n)], to)
    return channel.deliver(message, attemptOf(message))
  }
  return { broker, channel, send }
}

describe('kafka: what brokers say', () => {
  it.each<[string, Mood, string, string, RegExp]>([
    ['MESSAGE_TOO_LARGE', { produce: 10 }, 'reject', 'no', /MESSAGE_TOO_LARGE/],
    ['INVALID_RECORD', { produce: 87 }, 'reject', 'no', /INVALID_RECORD/],
    ['NOT_LEADER_FOR_PARTITION', { produce: 6 }, 'retry', 'no', /NOT_LEADER/],
    ['NOT_ENOUGH_REPLICAS', { produce: 19 }, 'retry', 'no', /NOT_ENOUGH_REPLICAS/],
    ['NOT_ENOUGH_REPLICAS_AFTER_APPEND', { produce: 20 }, 'retry', 'maybe', /AFTER_APPEND/],
    ['REQUEST_TIMED_OUT', { produce: 7 }, 'retry', 'maybe', /REQUEST_TIMED_OUT/],
    ['UNKNOWN', { produce: -1 }, 'retry', 'maybe', /UNKNOWN/],
    ['a topic that is not there', { metadata: 3 }, 'retry', 'no', /topic alerts .* no such topic: have it created/],
    ['a topic that we may not write', { produce: 29 }, 'retry', 'no', /topic alerts .* may not write/],
    ['a topic that we may not see', { metadata: 29 }, 'retry', 'no', /topic alerts .* may not write/],
    ['a topic of no leader', { metadata: 5 }, 'retry', 'no', /LEADER_NOT_AVAILABLE/],
    ['a line that is cut before anything', { connect: 'drop' }, 'retry', 'no', /onnection/],
    ['a line that is cut at the metadata', { metadata: 'drop' }, 'retry', 'no', /onnection/],
    ['a line that is cut after the record', { produce: 'drop' }, 'retry', 'maybe', /onnection/],
  ])('%s', async (_, mood, kind, reached, reply) => {
    const { broker, send } = await opened()
    broker.mood = mood
    const error = await failure(send(1))
    expect([error.kind, error.reached]).toEqual([kind, reached])
    expect(error.reply).toMatch(reply)
    broker.mood = {}
    expect(await send(1)).toMatchObject({ state: 'sent' })
  })

  it('a wrong password halts, here and in check, and stays unsaid though the broker echoes it', async () => {
    const wrong = { sasl: { ...sasl, password: 'wrong-word' } }
    const { channel, send } = await opened(wrong, { user, password })
    for (const ask of [() => send(1), () => channel.check(AbortSignal.timeout(20_000))]) {
      const error = await failure(ask())
      expect([error.kind, error.reached]).toEqual(['halt', 'no'])
      expect(`${error.reply}${error.stack}${(error.cause as Error).stack}`).not.toContain('wrong-word')
    }
  })

  it('a login that breaks off is tried again', async () => {
    const { broker, channel, send } = await opened({ sasl }, { user, password })
    broker.mood = { login: 'drop' }
    expect(await failure(send(1))).toMatchObject({ kind: 'retry', reached: 'no' })
    expect(await failure(channel.check(AbortSignal.timeout(20_000)))).toMatchObject({ kind: 'retry', reached: 'no' })
  })

  it('a mechanism that the broker does not offer halts', async () => {
    const { send } = await opened({ sasl: { ...sasl, mechanism: 'scram-sha-256' } }, { user, password })
    expect(await failure(send(1))).toMatchObject({ kind: 'halt', reached: 'no' })
  })

  it('a silent broker that was stopped waiting for at the metadata has nothing', async () => {
    const { broker, channel } = await opened()
    broker.mood = { metadata: 'silent' }
    const message = channel.render([sampleItem], to)
    const abort = new AbortController()
    const failing = failure(channel.deliver(message, attemptOf(message, abort.signal)))
    await expect.poll(broker.connections, { timeout: 20_000 }).toBe(1)
    abort.abort(new Error('time is up'))
    expect(await failing).toMatchObject({ kind: 'retry', reached: 'no', reply: expect.stringContaining('time is up') })
    await expect.poll(broker.connections, { timeout: 20_000 }).toBe(0)
  })

  it('uses a connection again, and opens another when the broker gave it up', async () => {
    const { broker, send } = await opened({ sasl }, { user, password })
    await send(1)
    await send(2)
    expect(broker.logins()).toBe(1)
    broker.hangUp()
    await expect.poll(broker.connections, { timeout: 20_000 }).toBe(0)
    await send(3)
    expect(broker.logins()).toBe(2)
    expect(broker.records).toHaveLength(3)
  })

  it('asks the next broker of the list when the first is not there', async () => {
    const gone = await startSmallBroker()
    await gone.stop()
    const there = await startSmallBroker()
    const brokers = [`127.0.0.1:${gone.port}`, `127.0.0.1:${there.port}`]
    const channel = await bridge.open(bridge.config.parse({ brokers }), testHost())
    onTestFinished(async () => {
      await channel.close()
      await there.stop()
    })
    for (const n of [1, 2, 3]) {
      const message = channel.render([itemNumber(n)], to)
      expect(await channel.deliver(message, attemptOf(message))).toMatchObject({ state: 'sent' })
    }
    expect(there.records).toHaveLength(3)
  })

  it('sends nothing that is larger than allowed', async () => {
    const { broker, send } = await opened({ maxMessageBytes: 1_000, format: 'voevent-3-json' })
    const error = await failure(send(1))
    expect([error.kind, error.reached]).toEqual(['reject', 'no'])
    expect(error.reply).toContain('maxMessageBytes is 1000')
    expect(broker.begun()).toBe(0)
  })

  it('gives the place of the record as its receipt', async () => {
    const { send } = await opened()
    expect(await send(1)).toMatchObject({ state: 'sent', receipt: { id: 'alerts/0/0' } })
    expect(await send(2)).toMatchObject({ state: 'sent', receipt: { id: 'alerts/0/1' } })
  })
})

describe('kafka: configuration', () => {
  const brokers = ['localhost:9092']
  it.each([
    { brokers },
    { brokers, tls: true, sasl },
    { brokers, format: 'voevent-3-avro', registry: 'http://me:word@localhost:8081' },
    { brokers, hopskotch: true, format: 'lightweight-json' },
  ])('takes %j', (config) => {
    expect(bridge.config.safeParse(config).error?.message).toBeUndefined()
  })
  it.each([
    {},
    { brokers: [] },
    { brokers: ['localhost'] },
    { brokers, format: 'avro' },
    { brokers, format: 'voevent-3-avro' },
    { brokers, registry: 'http://localhost:8081' },
    { brokers, format: 'voevent-3-avro', registry: 'http://localhost:8081', hopskotch: true },
    { brokers, acks: 0 },
  ])('refuses %j', (config) => {
    expect(bridge.config.safeParse(config).success).toBe(false)
  })
  it('takes a topic, alone or with the rule of the key, again in the form that it is stored in', () => {
    expect(bridge.address.parse('gw.alerts_1-x')).toEqual({ topic: 'gw.alerts_1-x', key: 'object' })
    expect(bridge.address.parse({ topic: 'a' })).toEqual({ topic: 'a', key: 'object' })
    expect(bridge.address.parse({ topic: 'a', key: 'ivoid' })).toEqual({ topic: 'a', key: 'ivoid' })
    for (const bad of ['', '.', '..', 'a b', 'a/b', 'ä', 'x'.repeat(250), { topic: 'a', key: 'x' }, {}, 7])
      expect(bridge.address.safeParse(bad).success).toBe(false)
  })
})
