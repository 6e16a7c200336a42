import { DatabaseSync } from 'node:sqlite'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { NightIndexReader } from '../../src/record/archive/night-index.ts'
import { reads } from '../../src/record/commands.ts'
import { draftByToken, draft as draftOf } from '../../src/record/drafts.ts'
import type { DeliveryQuery } from '../../src/record/port.ts'
import { databasePath, segmentDir, Writer } from '../../src/record/writer.ts'
import { bridge, newDataDir, outside, plan, removeDataDir, sifted, streamIvoid, t0 } from './fixtures.ts'

/** What stays as small as the configuration, by the names that statements give it. All other tables grow with the nights. */
const small = new Set([
  // One row for a subscription or an address, or given by the statement.
  ...['json_each', 'g', 'digests', 'addresses', 'ledger_left_out'],
  ...['f', 's', 'positions', 'feed_cursors', 'peer_cursors'],
  // One row for hundreds of megabytes of packets, or an hour of them.
  ...['segments', 'sqlite_sequence'],
  ...['ledger_bridges', 'ledger_events', 'ledger_subscriptions', 'ledger_source_totals', 'ledger_filter_totals'],
])
/** The newest rows: read from the end, as far as the limit. */
const backwards = /FROM (events e LEFT JOIN log l ON l\.event_id = e\.id) ORDER BY (e\.)?id DESC LIMIT (\?|1)$/
/** An index of open deliveries alone. */
const ofOpen = /USING (COVERING )?INDEX deliveries_(due|sending|unrendered)$/
/** Lists for people: newest first, as far as the limit. */
const newestFirst = /^SELECT d\.id, d\.bridge, .* ORDER BY d\.id DESC LIMIT \?$/

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
  decide(run)
  const dir = segmentDir(dataDir)
  const reading = { sql: writer.sql, segmentDir: dir, indexes: new NightIndexReader(dir) }
  reads.positions(reading, 'lsst')
  reads.interrupted(reading, 'email')
  reads.nextDueMs(reading, 'email')
  reads.attemptsSince(reading, 'email', t0)
  for (const query of [{}, { state: 'sent' }, { subscription: 's' }, { owner: 'o' }, { ivoid: 'i' }, { bridge: 'b' }]) {
    reads.deliveries(reading, { ...query, limit: 10, beforeId: 5 } as DeliveryQuery)
  }
  reads.delivery(reading, 1)
  reads.draft(reading, 1)
  reads.subscriptionStates(reading)
  reads.subscriptionByUnsubscribeToken(reading, 't')
  reads.addressAsked(reading, '00'.repeat(32), t0)
  reads.addresses(reading, { suppressed: true, limit: 10 })
  reads.logHead(reading)
  expect(reads.logSince(reading, 0, 10)).toHaveLength(9)
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

const draftAt = (id: number) => draftOf(writer.sql, id)

/** What people decide, and all that waits for a date. */
function decide(run: (name: string, ...args: unknown[]) => void): void {
  const by = { by: 'anna', nowMs: t0, again: true, reason: 'so' }
  const atel = bridge('atel', { digests: false, byHand: true, oncePerObject: true })
  const quietHours = { fromMinutes: 0, toMinutes: 60, timeZone: 'UTC' }
  const capped = { maxPerHour: 1, quietHours }
  const kinds = [{ cadence: { kind: 'count', count: 2, atMostMs: 1 } }, { cadence: { kind: 'draft' } }, capped] as const
  const telegrams = {
    bridge: 'atel',
    cadence: { kind: 'draft' },
    approver: { bridge: 'email', address: 'me' },
  } as const
  const wanted = [
    telegrams,
    { ...telegrams, name: 'again', address: 'a0@example.org' },
    ...kinds,
    { ...capped, bridge: 'hook', mustConfirm: true },
    { cadence: { kind: 'hourly' } } as const,
  ]
  const digesting = { ...plan(...wanted), bridges: [bridge('email'), bridge('hook', { digests: false }), atel] }
  run('configure', digesting, t0)
  run('apply', sifted([4, 5, 6].map((offset) => ({ offset, alertId: `${offset}`, objectId: 'o' }))))
  const ids = Array.from({ length: 20 }, (_, id) => id + 1)
  run('claim', 'email', 20, t0 + 3_600_000)
  run('settle', [{ id: 4, state: 'parked', startedMs: t0, addressDead: true, attempted: true }], t0)
  run('claim', 'atel', 20, t0)
  const [draft = 0] = ids.filter((id) => draftAt(id)?.bridge === 'atel')
  run('keepMessage', draft, { body: new Uint8Array(1), key: 'k', repeat: 'safe' }, t0)
  run('editDraft', draft, { ...by, body: new Uint8Array(2), version: 0 })
  draftByToken(writer.sql, draftAt(draft)?.pageToken ?? '')
  run('claim', 'email', 20, t0)
  run('approve', ids, by)
  run('handedIn', draft, { ...by, receipt: { id: '1', title: 'ATel #1', url: 'https://example.org/1' } })
  run('confirmSent', ids, by)
  run('dropDeliveries', ids, by)
  run('retryDeliveries', ids, by)
  run('moveSchedules', 1, t0)
  run('moveSchedules', 1, t0, { state: 'submitted', afterId: 1, lastId: 20, lastAttempt: 1 })
  run('retract', { ...by, ivoid: `${streamIvoid}#4` })
  run('claim', 'email', 20, t0 + 3_600_000)
  run('releaseAddress', 'email', 'a0@example.org')
  run('askConfirmation', {
    bridge: 'hook',
    address: 'a',
    subscription: 's',
    what: 'w',
    askedBy: 'b',
    owner: 'b',
    token: 't',
    nowMs: t0,
  })
  run('confirmAddress', '00'.repeat(32), t0)
  run('unsubscribe', 'nobody', t0)
  run('setSubscriptionState', 'sub-1', 'unsubscribed', by)
  run('configure', { ...plan(), bridges: digesting.bridges }, t0)
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
        // Sums, and deliveries of one event: as many as there are filters or subscriptions.
        if (detail.startsWith('USE TEMP B-TREE')) return !/\bledger_|d\.event_id IN/.test(text)
        const table = /^SCAN (\w+)/.exec(detail)?.[1]
        return (
          table !== undefined &&
          !small.has(table) &&
          !ofOpen.test(detail) &&
          !backwards.test(text) &&
          !(table === 'd' && newestFirst.test(text))
        )
      })
      .map((detail) => `${detail}: ${text}`),
  )
  db.close()
  expect(slow).toEqual([])
})
