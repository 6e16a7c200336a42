/**
 * Fuzzes every place where bytes come in, each target for its share of the time.
 *
 *   npm run fuzz [-- --seconds 600] [--seed N] [--target NAME]
 *   npm run fuzz -- --input test/fuzz/found/NAME-…     one input again
 *
 * What breaks something is written to `test/fuzz/found/`.
 */
import { spawnSync } from 'node:child_process'
import { randomInt } from 'node:crypto'
import { basename, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'

const root = fileURLToPath(new URL('..', import.meta.url))
const usage = 'usage: npm run fuzz [-- --seconds 600] [--seed N] [--target NAME] [--input FILE]'

const options = {
  seconds: { type: 'string', default: '600' },
  seed: { type: 'string', default: String(randomInt(2 ** 31)) },
  target: { type: 'string' },
  input: { type: 'string' },
  help: { type: 'boolean', default: false },
} as const

let asked: ReturnType<typeof parseArgs<{ options: typeof options }>>['values']
try {
  asked = parseArgs({ options }).values
} catch (error) {
  console.error(`${(error as Error).message}\n${usage}`)
  process.exit(2)
}
const { seconds, seed, input, help } = asked
if (help || !(Number(seconds) > 0) || !Number.isSafeInteger(Number(seed))) {
  console.error(usage)
  process.exit(help ? 0 : 2)
}
const target = asked.target ?? (input === undefined ? undefined : basename(input).replace(/(-hangs)?-[^-]+$/, ''))
const files = target === undefined ? [] : [`test/fuzz/${target}.test.ts`]
console.error(`seed ${seed}: ${input === undefined ? `${seconds} s` : input}`)
const vitest = fileURLToPath(new URL('../node_modules/vitest/vitest.mjs', import.meta.url))
const { status } = spawnSync(
  process.execPath,
  ['--disable-warning=ExperimentalWarning', vitest, 'run', '--project', 'fuzz', ...files],
  {
    cwd: root,
    stdio: 'inherit',
    env: {
      ...process.env,
      FOUNTAIN_FUZZ_SECONDS: seconds,
      FOUNTAIN_FUZZ_TARGETS: target === undefined ? '' : '1',
      FOUNTAIN_SEED: seed,
      ...(input === undefined ? {} : { FOUNTAIN_FUZZ_INPUT: resolve(input) }),
    },
  },
)
process.exit(status ?? 1)
