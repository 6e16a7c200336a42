/** What to store after an attempt: the states and rules of docs/design.md §7, as pure functions. */
import { DeliveryError, type Looked, type Outcome, Refusal } from '../../bridges/contract.ts'
import type { Delivery, StoredMessage } from '../flow.ts'
import type { Settlement } from '../record/port.ts'
import type { Verdict } from './attempt.ts'
import { askedWaitMs, backOffMs, lookAgainMs, type Rules } from './rules.ts'

/** Store this; `halt`: nothing goes through this bridge until somebody acts; `pauseMs`: nothing for a while. */
export interface Judgement {
  readonly settlement: Settlement
  readonly halt?: string
  readonly pauseMs?: number
}

/** After sending. `canAsk`: the bridge can be asked what became of a message. */
export function judge(
  rules: Rules,
  delivery: Delivery,
  message: Pick<StoredMessage, 'repeat' | 'key'>,
  verdict: Verdict,
  nowMs: number,
  canAsk: boolean,
): Judgement {
  if ('outcome' in verdict) return { settlement: ended(delivery, verdict.outcome, verdict.startedMs, nowMs, true) }
  const { failed, startedMs } = verdict
  const halted = failed.kind === 'halt' ? { halt: failed.reply } : {}
  const known = { id: delivery.id, attempted: true, startedMs, error: failed.reply, ...wordsOf(failed) }
  if (failed.kind === 'reject') return { settlement: { ...known, state: 'rejected' } }
  if (failed.reached === 'maybe' && message.repeat === 'never') {
    return { settlement: { ...known, ...unknownEnd(delivery, message, failed.reply, nowMs, canAsk) }, ...halted }
  }
  if (failed.kind === 'halt') {
    // Not this message's fault: it waits for the bridge, and the attempt does not count.
    return { settlement: { ...known, state: 'queued', notBeforeMs: nowMs, attempted: false }, ...halted }
  }
  const attempt = delivery.attempts + 1
  if (attempt >= rules.attempts || nowMs >= expiresMs(rules, delivery)) {
    return { settlement: { ...known, state: 'expired' } }
  }
  const notBeforeMs = nowMs + backOffMs(rules, delivery.id, attempt, failed.retryAfterMs)
  const pause = failed.retryAfterMs === undefined ? {} : { pauseMs: failed.retryAfterMs }
  return { settlement: { ...known, state: 'queued', notBeforeMs }, ...pause }
}

/** After a crash: an attempt was under way, and nobody knows how it ended. */
export function judgeInterrupted(delivery: Delivery, nowMs: number, canAsk: boolean): Settlement {
  const why = 'the gateway stopped while this was being sent'
  const { id, message } = delivery
  // Without a stored message nothing was attempted; one that is safe to repeat goes out again under the same key.
  if (message === undefined) return { id, state: 'queued', notBeforeMs: nowMs, error: why, attempted: false }
  // When it began nobody knows: it stands in the history where it was found.
  const known = { id, error: why, attempted: true, reached: 'maybe', startedMs: nowMs } as const
  if (message.repeat === 'safe') return { ...known, state: 'queued', notBeforeMs: nowMs }
  return { ...known, ...unknownEnd(delivery, message, why, nowMs, canAsk) }
}

/**
 * After rendering failed, for the `times`-th time. Nothing was sent: what the bridge refuses is rejected, what it cannot
 * say yet is rendered again later, anything else is a person's business.
 */
export function judgeRender(rules: Rules, delivery: Delivery, error: unknown, times: number, nowMs: number): Judgement {
  const { id } = delivery
  const nothing = { id, attempted: false, reached: 'no' } as const
  if (error instanceof Refusal) {
    return { settlement: { ...nothing, state: 'rejected', error: error.reasons.join(' ') } }
  }
  if (!(error instanceof DeliveryError)) {
    return { settlement: park(delivery, `could not be rendered: ${(error as Error)?.message ?? error}`) }
  }
  const known = { ...nothing, error: error.reply }
  if (error.kind === 'reject') return { settlement: { ...known, state: 'rejected' } }
  if (nowMs >= expiresMs(rules, delivery)) return { settlement: { ...known, state: 'parked' } }
  const state = delivery.state === 'held' ? 'held' : 'queued'
  if (error.kind === 'halt') return { settlement: { ...known, state, notBeforeMs: nowMs }, halt: error.reply }
  return { settlement: { ...known, state, notBeforeMs: nowMs + backOffMs(rules, id, times, error.retryAfterMs) } }
}

