/** Makes indexes of the archive again when no gateway runs; a running one does it itself. */
import type { Log } from '../../bridges/contract.ts'
import { Rounds } from '../record/archive/caretaker.ts'
import { nightName } from '../record/archive/night.ts'
import type { ObjectStore } from '../record/archive/object-store.ts'
import { openStore } from '../record/open-store.ts'
import { segmentDir } from '../record/writer.ts'
import { systemClock } from '../system-clock.ts'

const noMetrics = { counter: () => ({ inc: () => undefined }), gauge: () => ({ set: () => undefined }) }

/** Holds the data directory meanwhile; throws DATA_LOCKED when somebody else does. Returns the nights left incomplete. */
export async function rebuildIndexes(
  data: string,
  nights: readonly number[],
  deps: { log: Log; remote: ObjectStore | undefined; signal: AbortSignal; onNight(name: string): void },
): Promise<string[]> {
  const { log, remote, signal, onNight } = deps
  const store = await openStore(data, { log, clock: systemClock, keep: 'none', remote })
  const rounds = new Rounds(
    { archive: store.archive, dir: segmentDir(data), limits: {}, remote, clock: systemClock, log, metrics: noMetrics },
    signal,
  )
  const behind = async () => (await store.archive.toIndex()).filter(({ finished }) => finished)
  try {
    for (const night of nights) {
      onNight(nightName(night))
      await store.archive.rebuild(night)
      for (let left = Number.POSITIVE_INFINITY; !signal.aborted; ) {
        await rounds.inOrder()
        const still = (await behind()).length
        if (still === 0 || still >= left) break
        left = still
      }
    }
    return [...new Set((await behind()).map(({ night }) => nightName(night)))]
  } finally {
    await store.close()
  }
}
