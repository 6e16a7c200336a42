import { expect, it } from 'vitest'
import { type ErrorCode, FountainError } from '../../src/errors.ts'
import type { PacketBatch, Source, SourceHost } from '../../src/flow.ts'
import type { Applied, Store } from '../../src/record/port.ts'
import { runSource } from '../../src/tasks/run-source.ts'
import type { Sift } from '../../src/tasks/sift.ts'

const warned: object[] = []
const quiet = {
  debug() {},
  info() {},
  warn: (fields: object) => void warned.push(fields),
  error() {},
  child: () => quiet,
}
const applied = { received: 0, duplicate: 0, dead: 0, parked: 0, cut: 0 } as unknown as Applied

/** A source that does what the test does with its host. */
function hosted(store: Partial<Pick<Store, 'apply' | 'positions'>> = {}) {
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
      store: { apply: async () => applied, positions: async () => [], ...store },
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

it('warns of packets that could not be used', async () => {
  const { host, end } = hosted({ apply: async () => ({ ...applied, received: 5, dead: 2, parked: 1 }) })
  warned.length = 0
  await (await host).sift(batch(0))
  expect(warned).toEqual([{ source: 'lsst', dead: 2, parked: 1 }])
  end.resolve()
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

it('asks a store that is busy, slow or full again until it answers, and ends on one that failed', async () => {
  const troubles: ErrorCode[] = ['STORE_BUSY', 'STORE_DEADLINE', 'STORE_BUSY', 'DISK_FULL', 'STORE_FAILED']
  const answer = <T>(value: T, times: number) => {
    let left = times
    return async () => {
      const code = left-- > 0 ? troubles.shift() : undefined
      if (code !== undefined) throw new FountainError(code, 'as the test wants it')
      return value
    }
  }
  const { host } = hosted({ positions: answer([], 2), apply: answer(applied, 2) })
  const { positions, sift } = await host
  expect(await positions()).toEqual([])
  await sift(batch(0))
  expect(troubles).toEqual(['STORE_FAILED'])
  const { host: other } = hosted({ apply: answer(applied, 1) })
  await expect((await other).sift(batch(0))).rejects.toMatchObject({ code: 'STORE_FAILED' })
})
