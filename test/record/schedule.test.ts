import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { QuietHours } from '../../src/record/plan-port.ts'
import { digestDueMs, isQuiet, outsideQuietHours } from '../../src/record/schedule.ts'

const utc = (text: string) => Date.parse(`${text}Z`)
const iso = (ms: number) => new Date(ms).toISOString().slice(0, 16)
const minutes = (text: string) => Number(text.slice(0, 2)) * 60 + Number(text.slice(3))
const quiet = (from: string, to: string, timeZone = 'UTC'): QuietHours => ({
  fromMinutes: minutes(from),
  toMinutes: minutes(to),
  timeZone,
})

describe('a digest', () => {
  const now = utc('2026-11-21T13:20:30.500')
  it('of every hour is due when the next one begins', () => {
    expect(iso(digestDueMs({ kind: 'hourly' }, now) ?? 0)).toBe('2026-11-21T14:00')
    expect(iso(digestDueMs({ kind: 'hourly' }, utc('2026-11-21T14:00')) ?? 0)).toBe('2026-11-21T15:00')
  })
  it('of the night is due at its time, today or tomorrow', () => {
    const at = (clock: string) => iso(digestDueMs({ kind: 'nightly', atUtcMinutes: minutes(clock) }, now) ?? 0)
    expect([at('12:00'), at('13:20'), at('13:21')]).toEqual([
      '2026-11-22T12:00',
      '2026-11-22T13:20',
      '2026-11-21T13:21',
    ])
  })
  it('by count waits for so long at most; nothing else is one', () => {
    expect(digestDueMs({ kind: 'count', count: 5, atMostMs: 1000 }, now)).toBe(now + 1000)
    expect(digestDueMs({ kind: 'instant' }, now)).toBeNull()
    expect(digestDueMs({ kind: 'draft' }, now)).toBeNull()
  })
})

describe('quiet hours', () => {
  it.each([
    ['within a day', quiet('13:00', '14:30'), '2026-11-21T13:59', '2026-11-21T14:30'],
    ['at their first minute', quiet('13:00', '14:30'), '2026-11-21T13:00', '2026-11-21T14:30'],
    ['over midnight, before it', quiet('22:00', '07:00'), '2026-11-21T23:10', '2026-11-22T07:00'],
    ['over midnight, after it', quiet('22:00', '07:00'), '2026-11-22T06:59', '2026-11-22T07:00'],
    ['in a time zone', quiet('22:00', '07:00', 'America/Santiago'), '2026-11-22T02:00', '2026-11-22T10:00'],
    ['in a time zone of half hours', quiet('22:00', '07:00', 'Asia/Kolkata'), '2026-11-21T18:00', '2026-11-22T01:30'],
    // Europe: 02:00 CET becomes 03:00 CEST on 29 March 2026, 03:00 CEST becomes 02:00 CET on 25 October 2026.
    [
      'of the night that loses an hour',
      quiet('22:00', '07:00', 'Europe/Berlin'),
      '2026-03-28T21:30',
      '2026-03-29T05:00',
    ],
    ['of the night that gains one', quiet('22:00', '07:00', 'Europe/Berlin'), '2026-10-24T20:30', '2026-10-25T06:00'],
    [
      'that end in the hour that is lost',
      quiet('22:00', '02:30', 'Europe/Berlin'),
      '2026-03-28T22:00',
      '2026-03-29T01:00',
    ],
    [
      'that end in the hour that comes twice',
      quiet('22:00', '02:30', 'Europe/Berlin'),
      '2026-10-24T22:00',
      '2026-10-25T00:30',
    ],
    ['in the second of the two', quiet('22:00', '02:30', 'Europe/Berlin'), '2026-10-25T01:10', '2026-10-25T01:30'],
  ])('end: %s', (_, hours, from, end) => {
    expect(iso(outsideQuietHours(hours, utc(from)))).toBe(end)
  })

  it.each([
    ['none at all', undefined, '2026-11-21T23:10'],
    ['from an hour to itself', quiet('22:00', '22:00'), '2026-11-21T22:00'],
    ['over already', quiet('22:00', '07:00'), '2026-11-22T07:00'],
    ['not begun', quiet('22:00', '07:00'), '2026-11-21T21:59'],
  ])('let it go at once: %s', (_, hours, at) => {
    expect(outsideQuietHours(hours, utc(at) + 59_999)).toBe(utc(at) + 59_999)
  })

  it('end at the first minute that is not quiet, at any time of the year in any zone', () => {
    const clock = fc.integer({ min: 0, max: 1439 })
    const zone = fc.constantFrom(
      'UTC',
      'Europe/Berlin',
      'America/Santiago',
      'Australia/Lord_Howe',
      'Pacific/Apia',
      'Asia/Kathmandu',
    )
    const year = fc.integer({ min: utc('2026-01-01T00:00'), max: utc('2027-01-01T00:00') })
    const change = fc.integer({ min: utc('2026-10-24T12:00'), max: utc('2026-10-25T12:00') })
    fc.assert(
      fc.property(clock, clock, zone, fc.oneof(year, change), (fromMinutes, toMinutes, timeZone, ms) => {
        const hours = { fromMinutes, toMinutes, timeZone }
        const end = outsideQuietHours(hours, ms)
        expect(isQuiet(hours, end)).toBe(false)
        if (end === ms) return
        expect(end).toBeGreaterThan(ms)
        expect(end % 60_000).toBe(0)
        // A loud time shorter than the clock's change may be passed over; by the clocks of the year there is none.
        for (let at = Math.floor(ms / 60_000) * 60_000; at < end; at += 5 * 60_000) {
          if ((toMinutes - fromMinutes + 1440) % 1440 < 1320) expect(isQuiet(hours, at)).toBe(true)
        }
        expect(isQuiet(hours, end - 60_000)).toBe(true)
      }),
      { numRuns: 300 },
    )
  })
})
