import { mkdtempSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Clock, Log } from '../../../bridges/contract.ts'
import { Rounds } from '../../../src/record/archive/caretaker.ts'
import { type OpenedStore, openStore } from '../../../src/record/open-store.ts'
import { newDataDir, type PacketOf, removeDataDir, sifted, silent, t0 } from '../fixtures.ts'
import { FolderStore } from './folder-store.ts'

const dayMs = 86_400_000
let dataDir: string
let nowMs: number
let remote: FolderStore
let remoteDir: string
let store: OpenedStore
const told: { fields: object; message: string }[] = []
const log: Log = {
  ...silent,
  warn: (fields, message) => void told.push({ fields, message }),
  info: (fields, message) => void told.push({ fields, message }),
  child: () => log,
}

const open = async () => {
  store = await openStore(dataDir, { log, clock: { now: () => nowMs }, keep: 'all', remote })
}
beforeEach(async () => {
  dataDir = newDataDir()
  remoteDir = mkdtempSync(join(tmpdir(), 'fountain-remote-'))
  remote = new FolderStore(remoteDir)
  nowMs = t0
  told.length = 0
  await open()
})
afterEach(async () => {
  await store.close()
  removeDataDir(dataDir)
  rmSync(remoteDir, { recursive: true })
})

const clock: Clock = { now: () => nowMs, monotonic: () => 0, sleep: async () => {} }
const counted = new Map<string, number>()
const metrics = {
  counter: () => ({
    inc: (labels: Record<string, string>, by = 1) =>
      void counted.set(labels.what ?? '', (counted.get(labels.what ?? '') ?? 0) + by),
  }),
  gauge: () => ({ set: () => {} }),
}
const rounds = (limits: { days?: number; maxBytes?: number; localDays?: number } = {}, withRemote = false) =>
  new Rounds(
    { archive: store.archive, dir: packets(), limits, remote: withRemote ? remote : undefined, clock, log, metrics },
    new AbortController().signal,
  )
const packets = () => join(dataDir, 'packets')
const files = (ending: string) =>
  readdirSync(packets())
    .filter((name) => name.endsWith(ending))
    .sort()

let offset = 0
/** A packet of that size that comes in the night `nights` after t0's. */
async function receive(nights: number, more: Partial<PacketOf> & { size?: number } = {}) {
  const { size = 10, ...rest } = more
  nowMs = t0 + nights * dayMs
  const packet: PacketOf = {
    offset: offset++,
    alertId: `${offset}`,
    matches: false,
    kept: true,
    bytes: 'x'.repeat(size),
    ...rest,
  }
  await store.apply(sifted([packet], { nowMs, topic: `t${offset}` }))
  return packet.alertId ?? ''
}
const textOf = async (id: string) => {
  const packet = await store.alertPacket('lsst', id)
  return packet && new TextDecoder().decode(packet.bytes)
}

