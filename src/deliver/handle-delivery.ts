/** One claimed delivery on its way: rendered once, stored, sent or asked about, and settled. */
import {
  type Audience,
  type Channel,
  type Clock,
  type Counter,
  type Log,
  type Looked,
  Refusal,
} from '../../bridges/contract.ts'
import { passes } from '../errors.ts'
import type { Delivery, StoredMessage } from '../flow.ts'
import type { CitationMade } from '../record/draft-port.ts'
import type { FailPoint } from '../record/fail-points.ts'
import type { Settlement, Store } from '../record/port.ts'
import { ask, send, type Verdict } from './attempt.ts'
import type { Gate, Heard } from './gate.ts'
import { type Judgement, judge, judgeInterrupted, judgeLook, judgeRender, park } from './judge.ts'
import { refuseTests } from './render.ts'
import type { Rules } from './rules.ts'

export interface HandlerOptions {
  readonly name: string
  readonly channel: Channel
  readonly audience?: Audience
  readonly store: Pick<Store, 'keepMessage' | 'settle'>
  readonly render: (delivery: Delivery) => Promise<StoredMessage>
  readonly gate: Pick<Gate, 'heard' | 'halt' | 'pause'>
  readonly clock: Clock
  readonly log: Log
  readonly rules: Rules
  /** Aborts when the gateway stops and its patience is over. */
  readonly giveUp: AbortSignal
  readonly failAt: (point: FailPoint) => void
  /** A draft that could not be rendered yet: the store gives each out once, so it is remembered here. */
  readonly renderAgain?: (delivery: Delivery, inMs: number) => void
  /** A draft can be read now: there may be a message to whoever says yes to it. */
  readonly drafted?: () => void
  /** Our events got citations of what the public has now. */
  readonly cited?: (citations: readonly CitationMade[]) => void
  readonly instruments: { readonly attempts: Counter; readonly settled: Counter }
}

/** What is known about a delivery is held until it can be written. */
const storeTroubleMs = 1_000

export class Handler {
  readonly #o: HandlerOptions
  /** When it was first asked about each submitted one, monotonic. */
  readonly #askedMs = new Map<number, number>()
  /** How often rendering failed for each that is to be rendered again. */
  readonly #unrendered = new Map<number, number>()
  lastError: string | undefined

  constructor(options: HandlerOptions) {
    this.#o = options
  }

