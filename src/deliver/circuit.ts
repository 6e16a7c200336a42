/**
 * A circuit breaker as a pure state machine. Failures in a row open it: nothing is tried for a while, longer each
 * time. Then one attempt goes as a trial: when it is answered the circuit closes. Times are monotonic, ms.
 */

export type Circuit =
  | { readonly state: 'closed'; readonly failures: number }
  /** `times`: how often it opened since it was last closed. */
  | { readonly state: 'open'; readonly untilMs: number; readonly times: number }
  /** One attempt is under way, and decides. */
  | { readonly state: 'half-open'; readonly times: number }

export interface CircuitRules {
  /** So many failures in a row open it. */
  readonly failures: number
  /** Open for this long at first, twice as long each further time, up to `longestMs`. */
  readonly firstMs: number
  readonly longestMs: number
}

export const defaultCircuitRules: CircuitRules = { failures: 5, firstMs: 10_000, longestMs: 600_000 }

export const closed: Circuit = { state: 'closed', failures: 0 }

/** How many attempts it lets begin. */
export function admits(circuit: Circuit, nowMs: number): number {
  if (circuit.state === 'closed') return Number.POSITIVE_INFINITY
  return circuit.state === 'open' && nowMs >= circuit.untilMs ? 1 : 0
}

/** An attempt begins that `admits` allowed. */
export function begun(circuit: Circuit): Circuit {
  return circuit.state === 'open' ? { state: 'half-open', times: circuit.times } : circuit
}

/** The trial came to nothing that could tell (there was none to make): the next one may begin at once. */
export function notTried(circuit: Circuit, nowMs: number): Circuit {
  return circuit.state === 'half-open' ? { state: 'open', untilMs: nowMs, times: circuit.times } : circuit
}

/** The service answered: a message taken, or a message refused for what it is. */
export const answered = (): Circuit => closed

/** The service did not answer, or said that it cannot. `dice`: from 0 to 1, so that many do not come back together. */
export function failed(circuit: Circuit, rules: CircuitRules, nowMs: number, dice: number): Circuit {
  // What was under way when it opened ends as it will, and tells nothing new.
  if (circuit.state === 'open') return circuit
  const failures = circuit.state === 'closed' ? circuit.failures + 1 : rules.failures
  if (failures < rules.failures) return { state: 'closed', failures }
  const times = circuit.state === 'half-open' ? circuit.times + 1 : 1
  const plain = Math.min(rules.firstMs * 2 ** Math.min(times - 1, 50), rules.longestMs)
  return { state: 'open', untilMs: nowMs + Math.round(plain * (0.75 + dice / 4)), times }
}
