/**
 * What today's posts cost: a file a UTC day, a line a request, written and flushed before the request goes out. A crash
 * in between counts a post that never was; none is ever forgotten.
 */
import { closeSync, fsyncSync, openSync, readFileSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { type Clock, DeliveryError } from '../contract.ts'

const dayMs = 86_400_000

export interface Charge {
  readonly usd: number
  /** `post`, `media`; for whoever reads the file. */
  readonly what: string
  /** The message's. */
  readonly key: string
}

export class Spending {
  readonly #folder: () => string
  readonly #clock: Pick<Clock, 'now'>
  readonly #mostUsd: number
  /** In millionths of a dollar: sums of decimals stay exact. */
  #today: { day: string; micros: number } | undefined

  constructor(folder: () => string, clock: Pick<Clock, 'now'>, mostUsd: number) {
    this.#folder = folder
    this.#clock = clock
    this.#mostUsd = mostUsd
  }

  /** USD since 00:00 UTC. */
  get todayUsd(): number {
    return this.#read().micros / 1e6
  }

  /** Throws DeliveryError where a delivery of that price has no room today, or never will. */
  mustHaveRoom(usd: number): void {
    const most = dollars(this.#mostUsd)
    if (micros(usd) > micros(this.#mostUsd)) {
      const reply = `the post costs ${dollars(usd)}, and a day may cost ${most}: raise spendPerDayUsd, or take the link away`
      throw new DeliveryError('reject', 'no', reply)
    }
    const { micros: spent } = this.#read()
    if (spent + micros(usd) <= micros(this.#mostUsd)) return
    const now = this.#clock.now()
    const reply = `${dollars(spent / 1e6)} of ${most} are spent today: this post waits for the next day (UTC), or for a higher spendPerDayUsd`
    throw new DeliveryError('retry', 'no', reply, { retryAfterMs: dayMs - (now % dayMs) })
  }

  /** Before the request. What it returns takes the charge back, where the request surely cost nothing. */
  charge(charge: Charge): () => void {
    const { day } = this.#write(charge.usd, charge)
    return () => {
      if (this.#read().day === day) this.#write(-charge.usd, charge)
    }
  }

  #write(usd: number, { what, key }: Charge): { day: string } {
    const today = this.#read()
    const atMs = this.#clock.now()
    // A line that a crash cut off is ended by the next one's start.
    const line = `\n${JSON.stringify({ at: new Date(atMs).toISOString(), micros: micros(usd), what, key })}`
    append(this.#path(today.day), line)
    today.micros += micros(usd)
    return today
  }

  #read(): { day: string; micros: number } {
    const day = new Date(this.#clock.now()).toISOString().slice(0, 10)
    if (this.#today?.day !== day) this.#today = { day, micros: sumOf(this.#path(day)) }
    return this.#today
  }

  #path(day: string): string {
    return join(this.#folder(), `spent-${day}.jsonl`)
  }
}

/** What cannot be written down is not spent. */
function append(path: string, line: string): void {
  try {
    const file = openSync(path, 'a')
    try {
      writeSync(file, line)
      fsyncSync(file)
    } finally {
      closeSync(file)
    }
  } catch (error) {
    throw new DeliveryError('retry', 'no', `what the post costs cannot be written down: ${(error as Error).message}`)
  }
}

function sumOf(path: string): number {
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return 0
    throw error
  }
  let sum = 0
  for (const line of text.split('\n')) {
    try {
      const { micros } = JSON.parse(line) as { micros?: unknown }
      if (typeof micros === 'number') sum += micros
    } catch {
      // Cut off by a crash, before the request that it was for; or the empty first line.
    }
  }
  return Math.max(0, sum)
}

const micros = (usd: number): number => Math.round(usd * 1e6)

/** '$0.015'. */
export function dollars(usd: number): string {
  return `$${usd.toFixed(3).replace(/0$/, '')}`
}
