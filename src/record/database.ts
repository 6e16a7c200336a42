/** The SQLite connection: opened the one right way, its layout brought up to date, its statements prepared once. */
import { accessSync, constants, readdirSync, readFileSync, statfsSync } from 'node:fs'
import { dirname } from 'node:path'
import { DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite'
import { FountainError } from '../errors.ts'

/** 'Foun': tells our file from any other SQLite database. */
const applicationId = 0x466f756e
const layoutDir = new URL('./sql/', import.meta.url)

/** A connection that prepares each statement once. Values are bound, never written into the text. */
export class Sql {
  readonly #statements = new Map<string, StatementSync>()
  readonly #db: DatabaseSync
  constructor(db: DatabaseSync) {
    this.#db = db
  }
  run(text: string, ...values: SQLInputValue[]): { changes: number; id: number } {
    const { changes, lastInsertRowid } = this.#prepared(text).run(...values)
    return { changes: Number(changes), id: Number(lastInsertRowid) }
  }
  get<Row>(text: string, ...values: SQLInputValue[]): Row | undefined {
    return this.#prepared(text).get(...values) as Row | undefined
  }
  all<Row>(text: string, ...values: SQLInputValue[]): Row[] {
    return this.#prepared(text).all(...values) as Row[]
  }
  /** For statements without values or results: BEGIN, SAVEPOINT, PRAGMA. */
  exec(text: string): void {
    this.#db.exec(text)
  }
  get inTransaction(): boolean {
    return this.#db.isTransaction
  }
  close(): void {
    this.#statements.clear()
    this.#db.close()
  }
  #prepared(text: string): StatementSync {
    let statement = this.#statements.get(text)
    if (statement === undefined) {
      statement = this.#db.prepare(text)
      this.#statements.set(text, statement)
    }
    return statement
  }
}

/** The one writing connection. Creates the file or brings its layout up to date; DATA_NEWER when it is ahead of us. */
export function openForWriting(path: string): Sql {
  const sql = new Sql(open(path, false))
  try {
    // FULL: a commit that was answered survives a power cut. `fullfsync` makes that true on macOS, a no-op elsewhere.
    sql.exec(`PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA fullfsync = ON;
      PRAGMA foreign_keys = ON; PRAGMA trusted_schema = OFF; PRAGMA cache_size = -32768; PRAGMA temp_store = MEMORY;
      PRAGMA journal_size_limit = 67108864`)
    migrate(sql, path, layouts())
    return sql
  } catch (error) {
    sql.close()
    throw unopened(error, path)
  }
}

/** Why a database cannot be opened, in our words. */
function unopened(cause: unknown, path: string): FountainError {
  if (cause instanceof FountainError) return cause
  const code = diskTrouble(cause, dirname(path)) ?? 'DATA_UNWRITABLE'
  return new FountainError(code, `${path}: ${(cause as Error).message}.`, { cause })
}

/** A connection that cannot write; it never waits for the writer and never makes it wait. */
export function openForReading(path: string): Sql {
  const sql = new Sql(open(path, true))
  sql.exec('PRAGMA query_only = ON; PRAGMA trusted_schema = OFF; PRAGMA cache_size = -16384')
  return sql
}

function open(path: string, readOnly: boolean): DatabaseSync {
  try {
    return new DatabaseSync(path, { readOnly, timeout: 5000, enableForeignKeyConstraints: true })
  } catch (cause) {
    throw unopened(cause, path)
  }
}

/** The numbered layout files, in order. */
export function layouts(): { number: number; text: string }[] {
  return readdirSync(layoutDir)
    .filter((name) => /^\d{6}\.sql$/.test(name))
    .sort()
    .map((name) => ({ number: Number(name.slice(0, 6)), text: readFileSync(new URL(name, layoutDir), 'utf8') }))
}

function migrate(sql: Sql, path: string, files: readonly { number: number; text: string }[]): void {
  const version = pragma(sql, 'user_version')
  const newest = files.at(-1)?.number ?? 0
  if (version > newest) {
    throw new FountainError('DATA_NEWER', `${path} has layout ${version}, this version knows up to ${newest}.`)
  }
  const owner = pragma(sql, 'application_id')
  const tables = sql.get<{ n: number }>('SELECT COUNT(*) AS n FROM sqlite_schema')?.n ?? 0
  if (owner !== applicationId && tables > 0) {
    throw new FountainError('DATA_UNWRITABLE', `${path} is a database of another program.`)
  }
  for (const { number, text } of files) {
    if (number <= version) continue
    sql.exec('BEGIN IMMEDIATE')
    sql.exec(`PRAGMA application_id = ${applicationId}`)
    sql.exec(text)
    sql.exec(`PRAGMA user_version = ${number}`)
    sql.exec('COMMIT')
  }
}

function pragma(sql: Sql, name: 'user_version' | 'application_id'): number {
  return Object.values(sql.get<Record<string, number>>(`PRAGMA ${name}`) ?? {})[0] ?? 0
}

/** Does another program hold the database? */
export function isBusy(error: unknown): boolean {
  const { errcode } = error as { errcode?: unknown }
  const sqlite = { busy: 5, locked: 6 }
  return typeof errcode === 'number' && ((errcode & 0xff) === sqlite.busy || (errcode & 0xff) === sqlite.locked)
}

/** Is this error the disk's, in SQLite's words or the system's? What it means passes when the disk is mended. */
export function diskTrouble(error: unknown, dir: string): 'DISK_FULL' | 'DISK_READ_ONLY' | undefined {
  const { code, errcode } = error as { code?: unknown; errcode?: unknown }
  if (code === 'EROFS' || code === 'DISK_READ_ONLY') return 'DISK_READ_ONLY'
  if (code === 'ENOSPC' || code === 'EDQUOT' || code === 'DISK_FULL') return 'DISK_FULL'
  if (typeof errcode !== 'number') return undefined
  const sqlite = { readOnly: 8, ioError: 10, full: 13, cannotOpen: 14 }
  if ((errcode & 0xff) === sqlite.readOnly) return 'DISK_READ_ONLY'
  if (errcode === sqlite.full) return 'DISK_FULL'
  // A sync, a shared-memory page or a new file that finds no space fails without saying why: ask the disk.
  if ((errcode & 0xff) !== sqlite.ioError && (errcode & 0xff) !== sqlite.cannotOpen) return undefined
  if (isReadOnly(dir)) return 'DISK_READ_ONLY'
  const { bavail, bsize } = statfsSync(dir)
  return bavail * bsize < 1_000_000 ? 'DISK_FULL' : undefined
}

function isReadOnly(dir: string): boolean {
  try {
    accessSync(dir, constants.W_OK)
    return false
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EROFS'
  }
}
