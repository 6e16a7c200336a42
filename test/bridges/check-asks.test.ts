/**
 * What `check` of each bridge that reports asks its service: these questions and no others, whatever is wrong there.
 * Of what the stand-ins saw, nothing changes anything that people or machines would read.
 */
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { bridge as bluesky } from '../../bridges/bluesky/index.ts'
import type { Bridge, Channel } from '../../bridges/contract.ts'
import { bridge as gcn } from '../../bridges/gcn/index.ts'
import { bridge as hermes } from '../../bridges/hermes/index.ts'
import type { Http } from '../../bridges/http.ts'
import { bridge as mastodon } from '../../bridges/mastodon/index.ts'
import { bridge as tns } from '../../bridges/tns/index.ts'
import { bridge as x } from '../../bridges/x/index.ts'
import { startBlueskyStandIn } from '../servers/bluesky.ts'
import { startGcnStandIn } from '../servers/gcn.ts'
import { startHermesStandIn } from '../servers/hermes.ts'
import type { Answer, HttpServer } from '../servers/http.ts'
import { startMastodonStandIn } from '../servers/mastodon.ts'
import { startTnsStandIn } from '../servers/tns.ts'
import { startXStandIn, xStandInKeys } from '../servers/x.ts'
import { attemptOf, failure, testHost } from './contract.ts'
import { sampleItem } from './sample-item.ts'

type Fields = Readonly<Record<string, unknown>>
interface Service {
  readonly config: Fields
  /** One of the secrets is another's. */
  readonly wrong: Fields
  /** Without an address of its own and without `live`: the service's own host. */
  readonly plain?: Fields
  /** What came, in order. */
  asked(): readonly string[]
  /** What people or machines would read. */
  changed(): number
  /** The n-th question gets this. */
  failing(n: number, answer: Answer): void
  silent(): void
  readonly origin: string
  stop(): Promise<void>
}

const networks = ['127.0.0.0/8']
const word = 'word-of-somebody-else'

/** Of a server that speaks HTTP. */
function spoken(server: HttpServer, asks: readonly string[], refuse: (ask: string, answer: Answer) => void) {
  return {
    asked: () => server.asked.map(({ method, path }) => `${method} ${path.replace(/\?.*/, '')}`),
    failing: (n: number, answer: Answer) => refuse(asks[n]!, answer),
    silent: () => server.react('ignore'),
    origin: server.url,
    stop: server.stop,
  }
}

interface Case {
  readonly bridge: Bridge
  readonly asks: readonly string[]
  start(asks: readonly string[]): Promise<Service>
}

const cases: Readonly<Record<string, Case>> = {
  tns: {
    bridge: tns as unknown as Bridge,
    asks: ['GET /api/get/values/', 'POST /api/get/object'],
    async start(asks) {
      const server = await startTnsStandIn()
      const plain = {
        bot: server.bot,
        reporter: 'A. Author (Institute)',
        reportingGroup: 'Fountain',
        dataSourceGroup: 'Rubin',
      }
      const config = { ...plain, api: server.api }
      return {
        config,
        plain,
        wrong: { ...config, bot: { ...server.bot, apiKey: word } },
        changed: () => server.submitted.length + server.objects.length,
        ...spoken(server, asks, (ask, answer) => server.refuse(/\/api\/(\w+\/\w+)/.exec(ask)![1]!, answer)),
      }
    },
  },
  hermes: {
    bridge: hermes as unknown as Bridge,
    asks: ['GET /api/v0/profile/'],
    async start(asks) {
      const server = await startHermesStandIn()
      const plain = { token: server.token, submitter: 'A. Author' }
      const config = { ...plain, api: server.api, networks }
      return {
        config,
        plain,
        wrong: { ...config, token: word },
        changed: () => server.published.length + server.forwarded.length,
        ...spoken(server, asks, (ask, answer) => server.refuse(ask.replace('/api/v0/', ''), answer)),
      }
    },
  },
  mastodon: {
    bridge: mastodon as unknown as Bridge,
    asks: ['GET /api/v2/instance', 'GET /api/v1/accounts/verify_credentials', 'GET /api/v1/apps/verify_credentials'],
    async start(asks) {
      const server = await startMastodonStandIn()
      const config = { instance: server.url, token: server.token, networks }
      return {
        config,
        plain: { ...config, instance: 'https://mastodon.example.org' },
        wrong: { ...config, token: word },
        changed: () => server.posts.length + server.media.size,
        ...spoken(server, asks, server.refuse),
      }
    },
  },
  bluesky: {
    bridge: bluesky as unknown as Bridge,
    asks: [
      'POST /xrpc/com.atproto.server.createSession',
      'GET /xrpc/com.atproto.server.getSession',
      'GET /xrpc/com.atproto.repo.getRecord',
    ],
    async start(asks) {
      const server = await startBlueskyStandIn()
      const plain = { identifier: server.identifier, appPassword: server.appPassword }
      const config = { ...plain, service: server.url, networks }
      return {
        config,
        plain,
        wrong: { ...config, appPassword: word },
        changed: () => server.records.length + server.blobs.size + server.logins.refreshed,
        ...spoken(server, asks, (ask, answer) => server.refuse(ask.split('/').at(-1)!, answer)),
      }
    },
  },
  x: {
    bridge: x as unknown as Bridge,
    asks: ['GET /2/users/me'],
    async start(asks) {
      const server = await startXStandIn()
      const config = { ...xStandInKeys, api: server.api, networks }
      return {
        config,
        plain: xStandInKeys,
        wrong: { ...config, accessTokenSecret: word },
        changed: () => server.posts.length,
        ...spoken(server, asks, (ask, answer) => server.refuse(ask.split(' ')[1]!, answer)),
      }
    },
  },
  gcn: {
    bridge: gcn as unknown as Bridge,
    asks: ['a token'],
    async start() {
      const server = await startGcnStandIn()
      const config = {
        clientId: 'fountain-client',
        clientSecret: 'only-on-loopback',
        topic: 'gcn.notices.fountain.alert',
        mission: 'Fountain',
        cluster: server.cluster,
      }
      return {
        config,
        wrong: { ...config, clientSecret: word },
        asked: () => Array<string>(server.oidc.asked()).fill('a token'),
        changed: () => server.records.length,
        failing: (_, { status, body }) => {
          server.oidc.mood = { status, body: `${body}` }
        },
        silent: () => {
          server.broker.mood = { connect: 'silent' }
        },
        origin: server.url,
        stop: server.stop,
      }
    },
  },
}

