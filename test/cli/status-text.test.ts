import { expect, it } from 'vitest'
import { ledgerText } from '../../src/cli/ledger-text.ts'
import { statusText } from '../../src/cli/status-text.ts'
import { ledgerFaults } from '../../src/record/ledger.ts'
import type { StatusReport } from '../../src/serve/status-report.ts'

const counts = { received: 1200, decoded: 1190, duplicate: 4, parked: 1, dead: 5 }
const filter = { passed: 9, errored: 0, chosen: 8, waiting: 0, suppressed: 1, unmappable: 0 }
const report: StatusReport = {
  version: '1.2.3',
  authority: 'my.observatory',
  startedMs: Date.UTC(2026, 0, 2, 3, 4, 5),
  sources: [
    { name: 'lsst', describe: 'kafka localhost:9092 alerts', state: 'running', lag: 30 },
    { name: 'inbox', describe: 'files inbox', state: 'failed', reason: 'no such directory' },
  ],
  streams: [
    { name: 'rising', title: 'Rising', filter: 'mag < 20' },
    { name: 'quiet', title: 'Quiet', filter: 'mag < 2' },
  ],
  feeds: [{ name: 'vtp', summary: '', listening: [], peers: [] }],
  bridges: [{ name: 'email', state: 'halted', reason: '535 who are you', lastError: '421 later' }],
  ledger: {
    sources: [
      { source: 'lsst', visit: 1, ...counts },
      { source: 'lsst', visit: 2, ...counts },
    ],
    filters: [
      { name: 'rising', version: 'a', ...filter },
      { name: 'rising', version: 'b', ...filter },
      { name: 'private/near', version: 'c', ...filter },
    ],
    subscriptions: [
      { subscription: 'night-owl', chosen: 16, deliveries: 13, leftOut: 4, notices: 1, reasons: { test: 3, cap: 1 } },
    ],
    bridges: [{ bridge: 'email', states: { sent: 11, queued: 2 } }],
    feeds: [{ feed: 'vtp', cursor: 14, behind: 2 }],
    events: { stored: 24, logHead: 16, own: 24, outside: 0 },
  },
}

it('sums over visits and versions, and sets every number under its word', () => {
  expect(statusText(report)).toBe(
    `Fountain 1.2.3 at my.observatory, since 2026-01-02 03:04:05 UTC

source    received = decoded + duplicate + parked + dead
  lsst        2400      2380           8        2     10  running, 30 behind  (kafka localhost:9092 alerts)
  inbox          0         0           0        0      0  failed: no such directory  (files inbox)

filter           passed = chosen + waiting + suppressed + unmappable   errored
  rising             18       16         0            2            0         0
  quiet               0        0         0            0            0         0
  private/near        9        8         0            1            0         0

subscription   chosen + notices = deliveries + left out
  night-owl        16         1           13          4

feed    log head = sent + behind   subscribers
  vtp         16     14        2             0

bridge    deliveries
  email           13  11 sent, 2 queued; halted: 535 who are you; last error: 421 later

events: 16 on the log, 24 stored`,
  )
})

it('says nothing of what is not configured', () => {
  const { ledger } = report
  const empty = { ...ledger, sources: [], filters: [], subscriptions: [], bridges: [], feeds: [] }
  expect(
    statusText({ ...report, sources: [], streams: [], feeds: [], bridges: [], ledger: empty }).split('\n'),
  ).toHaveLength(3)
})

it('shows every equation of the ledger with its numbers, and that they add up', () => {
  expect(ledgerText(report.ledger, ledgerFaults(report.ledger))).toBe(
    `source   received = decoded + duplicate + parked + dead
  lsst       2400      2380           8        2     10

filter           passed = chosen + waiting + suppressed + unmappable   errored
  rising             18       16         0            2            0         0
  private/near        9        8         0            1            0         0

subscription   chosen + notices = deliveries + left out
  night-owl        16         1           13          4  3 test, 1 cap

bridge    deliveries = held + queued + sending + submitted + sent + duplicate + rejected + parked + expired + dropped
  email           13      0        2         0           0     11           0          0        0         0         0

feed    log head = sent + behind
  vtp         16     14        2

events   stored = own + outside   log head
             24    24         0         16

Everything adds up.`,
  )
})

it('names the sums that do not', () => {
  const { ledger } = report
  const wrong = { ...ledger, bridges: [{ bridge: 'email', states: { sent: 10 } }] }
  expect(ledgerText(wrong, ledgerFaults(wrong))).toMatch(/\n\nThis does not add up:\n {2}.*13 is not 10$/)
})
