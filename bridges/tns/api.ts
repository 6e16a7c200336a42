/**
 * TNS's API: one call, and what its answer means. Every call but `get/values` is a POST of a form with the bot's key,
 * under a User-Agent that names the bot. Facts: the code of clients that report in production, TNS's news feed.
 */
import { DeliveryError, type Host } from '../contract.ts'
import { hideSecrets } from '../hide-secrets.ts'
import { type HttpRequest, type HttpResponse, retryAfterMs } from '../http.ts'
import { oneLine } from '../words.ts'
import type { Places, TnsConfig } from './config.ts'

export interface Context {
  readonly http: Host['http']
  readonly settings: Pick<TnsConfig, 'bot'>
  readonly places: Places
  readonly pace: Pace
  readonly nowMs: () => number
}
export interface Answer {
  readonly status: number
  readonly fields: Readonly<Record<string, unknown>>
}

export function userAgent({ bot }: Pick<TnsConfig, 'bot'>): string {
  return `tns_marker{"tns_id":${bot.id},"type":"bot","name":${JSON.stringify(bot.name)}}`
}

/**
 * Posts a form. Answers of the statuses in `answers` come back as they are; all else throws DeliveryError. `reached`
 * is what is true when nothing is known of this call: `no` for a question before anything was sent.
 */
export async function post(
  context: Context,
  path: string,
  form: Readonly<Record<string, string>>,
  { signal, reached, answers = [200] }: { signal: AbortSignal; reached: 'no' | 'maybe'; answers?: readonly number[] },
): Promise<Answer> {
  const { settings } = context
  return call(
    context,
    path,
    { reached, answers },
    {
      method: 'POST',
      url: `${context.places.api}/${path}`,
      headers: { 'User-Agent': userAgent(settings), 'Content-Type': 'application/x-www-form-urlencoded' },
      body: `${new URLSearchParams({ api_key: settings.bot.apiKey, ...form })}`,
      signal,
      networks: context.places.networks,
      maxBytes: 8_388_608,
    },
  )
}

/** Posts files: `names` of TNS come back in their order. */
export function postFiles(
  context: Context,
  files: readonly { readonly name: string; readonly mediaType: string; readonly bytes: Uint8Array }[],
  signal: AbortSignal,
): Promise<Answer> {
  // Any text that no file holds; the same every time, so that a repeat is the same request.
  const boundary = 'fountain-0f2d8e6b9c4a4d7e8b1c'
  const chunks = [part(boundary, 'name="api_key"', context.settings.bot.apiKey)]
  for (const [index, { name, mediaType, bytes }] of files.entries()) {
    const head = `name="files[${index}]"; filename="${name}"\r\nContent-Type: ${mediaType}`
    chunks.push(part(boundary, head, bytes))
  }
  chunks.push(Buffer.from(`--${boundary}--\r\n`))
  const path = 'set/file-upload'
  return call(
    context,
    path,
    { reached: 'no', answers: [200, 400, 413] },
    {
      method: 'POST',
      url: `${context.places.api}/${path}`,
      headers: {
        'User-Agent': userAgent(context.settings),
        'Content-Type': `multipart/form-data; boundary=${boundary}`,
      },
      body: Buffer.concat(chunks),
      signal,
      networks: context.places.networks,
    },
  )
}

/** The code lists. They need no key, but TNS's gate wants a User-Agent in the manner of browsers. */
export function getValues(context: Context, signal: AbortSignal): Promise<Answer> {
  const path = 'get/values'
  return call(
    context,
    path,
    { reached: 'no', answers: [200] },
    {
      method: 'GET',
      url: `${context.places.api}/${path}/`,
      headers: { 'User-Agent': `Mozilla/5.0 (compatible; Fountain) ${userAgent(context.settings)}` },
      signal,
      networks: context.places.networks,
      maxBytes: 8_388_608,
    },
  )
}

function part(boundary: string, head: string, body: string | Uint8Array): Buffer {
  return Buffer.concat([
    Buffer.from(`--${boundary}\r\nContent-Disposition: form-data; ${head}\r\n\r\n`),
    Buffer.from(body as Uint8Array),
    Buffer.from('\r\n'),
  ])
}

