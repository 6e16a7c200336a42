/**
 * The chaos tests with many more kills, and at the end the figures to write down.
 *
 *   npm run soak [-- --kills 500] [--seed N]
 */
import { askedFor, freshSeed, runVitest } from './run-vitest.ts'

const { kills, seed } = askedFor({ kills: '500', seed: freshSeed() }, 'usage: npm run soak [-- --kills 500] [--seed N]')

const startMs = performance.now()
let output = ''
// With CI=true a missing tier fails: a soak that left something out is none.
const env = { CI: 'true', FOUNTAIN_KILLS: kills, FOUNTAIN_KAFKA_KILLS: kills, FOUNTAIN_SEED: seed }
process.exitCode = await runVitest(['--project', 'chaos'], env, (chunk) => {
  output += chunk.toString()
  process.stdout.write(chunk)
})
const minutes = ((performance.now() - startMs) / 60_000).toFixed(1)
console.log(
  `\nsoak: seed ${seed}, ${kills} kills each, ${minutes} min: ${process.exitCode === 0 ? 'all held' : 'FAILED'}`,
)
for (const line of output.matchAll(/((?:comet kills|kafka kills|all bridges|reports), seed .*)/g))
  console.log(`  ${line[1]}`)
