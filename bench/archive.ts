/**
 * `keep: all` against the disk: packets through `apply` (as Kafka brings them: 80 kB each, in batches), and the same
 * bytes written plainly one after the other with one sync a batch, in turns on the same disk. And the time that a
 * look-up by identifier takes among a million others.
 */
import { closeSync, fdatasyncSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { crc32 } from 'node:zlib'
import type { Log } from '../bridges/contract.ts'
import type { Sifted } from '../src/flow.ts'
import { NightIndex, NightIndexReader } from '../src/record/archive/night-index.ts'
import { openStore } from '../src/record/open-store.ts'

const packetBytes = 80_000
const packetsPerBatch = 200
const batches = 12
const rounds = 3
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

/** Megabytes a second. */
function plainly(prepared: readonly Sifted[]): number {
  const path = join(dir, 'plain')
  const fd = openSync(path, 'w')
  const startMs = performance.now()
  for (const { kept } of prepared) {
    for (const { bytes } of kept) writeSync(fd, bytes)
    fdatasyncSync(fd)
  }
  const rate = (prepared.length * megabytes * 1000) / (performance.now() - startMs)
  closeSync(fd)
  rmSync(path)
  return rate
}

const store = await openStore(join(dir, 'data'), { log: quiet, clock: { now: Date.now }, keep: 'all' })
/** As a source does: the next batch is handed over while the one before is being made durable. */
async function applied(prepared: readonly Sifted[]): Promise<number> {
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
  const results: { plain: number; kept: number }[] = []
  for (let round = 0; round <= rounds; round++) {
    const prepared = Array.from({ length: batches }, (_, index) => batchOf((round * batches + index) * packetsPerBatch))
    const plain = plainly(prepared)
    const kept = await applied(prepared)
    // The first warms up.
    if (round > 0) results.push({ plain, kept })
  }
  const sum = (key: 'plain' | 'kept') => results.reduce((total, result) => total + result[key], 0) / results.length
  for (const { plain, kept } of results) {
    console.log(`  plain ${plain.toFixed(0)} MB/s, keep: all ${kept.toFixed(0)} MB/s: ${(kept / plain).toFixed(2)}`)
  }
  const ratio = sum('kept') / sum('plain')
  console.log(
    `keep: all at ${ratio.toFixed(2)} of the disk's sequential rate (at least ${budget}): ${ratio >= budget ? 'ok' : 'MISSED'}`,
  )
  if (ratio < budget) process.exitCode = 1

  const id = (n: number) => String(170_000_000_000_000_000n + BigInt(n) * 7_919n)
  const times: number[] = []
  for (let n = 0; n < 500; n++) {
    const startMs = performance.now()
    const found = await store.alertPacket('lsst', id((n * 7_907) % (batches * packetsPerBatch * (rounds + 1))))
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

function tell(what: string, times: number[]): void {
  times.sort((a, b) => a - b)
  const at = (share: number) => (times[Math.floor(times.length * share)] ?? 0).toFixed(3)
  console.log(`${what}: median ${at(0.5)} ms, 99 % ${at(0.99)} ms`)
}
