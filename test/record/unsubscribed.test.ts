import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Log } from '../../bridges/contract.ts'
import type { PlannedSubscription } from '../../src/record/port.ts'
import { bridge, newDataDir, plan, removeDataDir, sifted, silent, t0, withStore } from './fixtures.ts'

let dataDir: string
let warnings: unknown[]
beforeEach(() => {
  dataDir = newDataDir()
  warnings = []
})
afterEach(() => removeDataDir(dataDir))

const log: Log = { ...silent, warn: (fields, message) => void warnings.push([fields, message]) }
/** A run of the gateway with these subscriptions. */
const run: (
  subscriptions: readonly Partial<PlannedSubscription>[],
  use: Parameters<typeof withStore<void>>[1],
) => Promise<void> = (subscriptions, use) =>
  withStore(
    dataDir,
    async (store) => {
      await store.configure({ ...plan(...subscriptions), bridges: [bridge('email')] })
      await use(store)
      expect(await store.checkLedger()).toEqual([])
    },
    { log },
  )
const anna = { name: 'young-email-1', address: 'anna@example.org' }
const ben = { name: 'young-email-2', address: 'ben@example.org' }

describe('who is subscribed no more', () => {
  it('gets nothing that still waits; it is counted and said', async () => {
    await run([anna, ben], async (store) => void (await store.apply(sifted([{ offset: 0, alertId: '1' }]))))
    expect(warnings).toEqual([])
    // Ben has Anna's number now.
    await run([{ ...ben, name: anna.name }], async (store) => {
      expect((await store.claim('email', 10, t0)).map(({ address }) => address)).toEqual([ben.address])
      expect((await store.ledger()).bridges).toEqual([{ bridge: 'email', states: { dropped: 1, sending: 1 } }])
    })
    expect(warnings).toEqual([
      [{ bridge: 'email', deliveries: 1 }, 'deliveries to addresses that are subscribed no more were dropped'],
    ])
  })

  it('gets nothing again that was cut off; what must not go twice is asked about first', async () => {
    await run([anna], async (store) => {
      await store.apply(sifted([0, 1, 2].map((offset) => ({ offset, alertId: `${offset}` }))))
      await store.claim('email', 3, t0)
      await store.keepMessage(1, { body: new Uint8Array(1), key: 'k', repeat: 'never' })
      await store.keepMessage(2, { body: new Uint8Array(1), key: 'k', repeat: 'safe' })
    })
    await run([ben], async (store) => {
      expect((await store.interrupted('email')).map(({ id }) => id)).toEqual([1])
      expect((await store.ledger()).bridges).toEqual([{ bridge: 'email', states: { dropped: 2, sending: 1 } }])
    })
  })

  it('is still asked about what was submitted', async () => {
    await run([anna], async (store) => {
      await store.apply(sifted([{ offset: 0, alertId: '1' }]))
      await store.claim('email', 1, t0)
      await store.settle([{ id: 1, state: 'submitted', handle: 'h', notBeforeMs: t0, attempted: true }], t0)
    })
    await run([], async (store) => {
      expect(await store.claim('email', 1, t0)).toMatchObject([{ state: 'submitted', handle: 'h' }])
    })
    expect(warnings).toEqual([])
  })
})

it('keeps what waits for a bridge that is configured no more, says so, and goes on when it is back', async () => {
  await run([{ bridge: 'slack', address: '#a' }], async (store) => {
    await store.apply(sifted([{ offset: 0, alertId: '1' }]))
  })
  warnings = []
  await run([anna], async () => {})
  expect(warnings).toEqual([
    [{ bridge: 'slack', deliveries: 1 }, 'deliveries wait for a bridge that is configured no more'],
  ])
  await run([{ bridge: 'slack', address: '#a' }], async (store) => {
    expect(await store.claim('slack', 10, t0)).toMatchObject([{ address: '#a' }])
  })
})
