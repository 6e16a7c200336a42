/** The stand-ins of reporting services in a process of their own, for the demo: what to configure, and what came. */
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { FountainError } from '../errors.ts'

export interface StandIn {
  readonly name: string
  readonly url: string
  readonly config: Readonly<Record<string, unknown>>
  readonly address?: unknown
}
export interface StandIns {
  readonly list: readonly StandIn[]
  stop(): Promise<void>
}

const script = fileURLToPath(new URL('../../scripts/stand-ins.ts', import.meta.url))
const startLimitMs = 30_000

/** Throws FILES_UNREADABLE where they are not there or do not start. `arrived`: something came to one of them. */
export async function startStandIns(arrived: (at: string, line: string) => void): Promise<StandIns> {
  if (!existsSync(script))
    throw new FountainError('FILES_UNREADABLE', `${script}: the stand-ins are part of a checkout`)
  // Ctrl-C is for the gateway, which still reports while it stops; with the channel they end when the demo does.
  const child = spawn(process.execPath, [script, '--json'], {
    stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
    detached: true,
  })
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()))
  const stop = async (): Promise<void> => {
    child.kill('SIGTERM')
    await ended
  }
  const lines = createInterface({ input: child.stdout as NonNullable<typeof child.stdout> })
  const list = new Promise<readonly StandIn[]>((resolve, reject) => {
    const fail = (why: string) => reject(new FountainError('FILES_UNREADABLE', `the stand-ins did not start: ${why}`))
    const late = setTimeout(() => fail(`nothing was heard of them for ${startLimitMs / 1000} s`), startLimitMs)
    child.once('error', (error) => fail(error.message))
    child.once('exit', (code) => fail(`exit code ${code}`))
    lines.on('line', (line) => {
      const said = JSON.parse(line) as { standIns?: StandIn[]; at?: string; arrived?: string }
      if (said.standIns === undefined) return arrived(said.at ?? '', said.arrived ?? '')
      clearTimeout(late)
      resolve(said.standIns)
    })
  })
  try {
    return { list: await list, stop }
  } catch (error) {
    await stop()
    throw error
  }
}
