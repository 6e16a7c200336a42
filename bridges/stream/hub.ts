/**
 * One reader of the event log for all who are at its head. What it reads is kept for a while, so that who was a moment
 * away goes on without asking the store; who is further behind reads pages of the log in turns, a few at a time.
 */
import type { Clock, FeedHost, Log } from '../contract.ts'
import { Posted } from './posted.ts'
import type { Subscriber } from './subscriber.ts'

/** Entries that are written together. */
const batch = { entries: 64, bytes: 262_144 } as const
/** What is kept of the newest entries. */
const kept = { entries: 1_024, bytes: 16 * 1024 * 1024 } as const
/** A turn at the log: who is not done after it goes to the end of the queue. */
const turn = { entries: 256, readers: 4, waitMs: 2_000 } as const

export interface HubOptions {
  readonly log: FeedHost['log']
  readonly clock: Clock
  readonly logger: Log
  /** Called when a subscriber's connection is full, before anybody else is served. */
  parked(subscriber: Subscriber): void
}

export class Hub {
  readonly #options: HubOptions
  readonly #live = new Map<string, Set<Subscriber>>()
  readonly #waiting: Subscriber[] = []
  readonly #stop = new AbortController()
  #readers = 0
  /** Read and not yet written. */
  #fresh: Posted[] = []
  #freshBytes = 0
  #flushing: NodeJS.Immediate | undefined
  /** Everything up to here has been written to those who are live. */
  #flushedSeq: number
  /** The newest entries, every one after `#keptAfter` up to `#flushedSeq`. */
  #kept: Posted[] = []
  #keptBytes = 0
  #keptAfter: number

  /** Reading starts after `lastSeq`, the head of the log. */
  constructor(lastSeq: number, options: HubOptions) {
    this.#options = options
    this.#flushedSeq = lastSeq
    this.#keptAfter = lastSeq
  }

  /** Reads until `stop`. Rejects when the log is gone. */
  async run(): Promise<void> {
    const { signal } = this.#stop
    for await (const entry of this.#options.log.since(this.#flushedSeq, signal)) {
      if (signal.aborted) return
      const posted = new Posted(entry)
      this.#fresh.push(posted)
      this.#freshBytes += posted.size
      if (this.#fresh.length >= batch.entries || this.#freshBytes >= batch.bytes) {
        this.#flush()
        // Sockets and everybody else get their turn.
        await new Promise((resolve) => setImmediate(resolve))
      } else {
        this.#flushing ??= setImmediate(() => this.#flush())
      }
    }
  }

  stop(): void {
    this.#stop.abort(new Error('stopping'))
    clearImmediate(this.#flushing)
  }

  /** From its cursor on; it may have been parked before. */
  follow(subscriber: Subscriber): void {
    if (subscriber.state === 'gone') return
    subscriber.state = 'catching'
    if (this.#fromKept(subscriber)) return
    this.#waiting.push(subscriber)
    this.#nextTurns()
  }

  /** It gets nothing more. */
  leave(subscriber: Subscriber): void {
    const members = this.#live.get(subscriber.group)
    members?.delete(subscriber)
    if (members?.size === 0) this.#live.delete(subscriber.group)
  }

  #flush(): void {
    clearImmediate(this.#flushing)
    this.#flushing = undefined
    const fresh = this.#fresh
    const last = fresh.at(-1)
    if (last === undefined) return
    const first = fresh[0]!.seq
    this.#fresh = []
    this.#freshBytes = 0
    this.#flushedSeq = last.seq
    for (const members of [...this.#live.values()]) {
      let together: { frames: Buffer; events: number } | undefined
      for (const member of [...members]) {
        if (member.cursor >= first) {
          // It read the log further than we had.
          for (const posted of fresh) member.take(posted)
        } else {
          together ??= putTogether(fresh, member)
          member.takeAll(together.frames, together.events, last.seq)
        }
        if (member.isFull) this.#park(member)
      }
    }
    this.#keep(fresh)
  }

  #keep(fresh: readonly Posted[]): void {
    this.#kept.push(...fresh)
    for (const posted of fresh) this.#keptBytes += posted.size
    let cut = 0
    while (this.#kept.length - cut > kept.entries || (this.#keptBytes > kept.bytes && cut < this.#kept.length)) {
      const oldest = this.#kept[cut++]!
      this.#keptBytes -= oldest.size
      this.#keptAfter = oldest.seq
    }
    if (cut > 0) this.#kept = this.#kept.slice(cut)
  }

  #park(subscriber: Subscriber): void {
    this.leave(subscriber)
    subscriber.state = 'parked'
    this.#options.parked(subscriber)
  }

  /** Goes on from what is kept: true when the subscriber is live or parked then. */
  #fromKept(subscriber: Subscriber): boolean {
    if (subscriber.cursor < this.#keptAfter) return false
    if (subscriber.cursor < this.#flushedSeq) {
      for (const posted of this.#kept) {
        subscriber.take(posted)
        if (subscriber.isFull) {
          this.#park(subscriber)
          return true
        }
      }
    }
    subscriber.state = 'live'
    const members = this.#live.get(subscriber.group)
    if (members === undefined) this.#live.set(subscriber.group, new Set([subscriber]))
    else members.add(subscriber)
    return true
  }

  #nextTurns(): void {
    while (this.#readers < turn.readers && this.#waiting.length > 0) {
      const subscriber = this.#waiting.shift()!
      if (subscriber.state !== 'catching') continue
      this.#readers++
      void this.#turn(subscriber)
        .catch((error: unknown) => {
          this.#options.logger.warn({ err: error, seq: subscriber.cursor }, 'a subscriber could not read the log')
          subscriber.line.cut()
        })
        .finally(() => {
          this.#readers--
          if (!this.#stop.signal.aborted) this.#nextTurns()
        })
    }
  }

  async #turn(subscriber: Subscriber): Promise<void> {
    const over = new AbortController()
    const signal = AbortSignal.any([over.signal, this.#stop.signal])
    // Where the log has nothing after the cursor yet, others go on meanwhile.
    void this.#options.clock.sleep(turn.waitMs, signal).then(
      () => over.abort(),
      () => {},
    )
    let read = 0
    let parked = false
    try {
      for await (const entry of this.#options.log.since(subscriber.cursor, signal)) {
        // Gone, or parked, while the page was read.
        if (signal.aborted || subscriber.state !== 'catching') break
        if (entry.seq > subscriber.cursor + 1) subscriber.gap('pruned', subscriber.cursor, entry.seq)
        subscriber.take(new Posted(entry))
        if (subscriber.isFull) {
          parked = true
          this.#park(subscriber)
          break
        }
        if (subscriber.cursor >= this.#keptAfter || ++read >= turn.entries) break
      }
    } finally {
      over.abort()
    }
    // One that was parked may have come back by itself meanwhile: it follows already.
    if (parked || subscriber.state !== 'catching' || this.#stop.signal.aborted) return
    if (!this.#fromKept(subscriber)) this.#waiting.push(subscriber)
  }
}

function putTogether(fresh: readonly Posted[], { wish, line }: Subscriber): { frames: Buffer; events: number } {
  const wanted = fresh
    .filter((posted) => posted.isWanted(wish))
    .map((posted) => posted.framed(wish.format, line.framing))
  return { frames: wanted.length === 1 ? wanted[0]! : Buffer.concat(wanted), events: wanted.length }
}
