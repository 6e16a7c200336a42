/**
 * Nights of the archive: from noon to noon UTC, by the time at which packets were received. A night is a whole
 * number, the days from the epoch to the noon at which it begins, and is called by that date.
 */

const dayMs = 86_400_000

export function nightOf(receivedMs: number): number {
  return Math.floor((receivedMs - dayMs / 2) / dayMs)
}

/** `2026-11-21`: the night that begins that day at noon. */
export function nightName(night: number): string {
  return new Date(night * dayMs).toISOString().slice(0, 10)
}

/** The night of a name; undefined for what is none. */
export function nightNamed(name: string): number | undefined {
  const startMs = /^\d{4}-\d\d-\d\d$/.test(name) ? Date.parse(name) : Number.NaN
  return Number.isNaN(startMs) ? undefined : startMs / dayMs
}
