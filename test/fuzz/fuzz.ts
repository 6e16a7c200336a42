/**
 * Runs one target for its share of the time: makes inputs from a seed, holds each to what must be true of any input,
 * and writes down the first that breaks it. `npm run fuzz -- --help` tells the knobs.
 */
import { createHash } from 'node:crypto'
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { setImmediate as turn } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { gzipSync } from 'node:zlib'
import { expect, it } from 'vitest'
import { FountainError } from '../../src/errors.ts'
import { IvoidError } from '../../vo/ivoid.ts'
import { VOEventError } from '../../vo/voevent-error.ts'
import { type Random, seeded } from './mutate.ts'
import { startWatchdog, type Watchdog } from './watchdog.ts'

export interface Target {
  /** The same random, the same input. */
  make(random: Random): Uint8Array
  /** Gives the outcome's name: what was done, or the code of the error. Whatever it throws is a find. */
  run(input: Uint8Array): string | Promise<string>
  /** Outcomes that must be among those met: a target that only ever sees refusals tests little. */
  readonly meets: readonly RegExp[]
  close?(): Promise<unknown>
}

const here = fileURLToPath(new URL('.', import.meta.url))
const found = join(here, 'found')
const seconds = Number(process.env.FOUNTAIN_FUZZ_SECONDS ?? 120)
const seed = Number(process.env.FOUNTAIN_SEED ?? 20261121)
const only = process.env.FOUNTAIN_FUZZ_INPUT
const targets =
  Number(process.env.FOUNTAIN_FUZZ_TARGETS) || readdirSync(here).filter((file) => file.endsWith('.test.ts')).length
/** Two targets run at a time. */
const shareMs = (seconds * 1_000 * Math.min(2, targets)) / targets
/** Of processor time, for one input. */
const limitMs = 2_000
const growthLimitBytes = 64 * 1024 * 1024
const longestMessage = 5_000
const longestPrint = 10_000

/** Declares the test of one target. */
export function fuzz(name: string, open: () => Target | Promise<Target>): void {
  const mine = only === undefined || basename(only).startsWith(`${name}-`)
  it.runIf(mine)(`${name}, seed ${seed}`, { timeout: shareMs + 300_000 }, async () => {
    const target = await open()
    const watchdog = startWatchdog(name, found)
    try {
      if (only === undefined) await run(name, target, watchdog)
      else console.log(`fuzz ${name}: ${await judge(target, readFileSync(only))}`)
    } finally {
      await watchdog.stop()
      await target.close?.()
    }
  })
}

async function run(name: string, target: Target, watchdog: Watchdog): Promise<void> {
  const outcomes = new Map<string, number>()
  const beginMs = performance.now()
  let slowestMs = 0
  let turnMs = beginMs
  let warmBytes = 0
  let inputs = 0
  for (let nowMs = beginMs; nowMs < beginMs + shareMs; nowMs = performance.now()) {
    const input = target.make(seeded(seedOf(inputs)))
    watchdog.begin(input)
    const before = process.threadCpuUsage()
    try {
      const outcome = await judge(target, input)
      outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1)
    } catch (error) {
      await report(name, target, inputs, input, error)
    } finally {
      watchdog.end()
    }
    const { user, system } = process.threadCpuUsage(before)
    slowestMs = Math.max(slowestMs, (user + system) / 1_000)
    if (slowestMs > limitMs) await report(name, undefined, inputs, input, new Error(`took ${Math.round(slowestMs)} ms`))
    inputs++
    if (warmBytes === 0 && nowMs > beginMs + shareMs / 4) warmBytes = await usedBytes()
    if (nowMs > turnMs + 50) turnMs = await turn(performance.now())
  }
  const grownBytes = (await usedBytes()) - warmBytes
  const told = [...outcomes].sort((one, other) => other[1] - one[1]).map(([outcome, count]) => `${outcome} ${count}`)
  const figures = `${inputs} inputs in ${Math.round(shareMs / 1_000)} s, slowest ${Math.round(slowestMs)} ms, memory ${(grownBytes / 1e6).toFixed(1)} MB`
  console.log(`fuzz ${name}: seed ${seed}: ${figures}: ${told.join(', ')}`)
  expect(inputs).toBeGreaterThan(10)
  for (const wanted of target.meets) expect(told.join('\n'), `outcome ${wanted} was met`).toMatch(wanted)
  expect(grownBytes, 'memory that is held at the end and was not at the start').toBeLessThan(growthLimitBytes)
}

/** Far apart for inputs that follow each other. */
const seedOf = (index: number) => createHash('sha256').update(`${seed} ${index}`).digest().readUInt32LE()

async function judge(target: Target, input: Uint8Array): Promise<string> {
  // Memory of its own: what runs past the end must not find the neighbour's bytes.
  return target.run(Uint8Array.from(input))
}

/** Makes the input smaller while it fails in the same way, writes it down, and throws. */
async function report(
  name: string,
  target: Target | undefined,
  index: number,
  input: Uint8Array,
  error: unknown,
): Promise<never> {
  const small = target === undefined ? input : await shrink(target, input, signature(error))
  const hash = createHash('sha256').update(small).digest('hex').slice(0, 12)
  mkdirSync(found, { recursive: true })
  const file = join(found, `${name}-${hash}`)
  writeFileSync(file, small)
  const again = `npm run fuzz -- --input ${file}`
  const printed = gzipSync(small).toString('base64').slice(0, longestPrint)
  const where = `fuzz ${name}: seed ${seed}, input ${index}`
  throw new Error(`${where}: ${String(error).slice(0, longestPrint)}\n${again}\nin gzip and base64: ${printed}`, {
    cause: error,
  })
}

const signature = (error: unknown) => String(error).slice(0, 40)

async function shrink(target: Target, input: Uint8Array, wanted: string): Promise<Uint8Array> {
  let small = input
  const endMs = performance.now() + 5_000
  const fails = async (candidate: Uint8Array) => {
    try {
      await judge(target, candidate)
      return false
    } catch (error) {
      return signature(error) === wanted
    }
  }
  if (!(await fails(input))) return input
  for (let piece = input.length >> 1; piece > 0; piece >>= 1) {
    for (let at = 0; at < small.length; ) {
      if (performance.now() > endMs) return small
      const candidate = Buffer.concat([small.subarray(0, at), small.subarray(at + piece)])
      if (await fails(candidate)) small = candidate
      else at += piece
    }
  }
  return small
}

setFlagsFromString('--expose-gc')
const collect = runInNewContext('gc') as () => void

async function usedBytes(): Promise<number> {
  collect()
  // What lies outside of the heap is given back in the background.
  await turn()
  collect()
  const { heapUsed, external } = process.memoryUsage()
  return heapUsed + external
}

/** 'ok', or the code of the error. Errors without a code, or with a message without end, are thrown on. */
export function outcome(work: () => unknown): string {
  try {
    work()
    return 'ok'
  } catch (error) {
    return codeOf(error)
  }
}

export function codeOf(error: unknown): string {
  const coded = error instanceof FountainError || error instanceof VOEventError || error instanceof IvoidError
  if (!coded) throw error
  if (error.message.length > longestMessage) throw new Error(`a message of ${error.message.length} characters`)
  return error.code
}
