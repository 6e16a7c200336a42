/**
 * The schema's id in a Confluent-style registry, by subject `<topic>-value` (its TopicNameStrategy). An id once given
 * stands for ever, so each topic asks once in the life of the bridge.
 */
import { avro3SchemaText } from '../../vo/voevent-3/avro-schema.ts'
import { DeliveryError } from '../contract.ts'
import type { Http, HttpResponse } from '../http.ts'
import { oneLine } from '../words.ts'

export interface SchemaIds {
  /** Throws DeliveryError, reached `no`. */
  idOf(topic: string, signal: AbortSignal): Promise<number>
  /** Does the registry answer, and take our credentials? Throws DeliveryError. */
  check(signal: AbortSignal): Promise<void>
}

const mediaType = 'application/vnd.schemaregistry.v1+json'

export function openSchemaIds(http: Http, address: string, register: boolean): SchemaIds {
  const { base, authorization } = splitAddress(address)
  const ids = new Map<string, number>()

  async function ask(method: 'GET' | 'POST', path: string, body: string | undefined, signal: AbortSignal) {
    try {
      return await http.request({
        method,
        url: `${base}${path}`,
        headers: {
          accept: `${mediaType}, application/json`,
          ...(body === undefined ? {} : { 'content-type': mediaType }),
          ...(authorization === undefined ? {} : { authorization }),
        },
        ...(body === undefined ? {} : { body }),
        signal,
        networks: 'any',
      })
    } catch (error) {
      // The registry may have been asked; the record has not been sent.
      throw new DeliveryError('retry', 'no', `schema registry ${base}: ${(error as Error).message}`, { cause: error })
    }
  }

  return {
    async idOf(topic, signal) {
      const known = ids.get(topic)
      if (known !== undefined) return known
      const subject = encodeURIComponent(`${topic}-value`)
      const path = register ? `/subjects/${subject}/versions` : `/subjects/${subject}`
      const answer = await ask('POST', path, JSON.stringify({ schema: avro3SchemaText }), signal)
      if (answer.status !== 200) throw refusal(answer, `${base}${path}`)
      const id = (jsonOf(answer) as { id?: unknown } | undefined)?.id
      if (typeof id !== 'number' || !Number.isInteger(id) || id < 0 || id > 0x7fffffff)
        throw new DeliveryError('retry', 'no', `schema registry ${base}${path} answers without the schema's id`)
      ids.set(topic, id)
      return id
    },
    async check(signal) {
      const answer = await ask('GET', '/subjects', undefined, signal)
      if (answer.status !== 200) throw refusal(answer, `${base}/subjects`)
    },
  }
}

/** Credentials that are wrong stop everything; what one subject does not get is for its topic alone to wait for. */
function refusal(answer: HttpResponse, where: string): DeliveryError {
  const said = (jsonOf(answer) as { message?: unknown } | undefined)?.message
  const words = typeof said === 'string' ? `: ${oneLine(said, 300)}` : ''
  const kind = answer.status === 401 ? 'halt' : 'retry'
  return new DeliveryError(kind, 'no', `schema registry ${where} answers ${answer.status}${words}`)
}

function jsonOf({ body }: HttpResponse): unknown {
  try {
    return JSON.parse(Buffer.from(body).toString('utf8'))
  } catch {
    return undefined
  }
}

function splitAddress(address: string): { base: string; authorization?: string } {
  const url = new URL(address)
  const { username, password } = url
  url.username = url.password = url.search = url.hash = ''
  const base = url.href.replace(/\/+$/, '')
  if (username === '') return { base }
  const pair = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`
  return { base, authorization: `Basic ${Buffer.from(pair).toString('base64')}` }
}
