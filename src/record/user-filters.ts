/** Filters that people made by the API: every text is kept, the newest is in force. */
import { FountainError } from '../errors.ts'
import type { Sql } from './database.ts'
import { checkRoom, groupId, userId } from './people.ts'
import type { Page, UserFilter, UserFilterVersion, Viewer } from './people-port.ts'
import type { Room } from './room.ts'

interface Row {
  readonly id: number
  readonly name: string
  readonly owner: string
  readonly group: string | null
  readonly public: number
  readonly created_ms: number
  readonly ended_ms: number | null
  readonly text: string
  readonly version_id: number
  readonly versions: number
}

const columns = `f.id, f.name, u.name AS owner, g.name AS "group", f.public, f.created_ms, f.ended_ms, v.text,
    v.id AS version_id, (SELECT COUNT(*) FROM user_filter_versions c WHERE c.filter_id = f.id) AS versions
  FROM user_filters f JOIN users u ON u.id = f.owner_id LEFT JOIN groups g ON g.id = f.group_id
  JOIN user_filter_versions v ON v.id = (SELECT MAX(n.id) FROM user_filter_versions n WHERE n.filter_id = f.id)`
/** Of the viewer ?1, or an operator (NULL): the owner's, or the groups' that the viewer is a member of. */
export const ofViewer = `(?1 IS NULL OR u.name = ?1 OR EXISTS (SELECT 1 FROM members m JOIN users w ON w.id = m.user_id
    WHERE w.name = ?1 AND m.group_id = g.id))`

function filterOf(row: Row): UserFilter {
  return {
    id: row.id,
    name: row.name,
    owner: row.owner,
    group: row.group,
    public: row.public === 1,
    createdMs: row.created_ms,
    endedMs: row.ended_ms,
    text: row.text,
    versionId: row.version_id,
    versions: row.versions,
  }
}

/** Throws NAME_TAKEN, NOT_FOUND. A name is taken for ever: the ledger counts by it. */
export function makeFilter(
  { sql }: Room,
  filter: { owner: string; name: string; group: string | null; public: boolean; text: string },
  nowMs: number,
): number {
  const owner = userId(sql, filter.owner)
  const group = groupId(sql, filter.group)
  const name = `${filter.owner}/${filter.name}`
  if (sql.get('SELECT 1 FROM user_filters WHERE name = ?', name) !== undefined) {
    throw new FountainError('NAME_TAKEN', `There is, or was, a filter '${name}'.`)
  }
  checkRoom(sql, 'user_filters', owner)
  const { id } = sql.run(
    'INSERT INTO user_filters (name, owner_id, group_id, public, created_ms) VALUES (?, ?, ?, ?, ?)',
    name,
    owner,
    group,
    filter.public ? 1 : 0,
    Math.trunc(nowMs),
  )
  addVersion(sql, id, filter.text, nowMs)
  return id
}

function addVersion(sql: Sql, filter: number, text: string, nowMs: number): void {
  sql.run(
    'INSERT INTO user_filter_versions (filter_id, text, created_ms) VALUES (?, ?, ?)',
    filter,
    text,
    Math.trunc(nowMs),
  )
}

/** Throws NOT_FOUND, also for one that has ended. */
export function changeFilter(
  { sql }: Room,
  id: number,
  change: { text?: string; group?: string | null; public?: boolean },
  nowMs: number,
): void {
  const now = userFilter(sql, id, null)
  if (now === null || now.endedMs !== null) throw new FountainError('NOT_FOUND', `There is no filter ${id} in force.`)
  if (change.text !== undefined && change.text !== now.text) addVersion(sql, id, change.text, nowMs)
  if (change.group !== undefined) {
    sql.run('UPDATE user_filters SET group_id = ? WHERE id = ?', groupId(sql, change.group), id)
  }
  if (change.public !== undefined) {
    sql.run('UPDATE user_filters SET public = ? WHERE id = ?', change.public ? 1 : 0, id)
  }
}

export function endFilter({ sql }: Room, id: number, nowMs: number): void {
  sql.run('UPDATE user_filters SET ended_ms = ? WHERE id = ? AND ended_ms IS NULL', Math.trunc(nowMs), id)
}

export function userFilters(sql: Sql, viewer: Viewer, { limit, beforeId }: Page): UserFilter[] {
  return sql
    .all<Row>(
      `SELECT ${columns} WHERE (f.public = 1 AND f.ended_ms IS NULL OR ${ofViewer}) AND f.id < ?2
        ORDER BY f.id DESC LIMIT ?3`,
      viewer?.user ?? null,
      beforeId ?? Number.MAX_SAFE_INTEGER,
      limit,
    )
    .map(filterOf)
}

export function userFilter(sql: Sql, id: number, viewer: Viewer): UserFilter | null {
  const row = sql.get<Row>(
    `SELECT ${columns} WHERE (f.public = 1 AND f.ended_ms IS NULL OR ${ofViewer}) AND f.id = ?2`,
    viewer?.user ?? null,
    id,
  )
  return row === undefined ? null : filterOf(row)
}

export function filtersInForce(sql: Sql): UserFilter[] {
  return sql
    .all<Row>(`SELECT ${columns} WHERE f.ended_ms IS NULL AND u.disabled_ms IS NULL ORDER BY f.id`)
    .map(filterOf)
}

export function userFilterVersions(sql: Sql, id: number): UserFilterVersion[] {
  return sql
    .all<{ id: number; text: string; created_ms: number }>(
      'SELECT id, text, created_ms FROM user_filter_versions WHERE filter_id = ? ORDER BY id DESC',
      id,
    )
    .map((row) => ({ id: row.id, text: row.text, createdMs: row.created_ms }))
}
