/**
 * At the start of a run: deliveries that wait for somebody who is subscribed no more, or for a bridge that is
 * configured no more. Whoever was taken out of the configuration gets nothing from then on, and nothing is lost unsaid.
 */
import { waitingFor } from './consent.ts'
import { endedAtOnce, endWaiting } from './end-deliveries.ts'
import type { Plan } from './plan-port.ts'
import { addressKey, type Room } from './room.ts'
import { reasons } from './unfit.ts'

/** Cut off by the last stop, with nothing on the way that must be asked about before it is given up. */
const cutOff = `d.state = 'sending' AND d.lead_id IS NULL AND d.run < ? AND COALESCE(d.message_repeat, 'safe') = 'safe'`

/**
 * Goes by bridge and address: a subscription's name may be a number, which moves when another is taken out. What was
 * submitted already is asked about all the same; a retraction reaches whoever was told what it takes back, and a
 * confirmation is asked of somebody who is not subscribed yet.
 */
export function dropUnsubscribed(room: Room, plan: Plan, nowMs: number): void {
  if (plan.bridges === undefined) return
  const { sql } = room
  for (const { name: bridge } of plan.bridges) {
    const isLeft = ({ address }: { address: string }) => !room.plan.addresses.has(addressKey(bridge, address))
    const cut = sql
      .all<{ id: number; address: string }>(
        `SELECT d.id, d.address FROM deliveries d WHERE d.bridge = ? AND ${cutOff} AND d.purpose = 'event'`,
        bridge,
        room.run,
      )
      .filter(isLeft)
    for (const { id } of cut) {
      sql.run(`UPDATE deliveries SET state = 'queued' WHERE id = ? OR lead_id = ?`, id, id)
    }
    const waiting = sql
      .all<{ address: string }>(
        `SELECT DISTINCT address FROM deliveries WHERE bridge = ? AND state IN ('held', 'queued')`,
        bridge,
      )
      .filter(isLeft)
      .flatMap(({ address }) => waitingFor(sql, bridge, address, 'event'))
    // What is left is dropped when it comes up.
    const dropped = endWaiting(sql, waiting.slice(0, endedAtOnce), reasons.nobody, nowMs)
    if (dropped > 0) {
      room.warn({ bridge, deliveries: dropped }, 'deliveries to addresses that are subscribed no more were dropped')
    }
  }
  sayLeftBehind(
    room,
    plan.bridges.map(({ name }) => name),
  )
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
