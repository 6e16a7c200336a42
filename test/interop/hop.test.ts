/** What the Kafka bridge writes, through other programs' eyes: hop-client, confluent-kafka and fastavro. */
import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, it, onTestFinished } from 'vitest'
import type { Item } from '../../bridges/contract.ts'
import { bridge } from '../../bridges/kafka/index.ts'
import { peers } from '../../scripts/peers.ts'
import { missingTier } from '../../scripts/tiers.ts'
import { openValidator } from '../../vo/validate.ts'
import { writeVOEvent20 } from '../../vo/xml/voevent-2.0.ts'
import { attemptOf, testHost } from '../bridges/contract.ts'
import { itemNumber, sampleEvent, sampleItem } from '../bridges/sample-item.ts'
import { makeTopic, type TestBroker, testBroker } from '../kafka/broker.ts'
import { startAvroRegistry } from '../servers/avro-registry.ts'
import { describeTier } from '../tiers.ts'

const script = fileURLToPath(new URL('read_kafka.py', import.meta.url))

/** An event with the bytes that the gateway would have recorded. */
function written(item: Item): Item {
  return { ...item, raw: { mediaType: 'text/xml', bytes: writeVOEvent20(item.event) } }
}

describeTier(
  missingTier('kafka') === undefined ? 'peers' : 'kafka',
  'what the Kafka bridge writes, read by others',
  () => {
    let broker: TestBroker
    let python = ''
    beforeAll(async () => {
      broker = await testBroker()
      python = (await peers()).python
    }, 600_000)
    afterAll(() => broker.stop())

    async function sendAll(topic: string, items: readonly Item[], more: object): Promise<void> {
      const channel = await bridge.open(bridge.config.parse({ brokers: broker.brokers, ...more }), testHost())
      onTestFinished(() => channel.close())
      for (const item of items) {
        const message = channel.render([item], { topic, key: 'ivoid' })
        await channel.deliver(message, attemptOf(message))
      }
    }
    async function read(...args: string[]): Promise<Record<string, unknown>[]> {
      const { stdout } = await promisify(execFile)(python, [script, ...args], { timeout: 120_000 })
      return stdout
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line) as Record<string, unknown>)
    }

    it('hop-client reads VOEvents, leaves tests out unless asked, and takes what is no VOEvent of its kind as bytes', async () => {
      const topic = await makeTopic(broker)
      const test = written({
        ...sampleItem,
        event: { ...sampleEvent, ivoid: `${sampleEvent.ivoid}.test`, role: 'test' },
      })
      const foreign =
        '<VOEvent xmlns="http://www.ivoa.net/xml/VOEvent/v2.0" ivorn="ivo://x/y#z" version="2.0" role="test"/>'
      const items = [
        written(sampleItem),
        test,
        { ...itemNumber(7), raw: { mediaType: 'text/xml', bytes: Buffer.from(foreign) } },
      ]
      const validator = await openValidator()
      for (const { raw } of items.slice(0, 2))
        expect(validator.validate(raw.bytes, { version: '2.0' }).valid).toBe(true)
      await sendAll(topic, items, { hopskotch: true })
      const all = await read('hop', broker.brokers[0]!, topic)
      const careful = all.filter(({ ignoretest }) => ignoretest)
      expect(careful.map(({ ivorn }) => ivorn)).toEqual([sampleEvent.ivoid, null])
      const [event, marked, blob] = all.filter(({ ignoretest }) => !ignoretest)
      expect(event).toMatchObject({
        model: 'VOEvent',
        role: 'observation',
        params: sampleEvent.what!.params.length,
        test: false,
        sha256: createHash('sha256').update(items[0]!.raw.bytes).digest('hex'),
        headers: {
          _format: 'voevent',
          _sender: 'under-test',
          role: 'observation',
          _id: expect.stringMatching(/^\w{32}$/),
        },
      })
      expect(marked).toMatchObject({ model: 'VOEvent', role: 'test', test: true })
      expect(blob).toMatchObject({ model: 'Blob', headers: { _format: 'blob' } })
    })

    it('hop-client reads the JSON', async () => {
      const topic = await makeTopic(broker)
      await sendAll(topic, [sampleItem], { hopskotch: true, format: 'lightweight-json' })
      const [line] = await read('hop', broker.brokers[0]!, topic)
      expect(line).toMatchObject({ model: 'JSONBlob', content: { ivoid: sampleEvent.ivoid, mag: 21.304 } })
    })

    it('confluent-kafka and fastavro read the Avro with what the registry gives', async () => {
      const topic = await makeTopic(broker)
      const registry = await startAvroRegistry()
      onTestFinished(() => registry.stop())
      const url = `http://${registry.host}`
      const items = [1, 2, 3].map(itemNumber)
      await sendAll(topic, items, { format: 'voevent-3-avro', registry: url })
      expect(await read('avro', broker.brokers[0]!, topic, url)).toEqual(
        items.map(({ event: { ivoid, role } }) => ({
          magic: 0,
          left: 0,
          ivoid,
          role,
          sets: expect.any(Number),
          key: ivoid,
        })),
      )
    })
  },
)
