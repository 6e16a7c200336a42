/**
 * `keep: all` against the disk: packets through `apply` as Kafka brings them (80 kB each in memory of their own, a
 * slice at a time), and packets of the same kind written plainly, one sync a slice, a new file at the size where a segment
 * ends: one write a packet, and in pieces of a megabyte, which is the best that we know. In turns on the same disk; what
 * was written stays until all is over.
 * And the time that a look-up by identifier takes among a million others.
 */
import { closeSync, fdatasyncSync, mkdtempSync, openSync, rmSync, writeSync, writevSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { crc32 } from 'node:zlib'
import type { Log } from '../bridges/contract.ts'
import type { Sifted } from '../src/flow.ts'
import { NightIndex, NightIndexReader } from '../src/record/archive/night-index.ts'
import { segmentLimits } from '../src/record/archive/segments.ts'
import { openStore } from '../src/record/open-store.ts'

const packetBytes = 80_000
const packetsPerBatch = 200
const batches = 12
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

/**
 * The page cache of a machine that has run for a while is full: pages are used again, not asked of a hypervisor, whose
 * answer takes longer than the writing and would be the share of whoever comes first.
 */
function fillPageCache(): void {
  const path = join(dir, 'warm')
  const bytes = Buffer.alloc(packetBytes * packetsPerBatch, 1)
  const fd = openSync(path, 'w')
  for (let n = 0; n < 3 * (rounds + 1) * batches; n++) writeSync(fd, bytes)
  closeSync(fd)
  rmSync(path)
}

/** Writes and syncs slices, as fast as it goes; resolves to megabytes a second. */
function plainWriter(name: string, packetsPerWrite: number): (prepared: readonly Sifted[]) => number {
  let files = 0
  let open: { fd: number; bytes: number } | undefined
  return (prepared) => {
    const startMs = performance.now()
    for (const { kept } of prepared) {
      if (open !== undefined && open.bytes >= segmentLimits.bytes) {
        closeSync(open.fd)
        open = undefined
      }
      open ??= { fd: openSync(join(dir, `${name}-${++files}`), 'w'), bytes: 0 }
      for (let from = 0; from < kept.length; from += packetsPerWrite) {
        const buffers = kept.slice(from, from + packetsPerWrite).map(({ bytes }) => bytes)
        open.bytes += writevSync(open.fd, buffers)
      }
      fdatasyncSync(open.fd)
    }
    return (prepared.length * megabytes * 1000) / (performance.now() - startMs)
  }
}

const store = await openStore(join(dir, 'data'), { log: quiet, clock: { now: Date.now }, keep: 'all' })
const keptIds: string[] = []
/** As a source does: the next batch is handed over while the one before is being made durable. */
async function applied(prepared: readonly Sifted[]): Promise<number> {
  for (const { lines } of prepared) for (const { alertId = '' } of lines) keptIds.push(alertId)
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

try {
  fillPageCache()
  const writers = {
    single: plainWriter('single', 1),
    pieces: plainWriter('pieces', 13),
    kept: applied,
  }
  const results: Record<keyof typeof writers, number>[] = []
  let next = 0
  const prepare = () => Array.from({ length: batches }, () => batchOf(next++ * packetsPerBatch))
  for (let round = 0; round <= rounds; round++) {
    const result = { single: 0, pieces: 0, kept: 0 }
    const turns = Object.keys(writers) as (keyof typeof writers)[]
    // Each begins a round in its turn, and none always follows the same other one.
    for (let n = 0; n < round; n++) turns.push(turns.shift() as keyof typeof writers)
    for (const turn of round % 2 === 0 ? turns : turns.reverse()) result[turn] = await writers[turn](prepare())
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

  const times: number[] = []
  for (let n = 0; n < 500; n++) {
    const startMs = performance.now()
    const found = await store.alertPacket('lsst', keptIds[(n * 7_907) % keptIds.length] ?? '')
    times.push(performance.now() - startMs)
    if (found?.bytes.length !== packetBytes) throw new Error('a packet that was kept was not found')
  }
  tell('a packet by its alert, through the store', times)
} finally {
  await store.close()
  rmSync(join(dir, 'data'), { recursive: true })
}

try {
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
