/** Whose account it is, and whether it says that it is a bot. */
import { DeliveryError } from '../contract.ts'
import { oneLine } from '../words.ts'
import type { Ask, Sessions } from './session.ts'
import { type Fields, XrpcRefusal } from './xrpc.ts'

export interface Account {
  readonly name: string
  /** By a label that it gave itself. */
  readonly bot: boolean
}

/** Throws DeliveryError: `halt` where the login is wrong or the account is closed. */
export async function readAccount(sessions: Sessions, ask: Ask): Promise<Account> {
  const { handle, active, status } = await sessions.call(ask, () => ({
    method: 'com.atproto.server.getSession',
    query: {},
  }))
  const name = oneLine(String(handle), 80)
  if (active === false) throw new DeliveryError('halt', 'no', `${name} is not active: ${oneLine(String(status), 40)}`)
  return { name, bot: await labelsItself(sessions, ask) }
}

async function labelsItself(sessions: Sessions, ask: Ask): Promise<boolean> {
  try {
    const { value } = await sessions.call(ask, (did) => ({
      method: 'com.atproto.repo.getRecord',
      query: { repo: did, collection: 'app.bsky.actor.profile', rkey: 'self' },
    }))
    const { values } = ((value as Fields | undefined)?.labels ?? {}) as Fields
    return Array.isArray(values) && values.some((label: Fields | null) => label?.val === 'bot')
  } catch (error) {
    // An account without a profile says nothing of itself.
    if (error instanceof XrpcRefusal && error.kind === 'reject') return false
    throw error
  }
}
