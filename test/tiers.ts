/** A suite that needs more than npm names its tier: a missing one is skipped loudly; with CI=true it fails. */
import { describe, it } from 'vitest'
import { missingTier, type Tier } from '../scripts/tiers.ts'

export { chromiumPath, faketimePath, referenceDir, samplesDir } from '../scripts/tiers.ts'

export function describeTier(tier: Tier, title: string, suite: () => void): void {
  const reason = missingTier(tier)
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
    // The suite itself is not looked into: collecting it may need what is missing.
    describe(title, () => {
      it.skip(`needs the tier '${tier}'`)
    })
  }
}
