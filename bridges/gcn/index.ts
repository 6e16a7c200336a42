/** GCN notices: machine-readable JSON to GCN Kafka, valid by the schema and by what the schema lets pass. See README.md. */
import { type Bridge, type Channel, DeliveryError, type Host } from '../contract.ts'
import type { Cluster } from '../kafka-producer/config.ts'
import { openLanes } from '../kafka-producer/lanes.ts'
import { type GcnAddress, type GcnConfig, gcnAddress, gcnConfig } from './config.ts'
import { draftingOf } from './drafting.ts'
import { faultsOf, readStored, renderNotice } from './render.ts'
import { readNoticeSchema } from './schemas.ts'

export const bridge: Bridge<typeof gcnConfig, typeof gcnAddress> = {
  kind: 'gcn',
  config: gcnConfig,
  address: gcnAddress,
  accepts: 'event',
  approval: 'default',
  pictures: [],
  maxInFlight: 4,
  checks: 'a token is given out, the brokers take it, and its topics are there for us to see',
  detail: 'full',
  audience: ({ live }) => (live ? 'public' : 'sandbox'),
  async open(config: GcnConfig, host: Host): Promise<Channel<GcnAddress>> {
    return openChannel(config, host)
  },
}

function openChannel(config: GcnConfig, host: Host): Channel<GcnAddress> {
  const { clock } = host
  const schema = readNoticeSchema(config.schema, config.schemaFolder)
  const lanes = openLanes(clusterOf(config), host)
  const heartbeatTopic = `${config.topic}.heartbeat`
  let closed = false

  return {
    render: ([item], to) => renderNotice(item, to, config, schema),
    drafting: draftingOf(config, schema),
    async deliver({ body }, { signal }) {
      if (closed) throw new DeliveryError('retry', 'no', 'the bridge is closed')
      if (signal.aborted) throw new DeliveryError('retry', 'no', 'stopped before it began')
      const { head, value } = readStored(body)
      // What was changed by hand, or rendered by another release: nothing goes out that readers cannot use.
      const faults = faultsOf(value, config, schema)
      if (faults.length > 0) throw new DeliveryError('reject', 'no', `not sent: ${faults.join(' ')}`)
      const record = { key: head.key, value, timestamp: String(clock.now()) }
      const { partition, baseOffset } = await lanes.send(head.topic, record, signal)
      return { state: 'sent', receipt: { id: `${head.topic}/${partition}/${baseOffset ?? ''}`, atMs: clock.now() } }
    },
    async check(signal) {
      if (signal.aborted) throw new DeliveryError('retry', 'no', 'stopped before it began')
      await lanes.check(signal, config.topic)
      if (config.heartbeat) await lanes.check(signal, heartbeatTopic)
    },
    ...(config.heartbeat
      ? {
          upkeep: {
            everyMs: config.heartbeatMs,
            async run(signal: AbortSignal) {
              const beat = { timestamp: new Date(clock.now()).toISOString(), status: 'alive' }
              const record = { value: Buffer.from(JSON.stringify(beat)), timestamp: String(clock.now()) }
              await lanes.send(heartbeatTopic, { key: null, ...record }, signal)
            },
          },
        }
      : {}),
    async close() {
      closed = true
      lanes.close()
    },
  }
}

function clusterOf({ cluster, live, clientId, clientSecret, scope, compression }: GcnConfig): Cluster {
  const domain = live ? 'gcn.nasa.gov' : 'test.gcn.nasa.gov'
  return {
    brokers: cluster?.brokers ?? [`kafka.${domain}:9092`],
    tls: cluster?.tls ?? true,
    compression,
    sasl: {
      mechanism: 'oauthbearer',
      tokenUrl: cluster?.tokenUrl ?? `https://auth.${domain}/oauth2/token`,
      clientId,
      clientSecret,
      ...(scope === undefined ? {} : { scope }),
    },
  }
}
