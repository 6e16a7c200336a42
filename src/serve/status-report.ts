/** What the gateway says of itself: the status page, `/status.json` and `fountain status` show it. Types only. */
import type { FeedStatus } from '../../bridges/contract.ts'
import type { Ledger, Store } from '../record/port.ts'

export interface StatusReport {
  readonly version: string
  /** When the process started, ms since the epoch. */
  readonly startedMs: number
  readonly authority: string
  readonly sources: readonly SourceStatus[]
  readonly streams: readonly StreamStatus[]
  readonly feeds: readonly (FeedStatus & { readonly name: string })[]
  readonly bridges: readonly BridgeStatus[]
  readonly ledger: Ledger
  readonly store?: StoreStatus
}

export interface SourceStatus {
  readonly name: string
  /** One line for people: 'kafka localhost:9092 lsst-alerts-v11'. */
  readonly describe: string
  /** One word: 'running', 'ended', 'failed'. */
  readonly state: string
  /** Why it failed. */
  readonly reason?: string
  /** Messages between the stored position and the end of the partitions, where the source knows. */
  readonly lag?: number
  /** Time of the newest record, ms since the epoch. */
  readonly newestRecordMs?: number
}

export interface StreamStatus {
  /** Its identifier is `ivo://<authority>/streams/<name>`. */
  readonly name: string
  readonly title: string
  readonly description?: string
  /** The filter's text. */
  readonly filter: string
}

export interface BridgeStatus {
  readonly name: string
  /**
   * One word: 'ready', 'waiting' while its service does not answer, 'halted' until the cause is mended, 'gone' when it is
   * configured no more.
   */
  readonly state: string
  /** Why it is halted, in the other side's words. */
  readonly reason?: string
  /** The newest failure of an attempt. */
  readonly lastError?: string
  readonly inFlight?: number
  /** Messages that may still go out today (UTC), where there is a budget. */
  readonly leftToday?: number
  /** Who reads what goes out; absent: whoever the address is. `nobody`: everything is rendered and held. */
  readonly audience?: 'public' | 'sandbox' | 'nobody'
  /** What it does beside sending: when it last went well, and why it fails now and since when (ms since the epoch). */
  readonly upkeep?: { readonly doneMs?: number; readonly failed?: string; readonly failedSinceMs?: number }
}

export interface StoreStatus {
  readonly directory: string
  readonly bytes: number
  /** Free space of the file system, bytes. */
  readonly freeBytes: number
}

export type RecentEvent = Awaited<ReturnType<Store['recentEvents']>>[number]

export interface Readiness {
  readonly ok: boolean
  /** Why not, one line each. */
  readonly reasons: readonly string[]
}
