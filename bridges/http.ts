/**
 * The one HTTP client of the bridges: bounded, no redirects, and closed to private networks unless opened. Every
 * request has a connection of its own: a kept one that the other side just gave up would leave open whether the
 * request arrived.
 */
import { lookup as systemLookup } from 'node:dns/promises'
import { isIP, type LookupFunction, connect as tcpConnect } from 'node:net'
import { connect as tlsConnect } from 'node:tls'
import { Client, type Dispatcher } from 'undici'
import { DeliveryError } from './contract.ts'
import { publicOr } from './public-address.ts'

export interface Http {
  /** Throws `DeliveryError` `retry` with what is known of `reached`; any status is an answer, also 3xx. */
  request(request: HttpRequest): Promise<HttpResponse>
}
export interface HttpRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE' | 'HEAD'
  readonly url: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: Uint8Array | string
  readonly signal: AbortSignal
  /** An answer that is longer is cut off and counts as none; 1 MiB by default. */
  readonly maxBytes?: number
  /**
   * `whole` (the default) or an `excerpt`: the status counts, and of the body as much as came, up to `maxBytes`, also
   * when the other side never ends it.
   */
  readonly answer?: 'whole' | 'excerpt'
  /**
   * `public` (the default): only globally routable addresses, checked on the address that is connected to. A list of
   * CIDR networks opens these too; `any` is for URLs that the operator wrote.
   */
  readonly networks?: 'public' | 'any' | readonly string[]
}
export interface HttpResponse {
  readonly status: number
  /** Names in lower case; repeated fields joined by ', '. */
  readonly headers: Readonly<Record<string, string>>
  readonly body: Uint8Array
}

/** Requests that wait inside `request` end when it is closed. */
export interface OpenHttp extends Http {
  close(): Promise<void>
}

export interface HttpOptions {
  /** Addresses of a host name; the system's by default. Each request asks once and connects to what was checked. */
  readonly resolve?: (host: string) => Promise<readonly { address: string; family: number }[]>
  /** Certificates (PEM) to trust instead of the system's. */
  readonly ca?: string
}

const defaultMaxBytes = 1_048_576

export function openHttp(options: HttpOptions = {}): OpenHttp {
  const closing = new AbortController()
  return {
    request: (request) => send(options, request, closing.signal),
    async close() {
      closing.abort(new Error('the gateway stops'))
    },
  }
}

/** What an attempt knows of itself: before `connected` nothing of the request can have been taken. */
interface Progress {
  connected: boolean
}

async function send(options: HttpOptions, request: HttpRequest, closing: AbortSignal): Promise<HttpResponse> {
  const url = checkedUrl(request.url)
  const signal = AbortSignal.any([request.signal, closing])
  const progress: Progress = { connected: false }
  let client: Client | undefined
  try {
    signal.throwIfAborted()
    const addresses = await checkedAddresses(options, url, request.networks ?? 'public', signal)
    client = clientFor(options, url, addresses, progress, signal)
    return await exchange(client, url, request, signal)
  } catch (error) {
    if (error instanceof DeliveryError) throw error
    throw failureOf(error, url.hostname, signal, progress)
  } finally {
    // Nothing is worth keeping, and what is under way must end with the attempt.
    client?.destroy().catch(() => {})
  }
}

/** Only what a person could have meant: http or https, no user, no password. The text itself may be a secret. */
function checkedUrl(text: string): URL {
  const refuse = (why: string) => new DeliveryError('reject', 'no', why)
  if (!URL.canParse(text)) throw refuse('not a URL')
  const url = new URL(text)
  if (url.protocol !== 'http:' && url.protocol !== 'https:') throw refuse('the URL is neither http nor https')
  if (url.username !== '' || url.password !== '') throw refuse('the URL holds a user name or a password')
  return url
}

interface Address {
  readonly address: string
  readonly family: number
}

/** The addresses that may be connected to, pinned: the name is not asked again, so it cannot change its mind. */
async function checkedAddresses(
  { resolve = (host) => systemLookup(host, { all: true }) }: HttpOptions,
  url: URL,
  networks: NonNullable<HttpRequest['networks']>,
  signal: AbortSignal,
): Promise<readonly Address[]> {
  // URL has brought odd spellings (0x7f.1, 2130706433, [::ffff:127.0.0.1]) into the usual form.
  const host = url.hostname.replace(/^\[|\]$/g, '')
  const family = isIP(host)
  const found = family === 0 ? await orAbort(resolve(host), signal) : [{ address: host, family }]
  if (found.length === 0) throw new DeliveryError('retry', 'no', `${host}: the name has no address`)
  if (networks === 'any') return found
  const isOpen = publicOr(networks === 'public' ? [] : networks)
  const open = found.filter(({ address }) => isOpen(address))
  if (open.length > 0) return open
  const shown = found.map(({ address }) => address).join(', ')
  throw new DeliveryError(
    'reject',
    'no',
    family === 0 ? `${host} is at ${shown}, which is not a public address` : `${host} is not a public address`,
  )
}

