/** The event log as a feed sees it: pages from the store, then a wait for the bell. */
import type { Clock, FeedHost, Log, LogEntry } from '../../bridges/contract.ts'
import { passes } from '../errors.ts'
import type { Store } from '../record/port.ts'
import type { Bell } from './bell.ts'

export type FeedLogStore = Pick<Store, 'logHead' | 'logSince' | 'moveFeedCursor'>

export interface FeedLogOptions {
  /** Rung after every `apply` that recorded something. */
  readonly wake: Bell
  readonly clock: Clock
  readonly log: Log
  /** The feed's name: its durable cursor follows what it has taken. */
  readonly feed: string
}

const pageEntries = 256
const storeTroubleMs = 1_000

export function feedLog(store: FeedLogStore, options: FeedLogOptions): FeedHost['log'] {
  /** How far the reader that is the furthest has come: the others, who catch up, move no cursor. */
  let furthest = 0
  const taken = (seq: number): void => {
    if (seq <= furthest) return
    furthest = seq
    store.moveFeedCursor(options.feed, seq).catch((error: unknown) => {
      options.log.warn({ feed: options.feed, error: String(error) }, 'the cursor of the feed could not be stored')
    })
  }
  return { head: () => store.logHead(), since: (seq, signal) => follow(store, options, seq, signal, taken) }
}

async function* follow(
  store: FeedLogStore,
  { wake, clock, log, feed }: FeedLogOptions,
  from: number,
  signal: AbortSignal,
  taken: (seq: number) => void,
): AsyncGenerator<LogEntry, void, void> {
  let seq = from
  while (!signal.aborted) {
    const ticket = wake.ticket()
    let page: readonly LogEntry[]
    try {
      page = await store.logSince(seq, pageEntries)
    } catch (error) {
      // A slow disk is no reason to end a feed; a store that is gone is.
      if (!passes(error)) throw error
      log.warn({ feed, code: error.code }, 'the feed waits for the store')
      await clock.sleep(storeTroubleMs, signal).catch(() => {})
      continue
    }
    for (const entry of page) {
      if (signal.aborted) return
      yield entry
      seq = entry.seq
    }
    if (page.length === 0) await wake.after(ticket, signal)
    else taken(seq)
  }
}
