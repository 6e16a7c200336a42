/**
 * `keep: all` against the disk: packets through `apply` as Kafka brings them (80 kB each in memory of their own, a
 * slice at a time), and packets of the same kind written plainly, one sync a slice: one write a packet, and in pieces
 * of a megabyte, which is the best that we know. In turns on the same disk. What a turn wrote is deleted before the
 * next, so that all write to pages that came free: new ones come slowly from a hypervisor, and cost whoever is first.
 * And the time that a look-up by identifier takes among a million others.
 */
import { closeSync, fdatasyncSync, mkdtempSync, openSync, rmSync, writevSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { crc32 } from 'node:zlib'
import type { Log } from '../bridges/contract.ts'
import type { Sifted } from '../src/flow.ts'
import { NightIndex, NightIndexReader } from '../src/record/archive/night-index.ts'
import { type OpenedStore, openStore } from '../src/record/open-store.ts'

const packetBytes = 80_000
const packetsPerBatch = 200
const batches = 12
const warmBatches = 4
const rounds = 5
const budget = 0.8

const quiet: Log = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {}, child: () => quiet }
const dir = mkdtempSync(join(process.env.FOUNTAIN_BENCH_DIR ?? tmpdir(), 'fountain-archive-'))
const packet = (n: number): Uint8Array => {
  const bytes = Buffer.alloc(packetBytes, n & 0xff)
  bytes.writeUInt32LE(n)
  return bytes
}

function batchOf(first: number): Sifted {
  const kept = Array.from({ length: packetsPerBatch }, (_, index) => ({
    offset: first + index,
    recordTimeMs: 0,
    bytes: packet(first + index),
  }))
  return {
    source: 'kafka',
    survey: 'lsst',
    topic: 'alerts',
    partition: 0,
    from: first,
    to: first + packetsPerBatch,
    kind: 'span',
    filters: [],
    lines: kept.map(({ offset, bytes }) => ({
      offset,
      outcome: 'decoded',
      alertId: String(170_000_000_000_000_000n + BigInt(offset) * 7_919n),
      visit: 1,
      crc32: crc32(bytes),
      length: bytes.length,
      passed: [],
      errored: [],
    })),
    candidates: [],
    events: [],
    dead: [],
    kept,
    outside: [],
    nowMs: Date.now(),
  }
}

const megabytes = (packetsPerBatch * packetBytes) / 1e6

/** Writes and syncs slices, as fast as it goes; megabytes a second. */
function plainly(prepared: readonly Sifted[], packetsPerWrite: number): number {
  const path = join(dir, 'plain')
  const fd = openSync(path, 'w')
  const startMs = performance.now()
  for (const { kept } of prepared) {
    for (let from = 0; from < kept.length; from += packetsPerWrite) {
      const buffers = kept.slice(from, from + packetsPerWrite).map(({ bytes }) => bytes)
      writevSync(fd, buffers)
    }
    fdatasyncSync(fd)
  }
  const rate = (prepared.length * megabytes * 1000) / (performance.now() - startMs)
  closeSync(fd)
  rmSync(path)
  return rate
}

/** As a source does: the next batch is handed over while the one before is being made durable. */
async function applied(store: OpenedStore, prepared: readonly Sifted[]): Promise<number> {
  const startMs = performance.now()
  let before: Promise<unknown> = Promise.resolve()
  for (const sifted of prepared) {
    const now = store.apply(sifted)
    await before
    before = now
  }
  await before
  return (prepared.length * megabytes * 1000) / (performance.now() - startMs)
}

async function withStore<T>(use: (store: OpenedStore) => Promise<T>): Promise<T> {
  const store = await openStore(join(dir, 'data'), { log: quiet, clock: { now: Date.now }, keep: 'all' })
  try {
    return await use(store)
  } finally {
    await store.close()
    rmSync(join(dir, 'data'), { recursive: true })
  }
}

const prepare = (from = 0) => Array.from({ length: batches }, (_, index) => batchOf((from + index) * packetsPerBatch))

