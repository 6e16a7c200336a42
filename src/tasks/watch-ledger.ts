/** Holds the ledger's sums against each other while the gateway runs, and shows them as metrics. */
import type { Clock, Gauge, Log, Metrics } from '../../bridges/contract.ts'
import type { DeliveryState } from '../flow.ts'
import type { Ledger, Store } from '../record/port.ts'

export interface WatchLedgerStages {
  readonly store: Pick<Store, 'ledger' | 'nextDueMs'>
  /** Each sum that does not add up. */
  faultsOf(ledger: Ledger): readonly string[]
  readonly clock: Clock
  readonly log: Log
  readonly metrics: Metrics
}

const everyMs = 60_000
const unsettled: readonly DeliveryState[] = ['held', 'queued', 'sending', 'submitted']
const settled: readonly DeliveryState[] = ['sent', 'duplicate', 'rejected', 'parked', 'expired', 'dropped']

/** At once, then every minute, until the signal aborts. Reads sums, not rows. */
export async function watchLedger(stages: WatchLedgerStages, signal: AbortSignal): Promise<void> {
  const { store, faultsOf, clock, log, metrics } = stages
  const show = gauges(metrics)
  let known = ''
  while (!signal.aborted) {
    try {
      const ledger = await store.ledger('totals')
      const faults = faultsOf(ledger)
      // Said when it is new; the metric stands as long as it lasts.
      if (faults.length > 0 && faults.join() !== known)
        log.error({ code: 'LEDGER_FAULT', faults }, 'the ledger does not add up')
      known = faults.join()
      show.counts(ledger, faults.length)
      for (const { bridge } of ledger.bridges) {
        const dueMs = await store.nextDueMs(bridge)
        show.lateSeconds(bridge, dueMs === null ? 0 : Math.max(0, (clock.now() - dueMs) / 1_000))
      }
    } catch (error) {
      if (!signal.aborted) log.warn({ error: String(error) }, 'the ledger could not be read just now')
    }
    await clock.sleep(everyMs, signal).catch(() => {})
  }
}

function gauges(metrics: Metrics) {
  const gauge = (name: string, help: string, ...labels: string[]): Gauge =>
    metrics.gauge(`fountain_${name}`, help, labels)
  const faults = gauge('ledger_faults', 'Sums of the ledger that do not add up: anything but 0 is a bug')
  const packets = gauge('ledger_source_packets', 'Packets received, and what became of them', 'source', 'count')
  const matches = gauge('ledger_filter_matches', 'Alerts that passed, and what became of them', 'filter', 'count')
  const wanted = gauge('ledger_subscription_matches', 'What was chosen for it', 'subscription', 'count')
  const deliveries = gauge('ledger_bridge_deliveries', 'Deliveries by state', 'bridge', 'state')
  const feed = gauge('ledger_feed_entries', 'The log as a feed has it', 'feed', 'count')
  const queued = gauge('deliveries_waiting', 'Deliveries that are not settled', 'bridge')
  const late = gauge('delivery_late_seconds', 'How long the delivery that waits the longest is overdue', 'bridge')
  return {
    lateSeconds: (bridge: string, seconds: number) => late.set({ bridge }, seconds),
    counts: (ledger: Ledger, faultCount: number) => {
      faults.set({}, faultCount)
      for (const { source, received, decoded, duplicate, parked, dead } of ledger.sources)
        each({ received, decoded, duplicate, parked, dead }, (count, n) => packets.set({ source, count }, n))
      for (const [filter, counts] of byFilter(ledger)) each(counts, (count, n) => matches.set({ filter, count }, n))
      for (const { subscription, chosen, notices, deliveries, leftOut } of ledger.subscriptions)
        each({ chosen, notices, deliveries, left_out: leftOut }, (count, n) => wanted.set({ subscription, count }, n))
      for (const { bridge, states } of ledger.bridges) {
        // Also those that are 0 again.
        for (const state of [...unsettled, ...settled]) deliveries.set({ bridge, state }, states[state] ?? 0)
        queued.set(
          { bridge },
          unsettled.reduce((sum, state) => sum + (states[state] ?? 0), 0),
        )
      }
      for (const { feed: name, cursor, behind } of ledger.feeds)
        each({ cursor, behind }, (count, n) => feed.set({ feed: name, count }, n))
    },
  }
}

const each = (counts: Readonly<Record<string, number>>, use: (name: string, count: number) => void): void => {
  for (const [name, count] of Object.entries(counts)) use(name, count)
}

/** Over all versions of a filter's text. */
function byFilter(ledger: Ledger): ReadonlyMap<string, Readonly<Record<string, number>>> {
  const sums = new Map<string, Record<string, number>>()
  for (const { name, passed, errored, chosen, waiting, suppressed, unmappable } of ledger.filters) {
    const sum = sums.get(name) ?? {}
    each({ passed, errored, chosen, waiting, suppressed, unmappable }, (count, n) => {
      sum[count] = (sum[count] ?? 0) + n
    })
    sums.set(name, sum)
  }
  return sums
}
