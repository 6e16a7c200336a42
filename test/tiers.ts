/**
 * Tiers: what a test needs beyond npm. A missing tier is skipped with its reason printed; with CI=true it fails.
 * `scripts/test.ts` finds out once what is there and tells the tests by FOUNTAIN_TIERS.
 */
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, it } from 'vitest'

export const tierNames = ['samples', 'kafka', 'peers', 'browser'] as const
export type Tier = (typeof tierNames)[number]

const beside = (path: string) => {
  const full = fileURLToPath(new URL(`../../shared/${path}`, import.meta.url))
  return existsSync(full) ? full : undefined
}

/** Real alerts and packets, where they lie beside the checkout. */
export const samplesDir = beside('samples')
/** The IVOA's XSDs and the surveys' Avro schemas, where they lie beside the checkout. */
export const referenceDir = beside('reference')

/** Why a tier is not there: its name and how to get it; undefined when it is there. */
export function missing(tier: Tier): string | undefined {
  if (tier === 'samples') return samplesDir && referenceDir ? undefined : 'no samples beside this checkout (../shared/samples)'
  const report = JSON.parse(process.env.FOUNTAIN_TIERS ?? '{}') as Partial<Record<Tier, string>>
  return report[tier] === undefined ? `run it by \`npm test\`, which finds out` : report[tier] || undefined
}

/** A suite that needs a tier. */
export function describeTier(tier: Tier, title: string, suite: () => void): void {
  const reason = missing(tier)
  if (reason === undefined) {
    describe(title, suite)
  } else if (process.env.CI === 'true') {
    describe(title, () => {
      it(`needs the tier '${tier}'`, () => {
        throw new Error(`the tier '${tier}' is missing: ${reason}`)
      })
    })
  } else {
    console.warn(`SKIPPED (tier ${tier}): ${title}: ${reason}`)
    describe.skip(`${title} [tier ${tier} is missing]`, suite)
  }
}
