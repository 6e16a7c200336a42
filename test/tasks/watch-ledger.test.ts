import { expect, it } from 'vitest'
import type { Log, Metrics } from '../../bridges/contract.ts'
import { ledgerFaults } from '../../src/record/ledger.ts'
import type { Ledger } from '../../src/record/port.ts'
import { watchLedger } from '../../src/tasks/watch-ledger.ts'
import { FakeClock } from '../deliver/fake-clock.ts'
import { silent, t0 } from '../record/fixtures.ts'

const ledger = (sent: number): Ledger => ({
  sources: [{ source: 'lsst', visits: 2, received: 3, decoded: 3, duplicate: 0, parked: 0, dead: 0 }],
  filters: ['a', 'b'].map((version) => ({
    name: 'bright',
    version,
    passed: 1,
    errored: 0,
    chosen: 1,
    waiting: 0,
    suppressed: 0,
    unmappable: 0,
  })),
  subscriptions: [{ subscription: 'me', chosen: 2, notices: 0, deliveries: 2, leftOut: 0, reasons: {} }],
  bridges: [{ bridge: 'email', states: sent === 2 ? { sent } : { queued: 1, sent } }],
  feeds: [],
  events: { stored: 2, logHead: 2, own: 2, outside: 0 },
})

it('checks at once and every minute, says a new fault once, and shows every count', async () => {
  const clock = new FakeClock(t0)
  const shown = new Map<string, number>()
  const metrics: Metrics = {
    counter: () => ({ inc: () => {} }),
    gauge: (name) => ({ set: (labels, value) => shown.set([name, ...Object.values(labels)].join(' '), value) }),
  }
  const errors: object[] = []
  const warnings: object[] = []
  const log: Log = {
    ...silent,
    error: (fields) => errors.push(fields),
    warn: (fields) => warnings.push(fields),
  }
  let answer: () => Ledger = () => ledger(1)
  const over = new AbortController()
  const stages = {
    store: { ledger: async () => answer(), nextDueMs: async () => t0 - 5_000 },
    faultsOf: ledgerFaults,
    clock,
    log,
    metrics,
  }
  const watching = watchLedger(stages, over.signal)
  await clock.settle()
  expect(Object.fromEntries(shown)).toMatchObject({
    fountain_ledger_faults: 0,
    'fountain_ledger_source_packets lsst received': 3,
    'fountain_ledger_filter_matches bright passed': 2,
    'fountain_ledger_subscription_matches me deliveries': 2,
    'fountain_ledger_bridge_deliveries email queued': 1,
    'fountain_deliveries_waiting email': 1,
    'fountain_delivery_late_seconds email': 5,
  })
  answer = () => ledger(2)
  await clock.advance(60_000)
  expect(shown.get('fountain_ledger_bridge_deliveries email queued')).toBe(0)
  expect(errors).toEqual([])

  answer = () => ledger(7)
  await clock.advance(180_000)
  expect(shown.get('fountain_ledger_faults')).toBe(1)
  expect(errors).toEqual([{ code: 'LEDGER_FAULT', faults: [expect.stringContaining('2 is not 8')] }])

  answer = () => {
    throw new Error('busy')
  }
  await clock.advance(60_000)
  expect(warnings).toHaveLength(1)
  answer = () => ledger(1)
  await clock.advance(60_000)
  expect(shown.get('fountain_ledger_faults')).toBe(0)
  over.abort()
  await watching
})
