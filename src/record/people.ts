/** Users, groups and tokens: the commands behind `people-port.ts`. */
import { FountainError } from '../errors.ts'
import type { Sql } from './database.ts'
import type { Identity, NewToken, Scope, TokenLine, UserLine, UserRole } from './people-port.ts'
import type { Room } from './room.ts'

/** What the token of `admin-token.hash` is called. */
const fileToken = 'admin-token.hash'
const usedEveryMs = 60_000

interface UserRow {
  readonly id: number
  readonly name: string
  readonly email: string | null
  readonly role: UserRole
  readonly created_ms: number
  readonly disabled_ms: number | null
}

/** Throws NAME_TAKEN. */
export function addUser(
  { sql }: Room,
  { name, role, email }: { name: string; role: UserRole; email: string | null },
  nowMs: number,
): void {
  if (sql.get('SELECT 1 FROM users WHERE name = ?', name) !== undefined) {
    throw new FountainError('NAME_TAKEN', `There is a user '${name}' already.`)
  }
  sql.run('INSERT INTO users (name, email, role, created_ms) VALUES (?, ?, ?, ?)', name, email, role, Math.trunc(nowMs))
}

export function setUserDisabled({ sql }: Room, name: string, disabled: boolean, nowMs: number): void {
  const id = userId(sql, name)
  if (disabled) sql.run('UPDATE users SET disabled_ms = ? WHERE id = ? AND disabled_ms IS NULL', Math.trunc(nowMs), id)
  else sql.run('UPDATE users SET disabled_ms = NULL WHERE id = ?', id)
}

export function users(sql: Sql): UserLine[] {
  return sql.all<UserRow>('SELECT * FROM users ORDER BY name').map((row) => ({
    name: row.name,
    email: row.email,
    role: row.role,
    groups: groupsOf(sql, row.id),
    createdMs: row.created_ms,
    disabledMs: row.disabled_ms,
  }))
}

/** Throws NOT_FOUND. */
export function userId(sql: Sql, name: string): number {
  const row = sql.get<{ id: number }>('SELECT id FROM users WHERE name = ?', name)
  if (row === undefined) throw new FountainError('NOT_FOUND', `There is no user '${name}'.`)
  return row.id
}

/** Every filter in force is asked of every alert: a user has at most so many, and so many subscriptions. */
const mostInForce = 100

/** Throws TOO_MANY. */
export function checkRoom(sql: Sql, table: 'user_filters' | 'user_subscriptions', owner: number): void {
  const { n } = sql.get<{ n: number }>(
    `SELECT COUNT(*) AS n FROM ${table} WHERE owner_id = ? AND ended_ms IS NULL`,
    owner,
  ) ?? { n: 0 }
  if (n >= mostInForce) throw new FountainError('TOO_MANY', `${n} in force.`)
}

/** Throws NOT_FOUND; null stays null. */
export function groupId(sql: Sql, name: string | null): number | null {
  if (name === null) return null
  const row = sql.get<{ id: number }>('SELECT id FROM groups WHERE name = ?', name)
  if (row === undefined) throw new FountainError('NOT_FOUND', `There is no group '${name}'.`)
  return row.id
}

function groupsOf(sql: Sql, user: number): string[] {
  return sql
    .all<{ name: string }>(
      'SELECT g.name FROM members m JOIN groups g ON g.id = m.group_id WHERE m.user_id = ? ORDER BY g.name',
      user,
    )
    .map(({ name }) => name)
}

/** Throws NAME_TAKEN. */
export function addGroup({ sql }: Room, name: string, nowMs: number): void {
  if (sql.get('SELECT 1 FROM groups WHERE name = ?', name) !== undefined) {
    throw new FountainError('NAME_TAKEN', `There is a group '${name}' already.`)
  }
  sql.run('INSERT INTO groups (name, created_ms) VALUES (?, ?)', name, Math.trunc(nowMs))
}

export function joinGroup({ sql }: Room, group: string, user: string): void {
  sql.run(
    'INSERT OR IGNORE INTO members (group_id, user_id) VALUES (?, ?)',
    groupId(sql, group) as number,
    userId(sql, user),
  )
}

/** What they shared with the group stays shared: it is the group's too. Throws NOT_FOUND for who is no member. */
export function leaveGroup({ sql }: Room, group: string, user: string): void {
  const { changes } = sql.run(
    'DELETE FROM members WHERE group_id = ? AND user_id = ?',
    groupId(sql, group) as number,
    userId(sql, user),
  )
  if (changes === 0) throw new FountainError('NOT_FOUND', `'${user}' is no member of '${group}'.`)
}

