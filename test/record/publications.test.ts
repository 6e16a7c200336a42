import { afterEach, beforeEach, expect, it } from 'vitest'
import { bridge, plan, streamIvoid } from './fixtures.ts'
import { OutboxStage } from './outbox-stage.ts'

let stage: OutboxStage
beforeEach(() => {
  stage = new OutboxStage()
})
afterEach(() => stage.remove())

it.each([
  [false, ['#1', '#1.c1']],
  [true, ['#1']],
])('an observation is published where the public reads; in a sandbox (%s) it is not', (rehearses, events) => {
  stage.configure({
    ...plan({ bridge: 'atel', address: 'all', cadence: { kind: 'draft' } }),
    bridges: [bridge('atel', { byHand: true, ...(rehearses ? { rehearses } : {}) })],
  })
  stage.match('1')
  stage.claim('atel')
  const message = { body: Buffer.from('text'), key: 'k', repeat: 'never' } as const
  stage.run('keepMessage', 1, message, stage.nowMs)
  const receipt = { id: 'ATel #17123', title: 'ATel #17123' }
  const citation = stage.run('handedIn', 1, { by: 'anna', nowMs: stage.nowMs, receipt })
  expect(citation === null).toBe(rehearses)
  expect(stage.detail(1)).toMatchObject({ state: 'sent', receipt: { id: receipt.id } })
  const log = stage.sql.all<{ ivoid: string }>(
    'SELECT e.ivoid FROM log l JOIN events e ON e.id = l.event_id ORDER BY l.seq',
  )
  expect(log.map(({ ivoid }) => ivoid)).toEqual(events.map((name) => `${streamIvoid}${name}`))
})
