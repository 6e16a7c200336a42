/** The ledger: read, and held against what it counts. */
import type { DeliveryState } from '../flow.ts'
import type { Sql } from './database.ts'
import { logHead } from './events.ts'
import type { Ledger, LeftOut } from './port.ts'

const sourceCounts = ['received', 'decoded', 'duplicate', 'parked', 'dead']
const filterCounts = ['passed', 'errored', 'chosen', 'waiting', 'suppressed', 'unmappable']

/** `totals` sums over visits, which years of nights make many; `visits` gives a row a visit. */
export function readLedger(sql: Sql, detail: 'totals' | 'visits' = 'visits'): Ledger {
  const head = logHead(sql)
  const bridges = new Map<string, Partial<Record<DeliveryState, number>>>()
  for (const row of sql.all<{ bridge: string; state: DeliveryState; deliveries: number }>(
    'SELECT bridge, state, deliveries FROM ledger_bridges WHERE deliveries <> 0 ORDER BY bridge, state',
  )) {
    bridges.set(row.bridge, { ...bridges.get(row.bridge), [row.state]: row.deliveries })
  }
  const origins = sql.all<{ origin: string; stored: number }>('SELECT origin, stored FROM ledger_events')
  const stored = origins.reduce((sum, row) => sum + row.stored, 0)
  const own = origins.find(({ origin }) => origin === 'own')?.stored ?? 0
  return {
    sources:
      detail === 'totals'
        ? sql.all(
            `SELECT source, visits, ${sourceCounts.join(', ')} FROM ledger_source_totals
              WHERE received <> 0 ORDER BY source`,
          )
        : sql.all(
            `SELECT source, visit, ${sourceCounts.join(', ')} FROM ledger_sources WHERE received <> 0 ORDER BY source, visit`,
          ),
    filters:
      detail === 'totals'
        ? sql.all(
            `SELECT f.name, f.version, ${filterCounts.join(', ')} FROM ledger_filter_totals l
              JOIN filters f ON f.id = l.filter_id ORDER BY f.name, f.version`,
          )
        : sql.all(
            `SELECT f.name, f.version, l.visit, ${filterCounts.join(', ')} FROM ledger_filters l
              JOIN filters f ON f.id = l.filter_id ORDER BY f.name, f.version, l.visit`,
          ),
    subscriptions: subscriptionsOf(sql),
    bridges: [...bridges].map(([bridge, states]) => ({ bridge, states })),
    feeds: sql
      .all<{ feed: string; cursor: number }>('SELECT feed, seq AS cursor FROM feed_cursors ORDER BY feed')
      .map(({ feed, cursor }) => ({ feed, cursor, behind: head - cursor })),
    events: { stored, logHead: head, own, outside: stored - own },
  }
}

function subscriptionsOf(sql: Sql): Ledger['subscriptions'] {
  const reasons = new Map<number, Partial<Record<LeftOut, number>>>()
  for (const row of sql.all<{ subscription_id: number; reason: LeftOut; n: number }>(
    'SELECT subscription_id, reason, n FROM ledger_left_out',
  )) {
    reasons.set(row.subscription_id, { ...reasons.get(row.subscription_id), [row.reason]: row.n })
  }
  return sql
    .all<{ id: number; subscription: string; chosen: number; notices: number; deliveries: number }>(
      `SELECT s.id, s.name AS subscription, l.chosen, l.notices, l.deliveries
        FROM ledger_subscriptions l JOIN subscriptions s ON s.id = l.subscription_id ORDER BY s.name`,
    )
    .map(({ id, ...counts }) => {
      const left = reasons.get(id) ?? {}
      return { ...counts, leftOut: Object.values(left).reduce((sum, n) => sum + n, 0), reasons: left }
    })
}

/** What must be true of every ledger (docs/design.md §7); each entry of the answer names one sum that does not add up. */
export function ledgerFaults(ledger: Ledger): string[] {
  const faults: string[] = []
  const expect = (what: string, left: number, right: number) => {
    if (left !== right) faults.push(`${what}: ${left} is not ${right}`)
  }
  for (const { source, visit, received, decoded, duplicate, parked, dead } of ledger.sources) {
    const sum = decoded + duplicate + parked + dead
    expect(`source ${source}, visit ${visit ?? 'all'}: received = decoded + duplicate + parked + dead`, received, sum)
    if (Math.min(decoded, duplicate, parked, dead) < 0)
      faults.push(`source ${source}, visit ${visit ?? 'all'}: a count below 0`)
  }
  for (const { name, version, visit, passed, chosen, waiting, suppressed, unmappable } of ledger.filters) {
    const sum = chosen + waiting + suppressed + unmappable
    expect(
      `filter ${name} ${version}, visit ${visit ?? 'all'}: passed = chosen + waiting + suppressed + unmappable`,
      passed,
      sum,
    )
  }
  for (const { subscription, chosen, notices, deliveries, leftOut } of ledger.subscriptions) {
    const sum = deliveries + leftOut
    expect(`subscription ${subscription}: chosen + notices = deliveries + left out`, chosen + notices, sum)
  }
  const inBridges = ledger.bridges.flatMap(({ states }) => Object.values(states)).reduce((sum, n) => sum + n, 0)
  const ofSubscriptions = ledger.subscriptions.reduce((sum, { deliveries }) => sum + deliveries, 0)
  expect('deliveries of all subscriptions = of all bridges', ofSubscriptions, inBridges)
  for (const { feed, cursor, behind } of ledger.feeds) {
    expect(`feed ${feed}: log head = cursor + behind`, ledger.events.logHead, cursor + behind)
    if (behind < 0) faults.push(`feed ${feed}: ahead of the log`)
  }
  expect('events stored = own + outside', ledger.events.stored, ledger.events.own + ledger.events.outside)
  return faults
}