/** After looking. A question is no attempt; one that nobody answers in time becomes a person's business. */
export function judgeLook(
  rules: Rules,
  delivery: Delivery,
  verdict: Verdict<Looked>,
  askedForMs: number,
  nowMs: number,
): Judgement {
  const { id } = delivery
  const { startedMs } = verdict
  const patient = askedForMs < rules.askMs || nowMs < expiresMs(rules, delivery)
  if ('outcome' in verdict) {
    const { outcome } = verdict
    if (outcome.state === 'lost') return { settlement: lostAgain(rules, delivery, outcome.why, startedMs, nowMs) }
    if (outcome.state !== 'submitted' || patient)
      return { settlement: ended(delivery, outcome, startedMs, nowMs, false) }
    const error = 'the other side has it and never says what became of it'
    return { settlement: { id, state: 'parked', attempted: false, startedMs, error } }
  }
  const { failed } = verdict
  const known = { id, attempted: false, startedMs, error: failed.reply, reply: failed.reply } as const
  if (failed.kind === 'reject') return { settlement: { ...known, state: 'rejected', ...wordsOf(failed) } }
  if (!patient) return { settlement: { ...known, state: 'parked' } }
  const notBeforeMs = nowMs + (askedWaitMs(failed.retryAfterMs) ?? lookAgainMs(rules, askedForMs))
  const halted = failed.kind === 'halt' ? { halt: failed.reply } : {}
  return { settlement: { ...known, state: 'submitted', notBeforeMs }, ...halted }
}

/** They took it and do not have it: the same bytes go out again, as if nothing had been said, though not for ever. */
function lostAgain(rules: Rules, delivery: Delivery, why: string, startedMs: number, nowMs: number): Settlement {
  const lost = delivery.lost ?? 0
  const known = { id: delivery.id, attempted: false, asked: true, startedMs, reply: why } as const
  if (lost >= rules.resubmissions || nowMs >= expiresMs(rules, delivery))
    return { ...known, state: 'parked', error: `${why}; it was sent ${lost + 1} times` }
  // What is asked about an end that nobody knows is asked by the key: the old handle would only say again that it is lost.
  const { message } = delivery
  const handle = message === undefined ? {} : { handle: message.key }
  return {
    ...known,
    ...handle,
    state: 'queued',
    reached: 'no',
    error: why,
    notBeforeMs: nowMs + backOffMs(rules, delivery.id, lost + 1),
  }
}

/** Nothing of it can go out before a person acts. */
export function park(delivery: Delivery, why: string): Settlement {
  return { id: delivery.id, state: 'parked', error: why, attempted: false }
}

/** When it is given up, wall clock. */
const expiresMs = (rules: Rules, delivery: Delivery): number => delivery.expiresMs ?? delivery.createdMs + rules.ageMs

/** It may have arrived and must not go twice: ask, or else a person decides. */
function unknownEnd(
  delivery: Delivery,
  message: Pick<StoredMessage, 'key'>,
  why: string,
  nowMs: number,
  canAsk: boolean,
): Pick<Settlement, 'state' | 'error' | 'handle' | 'notBeforeMs'> {
  return canAsk
    ? { state: 'submitted', handle: delivery.handle ?? message.key, notBeforeMs: nowMs, error: why }
    : { state: 'parked', error: `${why}; this bridge cannot ask whether it arrived` }
}

const wordsOf = ({ reached, reply, addressDead }: DeliveryError) => ({
  reached,
  reply,
  ...(addressDead ? { addressDead } : {}),
})

function ended({ id }: Delivery, outcome: Outcome, startedMs: number, nowMs: number, attempted: boolean): Settlement {
  const known = { id, attempted, startedMs }
  if (outcome.state === 'submitted') {
    const { handle, lookAfterMs } = outcome
    return {
      ...known,
      state: 'submitted',
      reached: 'maybe',
      handle,
      notBeforeMs: nowMs + (askedWaitMs(lookAfterMs) ?? 0),
    }
  }
  const { receipt } = outcome
  const reply = receipt.reply === undefined ? {} : { reply: receipt.reply }
  return { ...known, state: outcome.state, reached: 'yes', receipt, ...reply }
}
