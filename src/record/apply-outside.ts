/** `apply` for events from elsewhere: submitted over VTP, from an upstream broker, from GCN. They have no position. */
import type { Sifted } from '../flow.ts'
import { addToSource, countSource, type SourceCounts } from './ledger-counts.ts'
import type { Applied } from './port.ts'
import { type LogRef, recordOutside } from './record-events.ts'
import { countErrors, recordMatch } from './record-matches.ts'
import type { EventRef, Room } from './room.ts'

/**
 * An event is new when no element with its hash was recorded before, our own included: so a loop of brokers ends.
 * Lines (if any) and candidates name an event by its index in `outside`.
 */
export function applyOutside(room: Room, sifted: Sifted): Applied {
  const counts: SourceCounts = new Map()
  const fresh = new Map<number, EventRef>()
  const recorded: LogRef[] = []
  sifted.outside.forEach((outside, index) => {
    const hash = Buffer.from(outside.elementHash, 'hex')
    if (room.sql.get('SELECT 1 FROM events WHERE element_hash = ?', hash) !== undefined) {
      countSource(counts, 0, 'duplicate', 1)
      return
    }
    const { ref, log } = recordOutside(room, outside, sifted.nowMs)
    fresh.set(index, ref)
    recorded.push(log)
    countSource(counts, 0, 'decoded', 1)
  })
  room.failAt('apply:after-lines')
  addToSource(room.sql, sifted.source, counts)
  room.failAt('apply:after-events')

  let deliveries = 0
  for (const line of sifted.lines) if (fresh.has(line.offset)) countErrors(room, sifted, line.errored, 0)
  for (const candidate of sifted.candidates) {
    const event = fresh.get(candidate.offset)
    if (event !== undefined) deliveries += recordMatch(room, sifted, { ...candidate, visit: 0 }, event)
  }
  room.failAt('apply:after-deliveries')
  return {
    received: sifted.outside.length,
    cut: 0,
    duplicate: sifted.outside.length - fresh.size,
    dead: 0,
    parked: 0,
    recorded,
    deliveries,
    outside: sifted.outside.length === 0 ? 'none' : fresh.size > 0 ? 'new' : 'seen',
  }
}