  /** Handles what `claim` gave. Whatever happens, the gate hears of it once. */
  async handle(delivery: Delivery): Promise<void> {
    let heard: Heard = 'nothing'
    let sent = false
    try {
      if (delivery.state === 'submitted') {
        heard = await this.#look(delivery)
        return
      }
      const message = delivery.message ?? (await this.#render(delivery))
      if (message === undefined || delivery.state === 'held') return
      if (this.#o.audience === 'nobody') {
        // The outlet claims none of these: whoever comes here has another bug, and it must not be heard in public.
        await this.#settle(park(delivery, 'nothing goes out through this bridge: `live: true` is missing'))
        return
      }
      if (await this.#isRefused(delivery)) return
      sent = true
      heard = await this.#send(delivery, message)
    } finally {
      this.#o.gate.heard(heard, sent)
    }
  }

  /** An attempt was under way when an earlier run of the gateway ended. */
  async resume(delivery: Delivery): Promise<void> {
    await this.#settle(judgeInterrupted(delivery, this.#o.clock.now(), this.#canAsk))
  }

  get #canAsk(): boolean {
    return this.#o.channel.look !== undefined
  }

  async #send(delivery: Delivery, message: StoredMessage): Promise<Heard> {
    const { rules, clock, failAt, name, log, instruments } = this.#o
    const verdict = await send(this.#o, delivery, message)
    failAt('deliver:after-send')
    instruments.attempts.inc({
      bridge: name,
      outcome: 'outcome' in verdict ? verdict.outcome.state : verdict.failed.kind,
    })
    if ('failed' in verdict && verdict.bug) {
      const fields = { id: delivery.id, error: verdict.failed.reply }
      log.error(fields, 'the bridge failed in a way it does not name')
    }
    await this.#obey(judge(rules, delivery, message, verdict, clock.now(), this.#canAsk))
    failAt('deliver:after-settle')
    return heardOf(verdict)
  }

  /** A message may have been rendered for the sandbox, before the operator said `live: true`. */
  async #isRefused(delivery: Delivery): Promise<boolean> {
    if (this.#o.audience !== 'public') return false
    try {
      refuseTests(delivery)
      return false
    } catch (error) {
      await this.#obey(judgeRender(this.#o.rules, delivery, error, 1, this.#o.clock.now()))
      return true
    }
  }

  /** Rendered once, stored, then sent: what went out can always be shown, and goes out the same again. */
  async #render(delivery: Delivery): Promise<StoredMessage | undefined> {
    const { log, render, store, rules, clock, failAt } = this.#o
    const { id } = delivery
    let message: StoredMessage
    try {
      message = await render(delivery)
    } catch (error) {
      if (error instanceof Refusal) log.info({ id, error: error.message }, 'the bridge never says this')
      else log.error({ id, error: String(error) }, 'the bridge could not render')
      const times = (this.#unrendered.get(id) ?? 0) + 1
      this.#unrendered.set(id, times)
      const judgement = judgeRender(rules, delivery, error, times, clock.now())
      await this.#obey(judgement)
      const { state, notBeforeMs = clock.now() } = judgement.settlement
      if (state === 'held') this.#o.renderAgain?.(delivery, notBeforeMs - clock.now())
      return undefined
    }
    this.#unrendered.delete(id)
    failAt('deliver:after-render')
    const kept = await this.#persist(() => store.keepMessage(delivery.id, message))
    failAt('deliver:after-keep')
    if (delivery.state === 'held') this.#o.drafted?.()
    if (kept) return message
    // A draft that was approved while it was being rendered: the message that stands is the one that goes out.
    if (delivery.state !== 'held')
      await this.#settle({ id: delivery.id, state: 'queued', notBeforeMs: this.#o.clock.now(), attempted: false })
    return undefined
  }

  /** Asks what became of it; sends nothing. */
  async #look(delivery: Delivery): Promise<Heard> {
    const { rules, clock } = this.#o
    const question = ask(this.#o, delivery, delivery.handle ?? delivery.message?.key ?? '')
    if (question === undefined) {
      await this.#settle(park(delivery, 'it was submitted; this bridge cannot ask whether it arrived'))
      return 'nothing'
    }
    const firstMs = this.#askedMs.get(delivery.id) ?? clock.monotonic()
    this.#askedMs.set(delivery.id, firstMs)
    const verdict = await question
    await this.#obey(judgeLook(rules, delivery, verdict, clock.monotonic() - firstMs, clock.now()))
    return heardOf(verdict)
  }

  async #obey({ settlement, halt, pauseMs }: Judgement): Promise<void> {
    if (halt !== undefined) this.#o.gate.halt(halt)
    if (pauseMs !== undefined) this.#o.gate.pause(pauseMs)
    await this.#settle(settlement)
  }

  async #settle(settlement: Settlement): Promise<void> {
    const { name, store, clock, log, instruments } = this.#o
    const { id, state, error } = settlement
    if (error !== undefined) this.lastError = error
    if (state !== 'submitted') this.#askedMs.delete(id)
    if (state !== 'held' && state !== 'queued') this.#unrendered.delete(id)
    const citations = await this.#persist(() => store.settle([settlement], clock.now()))
    if (citations.length > 0) this.#o.cited?.(citations)
    instruments.settled.inc({ bridge: name, state })
    if (state === 'sent' || state === 'duplicate') log.debug({ id, state }, 'delivered')
    else if (state === 'submitted')
      log.info({ id, state }, 'the other side has it, and is asked later what became of it')
    else log.info({ id, state, error }, state === 'queued' ? 'not delivered yet: it is tried again' : 'not delivered')
  }

  /** Writes as soon as it can be written. Throws what does not pass by itself. */
  async #persist<T>(write: () => Promise<T>): Promise<T> {
    for (;;) {
      try {
        return await write()
      } catch (error) {
        if (!passes(error) || this.#o.giveUp.aborted) throw error
        await this.#o.clock.sleep(storeTroubleMs, this.#o.giveUp).catch(() => {})
      }
    }
  }
}

/** A message that is refused for what it is, a limit and wrong credentials are answers too; silence and 5xx are none. */
function heardOf(verdict: Verdict<Looked>): Heard {
  if ('outcome' in verdict) return 'answered'
  const { kind, retryAfterMs } = verdict.failed
  if (kind !== 'retry') return 'answered'
  return retryAfterMs === undefined ? 'failed' : 'slow down'
}
