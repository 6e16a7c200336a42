import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { readVOEvent } from '../../vo/xml/voevent-2.0.ts'
import { newDataDir, outside, plan, removeDataDir, sifted, streamIvoid, t0, voevent, withStore } from './fixtures.ts'

let dataDir: string
beforeEach(() => {
  dataDir = newDataDir()
})
afterEach(() => removeDataDir(dataDir))

describe('apply, a span', () => {
  it('records events, log, packets and position, and survives being closed', async () => {
    await withStore(dataDir, async (store) => {
      await store.configure(plan())
      const applied = await store.apply(
        sifted([
          { offset: 10, alertId: '1' },
          { offset: 12, alertId: '2', matches: false },
        ]),
      )
      expect(applied).toEqual({
        received: 2,
        cut: 0,
        duplicate: 0,
        dead: 0,
        parked: 0,
        recorded: [{ seq: 1, ivoid: `${streamIvoid}#1` }],
        deliveries: 0,
        outside: 'none',
      })
    })
    await withStore(dataDir, async (store) => {
      expect(await store.positions('lsst')).toEqual([{ topic: 'alerts', partition: 0, to: 13 }])
      expect(await store.logHead()).toBe(1)
      const [entry] = await store.logSince(0, 10)
      expect(entry).toMatchObject({
        seq: 1,
        ivoid: `${streamIvoid}#1`,
        role: 'observation',
        origin: 'own',
        recordedMs: t0,
      })
      expect((await store.eventByIvoid(`${streamIvoid}#1`))?.model).toEqual(voevent(`${streamIvoid}#1`))
      expect(readVOEvent(entry?.raw.bytes ?? new Uint8Array(), { mode: 'strict' }).event.ivoid).toBe(`${streamIvoid}#1`)
      expect(await store.packetsOf('lsst', '1')).toMatchObject([
        { offset: 10, bytes: new TextEncoder().encode('1@10') },
      ])
      expect(await store.packetsOf('lsst', '2')).toEqual([])
      expect((await store.eventByIvoid(`IVO://Example.org/streams/bright?1`))?.seq).toBe(1)
      expect(await store.checkLedger()).toEqual([])
    })
  })

  it('cuts what lies below the position, line by line', async () => {
    await withStore(dataDir, async (store) => {
      const first = sifted([
        { offset: 0, alertId: '1' },
        { offset: 1, alertId: '2' },
      ])
      await store.apply(first)
      expect(await store.apply(first)).toMatchObject({ received: 0, cut: 2, duplicate: 0, recorded: [] })
      const overlapping = sifted([
        { offset: 1, alertId: '2' },
        { offset: 2, alertId: '3' },
      ])
      expect(await store.apply(overlapping)).toMatchObject({ received: 1, cut: 1, recorded: [{ seq: 3 }] })
      expect((await store.ledger()).sources).toEqual([
        { source: 'lsst', visit: 7, received: 3, decoded: 3, duplicate: 0, parked: 0, dead: 0 },
      ])
      expect(await store.checkLedger()).toEqual([])
    })
  })

  it('counts the same alert again as a duplicate, and keeps it if its bytes differ', async () => {
    await withStore(dataDir, async (store) => {
      await store.apply(sifted([{ offset: 0, alertId: '170032882292621547', bytes: 'a' }]))
      const again = sifted(
        [
          { offset: 0, alertId: '170032882292621547', bytes: 'a' },
          { offset: 1, alertId: '170032882292621547', bytes: 'b' },
          { offset: 2, alertId: '170032882292621546', bytes: 'a' },
        ],
        { topic: 'other' },
      )
      expect(await store.apply(again)).toMatchObject({ received: 3, duplicate: 2, recorded: [{ seq: 2 }] })
      const kept = await store.packetsOf('lsst', '170032882292621547')
      expect(kept.map(({ bytes, topic }) => [new TextDecoder().decode(bytes), topic])).toEqual([
        ['a', 'alerts'],
        ['b', 'other'],
      ])
      expect((await store.ledger()).filters).toMatchObject([{ name: 'bright', passed: 2, chosen: 2 }])
      expect(await store.checkLedger()).toEqual([])
    })
  })

  it('cites the last event of the same object of the same stream, also within one batch', async () => {
    await withStore(dataDir, async (store) => {
      await store.apply(
        sifted([
          { offset: 0, alertId: '1', objectId: 'o' },
          { offset: 1, alertId: '2', objectId: 'other' },
          { offset: 2, alertId: '3', objectId: 'o' },
          { offset: 3, alertId: '4', objectId: 'o', role: 'test' },
        ]),
      )
      await store.apply(sifted([{ offset: 4, alertId: '5', objectId: 'o' }]))
      const cites = (await store.logSince(0, 10)).map(
        ({ raw }) => readVOEvent(raw.bytes, { mode: 'strict' }).event.citations?.events ?? [],
      )
      expect(cites).toEqual([
        [],
        [],
        [{ ivoid: `${streamIvoid}#1`, cite: 'followup' }],
        [],
        [{ ivoid: `${streamIvoid}#3`, cite: 'followup' }],
      ])
    })
  })

  it('stores a survey event that is not published, and keeps it off the log', async () => {
    await withStore(dataDir, async (store) => {
      const span = sifted([{ offset: 0, alertId: '1' }])
      const survey = { ...span.events[0]!, published: false, event: voevent('ivo://example.org/lsst#1') }
      expect((await store.apply({ ...span, events: [survey, ...span.events] })).recorded).toHaveLength(1)
      expect(await store.eventByIvoid('ivo://example.org/lsst#1')).toMatchObject({ seq: 0, origin: 'own' })
      expect(await store.recentEvents(5)).toMatchObject([{ seq: 1 }, { seq: null }])
      expect(await store.checkLedger()).toEqual([])
    })
  })

  it('counts as unmappable what could not be made or is too large, and goes on', async () => {
    await withStore(dataDir, async (store) => {
      const span = sifted([
        { offset: 0, alertId: '1', unmappable: true },
        { offset: 1, alertId: '2' },
        { offset: 2, alertId: '3' },
      ])
      const huge = voevent(`${streamIvoid}#2`, 'observation', { description: 'x'.repeat(100_000) })
      const events = span.events.map((mapped) =>
        mapped.event.ivoid === huge.ivoid ? { ...mapped, event: huge } : mapped,
      )
      expect((await store.apply({ ...span, events })).recorded).toEqual([{ seq: 1, ivoid: `${streamIvoid}#3` }])
      expect((await store.ledger()).filters).toMatchObject([{ passed: 3, chosen: 1, unmappable: 2 }])
      expect(await store.checkLedger()).toEqual([])
    })
  })

  it('refuses a batch that contradicts itself, alone', async () => {
    await withStore(dataDir, async (store) => {
      const good = sifted([{ offset: 0, alertId: '1' }])
      const bad = { ...good, partition: 1, candidates: [] }
      const results = await Promise.allSettled([
        store.apply(bad),
        store.apply(good),
        store.apply({ ...good, partition: 2, lines: [...good.lines, ...good.lines] }),
      ])
      expect(results.map(({ status }) => status)).toEqual(['rejected', 'fulfilled', 'rejected'])
      expect(results[0]).toMatchObject({ reason: { code: 'SIFTED_INVALID' } })
      expect(await store.positions('lsst')).toEqual([{ topic: 'alerts', partition: 0, to: 1 }])
    })
  })
})

