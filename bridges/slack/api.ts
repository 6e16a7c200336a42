/**
 * Slack's Web API: one call, and what its answer means. An answer with status 200 may hold an error; the words of
 * those errors are Slack's own (https://docs.slack.dev/reference/methods/chat.postMessage).
 */
import { DeliveryError } from '../contract.ts'
import type { Http, HttpResponse } from '../http.ts'
import { retryAfterMs } from '../http.ts'
import { ownAddressFault } from '../own-address.ts'
import { oneLine } from '../words.ts'

export interface SlackSettings {
  readonly api: string
  readonly token: string
  readonly networks: readonly string[]
}
export interface Answer {
  readonly fields: Readonly<Record<string, unknown>>
  readonly headers: Readonly<Record<string, string>>
}
/** A call that Slack understood and refused: `code` is its word for why. */
export class SlackRefusal extends DeliveryError {
  readonly code: string
  constructor(code: string, ...rest: ConstructorParameters<typeof DeliveryError>) {
    super(...rest)
    this.code = code
  }
}

/** Whoever runs the gateway must act: no message would fare better. */
const halting = new Set([
  ...['invalid_auth', 'not_authed', 'account_inactive', 'token_revoked', 'token_expired', 'missing_scope'],
  ...['no_permission', 'not_allowed_token_type', 'org_login_required', 'ekm_access_denied', 'access_denied'],
  ...['accesslimited', 'enterprise_is_restricted', 'team_access_not_granted', 'two_factor_setup_required'],
  ...['method_deprecated', 'deprecated_endpoint'],
])
/** Nobody reads there any more. */
const gone = new Set(['channel_not_found', 'is_archived', 'user_not_found', 'user_disabled'])
/** Slack may have done part of it. */
const broken = new Set(['internal_error', 'fatal_error', 'service_unavailable', 'request_timeout', 'team_added_to_org'])
const tooMany = new Set(['ratelimited', 'rate_limited', 'message_limit_exceeded'])

/** Calls a method. Throws DeliveryError; SlackRefusal where Slack gave a reason. */
export async function call(
  http: Http,
  { api, token, networks }: SlackSettings,
  request: { method: string; type: 'json' | 'form'; body: string | Uint8Array; signal: AbortSignal; nowMs: number },
): Promise<Answer> {
  const { method, type, body, signal, nowMs } = request
  const response = await http
    .request({
      method: 'POST',
      url: `${api}/${method}`,
      headers: {
        Authorization: `Bearer ${token}`,
        'Content-Type': type === 'json' ? 'application/json; charset=utf-8' : 'application/x-www-form-urlencoded',
        'User-Agent': 'Fountain',
      },
      body,
      signal,
      networks,
    })
    .catch(ownAddressFault('api', true))
  const fields = fieldsOf(response)
  const code = typeof fields?.error === 'string' ? oneLine(fields.error.replaceAll(token, '***'), 80) : ''
  const after = retryAfterMs(response, nowMs)
  const options = after === undefined ? {} : { retryAfterMs: after }
  const reply = `${method}: ${response.status}${code === '' ? '' : ` ${code}`}${needed(fields)}`
  if (response.status === 429 || tooMany.has(code)) throw new SlackRefusal(code, 'retry', 'no', reply, options)
  if (response.status >= 500 || broken.has(code)) throw new SlackRefusal(code, 'retry', 'maybe', reply, options)
  if (halting.has(code)) throw new SlackRefusal(code, 'halt', 'no', reply)
  if (code !== '') throw new SlackRefusal(code, 'reject', 'no', reply, { addressDead: gone.has(code) })
  // A proxy, or an `api` that is none: Slack gives its refusals a word. The message can wait for better days.
  if (response.status >= 300) throw new DeliveryError('retry', 'no', `${reply}, and no answer of Slack`)
  if (fields?.ok !== true)
    throw new DeliveryError('retry', 'maybe', `${method}: ${response.status}, and no answer of Slack`)
  return { fields, headers: response.headers }
}

function fieldsOf({ body }: HttpResponse): Readonly<Record<string, unknown>> | undefined {
  try {
    const parsed: unknown = JSON.parse(Buffer.from(body).toString('utf8'))
    return typeof parsed === 'object' && parsed !== null ? (parsed as Record<string, unknown>) : undefined
  } catch {
    return undefined
  }
}

/** Which scope is missing, where Slack says it. */
function needed(fields: Readonly<Record<string, unknown>> | undefined): string {
  return typeof fields?.needed === 'string' ? ` (needed: ${oneLine(fields.needed, 80)})` : ''
}
