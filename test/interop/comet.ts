/** A real Comet as a child process: it subscribes, saves events, and may receive and broadcast itself. */
import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { peers } from '../../scripts/peers.ts'
import { until } from '../bridges/vtp/peer.ts'

export interface CometOptions {
  /** `host:port` of a broker to subscribe to. */
  readonly subscribe?: string
  readonly localIvo?: string
  readonly filters?: readonly string[]
  /** Take events from authors, and broadcast what was taken: on free ports. */
  readonly broker?: boolean
}

export interface Comet {
  /** Where authors and subscribers find it, when it is a broker. */
  readonly receivePort: number
  readonly broadcastPort: number
  /** The events that it has saved whole: file names (made from ivorns) and bytes. */
  saved(): { readonly name: string; readonly bytes: Buffer }[]
  log(): string
  stop(): Promise<void>
}

export async function startComet(options: CometOptions): Promise<Comet> {
  const { twistd } = await peers()
  const home = mkdtempSync(join(tmpdir(), 'fountain-comet-'))
  const events = join(home, 'events')
  mkdirSync(events)
  mkdirSync(join(home, 'db'))
  const [receivePort = 0, broadcastPort = 0] = options.broker ? await freePorts(2) : []
  const args = ['-n', '--pidfile=', 'comet', '-v', '-v', '--eventdb', join(home, 'db'), '--broadcast-test-interval=0']
  args.push('--save-event', '--save-event-directory', events)
  if (options.localIvo !== undefined) args.push('--local-ivo', options.localIvo)
  if (options.subscribe !== undefined) args.push('--remote', options.subscribe)
  for (const filter of options.filters ?? []) args.push('--filter', filter)
  if (options.broker) {
    args.push('--receive', `--receive-port=${receivePort}`, '--broadcast', `--broadcast-port=${broadcastPort}`)
    args.push('--author-whitelist', '127.0.0.0/8', '--subscriber-whitelist', '127.0.0.0/8')
  }
  const child = spawn(twistd, args, {
    cwd: home,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, PYTHONWARNINGS: 'ignore' },
  })
  let output = ''
  child.stdout.on('data', (chunk) => (output += chunk))
  child.stderr.on('data', (chunk) => (output += chunk))
  const comet: Comet = {
    receivePort,
    broadcastPort,
    saved: () =>
      readdirSync(events)
        .map((name) => ({ name, bytes: readFileSync(join(events, name)) }))
        // The rest is just being written.
        .filter(({ bytes }) => /VOEvent\s*>/.test(bytes.subarray(-4096).toString('latin1'))),
    log: () => output,
    async stop() {
      await ended(child)
      rmSync(home, { recursive: true, force: true })
    },
  }
  try {
    await until(
      'Comet is up',
      () => {
        if (child.exitCode !== null) throw new Error(`Comet ended:\n${output}`)
        return (
          output.includes('reactor class') &&
          (!options.broker || output.includes('VOEventReceiverFactory (WhitelistingFactory) starting'))
        )
      },
      60_000,
    )
  } catch (error) {
    await comet.stop()
    throw error
  }
  return comet
}

/** Comet's own author. Resolves to its exit code: 0 for an ack. */
export async function cometSendvo(port: number, event: Uint8Array): Promise<{ code: number; output: string }> {
  const { python, cometSendvo: script } = await peers()
  const file = join(mkdtempSync(join(tmpdir(), 'fountain-sendvo-')), 'event.xml')
  writeFileSync(file, event)
  return new Promise((resolve) => {
    execFile(
      python,
      [script, '--host', '127.0.0.1', '--port', String(port), '--file', file],
      { timeout: 30_000 },
      (error, stdout, stderr) => {
        resolve({ code: error === null ? 0 : Number(error.code ?? -1), output: stdout + stderr })
      },
    )
  })
}

async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const exit = new Promise((resolve) => child.once('exit', resolve))
  child.kill('SIGTERM')
  const hard = setTimeout(() => child.kill('SIGKILL'), 5000)
  await exit
  clearTimeout(hard)
}

/** Ports that nothing listens on just now. */
export async function freePorts(count: number): Promise<number[]> {
  const servers = await Promise.all(
    Array.from({ length: count }, async () => {
      const server = createServer()
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
      return server
    }),
  )
  const ports = servers.map((server) => (server.address() as { port: number }).port)
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))))
  return ports
}
