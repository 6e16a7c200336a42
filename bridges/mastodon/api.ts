/** Mastodon's REST API: one call, and what its answer means (https://docs.joinmastodon.org/client/intro/). */
import { DeliveryError } from '../contract.ts'
import { hideSecrets } from '../hide-secrets.ts'
import { type Http, type HttpResponse, retryAfterMs } from '../http.ts'
import { ownAddressFault } from '../own-address.ts'
import { oneLine } from '../words.ts'

export interface MastodonSettings {
  /** Without a slash at its end. */
  readonly instance: string
  readonly token: string
  readonly networks: readonly string[]
}
export interface Call {
  readonly method: 'GET' | 'POST'
  /** With its query. */
  readonly path: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string | Uint8Array
  /** People see what this call makes: an end that is not known may be a post. */
  readonly publishes?: boolean
  /** Statuses that are no error here. */
  readonly allowed?: readonly number[]
  readonly signal: AbortSignal
  readonly nowMs: number
}
export interface Answer {
  readonly status: number
  readonly fields: Fields
}
export type Fields = Readonly<Record<string, unknown>>

/** The instance understood the call and said no. */
export class MastodonRefusal extends DeliveryError {
  readonly status: number
  constructor(status: number, ...rest: ConstructorParameters<typeof DeliveryError>) {
    super(...rest)
    this.status = status
  }
}

const wholeDayMs = 86_400_000

/** Throws DeliveryError; MastodonRefusal where the instance answered with a status of its own. */
export async function call(http: Http, settings: MastodonSettings, request: Call): Promise<Answer> {
  const { instance, token, networks } = settings
  const { method, path, headers = {}, body, publishes = false, allowed = [], signal, nowMs } = request
  const unknown = publishes ? 'maybe' : 'no'
  const response = await http
    .request({
      method,
      url: `${instance}${path}`,
      headers: { Accept: 'application/json', Authorization: `Bearer ${token}`, 'User-Agent': 'Fountain', ...headers },
      ...(body === undefined ? {} : { body }),
      signal,
      networks,
    })
    .catch(ownAddressFault('instance', publishes))
  const { status } = response
  const fields = fieldsOf(response)
  const said = typeof fields?.error === 'string' ? oneLine(hideSecrets(fields.error, [token]), 300) : ''
  const reply = `${method} ${path.replace(/\?.*/, '')}: ${status}${said === '' ? '' : ` ${said}`}`
  const refuse = (
    kind: 'retry' | 'reject' | 'halt',
    reached: 'no' | 'maybe',
    more = '',
    options: { retryAfterMs?: number } = {},
  ) => new MastodonRefusal(status, kind, reached, `${reply}${more}`, options)
  if (allowed.includes(status)) return { status, fields: fields ?? {} }
  if (status === 429) throw refuse('retry', 'no', '', waitOf(response, nowMs))
  // 408: who waited so long for the rest of it may have it.
  if (status >= 500 || status === 408) throw refuse('retry', unknown, '', waitOf(response, nowMs))
  if (status === 401) throw refuse('halt', 'no', '; is the token still good?')
  if (status === 403) throw refuse('halt', 'no', '; does the token have the scopes of the README, is the account open?')
  if (status === 404 && said === '') throw refuse('halt', 'no', ': no Mastodon answers there')
  if (status >= 400) throw refuse('reject', 'no')
  if (status >= 300) throw refuse('halt', 'no', ': it sends elsewhere; is `instance` its address today?')
  if (fields === undefined) throw new DeliveryError('retry', unknown, `${reply}, and no answer of Mastodon`)
  return { status, fields }
}

/** `X-RateLimit-Reset` is a date in ISO 8601; other servers of the kind say `Retry-After`. */
function waitOf(response: HttpResponse, nowMs: number): { retryAfterMs?: number } {
  const reset = response.status === 429 ? Date.parse(response.headers['x-ratelimit-reset'] ?? '') - nowMs : Number.NaN
  const afterMs = retryAfterMs(response, nowMs) ?? (Number.isNaN(reset) ? undefined : Math.max(0, reset))
  return afterMs === undefined ? {} : { retryAfterMs: Math.min(afterMs, wholeDayMs) }
}

/** A list comes under the name `list`. */
function fieldsOf({ body }: HttpResponse): Fields | undefined {
  try {
    const parsed: unknown = JSON.parse(Buffer.from(body).toString('utf8'))
    if (Array.isArray(parsed)) return { list: parsed }
    return typeof parsed === 'object' && parsed !== null ? (parsed as Fields) : undefined
  } catch {
    return undefined
  }
}
