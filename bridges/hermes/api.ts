/** Hermes' API: one call, and what its answer means. An answer with status 200 may hold an error. */
import { DeliveryError } from '../contract.ts'
import { hideSecrets } from '../hide-secrets.ts'
import { type Http, type HttpResponse, retryAfterMs } from '../http.ts'
import { ownAddressFault } from '../own-address.ts'
import { oneLine } from '../words.ts'
import type { HermesConfig } from './config.ts'

export interface Call {
  readonly method: 'GET' | 'POST'
  readonly path: 'profile/' | 'submit_message/'
  readonly body?: Uint8Array
  readonly signal: AbortSignal
  readonly nowMs: number
}

/** The fields of the answer. Throws DeliveryError. */
export async function call(
  http: Http,
  { api, token, networks }: HermesConfig,
  { method, path, body, signal, nowMs }: Call,
): Promise<Readonly<Record<string, unknown>>> {
  // A question makes nothing.
  const unknown = method === 'GET' ? 'no' : 'maybe'
  const response = await http
    .request({
      method,
      url: `${api}/${path}`,
      headers: {
        Authorization: `Token ${token}`,
        Accept: 'application/json',
        'User-Agent': 'Fountain',
        ...(body === undefined ? {} : { 'Content-Type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body }),
      signal,
      networks,
    })
    .catch(ownAddressFault('api', unknown !== 'no'))
  const fields = fieldsOf(response)
  const why = oneLine(hideSecrets(wordsOf(fields), [token]), 300)
  const reply = `${path} ${response.status}${why === '' ? '' : `: ${why}`}`
  const { status } = response
  if (status === 429) {
    const after = retryAfterMs(response, nowMs)
    throw new DeliveryError('retry', 'no', reply, after === undefined ? {} : { retryAfterMs: after })
  }
  // 408: who waited so long for the rest of it may have it.
  if (status >= 500 || status === 408) throw new DeliveryError('retry', unknown, reply)
  if (status === 401 || status === 403) {
    throw new DeliveryError(
      'halt',
      'no',
      `${reply}; take the token of your profile at Hermes, and give it as \`token\``,
    )
  }
  if (status === 404 || status === 405) throw new DeliveryError('halt', 'no', `${reply}; no Hermes answers at \`api\``)
  if (typeof fields?.error === 'string') throw refused(status, fields.error, reply)
  if (status >= 300 && status < 400) throw new DeliveryError('retry', 'no', `${reply}, and no answer of Hermes`)
  if (status >= 400) throw new DeliveryError('reject', 'no', reply)
  if (fields === undefined) throw new DeliveryError('retry', unknown, `${path} ${status}, and no answer of Hermes`)
  return fields
}

/** Hermes' own words, whatever the status. */
function refused(status: number, error: string, reply: string): DeliveryError {
  if (/credential/i.test(error)) {
    const mend = 'log out of Hermes and in again, so that the account gets its SCiMMA credential'
    return new DeliveryError('halt', 'no', `${reply}; ${mend}`)
  }
  if (/kafka/i.test(error)) {
    if (/authoriz/i.test(error)) {
      const mend = 'ask the owners of the topic for the right to write, or name another one'
      return new DeliveryError('halt', 'no', `${reply}; ${mend}`)
    }
    // Hermes lost sight of what it had handed on.
    return new DeliveryError('retry', 'maybe', reply)
  }
  return new DeliveryError('reject', status < 300 ? 'maybe' : 'no', reply)
}

function fieldsOf({ body }: HttpResponse): Readonly<Record<string, unknown>> | undefined {
  try {
    const parsed: unknown = JSON.parse(Buffer.from(body).toString('utf8'))
    return typeof parsed === 'object' && parsed !== null ? (parsed as Record<string, unknown>) : undefined
  } catch {
    return undefined
  }
}

/** `{"error": …}`, `{"detail": …}`, or the serializer's lists by field: `data.targets.0.ra: …`. */
function wordsOf(fields: Readonly<Record<string, unknown>> | undefined): string {
  if (fields === undefined) return ''
  const own = fields.error ?? fields.detail
  if (typeof own === 'string') return own
  const found: string[] = []
  const look = (value: unknown, path: string, depth: number): void => {
    if (found.length >= 8 || depth > 6) return
    if (typeof value === 'string') found.push(path === '' ? value : `${path}: ${value}`)
    else if (Array.isArray(value) && value.every((one) => typeof one === 'string')) look(value.join(' '), path, depth)
    else if (typeof value === 'object' && value !== null) {
      for (const [name, inner] of Object.entries(value)) look(inner, path === '' ? name : `${path}.${name}`, depth + 1)
    }
  }
  look(fields, '', 0)
  return found.join('; ')
}
