/** The only file that knows every stage: builds, wires, starts, drains, stops. */
import { existsSync, mkdirSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Counter, Gauge, Registry } from 'prom-client'
import type { Bridge, Channel, FeedHost, Log, Metrics, OpenFeed } from '../bridges/contract.ts'
import { isEventIvoid, streamOf } from '../vo/ivoid.ts'
import { elementHash } from '../vo/xml/element.ts'
import { readVOEvent } from '../vo/xml/voevent-2.0.ts'
import type { Config, SourceConfig } from './config.ts'
import { bundledEncoder } from './decode/bundled-encoder.ts'
import { parseWriterSchema } from './decode/decoder.ts'
import { decoderCache } from './decode/decoder-cache.ts'
import { bundledSchema } from './decode/schemas.ts'
import { Bell } from './deliver/bell.ts'
import { feedLog } from './deliver/feed-log.ts'
import { startDelivery } from './deliver/start-delivery.ts'
import { FountainError } from './errors.ts'
import { compileFilter } from './filter/compile-filter.ts'
import type { Source } from './flow.ts'
import { unframe } from './ingest/framing.ts'
import { openSource } from './ingest/open-source.ts'
import { openRegistry } from './ingest/registry.ts'
import type { Kinds } from './kinds.ts'
import { alertToVOEvent } from './map/alert-to-voevent.ts'
import { eventTable } from './map/event-table.ts'
import { loadMapping } from './map/load-mapping.ts'
import { openPool } from './pool/open-pool.ts'
import { serveControl } from './record/control.ts'
import { openStore } from './record/open-store.ts'
import type { Applied, Store } from './record/port.ts'
import { type StartServerOptions, startServer } from './serve/start-server.ts'
import type { StatusReport } from './serve/status-report.ts'
import { systemClock } from './system-clock.ts'
import { type GatewayPlan, makePlan } from './tasks/make-plan.ts'
import { type RetryResult, retryDead } from './tasks/retry-dead.ts'
import { type RunningSource, runSource } from './tasks/run-source.ts'
import { schemaFinder } from './tasks/schema-finder.ts'
import { makeSift, type Sift } from './tasks/sift.ts'
import { makeSubmit, type SubmitStages } from './tasks/submit.ts'

const maxEventBytes = 99_999
const retryParkedEveryMs = 60_000
const root = fileURLToPath(new URL('..', import.meta.url))

