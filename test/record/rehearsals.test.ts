/** An instance that spoke to a sandbox goes live: what was meant for the sandbox is not said in public. */
import { afterEach, beforeEach, expect, it } from 'vitest'
import type { Cadence } from '../../src/record/plan-port.ts'
import { bridge, plan, streamIvoid } from './fixtures.ts'
import { OutboxStage } from './outbox-stage.ts'

let stage: OutboxStage
beforeEach(() => {
  stage = new OutboxStage()
})
afterEach(() => stage.remove())

const by = () => ({ by: 'anna', nowMs: stage.nowMs })
function goes(way: 'sandbox' | 'live', cadence: Cadence['kind'] = 'instant'): void {
  const tns = bridge('tns', { digests: false, oncePerObject: true, ...(way === 'sandbox' ? { rehearses: true } : {}) })
  stage.configure({ ...plan({ bridge: 'tns', address: {}, cadence: { kind: cadence } as Cadence }), bridges: [tns] })
}
const keep = (id: number) =>
  stage.run('keepMessage', id, { body: new Uint8Array([1]), key: `k${id}`, repeat: 'safe' }, stage.nowMs)
const because = (id: number) => stage.detail(id)?.error

it('reports an object that the sandbox was told of, as the first message about it', () => {
  goes('sandbox')
  stage.match({ alertId: '1', objectId: 'o' })
  expect(stage.send('tns')).toHaveLength(1)
  stage.match({ alertId: '2', objectId: 'o' })
  expect(stage.lines()).toHaveLength(1)
  goes('live')
  stage.match({ alertId: '3', objectId: 'o' })
  expect(stage.claim('tns')).toMatchObject([{ id: 2, sequence: 1, thread: [] }])
  stage.match({ alertId: '4', objectId: 'o' })
  expect(stage.lines()).toHaveLength(2)
  expect(stage.faults()).toEqual([])
})

it('sends nothing that waited for the sandbox, and asks nobody else what became of it', () => {
  goes('sandbox')
  stage.match('1', '2', '3')
  const [first, second] = stage.claim('tns', 2)
  for (const { id } of [first!, second!]) keep(id)
  stage.settle(1, 'submitted', { handle: '4711' })
  stage.settle(2, 'parked', { reached: 'no' })
  goes('live')
  expect(stage.claim('tns')).toEqual([])
  expect(stage.states()).toEqual({ 1: 'dropped', 2: 'parked', 3: 'dropped' })
  expect(because(1)).toBe('it was made for the sandbox, and the bridge is live now')
  expect(stage.run('retryDeliveries', [2, 3], { ...by(), again: true }).refused).toMatchObject([
    { id: 2, code: 'DELIVERY_REHEARSAL' },
    { id: 3, code: 'DELIVERY_REHEARSAL' },
  ])
  expect(stage.faults()).toEqual([])
})

it('takes no yes to a draft for the sandbox, and holds another of the same object', () => {
  goes('sandbox', 'draft')
  stage.match({ alertId: '1', objectId: 'o' })
  stage.claim('tns')
  keep(1)
  goes('live', 'draft')
  expect(stage.run('approve', [1], by()).refused).toMatchObject([{ id: 1, code: 'DELIVERY_REHEARSAL' }])
  stage.match({ alertId: '2', objectId: 'o' })
  expect(stage.states()).toEqual({ 1: 'held', 2: 'held' })
  expect(stage.run('dropDeliveries', [1], { ...by(), reason: 'a rehearsal' }).done).toEqual([1])
})

it('retracts nothing in public that was said in the sandbox', () => {
  goes('sandbox')
  stage.match('1', '2')
  stage.send('tns')
  stage.run('retract', { ivoid: `${streamIvoid}#1`, reason: 'x', ...by() })
  goes('live')
  expect(stage.claim('tns')).toEqual([])
  expect(stage.run('retract', { ivoid: `${streamIvoid}#2`, reason: 'x', ...by() })).toMatchObject({ deliveries: 0 })
  expect(stage.states()).toEqual({ 1: 'sent', 2: 'sent', 3: 'dropped' })
  goes('sandbox')
  expect(stage.faults()).toEqual([])
})
