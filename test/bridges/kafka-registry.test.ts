import { describe, expect, it, onTestFinished } from 'vitest'
import { bridge } from '../../bridges/kafka/index.ts'
import { readAvro3Confluent } from '../../vo/voevent-3/avro.ts'
import { avro3SchemaText } from '../../vo/voevent-3/avro-schema.ts'
import { startAvroRegistry } from '../servers/avro-registry.ts'
import { startSmallBroker } from '../servers/kafka-broker.ts'
import { attemptOf, failure, testHost } from './contract.ts'
import { itemNumber, sampleItem } from './sample-item.ts'

async function opened(more: object = {}) {
  const registry = await startAvroRegistry()
  const broker = await startSmallBroker()
  const config = {
    brokers: [`127.0.0.1:${broker.port}`],
    format: 'voevent-3-avro' as const,
    registry: `http://reader:pa%3Ass@${registry.host}/`,
    ...more,
  }
  const host = testHost()
  const channel = await bridge.open(bridge.config.parse(config), host)
  onTestFinished(async () => {
    await channel.close()
    await broker.stop()
    registry.stop()
  })
  const send = (n: number, topic = 'alerts', signal?: AbortSignal) => {
    const message = channel.render([itemNumber(n)], { topic, key: 'object' })
    return channel.deliver(message, attemptOf(message, signal))
  }
  return { registry, broker, channel, send, host }
}

describe('kafka: Avro by a schema registry', () => {
  it('registers the schema once a topic, and frames with its id', async () => {
    const { registry, broker, send } = await opened()
    await send(1)
    await send(2)
    await send(3, 'other')
    expect(registry.asked.map(({ path }) => path)).toEqual([
      'POST /subjects/alerts-value/versions',
      'POST /subjects/other-value/versions',
    ])
    for (const { schema, authorization } of registry.asked) {
      expect(schema).toBe(avro3SchemaText)
      expect(authorization).toBe(`Basic ${Buffer.from('reader:pa:ss').toString('base64')}`)
    }
    expect(broker.records.map(({ value }) => [value[0], value.readInt32BE(1)])).toEqual([
      [0, 41],
      [0, 41],
      [0, 42],
    ])
    expect(broker.records.map(({ value }) => readAvro3Confluent(value).ivoid)).toEqual(
      [1, 2, 3].map((n) => itemNumber(n).event.ivoid),
    )
  })

  it('only looks it up where it may not register', async () => {
    const { registry, send } = await opened({ registerSchema: false })
    await send(1)
    expect(registry.asked.map(({ path }) => path)).toEqual(['POST /subjects/alerts-value'])
  })

  it.each([
    [401, 'halt'],
    [403, 'retry'],
    [409, 'retry'],
    [500, 'retry'],
  ])('%i from the registry: %s, nothing sent, and its words are told', async (status, kind) => {
    const { registry, broker, send, channel, host } = await opened()
    registry.status = status
    const error = await failure(send(1))
    expect([error.kind, error.reached]).toEqual([kind, 'no'])
    expect(error.reply).toContain(`answers ${status}: Incompatible with an earlier one`)
    expect([...host.lines, error.reply, error.stack].join()).not.toMatch(/pa(:|%3A)ss|cmVhZGVy/)
    expect(broker.begun()).toBe(0)
    expect(await failure(channel.check(AbortSignal.timeout(20_000)))).toMatchObject({ kind })
    registry.status = 200
    await send(1)
    expect(broker.records).toHaveLength(1)
  })

  it('a registry that is silent costs the attempt, and nothing has reached the broker', async () => {
    const { registry, broker, send } = await opened()
    registry.hang = true
    const abort = new AbortController()
    const failing = failure(send(1, 'alerts', abort.signal))
    await expect.poll(() => registry.asked.length, { timeout: 20_000 }).toBe(1)
    abort.abort(new Error('time is up'))
    expect(await failing).toMatchObject({ kind: 'retry', reached: 'no' })
    expect(broker.records).toHaveLength(0)
  })

  it('checks broker and registry', async () => {
    const { registry, channel } = await opened()
    await channel.check(AbortSignal.timeout(20_000))
    expect(registry.asked.map(({ path }) => path)).toEqual(['GET /subjects'])
    expect(channel.render([sampleItem], { topic: 'a', key: 'object' }).body.length).toBeGreaterThan(100)
  })
})