async function call(
  { http, settings, pace, nowMs }: Context,
  path: string,
  { reached, answers }: { reached: 'no' | 'maybe'; answers: readonly number[] },
  request: HttpRequest,
): Promise<Answer> {
  const response = await http.request(request).catch((error: unknown) => {
    if (!(error instanceof DeliveryError)) throw error
    // The address is the operator's, and what is wrong with it is wrong for every message.
    if (error.kind === 'reject') throw new DeliveryError('halt', 'no', `api: ${error.reply}`)
    throw new DeliveryError('retry', reached === 'no' ? 'no' : error.reached, `${path}: ${error.reply}`)
  })
  pace.learn(response, nowMs())
  const fields = fieldsOf(response)
  const words = wordsOf(fields, response, settings.bot.apiKey)
  const { status } = response
  const reply = `${path}: ${status}${words === '' ? '' : ` ${words}`}`
  if (status === 401 || status === 403) {
    throw new DeliveryError('halt', 'no', `${reply}: look at \`bot\` (id, name, key) and at what the bot may do on TNS`)
  }
  if (status === 429) {
    const waitMs = pace.waitMs(nowMs(), 'cone') ?? retryAfterMs(response, nowMs())
    throw new DeliveryError('retry', 'no', reply, waitMs === undefined ? {} : { retryAfterMs: waitMs })
  }
  if (status >= 500) {
    const waitMs = retryAfterMs(response, nowMs())
    throw new DeliveryError('retry', reached, reply, waitMs === undefined ? {} : { retryAfterMs: waitMs })
  }
  // Maintenance is a page of HTML, with 200 or whatever else.
  if (fields === undefined) throw new DeliveryError('retry', reached, `${path}: ${status}, and no answer of TNS`)
  if (answers.includes(status)) return { status, fields }
  if (status >= 400 && status !== 404 && status !== 408) throw new DeliveryError('reject', 'no', reply)
  throw new DeliveryError('retry', reached, reply)
}

function fieldsOf({ body }: HttpResponse): Readonly<Record<string, unknown>> | undefined {
  try {
    const parsed: unknown = JSON.parse(Buffer.from(body).toString('utf8'))
    return isRecord(parsed) ? parsed : undefined
  } catch {
    return undefined
  }
}

export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** What TNS says of an answer; its key is nobody's business. */
function wordsOf(fields: Answer['fields'] | undefined, { status }: HttpResponse, apiKey: string): string {
  if (fields === undefined) return ''
  const said = typeof fields.id_message === 'string' ? fields.id_message : ''
  const more = status === 200 || fields.data === undefined ? '' : JSON.stringify(fields.data)
  return oneLine(hideSecrets(`${said} ${more === '{}' || more === '[]' ? '' : more}`, [apiKey]), 500)
}

/** When TNS bears the next question, by the headers of its answers. Reports themselves are not limited. */
export interface Pace {
  learn(response: HttpResponse, nowMs: number): void
  /** Until the next question, also one around a place (`cone`); absent: at once. */
  waitMs(nowMs: number, kind: 'any' | 'cone'): number | undefined
}

/** Two counters, each for a minute that rolls: of all calls, and of those that search around a place. */
const families = { any: 'x-rate-limit', cone: 'x-cone-rate-limit' } as const
const longestWaitMs = 3_600_000

export function openPace(): Pace {
  const freeMs = { any: 0, cone: 0 }
  return {
    learn({ status, headers }, nowMs) {
      for (const kind of ['any', 'cone'] as const) {
        const remaining = Number(headers[`${families[kind]}-remaining`] ?? Number.NaN)
        const resetS = Number(headers[`${families[kind]}-reset`] ?? Number.NaN)
        const isSpent = remaining <= 0 || (status === 429 && Number.isNaN(remaining))
        if (isSpent && resetS >= 0) {
          freeMs[kind] = Math.max(freeMs[kind], nowMs + Math.min(Math.ceil(resetS * 1000), longestWaitMs))
        }
      }
    },
    waitMs(nowMs, kind) {
      const until = kind === 'cone' ? Math.max(freeMs.any, freeMs.cone) : freeMs.any
      return until > nowMs ? until - nowMs : undefined
    },
  }
}
