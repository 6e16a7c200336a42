/** How often one may ask: a bucket of tokens for each who asks, in memory, forgotten when it is full again. */

export interface Rate {
  readonly perSecond: number
  readonly burst: number
}

/** More names than this at one time are not told apart: memory stays bounded, and the oldest starts anew. */
const mostBuckets = 10_000

export class RateLimit {
  readonly #buckets = new Map<string, { left: number; atMs: number }>()
  readonly #now: () => number
  /** `now`: monotonic, ms. */
  constructor(now: () => number) {
    this.#now = now
  }

  /** Takes one of the name's bucket: 0, or how many ms to wait for the next. */
  take(name: string, { perSecond, burst }: Rate): number {
    const nowMs = this.#now()
    const before = this.#buckets.get(name)
    const left =
      before === undefined ? burst : Math.min(burst, before.left + ((nowMs - before.atMs) / 1000) * perSecond)
    // Last in the map is who asked last.
    this.#buckets.delete(name)
    if (this.#buckets.size >= mostBuckets) {
      const oldest = this.#buckets.keys().next().value
      if (oldest !== undefined) this.#buckets.delete(oldest)
    }
    this.#buckets.set(name, { left: left >= 1 ? left - 1 : left, atMs: nowMs })
    return left >= 1 ? 0 : Math.ceil(((1 - left) / perSecond) * 1000)
  }
}
