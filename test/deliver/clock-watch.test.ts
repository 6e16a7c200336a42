import { afterEach, describe, expect, it } from 'vitest'
import type { Log } from '../../bridges/contract.ts'
import { ScheduleClock, watchClock } from '../../src/deliver/clock-watch.ts'
import { FountainError } from '../../src/errors.ts'
import type { Moving } from '../../src/record/port.ts'
import { silent, t0 } from '../record/fixtures.ts'
import { FakeClock } from './fake-clock.ts'

const hour = 3_600_000
let over = new AbortController()
afterEach(() => over.abort())

function watch() {
  over = new AbortController()
  const clock = new FakeClock(t0)
  const moves: number[] = []
  const said: object[] = []
  const moved: number[] = []
  let trouble = 0
  let troubleFrom = 0
  let stepsOfMove = 1
  const steps: number[] = []
  const log: Log = { ...silent, warn: (fields) => said.push(fields) }
  const fails = (times: number, from = 0) => {
    trouble = times
    troubleFrom = from
  }
  const takes = (count: number) => {
    stepsOfMove = count
  }
  const store = {
    moveSchedules: async (byMs: number, _nowMs: number, from?: Moving['next']): Promise<Moving> => {
      if (from !== undefined) steps.push(from?.afterId ?? -1)
      if (trouble > 0 && (from?.afterId ?? 0) >= troubleFrom) {
        trouble--
        throw new FountainError('DISK_FULL', 'as the test wants it')
      }
      if (from === undefined) moves.push(byMs)
      const afterId = (from?.afterId ?? 0) + 1
      return {
        moved: 1,
        next: afterId < stepsOfMove ? { state: 'queued', afterId, lastId: 9, lastAttempt: 9 } : null,
      }
    },
  }
  const schedule = new ScheduleClock(clock)
  const onMove = () => moved.push(schedule.now() - clock.now())
  void watchClock({ store, clock: schedule, log, moved: onMove, everyMs: 5_000 }, over.signal)
  return { clock, schedule, moves, said, moved, fails, takes, steps }
}

describe('a wall clock that is set', () => {
  it.each([hour, -hour, 31_000, -31_000])('by %d ms moves the schedules by as much, once', async (byMs) => {
    const { clock, schedule, moves, said, moved } = watch()
    await clock.advance(60_000)
    clock.jump(byMs)
    expect(schedule.now(), 'not before the schedules are moved').toBe(clock.now() - byMs)
    await clock.advance(10 * 60_000)
    expect(moves).toEqual([byMs])
    expect(moved).toEqual([0])
    expect(said).toEqual([{ code: 'CLOCK_JUMPED', byMs }])
  })

  it('by little, or little by little, moves nothing', async () => {
    const { clock, moves, said } = watch()
    for (let n = 0; n < 30; n++) {
      clock.jump(n % 3 === 0 ? -20_000 : 25_000)
      await clock.advance(6_000)
    }
    expect({ moves, said }).toEqual({ moves: [], said: [] })
  })

  it('goes on where the store stopped, so that nothing moves twice', async () => {
    const { clock, schedule, moves, moved, steps, fails, takes } = watch()
    takes(4)
    fails(2, 2)
    clock.jump(hour)
    await clock.advance(30_000)
    expect(moves).toEqual([hour])
    expect(steps).toEqual([1, 2, 2, 2, 3])
    expect(moved).toEqual([0])
    expect(schedule.now()).toBe(clock.now())
  })

  it('is made up for when the store takes it, also when it was set again meanwhile', async () => {
    const { clock, moves, said, fails } = watch()
    fails(4)
    clock.jump(hour)
    await clock.advance(11_000)
    clock.jump(-3 * hour)
    await clock.advance(60_000)
    expect(moves).toEqual([-2 * hour])
    expect(said).toEqual([
      { code: 'CLOCK_JUMPED', byMs: hour },
      { code: 'CLOCK_JUMPED', byMs: -2 * hour },
    ])
  })
})
