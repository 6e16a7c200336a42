/**
 * OAuth 1.0a of one request in the name of an account: HMAC-SHA1 (RFC 5849 §3.4). Bodies that are JSON or multipart
 * are no part of what is signed (§3.4.1.3.1).
 */
import { createHmac } from 'node:crypto'

export interface Keys {
  readonly consumerKey: string
  readonly consumerSecret: string
  readonly accessToken: string
  readonly accessTokenSecret: string
}

export interface Signed {
  readonly method: string
  /** With its query, without a fragment. */
  readonly url: string
  /** Of a form; empty otherwise. */
  readonly form?: readonly (readonly [string, string])[]
  readonly nonce: string
  /** Seconds since the epoch. */
  readonly timestampS: number
}

/** The value of the header `Authorization`. */
export function authorization(keys: Keys, request: Signed): string {
  const fields = [
    ['oauth_consumer_key', keys.consumerKey],
    ['oauth_nonce', request.nonce],
    ['oauth_signature_method', 'HMAC-SHA1'],
    ['oauth_timestamp', `${request.timestampS}`],
    ['oauth_token', keys.accessToken],
    ['oauth_version', '1.0'],
  ] as const
  const signature = sign(keys, request, fields)
  return `OAuth ${[...fields, ['oauth_signature', signature]].map(([name, value]) => `${name}="${encoded(value!)}"`).join(', ')}`
}

/** Base64. `fields` are those of the header without the signature. */
export function sign(
  { consumerSecret, accessTokenSecret }: Pick<Keys, 'consumerSecret' | 'accessTokenSecret'>,
  { method, url, form = [] }: Pick<Signed, 'method' | 'url' | 'form'>,
  fields: readonly (readonly [string, string])[],
): string {
  const { origin, pathname, searchParams } = new URL(url)
  const parameters = [...fields, ...form, ...searchParams]
    .map(([name, value]) => [encoded(name), encoded(value)] as const)
    .sort(([a, x], [b, y]) => (a === b ? order(x, y) : order(a, b)))
    .map(([name, value]) => `${name}=${value}`)
    .join('&')
  const base = [method.toUpperCase(), `${origin}${pathname}`, parameters].map(encoded).join('&')
  return createHmac('sha1', `${encoded(consumerSecret)}&${encoded(accessTokenSecret)}`)
    .update(base)
    .digest('base64')
}

/** By bytes: what is encoded is ASCII. */
const order = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)

/** RFC 5849 §3.6: all but letters, digits, `-`, `.`, `_`, `~`. */
function encoded(text: string): string {
  return encodeURIComponent(text).replace(/[!'()*]/g, (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`)
}
