/** The only file that knows every stage: builds, wires, starts, drains, stops. */
import { resolve } from 'node:path'
import type { Log } from '../bridges/contract.ts'
import { isEventIvoid } from '../vo/ivoid.ts'
import { elementHash } from '../vo/xml/element.ts'
import { readVOEvent } from '../vo/xml/voevent-2.0.ts'
import type { Config } from './config.ts'
import { Bell } from './deliver/bell.ts'
import { linksAt } from './deliver/links.ts'
import { startDelivery } from './deliver/start-delivery.ts'
import { FountainError } from './errors.ts'
import type { Source } from './flow.ts'
import { openPool } from './pool/open-pool.ts'
import { serveControl } from './record/control.ts'
import { failAt } from './record/fail-points.ts'
import { ledgerFaults } from './record/ledger.ts'
import { openStore } from './record/open-store.ts'
import type { Applied, Retracted } from './record/port.ts'
import { FeedRoutes } from './serve/route-mount.ts'
import { type StartServerOptions, startServer } from './serve/start-server.ts'
import type { StatusReport } from './serve/status-report.ts'
import { systemClock } from './system-clock.ts'
import { type RetryResult, retryDead, type Which } from './tasks/retry-dead.ts'
import { type RunningSource, runSource } from './tasks/run-source.ts'
import type { Sift } from './tasks/sift.ts'
import { makeSubmit, type SubmitStages } from './tasks/submit.ts'
import { watchLedger } from './tasks/watch-ledger.ts'
import { bridgesAndLedger } from './wiring/bridges-and-ledger.ts'
import { controlHandlers } from './wiring/control-handlers.ts'
import { deliveryHandlers } from './wiring/delivery-handlers.ts'
import { draftDesk } from './wiring/draft-desk.ts'
import { draftHandlers } from './wiring/draft-handlers.ts'
import { archiveHandlers, keepArchive, openRemote } from './wiring/keep-archive.ts'
import type { Kinds } from './wiring/kinds.ts'
import { livePlan } from './wiring/live-plan.ts'
import { makeMetrics } from './wiring/make-metrics.ts'
import { openChannels } from './wiring/open-channels.ts'
import { openFeeds } from './wiring/open-feeds.ts'
import { peopleHandlers } from './wiring/people-handlers.ts'
import { fullEvents, picturesOf } from './wiring/pictures-of.ts'
import { siftOf, sourceOf, version } from './wiring/source-of.ts'
import { readiness, sourceStatus } from './wiring/source-status.ts'
import { storeStatus } from './wiring/store-status.ts'

const maxEventBytes = 99_999
const retryParkedEveryMs = 60_000

export interface GatewayOptions {
  readonly config: Config
  /** What relative paths start from: the directory of the configuration file. */
  readonly base: string
  readonly kinds: Kinds
  readonly log: Log
  /** Where to die, for tests: see `src/record/fail-points.ts`. */
  readonly failPoint?: string
  /** Called once in the life of a data directory, with the only copy of the admin token. */
  showToken(token: string): void
  /** Adds routes to the page (the demo's mailbox). */
  readonly mount?: StartServerOptions['mount']
  /** Further pages that the page names. */
  readonly links?: StartServerOptions['links']
}

export interface Gateway {
  /** Where the page is. */
  readonly url: string
  status(): Promise<StatusReport>
  /** Settles when every source has ended; rejects with the first that failed. */
  readonly sourcesEnded: Promise<void>
  /** Resolves with the reason when the store has died: nothing can be recorded from then on. */
  readonly failed: Promise<FountainError>
  /** Drains what is under way, then lets go of everything. */
  stop(): Promise<void>
}

type Closing = () => Promise<unknown> | unknown

/** Starts the whole gateway. Throws FountainError; what was opened before is closed again. */
export async function startGateway(options: GatewayOptions): Promise<Gateway> {
  const opened: Closing[] = []
  const stop = async (): Promise<void> => {
    for (const close of opened.splice(0).reverse()) {
      try {
        await close()
      } catch (error) {
        // The others are closed all the same: the store last, and its lock with it.
        options.log.error({ err: error }, 'something could not be closed')
      }
    }
  }
  try {
    return { ...(await build(options, opened)), stop }
  } catch (error) {
    await stop()
    throw portInUse(error)
  }
}

