/**
 * What a bridge does beside sending (a catalogue's mirror, a heartbeat): at the start and then every so often, one run
 * at a time. A failed run is said, counted and tried again.
 */
import { type Channel, type Clock, type Counter, DeliveryError, type Log } from '../../bridges/contract.ts'
import { backOffMs, type Rules } from './rules.ts'

export interface UpkeepOptions {
  readonly name: string
  readonly upkeep: NonNullable<Channel['upkeep']>
  readonly clock: Clock
  readonly log: Log
  readonly rules: Rules
  readonly failures: Counter
  /** The bridge said that nothing may go out through it. */
  halt(reason: string): void
}

export interface UpkeepStatus {
  /** When it last went well, wall clock. */
  readonly doneMs?: number
  /** Why it fails now, and since when. */
  readonly failed?: string
  readonly failedSinceMs?: number
}

export class Upkeep {
  readonly #o: UpkeepOptions
  readonly #stopping = new AbortController()
  readonly #ended: Promise<void>
  #status: UpkeepStatus = {}

  constructor(options: UpkeepOptions) {
    this.#o = options
    this.#ended = this.#keepUp()
  }

  get status(): UpkeepStatus {
    return this.#status
  }

  /** Aborts the run that is under way and waits for its end; one that goes on regardless is left behind. */
  async stop(): Promise<void> {
    this.#stopping.abort(new Error('the gateway stops'))
    const over = new AbortController()
    await Promise.race([this.#ended, this.#o.clock.sleep(this.#o.rules.graceMs, over.signal).catch(() => {})])
    over.abort()
  }

  async #keepUp(): Promise<void> {
    const { upkeep, clock, rules } = this.#o
    const { signal } = this.#stopping
    let failures = 0
    while (!signal.aborted) {
      const begunMs = clock.monotonic()
      failures = (await this.#run()) ? 0 : failures + 1
      const restMs = Math.max(0, upkeep.everyMs - (clock.monotonic() - begunMs))
      // What runs every second is not tried less often for having failed once; what runs once a day is tried sooner.
      const waitMs = failures === 0 ? restMs : Math.min(backOffMs(rules, 0, failures), Math.max(restMs, 1_000))
      await clock.sleep(waitMs, signal).catch(() => {})
    }
  }

  /** Ends when the run has ended, however long that takes: never two at once. */
  async #run(): Promise<boolean> {
    const { name, upkeep, clock, log, rules, failures, halt } = this.#o
    const over = new AbortController()
    const limit = new AbortController()
    const stopping = this.#stopping.signal
    clock.sleep(rules.upkeepMs, AbortSignal.any([over.signal, stopping])).then(
      () => limit.abort(new Error(`it did not end within ${rules.upkeepMs} ms`)),
      () => {},
    )
    try {
      await upkeep.run(AbortSignal.any([limit.signal, stopping]))
      if (this.#status.failed !== undefined) log.info({}, 'the upkeep of the bridge goes well again')
      this.#status = { doneMs: clock.now() }
      return true
    } catch (error) {
      if (stopping.aborted) return false
      const why = limit.signal.aborted ? (limit.signal.reason as Error).message : String((error as Error)?.message)
      failures.inc({ bridge: name })
      const { failed, failedSinceMs = clock.now(), ...before } = this.#status
      // The same again and again is said once.
      if (failed !== why) log.warn({ error: why }, 'the upkeep of the bridge failed: it is tried again')
      this.#status = { ...before, failed: why, failedSinceMs }
      if (error instanceof DeliveryError && error.kind === 'halt') halt(error.reply)
      return false
    } finally {
      over.abort()
    }
  }
}
