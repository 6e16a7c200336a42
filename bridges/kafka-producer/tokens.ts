/**
 * Tokens by client credentials (RFC 6749 §4.4, the client in HTTP Basic as §2.3.1 says): one at a time, kept until a
 * minute before it ends. Nothing of it is sent to a broker here, so a failure has reached nobody.
 */
import { type Clock, DeliveryError } from '../contract.ts'
import { type Http, type HttpResponse, retryAfterMs } from '../http.ts'
import { oneLine } from '../words.ts'
import type { TokenLogin } from './config.ts'

export interface Token {
  readonly value: string
  /** On the monotonic clock: not used for anything new from then on. */
  readonly freshUntilMs: number
}

export interface Tokens {
  /** Throws DeliveryError, reached `no`. */
  token(signal: AbortSignal): Promise<Token>
  /** A broker refused it: the next one asked for is new. */
  forget(token: string): void
  /** Text without any secret of this login. */
  hide(text: string): string
}

/** A token that names no end (`expires_in` is optional there) is taken to last so long. */
const assumedLifeMs = 300_000
const marginMs = 60_000
/** What the token may be made of (RFC 6750 §2.1); anything else would break the broker's message. */
const bearer = /^[A-Za-z0-9\-._~+/]+=*$/
const longestToken = 16_384

export function openTokens(http: Http, clock: Clock, login: TokenLogin): Tokens {
  const basic = Buffer.from(`${formEncoded(login.clientId)}:${formEncoded(login.clientSecret)}`).toString('base64')
  const secrets = [login.clientSecret, formEncoded(login.clientSecret), basic]
  /** The newest first; of older ones nobody speaks any more. */
  let given: readonly string[] = []
  const where = `the token endpoint ${shownUrl(login.tokenUrl)}`
  let kept: Token | undefined
  let asking: { token: Promise<Token>; signal: AbortSignal } | undefined

  const hide = (text: string) => {
    // The longest first: one may be a part of another.
    const known = [...secrets, ...given].sort((a, b) => b.length - a.length)
    return known.reduce((left, secret) => left.replaceAll(secret, '***'), text)
  }

  async function ask(signal: AbortSignal): Promise<Token> {
    const body = new URLSearchParams({
      grant_type: 'client_credentials',
      ...(login.scope === undefined ? {} : { scope: login.scope }),
    }).toString()
    // From before the request: its way here is a part of its life.
    const askedMs = clock.monotonic()
    const answer = await http
      .request({
        method: 'POST',
        url: login.tokenUrl,
        headers: {
          authorization: `Basic ${basic}`,
          'content-type': 'application/x-www-form-urlencoded',
          accept: 'application/json',
        },
        body,
        signal,
        networks: 'any',
      })
      .catch((error: DeliveryError) => {
        throw new DeliveryError('retry', 'no', hide(`${where}: ${error.message}`))
      })
    const { value, lifeMs } = readToken(answer)
    given = [value, ...given].slice(0, 4)
    return { value, freshUntilMs: askedMs + Math.max(lifeMs - marginMs, lifeMs / 2) }
  }

  function readToken(answer: HttpResponse): { value: string; lifeMs: number } {
    const fields = jsonOf(answer)
    if (answer.status !== 200) throw refusal(answer, fields)
    const { access_token: value, token_type: type, expires_in: life } = fields
    const unreadable = (why: string) => new DeliveryError('retry', 'no', `${where} answers 200 and ${why}`)
    if (typeof value !== 'string' || value.length > longestToken || !bearer.test(value))
      throw unreadable('gives no token')
    if (typeof type !== 'string' || type.toLowerCase() !== 'bearer') throw unreadable('no token of type Bearer')
    const seconds = life === undefined || life === null ? assumedLifeMs / 1000 : Number(life)
    if (!Number.isFinite(seconds) || seconds <= 0) throw unreadable('a token that has ended already')
    return { value, lifeMs: seconds * 1000 }
  }

  /** Wrong credentials and addresses stop everything; a service in trouble is asked again later. */
  function refusal(answer: HttpResponse, fields: Readonly<Record<string, unknown>>): DeliveryError {
    const said = [fields.error, fields.error_description].filter((part) => typeof part === 'string').join(': ')
    const { status } = answer
    const busy = status === 408 || status === 425 || status === 429 || status >= 500
    const what =
      status === 400 || status === 401 || status === 403
        ? 'correct clientId, clientSecret and scope'
        : status >= 300 && status < 500 && !busy
          ? 'correct tokenUrl'
          : ''
    const reply = `${where} answers ${status}${said === '' ? '' : ` (${said})`}${what === '' ? '' : `: ${what}`}`
    const waitMs = busy ? retryAfterMs(answer, clock.now()) : undefined
    return new DeliveryError(busy ? 'retry' : 'halt', 'no', oneLine(hide(reply), 500), {
      ...(waitMs === undefined ? {} : { retryAfterMs: waitMs }),
    })
  }

  return {
    hide,
    forget(token) {
      if (kept?.value === token) kept = undefined
    },
    async token(signal) {
      for (;;) {
        signal.throwIfAborted()
        if (kept !== undefined && clock.monotonic() < kept.freshUntilMs) return kept
        if (asking === undefined) {
          const mine = ask(signal).finally(() => {
            asking = undefined
          })
          asking = { token: mine, signal }
          kept = await mine
          return kept
        }
        // Who waits for another's question shares its answer, but not that the other was told to stop.
        const { token, signal: theirs } = asking
        try {
          return await orAbort(token, signal)
        } catch (error) {
          if (!theirs.aborted || signal.aborted) throw error
        }
      }
    },
  }
}

function orAbort<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const abort = () => reject(signal.reason)
    signal.addEventListener('abort', abort, { once: true })
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort))
  })
}

function jsonOf({ body }: HttpResponse): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(Buffer.from(body).toString('utf8'))
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {}
  } catch {
    return {}
  }
}

/** As in a form: RFC 6749 §2.3.1 wants it so before Base64. */
const formEncoded = (text: string) => new URLSearchParams({ x: text }).toString().slice(2)

/** Without a query, which may hold anything. */
function shownUrl(text: string): string {
  const { origin, pathname } = new URL(text)
  return `${origin}${pathname}`
}
