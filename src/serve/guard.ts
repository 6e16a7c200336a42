/**
 * What every request passes before its route: is it for us (Host), is it short enough, who asks (token), may they do
 * this (scope), do they ask too often. CORS stays closed and no cookie is ever set, so that a page elsewhere can
 * neither read nor act here.
 */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { Counter } from 'prom-client'
import { type ErrorCode, explain, FountainError } from '../errors.ts'
import type { Identity, Scope } from '../record/people-port.ts'
import { type Rate, RateLimit } from './rate-limit.ts'
import { allows, identityOf, type TokenStore } from './tokens.ts'

declare module 'fastify' {
  interface FastifyRequest {
    /** Whose token came with the request; null without one. */
    identity: Identity | null
  }
  interface FastifyContextConfig {
    /**
     * What a token must allow for this route. `open`: none is needed, the route shows what is public. `link`: the path
     * holds a secret of its own, also where something is changed; mail programs of many people come from few addresses,
     * and are not counted. A changing route that says nothing needs `admin`.
     */
    needs?: Scope | 'open' | 'link'
  }
}

/** An ivoid of 2,048 characters, every one of them percent-encoded, and something to spare. */
const maxUrlLength = 8_192
/** Pages load nothing from elsewhere and run nothing but our own script. */
export const pagePolicy =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
const safeMethods = ['GET', 'HEAD']

/** Requests to the API and to routes that change something; pages and events are not counted. */
export interface Rates {
  readonly token: Rate
  /** By address. */
  readonly anonymous: Rate
  /** Wrong tokens, by address. */
  readonly failures: Rate
}
const defaultRates: Rates = {
  token: { perSecond: 10, burst: 100 },
  anonymous: { perSecond: 1, burst: 30 },
  failures: { perSecond: 0.2, burst: 20 },
}

export interface GuardOptions {
  readonly hosts: ReadonlySet<string>
  readonly tokens: TokenStore
  readonly clock: { now(): number; monotonic(): number }
  /** Counts wrong tokens. */
  readonly failures: Counter
  readonly rates?: Partial<Rates>
}

export function guard(app: FastifyInstance, options: GuardOptions): void {
  const rates = { ...defaultRates, ...options.rates }
  const limit = new RateLimit(() => options.clock.monotonic())
  app.decorateRequest('identity', null)
  app.addHook('onRequest', async (request, reply) => {
    reply.headers({
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'no-referrer',
      'cross-origin-resource-policy': 'same-origin',
      'content-security-policy': pagePolicy,
      'cache-control': 'no-store',
    })
    const host = request.headers.host ?? ''
    if (!options.hosts.has(hostName(host))) {
      return refuse(reply, 421, 'HOST_UNKNOWN', `The request is for '${host.slice(0, 100)}'.`)
    }
    if (request.raw.url !== undefined && request.raw.url.length > maxUrlLength) {
      return refuse(reply, 414, 'USAGE', `The URL is longer than ${maxUrlLength} characters.`)
    }
    const needs = needed(request)
    if (needs === undefined) return undefined
    return admit(request, reply, needs, { ...options, rates, limit })
  })
}

/** What the route asks for; undefined where nobody needs a token and nobody is counted. */
function needed(request: FastifyRequest): Scope | 'open' | undefined {
  const { needs } = request.routeOptions.config
  if (needs === 'link') return undefined
  if (needs !== undefined) return needs
  if (safeMethods.includes(request.method)) return isApi(request) ? 'open' : undefined
  return 'admin'
}

interface Admission extends GuardOptions {
  readonly rates: Rates
  readonly limit: RateLimit
}

async function admit(
  request: FastifyRequest,
  reply: FastifyReply,
  needs: Scope | 'open',
  { tokens, clock, failures, rates, limit }: Admission,
): Promise<FastifyReply | undefined> {
  const header = request.headers.authorization
  if (header === undefined && needs === 'open') {
    return slowed(reply, limit.take(`address ${request.ip}`, rates.anonymous))
  }
  const given = /^Bearer ([\x21-\x7e]{1,512})$/i.exec(header ?? '')?.[1]
  const identity = given === undefined ? null : await identityOf(given, tokens, clock.now())
  if (identity === null) {
    failures.inc()
    // A right token is let through all the same: behind a proxy everybody has one address.
    const waitMs = limit.take(`failures ${request.ip}`, rates.failures)
    if (waitMs > 0) return slowed(reply, waitMs)
    reply.header('www-authenticate', 'Bearer realm="fountain"')
    return refuse(
      reply,
      401,
      'TOKEN_WRONG',
      given === undefined ? 'No token was given.' : 'This token is not known, or holds no longer.',
    )
  }
  const waitMs = limit.take(`token ${identity.tokenId}`, rates.token)
  if (waitMs > 0) return slowed(reply, waitMs)
  if (needs !== 'open' && !allows(identity, needs) && !request.is404) {
    return refuse(reply, 403, 'TOKEN_SCOPE', `It needs the scope '${needs}'.`)
  }
  request.identity = identity
  return undefined
}

function slowed(reply: FastifyReply, waitMs: number): FastifyReply | undefined {
  if (waitMs === 0) return undefined
  reply.header('retry-after', Math.ceil(waitMs / 1000))
  return refuse(reply, 429, 'TOO_OFTEN', `Come back in ${Math.ceil(waitMs / 1000)} s.`)
}

const isApi = (request: FastifyRequest): boolean => request.raw.url?.startsWith('/api/') === true

/** Answers in words: code, what was wrong, what to do; the API in JSON. */
export function refuse(reply: FastifyReply, status: number, code: ErrorCode, detail: string): FastifyReply {
  const error = new FountainError(code, detail)
  if (isApi(reply.request)) {
    const body = JSON.stringify({ code, message: error.message, fix: error.fix })
    return reply.code(status).type('application/json; charset=utf-8').send(body)
  }
  return reply
    .code(status)
    .type('text/plain; charset=utf-8')
    .send(`${explain(error)}\n`)
}

/** The names that requests may be for: what we listen on, this machine, the public URL, and what is configured. */
export function knownHosts(listenHost: string, publicUrl: string | undefined, more: readonly string[]): Set<string> {
  const names = [listenHost, 'localhost', '127.0.0.1', '[::1]', ...more]
  if (publicUrl !== undefined) names.push(new URL(publicUrl).host)
  return new Set(names.map(hostName).filter((name) => name !== ''))
}

/** A Host header's name in lower case, without port and final dot; empty for what is no host. */
export function hostName(host: string): string {
  const name = /^(\[[0-9a-f:.]+\]|[^:[\]]+)(?::\d*)?$/.exec(host.trim().toLowerCase())?.[1]
  return name?.replace(/\.$/, '') ?? ''
}
