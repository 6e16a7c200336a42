/**
 * X's API, version 2: one call, and what its answer means. Sources: https://docs.x.com/x-api/fundamentals/rate-limits,
 * …/response-codes-and-errors; the words for a repeated text and a lost parent are those that clients have met.
 */
import { randomBytes } from 'node:crypto'
import { DeliveryError } from '../contract.ts'
import { hideSecrets } from '../hide-secrets.ts'
import type { Http, HttpResponse } from '../http.ts'
import { retryAfterMs } from '../http.ts'
import { ownAddressFault } from '../own-address.ts'
import { oneLine } from '../words.ts'
import { authorization, type Keys } from './oauth.ts'

export interface XSettings extends Keys {
  readonly api: string
  readonly networks: readonly string[]
}
export type Data = Readonly<Record<string, unknown>>

export type Why = 'same text again' | 'no such parent' | 'other'

/** X understood and refused. */
export class XRefusal extends DeliveryError {
  readonly why: Why
  constructor(why: Why, ...rest: ConstructorParameters<typeof DeliveryError>) {
    super(...rest)
    this.why = why
  }
}

export interface Call {
  readonly method: 'GET' | 'POST'
  /** Begins with `/2/`. */
  readonly path: string
  readonly body?: { readonly type: string; readonly bytes: Uint8Array | string }
  readonly signal: AbortSignal
  readonly nowMs: number
}

/** `data` of the answer. Throws DeliveryError; XRefusal where X gave a reason. */
export async function call(http: Http, settings: XSettings, request: Call): Promise<Data> {
  const { method, path, body, signal, nowMs } = request
  const url = `${settings.api}${path}`
  const unknown = unknownEnd(method)
  const response = await http
    .request({
      method,
      url,
      headers: {
        Authorization: authorization(settings, {
          method,
          url,
          nonce: randomBytes(16).toString('hex'),
          timestampS: Math.floor(nowMs / 1000),
        }),
        'User-Agent': 'Fountain',
        ...(body === undefined ? {} : { 'Content-Type': body.type }),
      },
      ...(body === undefined ? {} : { body: body.bytes }),
      signal,
      networks: settings.networks,
    })
    .catch(ownAddressFault('api', unknown !== 'no'))
  const fields = fieldsOf(response)
  if (response.status >= 300) throw refusal(request, response, fields, settings)
  const data = fields?.data
  if (typeof data !== 'object' || data === null) {
    throw new DeliveryError('retry', unknown, `${path}: ${response.status}, and no answer of X`)
  }
  return data as Data
}

/** Of a call whose end nobody knows: a question makes nothing. */
const unknownEnd = (method: Call['method']) => (method === 'GET' ? 'no' : 'maybe')

function refusal(
  { method, path, nowMs }: Call,
  response: HttpResponse,
  fields: Data | undefined,
  settings: XSettings,
): DeliveryError {
  const { status } = response
  const said = wordsOf(fields, settings)
  const reply = `${path}: ${status}${said === '' ? '' : ` ${said}`}`
  const after = status === 429 ? resetMs(response, nowMs) : retryAfterMs(response, nowMs)
  const later = after === undefined ? {} : { retryAfterMs: after }
  if (status === 429) return new XRefusal('other', 'retry', 'no', reply, later)
  // 408: who waited so long for the rest of it may have it.
  if (status >= 500 || status === 408) return new DeliveryError('retry', unknownEnd(method), reply, later)
  if (status === 401) {
    return new XRefusal('other', 'halt', 'no', `${reply}: X does not take the keys, or the clock here is wrong`)
  }
  if (status === 402) return new XRefusal('other', 'halt', 'no', `${reply}: buy credits in the Developer Console`)
  if (/duplicate content|status is a duplicate/i.test(said)) {
    return new XRefusal('same text again', 'reject', 'no', `${reply}: change the text, if it is to be said again`)
  }
  if (
    /reply to a (tweet|post) that is deleted|in_reply_to_tweet_id|reply to this conversation is not allowed/i.test(said)
  ) {
    return new XRefusal('no such parent', 'reject', 'no', reply)
  }
  if (status === 403) {
    const hint = 'the account may be locked, or its token be made without “read and write”'
    return new XRefusal('other', 'halt', 'no', `${reply}: ${hint}`)
  }
  // A proxy, or an `api` that is none: X says why in words. The message can wait for better days.
  if (said === '' || status < 400) return new DeliveryError('retry', 'no', `${reply}, and no answer of X`)
  return new XRefusal('other', 'reject', 'no', reply)
}

function fieldsOf({ body }: HttpResponse): Data | undefined {
  try {
    const parsed: unknown = JSON.parse(Buffer.from(body).toString('utf8'))
    return typeof parsed === 'object' && parsed !== null ? (parsed as Data) : undefined
  } catch {
    return undefined
  }
}

/** `detail`, else `title`, and the first error's own words. */
function wordsOf(
  fields: Data | undefined,
  { consumerKey, consumerSecret, accessToken, accessTokenSecret }: Keys,
): string {
  const first = Array.isArray(fields?.errors) ? (fields.errors[0] as Data | undefined) : undefined
  const parameters = Object.keys((first?.parameters as object | undefined) ?? {})
  const said = [fields?.detail ?? fields?.title, first?.message ?? first?.detail, ...parameters]
  const text = said.filter((one) => typeof one === 'string' && one !== '').join('; ')
  const secrets = [consumerKey, consumerSecret, accessToken, accessTokenSecret]
  return oneLine(hideSecrets(text, secrets), 300).replace(/\.$/, '')
}

/** When the limit that is used up starts anew: the header gives Unix seconds; limits of a day have their own. */
function resetMs(response: HttpResponse, nowMs: number): number | undefined {
  const { headers } = response
  const at = (name: string) => {
    const seconds = Number(headers[`${name}-reset`] ?? Number.NaN)
    return Number.isFinite(seconds) ? Math.min(Math.max(0, seconds * 1000 - nowMs), 86_400_000) : undefined
  }
  const days = ['x-user-limit-24hour', 'x-app-limit-24hour'].filter(
    (name) => Number(headers[`${name}-remaining`]) === 0,
  )
  const waits = [...days, 'x-rate-limit'].map(at).filter((ms) => ms !== undefined)
  return waits.length === 0 ? retryAfterMs(response, nowMs) : Math.max(...waits)
}
