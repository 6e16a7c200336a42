import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { LogEntry } from '../../bridges/contract.ts'
import { Bell } from '../../src/deliver/bell.ts'
import { feedLog } from '../../src/deliver/feed-log.ts'
import { FountainError } from '../../src/errors.ts'
import { sifted, silent, t0 } from '../record/fixtures.ts'
import { DirectStore } from './direct-store.ts'
import { FakeClock } from './fake-clock.ts'

let store: DirectStore
let wake: Bell
let clock: FakeClock
beforeEach(() => {
  store = new DirectStore()
  wake = new Bell()
  clock = new FakeClock(t0)
})
afterEach(() => store.remove())

const alerts = (count: number, first: number) =>
  sifted(Array.from({ length: count }, (_, index) => ({ offset: first + index, alertId: `${first + index}` })))

function follow(from: number, port = store.port) {
  const end = new AbortController()
  const entries: LogEntry[] = []
  const done = (async () => {
    for await (const entry of feedLog(port, { wake, clock, log: silent, feed: 'vtp' }).since(from, end.signal)) {
      entries.push(entry)
    }
  })()
  return { entries, done, stop: () => end.abort() }
}

describe('the log of a feed', () => {
  it('gives what is there, over pages, then what comes, in order and once', async () => {
    store.apply(alerts(600, 0))
    const feed = follow(100)
    await clock.settle()
    expect(feed.entries.map(({ seq }) => seq)).toEqual(Array.from({ length: 500 }, (_, index) => index + 101))
    for (let round = 0; round < 3; round++) {
      store.apply(alerts(2, 600 + 2 * round))
      wake.ring()
      await clock.settle()
    }
    expect(feed.entries.at(-1)?.seq).toBe(606)
    expect(feed.entries).toHaveLength(506)
    expect(store.feedCursor('vtp')).toBe(606)
    feed.stop()
    await feed.done
  })

  it('moves its cursor by the reader that is the furthest, and not for those who catch up', async () => {
    store.apply(alerts(600, 0))
    const moves: number[] = []
    const port = {
      ...store.port,
      moveFeedCursor: async (feed: string, seq: number) => {
        moves.push(seq)
        await store.port.moveFeedCursor(feed, seq)
      },
    }
    const end = new AbortController()
    const log = feedLog(port, { wake, clock, log: silent, feed: 'vtp' })
    const read = async (from: number) => {
      let count = 0
      for await (const _ of log.since(from, end.signal)) count++
      return count
    }
    const counts = [read(590)]
    await clock.settle()
    counts.push(read(0), read(10))
    await clock.settle()
    store.apply(alerts(1, 600))
    wake.ring()
    await clock.settle()
    end.abort()
    expect(await Promise.all(counts)).toEqual([11, 601, 591])
    expect(moves).toEqual([600, 601])
  })

  it('does not lose a bell that rings while it reads', async () => {
    const port = {
      ...store.port,
      logSince: async (seq: number, limit: number) => {
        const page = await store.port.logSince(seq, limit)
        if (page.length === 0 && (await store.port.logHead()) === 0) {
          store.apply(alerts(1, 0))
          wake.ring()
        }
        return page
      },
    }
    const feed = follow(0, port)
    await clock.settle()
    expect(feed.entries).toHaveLength(1)
    feed.stop()
    await feed.done
  })

  it('waits for a slow store and ends when the store is gone', async () => {
    store.apply(alerts(1, 0))
    const troubles = ['STORE_DEADLINE', 'DISK_READ_ONLY'] as ('STORE_DEADLINE' | 'DISK_READ_ONLY' | 'STORE_FAILED')[]
    const port = {
      ...store.port,
      logSince: async (seq: number, limit: number) => {
        const code = troubles.shift()
        if (code !== undefined) throw new FountainError(code, 'as the test wants it')
        return store.port.logSince(seq, limit)
      },
    }
    const feed = follow(0, port)
    await clock.advance(5_000)
    expect(feed.entries).toHaveLength(1)
    troubles.push('STORE_FAILED')
    wake.ring()
    await expect(feed.done).rejects.toMatchObject({ code: 'STORE_FAILED' })
  })
})
