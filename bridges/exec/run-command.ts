/** One run of a program: no shell, a clean environment, bounded output, and an end that includes all it started. */
import { type ChildProcess, spawn } from 'node:child_process'
import { DeliveryError } from '../contract.ts'
import { searchPath } from './find-command.ts'

export interface CommandRun {
  readonly command: readonly string[]
  readonly folder: string
  readonly maxOutputBytes: number
  readonly env: Readonly<Record<string, string>>
  /** FOUNTAIN_… */
  readonly environment: Readonly<Record<string, string>>
  readonly input: Uint8Array
  /** Ends it: SIGTERM, and SIGKILL after `graceMs`. */
  readonly signal: AbortSignal
}
export interface CommandEnd {
  /** Null: it was ended by a signal. */
  readonly code: number | null
  readonly killedBy: string | null
  /** Why we ended it. */
  readonly why: string | undefined
  /** The beginning of what it wrote on both outputs. */
  readonly output: string
}

/** Between "please stop" and "stop". */
const graceMs = 2000
/** After its end: output that is still in the pipe. What it left running may hold the pipe open for ever. */
const lingerMs = 200

/** What keeps a program from being started at all. */
const notThere = new Set(['ENOENT', 'EACCES', 'ENOTDIR', 'ENOEXEC', 'EPERM', 'ELOOP'])

/** Runs it to its end. Throws DeliveryError, reached `no`, when it could not be started. */
export async function runCommand(run: CommandRun): Promise<CommandEnd> {
  const { signal, input } = run
  if (signal.aborted) throw new DeliveryError('retry', 'no', reasonOf(signal))
  const child = start(run)
  const output = collect(child, run.maxOutputBytes)
  const closed = new Promise<void>((resolve) => child.once('close', () => resolve()))
  const stop = () => endGroup(child)
  signal.addEventListener('abort', stop, { once: true })
  try {
    const exit = await new Promise<{ code: number | null; killedBy: string | null }>((resolve, reject) => {
      child.once('error', reject)
      child.once('exit', (code, killedBy) => resolve({ code, killedBy }))
      // It need not read what it is given.
      child.stdin?.on('error', () => {})
      child.stdin?.end(input)
    })
    await Promise.race([closed, linger()])
    return { ...exit, why: signal.aborted ? reasonOf(signal) : undefined, output: output() }
  } catch (error) {
    throw notStarted(error as NodeJS.ErrnoException, run)
  } finally {
    signal.removeEventListener('abort', stop)
    for (const stream of [child.stdin, child.stdout, child.stderr]) stream?.destroy()
  }
}

function start(run: CommandRun): ChildProcess {
  const { command, folder, env, environment } = run
  const [program, ...rest] = command
  try {
    return spawn(program!, rest, {
      cwd: folder,
      env: { PATH: searchPath, LANG: 'C.UTF-8', ...env, ...environment },
      stdio: 'pipe',
      // A group of its own, so that it can be ended with all that it started.
      detached: true,
    })
  } catch (error) {
    throw notStarted(error as NodeJS.ErrnoException, run)
  }
}

function notStarted({ code = 'unknown' }: NodeJS.ErrnoException, { command, folder }: CommandRun): DeliveryError {
  const what = `${command[0]} could not be started in ${folder}: ${code}`
  if (notThere.has(code)) return new DeliveryError('halt', 'no', what)
  return new DeliveryError(code === 'E2BIG' ? 'reject' : 'retry', 'no', what)
}

/** Reads on beyond what is kept: a program must not hang because we stopped listening. */
function collect(child: ChildProcess, maxBytes: number): () => string {
  const chunks: Buffer[] = []
  let left = maxBytes
  const take = (chunk: Buffer) => {
    if (left === 0) return
    const part = chunk.subarray(0, left)
    chunks.push(part)
    left -= part.length
  }
  child.stdout?.on('data', take)
  child.stderr?.on('data', take)
  return () =>
    Buffer.concat(chunks)
      .toString('utf8')
      .replace(/[^\P{Cc}\n\t]/gu, ' ')
}

function linger(): Promise<void> {
  return new Promise((resolve) => {
    AbortSignal.timeout(lingerMs).addEventListener('abort', () => resolve(), { once: true })
  })
}

function endGroup(child: ChildProcess): void {
  kill(child, 'SIGTERM')
  AbortSignal.timeout(graceMs).addEventListener('abort', () => kill(child, 'SIGKILL'), { once: true })
}

function kill({ pid }: ChildProcess, signal: NodeJS.Signals): void {
  if (pid === undefined) return
  try {
    process.kill(-pid, signal)
  } catch {
    // All of the group have ended.
  }
}

function reasonOf(signal: AbortSignal): string {
  const { name, message } = signal.reason as Error
  return name === 'TimeoutError' ? 'it took too long' : message
}
