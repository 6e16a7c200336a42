import { describe, expect, it } from 'vitest'
import type { DeliveryDetail } from '../../src/record/port.ts'
import { deliveryHandlers, type ShownDelivery } from '../../src/wiring/delivery-handlers.ts'

function stage(detail: Partial<DeliveryDetail> | null = null) {
  const said: unknown[] = []
  const note =
    (name: string, result: unknown) =>
    async (...args: unknown[]) => {
      said.push([name, ...args])
      return result as never
    }
  const changed = { done: [1], refused: [] }
  const retracted = { ivoid: 'ivo://a.b/c#1.r1', seq: 3, deliveries: 1, dropped: 0 }
  const handlers = deliveryHandlers({
    store: {
      deliveries: note('deliveries', []),
      delivery: note('delivery', detail),
      retryDeliveries: note('retry', changed),
      dropDeliveries: note('drop', changed),
      confirmSent: note('sent', changed),
      retract: note('retract', retracted),
    },
    drafts: { approve: note('approve', changed) },
    now: () => 5,
    wake: () => said.push('wake'),
    retracted: (result) => said.push(['retracted', result.seq]),
  })
  const call = (command: string, args: unknown) => handlers[command]?.(args, new AbortController().signal)
  return { said, call }
}

describe('what commands ask about deliveries', () => {
  it('is passed on, and what may now be due is looked at', async () => {
    const { said, call } = stage()
    await call('deliveries.list', { state: 'parked', limit: 5 })
    await call('deliveries.retry', { ids: [1], again: true })
    await call('deliveries.drop', { ids: [1], reason: ' wrong ' })
    await call('deliveries.sent', { ids: [1] })
    await call('deliveries.sent', { ids: [1], receipt: 'AT2026abc' })
    await call('deliveries.approve', { ids: [1] })
    await call('retract', { ivoid: 'ivo://a.b/c#1', reason: 'a satellite' })
    const who = { by: 'operator', nowMs: 5 }
    expect(said).toEqual([
      ['deliveries', { state: 'parked', limit: 5 }],
      ['retry', [1], { ...who, again: true }],
      'wake',
      ['drop', [1], { ...who, reason: 'wrong' }],
      'wake',
      ['sent', [1], who],
      'wake',
      ['sent', [1], { ...who, receipt: 'AT2026abc' }],
      'wake',
      ['approve', [1], { by: 'operator' }],
      ['retract', { ...who, ivoid: 'ivo://a.b/c#1', reason: 'a satellite' }],
      ['retracted', 3],
    ])
  })

  it('shows a message as base64, but never the link that confirms an address', async () => {
    const part = { hash: 'h', mediaType: 'image/png', name: 'a.png', bytes: Uint8Array.of(1) }
    const message = { key: 'k', repeat: 'safe', body: Buffer.from('secret'), parts: [part] } as const
    const shown = async (purpose: 'event' | 'confirmation') =>
      (await stage({ purpose, message }).call('deliveries.show', { id: 1 })) as ShownDelivery
    expect((await shown('event')).message).toEqual({
      key: 'k',
      repeat: 'safe',
      body: 'c2VjcmV0',
      parts: [{ ...part, bytes: 'AQ==' }],
    })
    expect((await shown('confirmation')).message).toMatchObject({ body: '' })
    expect(await stage().call('deliveries.show', { id: 1 })).toBeNull()
  })

  it.each([
    ['deliveries.list', { limit: 0 }],
    ['deliveries.list', { limit: 5, state: 'lost' }],
    ['deliveries.show', { id: 0 }],
    ['deliveries.retry', { ids: [], again: false }],
    ['deliveries.retry', { ids: [1] }],
    ['deliveries.drop', { ids: [1], reason: '  ' }],
    ['deliveries.approve', { ids: ['1'] }],
    ['retract', { ivoid: 'ivo://a.b/c#1' }],
    ['retract', { ivoid: 'ivo://a.b/c#1', reason: '' }],
    ['retract', null],
  ])('%s %j is refused as USAGE, and nothing is done', async (command, args) => {
    const { said, call } = stage()
    await expect(call(command, args)).rejects.toMatchObject({ code: 'USAGE' })
    expect(said).toEqual([])
  })
})
