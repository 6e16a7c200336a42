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
  /** Ends the task between two letters. */
  readonly signal?: AbortSignal
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

const pageSize = 500
/** So many failures are told one by one; the others are a number. */
const toldFailures = 10

/**
 * One letter that cannot be taken up stops no other. Where a parked one still waits for its schema, those that wait
 * for the same are not tried after it: an outage of a night may have parked a million. Nor are those of a source that
 * is configured no more, unless they are named. Throws NOT_FOUND for a number that is none, before any is tried.
 */
export async function retryDead(which: Which, stages: RetryStages): Promise<RetryResult> {
  const result = { tried: 0, decoded: 0, still: 0 }
  const waiting = new Set<string>()
  let failed = 0
  for await (const letter of which.ids ? named(which.ids, stages.store) : all(which.state, stages.store)) {
    if (stages.signal?.aborted) break
    if (letter.state === 'retried') continue
    const schema = letter.schemaId === undefined ? undefined : `${letter.schemaId} ${letter.source}`
    if (
      (which.ids === undefined && stages.siftOf(letter.source) === undefined) ||
      (letter.state === 'parked' && schema !== undefined && waiting.has(schema))
    ) {
      result.still++
      continue
    }
    result.tried++
    try {
      const state = await retryOne(letter, stages)
      if (state === 'decoded') result.decoded++
      else result.still++
      if (state === 'parked' && schema !== undefined) waiting.add(schema)
    } catch (error) {
      result.still++
      if (++failed <= toldFailures) {
        stages.log.warn({ letter: letter.id, err: error }, 'a dead letter could not be taken up')
      }
    }
  }
  if (failed > toldFailures) stages.log.warn({ failed, told: toldFailures }, 'more dead letters could not be taken up')
  return result
}

async function* named(ids: readonly number[], store: RetryStages['store']): AsyncGenerator<DeadLetter> {
  const letters: DeadLetter[] = []
  for (const id of new Set(ids)) {
    const found = await store.deadBytes(id)
    if (found === null) throw new FountainError('NOT_FOUND', `dead letter ${id}`)
    letters.push(found.letter)
  }
  yield* letters
}

async function* all(state: Which['state'], store: RetryStages['store']): AsyncGenerator<DeadLetter> {
  for (let afterId = 0; ; ) {
    const letters = await store.deadLetters({ ...(state ? { state } : {}), limit: pageSize, afterId })
    yield* letters
    afterId = letters.at(-1)?.id ?? afterId
    if (letters.length < pageSize) return
  }
}

/** What it is now. Throws NOT_FOUND for a source that is gone, and what the store throws. */
async function retryOne(
  letter: DeadLetter,
  { store, siftOf, recorded }: RetryStages,
): Promise<'decoded' | 'dead' | 'parked'> {
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
  return sifted.dead[0]?.state ?? 'decoded'
}
