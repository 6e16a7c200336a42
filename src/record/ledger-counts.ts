/** Adds to the ledger, in the transaction of what is counted. */
import type { Sql } from './database.ts'
import type { LeftOut } from './port.ts'

type SourceState = 'decoded' | 'duplicate' | 'parked' | 'dead'
/** Per visit: how many more (or fewer) packets of each state. */
export type SourceCounts = Map<number, Record<SourceState, number>>

export function countSource(counts: SourceCounts, visit: number, state: SourceState, by: 1 | -1): void {
  let row = counts.get(visit)
  if (row === undefined) counts.set(visit, (row = { decoded: 0, duplicate: 0, parked: 0, dead: 0 }))
  row[state] += by
}

/** `received` moves by the sum of the states: a retried packet was received once, in whatever state it ends. */
export function addToSource(sql: Sql, source: string, counts: SourceCounts): void {
  for (const [visit, { decoded, duplicate, parked, dead }] of counts) {
    sql.run(
      `INSERT INTO ledger_sources (source, visit, received, decoded, duplicate, parked, dead) VALUES (?, ?, ?, ?, ?, ?, ?)
        ON CONFLICT DO UPDATE SET received = received + excluded.received, decoded = decoded + excluded.decoded,
          duplicate = duplicate + excluded.duplicate, parked = parked + excluded.parked, dead = dead + excluded.dead`,
      source,
      visit,
      decoded + duplicate + parked + dead,
      decoded,
      duplicate,
      parked,
      dead,
    )
  }
}

export type FilterState = 'chosen' | 'unmappable' | 'errored'

/** A match (`chosen`, `unmappable`) also passed; an error did not. */
export function countFilter(sql: Sql, filterId: number, visit: number, state: FilterState, by: number): void {
  sql.run(
    `INSERT INTO ledger_filters (filter_id, visit, passed, errored, chosen, unmappable) VALUES (?, ?, ?, ?, ?, ?)
      ON CONFLICT DO UPDATE SET passed = passed + excluded.passed, errored = errored + excluded.errored,
        chosen = chosen + excluded.chosen, unmappable = unmappable + excluded.unmappable`,
    filterId,
    visit,
    state === 'errored' ? 0 : by,
    state === 'errored' ? by : 0,
    state === 'chosen' ? by : 0,
    state === 'unmappable' ? by : 0,
  )
}

/** What became of a match that a subscription was to get. */
export function countChosen(sql: Sql, subscriptionId: number, fate: 'delivery' | LeftOut): void {
  sql.run(
    'UPDATE ledger_subscriptions SET chosen = chosen + 1, deliveries = deliveries + ? WHERE subscription_id = ?',
    Number(fate === 'delivery'),
    subscriptionId,
  )
  if (fate === 'delivery') return
  sql.run('INSERT INTO ledger_left_out VALUES (?, ?, 1) ON CONFLICT DO UPDATE SET n = n + 1', subscriptionId, fate)
}

/** A delivery that no filter chose: a retraction or a confirmation. */
export function countNotice(sql: Sql, subscriptionId: number): void {
  sql.run(
    'UPDATE ledger_subscriptions SET notices = notices + 1, deliveries = deliveries + 1 WHERE subscription_id = ?',
    subscriptionId,
  )
}

export function countEvent(sql: Sql, origin: string): void {
  sql.run('INSERT INTO ledger_events VALUES (?, 1) ON CONFLICT DO UPDATE SET stored = stored + 1', origin)
}
