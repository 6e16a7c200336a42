import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { alertOf, newDataDir, outside, plan, removeDataDir, sifted, streamIvoid, t0, withStore } from './fixtures.ts'

let dataDir: string
beforeEach(() => {
  dataDir = newDataDir()
})
afterEach(() => removeDataDir(dataDir))

const hour = 3_600_000

describe('who gets what', () => {
  it('makes a delivery for each subscription, with what the filter selected', async () => {
    await withStore(dataDir, async (store) => {
      await store.configure(plan({}, { bridge: 'slack', address: { channel: '#transients' } }))
      expect((await store.apply(sifted([{ offset: 0, alertId: '170032882292621547' }]))).deliveries).toBe(2)
      const [delivery] = await store.claim('slack', 10, t0)
      expect(delivery).toMatchObject({
        bridge: 'slack',
        subscription: 'sub-1',
        address: { channel: '#transients' },
        state: 'sending',
        attempts: 0,
        heldBack: 0,
        thread: [],
        context: {
          filter: { name: 'bright', version: 'v1' },
          subscription: 'sub-1',
          stream: { name: 'bright', title: 'Bright' },
          columns: [{ definition: { name: 'mag', dataType: 'float' }, value: 17.5 }],
          survey: 'lsst',
          alertId: '170032882292621547',
          objectId: null,
        },
        event: { seq: 1, ivoid: `${streamIvoid}#170032882292621547`, origin: 'own' },
      })
      expect(await store.claim('slack', 10, t0)).toEqual([])
      expect(await store.claim('email', 10, t0 - 1)).toEqual([])
      expect(await store.nextDueMs('email')).toBe(t0)
      expect(await store.nextDueMs('slack')).toBeNull()
    })
  })

  it('leaves tests out unless they are wanted', async () => {
    await withStore(dataDir, async (store) => {
      await store.configure(plan({}, { test: true }))
      expect((await store.apply(sifted([{ offset: 0, alertId: '1', role: 'test' }]))).deliveries).toBe(1)
      expect((await store.ledger()).subscriptions).toEqual([
        { subscription: 'sub-0', chosen: 1, notices: 0, deliveries: 0, leftOut: 1, reasons: { test: 1 } },
        { subscription: 'sub-1', chosen: 1, notices: 0, deliveries: 1, leftOut: 0, reasons: {} },
      ])
      expect(await store.checkLedger()).toEqual([])
    })
  })

  it('holds back what is beyond the cap of an hour, and says how many with the next', async () => {
    await withStore(dataDir, async (store) => {
      await store.configure(plan({ maxPerHour: 2 }))
      const alert = (offset: number, nowMs: number) =>
        store.apply(sifted([{ offset, alertId: `${offset}` }], { nowMs }))
      for (const [offset, minutes] of [0, 1, 2, 3, 59].entries()) await alert(offset, t0 + minutes * 60_000)
      expect((await store.ledger()).subscriptions).toMatchObject([{ chosen: 5, deliveries: 2, leftOut: 3 }])
      await alert(5, t0 + hour)
      await alert(6, t0 + hour)
      const claimed = await store.claim('email', 10, t0 + 2 * hour)
      expect(claimed.map((each) => [alertOf(each), each.heldBack])).toEqual([
        ['0', 0],
        ['1', 0],
        ['5', 3],
      ])
      expect(await store.checkLedger()).toEqual([])
    })
  })

  it('never gives a subscription the same event twice', async () => {
    await withStore(dataDir, async (store) => {
      await store.configure(plan({}))
      await store.apply(sifted([{ offset: 0, alertId: '1' }]))
      // Another survey with the same identifier in the same stream.
      const other = await store.apply(sifted([{ offset: 0, alertId: '1' }], { source: 'ztf', survey: 'ztf' }))
      expect(other).toMatchObject({ deliveries: 0, recorded: [], duplicate: 0 })
      expect((await store.ledger()).subscriptions).toMatchObject([{ chosen: 2, deliveries: 1, leftOut: 1 }])
    })
  })

  it('delivers a match on an event from outside', async () => {
    await withStore(dataDir, async (store) => {
      await store.configure(plan({}))
      const span = sifted([{ offset: 0, alertId: '1' }])
      const ivoid = 'ivo://other.org/x#1'
      const candidates = span.candidates.map((candidate) => ({ ...candidate, event: { ivoid } }))
      const event = { ...outside(ivoid), candidates }
      expect(await store.apply(event)).toMatchObject({ outside: 'new', deliveries: 1 })
      expect(await store.apply(event)).toMatchObject({ outside: 'seen', deliveries: 0 })
      expect(await store.claim('email', 1, t0)).toMatchObject([{ event: { ivoid, origin: 'submitted' } }])
      expect(await store.checkLedger()).toEqual([])
    })
  })

  it('keeps what is in the outbox when a subscription leaves the plan, and its count when it comes back', async () => {
    await withStore(dataDir, async (store) => {
      await store.configure(plan({}))
      await store.apply(sifted([{ offset: 0, alertId: '1' }]))
      await store.configure({ authority: 'example.org', filters: [] })
      expect((await store.apply(sifted([{ offset: 1, alertId: '2' }]))).deliveries).toBe(0)
      await store.configure(plan({}))
      expect((await store.apply(sifted([{ offset: 2, alertId: '3' }]))).deliveries).toBe(1)
      expect(await store.claim('email', 10, t0)).toHaveLength(2)
      expect((await store.ledger()).subscriptions).toMatchObject([{ chosen: 2, deliveries: 2 }])
      expect(await store.checkLedger()).toEqual([])
    })
  })
})

