/** The real store without its threads: for tests that hold the clock still. */
import { rmSync } from 'node:fs'
import { FountainError } from '../../src/errors.ts'
import type { DeliveryState, Sifted } from '../../src/flow.ts'
import { NightIndexReader } from '../../src/record/archive/night-index.ts'
import { reads, type writes } from '../../src/record/commands.ts'
import type { Plan } from '../../src/record/plan-port.ts'
import type { Applied, DeliveryDetail, DeliveryLine, Moving, Store } from '../../src/record/port.ts'
import { segmentDir, Writer } from '../../src/record/writer.ts'
import { newDataDir, t0 } from '../record/fixtures.ts'

export interface Row {
  readonly id: number
  readonly state: DeliveryState
  readonly attempts: number
  readonly not_before_ms: number | null
  readonly error: string | null
  readonly receipt_id: string | null
}

type Tail<T extends readonly unknown[]> = T extends readonly [unknown, ...infer Rest] ? Rest : never

export class DirectStore {
  readonly dataDir = newDataDir()
  #writer = this.#open()
  /** Fails the next writes with DISK_FULL. */
  diskFull = false
  readonly port: Pick<
    Store,
    | 'claim'
    | 'interrupted'
    | 'keepMessage'
    | 'settle'
    | 'nextDueMs'
    | 'attemptsSince'
    | 'moveSchedules'
    | 'logHead'
    | 'logSince'
    | 'moveFeedCursor'
  > = {
    claim: async (...args) => this.#write('claim', args) as Awaited<ReturnType<Store['claim']>>,
    keepMessage: async (...args) => this.#write('keepMessage', args) as boolean,
    settle: async (...args) => this.#write('settle', args) as Awaited<ReturnType<Store['settle']>>,
    moveSchedules: async (...args) => this.#write('moveSchedules', args) as Moving,
    attemptsSince: async (...args) => reads.attemptsSince(this.#reading, ...args),
    moveFeedCursor: async (...args) => this.#write('moveFeedCursor', args) as undefined,
    interrupted: async (bridge) => reads.interrupted(this.#reading, bridge),
    nextDueMs: async (bridge) => reads.nextDueMs(this.#reading, bridge),
    logHead: async () => reads.logHead(this.#reading),
    logSince: async (seq, limit) => reads.logSince(this.#reading, seq, limit),
  }

  configure(plan: Plan): void {
    this.#write('configure', [plan, t0])
  }
  apply(sifted: Sifted): Applied {
    return this.#write('apply', [sifted]) as Applied
  }
  /** What people decide, and what else the gateway writes. */
  run<K extends keyof typeof writes>(name: K, ...args: Tail<Parameters<(typeof writes)[K]>>) {
    return this.#write(name, args) as ReturnType<(typeof writes)[K]>
  }
  /** As people see them, the oldest first. */
  lines(): readonly DeliveryLine[] {
    return reads.deliveries(this.#reading, { limit: 10_000 }).toReversed()
  }
  detail(id: number): DeliveryDetail | null {
    return reads.delivery(this.#reading, id)
  }
  rows(): Row[] {
    return this.#writer.sql.all<Row>(
      'SELECT id, state, attempts, not_before_ms, error, receipt_id FROM deliveries ORDER BY id',
    )
  }
  feedCursor(feed: string): number {
    return reads.feedCursor(this.#reading, feed)
  }
  faults(): string[] {
    return reads.checkLedger(this.#reading)
  }
  /** As after a crash: what was in memory is gone, a new run begins. */
  reopen(): void {
    this.#writer.close()
    this.#writer = this.#open()
  }
  remove(): void {
    this.#writer.close()
    rmSync(this.dataDir, { recursive: true, force: true })
  }

  get #reading() {
    const dir = segmentDir(this.dataDir)
    return { sql: this.#writer.sql, segmentDir: dir, indexes: new NightIndexReader(dir) }
  }
  #open(): Writer {
    return new Writer({ dataDir: this.dataDir, keep: 'matched', nowMs: t0, warn: () => {} })
  }
  #write(name: string, args: readonly unknown[]): unknown {
    if (this.diskFull) throw new FountainError('DISK_FULL', 'as the test wants it')
    const [answer] = this.#writer.run([{ name, args }], t0)
    if (answer === undefined || 'fault' in answer) throw new Error(JSON.stringify(answer))
    return answer.value
  }
}
