/** What each bridge is configured with for the golden files of reports. A bridge that is not here fails the test. */
import { startMastodonStandIn } from '../../servers/mastodon.ts'
import { startTnsStandIn } from '../../servers/tns.ts'

export type Survey = 'lsst' | 'ztf'

export interface GoldenCase {
  readonly config?: object
  /** As a subscription would give it. */
  readonly to?: unknown
  /** Where a bridge learns something in its check: a stand-in to ask, the configuration for it, and what ends it. */
  start?(survey: Survey): Promise<{ config: object; stop(): Promise<void> }>
}

const signed = {
  authors: 'A. Observer (University of Example), B. Watcher (Example Observatory)',
  contact: 'A. Observer, observer@example.org',
}
const xKeys = {
  consumerKey: 'stand-in-consumer-key',
  consumerSecret: 'stand-in-consumer-secret',
  accessToken: 'stand-in-access-token',
  accessTokenSecret: 'stand-in-access-secret',
}

export const cases: Readonly<Record<string, GoldenCase>> = {
  email: {
    config: { smtp: 'smtp://mail.example.org', from: 'alerts@example.org' },
    to: 'observer@example.org',
  },
  webhook: { config: { secret: 'a-shared-secret-of-32-characters' }, to: { url: 'https://hooks.example.org/alerts' } },
  slack: { config: { token: 'xoxb-0123456789-secret-word' }, to: '#transients' },
  kafka: { config: { brokers: ['127.0.0.1:9092'], format: 'lightweight-json' }, to: 'alerts' },
  exec: { config: { commands: { note: { command: ['/bin/true'] } } }, to: 'note' },
  atel: { config: signed },
  'gcn-circular': { config: signed },
  gcn: {
    config: {
      clientId: 'fountain-client',
      clientSecret: 'nobody',
      topic: 'gcn.notices.fountain.alert',
      mission: 'Fountain',
    },
  },
  hermes: {
    config: { token: 'hermes-token-of-nobody', submitter: 'Fountain at Example', authors: signed.authors },
  },
  tns: {
    to: {},
    async start(survey) {
      const tns = await startTnsStandIn()
      const config = {
        bot: tns.bot,
        api: tns.api,
        reporter: `${signed.authors}, on behalf of Fountain`,
        reportingGroup: 'Fountain',
        dataSourceGroup: survey === 'lsst' ? 'Rubin' : 'ZTF',
        mirror: false,
        // The operator's word: packets of LSST hold no limits. Without it, see those of ZTF that have none.
        ...(survey === 'lsst' && {
          archivalRemarks: 'Nothing is seen in the template coadd of the survey.',
          archivalRemarksOnSource:
            'The template coadd of the survey shows a source at this place, which is subtracted.',
        }),
      }
      return { config, stop: () => tns.stop() }
    },
  },
  mastodon: {
    to: {},
    async start() {
      const mastodon = await startMastodonStandIn()
      const config = { instance: mastodon.url, token: mastodon.token, networks: ['127.0.0.0/8'] }
      return { config, stop: () => mastodon.stop() }
    },
  },
  bluesky: { config: { live: true, identifier: 'fountain.example.org', appPassword: 'abcd-efgh-ijkl-mnop' }, to: {} },
  x: { config: { ...xKeys, live: true }, to: {} },
}
