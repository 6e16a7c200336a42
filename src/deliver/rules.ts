/** When a delivery is tried again, and when not any more. */
import { type CircuitRules, defaultCircuitRules } from './circuit.ts'

export interface Rules {
  /** The first wait; each further one is `factor` times longer, up to `longestMs`. */
  readonly firstMs: number
  readonly factor: number
  readonly longestMs: number
  /** After so many attempts a failed one was the last; so long after it was made, where the delivery has no date. */
  readonly attempts: number
  readonly ageMs: number
  /** What became of a message is asked until its delivery expires, and for this long at least. */
  readonly askMs: number
  /** An attempt is aborted after this; a channel that goes on regardless is left behind `graceMs` later. */
  readonly attemptMs: number
  readonly graceMs: number
  /** A bridge that was halted is probed after `firstMs`, then ever more rarely, up to this. */
  readonly probeMs: number
  /** Pictures that are not made by then are left out. */
  readonly picturesMs: number
  /** An alert's packet that is not read by then is read again later. */
  readonly fullMs: number
  /** A run of a bridge's upkeep is aborted after this. */
  readonly upkeepMs: number
  /** So often a message that the other side lost goes out again; then a person decides. */
  readonly resubmissions: number
  readonly circuit: CircuitRules
  /** How often it is looked whether the wall clock was set. */
  readonly clockMs: number
  /** How long `stop` waits for attempts in flight before it aborts them. */
  readonly drainMs: number
}

export const defaultRules: Rules = {
  firstMs: 10_000,
  factor: 2,
  longestMs: 3_600_000,
  attempts: 100,
  ageMs: 3 * 86_400_000,
  askMs: 3_600_000,
  attemptMs: 60_000,
  graceMs: 5_000,
  probeMs: 600_000,
  picturesMs: 10_000,
  fullMs: 30_000,
  upkeepMs: 900_000,
  resubmissions: 5,
  circuit: defaultCircuitRules,
  clockMs: 5_000,
  drainMs: 10_000,
}

/** No other side may make us wait longer than a day for one message, or all messages longer than a minute. */
const longestRetryAfterMs = 86_400_000
export const longestPauseMs = 60_000

/**
 * The wait after the n-th attempt (from 1): geometric, between 0.75 and 1.25 of it by the delivery's own dice, so that
 * what failed together does not come back together. What the other side asked for counts instead; a limit that is over
 * already, by its clock or by ours, asks for nothing.
 */
export function backOffMs(rules: Rules, id: number, attempt: number, retryAfterMs?: number): number {
  const asked = askedWaitMs(retryAfterMs)
  if (asked !== undefined && asked > 0) return asked
  const plain = Math.min(rules.firstMs * rules.factor ** Math.min(attempt - 1, 50), rules.longestMs)
  return Math.round(plain * (0.75 + dice(id, attempt) / 2))
}

/** What the other side asked for, held to a day; undefined where that is no time. */
export function askedWaitMs(ms: number | undefined): number | undefined {
  return ms === undefined || Number.isNaN(ms) ? undefined : Math.min(Math.max(ms, 0), longestRetryAfterMs)
}

/** When to ask again about a submitted delivery of that age: every half of it, from `firstMs` to a quarter of an hour. */
export function lookAgainMs(rules: Rules, ageMs: number): number {
  return Math.max(rules.firstMs, Math.min(ageMs / 2, 900_000))
}

/** A number from 0 to 1, the same for the same arguments (mulberry32). */
export function dice(id: number, attempt: number): number {
  let a = (Math.imul(id, 0x9e3779b1) ^ Math.imul(attempt, 0x85ebca6b)) + 0x6d2b79f5
  a = Math.imul(a ^ (a >>> 15), a | 1)
  a ^= a + Math.imul(a ^ (a >>> 7), a | 61)
  return ((a ^ (a >>> 14)) >>> 0) / 4_294_967_296
}
