/**
 * A copy of TNS's catalogue of public objects, to look up what is known by place and by name without asking. Look-ups
 * are synchronous and read alone; whoever fills it does so in small steps.
 */
import { existsSync, renameSync, rmSync } from 'node:fs'
import { open } from 'node:fs/promises'
import { join } from 'node:path'
import { DatabaseSync, type StatementSync } from 'node:sqlite'
import { type Place, separationArcsec } from './at-report.ts'
import { fullName, type Known } from './known.ts'

export interface CatalogueRow extends Place {
  readonly objid: number
  readonly prefix: string
  /** `2026abc`. */
  readonly name: string
  /** Normal names: small letters, no blanks around them. */
  readonly internalNames: readonly string[]
  readonly by: string
}

export interface Mirror {
  /** Objects by one of the names, and then those within the radius, the nearest first. */
  known(place: Place, radiusArcsec: number, names: readonly string[]): readonly Known[]
  /** How far behind it is; undefined where there is none. */
  ageMs(nowMs: number): number | undefined
  /** Everything up to this time is in it. */
  coveredMs(): number | undefined
  /** A new copy, which replaces this one when it is finished. */
  rebuild(): Filling
  /** Changes to this one. */
  update(): Filling
  close(): void
}

export interface Filling {
  /** One transaction: some hundred rows take a few milliseconds. */
  put(rows: readonly CatalogueRow[]): void
  finish(coveredMs: number): Promise<void>
  /** Leaves things as they were; of an update, what was put stays. */
  abandon(): void
}

/** Bands of declination, so that a search reads few rows. */
const bandDeg = 0.01
const bandOf = (decDeg: number) => Math.floor((decDeg + 90) / bandDeg)
const fileName = 'tns-objects.sqlite'

export function openMirror(folder: () => string): Mirror {
  let reader: { database: DatabaseSync; statements: Statements } | undefined
  const path = () => join(folder(), fileName)

  function read(): Statements | undefined {
    if (reader === undefined && existsSync(path())) {
      const database = new DatabaseSync(path(), { readOnly: true, timeout: 1000 })
      try {
        reader = { database, statements: statementsOf(database) }
      } catch (error) {
        database.close()
        throw error
      }
    }
    return reader?.statements
  }
  function letGo(): void {
    reader?.database.close()
    reader = undefined
  }
  /** Without a copy that can be read there is none: the one search at TNS remains, and upkeep makes it anew. */
  function reading<T>(look: (statements: Statements) => T): T | undefined {
    try {
      const statements = read()
      return statements === undefined ? undefined : look(statements)
    } catch (error) {
      letGo()
      if (isBroken(error)) rmSync(path(), { force: true })
      return undefined
    }
  }
  const coveredMs = () => reading(({ covered }) => (covered.get() as { value: number } | undefined)?.value)

  return {
    coveredMs,
    ageMs(nowMs) {
      const covered = coveredMs()
      return covered === undefined ? undefined : Math.max(0, nowMs - covered)
    },
    known(place, radiusArcsec, names) {
      if (!(Math.abs(place.decDeg) <= 90) || !Number.isFinite(place.raDeg)) return []
      const found = reading((statements) => {
        const named = names.flatMap((name) => statements.named.all(name) as unknown as Row[])
        return { named, near: around(statements, place, radiusArcsec) }
      })
      if (found === undefined) return []
      const ours = new Set(found.named.map(({ objid }) => objid))
      const all = new Map([...found.named, ...found.near].map((row) => [row.objid, row]))
      return [...all.values()]
        .map((row) => knownOf(row, place, ours.has(row.objid)))
        .filter((one) => one.ours || one.separationArcsec <= radiusArcsec)
        .sort((a, b) => Number(b.ours) - Number(a.ours) || a.separationArcsec - b.separationArcsec)
    },
    rebuild() {
      const next = `${path()}.new`
      rmSync(next, { force: true })
      const database = new DatabaseSync(next)
      // Lost with the machine it is built anew.
      database.exec('PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA cache_size = -32000')
      database.exec(schema)
      return filling(database, {
        async finish() {
          const file = await open(next, 'r+')
          await file.sync()
          await file.close()
          letGo()
          renameSync(next, path())
        },
        abandon: () => rmSync(next, { force: true }),
      })
    },
    update() {
      const database = new DatabaseSync(path(), { timeout: 1000 })
      database.exec('PRAGMA synchronous = NORMAL')
      return filling(database, { async finish() {}, abandon() {} })
    },
    close: letGo,
  }
}

