import { type ChildProcess, spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { type StartedKafka, startKafka } from '../../scripts/kafka.ts'
import { kafkaSource } from '../../src/ingest/kafka/kafka-source.ts'
import { clock, testHost, testLog } from '../ingest/host.ts'
import { describeTier } from '../tiers.ts'
import { kafkaConfig, makeTopic, numbered, produce } from './broker.ts'

const offsets = (count: number) => Array.from({ length: count }, (_, offset) => offset)

describeTier('kafka', 'when Kafka is lost', () => {
  let broker: StartedKafka
  beforeAll(async () => {
    broker = await startKafka({ own: true })
  })
  afterAll(async () => {
    await broker.stop()
  })

  it('the source waits, tells, and goes on when it is back', async () => {
    const topic = await makeTopic(broker)
    await produce(broker, topic, numbered(0, 20))
    const host = testHost()
    const log = testLog()
    const source = kafkaSource('here', kafkaConfig(broker, { topics: [topic] }), { log, clock })
    const running = source.run(host)
    await host.until(20)
    await broker.kill()
    await expect
      .poll(() => log.lines.some(({ fields }) => fields.code === 'KAFKA_UNREACHABLE'), { timeout: 60_000 })
      .toBe(true)
    await broker.restart()
    await produce(broker, topic, numbered(20, 40))
    await host.until(40, 60_000)
    host.stop()
    await running
    expect(host.packets.map(({ offset }) => offset)).toEqual(offsets(40))
    expect(log.lines.map(({ message }) => message).join('\n')).toContain(broker.brokers[0])
  })

  it('a source that starts meanwhile waits too, and stops at once when told', async () => {
    await broker.kill()
    const config = kafkaConfig(broker, { topics: ['any'] })
    const log = testLog()
    const host = testHost()
    const running = kafkaSource('here', config, { log, clock }).run(host)
    await expect.poll(() => log.lines.some(({ level }) => level === 'warn'), { timeout: 60_000 }).toBe(true)
    host.stop()
    await running
    await broker.restart()
  })

  it('or when a member dies, the group is given back in about its session', async () => {
    const topic = await makeTopic(broker)
    const group = `${topic}-group`
    const member = spawn(process.execPath, [fileURLToPath(new URL('./member.ts', import.meta.url))], {
      stdio: ['ignore', 'pipe', 'inherit'],
      env: {
        ...process.env,
        MEMBER: JSON.stringify(kafkaConfig(broker, { topics: [topic], group, sessionTimeoutMs: 500 })),
      },
    })
    await produce(broker, topic, numbered(0, 30))
    await lines(member, 30)
    member.kill('SIGKILL')
    const positions = [{ topic, partition: 0, to: 10 }]
    const host = testHost({ positions })
    const config = kafkaConfig(broker, { topics: [topic], group, sessionTimeoutMs: 500 })
    const running = kafkaSource('here', config, { log: testLog(), clock }).run(host)
    await host.until(20, 20_000)
    host.stop()
    await running
    expect(host.packets.map(({ offset }) => offset)).toEqual(offsets(30).slice(10))
  })
})

async function lines(child: ChildProcess, count: number): Promise<void> {
  let seen = 0
  for await (const chunk of child.stdout!) {
    seen += String(chunk).split('\n').length - 1
    if (seen >= count) return
  }
  throw new Error(`the member ended after ${seen} lines`)
}
