/** The configuration of the demo: everything in one process, nothing public, all of role test. */
import { stringify } from 'yaml'
import { reportingPart } from './demo-reporting.ts'
import type { StandIn } from './demo-stand-ins.ts'

export interface DemoPlan {
  readonly factor: number
  readonly seed: number
  readonly data: string
  readonly smtpUrl: string
  readonly httpPort: number
  readonly submitPort: number
  readonly subscribePort: number
  /** Services to report to. */
  readonly standIns?: readonly StandIn[]
}

/** At factor 20 about one event a second to the feeds, a mail every few seconds, and a digest three times a minute. */
export function demoConfig(plan: DemoPlan): string {
  const reporting = plan.standIns === undefined ? { bridges: {}, subscriptions: [] } : reportingPart(plan.standIns)
  return stringify({
    authority: 'fountain.demo',
    publicUrl: `http://127.0.0.1:${plan.httpPort}`,
    who: { title: 'Fountain demo', contactName: 'Nobody', contactEmail: 'nobody@example.org' },
    data: plan.data,
    sources: {
      sky: { kind: 'simulator', survey: 'lsst-sim', factor: plan.factor, seed: plan.seed, alertsPerVisit: 40 },
    },
    streams: {
      'bright-transients': {
        filter:
          'SELECT id, object_id, mag, mag_err, band, snr, n_detections FROM alert WHERE is_moving = 0 AND reliability > 0.8 AND mag < 18.7 AND n_detections BETWEEN 2 AND 5',
        title: 'Bright transients',
      },
      'moving-objects': {
        filter: 'SELECT id, object_id, mag, band FROM alert WHERE is_moving = 1 AND mag < 20',
        title: 'Moving objects',
      },
    },
    subscriptions: [
      {
        name: 'night-owl',
        stream: 'bright-transients',
        to: 'email',
        address: 'night.owl@example.org',
        maxPerHour: 1000,
        test: true,
      },
      {
        name: 'high-latitude',
        filter:
          'SELECT id, mag, band, snr, glat FROM alert WHERE ABS(glat) > 30 AND mag < 18.7 AND n_detections = 1 AND is_moving = 0',
        to: 'email',
        address: 'astronomer@example.org',
        maxPerHour: 1000,
        test: true,
      },
      {
        name: 'asteroid-digest',
        stream: 'moving-objects',
        to: 'email',
        address: 'asteroids@example.org',
        cadence: { count: 20, atMostHours: 1 },
        content: 'summary',
        test: true,
      },
      ...reporting.subscriptions,
    ],
    bridges: {
      vtp: { submit: plan.submitPort, subscribe: plan.subscribePort },
      stream: {},
      email: { smtp: plan.smtpUrl, from: 'Fountain demo <alerts@example.org>' },
      ...reporting.bridges,
    },
    http: { listen: `127.0.0.1:${plan.httpPort}` },
  })
}