/** The ledger's own sums, and every count held against the rows that it counts. Reads everything: for checks, not for pages. */
export function checkLedger(sql: Sql): string[] {
  const faults = ledgerFaults(readLedger(sql))
  const compare = (what: string, counted: string, rows: string) => {
    const [left, right] = [counted, rows].map((text) => JSON.stringify(sql.all(text)))
    if (left !== right) faults.push(`${what}: the ledger has ${left}, the rows are ${right}`)
  }
  const sums = (columns: readonly string[]) => columns.map((column) => `SUM(${column}) AS ${column}`).join(', ')
  compare(
    'sums over visits of sources',
    'SELECT * FROM ledger_source_totals ORDER BY source',
    `SELECT source, COUNT(NULLIF(visit, 0)) AS visits, ${sums(sourceCounts)} FROM ledger_sources GROUP BY source ORDER BY source`,
  )
  compare(
    'sums over visits of filters',
    'SELECT * FROM ledger_filter_totals ORDER BY filter_id',
    `SELECT filter_id, ${sums(filterCounts)} FROM ledger_filters GROUP BY filter_id ORDER BY filter_id`,
  )
  for (const state of ['dead', 'parked']) {
    compare(
      `${state} letters`,
      `SELECT source, visit, ${state} AS n FROM ledger_sources WHERE ${state} <> 0 ORDER BY source, visit`,
      `SELECT source, visit, COUNT(*) AS n FROM dead_letters WHERE state = '${state}' GROUP BY source, visit ORDER BY source, visit`,
    )
  }
  for (const state of ['chosen', 'waiting', 'suppressed', 'unmappable']) {
    compare(
      `${state} matches`,
      `SELECT filter_id, visit, ${state} AS n FROM ledger_filters WHERE ${state} <> 0 ORDER BY filter_id, visit`,
      `SELECT filter_id, visit, COUNT(*) AS n FROM matches WHERE state = '${state}' GROUP BY filter_id, visit ORDER BY filter_id, visit`,
    )
  }
  compare(
    'deliveries of bridges',
    'SELECT bridge, state, deliveries AS n FROM ledger_bridges WHERE deliveries <> 0 ORDER BY bridge, state',
    'SELECT bridge, state, COUNT(*) AS n FROM deliveries GROUP BY bridge, state ORDER BY bridge, state',
  )
  compare(
    'deliveries of subscriptions',
    'SELECT subscription_id, deliveries AS n FROM ledger_subscriptions WHERE deliveries <> 0 ORDER BY subscription_id',
    'SELECT subscription_id, COUNT(*) AS n FROM deliveries GROUP BY subscription_id ORDER BY subscription_id',
  )
  compare(
    'notices of subscriptions',
    'SELECT subscription_id, notices AS n FROM ledger_subscriptions WHERE notices <> 0 ORDER BY subscription_id',
    `SELECT subscription_id, COUNT(*) AS n FROM deliveries WHERE purpose <> 'event' GROUP BY subscription_id
      ORDER BY subscription_id`,
  )
  compare(
    'a digest is open as long as something waits in it',
    'SELECT id FROM digests ORDER BY id',
    'SELECT DISTINCT digest_id AS id FROM deliveries WHERE digest_id IS NOT NULL ORDER BY digest_id',
  )
  compare(
    'what a message shows is in the state of the message',
    'SELECT 0 AS n',
    `SELECT COUNT(*) AS n FROM deliveries f JOIN deliveries l ON l.id = f.lead_id WHERE f.state <> l.state`,
  )
  compare(
    'events',
    'SELECT origin, stored AS n FROM ledger_events ORDER BY origin',
    'SELECT origin, COUNT(*) AS n FROM events GROUP BY origin ORDER BY origin',
  )
  compare('the log has no holes', 'SELECT COALESCE(MAX(seq), 0) AS n FROM log', 'SELECT COUNT(*) AS n FROM log')
  return faults
}
