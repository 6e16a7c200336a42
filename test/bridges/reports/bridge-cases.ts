/** What each bridge is configured with for the golden files of reports. A bridge that is not here fails the test. */
import type { Host } from '../../../bridges/contract.ts'

export interface GoldenCase {
  readonly config: object
  /** As a subscription would give it. */
  readonly to?: unknown
  /** What a check or upkeep would have learnt: stand-ins to ask, files of the instance. Gives what to do at the end. */
  prepare?(host: Host): Promise<{ config?: object; end?(): Promise<void> }>
}

const signed = {
  authors: 'A. Observer (University of Example), B. Watcher (Example Observatory)',
  contact: 'A. Observer, observer@example.org',
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
  hermes: { config: { token: 'hermes-token-of-nobody', submitter: 'Fountain at Example', authors: signed.authors } },
}
