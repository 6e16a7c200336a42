/** One instance of a bridge at work: claims what is due, sends, settles; waits, breaks the circuit, probes. */
import type { Bridge, Channel, Clock, Counter, Gauge, Log } from '../../bridges/contract.ts'
import { FountainError } from '../errors.ts'
import type { Delivery, StoredMessage } from '../flow.ts'
import type { FailPoint } from '../record/fail-points.ts'
import type { Settlement, Store } from '../record/port.ts'
import { type AttemptDeps, ask, send } from './attempt.ts'
import { Bell } from './bell.ts'
import { itemOf, type Links } from './item.ts'
import { type Judgement, judge, judgeInterrupted, judgeLook, park } from './judge.ts'
import { longestPauseMs, type Rules } from './rules.ts'

export type DeliverStore = Pick<Store, 'claim' | 'interrupted' | 'keepMessage' | 'settle' | 'nextDueMs'>

export interface Instance {
  readonly channel: Channel
  readonly bridge: Pick<Bridge, 'maxInFlight' | 'accepts'>
}

export interface OutletOptions extends Instance {
  readonly name: string
  readonly store: DeliverStore
  readonly clock: Clock
  readonly log: Log
  readonly rules: Rules
  readonly links: Links
  readonly failAt: (point: FailPoint) => void
  readonly instruments: {
    readonly attempts: Counter
    readonly settled: Counter
    readonly inFlight: Gauge
    readonly halted: Gauge
  }
}

export interface OutletStatus {
  readonly name: string
  /** `halted`: nothing goes out until the cause is mended; it is probed from time to time. */
  readonly state: 'ready' | 'halted' | 'stopped'
  readonly inFlight: number
  /** Why it is halted, in the other side's words. */
  readonly reason?: string
  readonly sinceMs?: number
  readonly lastError?: string
}

/** The longest wait: schedules are wall-clock times, and the wall clock may be set. */
const longestWaitMs = 60_000
/** The wait after the store failed, longer each time up to `longestWaitMs`. */
const storeTroubleMs = 1_000
/** What passes by itself: what is known about a delivery is held until it can be written. */
const passing: ReadonlySet<string> = new Set(['DISK_FULL', 'STORE_BUSY', 'STORE_DEADLINE'])

export class Outlet {
  readonly #o: OutletOptions
  readonly #bell = new Bell()
  readonly #stopping = new AbortController()
  readonly #giveUp = new AbortController()
  readonly #inFlight = new Set<Promise<void>>()
  readonly #done: Promise<void>
  #halted: { reason: string; sinceMs: number; probes: number } | undefined
  #pausedUntilMs = 0
  #lastError: string | undefined

  constructor(options: OutletOptions) {
    this.#o = options
    this.#done = this.#run()
  }

  wake(): void {
    this.#bell.ring()
  }

