import { DatabaseSync } from 'node:sqlite'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { NightIndexReader } from '../../src/record/archive/night-index.ts'
import { reads } from '../../src/record/commands.ts'
import { databasePath, segmentDir, Writer } from '../../src/record/writer.ts'
import { bridge, newDataDir, outside, plan, removeDataDir, sifted, t0 } from './fixtures.ts'

/** What stays as small as the configuration, by the names that statements give it. All other tables grow with the nights. */
const small = new Set([
  ...['f', 's', 'positions', 'feed_cursors', 'peer_cursors'],
  // One row for hundreds of megabytes of packets, or an hour of them.
  ...['segments', 'sqlite_sequence'],
  ...['ledger_bridges', 'ledger_events', 'ledger_subscriptions', 'ledger_source_totals', 'ledger_filter_totals'],
])
/** The newest rows: read from the end, as far as the limit. */
const backwards = /FROM (events e LEFT JOIN log l ON l\.event_id = e\.id) ORDER BY (e\.)?id DESC LIMIT (\?|1)$/
/** An index of open deliveries alone. */
const ofOpen = /USING (COVERING )?INDEX deliveries_(due|sending)$/

let dataDir: string
let writer: Writer
const statements = new Set<string>()
beforeEach(() => {
  dataDir = newDataDir()
  statements.clear()
  const prepare = DatabaseSync.prototype.prepare
  vi.spyOn(DatabaseSync.prototype, 'prepare').mockImplementation(function (this: DatabaseSync, text, ...rest) {
    if (this.location()?.endsWith('fountain.db')) statements.add(text)
    return prepare.call(this, text, ...rest)
  })
  writer = new Writer({ dataDir, keep: 'all', nowMs: t0, warn: () => {} })
})
afterEach(() => {
  vi.restoreAllMocks()
  writer.close()
  removeDataDir(dataDir)
})

/** One of everything that a running gateway asks of its store. */
function work(): void {
  const run = (name: string, ...args: unknown[]) => {
    const [answer] = writer.run([{ name, args }], t0)
    expect(answer, name).toHaveProperty('value')
  }
  run('configure', { ...plan({ maxPerHour: 100 }, { test: true }), bridges: [bridge('email')] }, t0)
  run('apply', sifted([{ offset: 0, alertId: '1', objectId: 'o', errors: true }]))
  run('apply', sifted([{ offset: 1, alertId: '2', objectId: 'o' }]))
  run('apply', sifted([{ offset: 2, outcome: 'parked' }]))
  run('apply', { ...sifted([{ offset: 2, alertId: '3' }]), kind: 'retry' })
  run('apply', sifted([{ offset: 3, alertId: '1', bytes: 'other bytes' }]))
  run('apply', outside('ivo://other.org/events#1'))
  run('claim', 'email', 4, t0)
  run('keepMessage', 1, { body: new Uint8Array(1), key: 'k', repeat: 'safe' })
  run('settle', [{ id: 1, state: 'submitted', handle: 'h', notBeforeMs: t0, attempted: true }], t0)
  run('claim', 'email', 4, t0)
  run('moveFeedCursor', 'vtp', 1)
  run('savePeerCursor', 'vtp', { peer: 'p', seq: 1, leftMs: null })
  run('removePeerCursor', 'vtp', 'p')
  const dir = segmentDir(dataDir)
  const reading = { sql: writer.sql, segmentDir: dir, indexes: new NightIndexReader(dir) }
  reads.positions(reading, 'lsst')
  reads.interrupted(reading, 'email')
  reads.nextDueMs(reading, 'email')
  reads.logHead(reading)
  expect(reads.logSince(reading, 0, 10)).toHaveLength(4)
  reads.feedCursor(reading, 'vtp')
  reads.peerCursors(reading, 'vtp')
  reads.seenElement(reading, '00'.repeat(32))
  reads.eventByIvoid(reading, 'ivo://other.org/events#1')
  reads.recentEvents(reading, 10)
  reads.ledger(reading, 'totals')
  reads.deadLetters(reading, { limit: 10 })
  reads.deadLetters(reading, { limit: 10, state: 'retried' })
  reads.deadPacket(reading, 1)
  reads.allPackets(reading, 'lsst', '1')
  reads.newestPacket(reading, 'lsst', '1')
}

it('finds what it needs by an index, however much lies there', () => {
  work()
  // What an earlier life noted about its tables must not change how a later one reads them.
  writer.close()
  writer = new Writer({ dataDir, keep: 'all', nowMs: t0, warn: () => {} })
  vi.restoreAllMocks()
  const texts = [...statements]
    .map((text) => text.replace(/\s+/g, ' ').trim())
    .filter((text) => !/^PRAGMA|sqlite_schema/.test(text))
  expect(texts.length).toBeGreaterThan(40)
  const db = new DatabaseSync(databasePath(dataDir), { readOnly: true })
  const slow = texts.flatMap((text) =>
    (db.prepare(`EXPLAIN QUERY PLAN ${text}`).all() as { detail: string }[])
      .map(({ detail }) => detail)
      .filter((detail) => {
        if (detail.startsWith('USE TEMP B-TREE')) return !/\bledger_/.test(text)
        const table = /^SCAN (\w+)/.exec(detail)?.[1]
        return table !== undefined && !small.has(table) && !ofOpen.test(detail) && !backwards.test(text)
      })
      .map((detail) => `${detail}: ${text}`),
  )
  db.close()
  expect(slow).toEqual([])
})
