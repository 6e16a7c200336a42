/** The ledger for a terminal: one table for each equation, and whether they add up. */
import { deliveryStates } from '../flow.ts'
import type { Ledger } from '../record/port.ts'
import { columns, type Row, sum, table } from './table-text.ts'

/** `faults`: what `ledgerFaults` found. */
export function ledgerText(ledger: Ledger, faults: readonly string[]): string {
  const { sources, filters, subscriptions, bridges, feeds, events } = ledger
  const sourceKeys = ['received', 'decoded', 'duplicate', 'parked', 'dead'] as const
  const filterKeys = ['passed', 'chosen', 'waiting', 'suppressed', 'unmappable', 'errored'] as const
  const tables = [
    table(
      'source',
      columns('received = decoded + duplicate + parked + dead'),
      names(sources, ({ source }) => source).map(
        ([name, rows]): Row => ({ name, numbers: sourceKeys.map((key) => sum(rows, key)) }),
      ),
    ),
    table(
      'filter',
      columns('passed = chosen + waiting + suppressed + unmappable ; errored'),
      names(filters, ({ name }) => name).map(
        ([name, rows]): Row => ({ name, numbers: filterKeys.map((key) => sum(rows, key)) }),
      ),
    ),
    table(
      'subscription',
      columns('chosen + notices = deliveries + left-out'),
      subscriptions.map((row) => ({
        name: row.subscription,
        numbers: [row.chosen, row.notices, row.deliveries, row.leftOut],
        words: Object.entries(row.reasons)
          .filter(([, count]) => count > 0)
          .map(([reason, count]) => `${count} ${reason}`)
          .join(', '),
      })),
    ),
    table(
      'bridge',
      columns(`deliveries = ${deliveryStates.join(' + ')}`),
      bridges.map(({ bridge, states: of }) => {
        const counts = deliveryStates.map((state) => of[state] ?? 0)
        return { name: bridge, numbers: [counts.reduce((total, count) => total + count, 0), ...counts] }
      }),
    ),
    table(
      'feed',
      columns('log-head = sent + behind'),
      feeds.map(({ feed, cursor, behind }) => ({ name: feed, numbers: [events.logHead, cursor, behind] })),
    ),
    table('events', columns('stored = own + outside ; log-head'), [
      { name: '', numbers: [events.stored, events.own, events.outside, events.logHead] },
    ]),
  ]
  const verdict =
    faults.length === 0
      ? 'Everything adds up.'
      : `This does not add up:\n${faults.map((fault) => `  ${fault}`).join('\n')}`
  return [...tables.filter((text) => text !== ''), verdict].join('\n\n')
}

function names<T>(rows: readonly T[], nameOf: (row: T) => string): (readonly [string, readonly T[]])[] {
  return [...new Set(rows.map(nameOf))].map((name) => [name, rows.filter((row) => nameOf(row) === name)])
}
