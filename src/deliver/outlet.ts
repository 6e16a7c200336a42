/** One instance of a bridge at work: claims what is due as its gate allows, and waits when there is nothing to do. */
import type { Audience, Bridge, Channel, Clock, Counter, Gauge, Log } from '../../bridges/contract.ts'
import type { Delivery } from '../flow.ts'
import type { CitationMade } from '../record/draft-port.ts'
import type { FailPoint } from '../record/fail-points.ts'
import type { Store } from '../record/port.ts'
import { Bell } from './bell.ts'
import type { Drafter } from './draft-notice.ts'
import type { FullEventOf } from './full-detail.ts'
import { Gate } from './gate.ts'
import { Handler } from './handle-delivery.ts'
import type { Links } from './links.ts'
import { dayStartMs, type OperatorLimits, Pace, stricter } from './pace.ts'
import { type MakePictures, renderMessage } from './render.ts'
import type { Rules } from './rules.ts'
import { Upkeep, type UpkeepStatus } from './upkeep.ts'

export type DeliverStore = Pick<
  Store,
  'claim' | 'interrupted' | 'keepMessage' | 'settle' | 'nextDueMs' | 'attemptsSince'
>

export interface Instance {
  readonly channel: Channel
  readonly bridge: Pick<Bridge, 'maxInFlight' | 'accepts'> &
    Partial<Pick<Bridge, 'pictures' | 'limits' | 'servicePerAddress' | 'checksFirst' | 'detail' | 'byHand'>>
  /** Who reads what goes out, as it is configured; absent: whoever the address is. */
  readonly audience?: Audience
  /** What the operator allows. */
  readonly limits?: OperatorLimits
}

export interface OutletOptions extends Instance {
  readonly name: string
  readonly store: DeliverStore
  readonly clock: Clock
  readonly log: Log
  readonly rules: Rules
  readonly links: Links
  readonly drafters: ReadonlyMap<string, Drafter>
  readonly fullEventOf?: FullEventOf
  readonly pictures?: MakePictures
  readonly failAt: (point: FailPoint) => void
  /** A draft can be read now: another outlet may have a message about it. */
  readonly drafted?: () => void
  readonly cited?: (citations: readonly CitationMade[]) => void
  readonly instruments: Instruments
}

export interface Instruments {
  readonly attempts: Counter
  readonly settled: Counter
  readonly picturesFailed: Counter
  readonly fullFailed: Counter
  readonly upkeepFailed: Counter
  readonly inFlight: Gauge
  readonly halted: Gauge
  readonly circuit: Gauge
  readonly budget: Gauge
}

export interface OutletStatus {
  readonly name: string
  /**
   * `halted`: nothing goes out until the cause is mended; it is probed from time to time. `waiting`: the service does
   * not answer, and is tried again from time to time.
   */
  readonly state: 'ready' | 'waiting' | 'halted' | 'stopped'
  readonly inFlight: number
  /** Why it is halted, in the other side's words. */
  readonly reason?: string
  readonly sinceMs?: number
  readonly lastError?: string
  /** Of the day's budget, where there is one. */
  readonly leftToday?: number
  /** `nobody`: everything is rendered and held, nothing goes out. */
  readonly audience?: Audience
  /** What it does beside sending, where it does something. */
  readonly upkeep?: UpkeepStatus
}

/** The longest wait: schedules are wall-clock times, and the wall clock may be set. */
const longestWaitMs = 60_000
/** Who waits for longer than this to send is asked meanwhile whether there is something else to do. */
const longPaceMs = 5_000
/** The wait after the store failed, longer each time up to `longestWaitMs`. */
const storeTroubleMs = 1_000

export class Outlet {
  readonly #o: OutletOptions
  readonly #pace: Pace
  readonly #gate: Gate
  readonly #handler: Handler
  readonly #upkeep: Upkeep | undefined
  readonly #bell = new Bell()
  readonly #stopping = new AbortController()
  readonly #giveUp = new AbortController()
  readonly #inFlight = new Set<Promise<void>>()
  readonly #done: Promise<void>
  /** Drafts that could not be rendered yet; after a restart the store gives them out again. */
  #unrendered: { readonly delivery: Delivery; readonly dueMs: number }[] = []
  #trouble: string | undefined

