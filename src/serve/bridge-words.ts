/** What people are told of a bridge beside its state: the page and `fountain status` say it in the same words. */
import type { BridgeStatus } from './status-report.ts'

const ofAudience = {
  public: 'public',
  sandbox: 'sandbox',
  nobody: 'nothing goes out: live is not set',
} as const satisfies Record<NonNullable<BridgeStatus['audience']>, string>

/** Undefined where its readers are whoever the addresses are. */
export const audienceWords = (audience: BridgeStatus['audience']): string | undefined =>
  audience === undefined ? undefined : ofAudience[audience]

/** Undefined where it goes well, or where there is none. */
export function upkeepWords(upkeep: BridgeStatus['upkeep']): string | undefined {
  if (upkeep?.failed === undefined) return undefined
  const utc = (ms: number) => `${new Date(ms).toISOString().slice(0, 16).replace('T', ' ')} UTC`
  const since = upkeep.failedSinceMs === undefined ? '' : ` since ${utc(upkeep.failedSinceMs)}`
  const last = upkeep.doneMs === undefined ? 'it never went well' : `it last went well ${utc(upkeep.doneMs)}`
  return `its upkeep fails${since} (${last}): ${upkeep.failed}`
}
