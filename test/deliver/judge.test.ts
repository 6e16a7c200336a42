import { describe, expect, it } from 'vitest'
import { DeliveryError, type Outcome } from '../../bridges/contract.ts'
import type { Verdict } from '../../src/deliver/attempt.ts'
import { judge, judgeInterrupted, judgeLook } from '../../src/deliver/judge.ts'
import { defaultRules as rules } from '../../src/deliver/rules.ts'
import type { Delivery } from '../../src/flow.ts'

const madeMs = 1_000_000
const nowMs = madeMs + 60_000
const startedMs = nowMs - 250
const hour = 3_600_000
const delivery = (more: Partial<Delivery> = {}) =>
  ({ id: 7, attempts: 0, createdMs: madeMs, expiresMs: null, ...more }) as Delivery
const safe = { repeat: 'safe', key: 'k' } as const
const never = { repeat: 'never', key: 'k' } as const
const failing = (...args: ConstructorParameters<typeof DeliveryError>): Verdict => ({
  failed: new DeliveryError(...args),
  bug: false,
  startedMs,
})
const outcome = (value: Outcome): Verdict => ({ outcome: value, startedMs })
const receipt = { id: 'AT2026abc', atMs: nowMs, reply: '201 made' }

describe('what is stored after an attempt', () => {
  const judged = (verdict: Verdict, message: typeof safe | typeof never = safe, of = delivery(), canAsk = false) =>
    judge(rules, of, message, verdict, nowMs, canAsk)

  it('is the receipt, in the other side’s words', () => {
    expect(judged(outcome({ state: 'sent', receipt }))).toEqual({
      settlement: { id: 7, state: 'sent', attempted: true, startedMs, reached: 'yes', receipt, reply: '201 made' },
    })
    expect(judged(outcome({ state: 'submitted', handle: 'h', lookAfterMs: 500 })).settlement).toEqual({
      id: 7,
      state: 'submitted',
      attempted: true,
      startedMs,
      reached: 'maybe',
      handle: 'h',
      notBeforeMs: nowMs + 500,
    })
  })

  it('is a refusal for good, and that nobody is there any more', () => {
    expect(judged(failing('reject', 'no', '550 no such user', { addressDead: true })).settlement).toEqual({
      id: 7,
      state: 'rejected',
      attempted: true,
      startedMs,
      error: '550 no such user',
      reply: '550 no such user',
      reached: 'no',
      addressDead: true,
    })
  })

  it.each([
    ['no', safe, true, 'queued'],
    ['maybe', safe, true, 'queued'],
    ['no', never, true, 'queued'],
    ['maybe', never, true, 'submitted'],
    ['maybe', never, false, 'parked'],
  ] as const)('reached %s, %j, can be asked %s: %s', (reached, message, canAsk, state) => {
    const { settlement } = judged(failing('retry', reached, '503'), message, delivery(), canAsk)
    expect(settlement).toMatchObject({ state, attempted: true, reached, reply: '503', startedMs })
    if (state === 'submitted') expect(settlement).toMatchObject({ handle: 'k', notBeforeMs: nowMs })
    if (state === 'parked') expect(settlement.error).toBe('503; this bridge cannot ask whether it arrived')
  })

  it('waits as the other side asked, and makes the bridge wait', () => {
    const judgement = judged(failing('retry', 'no', '429', { retryAfterMs: 90_000 }))
    expect(judgement).toMatchObject({ pauseMs: 90_000, settlement: { notBeforeMs: nowMs + 90_000 } })
  })

  it('waits for no more than a day, whatever the other side says', () => {
    const day = 24 * hour
    expect(judged(outcome({ state: 'submitted', handle: 'h', lookAfterMs: 1e15 })).settlement.notBeforeMs).toBe(
      nowMs + day,
    )
    expect(judged(outcome({ state: 'submitted', handle: 'h', lookAfterMs: Number.NaN })).settlement.notBeforeMs).toBe(
      nowMs,
    )
    const strange = judged(failing('retry', 'no', '429', { retryAfterMs: Number.NaN })).settlement.notBeforeMs ?? 0
    expect(strange).toBeGreaterThan(nowMs)
    const asked = judgeLook(rules, delivery(), failing('retry', 'no', '429', { retryAfterMs: 1e15 }), 0, nowMs)
    expect(asked.settlement).toMatchObject({ state: 'submitted', notBeforeMs: nowMs + day })
  })

  it('does not count against a message what is wrong with the bridge', () => {
    const judgement = judged(failing('halt', 'no', '535 wrong password'))
    expect(judgement).toMatchObject({ halt: '535 wrong password' })
    expect(judgement.settlement).toMatchObject({ state: 'queued', attempted: false, notBeforeMs: nowMs })
    // One that may be there and must not go twice is not sent again because of that.
    expect(judged(failing('halt', 'maybe', '535'), never).settlement).toMatchObject({ state: 'parked' })
  })

  it.each([[{ attempts: rules.attempts - 1 }], [{ expiresMs: nowMs }], [{ createdMs: nowMs - rules.ageMs }]])(
    'gives up in the end: %j',
    (more) => {
      expect(judged(failing('retry', 'maybe', '503'), safe, delivery(more)).settlement).toMatchObject({
        state: 'expired',
        reached: 'maybe',
      })
    },
  )
})

describe('after a crash', () => {
  it.each([
    [undefined, 'queued', false],
    [safe, 'queued', true],
    [never, 'parked', true],
  ] as const)('%j is %s', (message, state, attempted) => {
    const stored = message && { ...message, body: Buffer.from('x') }
    const of = delivery(stored === undefined ? {} : { message: stored })
    expect(judgeInterrupted(of, nowMs, false)).toMatchObject({ id: 7, state, attempted })
    if (message === never)
      expect(judgeInterrupted(of, nowMs, true)).toMatchObject({ state: 'submitted', reached: 'maybe' })
  })
})

describe('after looking', () => {
  const judged = (verdict: Verdict, askedForMs: number, of = delivery({ expiresMs: nowMs })) =>
    judgeLook(rules, of, verdict, askedForMs, nowMs).settlement
  const silence = failing('retry', 'no', '503')

  it('asks again while there is time, ever more rarely, then leaves it to a person', () => {
    expect(judged(silence, 0)).toMatchObject({
      state: 'submitted',
      notBeforeMs: nowMs + rules.firstMs,
      attempted: false,
    })
    expect(judged(silence, hour / 2)).toMatchObject({ state: 'submitted', notBeforeMs: nowMs + 900_000 })
    expect(judged(silence, hour)).toMatchObject({ state: 'parked', error: '503' })
    expect(judged(silence, 9 * hour, delivery({ expiresMs: nowMs + 1 }))).toMatchObject({ state: 'submitted' })
    expect(judged(outcome({ state: 'submitted', handle: 'h2', lookAfterMs: 5 }), 0)).toMatchObject({ handle: 'h2' })
    expect(judged(outcome({ state: 'submitted', handle: 'h2', lookAfterMs: 5 }), hour)).toMatchObject({
      state: 'parked',
    })
  })

  it('takes the answer, whatever it is', () => {
    expect(judged(outcome({ state: 'duplicate', receipt }), 9 * hour)).toMatchObject({ state: 'duplicate', receipt })
    expect(judged(failing('reject', 'no', 'never seen'), 0)).toMatchObject({ state: 'rejected', attempted: false })
  })
})