describe('an alert by its identifier', () => {
  it('gives the newest packet of all nights, with what decoding it needs', async () => {
    const id = await receive(0, { bytes: 'first' })
    await receive(1, { alertId: id, bytes: 'other bytes' })
    await receive(2)
    expect(await store.alertPacket('lsst', id)).toEqual({
      bytes: new TextEncoder().encode('other bytes'),
      source: 'lsst',
      topic: expect.any(String),
      recordTimeMs: t0,
    })
    expect((await store.packetsOf('lsst', id)).map(({ bytes }) => new TextDecoder().decode(bytes))).toEqual([
      'first',
      'other bytes',
    ])
    expect(await store.alertPacket('ztf', id)).toBeNull()
    expect(await store.alertPacket('lsst', '999')).toBeNull()
    expect(files('.index')).toEqual(['2026-11-20.index', '2026-11-21.index', '2026-11-22.index'])
  })

  it('is found when its packet was parked in another night', async () => {
    const at = { topic: 'parked', from: 0, to: 1 }
    await store.apply(sifted([{ offset: 0, outcome: 'parked', bytes: 'not known yet' }], at))
    nowMs = t0 + dayMs
    await store.apply(sifted([{ offset: 0, alertId: '77', bytes: 'not known yet' }], { ...at, kind: 'retry', nowMs }))
    expect(await textOf('77')).toBe('not known yet')
    // The link stands in the segments too: from them alone it is found again.
    for (const night of [20_777, 20_778]) await store.archive.rebuild(night)
    await rounds().inOrder()
    expect(await textOf('77')).toBe('not known yet')
  })

  it('is told as damaged with the place, and others are not touched', async () => {
    const [first, second] = [await receive(0, { bytes: 'one' }), await receive(0, { bytes: 'two' })]
    const path = join(packets(), '00000001.seg')
    const bytes = readFileSync(path)
    const at = bytes.indexOf('one')
    bytes[at] = 0
    writeFileSync(path, bytes)
    await expect(store.alertPacket('lsst', first)).rejects.toMatchObject({
      code: 'ARCHIVE_DAMAGED',
      detail: expect.stringMatching(/00000001\.seg at 8: the checksum does not match/),
    })
    expect(await textOf(second)).toBe('two')
  })
})

describe('an index', () => {
  it('that is missing, torn or no index at all is made again from the packets', async () => {
    const ids = [await receive(0), await receive(1), await receive(2)]
    const all = async () => Promise.all(ids.map(textOf))
    const expected = await all()
    for (const harm of [
      (path: string) => rmSync(path),
      (path: string) => writeFileSync(path, 'no database at all'.repeat(1000)),
      (path: string) => truncateSync(path, 4096),
      (path: string) => new DatabaseSync(path).exec('DROP TABLE alerts'),
    ]) {
      await store.close()
      for (const name of files('.index')) harm(join(packets(), name))
      await open()
      // What cannot be searched is said, and not taken for "there is none".
      await expect(store.alertPacket('lsst', ids[0] ?? '')).rejects.toMatchObject({
        code: 'ARCHIVE_INDEX_BEHIND',
        detail: expect.stringContaining('2026-11-20'),
      })
      await rounds().inOrder()
      expect(await all()).toEqual(expected)
    }
  })

  it('that lags after a crash is caught up with on opening', async () => {
    const [first, second] = [await receive(0), await receive(0)]
    await store.close()
    const index = new DatabaseSync(join(packets(), files('.index')[0] ?? ''))
    // As after a power cut that took the last transaction.
    index.exec(`DELETE FROM alerts WHERE alert_id = ${second}`)
    index.exec('UPDATE segments SET up_to = (SELECT place + length FROM alerts)')
    index.close()
    await open()
    expect(await textOf(first)).not.toBeNull()
    expect(await textOf(second)).not.toBeNull()
  })

  it('passes over damage, says it, and finds what stands behind', async () => {
    await receive(0, { bytes: 'one' })
    const second = await receive(0, { bytes: 'two' })
    await receive(1)
    const path = join(packets(), '00000001.seg')
    const bytes = readFileSync(path)
    bytes.fill(0, 8, 30)
    writeFileSync(path, bytes)
    await store.archive.rebuild(20_777)
    await rounds().inOrder()
    expect(await textOf(second)).toBe('two')
    expect(told.map(({ fields }) => fields)).toContainEqual({
      code: 'ARCHIVE_DAMAGED',
      at: expect.stringMatching(/00000001\.seg at 8, \d+ bytes/),
      why: 'no record begins here',
    })
  })
})

