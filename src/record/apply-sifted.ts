/**
 * `apply`: a `Sifted` becomes rows, within a transaction that the writer opens and commits. Position, duplicates,
 * packets, events, log, deliveries, dead letters and ledger move together or not at all.
 */
import type { Sifted } from '../flow.ts'
import { applyOutside } from './apply-outside.ts'
import { checkSifted } from './check-sifted.ts'
import { type Line, recordLines } from './lines.ts'
import type { Applied } from './port.ts'
import { recordMapped } from './record-events.ts'
import { recordMatches } from './record-matches.ts'
import type { Room } from './room.ts'

export function applySifted(room: Room, sifted: Sifted): Applied {
  checkSifted(sifted)
  return sifted.kind === 'outside' ? applyOutside(room, sifted) : applyLines(room, sifted)
}

function applyLines(room: Room, sifted: Sifted): Applied {
  const { sql } = room
  const { source, topic, partition } = sifted
  const stored = sql.get<{ id: number; next_offset: number }>(
    'SELECT id, next_offset FROM positions WHERE source = ? AND topic = ? AND partition = ?',
    source,
    topic,
    partition,
  )
  const positionId = stored?.id ?? (sifted.kind === 'span' ? newPosition(room, sifted) : undefined)
  // Nothing can be taken up again where nothing was ever read; and a retry must not give a partition a position.
  if (positionId === undefined) return { ...nothing, cut: sifted.lines.length }

  const lines = recordLines(room, sifted, { id: positionId, next: stored?.next_offset ?? sifted.from })
  room.failAt('apply:after-lines')

  const fresh = new Map<number, Line>()
  for (const line of lines) if (line.state === 'decoded') fresh.set(line.sifted.offset, line)
  const { byKey, logged } = recordMapped(room, sifted, (offset) => offset === -1 || fresh.has(offset))
  room.failAt('apply:after-events')

  const deliveries = recordMatches(room, sifted, fresh, byKey)
  room.failAt('apply:after-deliveries')

  if (sifted.kind === 'span') {
    sql.run('UPDATE positions SET next_offset = ? WHERE id = ? AND next_offset < ?', sifted.to, positionId, sifted.to)
  }
  room.failAt('apply:after-position')

  const count = (state: Line['state']) => lines.filter((line) => line.state === state).length
  return {
    received: lines.length,
    cut: sifted.lines.length - lines.length,
    duplicate: count('duplicate'),
    dead: count('dead'),
    parked: count('parked'),
    recorded: logged,
    deliveries,
    outside: 'none',
  }
}

const nothing: Applied = {
  received: 0,
  cut: 0,
  duplicate: 0,
  dead: 0,
  parked: 0,
  recorded: [],
  deliveries: 0,
  outside: 'none',
}

function newPosition(room: Room, { source, topic, partition, from }: Sifted): number {
  return room.sql.run(
    'INSERT INTO positions (source, topic, partition, next_offset) VALUES (?, ?, ?, ?)',
    source,
    topic,
    partition,
    from,
  ).id
}
