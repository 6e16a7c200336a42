/**
 * The one writer: commands that wait together share one transaction, one sync of the packet segment and one of the
 * database. Each has a savepoint of its own, so that a command that fails fails alone; one that is alone needs none.
 * Synchronous, and unaware that it runs in a worker.
 */
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { FountainError } from '../errors.ts'
import { NightIndexes } from './archive/night-indexes.ts'
import { type SegmentFiles, Segments } from './archive/segments.ts'
import { type Answer, type Call, type Fault, writes } from './commands.ts'
import { diskTrouble, isBusy, openForWriting, type Sql } from './database.ts'
import { failAt } from './fail-points.ts'
import { recover } from './outbox.ts'
import { type Keep, noPlan, type Room } from './room.ts'

export interface WriterOptions {
  readonly dataDir: string
  readonly keep: Keep
  readonly nowMs: number
  readonly failPoint?: string | undefined
  readonly warn: Room['warn']
  readonly files?: SegmentFiles | undefined
}

export const databasePath = (dataDir: string) => join(dataDir, 'fountain.db')
export const segmentDir = (dataDir: string) => join(dataDir, 'packets')

export class Writer {
  readonly #dataDir: string
  readonly #room: Room
  readonly #segments: Segments
  readonly sql: Sql

  constructor(options: WriterOptions) {
    const { dataDir, keep, nowMs, warn } = options
    this.#dataDir = dataDir
    mkdirSync(dataDir, { recursive: true })
    this.sql = openForWriting(databasePath(dataDir))
    const meet = failAt(options.failPoint)
    meet('open:after-migrate')
    mkdirSync(segmentDir(dataDir), { recursive: true, mode: 0o700 })
    const indexes = new NightIndexes(segmentDir(dataDir), this.sql, warn)
    this.#segments = new Segments(segmentDir(dataDir), this.sql, indexes, meet, options.files)
    if (this.#segments.damage !== undefined) {
      warn({ code: 'ARCHIVE_DAMAGED', damage: this.#segments.damage }, 'kept packets are missing')
    }
    const run = this.sql.run('INSERT INTO runs (started_ms) VALUES (?)', Math.trunc(nowMs)).id
    recover(this.sql)
    this.#room = { sql: this.sql, segments: this.#segments, failAt: meet, keep, run, warn, plan: noPlan }
  }

  /** Runs the calls in one transaction; the answers stand in the order of the calls and are durable. */
  run(calls: readonly Pick<Call, 'name' | 'args'>[], nowMs: number): Answer[] {
    const room = this.#room
    const planBefore = room.plan
    try {
      this.sql.exec('BEGIN IMMEDIATE')
      this.#segments.begin(nowMs)
      room.failAt('apply:after-begin')
      const answers =
        calls.length === 1 ? calls.map((call) => this.#runAlone(call)) : calls.map((call) => this.#runOne(call))
      this.#segments.flush()
      room.failAt('apply:before-commit')
      this.sql.exec('COMMIT')
      room.failAt('apply:after-commit')
      this.#segments.committed()
      return answers
    } catch (error) {
      if (this.sql.inTransaction) this.sql.exec('ROLLBACK')
      this.#segments.rolledBack()
      room.plan = planBefore
      const fault = faultOf(error, this.#dataDir)
      return calls.map(() => ({ fault }))
    }
  }

  /**
   * Within a savepoint SQLite remembers every page that is changed, and walks through what it remembers at each
   * statement that has a trigger: a large command takes several times as long in one.
   */
  #runAlone({ name, args }: Pick<Call, 'name' | 'args'>): Answer {
    return { value: commandOf(name)(this.#room, ...(args as never[])) }
  }

  #runOne({ name, args }: Pick<Call, 'name' | 'args'>): Answer {
    const mark = this.#segments.mark()
    const { plan } = this.#room
    this.sql.exec('SAVEPOINT command')
    try {
      const value = commandOf(name)(this.#room, ...(args as never[]))
      this.sql.exec('RELEASE command')
      return { value }
    } catch (error) {
      // A full or read-only disk is everybody's trouble, and SQLite may have ended the transaction already.
      if (!this.sql.inTransaction || diskTrouble(error, this.#dataDir) !== undefined) throw error
      this.sql.exec('ROLLBACK TO command; RELEASE command')
      this.#segments.returnTo(mark)
      this.#room.plan = plan
      return { fault: faultOf(error, this.#dataDir) }
    }
  }

  close(): void {
    this.#segments.close()
    // No `PRAGMA optimize`: what it notes of a young database makes bad plans when the same process has run for years.
    this.sql.exec('PRAGMA wal_checkpoint(TRUNCATE)')
    this.sql.close()
  }
}

function commandOf(name: string): (room: Room, ...args: never[]) => unknown {
  const command = (writes as Readonly<Record<string, (room: Room, ...args: never[]) => unknown>>)[name]
  if (command === undefined) throw new Error(`There is no command '${name}'.`)
  return command
}

/** An error in the form that crosses threads: its code, DISK_FULL, DISK_READ_ONLY, STORE_BUSY, or STORE_FAILED with its words. */
export function faultOf(error: unknown, dataDir: string): Fault {
  if (error instanceof FountainError) return { code: error.code, detail: error.detail }
  const detail = error instanceof Error ? error.message : String(error)
  const trouble = diskTrouble(error, dataDir)
  if (trouble !== undefined) return { code: trouble, detail }
  return { code: isBusy(error) ? 'STORE_BUSY' : 'STORE_FAILED', detail }
}
