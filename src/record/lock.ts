/**
 * One process on a data directory. The lock is SQLite's own on `lock.db`: the system drops it when the process ends,
 * however it ends, so that none is ever left behind. `lock.json` only says who has it.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { FountainError } from '../errors.ts'
import { diskTrouble } from './database.ts'

export interface Lock {
  release(): void
}

/** Held by name: a connection that nothing refers to is closed by the garbage collector, and its lock with it. */
const held = new Set<DatabaseSync>()

/**
 * Takes the lock at once, and makes the directory, for its owner alone, where there is none. Throws DATA_LOCKED with
 * the process that has it; DATA_UNWRITABLE or DISK_FULL when it cannot try.
 */
export function takeLock(dataDir: string, nowMs: number): Lock {
  const note = join(dataDir, 'lock.json')
  let db: DatabaseSync | undefined
  try {
    mkdirSync(dataDir, { recursive: true, mode: 0o700 })
    db = new DatabaseSync(join(dataDir, 'lock.db'), { timeout: 0 })
    db.exec('BEGIN EXCLUSIVE')
    writeFileSync(note, `${JSON.stringify({ pid: process.pid, since: new Date(nowMs).toISOString() })}\n`)
  } catch (cause) {
    db?.close()
    const sqliteBusy = 5
    if ((cause as { errcode?: number }).errcode === sqliteBusy) {
      throw new FountainError('DATA_LOCKED', `${dataDir} is in use by ${holder(note)}.`)
    }
    throw new FountainError(
      diskTrouble(cause, dataDir) ?? 'DATA_UNWRITABLE',
      `${dataDir}: ${(cause as Error).message}`,
      {
        cause,
      },
    )
  }
  const taken = db
  held.add(taken)
  return {
    release: () => {
      held.delete(taken)
      taken.close()
    },
  }
}

function holder(note: string): string {
  try {
    const { pid, since } = JSON.parse(readFileSync(note, 'utf8')) as { pid: number; since: string }
    return `process ${pid} since ${since}`
  } catch {
    return 'a process that has not said its number'
  }
}
