/** A server on a gateway that stands still: a store of three events, and a report that adds up. */
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Registry } from 'prom-client'
import { onTestFinished } from 'vitest'
import type { Recorded } from '../../src/flow.ts'
import { type Server, type StartServerOptions, startServer } from '../../src/serve/start-server.ts'
import type { StatusReport } from '../../src/serve/status-report.ts'
import type { TokenStore } from '../../src/serve/tokens.ts'
import { key } from '../../vo/ivoid.ts'

export const nowMs = Date.UTC(2026, 2, 1, 6)
export const stream = 'ivo://example.org/streams/young-and-bright'

function recorded(seq: number, ivoid: string, raw: Recorded['raw'], role: Recorded['role'] = 'observation'): Recorded {
  return { seq, ivoid, role, raw, origin: 'own', recordedMs: nowMs - seq * 61_000 }
}
const xml = (ivoid: string) => ({
  mediaType: 'application/xml',
  bytes: Buffer.from(`<?xml version="1.0" encoding="UTF-8"?>\n<voe:VOEvent ivorn="${ivoid}" note="é"/>`),
})

export const events: readonly Recorded[] = [
  recorded(3, `${stream}#170028503098359910`, xml(`${stream}#170028503098359910`)),
  recorded(2, `${stream}#a+b%20c`, { mediaType: 'text/xml; charset=utf-8', bytes: Buffer.from('<a/>') }, 'test'),
  recorded(1, 'ivo://evil.example/x#1', { mediaType: 'text/html', bytes: Buffer.from('<script>alert(1)</script>') }),
]

export const report: StatusReport = {
  version: '0.1.0',
  startedMs: nowMs - 3 * 3_600_000 - 125_000,
  authority: 'example.org',
  sources: [
    {
      name: 'lsst',
      describe: 'kafka localhost:9092 lsst-alerts-v11',
      state: 'running',
      lag: 1204,
      newestRecordMs: nowMs - 4_000,
    },
    { name: 'old', describe: 'files /data/<night>', state: 'failed', reason: 'KAFKA_AUTH: <b>no</b>' },
  ],
  streams: [
    { name: 'young-and-bright', title: 'Young & bright', filter: "SELECT id FROM alert WHERE mag < 19 AND band = 'r'" },
  ],
  feeds: [
    {
      name: 'vtp',
      summary: '2 subscribers',
      listening: ['127.0.0.1:8098', '127.0.0.1:8099'],
      peers: [
        { name: 'ivo://comet.example/broker', address: '192.0.2.17:40312', sent: 1_840, acked: 1_838, behind: 2 },
        { name: 'anonymous', address: '[2001:db8:1:2::7]:5000', sent: 12, acked: 12, behind: 0 },
      ],
    },
  ],
  bridges: [
    { name: 'email', state: 'ready', inFlight: 1, lastError: '450 4.2.0 greylisted' },
    { name: 'slack-ops', state: 'halted', reason: 'the token was refused' },
  ],
  ledger: {
    sources: [
      { source: 'lsst', visit: 1, received: 10_412, decoded: 10_400, duplicate: 10, parked: 0, dead: 2 },
      { source: 'lsst', visit: 2, received: 8_000, decoded: 8_000, duplicate: 0, parked: 0, dead: 0 },
    ],
    filters: [
      {
        name: 'young-and-bright',
        version: 'a',
        visit: 1,
        passed: 1_843,
        errored: 0,
        chosen: 1_842,
        waiting: 0,
        suppressed: 0,
        unmappable: 1,
      },
    ],
    subscriptions: [
      {
        subscription: 'young-and-bright-email',
        chosen: 1_842,
        deliveries: 20,
        leftOut: 1_822,
        notices: 0,
        reasons: {},
      },
    ],
    bridges: [{ bridge: 'email', states: { sent: 18, queued: 1, rejected: 1 } }],
    feeds: [{ feed: 'vtp', cursor: 1_840, behind: 2 }],
    events: { stored: 1_850, logHead: 1_842, own: 1_842, outside: 0 },
  },
  store: { directory: '/srv/fountain/data', bytes: 40_000_000, freeBytes: 9e11 },
}

export interface TestGateway {
  readonly server: Server
  readonly token: string | undefined
  readonly dataDir: string
  readonly asked: { status: number; retried: unknown[] }
  /** By loopback, with any Host. */
  get(path: string, headers?: Record<string, string>): Promise<Response>
}

/** Knows the admin's token and no other. */
export function adminTokens(): TokenStore {
  let known: Buffer | undefined
  return {
    adoptAdminToken: async (hash) => {
      known = Buffer.from(hash)
    },
    tokenByHash: async (hash) =>
      known?.equals(hash)
        ? { tokenId: 1, hash, user: 'admin', role: 'admin', groups: [], scopes: ['admin'], usedMs: null }
        : null,
    tokenUsed: async () => {},
  }
}

export async function startTestGateway(more: Partial<StartServerOptions> = {}): Promise<TestGateway> {
  const dataDir = more.dataDir ?? mkdtempSync(join(tmpdir(), 'fountain-serve-'))
  const asked = { status: 0, retried: [] as unknown[] }
  const tokens: string[] = []
  const byKey = new Map(events.map((event) => [key(event.ivoid), event]))
  const log: StartServerOptions['log'] = { debug() {}, info() {}, warn() {}, error() {}, child: () => log }
  const server = await startServer({
    http: { listen: '127.0.0.1:0', hosts: [] },
    dataDir,
    store: {
      ...adminTokens(),
      eventByIvoid: async (ivoid) => byKey.get(key(ivoid)) ?? null,
      recentEvents: async (limit) =>
        events
          .slice(0, limit)
          .map(({ ivoid, role, seq, recordedMs, origin }) => ({ ivoid, role, seq, recordedMs, origin })),
    },
    status: async () => {
      asked.status += 1
      return report
    },
    ready: () => ({ ok: true, reasons: [] }),
    metrics: new Registry(),
    admin: {
      retryDead: async (which) => {
        asked.retried.push(which)
        return { retried: 2 }
      },
      testEvent: async () => ({ ivoid: `${stream}#test` }),
    },
    clock: { now: () => nowMs, monotonic: () => performance.now() },
    log,
    showToken: (token) => tokens.push(token),
    ...more,
  })
  onTestFinished(() => server.close())
  return {
    server,
    token: tokens[0],
    dataDir,
    asked,
    get: (path, headers = {}) => fetch(server.url + path, { headers, redirect: 'manual' }),
  }
}