/** 90,000 bytes that are a VOEvent, as far as its element goes. */
const large = (n: number) => new TextEncoder().encode(`<VOEvent n="${n}">${'x'.repeat(90_000)}</VOEvent>`)

describe('apply, events from outside', () => {
  it('records the bytes as they came, once', async () => {
    await withStore(dataDir, async (store) => {
      const event = outside('ivo://other.org/grb#1', { origin: 'upstream' })
      expect(await store.apply(event)).toMatchObject({ outside: 'new', recorded: [{ seq: 1 }] })
      expect(await store.apply(event)).toMatchObject({ outside: 'seen', recorded: [], duplicate: 1 })
      const [entry] = await store.logSince(0, 10)
      expect(entry?.raw.bytes).toEqual(event.outside[0]?.bytes)
      expect(entry?.origin).toBe('upstream')
      expect(await store.seenElement(event.outside[0]?.elementHash ?? '')).toBe(true)
      expect((await store.ledger()).sources).toEqual([
        { source: 'vtp', visit: 0, received: 2, decoded: 1, duplicate: 1, parked: 0, dead: 0 },
      ])
      expect(await store.checkLedger()).toEqual([])
    })
  })

  it('gives the log in pages of about a megabyte, bytes alone', async () => {
    await withStore(dataDir, async (store) => {
      for (let n = 0; n < 15; n++) await store.apply(outside(`ivo://other.org/large#${n}`, { bytes: large(n) }))
      const page = await store.logSince(0, 100)
      expect(page.map(({ seq }) => seq)).toEqual(Array.from({ length: 11 }, (_, index) => index + 1))
      expect(page.some((entry) => 'model' in entry)).toBe(false)
      expect(await store.logSince(11, 100)).toHaveLength(4)
    })
  })

  it('knows our own event when it comes back', async () => {
    await withStore(dataDir, async (store) => {
      await store.apply(sifted([{ offset: 0, alertId: '1' }]))
      const [entry] = await store.logSince(0, 1)
      expect(
        await store.apply(outside(`${streamIvoid}#1`, { bytes: entry?.raw.bytes ?? new Uint8Array() })),
      ).toMatchObject({
        outside: 'seen',
      })
      expect(await store.logHead()).toBe(1)
    })
  })
})
