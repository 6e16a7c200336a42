/** Calls of the AT Protocol over HTTP, and what their answers mean (https://atproto.com/specs/xrpc). */
import { DeliveryError } from '../contract.ts'
import { hideSecrets } from '../hide-secrets.ts'
import { type Http, type HttpResponse, retryAfterMs } from '../http.ts'
import { ownAddressFault } from '../own-address.ts'
import { oneLine } from '../words.ts'

export interface Service {
  /** Without a slash at its end. */
  readonly service: string
  readonly networks: readonly string[]
}
export interface Call {
  /** `com.atproto.repo.createRecord`. */
  readonly method: string
  readonly token?: string
  /** A query. */
  readonly query?: Readonly<Record<string, string>>
  /** A procedure: JSON, or bytes of a media type. */
  readonly json?: object
  readonly bytes?: { readonly mediaType: string; readonly bytes: Uint8Array }
  /** People see what this call makes: an end that is not known may be a post. */
  readonly publishes?: boolean
  readonly secrets: readonly string[]
  readonly signal: AbortSignal
  readonly nowMs: number
}
export type Fields = Readonly<Record<string, unknown>>

/** The service understood the call and said no: `code` is its name for why. */
export class XrpcRefusal extends DeliveryError {
  readonly status: number
  readonly code: string
  constructor(status: number, code: string, ...rest: ConstructorParameters<typeof DeliveryError>) {
    super(...rest)
    this.status = status
    this.code = code
  }
}

/** Whoever runs the gateway must act. `ExpiredToken` and `InvalidToken` are not among them: a new session mends them. */
const halting = new Set([
  ...['AccountTakedown', 'AccountDeactivated', 'AccountSuspended', 'AuthFactorTokenRequired'],
  ...['AuthenticationRequired', 'AuthMissing', 'AuthRequired', 'MethodNotImplemented', 'RepoTakendown'],
  ...['RepoSuspended', 'RepoDeactivated', 'InvalidEmail'],
])
const wholeDayMs = 86_400_000

/** Throws DeliveryError; XrpcRefusal where the service answered with a status of its own. */
export async function call(http: Http, { service, networks }: Service, request: Call): Promise<Fields> {
  const { method, token, query, json, bytes, publishes = false, secrets, signal, nowMs } = request
  const unknown = publishes ? 'maybe' : 'no'
  const isQuery = query !== undefined
  const body = json === undefined ? bytes?.bytes : JSON.stringify(json)
  const mediaType = json === undefined ? bytes?.mediaType : 'application/json'
  const response = await http
    .request({
      method: isQuery ? 'GET' : 'POST',
      url: `${service}/xrpc/${method}${isQuery ? `?${new URLSearchParams(query)}` : ''}`,
      headers: {
        Accept: 'application/json',
        'User-Agent': 'Fountain',
        ...(token === undefined ? {} : { Authorization: `Bearer ${token}` }),
        ...(mediaType === undefined ? {} : { 'Content-Type': mediaType }),
      },
      ...(body === undefined ? {} : { body }),
      signal,
      networks,
    })
    .catch(ownAddressFault('service', publishes))
  const { status } = response
  const fields = fieldsOf(response)
  const said = (value: unknown) => (typeof value === 'string' ? oneLine(hideSecrets(value, secrets), 300) : '')
  const code = said(fields?.error)
  const reply = [`${method}: ${status}`, code, said(fields?.message)].filter((text) => text !== '').join(' ')
  const refuse = (kind: 'retry' | 'reject' | 'halt', reached: 'no' | 'maybe', more = '') =>
    new XrpcRefusal(status, code, kind, reached, `${reply}${more}`, waitOf(response, nowMs))
  if (status === 429 || code === 'RateLimitExceeded') throw refuse('retry', 'no')
  // 408: who waited so long for the rest of it may have it.
  if (status >= 500 || status === 408) throw refuse('retry', unknown)
  if (halting.has(code) || status === 401 || status === 403) throw refuse('halt', 'no')
  if (status === 404 && code === '') throw refuse('halt', 'no', ': no service of the AT Protocol answers there')
  if (status >= 400) throw refuse('reject', 'no')
  if (status >= 300) throw refuse('halt', 'no', ': it sends elsewhere; is `service` its address today?')
  if (fields === undefined) throw new DeliveryError('retry', unknown, `${reply}, and no answer of the service`)
  return fields
}

/** `ratelimit-reset` is a time in seconds since 1970. */
function waitOf(response: HttpResponse, nowMs: number): { retryAfterMs?: number } {
  const seconds = response.status === 429 ? response.headers['ratelimit-reset'] : undefined
  const resetMs = seconds !== undefined && /^\d{9,11}$/.test(seconds) ? Number(seconds) * 1000 - nowMs : undefined
  const afterMs = retryAfterMs(response, nowMs) ?? (resetMs === undefined ? undefined : Math.max(0, resetMs))
  return afterMs === undefined ? {} : { retryAfterMs: Math.min(afterMs, wholeDayMs) }
}

function fieldsOf({ body }: HttpResponse): Fields | undefined {
  try {
    const parsed: unknown = JSON.parse(Buffer.from(body).toString('utf8'))
    return typeof parsed === 'object' && parsed !== null ? (parsed as Fields) : undefined
  } catch {
    return undefined
  }
}
