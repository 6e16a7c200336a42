/** What to store after an attempt: the states and rules of docs/design.md §7, as one pure function. */
import type { DeliveryError, Outcome } from '../../bridges/contract.ts'
import type { Delivery, StoredMessage } from '../flow.ts'
import type { Settlement } from '../record/port.ts'
import type { Verdict } from './attempt.ts'
import { backOffMs, lookAgainMs, type Rules } from './rules.ts'

/**
 * `look`: it is not known whether the message arrived, and it must not go out twice: ask, or park it.
 * `settle`: store this.
 */
export type Judgement =
  | { readonly next: 'settle'; readonly settlement: Settlement; readonly halt?: string; readonly pauseMs?: number }
  | { readonly next: 'look'; readonly why: string; readonly halt?: string }

/** After sending. */
export function judge(
  rules: Rules,
  delivery: Delivery,
  message: Pick<StoredMessage, 'repeat'>,
  verdict: Verdict,
  nowMs: number,
): Judgement {
  if ('outcome' in verdict) return { next: 'settle', settlement: ended(delivery, verdict.outcome, nowMs, true) }
  const { failed } = verdict
  const halted = failed.kind === 'halt' ? { halt: failed.reply } : {}
  if (failed.kind === 'reject') return settle(delivery, 'rejected', failed, true)
  if (failed.reached === 'maybe' && message.repeat === 'never') return { next: 'look', why: failed.reply, ...halted }
  if (failed.kind === 'halt') {
    // Not this message's fault: it waits for the bridge, and the attempt does not count.
    const settlement = {
      id: delivery.id,
      state: 'queued',
      notBeforeMs: nowMs,
      error: failed.reply,
      attempted: false,
    } as const
    return { next: 'settle', settlement, ...halted }
  }
  return again(rules, delivery, failed, nowMs)
}

/** After a crash: an attempt was under way, and nobody knows how it ended. */
export function judgeInterrupted(delivery: Delivery): Judgement {
  const why = 'the gateway stopped while this was being sent'
  const { id, message } = delivery
  // Without a stored message nothing was attempted; one that is safe to repeat goes out again under the same key.
  if (message !== undefined && message.repeat === 'never') return { next: 'look', why }
  const settlement = { id, state: 'queued', notBeforeMs: 0, error: why, attempted: message !== undefined } as const
  return { next: 'settle', settlement }
}

/** After looking. A question is no attempt; one that nobody answers in time becomes a person's business. */
export function judgeLook(
  rules: Rules,
  delivery: Delivery,
  handle: string,
  verdict: Verdict,
  nowMs: number,
): Judgement {
  const ageMs = nowMs - delivery.event.recordedMs
  if ('outcome' in verdict) {
    const { outcome } = verdict
    const settlement =
      outcome.state === 'submitted' && ageMs >= rules.ageMs
        ? park(delivery, 'the other side has it and never says what became of it', false)
        : ended(delivery, outcome, nowMs, false)
    return { next: 'settle', settlement }
  }
  const { failed } = verdict
  if (failed.kind === 'reject') return settle(delivery, 'rejected', failed, false)
  const halted = failed.kind === 'halt' ? { halt: failed.reply } : {}
  if (ageMs >= rules.ageMs) return settle(delivery, 'parked', failed, false)
  const notBeforeMs = nowMs + (failed.retryAfterMs ?? lookAgainMs(rules, ageMs))
  const settlement = {
    id: delivery.id,
    state: 'submitted',
    handle,
    notBeforeMs,
    error: failed.reply,
    attempted: false,
  } as const
  return { next: 'settle', settlement, ...halted }
}

/** It may have arrived, must not go twice, and nobody can be asked: a person decides. */
export function park(delivery: Delivery, why: string, attempted: boolean): Settlement {
  return { id: delivery.id, state: 'parked', error: why, attempted }
}

function ended(delivery: Delivery, outcome: Outcome, nowMs: number, attempted: boolean): Settlement {
  const { id } = delivery
  if (outcome.state !== 'submitted') return { id, state: outcome.state, receipt: outcome.receipt, attempted }
  return { id, state: 'submitted', handle: outcome.handle, notBeforeMs: nowMs + outcome.lookAfterMs, attempted }
}

function settle(
  delivery: Delivery,
  state: 'rejected' | 'parked',
  failed: DeliveryError,
  attempted: boolean,
): Judgement {
  return { next: 'settle', settlement: { id: delivery.id, state, error: failed.reply, attempted } }
}

function again(rules: Rules, delivery: Delivery, failed: DeliveryError, nowMs: number): Judgement {
  const { id } = delivery
  const attempt = delivery.attempts + 1
  const error = failed.reply
  if (attempt >= rules.attempts || nowMs - delivery.event.recordedMs >= rules.ageMs) {
    return { next: 'settle', settlement: { id, state: 'expired', error, attempted: true } }
  }
  const waitMs = backOffMs(rules, id, attempt, failed.retryAfterMs)
  return {
    next: 'settle',
    settlement: { id, state: 'queued', notBeforeMs: nowMs + waitMs, error, attempted: true },
    ...(failed.retryAfterMs === undefined ? {} : { pauseMs: failed.retryAfterMs }),
  }
}