describe('limits', () => {
  it('by age drop whole nights: files, index and rows, and dead letters say that their bytes are gone', async () => {
    const ids = [await receive(0), await receive(1), await receive(2)]
    nowMs = t0
    await store.apply(
      sifted(
        [
          { offset: 0, outcome: 'dead' },
          { offset: 1, outcome: 'parked' },
        ],
        { topic: 'broken', nowMs: t0 },
      ),
    )
    nowMs = t0 + 2.6 * dayMs
    await rounds({ days: 1.5 }).withinLimits()
    expect(await Promise.all(ids.map(textOf))).toEqual([null, 'x'.repeat(10), 'x'.repeat(10)])
    expect(files('.index')).toEqual(['2026-11-21.index', '2026-11-22.index'])
    expect(files('.seg')).toEqual(['00000002.seg', '00000003.seg'])
    const [dead, parked] = await store.deadLetters({ limit: 10 })
    await expect(store.deadBytes(dead?.id ?? 0)).rejects.toMatchObject({ code: 'ARCHIVE_DROPPED' })
    // Nobody waits any longer for a schema that would not help.
    expect(parked).toMatchObject({ state: 'dead', code: 'ARCHIVE_DROPPED', reason: 'REGISTRY_UNKNOWN_ID: because' })
    expect(await store.checkLedger()).toEqual([])
    expect(told.filter(({ message }) => message === 'old packets were dropped')).toHaveLength(1)
    // Its number is not used again, and everything goes on.
    expect(await textOf(await receive(3))).toBe('x'.repeat(10))
    expect(files('.seg').at(-1)).toBe('00000005.seg')
  })

  it('by bytes drop the oldest nights, and of the newest its first segments only when it alone is too much', async () => {
    const ids = [await receive(0, { size: 1000 }), await receive(1, { size: 1000 }), await receive(2, { size: 1000 })]
    await rounds({ maxBytes: 2_500 }).withinLimits()
    expect(await Promise.all(ids.map(textOf))).toEqual([null, 'x'.repeat(1000), 'x'.repeat(1000)])
    await rounds({ maxBytes: 500 }).withinLimits()
    expect(await textOf(ids[1] ?? '')).toBeNull()
    // The segment that is still written to stays.
    expect(await textOf(ids[2] ?? '')).toBe('x'.repeat(1000))
    await receive(2 + 1.5 / 24, { size: 1000 })
    await rounds({ maxBytes: 1_500 }).withinLimits()
    expect(await textOf(ids[2] ?? '')).toBeNull()
  })

  it('drop the active segment too when its night is too old', async () => {
    const id = await receive(0)
    nowMs = t0 + 30 * dayMs
    await rounds({ days: 7 }).withinLimits()
    expect(await textOf(id)).toBeNull()
    expect(files('')).toEqual([])
    expect(await textOf(await receive(30))).toBe('x'.repeat(10))
  })

  it('leave packets of the newest days alone, whatever else is dropped', async () => {
    await receive(0)
    nowMs = t0 + dayMs
    await store.apply(sifted([{ offset: 0, outcome: 'parked', bytes: 'waits' }], { topic: 'broken', nowMs }))
    nowMs = t0 + 2 * dayMs
    await rounds({ days: 1 }).withinLimits()
    const [letter] = await store.deadLetters({ limit: 1 })
    expect(letter?.state).toBe('parked')
    expect(new TextDecoder().decode((await store.deadBytes(letter?.id ?? 0))?.bytes)).toBe('waits')
  })
})

