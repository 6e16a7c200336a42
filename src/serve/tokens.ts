/** Tokens: 256 random bits, shown once, known afterwards by their SHA-256 alone. */
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto'
import type { Identity, People, Scope } from '../record/people-port.ts'

/** What a token may allow: `read` what is its user's, change filters, and so on; `admin` everything. */
export const scopes = ['read', 'filters', 'subscriptions', 'deliveries', 'drafts', 'admin'] as const satisfies Scope[]

export type TokenStore = Pick<People, 'tokenByHash' | 'tokenUsed' | 'adoptAdminToken'>

/** A fresh token and what is kept of it. (No slow hash: such a token cannot be guessed, whatever the speed.) */
export function newToken(): { readonly token: string; readonly hash: Buffer } {
  const token = `fountain_${randomBytes(32).toString('base64url')}`
  return { token, hash: hashOf(token) }
}

export function hashOf(token: string): Buffer {
  return createHash('sha256').update(token).digest()
}

const usedEveryMs = 60_000

/** Whom this token stands for, asked of the store every time, so that a revoked one ends at once. */
export async function identityOf(token: string, store: TokenStore, nowMs: number): Promise<Identity | null> {
  const hash = hashOf(token)
  const found = await store.tokenByHash(hash, nowMs)
  if (found === null || !timingSafeEqual(hash, found.hash)) return null
  if (found.usedMs === null || found.usedMs <= nowMs - usedEveryMs) await store.tokenUsed(found.tokenId, nowMs)
  return found
}

/** `admin` allows everything, and only an admin's token has it. */
export function allows(identity: Identity, scope: Scope): boolean {
  return identity.scopes.includes(scope) || identity.scopes.includes('admin')
}
