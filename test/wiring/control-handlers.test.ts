import { describe, expect, it } from 'vitest'
import { controlHandlers } from '../../src/wiring/control-handlers.ts'

const letters: unknown[] = []
const handlers = controlHandlers({
  store: {
    deadLetters: async (filter) => {
      letters.push(filter)
      return []
    },
    deadBytes: async () => null,
  },
  status: async () => ({}) as never,
  retry: async () => ({ tried: 0, decoded: 0, still: 0 }),
})
const call = (command: string, args: unknown) => handlers[command]?.(args, new AbortController().signal)

describe('what commands ask of the running gateway', () => {
  it('passes on what fits', async () => {
    expect(await call('dead.list', { limit: 5, state: 'parked' })).toEqual([])
    expect(letters).toEqual([{ limit: 5, state: 'parked' }])
    expect(await call('dead.show', { id: 7 })).toBeNull()
    expect(await call('dead.retry', {})).toEqual({ tried: 0, decoded: 0, still: 0 })
  })

  it.each([
    ['dead.list', null],
    ['dead.list', { limit: 0 }],
    ['dead.list', { limit: 5, state: "x' OR 1=1" }],
    ['dead.show', null],
    ['dead.show', { id: 'one' }],
    ['dead.retry', { ids: [1.5] }],
    ['dead.retry', { all: true }],
  ])('refuses %s %j as USAGE', async (command, args) => {
    await expect(call(command, args)).rejects.toMatchObject({ code: 'USAGE' })
  })
})
