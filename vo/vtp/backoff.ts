/** Geometric back-off of reconnecting clients (REC-VTP-2.0 §5, §7.4), as data. */

export interface BackoffOptions {
  readonly firstMs: number
  readonly mostMs: number
  /** Only a connection that stood for so long makes the next wait short again. */
  readonly quietMs: number
}

export const defaultBackoff: BackoffOptions = { firstMs: 1000, mostMs: 60_000, quietMs: 60_000 }

/**
 * How long to wait before the next attempt, ms. `lastWaitMs`: the wait before the connection that just ended
 * (undefined for the first); `stoodMs`: how long that connection stood, 0 when there was none.
 */
export function nextWaitMs(
  lastWaitMs: number | undefined,
  stoodMs: number,
  options: BackoffOptions = defaultBackoff,
): number {
  if (lastWaitMs === undefined || stoodMs >= options.quietMs) return options.firstMs
  return Math.min(options.mostMs, lastWaitMs * 2)
}
