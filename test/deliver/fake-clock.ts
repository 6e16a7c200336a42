/** A clock that stands still until a test moves it; the wall clock beside it may be set. */
import type { Clock } from '../../bridges/contract.ts'

interface Sleeper {
  readonly atMs: number
  wake(): void
}

export class FakeClock implements Clock {
  #ms = 0
  #startMs: number
  #sleepers: Sleeper[] = []
  constructor(startMs: number) {
    this.#startMs = startMs
  }
  now(): number {
    return this.#startMs + this.#ms
  }
  /** Sets the wall clock forth, or back. */
  jump(ms: number): void {
    this.#startMs += ms
  }
  /** Time passes, and nobody was asleep. */
  pass(ms: number): void {
    this.#ms += ms
  }
  monotonic(): number {
    return this.#ms
  }
  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted) {
        reject(signal.reason)
        return
      }
      const sleeper = { atMs: this.#ms + ms, wake: () => done(resolve) }
      const abort = () => done(() => reject(signal?.reason))
      const done = (end: () => void) => {
        this.#sleepers = this.#sleepers.filter((other) => other !== sleeper)
        signal?.removeEventListener('abort', abort)
        end()
      }
      signal?.addEventListener('abort', abort, { once: true })
      this.#sleepers.push(sleeper)
    })
  }

  /** Lets everything run that needs no time to pass. */
  async settle(): Promise<void> {
    for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve))
  }

  /** Moves on, waking every sleeper in its turn. */
  async advance(ms: number): Promise<void> {
    const end = this.#ms + ms
    await this.settle()
    for (;;) {
      const next = this.#sleepers.filter(({ atMs }) => atMs <= end).sort((a, b) => a.atMs - b.atMs)[0]
      if (next === undefined) break
      this.#ms = Math.max(this.#ms, next.atMs)
      next.wake()
      await this.settle()
    }
    this.#ms = end
  }
}
