/** The desk over a real store: what a bridge says decides beside what the store says. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { Refusal } from '../../bridges/contract.ts'
import type { Drafting } from '../../bridges/draft.ts'
import type { OpenedStore } from '../../src/record/open-store.ts'
import { openStore } from '../../src/record/open-store.ts'
import { draftDesk } from '../../src/wiring/draft-desk.ts'
import { bridge, newDataDir, plan, removeDataDir, sifted, silent, streamIvoid, t0 } from '../record/fixtures.ts'

const drafting: Drafting = {
  text: (body) => Buffer.from(body).toString(),
  parse: (text) => Buffer.from(text),
  lint: () => [],
  readReceipt: (text) => {
    if (!/^\d+$/.test(text)) throw new Refusal([`'${text}' is no number.`])
    return { id: `ATel #${text}`, title: `ATel #${text}`, url: `https://telegrams.example.org/${text}` }
  },
}
const silentBridge = '`live: true` is missing'

let dataDir: string
let store: OpenedStore
let said: unknown[]
beforeEach(async () => {
  dataDir = newDataDir()
  said = []
  store = await openStore(dataDir, { log: silent, clock: { now: () => t0 } })
  const held = { cadence: { kind: 'draft' } } as const
  await store.configure({
    ...plan({ ...held, bridge: 'atel' }, { ...held, bridge: 'toot' }, { ...held, bridge: 'gone' }, held),
    bridges: [
      bridge('atel', { digests: false, byHand: true }),
      bridge('toot', { digests: false, silent: silentBridge }),
      bridge('email'),
    ],
  })
  await store.apply(sifted([{ offset: 0, alertId: '1', objectId: 'o' }]))
  for (const id of [1, 2, 3, 4])
    await store.keepMessage(id, { body: Buffer.from(`text ${id}`), key: `k${id}`, repeat: 'never' })
})
afterEach(async () => {
  await store.close()
  removeDataDir(dataDir)
})

const desk = (
  names: readonly string[] = ['atel', 'toot', 'email'],
  lint = drafting.lint,
  parse: Drafting['parse'] = drafting.parse,
) =>
  draftDesk({
    store,
    instances: new Map(
      names.map((name) => [name, { bridge: { kind: name }, channel: { drafting: { ...drafting, lint, parse } } }]),
    ),
    now: () => t0,
    wake: () => said.push('wake'),
    cited: (citations) => said.push(citations),
  })
const by = { by: 'anna' }

describe('the desk', () => {
  it('refuses a yes with what the store knows of the bridge, and one to a bridge that is gone', async () => {
    const { done, refused } = await desk().approve([1, 2, 3, 4, 4, 9], by)
    expect(done).toEqual([4])
    expect(refused.map(({ id, code }) => `${id} ${code}`).sort()).toEqual([
      '1 DRAFT_BY_HAND',
      '2 BRIDGE_NOT_LIVE',
      '3 BRIDGE_NOT_LIVE',
      '9 NOT_FOUND',
    ])
    expect(said).toEqual(['wake'])
    expect((await desk().show(2))?.notLive).toBe(silentBridge)
  })

  it('tells the feeds of the citation, and reads the number as the bridge does', async () => {
    const sent = (receipt: string, kind?: string) => desk().sent(1, { ...by, receipt, ...(kind && { kind }) })
    await expect(sent('a dog')).rejects.toMatchObject({ code: 'RECEIPT_UNREADABLE', detail: "'a dog' is no number." })
    await expect(sent('1', 'gcn-circular')).rejects.toMatchObject({ code: 'RECEIPT_UNREADABLE' })
    expect(said).toEqual([])
    const citation = { ivoid: `${streamIvoid}#1.c1`, seq: 2 }
    expect(await sent('7', 'atel')).toEqual({ title: 'ATel #7', url: 'https://telegrams.example.org/7', citation })
    expect(said).toEqual([[citation]])
    expect(await store.logHead()).toBe(2)
    await expect(sent('8')).rejects.toMatchObject({ code: 'DELIVERY_STATE' })
    await expect(desk().sent(4, { ...by, receipt: '1' })).rejects.toMatchObject({ code: 'DRAFT_NOT_BY_HAND' })
  })

  it('lets nothing go that was rendered after it was looked at: nobody has checked it', async () => {
    await store.apply(sifted([{ offset: 1, alertId: '2', objectId: 'p' }]))
    const late = {
      ...store,
      draft: async (id: number) => {
        const found = await store.draft(id)
        await store.keepMessage(id, { body: Buffer.from('wrong'), key: `k${id}`, repeat: 'never' })
        return found
      },
      approve: store.approve.bind(store),
    }
    const email = { bridge: { kind: 'email' }, channel: { drafting } }
    const over = draftDesk({
      store: late as never,
      instances: new Map([['email', email]]),
      now: () => t0,
      wake: () => {},
      cited: () => {},
    })
    expect(await over.approve([8], by)).toMatchObject({ done: [], refused: [{ id: 8, code: 'DRAFT_NOT_RENDERED' }] })
    expect((await desk().show(8))?.state).toBe('held')
  })

  it('takes no word that a test was published, and that of a telegram with other faults', async () => {
    const says = 'The event is a test.'
    const sent = (code: string) =>
      desk(['atel'], () => [{ severity: 'error', code, says }]).sent(1, { ...by, receipt: '7' })
    await expect(sent('TEST')).rejects.toMatchObject({ code: 'DRAFT_HAS_ERRORS', detail: `TEST: ${says}` })
    expect((await desk().show(1))?.state).toBe('held')
    expect(await sent('TOO_LONG')).toMatchObject({ title: 'ATel #7' })
  })

  it('refuses a text that is too much for its reader', async () => {
    const parse = (): never => {
      throw new RangeError('Maximum call stack size exceeded')
    }
    const changed = desk(['email'], drafting.lint, parse).edit(4, { ...by, text: 'x' })
    await expect(changed).rejects.toMatchObject({ code: 'DRAFT_UNREADABLE' })
    expect((await desk().show(4))?.version).toBe(0)
  })

  it('gives of two who change the same draft the one that was first, and tells the other', async () => {
    const both = await Promise.allSettled(['mine', 'yours'].map((text) => desk().edit(4, { ...by, text, version: 0 })))
    expect(both.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected'])
    expect(both.find(({ status }) => status === 'rejected')).toMatchObject({ reason: { code: 'DRAFT_CHANGED' } })
    expect((await desk().show(4))?.version).toBe(1)
  })

  it('has no page to link to without a public URL, and shows what is text of bridges that have no drafting', async () => {
    expect(await desk([]).show(4)).toMatchObject({ pageUrl: null, text: 'text 4', editable: false, findings: [] })
    await expect(desk([]).edit(4, { ...by, text: 'x' })).rejects.toMatchObject({ code: 'DRAFT_NOT_EDITABLE' })
    expect(await desk().show(99)).toBeNull()
    expect(await desk().byToken('x')).toBeNull()
  })
})
