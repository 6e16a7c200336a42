import { mkdtempSync, readFileSync, rmSync, writeFileSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { NightIndexes } from '../../../src/record/archive/night-indexes.ts'
import {
  decodeRecord,
  encodeLink,
  type KeptRecord,
  readRecord,
  type Scanned,
  scanSegment,
} from '../../../src/record/archive/segment-format.ts'
import { Segments } from '../../../src/record/archive/segments.ts'
import { layouts, Sql } from '../../../src/record/database.ts'

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

const open = () => new Segments(dir, sql, new NightIndexes(dir, sql, () => {}), () => {})

function store(records: readonly KeptRecord[]) {
  const segments = open()
  segments.begin(0)
  const places = records.map((each) => segments.stage(each))
  segments.flush()
  segments.committed()
  segments.close()
  return places
}

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
const path = () => join(dir, '00000001.seg')

describe('packet segments', () => {
  it('give every record back as it was, by its place and by reading on', () => {
    fc.assert(
      fc.property(fc.array(record, { minLength: 1, maxLength: 5 }), (records) => {
        const places = store(records)
        expect(places.map((at) => readRecord(dir, at))).toEqual(records)
        const [first] = places
        if (first === undefined) return
        const file = join(dir, `${String(first.segment).padStart(8, '0')}.seg`)
        const last = places.at(-1) ?? first
        const scanned = [...scanSegment(file, first.place, last.place + last.length)]
        expect(scanned).toEqual(
          places.map(({ place, length }, index) => ({ place, length, found: { record: records[index] } })),
        )
      }),
    )
  })

  it('notice every byte that changed, and every wrong place', () => {
    const [, at, last] = store([example, example, example])
    if (at === undefined || last === undefined) throw new Error('three records have three places')
    const good = readFileSync(path())
    for (let index = at.place; index < at.place + at.length; index++) {
      const bad = Buffer.from(good)
      bad[index] = (bad[index] ?? 0) ^ 0x20
      writeFileSync(path(), bad)
      expect(() => readRecord(dir, at), `byte ${index}`).toThrowError(
        expect.objectContaining({ code: 'ARCHIVE_DAMAGED' }),
      )
      expect(readRecord(dir, last)).toEqual(example)
    }
    writeFileSync(path(), good)
    for (const wrong of [
      { ...at, place: at.place + 1 },
      { ...at, length: at.length - 1 },
      { ...at, length: 3 },
      { ...at, length: at.length * 100 },
      { ...at, segment: 9 },
    ]) {
      expect(() => readRecord(dir, wrong)).toThrowError(expect.objectContaining({ code: 'ARCHIVE_DAMAGED' }))
    }
    expect(readRecord(dir, at)).toEqual(example)
  })

  it('are read on after damage, whatever byte it was: the other records are found, and the damage is told once', () => {
    const records = [example, { ...example, alertId: '2' }, { ...example, alertId: '3' }]
    const places = store(records)
    const [, at] = places
    if (at === undefined) throw new Error('three records have three places')
    const good = readFileSync(path())
    for (let index = at.place; index < at.place + at.length; index++) {
      const bad = Buffer.from(good)
      bad[index] = (bad[index] ?? 0) ^ 0x81
      writeFileSync(path(), bad)
      const scanned = [...scanSegment(path(), 0, good.length)]
      expect(readable(scanned), `byte ${index}`).toEqual(['1', '3'])
      expect(scanned[1], `byte ${index}`).toMatchObject({
        place: at.place,
        length: at.length,
        found: expect.any(String),
      })
    }
  })

  it('are read on wherever bytes are missing, changed or too many', () => {
    const records = Array.from({ length: 8 }, (_, index) => ({ ...example, alertId: `${index}` }))
    store(records)
    const good = readFileSync(path())
    const damage = fc.record({
      at: fc.nat(good.length - 1),
      bytes: fc.uint8Array({ maxLength: 40 }),
      cut: fc.boolean(),
    })
    fc.assert(
      fc.property(damage, ({ at, bytes, cut }) => {
        const bad = cut
          ? good.subarray(0, at)
          : Buffer.concat([good.subarray(0, at), bytes, good.subarray(at + bytes.length)])
        writeFileSync(path(), bad.subarray(0, good.length))
        const scanned = [...scanSegment(path(), 0, good.length)]
        // Every byte is told, in order: as part of a record or of a damaged stretch.
        let end = scanned[0]?.place === 0 ? 0 : 8
        for (const { place, length } of scanned) {
          expect(place).toBe(end)
          end = place + length
        }
        expect(end).toBe(good.length)
        const ids = readable(scanned)
        for (const id of ids) expect(records.map(({ alertId }) => alertId)).toContain(id)
        if (!cut) expect(ids.length).toBeGreaterThanOrEqual(records.length - 2)
      }),
    )
  })

  it('hold links to packets that were kept before their alert was known', () => {
    const { bytes: _, ...about } = example
    const to = { segment: 4_000_000_000, place: 2 ** 40, length: 12 }
    expect(decodeRecord(Buffer.concat(encodeLink(about, to)))).toMatchObject({ record: about, link: to })
  })

  it('are of one night and of one hour, and numbers are never used again', () => {
    const segments = open()
    const noon = Date.UTC(2026, 10, 21, 12)
    const at = (ms: number) => {
      segments.begin(ms)
      const { segment } = segments.stage(example)
      segments.flush()
      segments.committed()
      return segment
    }
    expect([noon - 2, noon - 1, noon, noon + 1, noon + 3_600_000 - 1, noon + 3_600_000].map(at)).toEqual([
      1, 1, 2, 2, 2, 3,
    ])
    // The clock is set back: it is another night again.
    expect(at(noon - 1)).toBe(4)
    segments.close()
    expect(sql.all('SELECT id, night, finished FROM segments')).toEqual([
      { id: 1, night: 20777, finished: 1 },
      { id: 2, night: 20778, finished: 1 },
      { id: 3, night: 20778, finished: 1 },
      { id: 4, night: 20777, finished: 0 },
    ])
    sql.run('DELETE FROM segments')
    const again = open()
    again.begin(noon)
    expect(again.stage(example).segment).toBe(5)
    again.close()
  })
})

function readable(scanned: readonly Scanned[]): string[] {
  return scanned.flatMap(({ found }) => (typeof found === 'string' ? [] : [found.record.alertId]))
}

describe('a batch that is written in many pieces', () => {
  it('is read back whole, also where the system takes less than it is given', () => {
    const short = fc.sample(fc.integer({ min: 1, max: 700_000 }), 2_000)
    const lengths = [
      ...Array.from({ length: 1_200 }, (_, n) => n % 7),
      900_000,
      2_500_000,
      0,
      300_000,
      300_000,
      300_000,
      300_000,
    ]
    const records = lengths.map((length, offset) => ({
      ...{ source: 'lsst', topic: 'alerts', survey: 'lsst', partition: 0, visit: 1, recordTimeMs: 0 },
      offset,
      alertId: String(offset),
      bytes: new Uint8Array(length).fill(offset),
    }))
    let writes = 0
    const segments = new Segments(dir, sql, new NightIndexes(dir, sql, () => {}), () => {}, {
      write: (fd, buffers, position) => {
        // writev(2) refuses longer lists; some calls write a part of what they are given.
        expect(buffers.length).toBeLessThanOrEqual(1_024)
        const bytes = Buffer.concat(buffers)
        return writeSync(fd, bytes, 0, Math.min(bytes.length, short[writes++] ?? bytes.length), position)
      },
      sync: () => {},
    })
    segments.begin(0)
    const places = records.map((each) => segments.stage(each))
    segments.flush()
    segments.committed()
    for (const [index, place] of places.entries()) {
      const { offset, bytes } = readRecord(dir, place)
      expect(offset).toBe(index)
      expect(Buffer.compare(bytes, records[index]!.bytes)).toBe(0)
    }
    segments.close()
    expect(writes).toBeGreaterThan(4)
  })
})
