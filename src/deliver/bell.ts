/** A bell that loops wait for: nothing is lost that rings between looking and waiting. */
export class Bell {
  #count = 0
  #waiting = new Set<() => void>()

  ring(): void {
    this.#count++
    const waiting = this.#waiting
    this.#waiting = new Set()
    for (const go of waiting) go()
  }

  /** Take it before looking whether there is something to do. */
  ticket(): number {
    return this.#count
  }

  /** Resolves at the first ring after the ticket was taken, at once if that has been, or when the signal aborts. */
  after(ticket: number, signal: AbortSignal): Promise<void> {
    if (this.#count !== ticket || signal.aborted) return Promise.resolve()
    return new Promise((resolve) => {
      const go = () => {
        this.#waiting.delete(go)
        signal.removeEventListener('abort', go)
        resolve()
      }
      this.#waiting.add(go)
      signal.addEventListener('abort', go, { once: true })
    })
  }
}
