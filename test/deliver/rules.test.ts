import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { backOffMs, defaultRules, lookAgainMs } from '../../src/deliver/rules.ts'

describe('the back-off', () => {
  it('grows geometrically within a quarter, up to the longest wait', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 2 ** 40 }), fc.integer({ min: 1, max: 5000 }), (id, attempt) => {
        const plain = Math.min(10_000 * 2 ** Math.min(attempt - 1, 50), 3_600_000)
        const wait = backOffMs(defaultRules, id, attempt)
        expect(wait).toBeGreaterThanOrEqual(plain * 0.75)
        expect(wait).toBeLessThanOrEqual(plain * 1.25)
        expect(backOffMs(defaultRules, id, attempt)).toBe(wait)
      }),
    )
  })

  it('spreads what failed together', () => {
    const waits = Array.from({ length: 1000 }, (_, id) => backOffMs(defaultRules, id + 1, 1))
    const inFifths = [0, 0, 0, 0, 0]
    for (const wait of waits) inFifths[Math.min(4, Math.floor((wait - 7_500) / 1_000))]!++
    expect(Math.min(...inFifths)).toBeGreaterThan(150)
  })

  it('obeys what the other side asks, within a day', () => {
    expect(backOffMs(defaultRules, 1, 9, 1_500)).toBe(1_500)
    expect(backOffMs(defaultRules, 1, 9, 1e12)).toBe(86_400_000)
    expect(backOffMs(defaultRules, 1, 9, Number.POSITIVE_INFINITY)).toBe(86_400_000)
  })

  it.each([0, -5, -1e99, Number.NEGATIVE_INFINITY, Number.NaN])(
    'does not hammer where it is asked to wait %d ms',
    (ms) => {
      for (const attempt of [1, 9])
        expect(backOffMs(defaultRules, 1, attempt, ms)).toBe(backOffMs(defaultRules, 1, attempt))
    },
  )
})

it('asks again ever more rarely', () => {
  expect([0, 40_000, 600_000, 1e9].map((ageMs) => lookAgainMs(defaultRules, ageMs))).toEqual([
    10_000, 20_000, 300_000, 900_000,
  ])
})
