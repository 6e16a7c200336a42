/**
 * Fuzzes every place where bytes come in, each target for its share of the time.
 *
 *   npm run fuzz [-- --seconds 600] [--seed N] [--target NAME]
 *   npm run fuzz -- --input test/fuzz/found/NAME-…     one input again
 *
 * What breaks something is written to `test/fuzz/found/`.
 */
import { basename, resolve } from 'node:path'
import { askedFor, freshSeed, runVitest } from './run-vitest.ts'

const usage = 'usage: npm run fuzz [-- --seconds 600] [--seed N] [--target NAME] [--input FILE]'
const asked = askedFor({ seconds: '600', seed: freshSeed(), target: '', input: '' }, usage)
const { seconds, seed, input } = asked
const target = asked.target || basename(input).replace(/(-hangs)?-[^-]+$/, '')
console.error(`seed ${seed}: ${input || `${seconds} s`}`)
process.exitCode = await runVitest(['--project', 'fuzz', ...(target === '' ? [] : [`test/fuzz/${target}.test.ts`])], {
  FOUNTAIN_FUZZ_SECONDS: seconds,
  FOUNTAIN_FUZZ_TARGETS: target === '' ? '' : '1',
  FOUNTAIN_SEED: seed,
  ...(input === '' ? {} : { FOUNTAIN_FUZZ_INPUT: resolve(input) }),
})
