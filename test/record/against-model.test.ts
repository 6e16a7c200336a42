import { writevSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Sifted } from '../../src/flow.ts'
import { NightIndexReader } from '../../src/record/archive/night-index.ts'
import { type Answer, reads } from '../../src/record/commands.ts'
import { segmentDir, Writer } from '../../src/record/writer.ts'
import { newDataDir, outside, type PacketOf, plan, removeDataDir, sifted, t0 } from './fixtures.ts'
import { Model } from './model.ts'

/** One step of a random story. */
type Step =
  | {
      does: 'span'
      source: 'a' | 'b'
      partition: number
      back: number
      hole: number
      packets: Omit<PacketOf, 'offset'>[]
    }
  | { does: 'retry'; source: 'a' | 'b'; partition: number; offset: number; packet: Omit<PacketOf, 'offset'> }
  | { does: 'outside'; name: number }
  | { does: 'nonsense' }

const packet: fc.Arbitrary<Omit<PacketOf, 'offset'>> = fc.record({
  alertId: fc.integer({ min: 1, max: 15 }).map(String),
  outcome: fc.oneof(
    { weight: 6, arbitrary: fc.constant('decoded' as const) },
    fc.constantFrom('dead' as const, 'parked' as const),
  ),
  visit: fc.integer({ min: 0, max: 2 }),
  matches: fc.boolean(),
  errors: fc.boolean(),
  bytes: fc.constantFrom('x', 'y'),
  objectId: fc.constantFrom(null, 'o1', 'o2'),
  role: fc.constantFrom('observation' as const, 'test' as const),
  unmappable: fc.boolean(),
})
const source = fc.constantFrom('a' as const, 'b' as const)
const partition = fc.integer({ min: 0, max: 1 })
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      does: fc.constant('span' as const),
      source,
      partition,
      back: fc.integer({ min: 0, max: 4 }),
      hole: fc.integer({ min: 0, max: 1 }),
      packets: fc.array(packet, { maxLength: 5 }),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({ does: fc.constant('retry' as const), source, partition, offset: fc.nat(12), packet }),
  },
  { weight: 1, arbitrary: fc.record({ does: fc.constant('outside' as const), name: fc.nat(2) }) },
  { weight: 1, arbitrary: fc.record({ does: fc.constant('nonsense' as const) }) },
)
/** Steps that share a transaction, and what happens around it. */
const act = fc.record({
  steps: fc.array(step, { minLength: 1, maxLength: 3 }),
  after: fc.constantFrom('go on', 'go on', 'reopen'),
  diskFull: fc.boolean(),
})

function siftedOf(step: Step, model: Model): Sifted {
  if (step.does === 'outside') return outside(`ivo://other.org/x#${step.name}`)
  if (step.does === 'nonsense') return { ...sifted([{ offset: 0, alertId: '1' }]), candidates: [] }
  // Two surveys that use the same identifiers: their events collide, and the first one wins.
  const whence = {
    source: step.source,
    survey: step.source === 'a' ? 'lsst' : 'ztf',
    topic: 't',
    partition: step.partition,
  }
  if (step.does === 'retry') {
    return sifted([{ ...step.packet, offset: step.offset, kept: true }], { ...whence, kind: 'retry' })
  }
  const position = model.positions.get(`${step.source} t ${step.partition}`) ?? 0
  const from = Math.max(0, position - step.back)
  const packets = step.packets.map((each, index) => ({ ...each, offset: from + index, kept: true }))
  return sifted(packets, { ...whence, from, to: from + packets.length + step.hole })
}

