import { describe, expect, it } from 'vitest'
import { FountainError } from '../../src/errors.ts'
import type { Applied, DeadLetter } from '../../src/record/port.ts'
import { type RetryStages, retryDead } from '../../src/tasks/retry-dead.ts'
import { makeSift } from '../../src/tasks/sift.ts'
import { silent } from '../record/fixtures.ts'
import { plainStages } from './plain-stages.ts'

interface Kept {
  readonly text: string
  readonly state?: DeadLetter['state']
  readonly source?: string
  readonly schemaId?: number
}

/** A store of letters numbered from 1, pages as asked; `unapplied` fails in the store. */
function stages(kept: readonly Kept[]) {
  const letters = kept.map(({ text, state = 'dead', source = 's', ...more }, i) => ({
    letter: { id: i + 1, state, source, topic: 't', partition: 0, offset: i, recordTimeMs: 5, ...more } as DeadLetter,
    bytes: Buffer.from(text),
  }))
  const applied: { offset: number; kind: string }[] = []
  const made: RetryStages = {
    store: {
      deadLetters: async ({ state, limit, afterId = 0 }) =>
        letters
          .flatMap(({ letter }) => (letter.id > afterId && (state ?? letter.state) === letter.state ? [letter] : []))
          .slice(0, limit),
      deadBytes: async (id) => letters[id - 1] ?? null,
      apply: async (sifted) => {
        if (letters[sifted.from]?.bytes.includes('unapplied')) throw new FountainError('STORE_DEADLINE', 'slow')
        applied.push({ offset: sifted.from, kind: sifted.kind })
        return { recorded: [], deliveries: 0 } as unknown as Applied
      },
    },
    siftOf: (source) => (source === 's' ? makeSift(plainStages()) : undefined),
    recorded: () => undefined,
    log: silent,
  }
  return { made, applied }
}

describe('taking up dead letters', () => {
  it('sends all of a state the whole way as a retry, page by page', async () => {
    const { made, applied } = stages(
      Array.from({ length: 250 }, (_, i) => ({
        text: i % 2 ? `alert ${i}` : 'no number',
        state: i < 240 ? 'parked' : 'dead',
      })),
    )
    expect(await retryDead({ state: 'parked' }, made)).toEqual({ tried: 240, decoded: 120, still: 120 })
    expect(applied).toHaveLength(240)
    expect(new Set(applied.map(({ kind }) => kind))).toEqual(new Set(['retry']))
  })

  it('tries one of those that wait for the same schema, until it is known', async () => {
    const parked = (text: string, schemaId: number, source = 's'): Kept => ({ text, state: 'parked', schemaId, source })
    const { made, applied } = stages([
      ...Array.from({ length: 1200 }, (_, i) => parked(`alert ${i} schema unknown`, 5)),
      parked('alert 1', 6),
      parked('alert 2', 6),
      parked('no number', 7),
      parked('no number', 7),
    ])
    expect(await retryDead({ state: 'parked' }, made)).toEqual({ tried: 5, decoded: 2, still: 1202 })
    expect(applied.map(({ offset }) => offset)).toEqual([0, 1200, 1201, 1202, 1203])
    expect(await retryDead({ ids: [1200] }, made)).toEqual({ tried: 1, decoded: 0, still: 1 })
  })

  it('ends between two letters when it is told to', async () => {
    const { made, applied } = stages([{ text: 'alert 1' }, { text: 'alert 2' }])
    const end = new AbortController()
    const ending = { ...made, signal: end.signal, recorded: () => end.abort() }
    expect(await retryDead({}, ending)).toEqual({ tried: 1, decoded: 1, still: 0 })
    expect(applied).toHaveLength(1)
  })

  it('tells the first failures, and how many there were', async () => {
    const { made } = stages(Array.from({ length: 30 }, () => ({ text: 'alert 1 unapplied' })))
    const told: object[] = []
    const log = { ...silent, warn: (fields: object) => void told.push(fields) }
    expect(await retryDead({}, { ...made, log })).toEqual({ tried: 30, decoded: 0, still: 30 })
    expect(told).toHaveLength(11)
    expect(told.at(-1)).toEqual({ failed: 30, told: 10 })
  })

  it('takes those named, each once, and none that was taken up before', async () => {
    const { made, applied } = stages([{ text: 'alert 1' }, { text: 'alert 2', state: 'retried' }, { text: 'alert 3' }])
    expect(await retryDead({ ids: [3, 2, 3] }, made)).toEqual({ tried: 1, decoded: 1, still: 0 })
    expect(applied).toEqual([{ offset: 2, kind: 'retry' }])
  })

  it('names the number that is none, before any is tried', async () => {
    const { made, applied } = stages([{ text: 'alert 1' }])
    await expect(retryDead({ ids: [1, 9] }, made)).rejects.toMatchObject({ code: 'NOT_FOUND', detail: 'dead letter 9' })
    expect(applied).toEqual([])
  })

  it('one that cannot be taken up stops no other: its source is gone, its stage or the store fails', async () => {
    const { made } = stages([
      { text: 'alert 1', source: 'gone' },
      { text: 'alert 2 unapplied' },
      { text: 'alert 3 unforeseen decode' },
      { text: 'alert 4' },
    ])
    expect(await retryDead({}, made)).toEqual({ tried: 3, decoded: 1, still: 3 })
  })
})