export const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string }
const software = `Fountain ${version}`

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
    for (const close of opened.splice(0).reverse()) await close()
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
  const plan = planOf(config, base, kinds)

  // what remembers
  mkdirSync(data, { recursive: true })
  const store = await openStore(data, {
    log: log.child({ room: 'record' }),
    clock,
    keep: config.archive.keep,
    failPoint: options.failPoint,
  })
  opened.push(() => store.close())
  await store.configure(plan.store)
  const pool = await openPool({ size: 1, xpathLimitMs: 50, log: log.child({ room: 'pool' }) })
  opened.push(() => pool.close())

  // ways out
  const bell = new Bell()
  const delivery = startDelivery({
    store,
    instances: await openChannels(options, metrics, opened),
    clock,
    log: log.child({ room: 'deliver' }),
    metrics,
    ...(config.publicUrl === undefined
      ? {}
      : { eventUrl: (ivoid: string) => eventUrl(config.publicUrl as string, ivoid) }),
  })
  opened.push(() => delivery.stop())
  const recorded = (applied: Applied): void => {
    if (applied.recorded.length > 0) bell.ring()
    if (applied.deliveries > 0) delivery.wake()
  }
  const submitStages: SubmitStages = {
    read: (bytes) => readVOEvent(bytes, { mode: 'lenient' }),
    firstFault: async (bytes) => {
      const { valid, issues } = await pool.validate(bytes)
      return valid ? undefined : (issues.find((issue) => issue.severity === 'error')?.message ?? 'not valid')
    },
    isEventIvoid,
    elementHash,
    apply: (sifted) => store.apply(sifted),
    filters: plan.eventFilters,
    maxBytes: maxEventBytes,
    now: clock.now,
    recorded,
  }
  const feeds = new Map<string, OpenFeed>()
  for (const instance of config.bridges) {
    const feed = kinds.feeds.get(instance.kind)
    if (feed === undefined) continue
    const host: FeedHost = {
      instance: instance.name,
      authority: config.authority,
      log: feedLog(store, { wake: bell, clock, log: log.child({ feed: instance.name }), feed: instance.name }),
      submit: makeSubmit(instance.name, 'submitted', submitStages),
      peers: {
        load: () => store.peerCursors(instance.name),
        save: (cursor) => store.savePeerCursor(instance.name, cursor),
        remove: (peer) => store.removePeerCursor(instance.name, peer),
      },
      xpath: pool.xpath,
      clock,
      logger: log.child({ feed: instance.name }),
      metrics,
    }
    const open = await feed.open(instance.config, host)
    opened.push(() => open.close())
    feeds.set(instance.name, open)
  }

  // sources, opened before the page so that a wrong one is said at once; they run when all else stands
  const stopping = new AbortController()
  const sources: RunningSource[] = []
  const sifts = new Map<string, Sift>()
  const ready: Source[] = []
  for (const [name, source] of Object.entries(config.sources)) {
    sifts.set(name, siftOf(source, options, data, plan))
    const deps = { log: log.child({ source: name }), clock, metrics, base, encoderOf: bundledEncoder }
    ready.push(await openSource(name, source, deps))
  }

  // page and control
  const status = async (): Promise<StatusReport> => ({
    version,
    startedMs,
    authority: config.authority,
    sources: sources.map(sourceStatus),
    streams: Object.entries(config.streams).map(([name, { title, filter }]) => ({ name, title, filter })),
    feeds: [...feeds].map(([name, feed]) => ({ name, ...feed.status() })),
    bridges: delivery.status(),
    ledger: await store.ledger(),
  })
  const retry = (which: Parameters<typeof retryDead>[0]) =>
    retryDead(which, { store, siftOf: (source) => sifts.get(source), recorded })
  const control = await serveControl(data, controlHandlers(store, status, retry), log.child({ room: 'control' }))
  opened.push(() => control.close())
  const server = await startServer({
    http: config.http,
    ...(config.publicUrl === undefined ? {} : { publicUrl: config.publicUrl }),
    dataDir: data,
    store,
    status,
    metrics: registry,
    ready: () => readiness(sources),
    admin: { retryDead: retry },
    clock,
    log: log.child({ room: 'serve' }),
    showToken: options.showToken,
    ...(options.mount === undefined ? {} : { mount: options.mount }),
  })
  opened.push(() => server.close())

  for (const source of ready) {
    const stages = { store, sift: sifts.get(source.name) as Sift, clock, log, metrics, recorded }
    sources.push(runSource(source, stages, stopping.signal))
  }
  const sourcesEnded = Promise.all(sources.map((source) => source.ended)).then(() => undefined)
  sourcesEnded.catch((error: unknown) => log.error({ err: error }, 'a source failed'))
  opened.push(async () => {
    stopping.abort(new Error('stopping'))
    await Promise.allSettled(sources.map((source) => source.ended))
  })
  void retryParked(stopping.signal, () => retry({ state: 'parked' }), log)
  return { url: server.url, status, sourcesEnded, failed: store.failed }
}

/** prom-client's instruments in the shape of the contract. */
function makeMetrics(): { registry: Registry; metrics: Metrics } {
  const registry = new Registry()
  const registers = [registry]
  const known = new Map<string, Counter<string> | Gauge<string>>()
  const once = <T extends Counter<string> | Gauge<string>>(name: string, make: () => T): T => {
    const found = known.get(name) ?? make()
    known.set(name, found)
    return found as T
  }
  return {
    registry,
    metrics: {
      counter: (name, help, labelNames = []) => once(name, () => new Counter({ name, help, labelNames, registers })),
      gauge: (name, help, labelNames = []) => once(name, () => new Gauge({ name, help, labelNames, registers })),
    },
  }
}

/** Compiles filters and checks addresses. Throws FILTER_*, ADDRESS_INVALID, SURVEY_UNKNOWN. */
export function planOf(config: Config, base: string, kinds: Kinds): GatewayPlan {
  return makePlan(config, {
    compile: (text, tables) => compileFilter(text, tables),
    filterText: (filter) => filterText(filter, base),
    address: (instance, address) => addressOf(config, kinds, instance, address),
    eventTable,
    alertTables: (survey) => loadMapping(survey).tables,
  })
}

/** A file that ends in .adql, beside the configuration or among the predefined ones, or the text itself. */
function filterText(filter: string, base: string): string {
  if (!/^\S+\.adql$/.test(filter)) return filter
  const path = [resolve(base, filter), join(root, filter)].find(existsSync)
  if (path === undefined) throw new FountainError('FILES_UNREADABLE', `filter ${resolve(base, filter)}: no such file`)
  return readFileSync(path, 'utf8')
}

