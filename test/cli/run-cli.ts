/** The `fountain` command as a child process, as people and scripts call it. */
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { onTestFinished } from 'vitest'
import { until } from '../gateway-process.ts'

const cli = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url))

export interface CliOptions {
  readonly cwd?: string
  readonly env?: Readonly<Record<string, string>>
  /** For its standard input; none is given an empty one. */
  readonly input?: string | Uint8Array
}

export interface CliResult {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

/** A command that still runs. */
export interface CliProcess {
  readonly pid: number | undefined
  readonly stdout: () => string
  readonly stderr: () => string
  /** Polls both outputs; throws with all of them when the words do not come. */
  says(words: RegExp, limitMs?: number): Promise<RegExpExecArray>
  readonly ended: Promise<CliResult>
  /** SIGINT, as Ctrl-C; resolves when it has ended. */
  interrupt(): Promise<CliResult>
}

/** Runs a command to its end. */
export function fountain(args: readonly string[], options: CliOptions = {}): Promise<CliResult> {
  return spawnCli(args, options).ended
}

/** Starts a command; whatever still runs when the test is over is killed. */
export function startFountain(args: readonly string[], options: CliOptions = {}): CliProcess {
  const { child, ended } = spawnCli(args, options)
  onTestFinished(async () => {
    child.kill('SIGKILL')
    await ended
  })
  return {
    pid: child.pid,
    stdout: child.stdoutText,
    stderr: child.stderrText,
    says: async (words, limitMs) => {
      const match = (): RegExpExecArray | null => words.exec(`${child.stdoutText()}\n${child.stderrText()}`)
      await until(`the command says ${words}`, () => match() !== null || child.gone(), limitMs).catch(
        (error: Error) => {
          throw new Error(`${error.message}\n${child.stdoutText()}\n${child.stderrText()}`)
        },
      )
      const found = match()
      if (found === null)
        throw new Error(`it ended without saying ${words}:\n${child.stdoutText()}\n${child.stderrText()}`)
      return found
    },
    ended,
    interrupt: () => {
      child.kill('SIGINT')
      return ended
    },
  }
}

function spawnCli(args: readonly string[], { cwd, env, input }: CliOptions) {
  const process_: ChildProcess = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', cli, ...args], {
    stdio: ['pipe', 'pipe', 'pipe'],
    env: { ...process.env, ...env },
    ...(cwd === undefined ? {} : { cwd }),
  })
  const output: Buffer[] = []
  const errors: Buffer[] = []
  process_.stdout?.on('data', (chunk: Buffer) => output.push(chunk))
  process_.stderr?.on('data', (chunk: Buffer) => errors.push(chunk))
  process_.stdin?.on('error', () => undefined)
  process_.stdin?.end(input)
  let gone = false
  const ended = new Promise<CliResult>((resolve) =>
    process_.once('close', (code) => {
      gone = true
      resolve({ code, stdout: Buffer.concat(output).toString(), stderr: Buffer.concat(errors).toString() })
    }),
  )
  return {
    ended,
    child: {
      pid: process_.pid,
      kill: (signal: NodeJS.Signals) => process_.kill(signal),
      gone: () => gone,
      stdoutText: () => Buffer.concat(output).toString(),
      stderrText: () => Buffer.concat(errors).toString(),
    },
  }
}

/** A directory that is gone after the test. */
export function scratch(): string {
  const directory = mkdtempSync(join(tmpdir(), 'fountain-cli-'))
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }))
  return directory
}

/** Every line of standard output as JSON; throws on one that is not. */
export function jsonLines<T = Record<string, unknown>>({ stdout }: CliResult): T[] {
  return stdout
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as T)
}
