/** What messages share (pictures, attachments): stored once by the hash of its bytes. */
import type { StoredMessage } from '../flow.ts'
import type { Sql } from './database.ts'

type Part = NonNullable<StoredMessage['parts']>[number]

export function keepParts(sql: Sql, delivery: number, parts: readonly Part[]): void {
  parts.forEach(({ hash, mediaType, name, bytes }, place) => {
    sql.run('INSERT OR IGNORE INTO parts (hash, bytes) VALUES (?, ?)', hash, bytes)
    sql.run('INSERT INTO delivery_parts VALUES (?, ?, ?, ?, ?)', delivery, place, hash, mediaType, name)
  })
}

export function partsOf(sql: Sql, delivery: number): readonly Part[] {
  return sql.all<Part & Record<string, never>>(
    `SELECT p.hash, p.media_type AS mediaType, p.name, b.bytes FROM delivery_parts p JOIN parts b ON b.hash = p.hash
      WHERE p.delivery_id = ? ORDER BY p.place`,
    delivery,
  )
}
