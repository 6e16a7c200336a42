/**
 * Whether messages may go through one instance of a bridge: its pace, the circuit, a pause that the other side asked
 * for, and the halt after a fault that concerns all of them.
 */
import type { Bridge, Channel, Clock, Gauge, Log } from '../../bridges/contract.ts'
import { admits, answered, begun, type Circuit, closed, failed, notTried } from './circuit.ts'
import type { Pace } from './pace.ts'
import { dice, longestPauseMs, type Rules } from './rules.ts'

/** What an attempt told of the service. `nothing`: there was none. */
export type Heard = 'answered' | 'failed' | 'slow down' | 'nothing'

export interface GateOptions {
  readonly name: string
  readonly channel: Pick<Channel, 'check'>
  readonly bridge: Partial<Pick<Bridge, 'servicePerAddress' | 'checksFirst'>>
  readonly pace: Pace
  readonly clock: Clock
  readonly log: Log
  readonly rules: Rules
  readonly instruments: { readonly halted: Gauge; readonly circuit: Gauge; readonly budget: Gauge }
}

interface Halt {
  readonly reason: string
  readonly sinceMs: number
}

const gaugeOf = { closed: 0, 'half-open': 1, open: 2 } as const

export class Gate {
  readonly #o: GateOptions
  #circuit: Circuit = closed
  #halted: Halt | undefined
  /** Since a message last went well: a service whose check passes and whose sending does not is tried ever more rarely. */
  #probes = 0
  #pausedUntilMs = 0
  #trips = 0
  /** It learns by its check what it renders with, and has not been checked yet. */
  #unchecked = false

  constructor(options: GateOptions) {
    this.#o = options
    const { name, bridge, clock, instruments } = options
    if (bridge.checksFirst === true) {
      this.#unchecked = true
      this.#halted = { reason: 'not checked yet', sinceMs: clock.now() }
      instruments.halted.set({ bridge: name }, 1)
    }
    this.#show()
  }

  get halted(): Readonly<Halt> | undefined {
    return this.#halted
  }

  /** `open`: the service does not answer; it is tried again from time to time. */
  get circuit(): Circuit['state'] {
    return this.#circuit.state
  }

  /** How many may begin now, beside those in flight. `toAsk`: that send nothing, and need no leave of the pace. */
  room(inFlight: number): { readonly toSend: number; readonly toAsk: number } {
    const { pace, clock } = this.#o
    const nowMs = clock.monotonic()
    if (this.#halted !== undefined || nowMs < this.#pausedUntilMs) return { toSend: 0, toAsk: 0 }
    const toAsk = Math.max(0, Math.min(pace.limits.inFlight - inFlight, admits(this.#circuit, nowMs)))
    return { toSend: Math.min(toAsk, pace.room()), toAsk }
  }

  /** How long until there may be room again; undefined when only what is in flight stands in the way. */
  waitMs(): number | undefined {
    const nowMs = this.#o.clock.monotonic()
    const circuit = this.#circuit.state === 'open' ? this.#circuit.untilMs - nowMs : 0
    const waits = Math.max(this.#pausedUntilMs - nowMs, circuit, this.#o.pace.waitMs())
    return waits > 0 ? waits : undefined
  }

  /** So many were claimed. */
  begin(count: number): void {
    if (count === 0) return
    this.#o.pace.take(count)
    this.#circuit = begun(this.#circuit)
    this.#show()
  }

  /** One of those that began has ended. `sent`: a message went out, or may have. */
  heard(what: Heard, sent: boolean): void {
    const { pace, bridge, rules, clock, log } = this.#o
    if (!sent) pace.giveBack(1)
    const before = this.#circuit
    const nowMs = clock.monotonic()
    if (what === 'answered' && this.#halted === undefined) this.#probes = 0
    if (what === 'answered') this.#circuit = answered()
    else if (what === 'failed' && !bridge.servicePerAddress)
      this.#circuit = failed(before, rules.circuit, nowMs, dice(++this.#trips, 0))
    else this.#circuit = notTried(before, nowMs)
    if (this.#circuit.state === 'open' && before.state !== 'open' && what === 'failed')
      log.warn(
        { againInMs: Math.round(this.#circuit.untilMs - nowMs) },
        'the service does not answer: the bridge waits',
      )
    if (this.#circuit.state === 'closed' && before.state !== 'closed') log.info({}, 'the service answers')
    this.#show()
  }

  /** The other side asked for it: nothing goes for a while. */
  pause(ms: number): void {
    if (this.#o.bridge.servicePerAddress) return
    // One that asks for less does not end what another one asked for.
    const untilMs = this.#o.clock.monotonic() + Math.min(ms, longestPauseMs)
    if (untilMs > this.#pausedUntilMs) this.#pausedUntilMs = untilMs
  }

  halt(reason: string): void {
    const { name, log, clock, instruments } = this.#o
    if (this.#halted !== undefined) return
    this.#halted = { reason, sinceMs: clock.now() }
    instruments.halted.set({ bridge: name }, 1)
    log.error({ reason }, 'the bridge is halted: nothing goes out until this is mended')
  }

  /** Waits, then asks the halted bridge whether it works again. */
  async probe(signal: AbortSignal): Promise<void> {
    const { channel, name, log, rules, clock, instruments } = this.#o
    if (this.#halted === undefined) return
    // The first check of all waits for nothing.
    const waitMs = rules.firstMs * rules.factor ** (this.#unchecked ? this.#probes - 1 : this.#probes)
    if (!this.#unchecked || this.#probes > 0) await clock.sleep(Math.min(waitMs, rules.probeMs), signal).catch(() => {})
    if (signal.aborted) return
    this.#probes = Math.min(this.#probes + 1, 50)
    const over = new AbortController()
    const limit = AbortSignal.any([over.signal, signal])
    const timeUp = clock.sleep(rules.attemptMs, limit).then(
      () => Promise.reject(new Error(`no answer within ${rules.attemptMs} ms`)),
      () => {},
    )
    try {
      await Promise.race([channel.check(limit), timeUp])
      if (signal.aborted) return
      this.#halted = undefined
      this.#circuit = closed
      instruments.halted.set({ bridge: name }, 0)
      log.info({}, this.#unchecked ? 'the bridge was checked' : 'the bridge answers again')
      this.#unchecked = false
    } catch (error) {
      const why = String((error as Error).message)
      log.warn({ error: why }, 'the bridge is still halted')
      if (this.#unchecked && this.#halted !== undefined)
        this.#halted = { ...this.#halted, reason: `its check has not gone well yet: ${why}` }
    } finally {
      over.abort()
      this.#show()
    }
  }

  #show(): void {
    const { name, pace, instruments } = this.#o
    instruments.circuit.set({ bridge: name }, gaugeOf[this.#circuit.state])
    if (Number.isFinite(pace.limits.perDay)) instruments.budget.set({ bridge: name }, pace.budgetLeft())
  }
}
