import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { layouts, Sql } from '../../src/record/database.ts'
import { type KeptRecord, readRecord, Segments } from '../../src/record/segments.ts'

let dir: string
let sql: Sql
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'fountain-segments-'))
  sql = new Sql(new DatabaseSync(':memory:'))
  for (const { text } of layouts()) sql.exec(text)
})
afterEach(() => {
  sql.close()
  rmSync(dir, { recursive: true })
})

const whole = (min: number) => fc.integer({ min, max: Number.MAX_SAFE_INTEGER })
const record: fc.Arbitrary<KeptRecord> = fc.record({
  source: fc.string({ unit: 'grapheme' }),
  topic: fc.string({ unit: 'grapheme', maxLength: 300 }),
  survey: fc.string(),
  alertId: fc.bigInt({ min: 0n, max: 2n ** 63n }).map(String),
  partition: fc.nat(),
  offset: whole(0),
  visit: whole(-1),
  recordTimeMs: whole(-1),
  bytes: fc.uint8Array({ maxLength: 500 }),
})

function store(records: readonly KeptRecord[]) {
  const segments = new Segments(dir, sql, () => {})
  segments.begin(0)
  const places = records.map((each) => segments.stage(each))
  segments.flush()
  segments.committed()
  segments.close()
  return places
}

describe('packet segments', () => {
  it('give every record back as it was', () => {
    fc.assert(
      fc.property(fc.array(record, { minLength: 1, maxLength: 5 }), (records) => {
        expect(store(records).map((at) => readRecord(dir, at))).toEqual(records)
      }),
    )
  })

  it('notice every byte that changed, and every wrong place', () => {
    const example: KeptRecord = {
      source: 's',
      topic: 't',
      survey: 'lsst',
      alertId: '1',
      partition: 0,
      offset: 1,
      visit: 2,
      recordTimeMs: 3,
      bytes: new TextEncoder().encode('the packet'),
    }
    const [, at, last] = store([example, example, example])
    if (at === undefined || last === undefined) throw new Error('three records have three places')
    const path = join(dir, '00000001.seg')
    const good = readFileSync(path)
    for (let index = at.place; index < at.place + at.length; index++) {
      const bad = Buffer.from(good)
      bad[index] = (bad[index] ?? 0) ^ 0x20
      writeFileSync(path, bad)
      expect(() => readRecord(dir, at), `byte ${index}`).toThrowError(
        expect.objectContaining({ code: 'PACKET_DAMAGED' }),
      )
      expect(readRecord(dir, last)).toEqual(example)
    }
    writeFileSync(path, good)
    for (const wrong of [
      { ...at, place: at.place + 1 },
      { ...at, length: at.length - 1 },
      { ...at, length: 3 },
      { ...at, length: at.length * 100 },
      { ...at, segment: 9 },
    ]) {
      expect(() => readRecord(dir, wrong)).toThrowError(expect.objectContaining({ code: 'PACKET_DAMAGED' }))
    }
    expect(readRecord(dir, at)).toEqual(example)
  })
})