/** Throws ADDRESS_INVALID. */
function addressOf(config: Config, kinds: Kinds, name: string, address: unknown): unknown {
  const bridge = kinds.bridges.get(config.bridges.find((instance) => instance.name === name)?.kind ?? '')
  if (bridge === undefined)
    throw new FountainError(
      'ADDRESS_INVALID',
      `${name} is a feed: whoever connects gets its events, it takes no subscriptions`,
    )
  const result = bridge.address.safeParse(address)
  if (!result.success)
    throw new FountainError(
      'ADDRESS_INVALID',
      `${name}: ${result.error.issues.map((issue) => issue.message).join('; ')}`,
    )
  return result.data
}

async function openChannels({ config, kinds, log }: GatewayOptions, metrics: Metrics, opened: Closing[]) {
  const instances = new Map<string, { channel: Channel; bridge: Bridge }>()
  for (const { name, kind, config: settings } of config.bridges) {
    const bridge = kinds.bridges.get(kind)
    if (bridge === undefined) continue
    const channel = await bridge.open(settings, {
      instance: name,
      authority: config.authority,
      ...(config.publicUrl === undefined ? {} : { publicUrl: config.publicUrl }),
      clock: systemClock,
      log: log.child({ bridge: name }),
      metrics,
    })
    opened.push(() => channel.close())
    instances.set(name, { channel, bridge })
  }
  return instances
}

const eventUrl = (publicUrl: string, ivoid: string): string =>
  `${publicUrl.replace(/\/$/, '')}/events?ID=${encodeURIComponent(ivoid)}`

/** The stateless stages of one source. */
function siftOf(source: SourceConfig, options: GatewayOptions, data: string, plan: GatewayPlan): Sift {
  const { config, log } = options
  const mapping = loadMapping(source.survey)
  const cache = decoderCache()
  const url = 'registry' in source ? source.registry : undefined
  const schemaOf = schemaFinder({
    parse: parseWriterSchema,
    bundled: (id) => bundledSchema(source.survey, id),
    ...(url === undefined
      ? {}
      : { registry: openRegistry({ url, cacheDir: join(data, 'schemas'), clock: systemClock, log }) }),
  })
  const framing = 'framing' in source ? source.framing : 'confluent'
  const topics = 'topics' in source ? source.topics : []
  const test = topics.some((topic) => topic === 'alerts-simulated')
  return makeSift({
    survey: source.survey,
    unframe: (bytes) => unframe(bytes, framing),
    schemaOf,
    decoderFor: (schema) => cache.decoder(schema, mapping.wanted),
    identify: (alert) => mapping.identify(alert),
    toVOEvent: (alert, now, stream) =>
      alertToVOEvent(alert, {
        mapping,
        authority: config.authority,
        who: config.who,
        now,
        cites: [],
        ...(stream === undefined ? {} : { stream }),
        ...(config.publicUrl === undefined ? {} : { publicUrl: config.publicUrl }),
        test,
        software,
      }),
    streamIvoidOf: streamOf,
    filters: plan.alertFilters(source.survey),
    keep: config.archive.keep,
    now: systemClock.now,
  })
}

function sourceStatus(source: RunningSource): StatusReport['sources'][number] {
  const { phase, lastError, lastRecordTimeMs } = source.state()
  return {
    name: source.name,
    describe: source.describe,
    state: phase,
    ...(lastError === null || phase === 'running' ? {} : { reason: lastError }),
    ...(lastRecordTimeMs === null ? {} : { newestRecordMs: lastRecordTimeMs }),
  }
}

function readiness(sources: readonly RunningSource[]): { ok: boolean; reasons: string[] } {
  const reasons = sources.flatMap((source) => {
    const { phase, lastError } = source.state()
    return phase === 'failed' || phase === 'waiting'
      ? [`source ${source.name}: ${phase}${lastError ? `: ${lastError}` : ''}`]
      : []
  })
  return { ok: reasons.length === 0, reasons }
}

/** What commands may ask of the running gateway through `data/control.sock`. */
function controlHandlers(
  store: Store,
  status: () => Promise<StatusReport>,
  retry: (which: { ids?: readonly number[] }) => Promise<RetryResult>,
) {
  return {
    status,
    'dead.list': (args: unknown) => store.deadLetters(args as Parameters<Store['deadLetters']>[0]),
    'dead.show': async (args: unknown) => {
      const found = await store.deadBytes((args as { id: number }).id)
      return found && { letter: found.letter, base64: Buffer.from(found.bytes).toString('base64') }
    },
    'dead.retry': (args: unknown) => retry(args as { ids?: readonly number[] }),
  }
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
