/**
 * Many pending deliveries: what one costs, whether a limit is held, how long a claim takes and what memory does, with
 * 1,000 and with 100,000 pending in the same run. The real store with its threads, on a disk; channels that cost
 * nothing or take 20 ms.
 *
 *   node scripts/node24.mjs bench/deliveries.ts [pending] [seconds of each]
 */
import { setTimeout as sleep } from 'node:timers/promises'
import type { Bridge, Channel, Limits, Message, Metrics } from '../bridges/contract.ts'
import { type Delivering, startDelivery } from '../src/deliver/start-delivery.ts'
import { type OpenedStore, openStore } from '../src/record/open-store.ts'
import { systemClock } from '../src/system-clock.ts'
import { newDataDir, plan, removeDataDir, sifted, silent } from '../test/record/fixtures.ts'

const many = Number(process.argv[2] ?? 100_000)
const seconds = Number(process.argv[3] ?? 15)
const few = 1_000
const perSecond = 200
const slowMs = 20

const metrics: Metrics = { counter: () => ({ inc: () => {} }), gauge: () => ({ set: () => {} }) }

/** Takes everything after `takesMs`. */
class Sink implements Channel {
  sent = 0
  readonly #takesMs: number
  constructor(takesMs: number) {
    this.#takesMs = takesMs
  }
  render(items: Parameters<Channel['render']>[0]): Message {
    const { ivoid } = items[0].event
    return { body: Buffer.from(`A message about ${ivoid}. `.repeat(40)), parts: [], key: ivoid, repeat: 'safe' }
  }
  async deliver(message: Message): ReturnType<Channel['deliver']> {
    if (this.#takesMs > 0) await sleep(this.#takesMs)
    this.sent++
    return { state: 'sent', receipt: { id: message.key, atMs: Date.now() } }
  }
  async check(): Promise<void> {}
  async close(): Promise<void> {}
}

interface Running {
  readonly channel: Sink
  readonly claimsMs: number[]
  readonly delivering: Delivering
}

function run(store: OpenedStore, takesMs: number, limits: Limits): Running {
  const channel = new Sink(takesMs)
  const claimsMs: number[] = []
  const claim: OpenedStore['claim'] = async (...args) => {
    const startMs = performance.now()
    const claimed = await store.claim(...args)
    if (claimed.length > 0) claimsMs.push(performance.now() - startMs)
    return claimed
  }
  const bridge: Pick<Bridge, 'maxInFlight' | 'accepts'> = { maxInFlight: 64, accepts: 'event' }
  const instances = new Map([['email', { channel, bridge, limits }]])
  const delivering = startDelivery({ store: { ...store, claim }, instances, clock: systemClock, log: silent, metrics })
  return { channel, claimsMs, delivering }
}

async function fill(store: OpenedStore, from: number, to: number): Promise<void> {
  for (let offset = from; offset < to; offset += 1_000) {
    const packets = Array.from({ length: 1_000 }, (_, index) => ({
      offset: offset + index,
      alertId: String(offset + index + 1),
    }))
    await store.apply(sifted(packets, { nowMs: Date.now() }))
  }
}

const mb = () => Math.round(process.memoryUsage().rss / 1e6)
const at = (sorted: readonly number[], share: number) => sorted[Math.floor((sorted.length - 1) * share)] ?? 0

function report(what: string, { channel, claimsMs }: Running, elapsedMs: number, cpu: NodeJS.CpuUsage, rss: number[]) {
  const sorted = claimsMs.toSorted((a, b) => a - b)
  const rate = (channel.sent / elapsedMs) * 1_000
  const cpuMs = (cpu.user + cpu.system) / 1_000 / channel.sent
  console.log(
    `  ${what.padEnd(28)} ${rate.toFixed(0).padStart(6)}/s  ${cpuMs.toFixed(2).padStart(5)} ms CPU each  claim ` +
      `${at(sorted, 0.5).toFixed(1)} ms, p99 ${at(sorted, 0.99).toFixed(1)} ms  memory ${rss.join(', ')} MB`,
  )
  return { rate, cpuMs, claimMs: at(sorted, 0.5), claimP99Ms: at(sorted, 0.99) }
}

/** At the limit for a while. The first burst is not counted. */
async function limited(store: OpenedStore, pending: number) {
  const running = run(store, slowMs, { perSecond, burst: perSecond / 5 })
  await sleep(1_000)
  const [startMs, before, cpu] = [performance.now(), running.channel.sent, process.cpuUsage()]
  const rss = [mb()]
  const ms = Math.min(seconds * 1_000, ((pending * 0.6) / perSecond) * 1_000)
  await sleep(ms / 2)
  rss.push(mb())
  await sleep(ms / 2)
  rss.push(mb())
  const elapsedMs = performance.now() - startMs
  running.channel.sent -= before
  const result = report(`limit ${perSecond}/s, ${slowMs} ms each`, running, elapsedMs, process.cpuUsage(cpu), rss)
  await running.delivering.stop()
  return result
}

/** As fast as it goes, until all are out or the time is over. */
async function free(store: OpenedStore) {
  const left = (await store.ledger('totals')).bridges[0]?.states.queued ?? 0
  const [startMs, cpu] = [performance.now(), process.cpuUsage()]
  const rss = [mb()]
  const running = run(store, 0, {})
  const elapsedMs = () => performance.now() - startMs
  const share = () => Math.max(running.channel.sent / left, elapsedMs() / 1_000 / seconds)
  while (share() < 1) {
    await sleep(5)
    if (rss.length === 1 && share() >= 0.5) rss.push(mb())
  }
  rss.push(mb())
  const result = report('no limit, 0 ms each', running, elapsedMs(), process.cpuUsage(cpu), rss)
  await running.delivering.stop()
  return result
}

const results = []
for (const pending of [few, many]) {
  const dataDir = newDataDir()
  const store = await openStore(dataDir, { log: silent, clock: systemClock, keep: 'none' })
  try {
    await store.configure(plan({}))
    await fill(store, 0, pending)
    console.log(`${pending.toLocaleString('en')} pending`)
    const atLimit = await limited(store, pending)
    await fill(store, pending, pending + few)
    results.push({ limited: atLimit, free: await free(store) })
    const faults = await store.checkLedger()
    if (faults.length > 0) throw new Error(faults.join('\n'))
  } finally {
    await store.close()
    removeDataDir(dataDir)
  }
}
const [small, large] = results
if (small === undefined || large === undefined) throw new Error('nothing was measured')
const times = (one: number, other: number) => (other / one).toFixed(2)
console.log(
  `rate held: ${(small.limited.rate / perSecond).toFixed(3)} and ${(large.limited.rate / perSecond).toFixed(3)} of the limit\n` +
    `${many.toLocaleString('en')} against ${few.toLocaleString('en')} pending: CPU each ${times(small.free.cpuMs, large.free.cpuMs)} times, ` +
    `claim ${times(small.free.claimMs, large.free.claimMs)} times`,
)