  constructor(options: OutletOptions) {
    this.#o = options
    const { bridge, limits, clock, instruments, rules } = options
    this.#pace = new Pace(stricter(bridge.maxInFlight, bridge.limits, limits), clock)
    this.#gate = new Gate({ ...options, pace: this.#pace })
    this.#handler = new Handler({
      ...options,
      gate: this.#gate,
      giveUp: this.#giveUp.signal,
      renderAgain: (delivery, inMs) => this.#unrendered.push({ delivery, dueMs: clock.monotonic() + inMs }),
      render: (delivery) =>
        renderMessage(
          {
            ...options,
            picturesMs: rules.picturesMs,
            picturesFailed: instruments.picturesFailed,
            fullMs: rules.fullMs,
            fullFailed: instruments.fullFailed,
          },
          delivery,
        ),
    })
    const { upkeep } = options.channel
    this.#upkeep =
      upkeep === undefined
        ? undefined
        : new Upkeep({
            ...options,
            upkeep,
            failures: instruments.upkeepFailed,
            halt: (reason) => {
              this.#gate.halt(reason)
              this.#bell.ring()
            },
          })
    this.#done = this.#run()
  }

  wake(): void {
    this.#bell.ring()
  }

  status(): OutletStatus {
    const { halted, circuit } = this.#gate
    const lastError = this.#trouble ?? this.#handler.lastError
    const working = circuit === 'closed' ? 'ready' : 'waiting'
    return {
      name: this.#o.name,
      state: this.#stopping.signal.aborted ? 'stopped' : halted ? 'halted' : working,
      inFlight: this.#inFlight.size,
      ...(halted === undefined ? {} : { reason: halted.reason, sinceMs: halted.sinceMs }),
      ...(lastError === undefined ? {} : { lastError }),
      ...(Number.isFinite(this.#pace.limits.perDay) ? { leftToday: this.#pace.budgetLeft() } : {}),
      ...(this.#o.audience === undefined ? {} : { audience: this.#o.audience }),
      ...(this.#upkeep === undefined ? {} : { upkeep: this.#upkeep.status }),
    }
  }

  /** Takes nothing more, waits for what is in flight, aborts it when that takes too long. */
  async stop(): Promise<void> {
    this.#stopping.abort()
    const keptUp = this.#upkeep?.stop()
    const drained = new AbortController()
    const patience = this.#o.clock.sleep(this.#o.rules.drainMs, drained.signal).then(
      () => this.#giveUp.abort(),
      () => {},
    )
    await this.#done
    await Promise.all(this.#inFlight)
    drained.abort()
    await Promise.all([patience, keptUp])
  }

  async #run(): Promise<void> {
    const { log, clock } = this.#o
    const { signal } = this.#stopping
    let resumed = false
    let troubles = 0
    while (!signal.aborted) {
      const ticket = this.#bell.ticket()
      try {
        if (!resumed) await this.#resume()
        resumed = true
        const waitMs = await this.#step()
        troubles = 0
        if (waitMs > 0) await this.#wait(ticket, waitMs)
      } catch (error) {
        // Whether the store is gone for good is not for an outlet to say: the gateway stops all of them then.
        const waitMs = Math.min(storeTroubleMs * 2 ** troubles++, longestWaitMs)
        this.#trouble = error instanceof Error ? error.message : String(error)
        log.error({ error: this.#trouble, againInMs: waitMs }, 'delivery waits for the store')
        await clock.sleep(waitMs, signal).catch(() => {})
      }
    }
  }

  /** After a restart: what is used of today's budget, and what was being sent. */
  async #resume(): Promise<void> {
    const { name, store, clock } = this.#o
    const interrupted = await store.interrupted(name)
    if (Number.isFinite(this.#pace.limits.perDay)) {
      const attempts = await store.attemptsSince(name, dayStartMs(clock.now()))
      this.#pace.used(attempts + interrupted.filter(({ message }) => message !== undefined).length)
    }
    for (const delivery of interrupted) this.#track(this.#handler.resume(delivery))
  }

  /** Does what can be done now. Returns how long there is nothing more to do. */
  async #step(): Promise<number> {
    const { name, store, clock, failAt } = this.#o
    if (this.#gate.halted !== undefined) {
      await this.#gate.probe(this.#stopping.signal)
      return 0
    }
    const { toSend, toAsk } = this.#gate.room(this.#inFlight.size)
    const waitMs = () => Math.min(this.#gate.waitMs() ?? longestWaitMs, longestWaitMs)
    // A used budget holds up no draft that somebody wants to see, and no question; where nobody may hear anything, that is all.
    const mute = this.#o.audience === 'nobody'
    const what = mute || (toSend === 0 && waitMs() >= longPaceMs) ? 'unsent' : 'all'
    const room = what === 'all' ? toSend : toAsk
    if (room === 0) return waitMs()
    const again = this.#dueUnrendered(room)
    const claimed = [...again, ...(await store.claim(name, room - again.length, clock.now(), what))]
    this.#unrendered = this.#unrendered.filter(({ delivery }) => !again.includes(delivery))
    if (claimed.length > 0) failAt('deliver:after-claim')
    this.#gate.begin(claimed.length)
    for (const delivery of claimed) this.#track(this.#handler.handle(delivery))
    this.#trouble = undefined
    if (claimed.length === room) return waitMs()
    const unrenderedMs = this.#unrenderedWaitMs()
    if (what === 'unsent') return Math.min(waitMs(), unrenderedMs)
    const dueMs = await store.nextDueMs(name)
    const nextMs = Math.min(dueMs === null ? longestWaitMs : dueMs - clock.now(), unrenderedMs)
    return Math.min(Math.max(nextMs, 1), longestWaitMs)
  }

  #unrenderedWaitMs(): number {
    const nowMs = this.#o.clock.monotonic()
    return Math.max(1, Math.min(...this.#unrendered.map(({ dueMs }) => dueMs - nowMs)))
  }

  #dueUnrendered(most: number): readonly Delivery[] {
    const nowMs = this.#o.clock.monotonic()
    const due = this.#unrendered.filter(({ dueMs }) => dueMs <= nowMs)
    return due.slice(0, most).map(({ delivery }) => delivery)
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
        log.error({ error: String(error) }, 'a delivery could not be handled; it is looked at after a restart')
      })
      .finally(() => {
        this.#inFlight.delete(tracked)
        instruments.inFlight.set({ bridge: name }, this.#inFlight.size)
        this.#bell.ring()
      })
    this.#inFlight.add(tracked)
    instruments.inFlight.set({ bridge: name }, this.#inFlight.size)
  }
}