async function build(options: GatewayOptions, opened: Closing[]): Promise<Omit<Gateway, 'stop'>> {
  const { config, base, kinds, log } = options
  const clock = systemClock
  const startedMs = clock.now()
  const data = resolve(base, config.data)
  const { registry, metrics } = makeMetrics()

  // what remembers
  const remote = await openRemote(config.archive)
  const store = await openStore(data, {
    log: log.child({ room: 'record' }),
    clock,
    keep: config.archive.keep,
    remote,
    failPoint: options.failPoint,
  })
  opened.push(() => store.close())
  const archiveLog = log.child({ room: 'archive' })
  const { failPoint } = options
  const caretaker = keepArchive(store, remote, config.archive, { data, clock, log: archiveLog, metrics, failPoint })
  opened.push(() => caretaker.stop())
  const plan = await livePlan({ config, base, kinds, store, log: log.child({ room: 'plan' }) })
  let storeFailure: FountainError | undefined
  void store.failed.then((error) => {
    storeFailure = error
  })
  const pool = await openPool({ size: 2, xpathLimitMs: 50, log: log.child({ room: 'pool' }) })
  opened.push(() => pool.close())

  // ways out
  const bell = new Bell()
  // Known here without asking, so that a subscriber begins exactly at the moment it connected.
  let logHead = await store.logHead()
  const logged = (seqs: readonly (number | null)[]): void => {
    logHead = Math.max(logHead, ...seqs.map((seq) => seq ?? 0))
    bell.ring()
  }
  // A pool of its own: a picture takes as long as a hundred filters of subscribers, and those do not wait for it.
  const drawing = await openPool({ size: 1, xpathLimitMs: 50, log: log.child({ room: 'pictures' }) })
  opened.push(() => drawing.close())
  const instances = await openChannels({ ...options, data }, metrics, opened)
  const pictureLog = log.child({ room: 'pictures' })
  const fullEventOf = fullEvents({ store, config, data, log: pictureLog })
  const delivery = startDelivery({
    store,
    fullEventOf,
    cited: (citations) => logged(citations.map(({ seq }) => seq)),
    pictures: picturesOf({ fullEventOf, pool: drawing, log: pictureLog }),
    instances,
    clock,
    log: log.child({ room: 'deliver' }),
    metrics,
    failAt: failAt(options.failPoint),
    ...(config.publicUrl === undefined ? {} : { publicUrl: config.publicUrl }),
  })
  opened.push(() => delivery.stop())
  const recorded = (applied: Applied): void => {
    if (applied.recorded.length > 0) logged([applied.recorded.at(-1)?.seq ?? 0])
    if (applied.deliveries > 0) delivery.wake()
  }
  const retracted = ({ seq }: Retracted): void => {
    logged([seq])
    delivery.wake()
  }
  const submitStages: SubmitStages = {
    read: (bytes) => readVOEvent(bytes, { mode: 'lenient' }),
    firstFault: async (bytes) => {
      // Subscribers get what authors sent, and those of today read 2.0 alone.
      const { valid, issues } = await pool.validate(bytes, { version: '2.0' })
      return valid ? undefined : (issues.find((issue) => issue.severity === 'error')?.message ?? 'not valid')
    },
    isEventIvoid,
    elementHash,
    apply: (sifted) => store.apply(sifted),
    get filters() {
      return plan.eventFilters()
    },
    maxBytes: maxEventBytes,
    now: clock.now,
    recorded,
    filterFailed: (filter, ivoid, error) => log.error({ filter, ivoid, err: error }, 'a filter failed on an event'),
  }
  const feedRoutes = new FeedRoutes()
  const feeds = await openFeeds(
    options,
    {
      store,
      bell,
      head: () => logHead,
      submitFor: (feed) => makeSubmit(feed, 'submitted', submitStages),
      http: feedRoutes,
      xpath: pool.xpath,
      clock,
      metrics,
    },
    opened,
  )

  // sources, opened before the page so that a wrong one is said at once; they run when all else stands
  const stopping = new AbortController()
  const sources: RunningSource[] = []
  const sifts = new Map<string, Sift>()
  const ready: Source[] = []
  for (const [name, source] of Object.entries(config.sources)) {
    sifts.set(name, siftOf(source, options, data, plan))
    ready.push(await sourceOf(name, source, { log: log.child({ source: name }), metrics, base }))
  }

  // page and control
  const streams = Object.entries(config.streams).map(([name, { title, description, filter }]) => ({
    name,
    title,
    ...(description === undefined ? {} : { description }),
    filter: plan.texts.get(name) ?? filter,
  }))
  const status = async (): Promise<StatusReport> => ({
    version,
    startedMs,
    authority: config.authority,
    sources: sources.map(sourceStatus),
    streams,
    feeds: [...feeds].map(([name, feed]) => ({ name, ...feed.status() })),
    ...(await bridgesAndLedger(delivery.status(), store)),
    store: await storeStatus(data),
  })
  const retry = (which: Which) =>
    retryDead(which, { store, siftOf: (source) => sifts.get(source), recorded, log, signal: stopping.signal })
  const { draftUrl } = linksAt(config.publicUrl)
  const drafts = draftDesk({
    store,
    instances,
    ...(draftUrl === undefined ? {} : { draftUrl }),
    now: clock.now,
    wake: delivery.wake,
    cited: (citations) => logged(citations.map(({ seq }) => seq)),
  })
  const handlers = {
    ...controlHandlers({ store, status, retry }),
    ...archiveHandlers(store),
    ...peopleHandlers({ store, now: clock.now, changed: plan.reload }),
    ...deliveryHandlers({ store, drafts, now: clock.now, wake: delivery.wake, retracted }),
    ...draftHandlers(drafts),
  }
  const control = await serveControl(data, handlers, log.child({ room: 'control' }))
  opened.push(() => control.close())
  const server = await startServer({
    http: config.http,
    ...(config.publicUrl === undefined ? {} : { publicUrl: config.publicUrl }),
    dataDir: data,
    store,
    status,
    metrics: registry,
    ready: () => readiness(sources, storeFailure),
    admin: { retryDead: retry },
    api: {
      store,
      drafts,
      authority: config.authority,
      streams: () => streams,
      checkFilter: plan.checkFilter,
      checkTarget: plan.checkTarget,
      reload: plan.reload,
      wake: () => delivery.wake(),
      now: clock.now,
    },
    clock,
    log: log.child({ room: 'serve' }),
    showToken: options.showToken,
    feeds: feedRoutes,
    ...(options.mount === undefined ? {} : { mount: options.mount }),
    ...(options.links === undefined ? {} : { links: options.links }),
  })
  opened.push(() => server.close())

  for (const source of ready) {
    const stages = { store, sift: sifts.get(source.name) as Sift, clock, log, metrics, recorded }
    sources.push(runSource(source, stages, stopping.signal))
  }
  const sourcesEnded = Promise.all(sources.map((source) => source.ended)).then(() => undefined)
  sourcesEnded.catch((error: unknown) => log.error({ err: error }, 'a source failed'))
  const watching = watchLedger({ store, faultsOf: ledgerFaults, clock, log, metrics }, stopping.signal)
  const retrying = retryParked(stopping.signal, () => retry({ state: 'parked' }), log)
  opened.push(async () => {
    stopping.abort(new Error('stopping'))
    await Promise.allSettled([watching, retrying, ...sources.map((source) => source.ended)])
  })
  return { url: server.url, status, sourcesEnded, failed: store.failed }
}

/** Parked packets are taken up again once a minute: their schema may be known by now. */
async function retryParked(signal: AbortSignal, retry: () => Promise<RetryResult>, log: Log): Promise<void> {
  while (!signal.aborted) {
    await systemClock.sleep(retryParkedEveryMs, signal).catch(() => undefined)
    if (signal.aborted) return
    try {
      const { tried, decoded } = await retry()
      if (decoded > 0) log.info({ tried, decoded }, 'parked packets were taken up again')
    } catch (error) {
      log.warn({ err: error }, 'parked packets could not be retried')
    }
  }
}

/** Node says it its own way; people get the code and the port. */
function portInUse(error: unknown): unknown {
  const { code, port, message } = error as NodeJS.ErrnoException & { port?: number }
  return code === 'EADDRINUSE'
    ? new FountainError('PORT_IN_USE', port === undefined ? message : `port ${port}`, { cause: error })
    : error
}
