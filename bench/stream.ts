/**
 * Events of 6 kB to 1,000 WebSocket subscribers: the stream feed beside a plain broadcast by `ws`, the same bytes in
 * the same run. A delivery is one event at one subscriber's socket.
 */
import { type ChildProcess, fork } from 'node:child_process'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as wait } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { WebSocketServer } from 'ws'
import type { FeedHost, Log, LogEntry, OpenFeed, RouteMount } from '../bridges/contract.ts'
import { feed } from '../bridges/stream/index.ts'

const subscribers = 1_000
const events = 100
const rounds = 3
const xml = `<voe:VOEvent ivorn="ivo://example.org/streams/s#1">${'x'.repeat(6_000)}</voe:VOEvent>`

interface Swarm {
  readonly process: ChildProcess
  readonly seen: { open: number; bytes: number }
}

function startSwarm(port: number, path: string): Swarm {
  const process = fork(fileURLToPath(new URL('parts/stream-swarm.ts', import.meta.url)), [
    `${port}`,
    path,
    `${subscribers}`,
  ])
  const seen = { open: 0, bytes: 0 }
  process.on('message', (message) => Object.assign(seen, message))
  return { process, seen }
}

async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await wait(1)
}

async function listen(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return (server.address() as AddressInfo).port
}

/** `publish` gives the bytes that each subscriber is to get. */
async function measure(name: string, port: number, publish: () => number): Promise<void> {
  const swarm = startSwarm(port, '/stream?format=voevent-xml&since=0')
  await until(() => swarm.seen.open === subscribers)
  await wait(300)
  for (const atOnce of [events, 1])
    await measureRounds(`${name}, ${atOnce === 1 ? 'one by one' : 'at once'}`, swarm, publish, atOnce)
  swarm.process.kill()
  await until(() => swarm.process.exitCode !== null || swarm.process.signalCode !== null)
}

/** `atOnce`: so many are published before all subscribers are waited for. */
async function measureRounds(name: string, swarm: Swarm, publish: () => number, atOnce: number): Promise<void> {
  const rates: number[] = []
  const cpus: number[] = []
  let most = 0
  for (let round = 0; round < rounds; round++) {
    const before = swarm.seen.bytes
    const startedMs = performance.now()
    const cpu = process.cpuUsage()
    let wanted = 0
    for (let published = 0; published < events; published += atOnce) {
      for (let n = 0; n < atOnce; n++) wanted += publish()
      while (swarm.seen.bytes - before < wanted * subscribers) {
        most = Math.max(most, process.memoryUsage.rss())
        await wait(1)
      }
    }
    const { user, system } = process.cpuUsage(cpu)
    rates.push((events * subscribers) / ((performance.now() - startedMs) / 1000))
    cpus.push((user + system) / (events * subscribers))
  }
  const median = (values: number[]) => values.sort((a, b) => a - b)[values.length >> 1]!
  const rate = Math.round(median(rates)).toLocaleString('en').padStart(9)
  const us = median(cpus).toFixed(2).padStart(6)
  console.log(`  ${name.padEnd(32)} ${rate} deliveries/s ${us} us CPU each, at most ${Math.round(most / 1e6)} MB`)
}

async function plainBroadcast(): Promise<void> {
  const server = createServer()
  const sockets = new WebSocketServer({ server, perMessageDeflate: false })
  const port = await listen(server)
  let seq = 0
  await measure('plain ws broadcast', port, () => {
    const text = JSON.stringify({ type: 'event', seq: ++seq, mediaType: 'text/xml', xml })
    for (const client of sockets.clients) client.send(text)
    return text.length + 4
  })
  server.close()
  server.closeAllConnections()
}

async function streamFeed(): Promise<void> {
  const entries: LogEntry[] = []
  let wake = () => {}
  const gets: Record<string, Parameters<RouteMount['get']>[1]> = {}
  const upgrades: Record<string, Parameters<RouteMount['upgrade']>[1]> = {}
  const silent: Log = { debug() {}, info() {}, warn() {}, error() {}, child: () => silent }
  const instrument = { inc() {}, set() {} }
  const closing = new AbortController()
  const host: FeedHost = {
    instance: 'stream',
    authority: 'example.org',
    log: {
      head: async () => entries.length,
      async *since(seq, signal) {
        for (let at = seq; !signal.aborted; ) {
          for (; at < entries.length; at++) yield entries[at]!
          await new Promise<void>((resolve) => {
            wake = resolve
            signal.addEventListener('abort', () => resolve(), { once: true })
          })
        }
      },
    },
    submit: async () => 'seen',
    peers: { load: async () => [], save: async () => {}, remove: async () => {} },
    http: {
      get: (path, handler) => void (gets[path] = handler),
      upgrade: (path, handler) => void (upgrades[path] = handler),
      reserve: () => {},
      closing: closing.signal,
    },
    xpath: { check: async () => ({ ok: true }), match: async () => [] },
    clock: {
      now: Date.now,
      monotonic: () => performance.now(),
      sleep: async (ms, signal) => void (await wait(ms, undefined, signal === undefined ? {} : { signal })),
    },
    logger: silent,
    metrics: { counter: () => instrument, gauge: () => instrument },
  }
  const open: OpenFeed = await feed.open(feed.config.parse({ maxPerAddress: 10_000, bufferBytes: 4_194_304 }), host)
  const server = createServer()
  server.on('upgrade', (request, socket, head) => upgrades['/stream']?.(request, socket, head))
  const port = await listen(server)
  await measure('the stream feed', port, () => {
    const seq = entries.length + 1
    const ivoid = `ivo://example.org/streams/s#${seq}`
    entries.push({
      seq,
      ivoid,
      role: 'observation',
      origin: 'own',
      raw: { mediaType: 'text/xml', bytes: Buffer.from(xml) },
    })
    setImmediate(() => wake())
    const head = JSON.stringify({ type: 'event', seq, ivoid, role: 'observation', origin: 'own' })
    return `${head.slice(0, -1)},"mediaType":"text/xml","xml":${JSON.stringify(xml)}}`.length + 4
  })
  await open.close()
  server.close()
  server.closeAllConnections()
}

console.log(`${subscribers} subscribers, ${events} events of ${xml.length} bytes a round, median of ${rounds} rounds`)
await plainBroadcast()
await streamFeed()
