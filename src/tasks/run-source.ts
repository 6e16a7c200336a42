/** Runs one source: every batch is sifted and applied before the source may go on, and what it does can be looked at. */
import type { Clock, Counter, Log, Metrics } from '../../bridges/contract.ts'
import { passes } from '../errors.ts'
import type { Source, SourceHost } from '../flow.ts'
import type { Applied, Store } from '../record/port.ts'
import type { Sift } from './sift.ts'

export interface SourceStages {
  readonly store: Pick<Store, 'apply' | 'positions'>
  readonly sift: Sift
  readonly clock: Clock
  readonly log: Log
  readonly metrics: Metrics
  /** New events may wait on the log, new deliveries in the outbox. */
  recorded(applied: Applied): void
}

export interface RunningSource {
  readonly name: string
  readonly describe: string
  readonly state: () => SourceState
  /** Settles when the source has ended: by its own end, or by the signal. */
  readonly ended: Promise<void>
}

export interface SourceState {
  readonly phase: 'running' | 'waiting' | 'ended' | 'failed'
  readonly received: number
  readonly lastRecordTimeMs: number | null
  readonly lastError: string | null
  /** Packets not read yet, over all partitions; null where the source does not know. */
  readonly behind: number | null
}

/** The batch waits, nothing is acknowledged, nothing is lost. */
const retryAfterMs = 2_000

export function runSource(source: Source, stages: SourceStages, signal: AbortSignal): RunningSource {
  const received = stages.metrics.counter('fountain_packets_total', 'Packets by source and what became of them', [
    'source',
    'outcome',
  ])
  const state = {
    phase: 'running' as SourceState['phase'],
    received: 0,
    lastRecordTimeMs: null as number | null,
    lastError: null as string | null,
    behind: null as number | null,
  }
  const behind = new Map<string, number>()

  const host: SourceHost = {
    signal,
    positions: () => patiently(() => stages.store.positions(source.name)),
    sift: async (batch) => {
      const sifted = await stages.sift(batch)
      const applied = await patiently(() => stages.store.apply(sifted))
      count(received, source.name, applied)
      state.received += applied.received
      state.lastRecordTimeMs = batch.packets.at(-1)?.recordTimeMs ?? state.lastRecordTimeMs
      if (batch.behind !== undefined) {
        behind.set(JSON.stringify([batch.topic, batch.partition]), batch.behind)
        state.behind = [...behind.values()].reduce((sum, packets) => sum + packets, 0)
      }
      const { dead, parked } = applied
      if (dead + parked > 0)
        stages.log.warn({ source: source.name, dead, parked }, 'packets could not be used: see `fountain dead list`')
      stages.recorded(applied)
    },
    waits: (reason) => {
      state.phase = reason === null ? 'running' : 'waiting'
      state.lastError = reason
    },
  }

  async function patiently<T>(ask: () => Promise<T>): Promise<T> {
    for (;;) {
      try {
        const answer = await ask()
        state.phase = 'running'
        return answer
      } catch (error) {
        if (!passes(error)) throw error
        state.phase = 'waiting'
        state.lastError = error.message
        stages.log.error({ source: source.name, code: error.code, retryAfterMs }, error.message)
        await stages.clock.sleep(retryAfterMs, signal)
      }
    }
  }

  const ended = source.run(host).then(
    () => {
      state.phase = 'ended'
    },
    (error: unknown) => {
      if (signal.aborted) {
        state.phase = 'ended'
        return
      }
      state.phase = 'failed'
      state.lastError = error instanceof Error ? error.message : String(error)
      throw error
    },
  )
  return { name: source.name, describe: source.describe, state: () => state, ended }
}

function count(counter: Counter, source: string, applied: Applied): void {
  const { received, duplicate, dead, parked, cut } = applied
  for (const [outcome, by] of Object.entries({
    decoded: received - duplicate - dead - parked,
    duplicate,
    dead,
    parked,
    cut,
  })) {
    if (by > 0) counter.inc({ source, outcome }, by)
  }
}
