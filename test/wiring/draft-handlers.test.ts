import { describe, expect, it } from 'vitest'
import type { DraftDesk } from '../../src/serve/draft-desk.ts'
import { draftHandlers } from '../../src/wiring/draft-handlers.ts'

function stage() {
  const said: unknown[] = []
  const note =
    (name: string) =>
    async (...args: unknown[]) => {
      said.push([name, ...args])
      return null as never
    }
  const names = ['show', 'byToken', 'edit', 'approve', 'discard', 'sent'] as const
  const desk = Object.fromEntries(names.map((name) => [name, note(name)])) as unknown as DraftDesk
  const handlers = draftHandlers(desk)
  const call = (command: string, args: unknown) => handlers[command]?.(args, new AbortController().signal)
  return { said, call }
}

describe('what commands ask about drafts', () => {
  it('is passed on, as the operator’s or in the name of whom they say', async () => {
    const { said, call } = stage()
    await call('drafts.show', { id: 1 })
    await call('drafts.edit', { id: 1, version: 2, text: 'a' })
    await call('drafts.edit', { id: 1, original: true, by: 'anna' })
    await call('drafts.approve', { ids: [1, 2], versions: { 1: 0 } })
    await call('drafts.discard', { ids: [1], reason: ' so ', by: ' anna ' })
    await call('drafts.sent', { id: 1, receipt: '17123', kind: 'atel' })
    expect(said).toEqual([
      ['show', 1],
      ['edit', 1, { by: 'operator', version: 2, text: 'a' }],
      ['edit', 1, { by: 'anna (operator)', original: true }],
      ['approve', [1, 2], { by: 'operator', versions: { 1: 0 } }],
      ['discard', [1], { by: 'anna (operator)', reason: 'so' }],
      ['sent', 1, { by: 'operator', receipt: '17123', kind: 'atel' }],
    ])
  })

  it.each([
    ['drafts.show', { id: 0 }],
    ['drafts.edit', { id: 1, text: 'a', state: 'sent' }],
    ['drafts.edit', { id: 1 }],
    ['drafts.edit', { id: 1, text: 'a', original: true }],
    ['drafts.approve', { ids: [] }],
    ['drafts.discard', { ids: [1] }],
    ['drafts.sent', { id: 1, receipt: ' ' }],
    ['drafts.sent', { id: 1, receipt: '1', by: '' }],
  ])('is refused where it makes no sense: %s %j', async (command, args) => {
    const { said, call } = stage()
    await expect(call(command, args)).rejects.toMatchObject({ code: 'USAGE' })
    expect(said).toEqual([])
  })
})
