/** Events with all that their packets hold, for bridges that report (`detail: 'full'`). */
import { type Bridge, type Clock, type Counter, DeliveryError, type Log } from '../../bridges/contract.ts'
import type { VOEvent } from '../../vo/model/voevent.ts'
import { FountainError, passes } from '../errors.ts'
import type { DigestItem, EventDelivery } from '../flow.ts'

/** Undefined where none is kept. */
export type FullEventOf = (item: Pick<DigestItem, 'event' | 'context'>) => Promise<VOEvent | undefined>

export interface FullDetailOptions {
  readonly bridge: Pick<Bridge, 'accepts'> & Partial<Pick<Bridge, 'detail'>>
  readonly fullEventOf?: FullEventOf
  readonly clock: Clock
  readonly log: Log
  /** What is not there by then is asked for again later. */
  readonly fullMs: number
  readonly fullFailed: Counter
  readonly name: string
}

/** Trouble of others that passes: to say "the packet is not kept" for it would be wrong, and for ever. */
const passing: ReadonlySet<string> = new Set([
  'STORE_FAILED',
  'ARCHIVE_REMOTE_FAILED',
  'ARCHIVE_INDEX_BEHIND',
  'REGISTRY_UNREACHABLE',
  'REGISTRY_UNKNOWN_ID',
])
const comesBack = (error: unknown): boolean =>
  passes(error) || error instanceof Late || (error instanceof FountainError && passing.has(error.code))

class Late extends Error {}

/**
 * By item, in the order of `itemsOf`; empty where the bridge wants none. What cannot be read or decoded is absent, said
 * and counted. Throws DeliveryError `retry` where it can be read later.
 */
export async function fullDetailOf(
  options: FullDetailOptions,
  delivery: EventDelivery,
): Promise<readonly (VOEvent | undefined)[]> {
  const { bridge, fullEventOf, clock, log, name, fullMs, fullFailed } = options
  // A retraction says no more than that: it needs nothing of the packet.
  if (bridge.detail !== 'full' || fullEventOf === undefined || delivery.purpose !== 'event') return []
  const items = [delivery, ...(bridge.accepts === 'digest' ? delivery.followers : [])]
  const over = new AbortController()
  const late = clock.sleep(fullMs, over.signal).then(
    () => Promise.reject(new Late(`the alert's packet was not read within ${fullMs} ms`)),
    () => undefined,
  )
  late.catch(() => {})
  try {
    return await Promise.all(
      items.map(async (item) => {
        try {
          return await Promise.race([fullEventOf(item), late])
        } catch (error) {
          const why = String((error as Error).message)
          if (comesBack(error)) throw new DeliveryError('retry', 'no', why, { cause: error })
          fullFailed.inc({ bridge: name })
          log.warn({ id: delivery.id, ivoid: item.event.ivoid, error: why }, 'the packet of an alert cannot be read')
          return undefined
        }
      }),
    )
  } finally {
    over.abort()
  }
}
