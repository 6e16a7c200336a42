/**
 * Pictures for messages: the alert's kept packet, mapped to an event with all its detail, drawn off this thread. An
 * event that holds light curve and cutouts itself needs no packet. Drawn once, however many subscribers want it.
 */
import type { Log, Picture, PictureKind } from '../../bridges/contract.ts'
import type { VOEvent } from '../../vo/model/voevent.ts'
import type { DigestItem } from '../flow.ts'
import type { PictureRequest } from '../pictures/request.ts'
import type { FullEventOf } from './full-events.ts'

export interface PictureStages {
  /** With light curve and cutouts; undefined where there is none. Rejects where its packet cannot be read or decoded. */
  readonly fullEventOf: FullEventOf
  requestsOf(event: VOEvent, kinds: readonly PictureKind[]): readonly PictureRequest[]
  draw(request: PictureRequest): Promise<Picture>
  readonly log: Log
  /** How much is remembered. */
  readonly keepBytes: number
}

export type PictureItem = Pick<DigestItem, 'event' | 'context'>
export type MakePictures = (
  item: PictureItem,
  kinds: readonly PictureKind[],
) => Promise<ReadonlyMap<PictureKind, Picture>>

type Drawn = Picture | undefined
interface Kept {
  readonly drawn: Promise<Drawn>
  /** 0 until it is drawn. */
  bytes: number
}

/** An entry costs so much, also where there was nothing to draw. */
const entryBytes = 500

/**
 * What the alert has no data for is absent, and so is a picture that could not be drawn (logged). Rejects where the
 * packet cannot be read or decoded; then nothing is remembered.
 */
export function makePictures(stages: PictureStages): MakePictures {
  const kept = new Map<string, Kept>()
  let keptBytes = 0

  const forget = (key: string): void => {
    keptBytes -= kept.get(key)?.bytes ?? 0
    kept.delete(key)
  }
  const remember = (key: string, drawn: Promise<Drawn>): void => {
    const entry: Kept = { drawn, bytes: 0 }
    kept.set(key, entry)
    drawn.then(
      (picture) => {
        if (kept.get(key) !== entry) return
        entry.bytes = entryBytes + (picture?.bytes.length ?? 0)
        keptBytes += entry.bytes
        for (const oldest of kept.keys()) {
          if (keptBytes <= stages.keepBytes) break
          forget(oldest)
        }
      },
      () => {
        if (kept.get(key) === entry) forget(key)
      },
    )
  }

  return async (item, kinds) => {
    const keyOf = (kind: PictureKind): string => `${kind} ${pictured(item)}`
    const missing = kinds.filter((kind) => !kept.has(keyOf(kind)))
    if (missing.length > 0) {
      const requests = requestsFor(item, missing, stages)
      for (const kind of missing) remember(keyOf(kind), drawOne(requests, kind, stages))
    }
    const entries = kinds.map((kind) => {
      const key = keyOf(kind)
      const entry = kept.get(key)!
      // The newest use stands last.
      kept.delete(key)
      kept.set(key, entry)
      return { kind, drawn: entry.drawn }
    })
    const results = await Promise.allSettled(entries.map(({ drawn }) => drawn))
    const pictures = new Map<PictureKind, Picture>()
    for (const [index, result] of results.entries()) {
      const { kind } = entries[index]!
      if (result.status === 'fulfilled') {
        if (result.value !== undefined) pictures.set(kind, result.value)
      } else if (result.reason instanceof DrawingFailed) {
        const { message } = result.reason
        stages.log.warn({ kind, ivoid: item.event.ivoid, error: message }, 'a picture could not be drawn')
      } else throw result.reason
    }
    return pictures
  }
}

/** Every stream's event of an alert has the same pictures. */
function pictured({ event, context }: PictureItem): string {
  return context.alertId === '' ? event.ivoid : `${context.survey} ${context.alertId}`
}

/** One picture failed, the others need not. */
class DrawingFailed extends Error {
  override readonly name = 'DrawingFailed'
}

async function requestsFor(
  item: PictureItem,
  kinds: readonly PictureKind[],
  stages: PictureStages,
): Promise<readonly PictureRequest[]> {
  const { model } = item.event
  const own = model === undefined ? [] : stages.requestsOf(model, kinds)
  if (own.length === kinds.length || item.context.alertId === '') return own
  const full = await stages.fullEventOf(item)
  return full === undefined ? own : stages.requestsOf(full, kinds)
}

async function drawOne(
  requests: Promise<readonly PictureRequest[]>,
  kind: PictureKind,
  stages: PictureStages,
): Promise<Drawn> {
  const request = (await requests).find((each) => each.kind === kind)
  if (request === undefined) return undefined
  try {
    return await stages.draw(request)
  } catch (cause) {
    throw new DrawingFailed(cause instanceof Error ? cause.message : String(cause), { cause })
  }
}
