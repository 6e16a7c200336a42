/** Who reads what is posted at a service's address, told by its spelling alone: no name is looked up for it. */
import { isIP } from 'node:net'
import type { Audience } from './contract.ts'
import { isPublicAddress } from './public-address.ts'

/**
 * `sandbox`: a literal address that is not public, or a name that no public server can have (RFC 6761, RFC 8375,
 * `.internal`); such a host never counts as live. Any other is `public` with `live: true`, and without it `nobody`.
 */
export function postAudience(url: string, live: boolean): Audience {
  if (isOwnHost(new URL(url).hostname.replace(/^\[|\]$/g, ''))) return 'sandbox'
  return live ? 'public' : 'nobody'
}

/** Would a secret that goes there be read on the way? On machines of one's own nobody is in between. */
export function isInTheClear(url: string): boolean {
  return new URL(url).protocol !== 'https:' && postAudience(url, true) !== 'sandbox'
}

function isOwnHost(host: string): boolean {
  if (isIP(host) !== 0) return !isPublicAddress(host)
  return /^(?:[^.]+|.*\.(?:localhost|test|invalid|internal|local|home\.arpa))\.?$/i.test(host)
}