export function groups(sql: Sql): { name: string; members: string[] }[] {
  return sql.all<{ id: number; name: string }>('SELECT id, name FROM groups ORDER BY name').map(({ id, name }) => ({
    name,
    members: sql
      .all<{ name: string }>(
        'SELECT u.name FROM members m JOIN users u ON u.id = m.user_id WHERE m.group_id = ? ORDER BY u.name',
        id,
      )
      .map((user) => user.name),
  }))
}

// ---------------------------------------------------------------- tokens

interface TokenRow {
  readonly id: number
  readonly user: string
  readonly name: string
  readonly hash: Uint8Array
  readonly scopes: string
  readonly created_ms: number
  readonly expires_ms: number | null
  readonly revoked_ms: number | null
  readonly used_ms: number | null
}

/** Throws USAGE where the user may not have such a token. */
export function addToken({ sql }: Room, token: NewToken, nowMs: number): number {
  const user = userId(sql, token.user)
  const role = sql.get<{ role: UserRole }>('SELECT role FROM users WHERE id = ?', user)?.role
  if (token.scopes.includes('admin') && role !== 'admin') {
    throw new FountainError('USAGE', `'${token.user}' is no admin: a token of theirs cannot have the scope admin.`)
  }
  return insertToken(sql, user, token, nowMs)
}

function insertToken(sql: Sql, user: number, token: Omit<NewToken, 'user'>, nowMs: number): number {
  return sql.run(
    'INSERT INTO tokens (user_id, name, hash, scopes, created_ms, expires_ms) VALUES (?, ?, ?, ?, ?, ?)',
    user,
    token.name,
    token.hash,
    JSON.stringify(token.scopes),
    Math.trunc(nowMs),
    token.expiresMs,
  ).id
}

/** Throws NOT_FOUND. Twice is the same as once. */
export function revokeToken({ sql }: Room, id: number, nowMs: number): void {
  if (sql.get('SELECT 1 FROM tokens WHERE id = ?', id) === undefined) {
    throw new FountainError('NOT_FOUND', `There is no token ${id}.`)
  }
  sql.run('UPDATE tokens SET revoked_ms = ? WHERE id = ? AND revoked_ms IS NULL', Math.trunc(nowMs), id)
}

export function tokens(sql: Sql, user: string | null): TokenLine[] {
  if (user !== null) userId(sql, user)
  return sql
    .all<TokenRow>(
      `SELECT t.*, u.name AS user FROM tokens t JOIN users u ON u.id = t.user_id
        WHERE ?1 IS NULL OR u.name = ?1 ORDER BY t.id`,
      user,
    )
    .map((row) => ({
      id: row.id,
      user: row.user,
      name: row.name,
      scopes: JSON.parse(row.scopes) as Scope[],
      createdMs: row.created_ms,
      expiresMs: row.expires_ms,
      revokedMs: row.revoked_ms,
      usedMs: row.used_ms,
    }))
}

export function tokenByHash(sql: Sql, hash: Uint8Array, nowMs: number): Identity | null {
  const row = sql.get<TokenRow & { user_id: number; role: UserRole; disabled_ms: number | null }>(
    `SELECT t.*, u.name AS user, u.role, u.disabled_ms FROM tokens t JOIN users u ON u.id = t.user_id
      WHERE t.hash = ?`,
    hash,
  )
  if (row === undefined || row.revoked_ms !== null || row.disabled_ms !== null) return null
  if (row.expires_ms !== null && row.expires_ms <= nowMs) return null
  return {
    tokenId: row.id,
    hash: row.hash,
    user: row.user,
    role: row.role,
    groups: groupsOf(sql, row.user_id),
    // Who is no admin any more has no admin's token either.
    scopes: (JSON.parse(row.scopes) as Scope[]).filter((scope) => scope !== 'admin' || row.role === 'admin'),
    usedMs: row.used_ms,
  }
}

export function tokenUsed({ sql }: Room, id: number, nowMs: number): void {
  sql.run(
    'UPDATE tokens SET used_ms = ?2 WHERE id = ?1 AND (used_ms IS NULL OR used_ms <= ?2 - ?3)',
    id,
    Math.trunc(nowMs),
    usedEveryMs,
  )
}

export function adoptAdminToken(room: Room, hash: Uint8Array, nowMs: number): void {
  const { sql } = room
  if (sql.get('SELECT 1 FROM tokens WHERE hash = ?', hash) !== undefined) return
  if (sql.get("SELECT 1 FROM users WHERE name = 'admin'") === undefined) {
    addUser(room, { name: 'admin', role: 'admin', email: null }, nowMs)
  }
  sql.run('UPDATE tokens SET revoked_ms = ? WHERE name = ? AND revoked_ms IS NULL', Math.trunc(nowMs), fileToken)
  const scopes: readonly Scope[] = ['read', 'filters', 'subscriptions', 'deliveries', 'drafts', 'admin']
  insertToken(sql, userId(sql, 'admin'), { name: fileToken, hash, scopes, expiresMs: null }, nowMs)
}
