import { describe, expect, it } from 'vitest'
import { FountainError } from '../../src/errors.ts'
import type { Sifted } from '../../src/flow.ts'
import type { Applied } from '../../src/record/port.ts'
import { makeSubmit, type SubmitStages } from '../../src/tasks/submit.ts'
import { isEventIvoid } from '../../vo/ivoid.ts'
import { elementHash } from '../../vo/xml/element.ts'
import { readVOEvent } from '../../vo/xml/voevent-2.0.ts'
import { eventBytes } from '../cli/an-event.ts'

const good = eventBytes('ivo://my.observatory/test#1')

function intake(more: Partial<SubmitStages> = {}) {
  const applied: Sifted[] = []
  const failed: string[] = []
  const submit = makeSubmit('vtp', 'submitted', {
    read: (bytes) => readVOEvent(bytes, { mode: 'lenient' }),
    firstFault: async () => undefined,
    isEventIvoid,
    elementHash,
    apply: async (sifted) => {
      applied.push(sifted)
      return { outside: applied.length === 1 ? 'new' : 'seen' } as Applied
    },
    filters: [],
    maxBytes: 99_999,
    now: () => 1000,
    recorded: () => undefined,
    filterFailed: (filter) => void failed.push(filter),
    ...more,
  })
  return { submit, applied, failed }
}

describe('an event from outside', () => {
  it('is recorded with its bytes and hash, without a position; the second time it was seen', async () => {
    const { submit, applied } = intake()
    expect(await submit(good, '127.0.0.1')).toBe('new')
    expect(await submit(good, '127.0.0.1')).toBe('seen')
    expect(applied[0]).toMatchObject({ source: 'vtp', kind: 'outside', from: 0, to: 0, lines: [], nowMs: 1000 })
    expect(applied[0]?.outside).toMatchObject([
      { ivoid: 'ivo://my.observatory/test#1', role: 'test', from: '127.0.0.1', elementHash: elementHash(good) },
    ])
    expect(applied[0]?.outside[0]?.bytes).toEqual(new Uint8Array(good))
  })

  it.each([
    ['EVENT_UNREADABLE', Buffer.from('<VOEvent'), {}],
    ['EVENT_IDENTIFIER', eventBytes('ivo://my.observatory/no-local'), {}],
    ['EVENT_INVALID', good, { firstFault: async () => 'no such role' }],
    ['EVENT_TOO_LARGE', good, { maxBytes: 10 }],
  ] as const)('%s is refused with the code, and nothing is recorded', async (code, bytes, more) => {
    const { submit, applied } = intake(more)
    expect(await submit(bytes, 'x')).toEqual({ refused: expect.stringMatching(new RegExp(`^${code}: `)) })
    expect(applied).toEqual([])
  })

  it('is not refused for trouble of ours: the author may try again', async () => {
    const { submit } = intake({
      apply: async () => {
        throw new FountainError('DISK_FULL', 'full')
      },
    })
    await expect(submit(good, 'x')).rejects.toMatchObject({ code: 'DISK_FULL' })
  })

  it('goes its way when one filter fails; the others still have their say', async () => {
    const filter = (name: string, matches: () => boolean) =>
      ({
        key: { name, version: 'v' },
        compiled: { matches, select: () => [], columns: [] },
      }) as unknown as SubmitStages['filters'][number]
    const fails = filter('fails', () => {
      throw new FountainError('FILTER_FAILED', 'no')
    })
    const { submit, applied, failed } = intake({
      filters: [fails, filter('no', () => false), filter('yes', () => true)],
    })
    expect(await submit(good, 'x')).toBe('new')
    expect(applied[0]?.candidates.map((candidate) => candidate.filter)).toEqual([2])
    expect(failed).toEqual(['fails'])
  })
})
