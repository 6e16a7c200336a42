/**
 * All tests, every tier that this machine can have. Prepares what tiers share (Kafka's jars, the Python peers), says
 * loudly what is missing and how to get it, and runs vitest. With CI=true a missing tier is a failure.
 */
import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { missingTier, tierNames } from './tiers.ts'

const root = fileURLToPath(new URL('..', import.meta.url))
const missing = tierNames.flatMap((tier) => {
  const reason = missingTier(tier)
  return reason === undefined ? [] : [`  ${tier}: ${reason}`]
})
console.error(
  `tiers: ${tierNames.map((tier) => `${tier} ${missingTier(tier) === undefined ? 'yes' : 'MISSING'}`).join(', ')}`,
)

if (missingTier('kafka') === undefined)
  await prepare('Apache Kafka', async () => (await import('./kafka.ts')).prepareKafka())
if (missingTier('peers') === undefined)
  await prepare('the Python peers', async () => (await import('./peers.ts')).peers())
if (missingTier('s3') === undefined) await prepare('an S3 service', async () => (await import('./s3.ts')).prepareS3())

const vitest = fileURLToPath(new URL('../node_modules/vitest/vitest.mjs', import.meta.url))
const run = spawnSync(
  process.execPath,
  ['--disable-warning=ExperimentalWarning', vitest, 'run', ...process.argv.slice(2)],
  { cwd: root, stdio: 'inherit' },
)

if (missing.length > 0) {
  console.error(`\nNOT RUN, because this machine lacks what they need:\n${missing.join('\n')}\n`)
}
process.exit(run.status ?? 1)

async function prepare(what: string, get: () => Promise<unknown>): Promise<void> {
  const startMs = performance.now()
  console.error(`preparing ${what} …`)
  await get()
  console.error(`  ready after ${((performance.now() - startMs) / 1000).toFixed(1)} s`)
}
