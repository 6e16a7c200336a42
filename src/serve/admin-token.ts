/**
 * The first token: it belongs to the user `admin`, is shown once at the first start, and its SHA-256 lies in
 * `data/admin-token.hash`. Whoever lost it deletes the file and restarts: the old one then works no more.
 */
import { chmodSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { FountainError } from '../errors.ts'
import { newToken } from './tokens.ts'

export interface AdminToken {
  /** The token itself, before it is kept for the first time. */
  readonly fresh?: string
  readonly hash: Buffer
  /** Stores the hash of a fresh token. Throws ADMIN_TOKEN_FILE. */
  keep(): void
}

const form = /^sha256:([0-9a-f]{64})\n?$/

/** Reads the stored hash, or makes a token that is yet to be kept. Throws ADMIN_TOKEN_FILE. */
export function openAdminToken(dataDir: string): AdminToken {
  const path = join(dataDir, 'admin-token.hash')
  const stored = readStored(path)
  if (stored !== undefined) return { hash: stored, keep() {} }
  const { token, hash } = newToken()
  return {
    fresh: token,
    hash,
    keep() {
      try {
        writeFileSync(path, `sha256:${hash.toString('hex')}\n`, { mode: 0o600, flag: 'wx', flush: true })
      } catch (cause) {
        throw new FountainError('ADMIN_TOKEN_FILE', `${path}: ${(cause as Error).message}`, { cause })
      }
    },
  }
}

function readStored(path: string): Buffer | undefined {
  let text: string
  try {
    text = readFileSync(path, 'utf8')
    // Somebody may have copied the directory with other rights.
    chmodSync(path, 0o600)
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw new FountainError('ADMIN_TOKEN_FILE', `${path}: ${(cause as Error).message}`, { cause })
  }
  const hash = form.exec(text)?.[1]
  if (hash === undefined) throw new FountainError('ADMIN_TOKEN_FILE', `${path} is not one line of sha256:<64 digits>`)
  return Buffer.from(hash, 'hex')
}