describe('a store beside this disk', () => {
  it('gets finished segments and the indexes of nights that are over, and is read when the files have left', async () => {
    const ids = [
      await receive(0, { bytes: 'one' }),
      await receive(0, { bytes: 'two' }),
      await receive(1),
      await receive(2),
    ]
    const round = rounds({ localDays: 1 }, true)
    await round.inOrder()
    expect(await round.copies()).toBe(true)
    expect(remote.keys()).toEqual([
      expect.stringMatching(/^2026-11-20\/00000001-\d+\.seg$/),
      '2026-11-20/index.sqlite',
      expect.stringMatching(/^2026-11-21\/00000002-\d+\.seg$/),
      '2026-11-21/index.sqlite',
    ])
    nowMs = t0 + 2.4 * dayMs
    await round.withinLimits()
    expect(files('.seg')).toEqual(['00000002.seg', '00000003.seg'])
    expect(await Promise.all(ids.slice(0, 2).map(textOf))).toEqual(['one', 'two'])
    remote.down = true
    await expect(store.alertPacket('lsst', ids[0] ?? '')).rejects.toMatchObject({ code: 'ARCHIVE_REMOTE_FAILED' })
    expect(await textOf(ids[2] ?? ''), 'what is here needs nobody').toBe('x'.repeat(10))
  })

  it('that is away costs nothing: packets stay, and are copied when it is back', async () => {
    const id = await receive(0)
    await receive(1)
    const round = rounds({ localDays: 0, maxBytes: 1 }, true)
    await round.inOrder()
    remote.down = true
    counted.clear()
    expect(await round.copies()).toBe(false)
    expect(counted.get('failed')).toBe(1)
    expect(told.at(-1)).toMatchObject({ fields: { code: 'ARCHIVE_REMOTE_FAILED' } })
    expect(await round.withinLimits()).toBe(true)
    expect(await textOf(id), 'the only copy stays, whatever the limit').not.toBeNull()
    remote.down = false
    expect(await round.copies()).toBe(true)
    expect(await round.withinLimits()).toBe(true)
    expect(files('.seg')).toEqual(['00000002.seg'])
    expect(await textOf(id)).toBe('x'.repeat(10))
  })

  it('notices what was changed there: ARCHIVE_DAMAGED', async () => {
    const id = await receive(0, { bytes: 'one' })
    await receive(1)
    const round = rounds({ localDays: 0 }, true)
    await round.inOrder()
    await round.copies()
    nowMs += dayMs
    await round.withinLimits()
    const path = join(remoteDir, remote.keys()[0] ?? '')
    const bytes = readFileSync(path)
    bytes[bytes.length - 1] = 0
    writeFileSync(path, bytes)
    await expect(store.alertPacket('lsst', id)).rejects.toMatchObject({ code: 'ARCHIVE_DAMAGED' })
  })

  it('gives a night back whose index is lost, and is emptied of what is dropped', async () => {
    const id = await receive(0)
    await receive(1)
    const round = rounds({ localDays: 0, days: 5 }, true)
    await round.inOrder()
    await round.copies()
    await round.withinLimits()
    await store.archive.rebuild(20_777)
    await round.inOrder()
    expect(await textOf(id)).toBe('x'.repeat(10))
    nowMs = t0 + 6 * dayMs
    await round.withinLimits()
    expect(remote.keys()).toEqual([])
    expect(await textOf(id)).toBeNull()
  })

  it('gives the packets back of a disk that was lost, as long as the database is there', async () => {
    const id = await receive(0, { bytes: 'one' })
    const last = await receive(1)
    const round = rounds({ localDays: 100 }, true)
    await round.inOrder()
    await round.copies()
    await store.close()
    rmSync(packets(), { recursive: true })
    await open()
    await rounds({}, true).inOrder()
    expect(await textOf(id)).toBe('one')
    // What was never copied is lost, its index with it, and that is said.
    expect(await textOf(last)).toBeNull()
    expect(told).toContainEqual({
      fields: { code: 'ARCHIVE_DAMAGED', damage: expect.stringMatching(/00000002\.seg is missing/) },
      message: 'kept packets are missing',
    })
  })

  it('keeps what it has while it is away when old nights are to be dropped: they are tried again', async () => {
    await receive(0)
    await receive(1)
    const round = rounds({ localDays: 0, days: 5 }, true)
    await round.inOrder()
    await round.copies()
    remote.down = true
    nowMs = t0 + 20 * dayMs
    expect(await round.withinLimits()).toBe(false)
    remote.down = false
    expect(await round.withinLimits()).toBe(true)
    expect(remote.keys()).toEqual([])
  })
})
