/** The status page and its parts, the same as JSON, health, readiness and metrics. */
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { hostName } from './guard.ts'
import type { StartServerOptions } from './start-server.ts'
import { type StatusView, statusPage } from './status-page.ts'
import type { StatusReport } from './status-report.ts'

const web = fileURLToPath(new URL('../../web/', import.meta.url))
const webFiles = {
  'status.css': 'text/css; charset=utf-8',
  'status.js': 'text/javascript; charset=utf-8',
  'draft.js': 'text/javascript; charset=utf-8',
  'icon.svg': 'image/svg+xml',
}
const recentEvents = 36
/** However many look, the store is asked this often. */
const viewAgeMs = 500

export function statusRoutes(app: FastifyInstance, options: StartServerOptions): void {
  const { clock, store, metrics } = options
  let made: { atMs: number; view: Promise<StatusView> } | undefined
  const current = (): Promise<StatusView> => {
    const nowMs = clock.now()
    if (made === undefined || nowMs - made.atMs >= viewAgeMs || nowMs < made.atMs) {
      made = { atMs: nowMs, view: look(nowMs) }
      made.view.catch(() => {
        made = undefined
      })
    }
    return made.view
  }
  const look = async (nowMs: number): Promise<StatusView> => {
    const [report, events, readiness] = await Promise.all([
      options.status(),
      store.recentEvents(recentEvents),
      options.ready(),
    ])
    return { report, events, readiness, nowMs }
  }

  app.get('/', async (request, reply) => {
    const view = await current()
    return reply
      .type('text/html; charset=utf-8')
      .send(statusPage({ ...view, report: reportFor(request, view.report) }, options.links))
  })
  app.get('/status.json', async (request, reply) => {
    const { report, events, readiness, nowMs } = await current()
    const body = { ...reportFor(request, report), nowMs, ready: readiness, recentEvents: events }
    return reply.type('application/json; charset=utf-8').send(JSON.stringify(body))
  })
  app.get('/healthz', (_, reply) => reply.type('text/plain; charset=utf-8').send('up\n'))
  app.get('/readyz', async (_, reply) => {
    const { ok, reasons } = await options.ready()
    const text = ok ? 'ready\n' : `not ready:\n${reasons.map((reason) => `- ${reason}\n`).join('')}`
    return reply
      .code(ok ? 200 : 503)
      .type('text/plain; charset=utf-8')
      .send(text)
  })
  app.get('/metrics', async (_, reply) => reply.type(metrics.contentType).send(await metrics.metrics()))

  for (const [name, mediaType] of Object.entries(webFiles)) {
    const bytes = readFileSync(`${web}${name}`)
    const tag = `"${createHash('sha256').update(bytes).digest('base64url')}"`
    app.get(`/web/${name}`, (request, reply) => {
      reply.headers({ etag: tag, 'cache-control': 'no-cache' })
      if (request.headers['if-none-match'] === tag) return reply.code(304).send()
      return reply.type(mediaType).send(bytes)
    })
  }
  app.get('/favicon.ico', (_, reply) => reply.redirect('/web/icon.svg', 308))
}

/**
 * Who subscribes from where, where the data lie, and what went wrong in others' words (a refused mail's name its address)
 * is for those at the machine: others see the networks only. What users have made is theirs: they see it by the API.
 */
function reportFor(request: FastifyRequest, given: StatusReport): StatusReport {
  const report = { ...given, ledger: withoutUsers(given.ledger) }
  if (isAtMachine(request)) return report
  const { store, ...open } = report
  return {
    ...open,
    sources: report.sources.map(({ reason: _, ...source }) => source),
    bridges: report.bridges.map(({ reason: _, lastError: __, ...bridge }) => bridge),
    feeds: report.feeds.map((feed) => ({
      ...feed,
      peers: feed.peers.map((peer) => ({ ...peer, address: masked(peer.address) })),
    })),
    ...(store === undefined ? {} : { store: { ...store, directory: '' } }),
  }
}

/** By the connection: a Host header says what its sender likes. By both, and not through a proxy that runs here too. */
function isAtMachine({ headers, socket }: FastifyRequest): boolean {
  const isForwarded = ['forwarded', 'via', 'x-forwarded-for', 'x-forwarded-host', 'x-real-ip'].some(
    (name) => headers[name] !== undefined,
  )
  return (
    !isForwarded &&
    /^(::ffff:)?127\.|^::1$/.test(socket.remoteAddress ?? '') &&
    ['localhost', '127.0.0.1', '[::1]'].includes(hostName(headers.host ?? ''))
  )
}

type Rows = { readonly [K in 'filters' | 'subscriptions']: StatusReport['ledger'][K][number] }

/** Users' filters and subscriptions, `<owner>/<name>`, as one row each. */
function withoutUsers(ledger: StatusReport['ledger']): StatusReport['ledger'] {
  const ofUsers = '(of users)'
  const isUsers = (name: string): boolean => name.includes('/') && !name.startsWith('private/')
  const filters = ledger.filters.filter(({ name }) => isUsers(name))
  const subscriptions = ledger.subscriptions.filter(({ subscription }) => isUsers(subscription))
  const [firstFilter, ...moreFilters] = filters
  const [firstSubscription, ...moreSubscriptions] = subscriptions
  return {
    ...ledger,
    filters: [
      ...ledger.filters.filter(({ name }) => !isUsers(name)),
      ...(firstFilter === undefined
        ? []
        : [moreFilters.reduce(sumOfFilters, { ...firstFilter, name: ofUsers, version: '' })]),
    ],
    subscriptions: [
      ...ledger.subscriptions.filter(({ subscription }) => !isUsers(subscription)),
      ...(firstSubscription === undefined
        ? []
        : [moreSubscriptions.reduce(sumOfSubscriptions, { ...firstSubscription, subscription: ofUsers })]),
    ],
  }
}

function sumOfFilters(sum: Rows['filters'], row: Rows['filters']): Rows['filters'] {
  return {
    ...sum,
    passed: sum.passed + row.passed,
    errored: sum.errored + row.errored,
    chosen: sum.chosen + row.chosen,
    waiting: sum.waiting + row.waiting,
    suppressed: sum.suppressed + row.suppressed,
    unmappable: sum.unmappable + row.unmappable,
  }
}

function sumOfSubscriptions(sum: Rows['subscriptions'], row: Rows['subscriptions']): Rows['subscriptions'] {
  const reasons = { ...sum.reasons }
  for (const [reason, n] of Object.entries(row.reasons) as [keyof typeof reasons, number][]) {
    reasons[reason] = (reasons[reason] ?? 0) + n
  }
  return {
    ...sum,
    chosen: sum.chosen + row.chosen,
    notices: sum.notices + row.notices,
    deliveries: sum.deliveries + row.deliveries,
    leftOut: sum.leftOut + row.leftOut,
    reasons,
  }
}

/** '192.0.2.17:40312' to '192.0.2.x'; the first two groups of an IPv6 address. */
function masked(address: string): string {
  const v4 = /^(?:\[?::ffff:)?(\d+\.\d+\.\d+)\.\d+/i.exec(address)?.[1]
  if (v4 !== undefined) return `${v4}.x`
  const v6 = /^\[?([0-9a-f]*:[0-9a-f]*):/i.exec(address)?.[1]
  return v6 === undefined ? '' : `${v6}::x`
}
