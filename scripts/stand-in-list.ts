/** The stand-ins of `test/servers/` as people run them: how each is started, what a gateway needs for it, what came. */
import { startBlueskyStandIn } from '../test/servers/bluesky.ts'
import { startGcnOidcStandIn } from '../test/servers/gcn-oidc.ts'
import { startHermesStandIn } from '../test/servers/hermes.ts'
import { startSmallBroker } from '../test/servers/kafka-broker.ts'
import { startMastodonStandIn } from '../test/servers/mastodon.ts'
import { startSlack } from '../test/servers/slack.ts'
import { startTnsStandIn } from '../test/servers/tns.ts'
import { startXStandIn } from '../test/servers/x.ts'

export interface RunningStandIn {
  /** The key under `bridges`. */
  readonly name: string
  readonly url: string
  /** What stands under `bridges.<name>`. Its credentials are worth nothing elsewhere. */
  readonly config: Readonly<Record<string, unknown>>
  /** What a subscription gives as `address`, where it gives one. */
  readonly address?: unknown
  /** Everything that came so far, one line each, the oldest first. */
  arrived(): readonly string[]
  stop(): Promise<void>
}

const loopback = ['127.0.0.0/8']

async function tns(): Promise<RunningStandIn> {
  const server = await startTnsStandIn()
  const yesterday = new Date(Date.now() - 86_400_000).toISOString().slice(0, 10)
  // Somebody else's object, so that the catalogue holds something to look up.
  const known = { objid: 1, prefix: 'AT', name: '2025zzz', raDeg: 150, decDeg: 2 }
  server.publishCatalogue('tns_public_objects.csv', `${yesterday} 00:00:00 - 23:59:59`, [
    { ...known, internalNames: ['ATLAS25zzz'], group: 'ATLAS' },
  ])
  return {
    name: 'tns',
    url: server.url,
    config: {
      bot: server.bot,
      api: server.api,
      reporter: 'A. Newcomer (Institute of Rehearsals)',
      reportingGroup: 'Fountain',
      dataSourceGroup: 'Rubin',
      archivalRemarks: 'Nothing is seen in the template of the survey at this place (rehearsal).',
      archivalRemarksOnSource: 'The template of the survey shows a source at this place (rehearsal).',
      // The sky of a demo is minutes old.
      leastMinutes: 0,
    },
    arrived: () =>
      server.objects.map(({ prefix, name, internalNames }) => `${prefix} ${name} for ${internalNames.join(', ')}`),
    stop: () => server.stop(),
  }
}

async function mastodon(): Promise<RunningStandIn> {
  const server = await startMastodonStandIn()
  return {
    name: 'mastodon',
    url: server.url,
    config: { instance: server.url, token: server.token, networks: loopback },
    arrived: () => server.posts.map(({ text }) => oneLine(text)),
    stop: () => server.stop(),
  }
}

async function bluesky(): Promise<RunningStandIn> {
  const server = await startBlueskyStandIn()
  const { identifier, appPassword } = server
  return {
    name: 'bluesky',
    url: server.url,
    config: { service: server.url, identifier, appPassword, networks: loopback },
    arrived: () => server.records.map(({ value }) => oneLine(`${value.text}`)),
    stop: () => server.stop(),
  }
}

async function x(): Promise<RunningStandIn> {
  const keys = {
    consumerKey: 'stand-in-consumer-key',
    consumerSecret: 'stand-in-consumer-secret',
    accessToken: 'stand-in-access-token',
    accessTokenSecret: 'stand-in-access-secret',
  }
  const server = await startXStandIn({ ...keys, clock: Date.now })
  return {
    name: 'x',
    url: server.url,
    config: { ...keys, api: server.api, networks: loopback },
    arrived: () => server.posts.map(({ text }) => oneLine(text)),
    stop: () => server.stop(),
  }
}

/** The site that gives tokens, and a broker that takes them. */
async function gcn(): Promise<RunningStandIn> {
  const clientId = 'stand-in-client'
  const clientSecret = 'stand-in-client-secret'
  const oidc = await startGcnOidcStandIn({ clientId, clientSecret })
  const broker = await startSmallBroker({ takes: (token) => oidc.tokens.includes(token) })
  return {
    name: 'gcn',
    url: `127.0.0.1:${broker.port}`,
    config: {
      clientId,
      clientSecret,
      topic: 'gcn.notices.fountain.alert',
      mission: 'Fountain',
      cluster: { brokers: [`127.0.0.1:${broker.port}`], tls: false, tokenUrl: oidc.tokenUrl },
    },
    arrived: () => broker.records.map(({ topic, value }) => `${topic}: ${value.length} bytes`),
    stop: async () => {
      await Promise.all([oidc.stop(), broker.stop()])
    },
  }
}

async function hermes(): Promise<RunningStandIn> {
  const server = await startHermesStandIn()
  return {
    name: 'hermes',
    url: server.url,
    config: { token: server.token, submitter: 'A. Newcomer', api: server.api, networks: loopback },
    arrived: () => server.published.map(({ topic, message }) => `${topic}: ${oneLine(`${message.title}`)}`),
    stop: () => server.stop(),
  }
}

async function slack(): Promise<RunningStandIn> {
  const token = 'xoxb-stand-in-token'
  const server = await startSlack(token)
  return {
    name: 'slack',
    url: server.url,
    config: { token, api: server.api, networks: loopback },
    address: '#transients',
    arrived: () => server.posted.map(({ channel, body }) => `${channel} ${oneLine(`${body.text ?? ''}`)}`),
    stop: () => server.stop(),
  }
}

const oneLine = (text: string): string => text.replaceAll(/\s+/g, ' ').trim()

export const standIns: readonly (() => Promise<RunningStandIn>)[] = [tns, gcn, hermes, mastodon, bluesky, x, slack]
