/** `fountain run` as a child process, as an operator starts it: to be asked, killed and started again. */
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { stringify } from 'yaml'
import type { StatusReport } from '../src/serve/status-report.ts'

const cli = fileURLToPath(new URL('../src/cli/main.ts', import.meta.url))
/** A third of a start is compiling: hundreds of starts need it once. */
const compileCache = fileURLToPath(new URL('../.cache/compiled', import.meta.url))

export interface GatewayProcess {
  readonly pid: number
  /** The page's address, once it runs. */
  readonly url: string
  readonly vtp: { readonly submit: number; readonly subscribe: number }
  status(): Promise<StatusReport>
  log(): string
  /** SIGKILL, as a crash. Resolves when it is gone. */
  kill(): Promise<void>
  /** An orderly end; resolves to the exit code. */
  stop(): Promise<number | null>
  /** Settles when it has ended by itself or by a fail-point. */
  readonly ended: Promise<number | null>
}

export interface GatewayHome {
  readonly directory: string
  readonly data: string
  /** Writes another configuration: it holds from the next start. */
  configure(config: object): void
  remove(): void
}

/** A directory with a configuration; ports given as 0 are taken free at each start. */
export function gatewayHome(config: object): GatewayHome {
  const directory = mkdtempSync(join(tmpdir(), 'fountain-gateway-'))
  const configure = (config: object): void => writeFileSync(join(directory, 'fountain.yaml'), stringify(config))
  configure(config)
  return {
    directory,
    data: join(directory, 'data'),
    configure,
    remove: () => rmSync(directory, { recursive: true, force: true }),
  }
}

export interface StartOptions {
  readonly env?: Readonly<Record<string, string>>
  readonly args?: readonly string[]
  /** Resolve as soon as the process is started: it may be meant to die early. */
  readonly doNotWait?: boolean
}

export async function startGatewayProcess(home: GatewayHome, options: StartOptions = {}): Promise<GatewayProcess> {
  const args = [
    '--disable-warning=ExperimentalWarning',
    cli,
    'run',
    '-c',
    join(home.directory, 'fountain.yaml'),
    ...(options.args ?? []),
  ]
  const child = spawn(process.execPath, args, {
    stdio: ['ignore', 'ignore', 'pipe'],
    env: { NODE_COMPILE_CACHE: compileCache, ...process.env, ...options.env },
  })
  let output = ''
  child.stderr.on('data', (chunk) => (output += chunk))
  const ended = new Promise<number | null>((resolve) => child.once('exit', resolve))
  const url = (): string => /its page is (http:[^\s"]+)/.exec(output)?.[1] ?? ''
  const port = (name: string): number => Number(new RegExp(`${name} [\\d.]+:(\\d+)`).exec(output)?.[1] ?? 0)
  if (!options.doNotWait) {
    await until(
      'the gateway runs',
      () => {
        if (child.exitCode !== null || child.signalCode !== null)
          throw new Error(`the gateway ended (${child.exitCode ?? child.signalCode}):\n${output}`)
        return url() !== ''
      },
      60_000,
    )
  }
  return {
    pid: child.pid ?? 0,
    get url() {
      return url()
    },
    get vtp() {
      return { submit: port('submit'), subscribe: port('subscribe') }
    },
    status: async () => (await (await fetch(`${url()}/status.json`)).json()) as StatusReport,
    log: () => output,
    kill: () => end(child, 'SIGKILL').then(() => undefined),
    stop: () => end(child, 'SIGTERM'),
    ended,
  }
}

function end(child: ChildProcess, signal: NodeJS.Signals): Promise<number | null> {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve(child.exitCode)
  const ended = new Promise<number | null>((resolve) => child.once('exit', (code) => resolve(code)))
  child.kill(signal)
  return ended
}

/** Polls until it holds; throws with the words after the time limit. */
export async function until(what: string, holds: () => boolean | Promise<boolean>, limitMs = 30_000): Promise<void> {
  const giveUpMs = Date.now() + limitMs
  while (!(await holds())) {
    if (Date.now() > giveUpMs) throw new Error(`waited ${limitMs / 1000} s in vain: ${what}`)
    await new Promise((resolve) => setTimeout(resolve, 25))
  }
}

/** Sums of the ledger over visits and sources. */
export function totals(report: StatusReport): {
  received: number
  decoded: number
  duplicate: number
  parked: number
  dead: number
  events: number
} {
  const sum = { received: 0, decoded: 0, duplicate: 0, parked: 0, dead: 0, events: report.ledger.events.logHead }
  for (const row of report.ledger.sources) {
    for (const key of ['received', 'decoded', 'duplicate', 'parked', 'dead'] as const) sum[key] += row[key]
  }
  return sum
}