  status(): OutletStatus {
    return {
      name: this.#o.name,
      state: this.#stopping.signal.aborted ? 'stopped' : this.#halted ? 'halted' : 'ready',
      inFlight: this.#inFlight.size,
      ...(this.#halted === undefined ? {} : { reason: this.#halted.reason, sinceMs: this.#halted.sinceMs }),
      ...(this.#lastError === undefined ? {} : { lastError: this.#lastError }),
    }
  }

  /** Takes nothing more, waits for what is in flight, aborts it when that takes too long. */
  async stop(): Promise<void> {
    this.#stopping.abort()
    const drained = new AbortController()
    const patience = this.#o.clock.sleep(this.#o.rules.drainMs, drained.signal).then(
      () => this.#giveUp.abort(),
      () => {},
    )
    await this.#done
    await Promise.all(this.#inFlight)
    drained.abort()
    await patience
  }

  async #run(): Promise<void> {
    const { name, store, log } = this.#o
    const { signal } = this.#stopping
    let resumed = false
    let troubles = 0
    while (!signal.aborted) {
      const ticket = this.#bell.ticket()
      try {
        if (!resumed) {
          for (const delivery of await store.interrupted(name)) this.#track(this.#resume(delivery))
          resumed = true
        }
        const waitMs = (await this.#probeOrPause()) ?? (await this.#take())
        troubles = 0
        if (waitMs > 0) await this.#wait(ticket, waitMs)
      } catch (error) {
        // Whether the store is gone for good is not for an outlet to say: the gateway stops all of them then.
        const waitMs = Math.min(storeTroubleMs * 2 ** troubles++, longestWaitMs)
        this.#lastError = error instanceof Error ? error.message : String(error)
        log.error({ bridge: name, error: this.#lastError, againInMs: waitMs }, 'delivery waits for the store')
        await this.#o.clock.sleep(waitMs, signal).catch(() => {})
      }
    }
  }

  /** How long to wait because of a halt or a pause; undefined when there is neither. */
  async #probeOrPause(): Promise<number | undefined> {
    const { clock, rules } = this.#o
    const paused = this.#pausedUntilMs - clock.monotonic()
    if (this.#halted === undefined) return paused > 0 ? paused : undefined
    const probeMs = Math.min(rules.firstMs * rules.factor ** this.#halted.probes, rules.probeMs)
    await clock.sleep(probeMs, this.#stopping.signal).catch(() => {})
    if (this.#stopping.signal.aborted) return 0
    await this.#probe()
    return 0
  }

  async #probe(): Promise<void> {
    const { channel, name, log, rules, instruments } = this.#o
    const halted = this.#halted
    if (halted === undefined) return
    const over = new AbortController()
    const limit = AbortSignal.any([over.signal, this.#stopping.signal])
    const timeUp = this.#o.clock.sleep(rules.attemptMs, limit).then(
      () => Promise.reject(new Error(`no answer within ${rules.attemptMs} ms`)),
      () => {},
    )
    try {
      await Promise.race([channel.check(limit), timeUp])
      if (this.#stopping.signal.aborted) return
      this.#halted = undefined
      instruments.halted.set({ bridge: name }, 0)
      log.info({ bridge: name }, 'the bridge answers again')
    } catch (error) {
      halted.probes = Math.min(halted.probes + 1, 50)
      log.warn({ bridge: name, error: String((error as Error).message) }, 'the bridge is still halted')
    } finally {
      over.abort()
    }
  }

  /** Claims what there is room for and starts it. Returns how long there is nothing to do. */
  async #take(): Promise<number> {
    const { name, store, clock, bridge, failAt } = this.#o
    const room = bridge.maxInFlight - this.#inFlight.size
    if (room <= 0) return longestWaitMs
    const claimed = await store.claim(name, room, clock.now())
    if (claimed.length > 0) failAt('deliver:after-claim')
    for (const delivery of claimed) this.#track(this.#handle(delivery))
    if (claimed.length === room) return longestWaitMs
    const dueMs = await store.nextDueMs(name)
    return dueMs === null ? longestWaitMs : Math.min(Math.max(dueMs - clock.now(), 1), longestWaitMs)
  }

  async #wait(ticket: number, ms: number): Promise<void> {
    const over = new AbortController()
    const signal = AbortSignal.any([over.signal, this.#stopping.signal])
    await Promise.race([this.#o.clock.sleep(ms, signal).catch(() => {}), this.#bell.after(ticket, signal)])
    over.abort()
  }

  #track(work: Promise<void>): void {
    const { name, log, instruments } = this.#o
    const tracked = work
      .catch((error: unknown) => {
        log.error(
          { bridge: name, error: String(error) },
          'a delivery could not be handled; it is looked at after a restart',
        )
      })
      .finally(() => {
        this.#inFlight.delete(tracked)
        instruments.inFlight.set({ bridge: name }, this.#inFlight.size)
        this.#bell.ring()
      })
    this.#inFlight.add(tracked)
    instruments.inFlight.set({ bridge: name }, this.#inFlight.size)
  }

  get #attempt(): AttemptDeps {
    const { channel, clock, rules } = this.#o
    return { channel, clock, rules, giveUp: this.#giveUp.signal }
  }

  async #handle(delivery: Delivery): Promise<void> {
    const { rules, clock, failAt } = this.#o
    if (delivery.state === 'submitted') {
      await this.#look(delivery, delivery.handle ?? '', 'it was submitted', false)
      return
    }
    const message = delivery.message ?? (await this.#render(delivery))
    if (message === undefined) return
    const verdict = await send(this.#attempt, delivery, message)
    failAt('deliver:after-send')
    this.#count('outcome' in verdict ? verdict.outcome.state : verdict.failed.kind)
    if ('failed' in verdict && verdict.bug)
      this.#complain(delivery, verdict.failed.reply, 'the bridge failed in a way it does not name')
    await this.#obey({ ...delivery, message }, judge(rules, delivery, message, verdict, clock.now()), true)
    failAt('deliver:after-settle')
  }

  async #resume(delivery: Delivery): Promise<void> {
    await this.#obey(delivery, judgeInterrupted(delivery), false)
  }

  /** Rendered once, stored, then sent: what went out can always be shown, and goes out the same again. */
  async #render(delivery: Delivery): Promise<StoredMessage | undefined> {
    const { channel, links, store, failAt } = this.#o
    let message: StoredMessage
    try {
      const { body, key, repeat, parts } = channel.render([itemOf(delivery, links)], delivery.address)
      message = { body, key, repeat, ...(parts.length === 0 ? {} : { parts }) }
    } catch (error) {
      this.#complain(delivery, String(error), 'the bridge could not render')
      await this.#settle(park(delivery, `could not be rendered: ${(error as Error).message}`, false))
      return undefined
    }
    failAt('deliver:after-render')
    await this.#persist(() => store.keepMessage(delivery.id, message))
    failAt('deliver:after-keep')
    return message
  }

  async #look(delivery: Delivery, handle: string, why: string, attempted: boolean): Promise<void> {
    const { rules, clock } = this.#o
    const question = ask(this.#attempt, delivery, handle)
    if (question === undefined) {
      await this.#settle(park(delivery, `${why}; this bridge cannot ask whether it arrived`, attempted))
      return
    }
    const judgement = judgeLook(rules, delivery, handle, await question, clock.now())
    const counted =
      judgement.next === 'settle' ? { ...judgement, settlement: { ...judgement.settlement, attempted } } : judgement
    await this.#obey(delivery, counted, false)
  }

  async #obey(delivery: Delivery, judgement: Judgement, attempted: boolean): Promise<void> {
    if (judgement.halt !== undefined) this.#halt(judgement.halt)
    if (judgement.next === 'look') {
      await this.#look(delivery, delivery.handle ?? delivery.message?.key ?? '', judgement.why, attempted)
      return
    }
    if (judgement.pauseMs !== undefined) {
      this.#pausedUntilMs = this.#o.clock.monotonic() + Math.min(judgement.pauseMs, longestPauseMs)
    }
    await this.#settle(judgement.settlement)
  }

  async #settle(settlement: Settlement): Promise<void> {
    const { name, store, clock, log, instruments } = this.#o
    if (settlement.error !== undefined) this.#lastError = settlement.error
    await this.#persist(() => store.settle([settlement], clock.now()))
    instruments.settled.inc({ bridge: name, state: settlement.state })
    const { id, state, error } = settlement
    if (state === 'sent' || state === 'duplicate') log.debug({ bridge: name, id, state }, 'delivered')
    else log.info({ bridge: name, id, state, error }, 'not delivered yet, or not at all')
  }

  /** Writes as soon as it can be written. Throws what does not pass by itself. */
  async #persist(write: () => Promise<void>): Promise<void> {
    for (;;) {
      try {
        await write()
        return
      } catch (error) {
        if (!(error instanceof FountainError) || !passing.has(error.code) || this.#giveUp.signal.aborted) throw error
        await this.#o.clock.sleep(storeTroubleMs, this.#giveUp.signal).catch(() => {})
      }
    }
  }

  #halt(reason: string): void {
    const { name, log, clock, instruments } = this.#o
    if (this.#halted !== undefined) return
    this.#halted = { reason, sinceMs: clock.now(), probes: 0 }
    instruments.halted.set({ bridge: name }, 1)
    log.error({ bridge: name, reason }, 'the bridge is halted: nothing goes out until this is mended')
  }

  #complain(delivery: Delivery, error: string, what: string): void {
    this.#o.log.error({ bridge: this.#o.name, id: delivery.id, error }, what)
  }

  #count(outcome: string): void {
    this.#o.instruments.attempts.inc({ bridge: this.#o.name, outcome })
  }
}
