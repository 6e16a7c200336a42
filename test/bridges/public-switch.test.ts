/** However a public service is spelled, nothing reaches it without `live: true`, and no secret goes there in the clear. */
import { describe, expect, it } from 'vitest'
import { bridge as bluesky } from '../../bridges/bluesky/index.ts'
import type { Bridge } from '../../bridges/contract.ts'
import { bridge as gcn } from '../../bridges/gcn/index.ts'
import { bridge as hermes } from '../../bridges/hermes/index.ts'
import { bridge as mastodon } from '../../bridges/mastodon/index.ts'
import { bridge as tns } from '../../bridges/tns/index.ts'
import { bridge as x } from '../../bridges/x/index.ts'

const secret = 'abcdefgh12345678'
const bot = { id: 1, name: 'b', apiKey: secret }
const signed = { reporter: 'A. Author (Institute)', reportingGroup: 'Rubin', dataSourceGroup: 'Rubin' }
const names = { consumerKey: secret, consumerSecret: secret, accessToken: secret, accessTokenSecret: secret }
const client = { clientId: 'c', clientSecret: secret, topic: 'gcn.notices.fountain.alert', mission: 'Fountain' }
const brokers = ['127.0.0.1:9092']

interface Kind {
  readonly bridge: Bridge
  readonly host: string
  readonly path?: string
  readonly config: (url: string) => object
}
const kinds: Readonly<Record<string, Kind>> = {
  tns: { bridge: tns, host: 'www.wis-tns.org', path: '/api', config: (api) => ({ bot, ...signed, api }) },
  x: { bridge: x, host: 'api.x.com', config: (api) => ({ ...names, api }) },
  mastodon: { bridge: mastodon, host: 'mastodon.social', config: (instance) => ({ instance, token: secret }) },
  bluesky: {
    bridge: bluesky,
    host: 'bsky.social',
    config: (service) => ({ service, identifier: 'a.example.org', appPassword: secret }),
  },
  hermes: {
    bridge: hermes,
    host: 'hermes.lco.global',
    path: '/api/v0',
    config: (api) => ({ token: secret, submitter: 'us', topic: 'rubin.alerts', api }),
  },
  'gcn (token)': {
    bridge: gcn,
    host: 'auth.gcn.nasa.gov',
    path: '/oauth2/token',
    config: (tokenUrl) => ({ ...client, cluster: { brokers, tokenUrl } }),
  },
}
const spellings: Readonly<Record<string, (host: string) => string>> = {
  'as it is': (host) => `https://${host}`,
  'in capitals': (host) => `HTTPS://${host.toUpperCase()}`,
  'with a dot at its end': (host) => `https://${host}.`,
  'with its port': (host) => `https://${host}:443`,
  'with another port': (host) => `https://${host}:8443`,
  'without TLS': (host) => `http://${host}`,
  'in percent signs': (host) => `https://%${host.charCodeAt(0).toString(16)}${host.slice(1)}`,
  'in wide letters': (host) => `https://${String.fromCodePoint(host.charCodeAt(0) + 0xfee0)}${host.slice(1)}`,
  'with wide full stops': (host) => `https://${host.replaceAll('.', '。')}`,
}
const audienceOf = (bridge: Bridge, config: object) => {
  const parsed = bridge.config.safeParse(config)
  return parsed.success ? bridge.audience!(parsed.data) : 'refused'
}

describe.each(Object.entries(kinds))('%s', (_, { bridge, host, path = '', config }) => {
  it.each(Object.entries(spellings))('the public one %s is for nobody', (_, spell) => {
    expect(['refused', 'nobody']).toContain(audienceOf(bridge, config(`${spell(host)}${path}`)))
  })

  it.each(['http://203.0.114.7', 'http://[2606:4700::1]', 'http://service.example.org'])(
    'no secret goes in the clear to %s',
    (url) => {
      expect(audienceOf(bridge, config(`${url}${path}`))).toBe('refused')
    },
  )

  it.each(['http://127.0.0.1:9', 'http://localhost:9', 'http://[::1]:9', 'http://10.1.2.3:9', 'http://tns-stand-in:9'])(
    'a server of one’s own is a rehearsal: %s',
    (url) => {
      expect(audienceOf(bridge, config(`${url}${path}`))).toBe('sandbox')
    },
  )
})

it.each(['wis-tns.org', 'WIS-TNS.org.', 'api.wis-tns.org', 'www.wis-tns.org:443'])(
  'tns: %s is the public one',
  (host) => {
    expect(audienceOf(tns, kinds.tns!.config(`https://${host}/api`))).toBe('refused')
  },
)

it.each(['kafka.gcn.nasa.gov:9092', 'KAFKA1.GCN.NASA.GOV.:9092', 'gcn.nasa.gov:9092', 'kafka.test.gcn.nasa.gov:9092'])(
  'gcn: the broker %s is no cluster of one’s own',
  (broker) => {
    const cluster = { brokers: [...brokers, broker], tokenUrl: 'http://127.0.0.1:9/token' }
    expect(audienceOf(gcn, { ...client, cluster })).toBe('refused')
  },
)

it('hermes: the token of trials goes nowhere in the clear', () => {
  const trial = { token: secret, submitter: 'us' }
  expect(audienceOf(hermes, trial)).toBe('sandbox')
  expect(audienceOf(hermes, { ...trial, api: 'http://hermes.lco.global/api/v0' })).toBe('refused')
})
