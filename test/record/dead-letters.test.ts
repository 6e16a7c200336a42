import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { newDataDir, removeDataDir, sifted, t0, withStore } from './fixtures.ts'

let dataDir: string
beforeEach(() => {
  dataDir = newDataDir()
})
afterEach(() => removeDataDir(dataDir))

const span = sifted([
  { offset: 0, alertId: '1' },
  { offset: 1, outcome: 'dead', bytes: 'broken', visit: 0 },
  { offset: 2, outcome: 'parked', bytes: 'unknown', visit: 0 },
  { offset: 3, outcome: 'dead', bytes: 'lost', visit: 0, kept: false },
])
const retry = { kind: 'retry', from: 2, to: 3 } as const

describe('dead letters', () => {
  it('are listed with why and where, and give their bytes back', async () => {
    await withStore(dataDir, async (store) => {
      expect(await store.apply(span)).toMatchObject({ received: 4, dead: 2, parked: 1 })
    })
    await withStore(dataDir, async (store) => {
      const letters = await store.deadLetters({ limit: 10 })
      expect(letters).toMatchObject([
        { state: 'dead', code: 'DECODE_INVALID', offset: 1, length: 6, source: 'lsst', topic: 'alerts', sinceMs: t0 },
        { state: 'parked', code: 'REGISTRY_UNKNOWN_ID', schemaId: 1101, offset: 2, length: 7 },
        { state: 'dead', offset: 3, length: 4 },
      ])
      const parked = await store.deadLetters({ state: 'parked', limit: 10 })
      expect(parked.map(({ offset }) => offset)).toEqual([2])
      expect((await store.deadLetters({ limit: 1, afterId: letters[0]?.id ?? 0 })).map(({ offset }) => offset)).toEqual(
        [2],
      )
      const found = await store.deadBytes(parked[0]?.id ?? 0)
      expect(new TextDecoder().decode(found?.bytes)).toBe('unknown')
      expect(await store.deadBytes(letters[2]?.id ?? 0), 'not kept').toBeNull()
      expect(await store.deadBytes(999)).toBeNull()
    })
  })

  it('become alerts when they are taken up again: the counts move, also from visit to visit', async () => {
    await withStore(dataDir, async (store) => {
      await store.apply(span)
      const again = sifted([{ offset: 2, alertId: '5', bytes: 'unknown', visit: 9 }], { ...retry, kept: [] })
      expect(await store.apply(again)).toMatchObject({ received: 1, cut: 0, recorded: [{ seq: 2 }] })
      expect(await store.apply(again)).toMatchObject({ received: 0, cut: 1, recorded: [] })
      expect((await store.ledger()).sources).toEqual([
        { source: 'lsst', visit: 0, received: 2, decoded: 0, duplicate: 0, parked: 0, dead: 2 },
        { source: 'lsst', visit: 7, received: 1, decoded: 1, duplicate: 0, parked: 0, dead: 0 },
        { source: 'lsst', visit: 9, received: 1, decoded: 1, duplicate: 0, parked: 0, dead: 0 },
      ])
      expect(await store.positions('lsst')).toEqual([{ topic: 'alerts', partition: 0, to: 4 }])
      expect((await store.deadLetters({ state: 'retried', limit: 5 })).map(({ offset }) => offset)).toEqual([2])
      // The bytes are not written again: the alert's packet is the letter's.
      expect((await store.packetsOf('lsst', '5')).map(({ bytes }) => new TextDecoder().decode(bytes))).toEqual([
        'unknown',
      ])
      expect(await store.checkLedger()).toEqual([])
    })
  })

  it('stay when they fail again, with the newer reason; a duplicate is done with', async () => {
    await withStore(dataDir, async (store) => {
      await store.apply(span)
      await store.apply(sifted([{ offset: 2, outcome: 'dead' }], retry))
      expect(await store.deadLetters({ limit: 9 })).toMatchObject([
        {},
        { offset: 2, state: 'dead', code: 'DECODE_INVALID' },
        {},
      ])
      expect(await store.apply(sifted([{ offset: 2, alertId: '1' }], retry))).toMatchObject({
        duplicate: 1,
        recorded: [],
      })
      expect(await store.deadLetters({ state: 'retried', limit: 9 })).toMatchObject([{ offset: 2 }])
      expect(await store.checkLedger()).toEqual([])
    })
  })
})

describe('which packets are kept', () => {
  const everything = sifted([
    { offset: 0, alertId: '1', kept: true },
    { offset: 1, alertId: '2', kept: true, matches: false },
    { offset: 2, outcome: 'dead', kept: true },
  ])
  it.each([
    ['matched', [1, 0]],
    ['all', [1, 1]],
    ['none', [0, 0]],
  ] as const)('%s', async (keep, counts) => {
    await withStore(
      dataDir,
      async (store) => {
        await store.apply(everything)
        const kept = [await store.packetsOf('lsst', '1'), await store.packetsOf('lsst', '2')]
        expect(kept.map(({ length }) => length)).toEqual(counts)
        expect(await store.deadBytes(1)).not.toBeNull()
      },
      { keep },
    )
  })
})
