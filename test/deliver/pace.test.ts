import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { dayStartMs, Pace, stricter } from '../../src/deliver/pace.ts'
import { FakeClock } from './fake-clock.ts'

const noon = Date.UTC(2026, 10, 21, 12)
const hour = 3_600_000
const infinite = Number.POSITIVE_INFINITY

describe('limits', () => {
  it.each([
    [undefined, undefined, { inFlight: 8, perSecond: infinite, burst: infinite, perDay: infinite }],
    [{ perSecond: 20, perDay: 100 }, {}, { inFlight: 8, perSecond: 20, burst: 20, perDay: 100 }],
    [{ perSecond: 20 }, { perSecond: 50, inFlight: 2 }, { inFlight: 2, perSecond: 20, burst: 20 }],
    [{ perSecond: 20, burst: 60 }, { perSecond: 5 }, { inFlight: 8, perSecond: 5, burst: 5 }],
    [{ perSecond: 20 }, { perSecond: 5, burst: 7, inFlight: 99 }, { inFlight: 8, perSecond: 5, burst: 7 }],
    [{ perSecond: 0.1 }, {}, { perSecond: 0.1, burst: 1 }],
  ])('of the service %j and the operator %j are %j', (own, operator, wanted) => {
    expect(stricter(8, own, operator)).toMatchObject(wanted)
  })
})

describe('pace', () => {
  it('lets a burst go, then so many a second, whatever it is asked in between', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.double({ min: 0.05, max: 500, noNaN: true }),
        fc.integer({ min: 1, max: 50 }),
        fc.array(fc.record({ ms: fc.integer({ min: 0, max: 5_000 }), want: fc.integer({ min: 0, max: 60 }) }), {
          minLength: 1,
        }),
        async (perSecond, burst, steps) => {
          const clock = new FakeClock(noon)
          const pace = new Pace({ inFlight: 1, perSecond, burst, perDay: infinite }, clock)
          const taken: { atMs: number; count: number }[] = []
          for (const { ms, want } of steps) {
            clock.pass(ms)
            const count = Math.min(want, pace.room())
            pace.take(count)
            taken.push({ atMs: clock.monotonic(), count })
          }
          // In every window, not only from the start.
          for (let first = 0; first < taken.length; first++) {
            let sum = 0
            for (const { atMs, count } of taken.slice(first)) {
              sum += count
              const spanMs = atMs - (taken[first]?.atMs ?? 0)
              expect(sum).toBeLessThanOrEqual(burst + (spanMs / 1_000) * perSecond + 1e-6)
            }
          }
        },
      ),
    )
  })

  it('says how long to wait, and then lets one go', () => {
    fc.assert(
      fc.property(fc.double({ min: 0.01, max: 1_000, noNaN: true }), fc.integer({ min: 1, max: 50 }), (rate, burst) => {
        const clock = new FakeClock(noon)
        const pace = new Pace({ inFlight: 1, perSecond: rate, burst, perDay: infinite }, clock)
        expect(pace.waitMs()).toBe(0)
        pace.take(pace.room())
        const waitMs = pace.waitMs()
        expect(waitMs).toBeGreaterThan(0)
        // A slow one waits for one message, a fast one for no more than a tenth of a second's worth.
        expect(waitMs).toBeLessThanOrEqual(Math.max(1_000 / rate, 100) + 1)
        clock.pass(waitMs)
        expect(pace.room()).toBeGreaterThanOrEqual(1)
      }),
      { examples: [[999.9999999999999, 1]] },
    )
  })

  it('gives back what did not go out, never more than the burst', () => {
    const clock = new FakeClock(noon)
    const pace = new Pace({ inFlight: 1, perSecond: 1, burst: 3, perDay: 10 }, clock)
    pace.take(3)
    pace.giveBack(1)
    expect([pace.room(), pace.budgetLeft()]).toEqual([1, 8])
    clock.pass(hour)
    pace.giveBack(1)
    expect(pace.room()).toBe(3)
  })

  it('keeps to the budget of the UTC day, also after a restart, and waits for midnight', () => {
    const clock = new FakeClock(noon)
    const pace = new Pace({ inFlight: 1, perSecond: infinite, burst: infinite, perDay: 10 }, clock)
    pace.used(7)
    expect(pace.room()).toBe(3)
    pace.take(3)
    expect(pace.room()).toBe(0)
    expect(pace.waitMs()).toBe(12 * hour)
    clock.pass(12 * hour)
    expect(pace.room()).toBe(10)
  })

  it('gives the budget of a day once, though the clock is set back over midnight and comes there again', () => {
    const clock = new FakeClock(dayStartMs(noon) + hour / 2)
    const pace = new Pace({ inFlight: 1, perSecond: infinite, burst: infinite, perDay: 10 }, clock)
    pace.take(10)
    clock.jump(-hour)
    expect(pace.room()).toBe(0)
    clock.pass(hour)
    expect(pace.room()).toBe(0)
    clock.pass(24 * hour)
    expect(pace.room()).toBe(10)
  })

  it('does not notice a clock that is set, but for the day', () => {
    const clock = new FakeClock(noon)
    const pace = new Pace({ inFlight: 1, perSecond: 1, burst: 1, perDay: infinite }, clock)
    pace.take(1)
    clock.jump(hour)
    expect(pace.room()).toBe(0)
    clock.jump(-2 * hour)
    clock.pass(1_000)
    expect(pace.room()).toBe(1)
  })
})
