/** HTTP: the events by their identifiers, the status page, health and metrics, and what an operator may do. */
import Fastify, { type FastifyInstance } from 'fastify'
import { Counter, type Registry } from 'prom-client'
import type { Clock, Log } from '../../bridges/contract.ts'
import type { Config } from '../config.ts'
import { FountainError } from '../errors.ts'
import type { PageLink } from '../html.ts'
import type { Store } from '../record/port.ts'
import { type AdminActions, adminRoutes } from './admin-routes.ts'
import { openAdminToken } from './admin-token.ts'
import { apiRoutes } from './api/api.ts'
import type { ApiStages } from './api/stages.ts'
import { consentPages } from './consent-pages.ts'
import { draftPage } from './draft-page.ts'
import { eventRoutes } from './event-routes.ts'
import { guard, knownHosts, type Rates, refuse } from './guard.ts'
import type { FeedRoutes } from './route-mount.ts'
import type { Readiness, StatusReport } from './status-report.ts'
import { statusRoutes } from './status-routes.ts'
import type { TokenStore } from './tokens.ts'

export interface StartServerOptions {
  readonly http: Config['http']
  readonly publicUrl?: string
  /** Where the hash of the admin token lies. */
  readonly dataDir: string
  readonly store: Pick<Store, 'eventByIvoid' | 'recentEvents'> & TokenStore
  status(): Promise<StatusReport>
  ready(): Promise<Readiness> | Readiness
  readonly metrics: Registry
  readonly admin: AdminActions
  readonly clock: Pick<Clock, 'now' | 'monotonic'>
  readonly log: Log
  /** Called once in the life of a data directory, with the only copy of the token: print it. */
  showToken(token: string): void
  /** A whole request must be in after this time, ms, its headers after half of it; 10,000 by default. */
  readonly requestTimeoutMs?: number
  /** Adds routes (the demo's mailbox). A changing request to them needs the token too. */
  readonly mount?: (app: FastifyInstance) => void
  /** What people do by `/api/v1` and the links in messages. Absent: no such routes. */
  readonly api?: ApiStages
  /** For tests: how often one may ask. */
  readonly rates?: Partial<Rates>
  /** What feeds answer themselves. */
  readonly feeds?: FeedRoutes
  /** Pages that the status page names in its head: those that were mounted. */
  readonly links?: readonly PageLink[]
}

export interface Server {
  /** Where it is reached on this machine: `http://127.0.0.1:8080`. */
  readonly url: string
  close(): Promise<void>
}

const maxBodyBytes = 1_048_576
const maxConnections = 1_000

/** Listens. Throws FountainError: PORT_IN_USE, ADMIN_TOKEN_FILE, CONFIG_INVALID. */
export async function startServer(options: StartServerOptions): Promise<Server> {
  const { host, port } = splitListen(options.http.listen)
  const token = openAdminToken(options.dataDir)
  if (token.fresh === undefined) await options.store.adoptAdminToken(token.hash)
  const app = buildApp(options, knownHosts(host, options.publicUrl, options.http.hosts))
  try {
    await app.listen({ host: host.replace(/^\[|\]$/g, ''), port })
  } catch (error) {
    await app.close()
    const { code, message } = error as NodeJS.ErrnoException
    if (code === 'EADDRINUSE')
      throw new FountainError('PORT_IN_USE', `http.listen ${options.http.listen}`, { cause: error })
    throw new FountainError('CONFIG_INVALID', `http.listen ${options.http.listen}: ${message}`, { cause: error })
  }
  // Only now: a start that failed has not spent the one showing.
  if (token.fresh !== undefined) {
    try {
      token.keep()
      await options.store.adoptAdminToken(token.hash)
    } catch (error) {
      await app.close()
      throw error
    }
    options.showToken(token.fresh)
  }
  const address = app.server.address()
  const actualPort = address !== null && typeof address === 'object' ? address.port : port
  const url = `http://${/^(0\.0\.0\.0|\[::\])$/.test(host) ? 'localhost' : host}:${actualPort}`
  options.log.info({ url }, 'http is open')
  return { url, close: () => app.close() }
}

function buildApp(options: StartServerOptions, hosts: ReadonlySet<string>): FastifyInstance {
  const { requestTimeoutMs = 10_000 } = options
  const app = Fastify({
    logger: false,
    bodyLimit: maxBodyBytes,
    requestTimeout: requestTimeoutMs,
    connectionTimeout: 30_000,
    keepAliveTimeout: 5_000,
    forceCloseConnections: true,
    http: {
      maxHeaderSize: 16_384,
      headersTimeout: requestTimeoutMs / 2,
      connectionsCheckingInterval: Math.min(1_000, requestTimeoutMs / 2),
    },
    ajv: { customOptions: { removeAdditional: false, coerceTypes: false } },
    clientErrorHandler(error, socket) {
      const status = error.code === 'HPE_HEADER_OVERFLOW' ? '431 Request Header Fields Too Large' : '400 Bad Request'
      const answer =
        (error as NodeJS.ErrnoException).code === 'ERR_HTTP_REQUEST_TIMEOUT' ? '408 Request Timeout' : status
      if (socket.writable) socket.end(`HTTP/1.1 ${answer}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n`)
      else socket.destroy()
    },
  })
  app.server.maxConnections = maxConnections + (options.feeds?.reserved ?? 0)
  const requests = new Counter({
    name: 'fountain_http_requests_total',
    help: 'HTTP requests by route and status.',
    labelNames: ['route', 'status'] as const,
    registers: [options.metrics],
  })
  app.addHook('onResponse', async (request, reply) => {
    requests.inc({ route: request.routeOptions.url ?? 'none', status: String(reply.statusCode) })
  })
  guard(app, {
    hosts,
    tokens: options.store,
    clock: options.clock,
    failures: new Counter({
      name: 'fountain_token_failures_total',
      help: 'Requests with no token or a wrong one where one is needed.',
      registers: [options.metrics],
    }),
    ...(options.rates === undefined ? {} : { rates: options.rates }),
  })
  app.setNotFoundHandler((request, reply) => refuse(reply, 404, 'NOT_FOUND', `No page ${request.method} here.`))
  app.setErrorHandler((error, request, reply) => {
    const { statusCode = 500, message } = error as { statusCode?: number; message: string }
    if (statusCode < 500) return refuse(reply, statusCode, 'USAGE', message)
    options.log.error({ error, route: request.routeOptions.url }, 'a request failed')
    if (error instanceof FountainError) return refuse(reply, 503, error.code, error.detail)
    // What went wrong inside is for the log, not for a stranger.
    return reply
      .code(500)
      .type('text/plain; charset=utf-8')
      .send('The gateway failed on this request; its log says why.\n')
  })
  eventRoutes(app, options.store)
  statusRoutes(app, options)
  adminRoutes(app, options.admin)
  if (options.api !== undefined) {
    apiRoutes(app, options.api, options.log)
    consentPages(app, options.api)
    draftPage(app, options.api)
  }
  options.mount?.(app)
  options.feeds?.addTo(app, hosts)
  return app
}

function splitListen(listen: string): { host: string; port: number } {
  const cut = listen.lastIndexOf(':')
  return { host: listen.slice(0, cut), port: Number(listen.slice(cut + 1)) }
}
