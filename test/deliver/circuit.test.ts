import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  admits,
  answered,
  begun,
  type Circuit,
  closed,
  failed,
  notTried,
  defaultCircuitRules as rules,
} from '../../src/deliver/circuit.ts'

const failures = (count: number, from: Circuit = closed, nowMs = 0) =>
  Array.from({ length: count }).reduce<Circuit>((circuit) => failed(circuit, rules, nowMs, 1), from)

describe('the circuit', () => {
  it('opens after so many failures in a row, and after no fewer', () => {
    expect(failures(4).state).toBe('closed')
    expect(failures(5)).toEqual({ state: 'open', untilMs: 10_000, times: 1 })
    expect(failures(4, answered()).state).toBe('closed')
  })

  it('lets one attempt try when its time has come; an answer closes it, a failure keeps it open for longer', () => {
    const open = failures(5)
    expect(admits(open, 9_999)).toBe(0)
    expect(admits(open, 10_000)).toBe(1)
    const trial = begun(open)
    expect(admits(trial, 10_000)).toBe(0)
    expect(answered()).toEqual(closed)
    expect(failed(trial, rules, 10_000, 1)).toEqual({ state: 'open', untilMs: 30_000, times: 2 })
    expect(admits(notTried(trial, 10_000), 10_000)).toBe(1)
  })

  it('waits longer each time, ten minutes at most, and not at one time with all others', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 100 }), fc.double({ min: 0, max: 1, noNaN: true }), (times, dice) => {
        let circuit: Circuit = failures(5)
        let nowMs = 0
        let last = 0
        for (let n = 0; n < times; n++) {
          nowMs = circuit.state === 'open' ? circuit.untilMs : nowMs
          circuit = failed(begun(circuit), rules, nowMs, dice)
          const waitMs = circuit.state === 'open' ? circuit.untilMs - nowMs : 0
          expect(waitMs).toBeGreaterThanOrEqual(Math.min(last, rules.longestMs * 0.75))
          expect(waitMs).toBeLessThanOrEqual(rules.longestMs)
          last = waitMs
        }
      }),
    )
  })

  it('learns nothing from what was under way when it opened, unless it is an answer', () => {
    const open = failures(5)
    expect(failures(20, open, 9_000)).toEqual(open)
    expect(notTried(open, 5)).toEqual(open)
    expect(begun(closed)).toEqual(closed)
  })
})
