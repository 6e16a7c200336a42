import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import type { Clock, Log } from '../../../bridges/contract.ts'
import type { SimulatorSourceConfig } from '../../../src/config.ts'
import { bundledEncoder } from '../../../src/decode/bundled-encoder.ts'
import type { PacketBatch } from '../../../src/flow.ts'
import { openSource } from '../../../src/ingest/open-source.ts'
import { type OutgoingMessage, simulateTo, simulateToFiles } from '../../../src/ingest/simulator/simulate-to.ts'
import { decodeMessage, plan } from './simulated.ts'

/** A clock that runs only when somebody waits. */
function virtualClock(): Clock & { atMs: number } {
  const clock = {
    atMs: 0,
    now: () => 1_700_000_000_000 + clock.atMs,
    monotonic: () => clock.atMs,
    sleep: async (ms: number, signal?: AbortSignal) => {
      clock.atMs += ms
      await Promise.resolve()
      signal?.throwIfAborted()
    },
  }
  return clock
}
const silent: Log = { debug() {}, info() {}, warn() {}, error() {}, child: () => silent }
const config = (more: Partial<SimulatorSourceConfig> = {}): SimulatorSourceConfig => ({
  kind: 'simulator',
  survey: 'lsst-sim',
  seed: 3,
  factor: 10,
  alertsPerVisit: 30,
  visits: 3,
  ...more,
})

async function run(more: Partial<SimulatorSourceConfig>, to?: number, stopAfter = Number.POSITIVE_INFINITY) {
  const clock = virtualClock()
  const source = await openSource('sim', config(more), { clock, log: silent, encoderOf: bundledEncoder })
  const abort = new AbortController()
  const batches: (PacketBatch & { atMs: number })[] = []
  await source.run({
    positions: async () => (to === undefined ? [] : [{ topic: 'simulator', partition: 0, to }]),
    sift: async (batch) => {
      batches.push({ ...batch, atMs: clock.atMs })
      if (batches.length >= stopAfter) abort.abort()
    },
    signal: abort.signal,
  })
  return { batches, packets: batches.flatMap(({ packets }) => packets), source }
}

describe('the simulator as a source', () => {
  it('gives consecutive packets of one partition, in bursts', async () => {
    const { batches, packets, source } = await run({})
    expect(packets.map(({ offset }) => offset)).toEqual(Array.from({ length: 90 }, (_, index) => index))
    for (const batch of batches) {
      expect(batch).toMatchObject({ source: 'sim', topic: 'simulator', partition: 0, from: batch.packets[0]!.offset })
      expect(batch.to).toBe(batch.from + batch.packets.length)
    }
    expect(batches.length).toBeGreaterThan(9)
    expect(batches.length).toBeLessThanOrEqual(24)
    expect(source.describe).toContain('seed 3')
  })
  it('never parts the alerts of a detector', async () => {
    const { batches } = await run({ alertsPerVisit: 300, visits: 1 })
    const detectors = batches.map(({ packets }) => {
      const found = packets.map(({ bytes }) => (decodeMessage(bytes).diaSource as { detector: number }).detector)
      return new Set(found)
    })
    detectors.forEach((one, index) => {
      for (const other of detectors.slice(index + 1)) expect([...one].filter((each) => other.has(each))).toEqual([])
    })
  })
  it('keeps the time of the survey, times its factor', async () => {
    const { batches } = await run({ factor: 10 })
    const starts = [0, 30, 60].map((from) => batches.find((batch) => batch.from === from)!.atMs)
    expect(starts).toEqual([0, 3900, 7800])
    expect(batches.every(({ atMs }) => atMs % 3900 <= 300)).toBe(true)
  })
  it.each([1, 29, 30, 47, 89])(
    'goes on at the stored position %i with the packets that would have come',
    async (to) => {
      const all = (await run({})).packets
      const rest = (await run({}, to)).packets
      expect(rest.map(({ offset }) => offset)).toEqual(all.slice(to).map(({ offset }) => offset))
      rest.forEach(({ bytes }, index) => {
        expect(Buffer.compare(bytes, all[to + index]!.bytes)).toBe(0)
      })
    },
  )
  it('is at its end when all visits are taken', async () => {
    expect((await run({}, 90)).packets).toEqual([])
  })
  it('stops when it is told to', async () => {
    const { batches } = await run({ visits: undefined as never }, undefined, 5)
    expect(batches.length).toBe(5)
  })
  it('says what it lacks', async () => {
    const source = await openSource('sim', config(), { clock: virtualClock(), log: silent })
    await source.check(new AbortController().signal)
    const host = { positions: async () => [], sift: async () => {}, signal: new AbortController().signal }
    await expect(source.run(host)).rejects.toThrow('without an encoder')
  })
})

describe('a bounded run', () => {
  const directory = mkdtempSync(join(tmpdir(), 'fountain-simulate-'))
  afterAll(() => rmSync(directory, { recursive: true }))

  it('writes a file a message, named for its alert', async () => {
    const seen: [number, number][] = []
    const options = { ...plan({ alertsPerVisit: 5 }), visits: 2, directory }
    const alerts = await simulateToFiles({ ...options, onVisit: (made, count) => seen.push([made, count]) })
    expect(alerts).toBe(10)
    expect(seen).toEqual([
      [1, 5],
      [2, 5],
    ])
    expect(readdirSync(directory)).toEqual(['2026112000001', '2026112000002'])
    for (const visit of readdirSync(directory)) {
      for (const file of readdirSync(join(directory, visit))) {
        const alert = decodeMessage(readFileSync(join(directory, visit, file)))
        expect(file).toBe(`${alert.diaSourceId}.avro-wire`)
      }
    }
  })
  it('sends as Rubin does: no key, the time of sending in a header', async () => {
    const sent: OutgoingMessage[] = []
    const options = { ...plan({ alertsPerVisit: 5 }), visits: 2, factor: 1, clock: virtualClock() }
    const alerts = await simulateTo(
      async (messages) => {
        sent.push(...messages)
      },
      { ...options, signal: new AbortController().signal },
    )
    expect(alerts).toBe(10)
    expect(sent.length).toBe(10)
    expect(Object.keys(sent[0]!)).toEqual(['value', 'headers'])
    expect(Number(sent[0]!.headers.producer_timestamp)).toBeGreaterThanOrEqual(1_700_000_000_000)
    expect(decodeMessage(sent[0]!.value).diaSourceId).toBeGreaterThan(0n)
  })
})
