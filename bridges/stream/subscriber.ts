/**
 * One subscriber: where it stands on the log and how much its connection still holds. It is live (gets each event with
 * all others), catching up (reads the log by itself), or parked (its connection is full: it gets nothing).
 */
import type { Framing, Posted } from './posted.ts'
import { noticeFrame } from './posted.ts'
import type { Wish } from './wish.ts'

/** A connection, WebSocket or SSE. */
export interface Line {
  readonly framing: Framing
  readonly address: string
  /** Bytes that the socket has not taken yet. */
  bufferedBytes(): number
  write(frames: Buffer): void
  /** Keeps the line alive; false when the other side has been silent for too long. `seq`: where the subscriber stands. */
  heartbeat(seq: number): boolean
  /** Says why and how to come back, then ends. */
  end(why: 'slow' | 'stopping', seq: number): void
  /** Ends at once. */
  cut(): void
}

export class Subscriber {
  readonly line: Line
  readonly wish: Wish
  readonly sinceMs: number
  /** The last seq that was written or passed over. */
  cursor: number
  sent = 0
  state: 'greeting' | 'catching' | 'live' | 'parked' | 'gone' = 'greeting'
  parkedMs = 0
  beatenMs: number
  readonly #bufferBytes: number

  constructor(line: Line, wish: Wish, cursor: number, { bufferBytes }: { bufferBytes: number }, nowMs: number) {
    this.line = line
    this.wish = wish
    this.cursor = cursor
    this.#bufferBytes = bufferBytes
    this.sinceMs = nowMs
    this.beatenMs = nowMs
  }

  /** Its connection holds more than it may: nothing more is written until it has drained. */
  get isFull(): boolean {
    return this.line.bufferedBytes() > this.#bufferBytes
  }

  /** Those who get the same bytes of each event. */
  get group(): string {
    const { format, test, stream = '' } = this.wish
    return `${this.line.framing} ${format} ${test} ${stream}`
  }

  hello(heartbeatS: number): void {
    const { format } = this.wish
    const hello = { type: 'hello', seq: this.cursor, format, heartbeatS }
    this.line.write(noticeFrame(this.line.framing, hello, this.cursor))
  }

  /** Entries after `after` and before `next` cannot be had. */
  gap(reason: 'ahead' | 'pruned' | 'unknown', after: number | null, next: number): void {
    this.line.write(noticeFrame(this.line.framing, { type: 'gap', reason, after, next } as { type: string }, next - 1))
  }

  /** One entry, in order. */
  take(posted: Posted): void {
    if (posted.seq <= this.cursor) return
    if (posted.isWanted(this.wish)) this.line.write(posted.framed(this.wish.format, this.line.framing))
    this.#moved(posted.seq, posted.isWanted(this.wish) ? 1 : 0)
  }

  /** Many entries that were put together for the whole group. */
  takeAll(frames: Buffer, events: number, upTo: number): void {
    if (events > 0) this.line.write(frames)
    this.#moved(upTo, events)
  }

  #moved(seq: number, events: number): void {
    this.cursor = seq
    this.sent += events
  }
}
