import { expect, it } from 'vitest'
import type { Channel, Message } from '../../bridges/contract.ts'
import { Handler } from '../../src/deliver/handle-delivery.ts'
import { defaultRules } from '../../src/deliver/rules.ts'
import type { Delivery, StoredMessage } from '../../src/flow.ts'
import { silent, t0 } from '../record/fixtures.ts'
import { OutboxStage } from '../record/outbox-stage.ts'
import { FakeClock } from './fake-clock.ts'

it('sends the message that is stored, also when a draft was rendered twice', async () => {
  const stage = new OutboxStage()
  try {
    stage.subscribe({ cadence: { kind: 'draft' } })
    stage.match('1')
    const sent: string[] = []
    let rendered = 0
    const handler = new Handler({
      name: 'email',
      channel: {
        deliver: async ({ body }: Message) => {
          sent.push(Buffer.from(body).toString())
          return { state: 'sent', receipt: { id: 'r', atMs: t0 } }
        },
      } as unknown as Channel,
      store: {
        keepMessage: async (id, message) => stage.run('keepMessage', id, message),
        settle: async (settlements, nowMs) => stage.run('settle', settlements, nowMs),
      },
      render: async (): Promise<StoredMessage> => ({ body: Buffer.from(`${++rendered}`), key: 'k', repeat: 'safe' }),
      gate: { heard: () => {}, halt: () => {}, pause: () => {} },
      clock: new FakeClock(t0),
      log: silent,
      rules: defaultRules,
      giveUp: new AbortController().signal,
      failAt: () => {},
      instruments: { attempts: { inc: () => {} }, settled: { inc: () => {} } },
    })
    const [draft] = stage.claim() as [Delivery]
    await handler.handle(draft)
    await handler.handle(draft)
    expect({ sent, rendered, states: stage.states() }).toEqual({ sent: [], rendered: 2, states: { 1: 'held' } })
    stage.run('approve', [1], { by: 'anna', nowMs: t0 })
    const [approved] = stage.claim() as [Delivery]
    await handler.handle({ ...draft, state: 'sending' })
    expect({ sent, states: stage.states() }).toEqual({ sent: [], states: { 1: 'queued' } })
    expect(stage.claim()).toMatchObject([{ id: approved.id, state: 'sending' }])
    await handler.handle(approved)
    expect({ sent, states: stage.states() }).toEqual({ sent: ['1'], states: { 1: 'sent' } })
    expect(Buffer.from(stage.detail(1)?.message?.body ?? []).toString()).toBe('1')
    expect(stage.faults()).toEqual([])
  } finally {
    stage.remove()
  }
})
