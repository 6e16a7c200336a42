/**
 * At the start of a run: deliveries that wait for somebody who is subscribed no more, or for a bridge that is
 * configured no more. Whoever was taken out of the configuration gets nothing from then on, and nothing is lost unsaid.
 */
import { toJson } from './plain-json.ts'
import type { Plan } from './port.ts'
import type { Room } from './room.ts'

/** The words of the index `deliveries_due`. */
const open = `d.state IN ('queued', 'submitted')`
/** Cut off by the last stop, with nothing on the way that must be asked about before it is given up. */
const cutOff = `d.state = 'sending' AND d.run < ? AND COALESCE(d.message_repeat, 'safe') = 'safe'`

/**
 * Goes by bridge and address: a subscription's name may be a number, which moves when another is taken out. What was
 * submitted already is asked about all the same.
 */
export function dropUnsubscribed(room: Room, plan: Plan, nowMs: number): void {
  if (plan.bridges === undefined) return
  const wanted = new Set(
    plan.filters.flatMap(({ subscriptions }) =>
      subscriptions.map(({ bridge, address }) => `${bridge} ${toJson(address ?? null)}`),
    ),
  )
  const bridges = plan.bridges.map(({ name }) => name)
  for (const bridge of bridges) {
    const dropped = [
      ...room.sql.all<{ id: number; address: string }>(
        `SELECT d.id, d.address FROM deliveries d WHERE d.bridge = ? AND ${open} AND d.state = 'queued'`,
        bridge,
      ),
      ...room.sql.all<{ id: number; address: string }>(
        `SELECT d.id, d.address FROM deliveries d WHERE d.bridge = ? AND ${cutOff}`,
        bridge,
        room.run,
      ),
    ].filter(({ address }) => !wanted.has(`${bridge} ${address}`))
    for (const { id } of dropped) {
      room.sql.run(
        `UPDATE deliveries SET state = 'dropped', not_before_ms = NULL, settled_ms = ?,
            error = 'nobody is subscribed with this address any more' WHERE id = ?`,
        Math.trunc(nowMs),
        id,
      )
    }
    if (dropped.length > 0) {
      room.warn(
        { bridge, deliveries: dropped.length },
        'deliveries to addresses that are subscribed no more were dropped',
      )
    }
  }
  sayLeftBehind(room, bridges)
}

/** They stay as they are: a bridge that comes back under its name goes on with them. */
function sayLeftBehind(room: Room, bridges: readonly string[]): void {
  for (const { bridge, deliveries } of room.sql.all<{ bridge: string; deliveries: number }>(
    `SELECT bridge, SUM(deliveries) AS deliveries FROM ledger_bridges
      WHERE state IN ('held', 'queued', 'sending', 'submitted') GROUP BY bridge HAVING SUM(deliveries) > 0`,
  )) {
    if (!bridges.includes(bridge)) {
      room.warn({ bridge, deliveries }, 'deliveries wait for a bridge that is configured no more')
    }
  }
}
