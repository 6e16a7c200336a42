import { readdirSync, statSync, writevSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { NightIndexReader } from '../../src/record/archive/night-index.ts'
import { reads } from '../../src/record/commands.ts'
import { segmentDir, Writer } from '../../src/record/writer.ts'
import { newDataDir, plan, removeDataDir, sifted, t0 } from './fixtures.ts'

let dataDir: string
let writer: Writer
let synced: number
let full: boolean
const files = {
  // Never more than ten bytes at once: a write may always be short.
  write: (fd: number, buffers: readonly Uint8Array[], position: number) => {
    if (full) throw Object.assign(new Error('no space left on device'), { code: 'ENOSPC' })
    return writevSync(fd, [(buffers.find(({ length }) => length > 0) ?? new Uint8Array()).subarray(0, 10)], position)
  },
  sync: () => {
    synced++
  },
}
beforeEach(() => {
  dataDir = newDataDir()
  synced = 0
  full = false
  writer = new Writer({ dataDir, keep: 'matched', nowMs: t0, warn: () => {}, files })
  writer.run([{ name: 'configure', args: [plan({}), t0] }], t0)
})
afterEach(() => {
  writer.close()
  removeDataDir(dataDir)
})

const apply = (...args: Parameters<typeof sifted>) => ({ name: 'apply', args: [sifted(...args)] })
const reading = () => ({
  sql: writer.sql,
  segmentDir: segmentDir(dataDir),
  indexes: new NightIndexReader(segmentDir(dataDir)),
})
const alert = (offset: number) => apply([{ offset, alertId: `${offset}`, bytes: `packet ${offset}` }])
const textOf = (alertId: number) =>
  reads
    .allPackets(reading(), 'lsst', `${alertId}`)
    .map((read) => new TextDecoder().decode('record' in read ? read.record.bytes : undefined))
const segments = () =>
  readdirSync(segmentDir(dataDir))
    .filter((name) => name.endsWith('.seg'))
    .sort()

describe('a transaction that commands share', () => {
  it('syncs the packets once for all of them', () => {
    expect(writer.run([alert(0), alert(1), alert(2)], t0).every((answer) => 'value' in answer)).toBe(true)
    expect(synced).toBe(1)
    writer.run([{ name: 'moveFeedCursor', args: ['vtp', 3] }], t0)
    expect(synced, 'nothing to sync').toBe(1)
    expect([textOf(0), textOf(1), textOf(2)]).toEqual([['packet 0'], ['packet 1'], ['packet 2']])
  })

  it('undoes the one that fails halfway, its packets too, and keeps the others', () => {
    const dead = apply([{ offset: 0, outcome: 'dead' }])
    writer.run([dead], t0)
    const before = statSync(join(segmentDir(dataDir), '00000001.seg')).size
    // A position that was set back by hand: the letter is there already, which no rule of ours foresees.
    writer.sql.run('UPDATE positions SET next_offset = 0')
    const answers = writer.run([dead, alert(5), { name: 'no such', args: [] }], t0)
    expect(answers).toMatchObject([{ fault: { code: 'STORE_FAILED' } }, { value: { received: 1 } }, { fault: {} }])
    expect(textOf(5)).toEqual(['packet 5'])
    const recordBytes = 20 + 29 + (2 + 4) + (2 + 6) + (2 + 4) + (2 + 1) + 'packet 5'.length
    expect(statSync(join(segmentDir(dataDir), '00000001.seg')).size).toBe(before + recordBytes)
    expect(reads.checkLedger(reading())).toEqual([])
  })
})

describe('a new segment', () => {
  const hour = 3_600_000

  it('is begun by the first command that succeeds', () => {
    const dead = apply([{ offset: 0, outcome: 'dead' }])
    writer.run([dead], t0)
    writer.sql.run('UPDATE positions SET next_offset = 0')
    expect(writer.run([dead, alert(5), alert(6)], t0 + hour)).toMatchObject([
      { fault: { code: 'STORE_FAILED' } },
      { value: { received: 1 } },
      { value: { received: 1 } },
    ])
    expect(segments()).toEqual(['00000001.seg', '00000002.seg'])
    expect([5, 6].map(textOf)).toEqual([['packet 5'], ['packet 6']])
    writer.sql.run('UPDATE positions SET next_offset = 0')
    expect(writer.run([dead], t0 + 2 * hour)).toMatchObject([{ fault: {} }])
    writer.run([alert(7)], t0 + 2 * hour)
    expect([5, 6, 7].map(textOf)).toEqual([['packet 5'], ['packet 6'], ['packet 7']])
  })

  it('is begun after an hour, by the packet that comes then', () => {
    writer.run([alert(0)], t0)
    writer.run([alert(1)], t0 + hour - 1)
    writer.run([{ name: 'moveFeedCursor', args: ['vtp', 1] }], t0 + hour)
    expect(segments()).toEqual(['00000001.seg'])
    writer.run([alert(2)], t0 + hour)
    writer.run([alert(3)], t0 + hour + 1)
    expect(segments()).toEqual(['00000001.seg', '00000002.seg'])
    expect([0, 1, 2, 3].map(textOf)).toEqual([['packet 0'], ['packet 1'], ['packet 2'], ['packet 3']])
  })

  it('that the disk refuses is forgotten, and the old one goes on if the clock goes back', () => {
    writer.run([alert(0)], t0)
    full = true
    expect(writer.run([alert(1)], t0 + hour)).toMatchObject([{ fault: { code: 'DISK_FULL' } }])
    full = false
    writer.run([alert(1)], t0 + 1)
    expect([textOf(0), textOf(1)]).toEqual([['packet 0'], ['packet 1']])
    writer.run([alert(2)], t0 + hour)
    expect([0, 1, 2].map(textOf)).toEqual([['packet 0'], ['packet 1'], ['packet 2']])
    expect(segments()).toEqual(['00000001.seg', '00000002.seg'])
  })
})
