/** Cursors: how far a feed has followed the log, how far a subscriber that names itself has acknowledged. */
import type { PeerCursor } from '../../bridges/contract.ts'
import type { Sql } from './database.ts'
import type { Room } from './room.ts'

export function positions(sql: Sql, source: string): readonly { topic: string; partition: number; to: number }[] {
  return sql.all(
    'SELECT topic, partition, next_offset AS "to" FROM positions WHERE source = ? ORDER BY topic, partition',
    source,
  )
}

/** 0 for a feed that never was. */
export function feedCursor(sql: Sql, feed: string): number {
  return sql.get<{ seq: number }>('SELECT seq FROM feed_cursors WHERE feed = ?', feed)?.seq ?? 0
}

/** A cursor never goes back. */
export function moveFeedCursor(room: Room, feed: string, seq: number): void {
  room.sql.run(
    'INSERT INTO feed_cursors (feed, seq) VALUES (?, ?) ON CONFLICT DO UPDATE SET seq = MAX(seq, excluded.seq)',
    feed,
    seq,
  )
}

export function peerCursors(sql: Sql, feed: string): readonly PeerCursor[] {
  return sql.all('SELECT peer, seq, left_ms AS leftMs FROM peer_cursors WHERE feed = ? ORDER BY peer', feed)
}

export function savePeerCursor(room: Room, feed: string, cursor: PeerCursor): void {
  room.sql.run(
    `INSERT INTO peer_cursors (feed, peer, seq, left_ms) VALUES (?, ?, ?, ?)
      ON CONFLICT DO UPDATE SET seq = excluded.seq, left_ms = excluded.left_ms`,
    feed,
    cursor.peer,
    cursor.seq,
    cursor.leftMs,
  )
}

export function removePeerCursor(room: Room, feed: string, peer: string): void {
  room.sql.run('DELETE FROM peer_cursors WHERE feed = ? AND peer = ?', feed, peer)
}