/** SQLite's corrupt (11), no database (26), and a table that is not there (1). */
function isBroken(error: unknown): boolean {
  const { errcode } = error as { errcode?: number }
  return errcode !== undefined && [1, 11, 26].includes(errcode & 0xff)
}

const schema = `
  CREATE TABLE object (
    objid INTEGER PRIMARY KEY, prefix TEXT NOT NULL, name TEXT NOT NULL,
    ra REAL NOT NULL, dec REAL NOT NULL, band INTEGER NOT NULL, source TEXT NOT NULL
  ) STRICT;
  CREATE INDEX object_place ON object (band, ra);
  CREATE TABLE name (name TEXT NOT NULL, objid INTEGER NOT NULL, PRIMARY KEY (name, objid)) WITHOUT ROWID, STRICT;
  CREATE TABLE state (key TEXT PRIMARY KEY, value REAL NOT NULL) STRICT;
`

interface Row {
  readonly objid: number
  readonly prefix: string
  readonly name: string
  readonly ra: number
  readonly dec: number
  readonly source: string
}
interface Statements {
  readonly named: StatementSync
  readonly near: StatementSync
  readonly covered: StatementSync
}
function statementsOf(database: DatabaseSync): Statements {
  const columns = 'object.objid, object.prefix, object.name, object.ra, object.dec, object.source'
  return {
    named: database.prepare(`SELECT ${columns} FROM name JOIN object USING (objid) WHERE name.name = ? LIMIT 20`),
    near: database.prepare(`SELECT ${columns} FROM object WHERE band = ? AND ra BETWEEN ? AND ? LIMIT 1000`),
    covered: database.prepare(`SELECT value FROM state WHERE key = 'coveredMs'`),
  }
}

function around({ near }: Statements, { raDeg, decDeg }: Place, radiusArcsec: number): Row[] {
  const radiusDeg = radiusArcsec / 3600
  const [low, high] = [Math.max(-90, decDeg - radiusDeg), Math.min(90, decDeg + radiusDeg)]
  // Widest where the circle comes nearest to the pole; there it is all around.
  const steepest = Math.cos((Math.max(Math.abs(low), Math.abs(high)) * Math.PI) / 180)
  const widthDeg = steepest <= radiusDeg / 180 ? 360 : Math.min(360, (radiusDeg * 1.01) / steepest)
  const rows: Row[] = []
  for (let band = bandOf(low); band <= bandOf(high); band++) {
    for (const turn of [-360, 0, 360]) {
      const [from, to] = [raDeg - widthDeg + turn, raDeg + widthDeg + turn]
      if (to < 0 || from > 360) continue
      rows.push(...(near.all(band, from, to) as unknown as Row[]))
    }
  }
  return rows
}

function knownOf({ prefix, name, ra, dec, source }: Row, place: Place, ours: boolean): Known {
  return {
    name: fullName(prefix, name),
    separationArcsec: separationArcsec(place, { raDeg: ra, decDeg: dec }),
    ours,
    ...(source === '' ? {} : { by: source }),
  }
}

function filling(database: DatabaseSync, then: { finish(): Promise<void>; abandon(): void }): Filling {
  const object = database.prepare('INSERT OR REPLACE INTO object VALUES (?, ?, ?, ?, ?, ?, ?)')
  const named = database.prepare('INSERT OR IGNORE INTO name VALUES (?, ?)')
  const state = database.prepare(`INSERT OR REPLACE INTO state VALUES ('coveredMs', ?)`)
  return {
    put(rows) {
      database.exec('BEGIN')
      for (const { objid, prefix, name, raDeg, decDeg, internalNames, by } of rows) {
        object.run(objid, prefix, name, raDeg, decDeg, bandOf(decDeg), by)
        for (const one of internalNames) named.run(one, objid)
      }
      database.exec('COMMIT')
    },
    async finish(coveredMs) {
      state.run(coveredMs)
      database.close()
      await then.finish()
    },
    abandon() {
      database.close()
      then.abandon()
    },
  }
}
