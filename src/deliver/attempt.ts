/** One attempt through a channel, held to its time; whatever happens, it ends in a `Verdict`. */
import {
  type Attempt,
  type Channel,
  type Clock,
  DeliveryError,
  type Looked,
  type Message,
  type Outcome,
} from '../../bridges/contract.ts'
import type { Delivery, StoredMessage } from '../flow.ts'
import type { Rules } from './rules.ts'

/** What an attempt came to. `failed` of kind `retry` and reached `maybe` is also what a time-out or a bug ends in. */
export type Verdict<Said extends Looked = Outcome> = Ending<Said> & {
  /** Wall clock: when it began. */
  readonly startedMs: number
}
type Ending<Said> = { readonly outcome: Said } | { readonly failed: DeliveryError; readonly bug: boolean }

export interface AttemptDeps {
  readonly channel: Channel
  readonly clock: Clock
  readonly rules: Rules
  /** Aborts when the gateway stops and its patience is over. */
  readonly giveUp: AbortSignal
}

/** The stored message goes out: it was rendered once. */
export function send(deps: AttemptDeps, delivery: Delivery, stored: StoredMessage): Promise<Verdict> {
  const message: Message = { body: stored.body, key: stored.key, repeat: stored.repeat, parts: stored.parts ?? [] }
  return limited(deps, delivery, stored.key, (attempt) => deps.channel.deliver(message, attempt))
}

/** Asks what became of it; sends nothing. Undefined when the channel cannot be asked. */
export function ask(deps: AttemptDeps, delivery: Delivery, handle: string): Promise<Verdict<Looked>> | undefined {
  const { channel } = deps
  if (channel.look === undefined) return undefined
  const key = delivery.message?.key ?? handle
  return limited(deps, delivery, key, (attempt) => channel.look?.(handle, attempt) as Promise<Looked>)
}

async function limited<Said extends Looked>(
  { clock, rules, giveUp }: AttemptDeps,
  delivery: Delivery,
  key: string,
  act: (attempt: Attempt) => Promise<Said>,
): Promise<Verdict<Said>> {
  const startedMs = clock.now()
  const limit = new AbortController()
  const over = new AbortController()
  const abort = () => limit.abort(new Error('the gateway stops'))
  giveUp.addEventListener('abort', abort, { once: true })
  if (giveUp.aborted) abort()
  const signal = limit.signal
  const timed = (async (): Promise<Ending<Said>> => {
    await clock.sleep(rules.attemptMs, AbortSignal.any([over.signal, signal])).catch(() => {})
    if (!over.signal.aborted && !signal.aborted) limit.abort(new Error(`no answer within ${rules.attemptMs} ms`))
    await clock.sleep(rules.graceMs, over.signal).catch(() => {})
    return { failed: new DeliveryError('retry', 'maybe', reasonOf(signal)), bug: false }
  })()
  const acted = (async (): Promise<Ending<Said>> => {
    try {
      return { outcome: await act({ key, number: delivery.attempts + 1, thread: delivery.thread, signal }) }
    } catch (error) {
      if (error instanceof DeliveryError) return { failed: error, bug: false }
      const why = signal.aborted ? reasonOf(signal) : String((error as Error)?.message ?? error)
      return { failed: new DeliveryError('retry', 'maybe', why, { cause: error }), bug: !signal.aborted }
    }
  })()
  try {
    return { ...(await Promise.race([acted, timed])), startedMs }
  } finally {
    over.abort()
    giveUp.removeEventListener('abort', abort)
  }
}

const reasonOf = (signal: AbortSignal) => String((signal.reason as Error | undefined)?.message)
