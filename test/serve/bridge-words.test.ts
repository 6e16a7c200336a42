import { describe, expect, it } from 'vitest'
import { audienceWords, upkeepWords } from '../../src/serve/bridge-words.ts'

describe('what is said of a bridge', () => {
  it('tells who reads there, where that is told by its configuration', () => {
    expect([audienceWords('public'), audienceWords('sandbox'), audienceWords(undefined)]).toEqual([
      'public',
      'sandbox',
      undefined,
    ])
    expect(audienceWords('nobody')).toBe('nothing goes out: live is not set')
  })

  it('tells of upkeep that fails since when it does, and when it last went well', () => {
    const failedSinceMs = Date.UTC(2026, 10, 21, 20, 30, 59)
    expect(upkeepWords({ failed: '502', failedSinceMs })).toBe(
      'its upkeep fails since 2026-11-21 20:30 UTC (it never went well): 502',
    )
    expect(upkeepWords({ failed: '502', failedSinceMs, doneMs: failedSinceMs - 3_600_000 })).toBe(
      'its upkeep fails since 2026-11-21 20:30 UTC (it last went well 2026-11-21 19:30 UTC): 502',
    )
    expect([upkeepWords({ doneMs: 1 }), upkeepWords({}), upkeepWords(undefined)]).toEqual(Array(3).fill(undefined))
  })
})
