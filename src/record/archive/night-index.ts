/**
 * The index of a night: which alert's packets stand where. One SQLite file a night, so that a night is dropped by
 * deleting a file. The segments are the truth: an index may lag behind them after a power cut, and one that is
 * missing or damaged is made again from them.
 */
import { readdirSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync, type StatementSync } from 'node:sqlite'
import { alertKey } from '../room.ts'
import { nightName, nightNamed } from './night.ts'
import type { Place } from './segment-format.ts'

/** `up_to`: so far, in bytes, a segment's records are in the index. */
const layout = `
  CREATE TABLE surveys (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE) STRICT;
  CREATE TABLE alerts (
    survey_id INTEGER NOT NULL, alert_id ANY NOT NULL, segment INTEGER NOT NULL, place INTEGER NOT NULL,
    length INTEGER NOT NULL, PRIMARY KEY (survey_id, alert_id, segment, place)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE segments (id INTEGER PRIMARY KEY, up_to INTEGER NOT NULL) STRICT;
  PRAGMA user_version = 1;`

export interface IndexEntry {
  readonly survey: string
  readonly alertId: string
  readonly at: Place
}

export const indexPath = (dir: string, night: number): string => join(dir, `${nightName(night)}.index`)

/** The nights that have an index in a directory. */
export function indexedNights(dir: string): number[] {
  return readdirSync(dir).flatMap((name) => {
    const night = name.endsWith('.index') ? nightNamed(name.slice(0, -6)) : undefined
    return night === undefined ? [] : [night]
  })
}

export function removeIndex(dir: string, night: number): void {
  for (const ending of ['', '-wal', '-shm']) rmSync(indexPath(dir, night) + ending, { force: true })
}

/** The writer of one night's index. Throws what SQLite throws: `isIndexDamage` tells a file that must be made again. */
export class NightIndex {
  readonly night: number
  readonly #db: DatabaseSync
  readonly #insert: StatementSync
  readonly #surveys = new Map<string, number>()

  constructor(dir: string, night: number) {
    this.night = night
    this.#db = new DatabaseSync(indexPath(dir, night))
    try {
      // A file torn at its beginning is seen to be none, and made again: nothing waits for that to be durable. NORMAL
      // later: never torn by a power cut, though the last entries may be gone, which `upTo` then says.
      this.#db.exec(
        'PRAGMA synchronous = OFF; PRAGMA journal_mode = WAL; PRAGMA cache_size = -65536;\n        PRAGMA wal_autocheckpoint = 16384',
      )
      // Made once: tables that are missing later are damage.
      const version = this.#db.prepare('PRAGMA user_version').get()?.user_version
      if (version === 0) this.#db.exec(`BEGIN; ${layout}; COMMIT`)
      this.#db.exec('PRAGMA synchronous = NORMAL')
      this.#insert = this.#db.prepare('INSERT OR IGNORE INTO alerts VALUES (?, ?, ?, ?, ?)')
    } catch (error) {
      this.#db.close()
      throw error
    }
  }

  upTo(segment: number): number {
    const row = this.#db.prepare('SELECT up_to FROM segments WHERE id = ?').get(segment)
    return Number(row?.up_to ?? 0)
  }

  /** Adds what a segment holds from where its index ended up to a new end. */
  add(segment: number, upTo: number, entries: readonly IndexEntry[]): void {
    this.#db.exec('BEGIN')
    try {
      for (const { survey, alertId, at } of entries) {
        this.#insert.run(this.#surveyId(survey), alertKey(alertId), at.segment, at.place, at.length)
      }
      this.#db
        .prepare('INSERT INTO segments VALUES (?, ?) ON CONFLICT DO UPDATE SET up_to = excluded.up_to')
        .run(segment, upTo)
      this.#db.exec('COMMIT')
    } catch (error) {
      if (this.#db.isTransaction) this.#db.exec('ROLLBACK')
      this.#surveys.clear()
      throw error
    }
  }

  /** What was added survives a power cut from here on. */
  makeDurable(): void {
    this.#db.exec('PRAGMA wal_checkpoint(TRUNCATE)')
  }

  close(): void {
    this.#db.close()
  }

  #surveyId(name: string): number {
    let id = this.#surveys.get(name)
    if (id === undefined) {
      this.#db.prepare('INSERT OR IGNORE INTO surveys (name) VALUES (?)').run(name)
      id = Number(this.#db.prepare('SELECT id FROM surveys WHERE name = ?').get(name)?.id)
      this.#surveys.set(name, id)
    }
    return id
  }
}

