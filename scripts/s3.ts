/**
 * Gets and starts a real S3-compatible service for tests and trials: the Versity gateway over a folder, on loopback.
 * Go builds it, once, into `.cache/s3`: a minute.
 *
 *   node scripts/node24.mjs scripts/s3.ts start
 */
import { type ChildProcess, execFile, spawn, spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

const version = 'v1.8.0'
const module = `github.com/versity/versitygw/cmd/versitygw@${version}`
const cache = fileURLToPath(new URL(`../.cache/s3/${version}/`, import.meta.url))
const program = join(cache, process.platform === 'win32' ? 'versitygw.exe' : 'versitygw')
const startLimitMs = 30_000

export interface StartedS3 {
  readonly endpoint: string
  readonly bucket: string
  readonly accessKeyId: string
  readonly secretAccessKey: string
  /** Where the objects of the bucket lie as files. */
  readonly folder: string
  /** Ends the service at once; the objects stay until `stop`. */
  kill(): Promise<void>
  /** After `kill`: the same service again, same port, same objects. */
  restart(): Promise<void>
  stop(): Promise<void>
}

/** Go, where it is: on the path, or where its own archive is unpacked. */
function goPath(): string | undefined {
  return ['go', '/usr/local/go/bin/go'].find((path) => spawnSync(path, ['version'], { stdio: 'ignore' }).status === 0)
}

/** What is missing for a service and how to get it; undefined when it can be started. */
export function missingS3(): string | undefined {
  return existsSync(program) || goPath() !== undefined
    ? undefined
    : `no Go 1.25 to build an S3 service with (${module}): unpack Go into /usr/local/go`
}

/** Builds the service unless it is there. Throws with what is missing. */
export async function prepareS3(): Promise<void> {
  if (existsSync(program)) return
  const go = goPath()
  if (go === undefined) throw new Error(missingS3())
  mkdirSync(cache, { recursive: true })
  // Test files run side by side: each builds into a folder of its own, and the last one wins.
  const bin = mkdtempSync(join(cache, 'build-'))
  try {
    await promisify(execFile)(go, ['install', module], {
      env: { ...process.env, GOBIN: bin, PATH: `${process.env.PATH}${delimiter}/usr/local/go/bin` },
      maxBuffer: 1 << 24,
    })
    renameSync(join(bin, 'versitygw'), program)
  } catch (cause) {
    throw new Error(`go install ${module}: ${(cause as Error).message}`, { cause })
  } finally {
    rmSync(bin, { recursive: true, force: true })
  }
}

export async function startS3(): Promise<StartedS3> {
  await prepareS3()
  const root = mkdtempSync(join(tmpdir(), 'fountain-s3-'))
  const bucket = 'packets'
  const port = await freePort()
  const [accessKeyId, secretAccessKey] = ['fountain', 'fountain-secret']
  const data = join(root, 'data')
  const sidecar = join(root, 'sidecar')
  for (const folder of [join(data, bucket), sidecar]) mkdirSync(folder, { recursive: true })
  let child: ChildProcess | undefined
  const start = async (): Promise<void> => {
    const args = ['--access', accessKeyId, '--secret', secretAccessKey, '--port', `127.0.0.1:${port}`, '--quiet']
    child = spawn(program, [...args, 'posix', '--sidecar', sidecar, data], { stdio: ['ignore', 'pipe', 'pipe'] })
    let said = ''
    for (const stream of [child.stdout, child.stderr]) stream?.on('data', (text: Buffer) => (said += text))
    const started = child
    const endMs = Date.now() + startLimitMs
    while (!(await answers(`http://127.0.0.1:${port}/`))) {
      if (started.exitCode !== null || Date.now() > endMs) throw new Error(`the S3 service does not start: ${said}`)
      await delay(50)
    }
  }
  const kill = async (): Promise<void> => {
    const ending = child
    child = undefined
    if (ending === undefined || ending.exitCode !== null) return
    const ended = new Promise((resolve) => ending.once('exit', resolve))
    ending.kill('SIGKILL')
    await ended
  }
  const stop = async (): Promise<void> => {
    await kill()
    rmSync(root, { recursive: true, force: true })
  }
  try {
    await start()
  } catch (error) {
    await stop()
    throw error
  }
  const endpoint = `http://127.0.0.1:${port}`
  return { endpoint, bucket, accessKeyId, secretAccessKey, folder: join(data, bucket), kill, restart: start, stop }
}

async function answers(url: string): Promise<boolean> {
  return fetch(url, { signal: AbortSignal.timeout(1_000) }).then(
    async (response) => {
      await response.body?.cancel()
      return true
    },
    () => false,
  )
}

async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  await new Promise((resolve) => server.close(resolve))
  if (address === null || typeof address === 'string') throw new Error('a port has a number')
  return address.port
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  if (process.argv[2] !== 'start') {
    console.error('usage: scripts/s3.ts start')
    process.exit(2)
  }
  const { endpoint, bucket, accessKeyId, secretAccessKey, stop } = await startS3()
  console.log(JSON.stringify({ endpoint, bucket, accessKeyId, secretAccessKey }))
  process.on('SIGINT', () => void stop())
}
