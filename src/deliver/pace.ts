/** How many messages may go now: a token bucket on the monotonic clock, and a budget for each UTC day by the wall clock. */
import type { Clock, Limits } from '../../bridges/contract.ts'

/** What the operator may set for one instance: `limits` of the configuration. */
export type OperatorLimits = {
  readonly [limit in keyof Limits | 'inFlight']?: number | undefined
}

export interface PaceLimits {
  readonly inFlight: number
  readonly perSecond: number
  readonly burst: number
  readonly perDay: number
}

const dayMs = 86_400_000
/** A fast bridge waits for this share of a second's worth and takes it at once: every claim costs a transaction. */
const shareOfSecond = 0.1

/** Of what the service bears and what the operator allows, the less; Infinity where neither says anything. */
export function stricter(maxInFlight: number, own: Limits = {}, operator: OperatorLimits = {}): PaceLimits {
  return {
    inFlight: least(maxInFlight, operator.inFlight),
    perSecond: least(own.perSecond, operator.perSecond),
    burst: Math.max(1, least(own.burst ?? own.perSecond, operator.burst ?? operator.perSecond)),
    perDay: least(own.perDay, operator.perDay),
  }
}

const least = (one = Number.POSITIVE_INFINITY, other = Number.POSITIVE_INFINITY): number => Math.min(one, other)

/** The start of the UTC day, ms since the epoch. */
export const dayStartMs = (nowMs: number): number => Math.floor(nowMs / dayMs) * dayMs

export class Pace {
  readonly limits: PaceLimits
  readonly #clock: Pick<Clock, 'now' | 'monotonic'>
  #tokens: number
  #filledMs: number
  #day: number
  #usedToday = 0

  constructor(limits: PaceLimits, clock: Pick<Clock, 'now' | 'monotonic'>) {
    this.limits = limits
    this.#clock = clock
    this.#tokens = limits.burst
    this.#filledMs = clock.monotonic()
    this.#day = dayStartMs(clock.now())
  }

  /** After a restart: what went out before it today. */
  used(today: number): void {
    this.#usedToday += today
  }

  /** How many may go now. */
  room(): number {
    this.#fill()
    return Math.max(0, Math.min(Math.floor(this.#tokens), this.budgetLeft()))
  }

  take(count: number): void {
    this.#fill()
    if (Number.isFinite(this.#tokens)) this.#tokens -= count
    this.#usedToday += count
  }

  /** What was taken and did not go out. */
  giveBack(count: number): void {
    this.#tokens = Math.min(this.#tokens + count, this.limits.burst)
    this.#usedToday = Math.max(0, this.#usedToday - count)
  }

  /** Of the day's budget; Infinity without one. */
  budgetLeft(): number {
    const day = dayStartMs(this.#clock.now())
    // A clock that was set back begins no new day: the budget of a day is given once.
    if (day > this.#day) {
      this.#day = day
      this.#usedToday = 0
    }
    return Math.max(0, this.limits.perDay - this.#usedToday)
  }

  /** Until the next may go; 0 when one may. */
  waitMs(): number {
    if (this.budgetLeft() === 0) return this.#day + dayMs - this.#clock.now()
    this.#fill()
    if (this.#tokens >= 1) return 0
    const { perSecond, burst } = this.limits
    const wanted = Math.max(1, Math.min(Math.floor(perSecond * shareOfSecond), burst))
    return Math.ceil(((wanted - this.#tokens) / perSecond) * 1_000)
  }

  #fill(): void {
    const now = this.#clock.monotonic()
    const { perSecond, burst } = this.limits
    if (Number.isFinite(perSecond)) {
      // A wait that was worked out for a whole token gives it, whatever the last digit says.
      const tokens = this.#tokens + ((now - this.#filledMs) / 1_000) * perSecond
      this.#tokens = Math.min(burst, Math.abs(tokens - Math.round(tokens)) < 1e-9 ? Math.round(tokens) : tokens)
    }
    this.#filledMs = now
  }
}
