/**
 * One reader of the event log for many subscribers. Those who keep up are members and get each event as it is read;
 * those who fall behind leave and read the log by themselves until they stand where the reader stands.
 */
import { setImmediate as breath } from 'node:timers/promises'
import type { Clock, FeedHost, Log, XPathPool } from '../contract.ts'
import type { Outgoing, OutgoingEvents } from './outgoing.ts'

export interface Member {
  /** The last seq that was sent to it or passed over for it. */
  readonly cursor: number
  /** XPath expressions of which one must match; undefined for everything. */
  readonly filters: readonly string[] | undefined
  send(event: Outgoing): void
  passOver(event: Outgoing): void
  /** An expression that can no longer be used: it took too long, or it fails on documents. */
  filterFailed(expression: string, reason: string, disabled: boolean): void
}

/** After so many events sent, some milliseconds, sockets and everybody else get their turn. */
const sentBetweenBreaths = 1000

export class FanOut {
  readonly #members = new Set<Member>()
  readonly #events: OutgoingEvents
  readonly #select: Selection | undefined
  #lastSeq: number

  /** Reading starts after `lastSeq`. With `select` members' filters are asked, without it everybody gets all. */
  constructor(events: OutgoingEvents, lastSeq: number, select?: Selection) {
    this.#events = events
    this.#lastSeq = lastSeq
    this.#select = select
  }

  /** Where the reader stands: a member must have got that far by itself before it joins. */
  get lastSeq(): number {
    return this.#lastSeq
  }

  add(member: Member): void {
    this.#members.add(member)
  }
  delete(member: Member): void {
    this.#members.delete(member)
  }

  /** Runs until the signal aborts. */
  async run(log: FeedHost['log'], signal: AbortSignal): Promise<void> {
    let sent = 0
    for await (const entry of log.since(this.#lastSeq, signal)) {
      if (signal.aborted) return
      const event = this.#events.of(entry)
      // Before any wait: who joins from here on has to get this event by itself.
      this.#lastSeq = entry.seq
      const members = [...this.#members]
      const wanted = this.#select === undefined ? undefined : await this.#select.of(event, members)
      for (const member of members) {
        // One that left meanwhile follows by itself, and has got this event or will.
        if (!this.#members.has(member) || member.cursor >= event.seq) continue
        if (event.framed !== undefined && (wanted === undefined || wanted.has(member))) {
          member.send(event)
          sent += 1
        } else member.passOver(event)
      }
      if (sent >= sentBetweenBreaths) {
        sent = 0
        await breath()
      }
    }
  }
}

const firstRetryMs = 500
const lastRetryMs = 30_000

/** Asks the filters of many members about one event: every distinct expression once, in one call of the pool. */
export class Selection {
  readonly #xpath: XPathPool
  readonly #clock: Clock
  readonly #logger: Log
  readonly #signal: AbortSignal
  constructor(xpath: XPathPool, clock: Clock, logger: Log, signal: AbortSignal) {
    this.#xpath = xpath
    this.#clock = clock
    this.#logger = logger
    this.#signal = signal
  }

  async of(event: Outgoing, members: readonly Member[]): Promise<ReadonlySet<Member>> {
    const expressions = [...new Set(members.flatMap((member) => member.filters ?? []))]
    const matched = new Set<string>()
    if (expressions.length > 0 && event.framed !== undefined) {
      const answers = await this.#match(event, expressions)
      expressions.forEach((expression, index) => {
        const answer = answers[index] ?? false
        if (answer === true) matched.add(expression)
        if (typeof answer === 'boolean') return
        for (const member of members) {
          if (member.filters?.includes(expression)) member.filterFailed(expression, answer.failed, answer.disabled)
        }
      })
    }
    return new Set(members.filter(({ filters }) => filters?.some((filter) => matched.has(filter)) ?? true))
  }

  /** A pool that does not answer is our trouble: the event waits, and is not lost to those who filter. */
  async #match(event: Outgoing, expressions: readonly string[]): ReturnType<XPathPool['match']> {
    for (let retryMs = firstRetryMs; ; retryMs = Math.min(lastRetryMs, retryMs * 2)) {
      try {
        return await this.#xpath.match(event.document, expressions)
      } catch (error) {
        this.#signal.throwIfAborted()
        this.#logger.error({ err: error, seq: event.seq, ivorn: event.ivorn }, 'filters could not be asked, will retry')
        await this.#clock.sleep(retryMs, this.#signal)
      }
    }
  }
}
