import { expect, it } from 'vitest'
import type { PacketBatch, Source, SourceHost } from '../../src/flow.ts'
import type { Applied } from '../../src/record/port.ts'
import { runSource } from '../../src/tasks/run-source.ts'
import type { Sift } from '../../src/tasks/sift.ts'

const quiet = { debug() {}, info() {}, warn() {}, error() {}, child: () => quiet }
const applied = { received: 0, duplicate: 0, dead: 0, parked: 0, cut: 0 } as unknown as Applied

/** A source that does what the test does with its host. */
function hosted() {
  const host = Promise.withResolvers<SourceHost>()
  const end = Promise.withResolvers<void>()
  const source: Source = {
    name: 'lsst',
    describe: 'a test',
    check: async () => undefined,
    run: (given) => {
      host.resolve(given)
      return end.promise
    },
  }
  const running = runSource(
    source,
    {
      store: { apply: async () => applied, positions: async () => [] },
      sift: (async () => ({})) as unknown as Sift,
      clock: { now: () => 0, monotonic: () => 0, sleep: async () => undefined },
      log: quiet,
      metrics: { counter: () => ({ inc() {} }), gauge: () => ({ set() {} }) },
      recorded: () => undefined,
    },
    new AbortController().signal,
  )
  return { running, host: host.promise, end }
}
const batch = (partition: number, behind?: number): PacketBatch => ({
  source: 'lsst',
  topic: 'alerts',
  partition,
  from: 0,
  to: 0,
  packets: [],
  ...(behind === undefined ? {} : { behind }),
})

it('knows how much is not read yet, over all partitions, once the source says it', async () => {
  const { running, host, end } = hosted()
  const { sift } = await host
  await sift(batch(0))
  expect(running.state().behind).toBeNull()
  for (const [partition, behind] of [
    [0, 500],
    [1, 20],
    [0, 300],
  ] as const)
    await sift(batch(partition, behind))
  expect(running.state().behind).toBe(320)
  end.resolve()
  await running.ended
  expect(running.state().phase).toBe('ended')
})

it('waits while its source says why, and runs again', async () => {
  const { running, host, end } = hosted()
  const { waits } = await host
  waits?.('no broker answers')
  expect(running.state()).toMatchObject({ phase: 'waiting', lastError: 'no broker answers' })
  waits?.(null)
  expect(running.state()).toMatchObject({ phase: 'running', lastError: null })
  end.resolve()
  await running.ended
})
