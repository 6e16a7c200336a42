/** Takes up parked and dead packets again: they go the whole way as `kind: 'retry'`, and count only while they still stand there. */
import type { Log } from '../../bridges/contract.ts'
import { FountainError } from '../errors.ts'
import type { PacketBatch } from '../flow.ts'
import type { Applied, DeadLetter, Store } from '../record/port.ts'
import type { Sift } from './sift.ts'

export interface RetryStages {
  readonly store: Pick<Store, 'deadLetters' | 'deadBytes' | 'apply'>
  /** The sifter of a source; undefined when it is configured no more. */
  siftOf(source: string): Sift | undefined
  /** New events may wait on the log, new deliveries in the outbox. */
  recorded(applied: Applied): void
  readonly log: Log
}

export interface RetryResult {
  readonly tried: number
  readonly decoded: number
  /** Those that stay what they were; the log says why. */
  readonly still: number
}

export interface Which {
  /** By number; all, or all of a state, without it. */
  readonly ids?: readonly number[]
  readonly state?: 'dead' | 'parked'
}

const pageSize = 100

/** One letter that cannot be taken up stops no other. */
export async function retryDead({ ids, state }: Which, stages: RetryStages): Promise<RetryResult> {
  const result = { tried: 0, decoded: 0, still: 0 }
  for (let afterId = 0; ; ) {
    const letters = await stages.store.deadLetters({ ...(state ? { state } : {}), limit: pageSize, afterId })
    for (const letter of letters) {
      afterId = letter.id
      if (letter.state === 'retried' || (ids !== undefined && !ids.includes(letter.id))) continue
      result.tried++
      try {
        if (await retryOne(letter, stages)) result.decoded++
        else result.still++
      } catch (error) {
        result.still++
        stages.log.warn({ letter: letter.id, err: error }, 'a dead letter could not be taken up')
      }
    }
    if (letters.length < pageSize) return result
  }
}

/** Was it decoded? Throws NOT_FOUND for a source that is gone, and what the store throws. */
async function retryOne(letter: DeadLetter, { store, siftOf, recorded }: RetryStages): Promise<boolean> {
  const { source, topic, partition, offset, recordTimeMs } = letter
  const sift = siftOf(source)
  if (sift === undefined) throw new FountainError('NOT_FOUND', `the source '${source}' is configured no more`)
  const kept = await store.deadBytes(letter.id)
  if (kept === null) throw new FountainError('NOT_FOUND', `dead letter ${letter.id}`)
  const at = { source, topic, partition }
  const batch: PacketBatch = {
    ...at,
    from: offset,
    to: offset + 1,
    packets: [{ ...at, offset, bytes: kept.bytes, recordTimeMs }],
  }
  const sifted = await sift(batch, 'retry')
  recorded(await store.apply(sifted))
  return sifted.dead.length === 0
}
