/** What the GCN bridge writes, through the eyes of GCN's own client: its login by OIDC, its consumer, its schemas. */
import { spawn } from 'node:child_process'
import { createRequire } from 'node:module'
import { dirname } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, it, onTestFinished } from 'vitest'
import { bridge } from '../../bridges/gcn/index.ts'
import { kafkaTokenScope, type StartedKafka, startKafka } from '../../scripts/kafka.ts'
import { peers } from '../../scripts/peers.ts'
import { missingTier } from '../../scripts/tiers.ts'
import { attemptOf, testHost } from '../bridges/contract.ts'
import { detailed } from '../bridges/gcn-items.ts'
import { itemNumber, retractionItem } from '../bridges/sample-item.ts'
import { withAdmin } from '../kafka/broker.ts'
import { startGcnOidcStandIn } from '../servers/gcn-oidc.ts'
import { describeTier } from '../tiers.ts'

const script = fileURLToPath(new URL('read_gcn.py', import.meta.url))
const schemas = dirname(createRequire(import.meta.url).resolve('@nasa-gcn/schema/package.json'))

describeTier(missingTier('kafka') === undefined ? 'peers' : 'kafka', 'GCN notices, read by gcn-kafka', () => {
  let broker: StartedKafka
  let python = ''
  beforeAll(async () => {
    broker = await startKafka({ own: true })
    python = (await peers()).python
  }, 600_000)
  afterAll(() => broker.stop())

  async function read(count: number, topic: string, given: object): Promise<Record<string, unknown>[]> {
    const child = spawn(python, [script, `${count}`, topic], { stdio: ['pipe', 'pipe', 'inherit'], timeout: 120_000 })
    child.stdin.end(JSON.stringify(given))
    let text = ''
    for await (const chunk of child.stdout) text += chunk
    return text
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>)
  }

  it.each(['gcn/notices/boom/alert.schema.json', 'gcn/notices/maxi/gsc.unknown.schema.json'])(
    'are valid by %s for another validator too, and come to who logs in with a token',
    async (schema) => {
      const topic = `gcn.notices.fountain.${schema.split('/')[2]}`
      await withAdmin(broker, (admin) => admin.createTopics({ topics: [{ topic }], waitForLeaders: true }))
      const client = { clientId: 'fountain-client', clientSecret: 'only-on-loopback' }
      const oidc = await startGcnOidcStandIn({ ...client, scopes: [kafkaTokenScope] })
      onTestFinished(() => oidc.stop())
      const cluster = { brokers: broker.tokenBrokers, tls: false, tokenUrl: oidc.tokenUrl }
      const config = bridge.config.parse({ ...client, topic, mission: 'Fountain', schema, cluster })
      const channel = await bridge.open(config, testHost())
      onTestFinished(() => channel.close())
      const items = [detailed(itemNumber(1)), detailed(itemNumber(2)), detailed(retractionItem)]
      for (const item of items) {
        const message = channel.render([item], null)
        await channel.deliver(message, attemptOf(message))
      }
      const lines = await read(items.length, topic, {
        schemas,
        client_id: client.clientId,
        client_secret: client.clientSecret,
        domain: 'gcn.nasa.gov',
        config: {
          'bootstrap.servers': broker.tokenBrokers[0],
          'security.protocol': 'sasl_plaintext',
          'sasl.oauthbearer.token.endpoint.url': oidc.tokenUrl,
          'auto.offset.reset': 'earliest',
          'group.id': topic,
        },
      })
      expect(lines.map(({ faults }) => faults)).toEqual([[], [], []])
      expect(lines.map(({ key }) => key)).toEqual(items.map(({ match }) => match.objectId))
      expect(lines.map(({ notice }) => (notice as { alert_type: string }).alert_type)).toEqual([
        'initial',
        'initial',
        'retraction',
      ])
      // Ours and theirs.
      expect(oidc.tokens.length).toBeGreaterThanOrEqual(2)
    },
  )
})