try {
  const writers = {
    single: async () => plainly(prepare(), 1),
    pieces: async () => plainly(prepare(), 13),
    kept: () =>
      withStore(async (store) => {
        // A new worker is cold, and a gateway starts once.
        await applied(store, prepare().slice(0, warmBatches))
        return applied(store, prepare(warmBatches))
      }),
  }
  const results: Record<keyof typeof writers, number>[] = []
  for (let round = 0; round <= rounds; round++) {
    const result = { single: 0, pieces: 0, kept: 0 }
    const turns = Object.keys(writers) as (keyof typeof writers)[]
    // Each begins a round in its turn, and none always follows the same other one.
    for (let n = 0; n < round; n++) turns.push(turns.shift() as keyof typeof writers)
    for (const turn of round % 2 === 0 ? turns : turns.reverse()) result[turn] = await writers[turn]()
    // The first warms up.
    if (round > 0) results.push(result)
  }
  for (const { single, pieces, kept } of results) {
    const [one, many, ours] = [single, pieces, kept].map((rate) => rate.toFixed(0))
    console.log(`  plain, a write a packet ${one} MB/s, a megabyte a write ${many} MB/s, keep: all ${ours} MB/s`)
  }
  const rate = median(results.map(({ kept }) => kept))
  console.log(`keep: all at ${rate.toFixed(0)} MB/s; of the disk's sequential rate (at least ${budget}):`)
  for (const peer of ['single', 'pieces'] as const) {
    const ratio = rate / median(results.map((result) => result[peer]))
    const ok = ratio >= budget
    console.log(
      `  ${peer === 'single' ? 'a write a packet' : 'a megabyte a write'}: ${ratio.toFixed(2)} ${ok ? 'ok' : 'MISSED'}`,
    )
    if (!ok) process.exitCode = 1
  }

  await withStore(async (store) => {
    const prepared = prepare()
    await applied(store, prepared)
    const ids = prepared.flatMap(({ lines }) => lines.map(({ alertId = '' }) => alertId))
    const times: number[] = []
    for (let n = 0; n < 500; n++) {
      const startMs = performance.now()
      const found = await store.alertPacket('lsst', ids[(n * 7_907) % ids.length] ?? '')
      times.push(performance.now() - startMs)
      if (found?.bytes.length !== packetBytes) throw new Error('a packet that was kept was not found')
    }
    tell('a packet by its alert, through the store', times)
  })

  const entries = 1_000_000
  const index = new NightIndex(dir, 20_000)
  const startMs = performance.now()
  for (let from = 0; from < entries; from += 1_000) {
    index.add(
      1,
      from,
      Array.from({ length: 1_000 }, (_, n) => ({
        survey: 'lsst',
        // In no order, as the identifiers of a night come.
        alertId: String(170_000_000_000_000_000n + ((BigInt(from + n) * 2_654_435_761n) % 4_294_967_296n)),
        at: { segment: 1, place: (from + n) * 80_000, length: 80_000 },
      })),
    )
  }
  console.log(`${entries} entries of an index in ${((performance.now() - startMs) / 1000).toFixed(1)} s`)
  index.close()
  const reader = new NightIndexReader(dir)
  const [known, unknown]: [number[], number[]] = [[], []]
  for (let n = 0; n < 20_000; n++) {
    const at = (n * 7_907) % entries
    const alertId = String(170_000_000_000_000_000n + ((BigInt(at) * 2_654_435_761n) % 4_294_967_296n))
    for (const [times, id, length] of [
      [known, alertId, 1],
      [unknown, `9${alertId}`, 0],
    ] as const) {
      const askedMs = performance.now()
      const found = reader.find(20_000, 'lsst', id)
      times.push(performance.now() - askedMs)
      if (found?.length !== length) throw new Error(`${id} was found ${found?.length} times`)
    }
  }
  reader.close()
  tell('an identifier among a million', known)
  tell('one that is not there', unknown)
} finally {
  rmSync(dir, { recursive: true })
}

function median(numbers: readonly number[]): number {
  return numbers.toSorted((a, b) => a - b)[numbers.length >> 1] ?? Number.NaN
}

function tell(what: string, times: number[]): void {
  times.sort((a, b) => a - b)
  const at = (share: number) => (times[Math.floor(times.length * share)] ?? 0).toFixed(3)
  console.log(`${what}: median ${at(0.5)} ms, 99 % ${at(0.99)} ms`)
}
