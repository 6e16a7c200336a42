/** What the scripts that run one project of the tests have in common: their words, and the process. */
import { type SpawnOptions, spawn } from 'node:child_process'
import { randomInt } from 'node:crypto'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'

/** A fresh one where none is given: it is printed, so that a find can be had again. */
export const freshSeed = (): string => String(randomInt(1, 2 ** 31))

/**
 * The options of the command line, each with what holds where it is not given; where that is a number, a number is
 * wanted. Ends the process with the usage where the words are wrong, or `--help` is among them.
 */
export function askedFor<K extends string>(defaults: Readonly<Record<K, string>>, usage: string): Record<K, string> {
  const names = Object.keys(defaults) as K[]
  const options = Object.fromEntries(names.map((name) => [name, { type: 'string' as const }]))
  try {
    const { help, ...given } = parseArgs({ options: { ...options, help: { type: 'boolean' } } }).values
    if (help) {
      console.log(usage)
      process.exit(0)
    }
    const asked: Record<K, string> = { ...defaults, ...(given as Partial<Record<K, string>>) }
    for (const name of names) {
      const wantsNumber = /^\d+$/.test(defaults[name])
      if (wantsNumber && !/^[1-9]\d{0,9}$/.test(asked[name]))
        throw new Error(`--${name} must be a whole number above 0`)
    }
    return asked
  } catch (error) {
    console.error(`${(error as Error).message}\n${usage}`)
    process.exit(2)
  }
}

/** Runs vitest with these words; its output is ours unless `onOutput` takes it. Gives the exit code. */
export async function runVitest(
  words: readonly string[],
  env: Readonly<Record<string, string>>,
  onOutput?: (chunk: Buffer) => void,
): Promise<number> {
  const vitest = fileURLToPath(new URL('../node_modules/vitest/vitest.mjs', import.meta.url))
  const options: SpawnOptions = {
    cwd: fileURLToPath(new URL('..', import.meta.url)),
    stdio: ['ignore', onOutput === undefined ? 'inherit' : 'pipe', 'inherit'],
    env: { ...process.env, ...env },
  }
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', vitest, 'run', ...words], options)
  if (onOutput !== undefined) child.stdout?.on('data', onOutput)
  return (await new Promise<number | null>((resolve) => child.once('close', resolve))) ?? 1
}
