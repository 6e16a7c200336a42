/** The lines of a `Sifted`: which count, which are duplicates, which packets are kept, and the ledger of their source. */
import type { KeptPacket, Sifted, SiftedLine } from '../flow.ts'
import type { Place } from './archive/segment-format.ts'
import { type Letter, letterAt, moveLetter, postLetter } from './dead-letters.ts'
import { addToSource, countSource, type SourceCounts } from './ledger-counts.ts'
import { alertKey, type Room, surveyId } from './room.ts'

export interface Line {
  readonly sifted: SiftedLine
  readonly state: 'decoded' | 'duplicate' | 'dead' | 'parked'
}

/** Records every line that counts and returns those; a line below the position, or retried in vain, is not among them. */
export function recordLines(room: Room, sifted: Sifted, position: { id: number; next: number }): Line[] {
  const survey = surveyId(room.sql, sifted.survey)
  const kept = new Map(sifted.kept.map((packet) => [packet.offset, packet]))
  const matched = new Set(sifted.candidates.map((candidate) => candidate.offset))
  const dead = new Map(sifted.dead.map((packet) => [packet.offset, packet]))
  const counts: SourceCounts = new Map()
  const lines: Line[] = []
  for (const line of sifted.lines) {
    let letter: Letter | undefined
    if (sifted.kind === 'span') {
      if (line.offset < position.next) continue
    } else {
      letter = letterAt(room.sql, sifted, line.offset)
      if (letter === undefined) continue
      countSource(counts, letter.visit, letter.state, -1)
    }
    const packet = kept.get(line.offset)
    const fault = dead.get(line.offset)
    let state: Line['state']
    if (line.outcome === 'decoded') {
      const seen = see(room, survey, position.id, line, sifted.nowMs)
      state = seen === 'new' ? 'decoded' : 'duplicate'
      const worth =
        room.keep === 'all' || (room.keep === 'matched' && (seen === 'other bytes' || matched.has(line.offset)))
      if (worth && seen !== 'same bytes') keep(room, sifted, line, packet, letter?.place)
      if (letter !== undefined) moveLetter(room.sql, letter, line, { state: 'retried' })
    } else {
      state = line.outcome
      if (fault === undefined) throw new Error('checkSifted lets no such line through')
      if (letter !== undefined) moveLetter(room.sql, letter, line, fault)
      else postLetter(room.sql, sifted, line, fault, packet, stage(room, sifted, line, packet))
    }
    countSource(counts, line.visit, state, 1)
    lines.push({ sifted: line, state })
  }
  addToSource(room.sql, sifted.source, counts)
  return lines
}

/** Notes an alert as seen. The same identifier again is a duplicate, whatever its bytes are. */
function see(
  room: Room,
  survey: number,
  positionId: number,
  line: SiftedLine,
  nowMs: number,
): 'new' | 'same bytes' | 'other bytes' {
  const alert = alertKey(line.alertId ?? '')
  const { changes } = room.sql.run(
    `INSERT INTO seen_alerts (survey_id, alert_id, position_id, offset, crc32, length, day)
      VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`,
    survey,
    alert,
    positionId,
    line.offset,
    line.crc32,
    line.length,
    Math.floor(nowMs / 86_400_000),
  )
  if (changes === 1) return 'new'
  const first = room.sql.get<{ crc32: number; length: number }>(
    'SELECT crc32, length FROM seen_alerts WHERE survey_id = ? AND alert_id = ?',
    survey,
    alert,
  )
  return first?.crc32 === line.crc32 && first.length === line.length ? 'same bytes' : 'other bytes'
}

/** Keeps a packet, if it was handed over: one that has its place already (it was parked) is not written again. */
function keep(
  room: Room,
  sifted: Sifted,
  line: SiftedLine,
  packet: KeptPacket | undefined,
  place: Place | undefined,
): void {
  if (place === undefined) stage(room, sifted, line, packet)
  else room.segments.link({ ...recordOf(sifted, line), recordTimeMs: packet?.recordTimeMs ?? sifted.nowMs }, place)
}

function stage(room: Room, sifted: Sifted, line: SiftedLine, packet: KeptPacket | undefined): Place | undefined {
  if (packet === undefined) return undefined
  const { recordTimeMs, bytes } = packet
  return room.segments.stage({ ...recordOf(sifted, line), recordTimeMs, bytes }, line.crc32)
}

const recordOf = ({ source, topic, partition, survey }: Sifted, { offset, alertId = '', visit }: SiftedLine) => ({
  source,
  topic,
  partition,
  offset,
  survey,
  alertId,
  visit,
})
