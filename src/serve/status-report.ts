/** What the gateway says of itself: the status page, `/status.json` and `fountain status` show it. Types only. */
import type { FeedStatus } from '../../bridges/contract.ts'
import type { Ledger } from '../record/port.ts'

export interface StatusReport {
  readonly version: string
  /** When the process started, ms since the epoch. */
  readonly startedMs: number
  /** When this report was made, ms since the epoch. */
  readonly nowMs: number
  readonly authority: string
  readonly sources: readonly SourceStatus[]
  readonly streams: readonly StreamStatus[]
  readonly feeds: readonly (FeedStatus & { readonly name: string })[]
  readonly bridges: readonly BridgeStatus[]
  readonly ledger: Ledger
  readonly store: StoreStatus
  /** Why the gateway is not ready; empty when it is. */
  readonly faults: readonly string[]
}

export interface SourceStatus {
  readonly name: string
  /** One line for people: 'kafka localhost:9092 lsst-alerts-v11'. */
  readonly describe: string
  readonly survey: string
  readonly state: 'starting' | 'running' | 'ended' | 'failed'
  /** Why it failed. */
  readonly reason?: string
  /** Messages between the stored position and the end of the partitions, where the source knows. */
  readonly lag?: number
  /** Packets since the process started. */
  readonly received: number
  /** Time of the newest record, ms since the epoch. */
  readonly newestRecordMs?: number
}

export interface StreamStatus {
  readonly name: string
  readonly title: string
  readonly description?: string
  /** `ivo://authority/streams/name`. */
  readonly ivoid: string
  /** The filter's text. */
  readonly filter: string
}

export interface BridgeStatus {
  readonly name: string
  readonly kind: string
  /** `open`: nothing goes through until somebody acts, or a check passes. */
  readonly circuit: 'closed' | 'open'
  /** Why the circuit is open, or the last fault. */
  readonly reason?: string
  readonly inFlight: number
}

export interface StoreStatus {
  readonly directory: string
  readonly bytes: number
  /** Free space of the file system, bytes. */
  readonly freeBytes: number
}

/** A line of the list of newest events. */
export interface RecentEvent {
  readonly ivoid: string
  readonly role: string
  /** Place on the event log; null when stored only. */
  readonly seq: number | null
  readonly recordedMs: number
  readonly origin: string
}
