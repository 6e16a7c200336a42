/**
 * The token endpoint of GCN as a stand-in: client credentials in HTTP Basic or in the form, the producer's scope, tokens
 * that end soon. What it gives are unsigned JWTs, which Kafka's validator for trials takes. Errors as RFC 6749 §5.2.
 */

import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'

export interface GcnOidcOptions {
  readonly clientId?: string
  readonly clientSecret?: string
  /** What this client may ask for; a token without a word of the client has all of it. */
  readonly scopes?: readonly string[]
  readonly lifeSeconds?: number
  readonly port?: number
}

/**
 * `slow` answers rightly after a second, `hang` never; `html` and `no-type` are what proxies make of it; `endless-life`
 * gives no `expires_in`; `bad-token` gives one that no header can carry; `past` and `wrong-scope` ones that a broker refuses.
 */
export type OidcMood =
  | 'well'
  | 'slow'
  | 'hang'
  | 'drop'
  | 'html'
  | 'no-type'
  | 'no-token'
  | 'endless-life'
  | 'bad-token'
  | 'past'
  | 'wrong-scope'
  | 'redirect'
  | { readonly status: number; readonly body?: string; readonly headers?: Readonly<Record<string, string>> }

export interface GcnOidcStandIn {
  readonly url: string
  readonly tokenUrl: string
  readonly port: number
  mood: OidcMood
  /** Every token that was given, in order. */
  readonly tokens: readonly string[]
  /** Requests that came whole. */
  asked(): number
  /** How many of them brought the client in the form instead of in HTTP Basic. */
  inForm(): number
  connections(): number
  stop(): Promise<void>
}

export async function startGcnOidcStandIn({
  clientId = 'fountain-client',
  clientSecret = 'only-on-loopback',
  scopes = ['kafka-fountain-producer'],
  lifeSeconds = 3600,
  port = 0,
}: GcnOidcOptions = {}): Promise<GcnOidcStandIn> {
  const tokens: string[] = []
  let asked = 0
  let inForm = 0
  let connections = 0

  interface Answer {
    readonly status: number
    readonly body: object | string
    readonly headers?: Readonly<Record<string, string>>
  }
  const refuse = (status: number, error: string, error_description: string): Answer => ({
    status,
    body: { error, error_description },
  })

  function answer(request: IncomingMessage, text: string): Answer {
    if (request.url !== '/oauth2/token') return { status: 404, body: 'not found' }
    if (request.method !== 'POST') return { status: 405, body: '', headers: { allow: 'POST' } }
    if (request.headers['content-type']?.split(';')[0] !== 'application/x-www-form-urlencoded')
      return refuse(400, 'invalid_request', 'the body must be a form')
    const form = new URLSearchParams(text)
    const { authorization } = request.headers
    if (authorization !== undefined && form.has('client_secret'))
      return refuse(400, 'invalid_request', 'one way of authentication only')
    const [id, secret] =
      authorization === undefined ? [form.get('client_id'), form.get('client_secret')] : basic(authorization)
    if (authorization === undefined) inForm++
    if (id !== clientId || secret !== clientSecret) {
      // Some echo what they were given.
      const said = refuse(authorization === undefined ? 400 : 401, 'invalid_client', `no client ${id} with ${secret}`)
      return { ...said, headers: { 'www-authenticate': 'Basic realm="gcn"' } }
    }
    if (form.get('grant_type') !== 'client_credentials')
      return refuse(400, 'unsupported_grant_type', 'client_credentials only')
    const wanted = form.get('scope')?.split(' ') ?? scopes
    if (wanted.some((scope) => !scopes.includes(scope))) return refuse(400, 'invalid_scope', 'not for this client')
    const { mood } = standIn
    const seconds = mood === 'past' ? -60 : lifeSeconds
    const token =
      mood === 'bad-token' ? 'to\u0001ken' : jwt(id, mood === 'wrong-scope' ? ['something-else'] : wanted, seconds)
    tokens.push(token)
    return {
      status: 200,
      body: {
        ...(mood === 'no-token' ? {} : { access_token: token }),
        ...(mood === 'no-type' ? {} : { token_type: 'Bearer' }),
        ...(mood === 'endless-life' ? {} : { expires_in: lifeSeconds }),
      },
    }
  }

  const server = createServer(async (request, response) => {
    let text = ''
    for await (const chunk of request) text += chunk
    asked++
    const { mood } = standIn
    if (mood === 'hang') return
    if (mood === 'drop') return void request.socket.destroy()
    if (mood === 'slow') await delay(1000)
    const {
      status,
      body,
      headers = {},
    }: Answer = typeof mood === 'object'
      ? { status: mood.status, body: mood.body ?? '', ...(mood.headers ? { headers: mood.headers } : {}) }
      : mood === 'html'
        ? { status: 200, body: '<html><h1>Sign in</h1></html>', headers: { 'content-type': 'text/html' } }
        : mood === 'redirect'
          ? { status: 302, body: '', headers: { location: 'http://127.0.0.1:1/login' } }
          : answer(request, text)
    const json = typeof body === 'object'
    response.writeHead(status, {
      'cache-control': 'no-store',
      ...(json ? { 'content-type': 'application/json' } : {}),
      ...headers,
    })
    response.end(json ? JSON.stringify(body) : body)
  })
  server.on('connection', (socket) => {
    connections++
    socket.once('close', () => connections--)
  })
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve))
  const bound = (server.address() as AddressInfo).port
  const url = `http://127.0.0.1:${bound}`
  const standIn: GcnOidcStandIn = {
    url,
    tokenUrl: `${url}/oauth2/token`,
    port: bound,
    mood: 'well',
    tokens,
    asked: () => asked,
    inForm: () => inForm,
    connections: () => connections,
    async stop() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()))
      server.closeAllConnections()
      await closed
    },
  }
  return standIn
}

function basic(header: string): [string | null, string | null] {
  const pair = Buffer.from(header.replace(/^Basic /i, ''), 'base64').toString('utf8')
  const [id = '', secret = ''] = pair.split(':').map((part) => new URLSearchParams(`x=${part}`).get('x') ?? '')
  return [id, secret]
}

let given = 0
function jwt(sub: string, scopes: readonly string[], lifeSeconds: number): string {
  const now = Math.floor(Date.now() / 1000)
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')
  const claims = {
    sub,
    scope: scopes,
    iat: Math.min(now, now + lifeSeconds) - 5,
    exp: now + lifeSeconds,
    jti: `t${++given}`,
  }
  return `${part({ alg: 'none' })}.${part(claims)}.`
}