describe('the outbox', () => {
  it('keeps the first message, and an end once reached', async () => {
    await withStore(dataDir, async (store) => {
      await store.configure(plan({}))
      await store.apply(sifted([{ offset: 0, alertId: '1' }]))
      const [first] = await store.claim('email', 1, t0)
      const id = first?.id ?? 0
      const message = {
        body: new Uint8Array([1, 2]),
        key: 'k',
        repeat: 'safe' as const,
        parts: [{ hash: 'h', mediaType: 'image/png', name: 'a.png', bytes: new Uint8Array([7]) }],
      }
      await store.keepMessage(id, message)
      await store.keepMessage(id, { body: new Uint8Array([9]), key: 'other', repeat: 'never' })
      await store.settle([{ id, state: 'queued', notBeforeMs: t0 + 5, error: '451', attempted: true }], t0)
      expect(await store.nextDueMs('email')).toBe(t0 + 5)
      expect(await store.claim('email', 1, t0 + 5)).toMatchObject([{ attempts: 1, message }])
      await store.settle([{ id, state: 'sent', receipt: { id: 'r', atMs: t0, reply: '250' }, attempted: true }], t0)
      await store.settle([{ id, state: 'queued', attempted: true }], t0)
      expect((await store.ledger()).bridges).toEqual([{ bridge: 'email', states: { sent: 1 } }])
      expect(await store.checkLedger()).toEqual([])
    })
  })

  it('gives out as interrupted only what an earlier run was sending', async () => {
    await withStore(dataDir, async (store) => {
      await store.configure(plan({}))
      await store.apply(
        sifted([
          { offset: 0, alertId: '1' },
          { offset: 1, alertId: '2' },
        ]),
      )
      await store.claim('email', 1, t0)
      expect(await store.interrupted('email')).toEqual([])
    })
    await withStore(dataDir, async (store) => {
      await store.claim('email', 1, t0)
      expect((await store.interrupted('email')).map(alertOf)).toEqual(['1'])
      expect(await store.interrupted('slack')).toEqual([])
    })
  })
})

describe('cursors', () => {
  it('are kept, and a feed never goes back', async () => {
    await withStore(dataDir, async (store) => {
      expect(await store.feedCursor('vtp')).toBe(0)
      await store.apply(
        sifted([
          { offset: 0, alertId: '1' },
          { offset: 1, alertId: '2' },
        ]),
      )
      await store.moveFeedCursor('vtp', 2)
      await store.moveFeedCursor('vtp', 1)
      await store.savePeerCursor('vtp', { peer: 'ivo://a 127.0.0.1', seq: 1, leftMs: null })
      await store.savePeerCursor('vtp', { peer: 'ivo://a 127.0.0.1', seq: 2, leftMs: t0 })
      await store.savePeerCursor('vtp', { peer: 'ivo://b 127.0.0.1', seq: 1, leftMs: null })
      await store.removePeerCursor('vtp', 'ivo://b 127.0.0.1')
    })
    await withStore(dataDir, async (store) => {
      expect(await store.feedCursor('vtp')).toBe(2)
      expect(await store.peerCursors('vtp')).toEqual([{ peer: 'ivo://a 127.0.0.1', seq: 2, leftMs: t0 }])
      expect((await store.ledger()).feeds).toEqual([{ feed: 'vtp', cursor: 2, behind: 0 }])
    })
  })
})