describe.each(Object.entries(cases))('%s: check', (_, { bridge, asks, start }) => {
  async function started() {
    const service = await start(asks)
    onTestFinished(service.stop)
    return service
  }
  async function opened(config: Fields, more: object = {}): Promise<Channel> {
    const folder = mkdtempSync(join(tmpdir(), 'fountain-check-'))
    const host = { ...testHost(), folder: () => folder, ...more }
    const channel = (await bridge.open(bridge.config.parse(config), host)) as Channel
    onTestFinished(() => channel.close())
    return channel
  }

  it('asks what it asks, and changes nothing', async () => {
    const service = await started()
    const channel = await opened(service.config)
    await channel.check(AbortSignal.timeout(20_000))
    expect(service.asked()).toEqual(asks)
    expect(service.changed()).toBe(0)
  })

  it('halts at a secret of somebody else, shows it to nobody, and asks no more', async () => {
    const service = await started()
    const channel = await opened(service.wrong)
    const failed = await failure(channel.check(AbortSignal.timeout(20_000)))
    expect(failed).toMatchObject({ kind: 'halt', reached: 'no' })
    expect(`${failed.reply} ${failed.stack}`).not.toContain(word)
    expect(asks.slice(0, service.asked().length)).toEqual(service.asked())
    expect(service.changed()).toBe(0)
  })

  it.each(asks.map((ask, n) => [ask, n] as const))('is another time where %s fails', async (_ask, n) => {
    const service = await started()
    const channel = await opened(service.config)
    service.failing(n, { status: 503, body: '<html>Service Unavailable</html>' })
    expect(await failure(channel.check(AbortSignal.timeout(20_000)))).toMatchObject({ kind: 'retry', reached: 'no' })
    expect(service.asked()).toEqual(asks.slice(0, n + 1))
    expect(service.changed()).toBe(0)
  })

  it('is another time where nobody is there', async () => {
    const service = await start(asks)
    const channel = await opened(service.config)
    await service.stop()
    expect(await failure(channel.check(AbortSignal.timeout(20_000)))).toMatchObject({ kind: 'retry', reached: 'no' })
  })

  it('ends when it is told to, on a service that says nothing', async () => {
    const service = await started()
    const channel = await opened(service.config)
    service.silent()
    expect(await failure(channel.check(AbortSignal.timeout(300)))).toMatchObject({ kind: 'retry', reached: 'no' })
    expect(service.changed()).toBe(0)
  })

  // GCN's brokers are not asked over HTTP: gcn.test.ts holds which of them it is for without `live`.
  if (bridge.kind === 'gcn') return
  it('asks the same without `live`, and then lets nothing out', async () => {
    const service = await started()
    const hosts = new Set<string>()
    const real = testHost().http
    const http: Http = {
      request(request) {
        const { host, pathname, search } = new URL(request.url)
        hosts.add(host)
        return real.request({ ...request, url: `${service.origin}${pathname}${search}`, networks })
      },
    }
    const channel = await opened(service.plain!, { http })
    // Its signature is of X's own address, which the stand-in has not.
    if (bridge.kind === 'x') service.failing(0, { status: 200, body: '{"data":{"id":"1","username":"a_telescope"}}' })
    await channel.check(AbortSignal.timeout(20_000))
    expect(service.asked()).toEqual(asks)
    expect(service.changed()).toBe(0)
    const said = bridge.audience!(bridge.config.parse(service.plain))
    expect([said, ...hosts]).toEqual(
      {
        tns: ['sandbox', 'sandbox.wis-tns.org'],
        hermes: ['sandbox', 'hermes.lco.global'],
        mastodon: ['nobody', 'mastodon.example.org'],
        bluesky: ['nobody', 'bsky.social'],
        x: ['nobody', 'api.x.com'],
      }[bridge.kind],
    )
    if (said !== 'nobody') return
    const message = channel.render([sampleItem], bridge.address.parse(undefined))
    const failed = await failure(channel.deliver(message, attemptOf(message)))
    expect(failed).toMatchObject({ kind: 'halt', reached: 'no', reply: expect.stringContaining('live: true') })
    expect(service.asked()).toEqual(asks)
  })
})
