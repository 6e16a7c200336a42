/** Who is told that a draft waits: draft-notices.ts. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Settlement } from '../../src/record/port.ts'
import { bridge, plan } from './fixtures.ts'
import { OutboxStage } from './outbox-stage.ts'

let stage: OutboxStage
beforeEach(() => {
  stage = new OutboxStage()
  stage.configure({
    ...plan({
      bridge: 'atel',
      address: 'all',
      cadence: { kind: 'draft' },
      approver: { bridge: 'webhook', address: 'me' },
    }),
    bridges: [
      bridge('webhook', { digests: false }),
      bridge('atel', { digests: false, byHand: true, oncePerObject: true }),
    ],
  })
})
afterEach(() => stage.remove())

const by = () => ({ by: 'anna', nowMs: stage.nowMs })
const bytes = (text: string) => new TextEncoder().encode(text)
const receipt = { id: 'ATel #17123', title: 'ATel #17123', url: 'https://telegrams.example.org/?read=17123' }
const keep = (id: number) =>
  stage.run('keepMessage', id, { body: bytes(`text of ${id}`), key: `k${id}`, repeat: 'never' }, stage.nowMs)
const settle = (id: number, settlement: Partial<Settlement>) =>
  stage.run('settle', [{ id, state: 'sent', attempted: true, ...settlement }], stage.nowMs)
/** Gives each draft that waits a message: their numbers. */
function render(): number[] {
  const held = stage.claim('atel').filter(({ state }) => state === 'held')
  for (const { id } of held) keep(id)
  return held.map(({ id }) => id)
}

describe('whoever says yes', () => {
  const notices = () => stage.lines().filter(({ purpose }) => purpose === 'draft')

  it('is told once, of the draft as it stands when the notice goes out', () => {
    stage.match({ alertId: '1', objectId: 'o' })
    expect(notices()).toEqual([])
    render()
    expect(stage.ledger()).toMatchObject({ chosen: 1, notices: 1, deliveries: 2 })
    stage.run('editDraft', 1, { ...by(), body: bytes('better'), version: 0 })
    const [notice] = stage.claim('webhook')
    expect(notice).toMatchObject({
      purpose: 'draft',
      state: 'sending',
      address: 'me',
      sequence: 1,
      draft: { id: 1, bridge: 'atel', subscription: 'sub-0', address: 'all', about: 'o', parts: [] },
    })
    if (notice?.purpose !== 'draft') throw new Error('no notice')
    expect(Buffer.from(notice.draft?.body ?? []).toString()).toBe('better')
    expect(notice.draft?.pageToken).toBe(stage.draft(1)?.pageToken)
    keep(notice.id)
    settle(notice.id, { state: 'queued', notBeforeMs: stage.nowMs })
    const [repeated] = stage.claim('webhook')
    expect(repeated).toMatchObject({ purpose: 'draft', message: { key: 'k2' } })
    expect(repeated).not.toHaveProperty('draft')
    expect(stage.faults()).toEqual([])
  })

  it('is told nothing of what was decided meanwhile', () => {
    stage.match({ alertId: '1', objectId: 'o' })
    render()
    stage.run('handedIn', 1, { ...by(), receipt })
    expect(stage.claim('webhook')).toEqual([])
    expect(notices()).toMatchObject([
      { state: 'dropped', error: 'the draft was decided before anybody was told of it' },
    ])
  })

  it('is told nothing at an address that refuses', () => {
    stage.run('suppressAddress', 'webhook', 'me', '550', stage.nowMs)
    stage.match({ alertId: '1', objectId: 'o' })
    expect(render()).toEqual([1])
    expect(notices()).toEqual([])
    stage.run('releaseAddress', 'webhook', 'me')
    stage.match({ alertId: '2', objectId: 'p' })
    render()
    expect(notices()).toMatchObject([{ bridge: 'webhook', address: 'me' }])
    stage.run('suppressAddress', 'webhook', 'me', '550', stage.nowMs)
    expect(notices()).toMatchObject([{ state: 'dropped' }])
  })

  it('is told nothing more when the subscription ends', () => {
    stage.match({ alertId: '1', objectId: 'o' })
    render()
    stage.run('setSubscriptionState', 'sub-0', 'unsubscribed', by())
    expect(stage.lines().map(({ state }) => state)).toEqual(['dropped', 'dropped'])
  })
})
