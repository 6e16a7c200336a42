/** The archive of a running gateway: where packets are copied to, and what keeps them in order. */
import { z } from 'zod'
import type { Clock, Log, Metrics } from '../../bridges/contract.ts'
import type { Config } from '../config.ts'
import { type Caretaker, startCaretaker } from '../record/archive/caretaker.ts'
import type { ObjectStore } from '../record/archive/object-store.ts'
import type { ControlHandler } from '../record/control.ts'
import { failAt } from '../record/fail-points.ts'
import type { OpenedStore } from '../record/open-store.ts'
import { segmentDir } from '../record/writer.ts'
import { checked } from './checked.ts'

/** The store beside this disk, where one is configured: its SDK is loaded only then. */
export async function openRemote({ s3 }: Config['archive']): Promise<ObjectStore | undefined> {
  if (s3 === undefined) return undefined
  const { openS3 } = await import('../record/archive/s3-store.ts')
  return openS3(s3)
}

export function keepArchive(
  store: OpenedStore,
  remote: ObjectStore | undefined,
  { days, maxBytes, s3 }: Config['archive'],
  deps: { data: string; clock: Clock; log: Log; metrics: Metrics; failPoint?: string | undefined },
): Caretaker {
  const { data, clock, log, metrics, failPoint } = deps
  return startCaretaker({
    archive: store.archive,
    dir: segmentDir(data),
    limits: { days, maxBytes, localDays: s3?.localDays },
    remote,
    clock,
    log,
    metrics,
    failAt: failAt(failPoint),
  })
}

/** What commands may ask of a running gateway's archive. */
export function archiveHandlers(store: Pick<OpenedStore, 'archive'>): Record<string, ControlHandler> {
  return {
    'archive.rebuild': checked(z.strictObject({ nights: z.array(z.int()).max(100_000) }), async ({ nights }) => {
      for (const night of nights) await store.archive.rebuild(night)
      return {}
    }),
  }
}
