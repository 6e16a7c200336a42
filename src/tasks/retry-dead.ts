/** Takes up parked and dead packets again: they go the whole way as `kind: 'retry'`, and count only while they still stand there. */
import { FountainError } from '../errors.ts'
import type { PacketBatch } from '../flow.ts'
import type { Applied, Store } from '../record/port.ts'
import type { Sift } from './sift.ts'

export interface RetryStages {
  readonly store: Pick<Store, 'deadLetters' | 'deadBytes' | 'apply'>
  /** The sifter of a source; undefined when it is configured no more. */
  siftOf(source: string): Sift | undefined
  /** New events may wait on the log, new deliveries in the outbox. */
  recorded(applied: Applied): void
}

export interface RetryResult {
  readonly tried: number
  readonly decoded: number
  readonly still: number
}

/** Retries the letters named, or all of a state. One that fails again stays as it was. */
export async function retryDead(
  which: { readonly ids?: readonly number[]; readonly state?: 'dead' | 'parked' },
  stages: RetryStages,
): Promise<RetryResult> {
  const result = { tried: 0, decoded: 0, still: 0 }
  for (let afterId = 0; ; ) {
    const letters = await stages.store.deadLetters({
      ...(which.state ? { state: which.state } : {}),
      limit: 100,
      afterId,
    })
    for (const letter of letters) {
      afterId = letter.id
      if (letter.state === 'retried' || (which.ids !== undefined && !which.ids.includes(letter.id))) continue
      const sift = stages.siftOf(letter.source)
      if (sift === undefined)
        throw new FountainError(
          'NOT_FOUND',
          `no source '${letter.source}' is configured, which dead letter ${letter.id} came from`,
        )
      const kept = await stages.store.deadBytes(letter.id)
      if (kept === null) continue
      const batch: PacketBatch = {
        source: letter.source,
        topic: letter.topic,
        partition: letter.partition,
        from: letter.offset,
        to: letter.offset + 1,
        packets: [
          {
            source: letter.source,
            topic: letter.topic,
            partition: letter.partition,
            offset: letter.offset,
            bytes: kept.bytes,
            recordTimeMs: letter.recordTimeMs,
          },
        ],
      }
      const sifted = await sift(batch, 'retry')
      result.tried++
      if (sifted.dead.length > 0) result.still++
      else result.decoded++
      stages.recorded(await stages.store.apply(sifted))
    }
    if (letters.length < 100) return result
  }
}