function clientFor(
  { ca }: HttpOptions,
  url: URL,
  addresses: readonly Address[],
  progress: Progress,
  signal: AbortSignal,
): Client {
  const lookup: LookupFunction = (_host, wanted, callback) => {
    const [first] = addresses
    if (wanted.all) callback(null, [...addresses])
    else callback(null, first!.address, first!.family)
  }
  const host = url.hostname.replace(/^\[|\]$/g, '')
  const secure = url.protocol === 'https:'
  const target = { host, port: Number(url.port || (secure ? 443 : 80)), lookup }
  return new Client(url.origin, {
    connect(_, callback) {
      const socket = secure
        ? tlsConnect({
            ...target,
            servername: isIP(host) === 0 ? host : '',
            ALPNProtocols: ['http/1.1'],
            ...(ca === undefined ? {} : { ca }),
          })
        : tcpConnect(target)
      // A connection that nobody answers would outlive the client that wanted it.
      const stop = () => socket.destroy(signal.reason as Error)
      signal.addEventListener('abort', stop, { once: true })
      const connecting = (error: Error) => callback(error, null)
      socket.setNoDelay(true)
      socket.once('error', connecting)
      socket.once('close', () => signal.removeEventListener('abort', stop))
      // With TLS after the handshake: the other side has proved its name.
      socket.once(secure ? 'secureConnect' : 'connect', () => {
        socket.off('error', connecting)
        progress.connected = true
        callback(null, socket)
      })
    },
    pipelining: 0,
    headersTimeout: 0,
    bodyTimeout: 0,
  })
}

async function exchange(
  client: Client,
  url: URL,
  { method, headers, body, maxBytes = defaultMaxBytes, answer: wanted = 'whole' }: HttpRequest,
  signal: AbortSignal,
): Promise<HttpResponse> {
  const answer = await client.request({
    method,
    path: `${url.pathname}${url.search}`,
    signal,
    ...(headers === undefined ? {} : { headers }),
    ...(body === undefined ? {} : { body: typeof body === 'string' ? body : Buffer.from(body) }),
  })
  const read = await bounded(answer.body, maxBytes, wanted)
  return { status: answer.statusCode, headers: plainHeaders(answer.headers), body: read }
}

/** Reads no further than it must: an endless answer costs `maxBytes` and no more. */
async function bounded(
  body: Dispatcher.ResponseData['body'],
  maxBytes: number,
  wanted: 'whole' | 'excerpt',
): Promise<Uint8Array> {
  const chunks: Uint8Array[] = []
  let length = 0
  try {
    for await (const chunk of body as AsyncIterable<Uint8Array>) {
      length += chunk.length
      chunks.push(chunk)
      if (length > maxBytes) throw new DeliveryError('retry', 'maybe', `the answer is longer than ${maxBytes} bytes`)
    }
  } catch (error) {
    if (wanted === 'whole') throw error
  }
  return new Uint8Array(Buffer.concat(chunks, Math.min(length, maxBytes)))
}

function plainHeaders(headers: Readonly<Record<string, string | string[] | undefined>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [
      name.toLowerCase(),
      Array.isArray(value) ? value.join(', ') : `${value}`,
    ]),
  )
}

/** Names the host and the reason; no cause, whose text might repeat the URL. */
function failureOf(error: unknown, host: string, signal: AbortSignal, { connected }: Progress): DeliveryError {
  const reached = connected ? 'maybe' : 'no'
  if (signal.aborted) {
    const why = signal.reason instanceof Error ? signal.reason.message : 'stopped'
    return new DeliveryError('retry', reached, `${host}: ${why}`)
  }
  const { code, message } = error as { code?: string; message: string }
  if (code === 'UND_ERR_INVALID_ARG') return new DeliveryError('reject', 'no', `${host}: ${message}`)
  return new DeliveryError('retry', reached, `${host}: ${code === 'ENOTFOUND' ? 'no such host name' : message || code}`)
}

function orAbort<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const abort = () => reject(signal.reason)
    signal.addEventListener('abort', abort, { once: true })
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort))
  })
}

/** A day: a service that asks for more gets another attempt then. */
const mostRetryAfterMs = 86_400_000

/** The `Retry-After` of an answer (RFC 9110 §10.2.3: seconds, or a date); undefined where there is none to be read. */
export function retryAfterMs(response: Pick<HttpResponse, 'headers'>, nowMs: number): number | undefined {
  const text = response.headers['retry-after']?.trim()
  if (text === undefined || text === '') return undefined
  const isDate = /^[A-Z][a-z]{2,8},? /.test(text)
  const ms = /^\d{1,12}(\.\d+)?$/.test(text) ? Number(text) * 1000 : isDate ? Date.parse(text) - nowMs : Number.NaN
  return Number.isNaN(ms) ? undefined : Math.min(Math.max(0, Math.ceil(ms)), mostRetryAfterMs)
}