const seenOf = (writer: Writer, dataDir: string) => {
  const dir = segmentDir(dataDir)
  const indexes = new NightIndexReader(dir)
  const reading = { sql: writer.sql, segmentDir: dir, indexes }
  const ledger = reads.ledger(reading, 'visits')
  const packets = writer.sql
    .all<{ survey: string; alert: string }>(
      'SELECT s.name AS survey, CAST(a.alert_id AS TEXT) AS alert FROM seen_alerts a JOIN surveys s ON s.id = a.survey_id',
    )
    .map(({ survey, alert }) => [`${survey} ${alert}`, reads.allPackets(reading, survey, alert).length] as const)
    .filter(([, n]) => n > 0)
    .sort(byKey)
  indexes.close()
  return {
    faults: reads.checkLedger(reading),
    positions: ['a', 'b'].flatMap((name) =>
      reads.positions(reading, name).map((at) => `${name} ${at.topic} ${at.partition} ${at.to}`),
    ),
    log: reads.logSince(reading, 0, 1000).map(({ ivoid }) => ({
      ivoid,
      cites: (reads.eventByIvoid(reading, ivoid)?.model?.citations?.events ?? []).map((cited) => cited.ivoid),
    })),
    sources: ledger.sources.map(({ source: name, visit, ...counts }) => [`${name} ${visit}`, counts]),
    filters: ledger.filters.map(({ visit, passed, errored, chosen, unmappable }) => [
      visit,
      { passed, errored, chosen, unmappable },
    ]),
    letters: (['dead', 'parked'] as const)
      .flatMap((state) =>
        reads
          .deadLetters(reading, { state, limit: 1000 })
          .map((at) => `${at.source} t ${at.partition} ${at.offset} ${state}`),
      )
      .sort(),
    delivered: writer.sql
      .all<{ ivoid: string }>('SELECT e.ivoid FROM deliveries d JOIN events e ON e.id = d.event_id ORDER BY d.id')
      .map(({ ivoid }) => ivoid),
    leftOut: ledger.subscriptions[0]?.leftOut,
    packets,
  }
}

const byKey = (a: readonly unknown[], b: readonly unknown[]) => (String(a[0]) < String(b[0]) ? -1 : 1)
const expectedOf = (model: Model) => ({
  faults: [],
  positions: [...model.positions].map(([place, to]) => `${place} ${to}`).sort(),
  log: model.log,
  sources: [...model.sources].filter(([, { received }]) => received !== 0).sort(byKey),
  filters: [...model.filters].sort(byKey),
  letters: [...model.letters].map(([at, { state }]) => `${at} ${state}`).sort(),
  delivered: model.delivered,
  leftOut: model.leftOut,
  packets: [...model.packets].map(([alert, { length }]) => [alert, length]).sort(byKey),
})

describe('the store against a model of it', () => {
  it('does the same through any story of overlaps, repeats, retries, full disks and restarts', {
    timeout: 180_000,
  }, () => {
    fc.assert(
      fc.property(fc.array(act, { minLength: 1, maxLength: 8 }), (acts) => {
        const dataDir = newDataDir()
        const model = new Model()
        let full = false
        const files = {
          write: (fd: number, buffers: readonly Uint8Array[], position: number) => {
            if (!full) return writevSync(fd, buffers as NodeJS.ArrayBufferView[], position)
            // Half of it still fits: what lies there must go again.
            writevSync(fd, [buffers[0] ?? new Uint8Array(1)], position)
            throw Object.assign(new Error('no space left on device'), { code: 'ENOSPC' })
          },
          sync: () => {},
        }
        const open = () => new Writer({ dataDir, keep: 'matched', nowMs: t0, warn: () => {}, files })
        let writer = open()
        const configure = () => writer.run([{ name: 'configure', args: [plan({}), t0] }], t0)
        configure()
        try {
          for (const { steps, after, diskFull } of acts) {
            const batch: Sifted[] = []
            for (const each of steps) batch.push(siftedOf(each, model))
            const run = (): Answer[] =>
              writer.run(
                batch.map((each) => ({ name: 'apply', args: [each] })),
                t0,
              )
            if (diskFull) {
              full = true
              const before = seenOf(writer, dataDir)
              const answers = run()
              full = false
              const failed = answers.filter((answer) => 'fault' in answer && answer.fault.code === 'DISK_FULL')
              if (failed.length > 0) {
                expect(failed).toHaveLength(answers.length)
                expect(seenOf(writer, dataDir)).toEqual(before)
                run()
              }
            } else {
              run()
            }
            steps.forEach((each, index) => {
              const one = batch[index]
              if (one !== undefined && each.does !== 'nonsense') model.apply(one)
            })
            if (after === 'reopen') {
              writer.close()
              writer = open()
              configure()
            }
            expect(seenOf(writer, dataDir)).toEqual(expectedOf(model))
          }
        } finally {
          writer.close()
          removeDataDir(dataDir)
        }
      }),
      { numRuns: 120 },
    )
  })
})
