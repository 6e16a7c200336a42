/**
 * GCN as a stand-in: its token endpoint and a small broker that takes its tokens and one mission's topics, with a reader
 * that complains. No JVM: real brokers are in test/kafka.
 */
import { complaintsOf, noticeFaults } from './gcn-notices.ts'
import { type GcnOidcOptions, type GcnOidcStandIn, startGcnOidcStandIn } from './gcn-oidc.ts'
import { type HeldRecord, type SmallBroker, startSmallBroker } from './kafka-broker.ts'

export interface GcnOptions extends GcnOidcOptions {
  /** Whose topics may be written. */
  readonly mission?: string
  readonly brokerPort?: number
}

export interface GcnStandIn {
  /** Of the token endpoint. */
  readonly url: string
  readonly port: number
  /** What a bridge is configured with: `cluster: {…}`. */
  readonly cluster: { readonly brokers: string[]; readonly tls: false; readonly tokenUrl: string }
  readonly oidc: GcnOidcStandIn
  readonly broker: SmallBroker
  readonly records: readonly HeldRecord[]
  complaints(): string[]
  /** A line for each record, for people, with what is wrong with it. */
  arrived(): readonly string[]
  stop(): Promise<void>
}

export async function startGcnStandIn({
  mission = 'fountain',
  brokerPort = 0,
  ...options
}: GcnOptions = {}): Promise<GcnStandIn> {
  const oidc = await startGcnOidcStandIn(options)
  const own = new RegExp(`^gcn\\.notices\\.${mission}\\.[a-z0-9_.]+$`)
  const takes = (token: string): boolean => {
    if (!oidc.tokens.includes(token)) return false
    const claims = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()) as { exp: number }
    return claims.exp > Date.now() / 1000
  }
  const broker = await startSmallBroker({ takes }, { port: brokerPort, allows: (topic) => own.test(topic) })
  const lines: string[] = []
  return {
    url: oidc.url,
    port: oidc.port,
    cluster: { brokers: [`127.0.0.1:${broker.port}`], tls: false, tokenUrl: oidc.tokenUrl },
    oidc,
    broker,
    records: broker.records,
    complaints: () => complaintsOf(broker.records),
    arrived() {
      while (lines.length < broker.records.length) lines.push(lineOf(broker.records[lines.length]!))
      return lines
    },
    async stop() {
      await broker.stop()
      await oidc.stop()
    },
  }
}

function lineOf({ topic, key, value }: HeldRecord): string {
  if (topic.endsWith('.heartbeat')) return `${topic}: a heartbeat`
  try {
    const notice = JSON.parse(value.toString()) as Record<string, unknown>
    const faults = noticeFaults(notice)
    const kind = `${notice.alert_type} notice ${notice.record_number} of ${key}, ${notice.alert_tense}`
    return `${topic}: ${kind}, ${faults.length === 0 ? 'valid' : `INVALID: ${faults.join('; ')}`}`
  } catch {
    return `${topic}: INVALID: no JSON`
  }
}