/** A file that is no index, or no longer: SQLITE_CORRUPT, SQLITE_NOTADB, or tables that are missing. */
export function isIndexDamage(error: unknown): boolean {
  const { errcode, message } = error as { errcode?: unknown; message?: string }
  const sqlite = { error: 1, corrupt: 11, notADatabase: 26 }
  if (typeof errcode !== 'number') return false
  const primary = errcode & 0xff
  return (
    primary === sqlite.corrupt ||
    primary === sqlite.notADatabase ||
    (primary === sqlite.error && /no such (table|column)/.test(message ?? ''))
  )
}

interface OpenIndex {
  readonly db: DatabaseSync
  readonly find: StatementSync
  readonly upTo: StatementSync
  readonly file: bigint
}

/** So many indexes are kept open by a reader: those of the last weeks. */
const keptOpen = 32

/** Looks alerts up in the indexes of nights, each opened when it is first asked and then kept open for a while. */
export class NightIndexReader {
  readonly #dir: string
  /** By night, the one asked longest ago first. */
  readonly #open = new Map<number, OpenIndex>()
  constructor(dir: string) {
    this.#dir = dir
  }

  /** Where packets of an alert stand that came in a night, oldest first; `undefined` when that night has no index. */
  find(night: number, survey: string, alertId: string): Place[] | undefined {
    return this.#asked(night, ({ find }) => find.all(survey, alertKey(alertId)) as unknown as Place[])
  }

  /** So far, in bytes, a segment's records are in the index of its night. */
  upTo(night: number, segment: number): number {
    return this.#asked(night, ({ upTo }) => Number(upTo.get(segment)?.up_to ?? 0)) ?? 0
  }

  #asked<T>(night: number, ask: (index: OpenIndex) => T): T | undefined {
    try {
      const index = this.#of(night)
      return index && ask(index)
    } catch (error) {
      this.#forget(night)
      if (isIndexDamage(error)) return undefined
      throw error
    }
  }

  close(): void {
    for (const night of [...this.#open.keys()]) this.#forget(night)
  }

  #of(night: number): OpenIndex | undefined {
    const path = indexPath(this.#dir, night)
    // An index that was dropped or made again is another file.
    const file = statSync(path, { bigint: true, throwIfNoEntry: false })?.ino
    const known = this.#open.get(night)
    if (known !== undefined && known.file === file) {
      this.#open.delete(night)
      this.#open.set(night, known)
      return known
    }
    this.#forget(night)
    if (file === undefined) return undefined
    const db = new DatabaseSync(path, { readOnly: true, timeout: 1000 })
    try {
      const find = db.prepare(
        `SELECT a.segment, a.place, a.length FROM alerts a JOIN surveys s ON s.id = a.survey_id
          WHERE s.name = ? AND a.alert_id = ? ORDER BY a.segment, a.place`,
      )
      const upTo = db.prepare('SELECT up_to FROM segments WHERE id = ?')
      const index = { db, find, upTo, file }
      this.#open.set(night, index)
      const [oldest] = this.#open.keys()
      if (this.#open.size > keptOpen && oldest !== undefined) this.#forget(oldest)
      return index
    } catch (error) {
      db.close()
      throw error
    }
  }

  #forget(night: number): void {
    this.#open.get(night)?.db.close()
    this.#open.delete(night)
  }
}
