/**
 * `data/control.sock`: commands that change something beside a running gateway go through it. JSON, one object a line:
 *
 *     {"id": 1, "command": "dead retry", "args": {…}}   →   {"id": 1, "result": …} or {"id": 1, "error": {code, detail}}
 *
 * Who may open the socket may command: it belongs to the gateway's user alone (mode 0600).
 */
import { createHash } from 'node:crypto'
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createConnection, createServer, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import type { Log } from '../../bridges/contract.ts'
import { type ErrorCode, errorTable, FountainError } from '../errors.ts'

/** What a command does with its arguments; the result must be JSON. `signal` aborts when the caller has left. */
export type ControlHandler = (args: unknown, signal: AbortSignal) => Promise<unknown>
export type ControlHandlers = Readonly<Record<string, ControlHandler>>

export interface Control {
  /** Where it listens: the socket's path. */
  readonly path: string
  close(): Promise<void>
}

/** The shortest limit of a socket's path among the systems (macOS: 104 with its end). */
const longestPath = 100
const longestLine = 1_048_576
/** What the gateway answers may hold a packet or a message, and comes from whom we asked. */
const longestAnswer = 256 * 1_048_576
const noteName = 'control.json'

/** Listens. The caller holds the lock on the directory, so a socket that lies there is a dead one's. */
export async function serveControl(dataDir: string, handlers: ControlHandlers, log: Log): Promise<Control> {
  const own = socketPath(dataDir)
  const isPipe = process.platform === 'win32'
  const path =
    isPipe || Buffer.byteLength(own) <= longestPath ? own : join(mkdtempSync(join(tmpdir(), 'fountain-')), 's')
  if (!isPipe) rmSync(path, { force: true })
  const open = new Set<Socket>()
  const server = createServer((socket) => {
    open.add(socket)
    socket.on('close', () => open.delete(socket))
    talk(socket, handlers, log)
  })
  await new Promise<void>((done, failed) => {
    server.once('error', (cause) =>
      failed(new FountainError('DATA_UNWRITABLE', `${path}: ${cause.message}`, { cause })),
    )
    server.listen(path, done)
  })
  if (!isPipe) chmodSync(path, 0o600)
  writeFileSync(join(dataDir, noteName), `${JSON.stringify({ path, pid: process.pid })}\n`, { mode: 0o600 })
  return {
    path,
    close: async () => {
      const closed = new Promise<void>((done) => {
        server.close(() => done())
      })
      for (const socket of open) socket.destroy()
      await closed
      rmSync(join(dataDir, noteName), { force: true })
      if (path !== own) rmSync(dirname(path), { recursive: true, force: true })
    },
  }
}

function talk(socket: Socket, handlers: ControlHandlers, log: Log): void {
  const gone = new AbortController()
  socket.on('close', () => gone.abort())
  socket.on('error', () => socket.destroy())
  readLines(socket, longestLine, (line) => {
    void answer(line, handlers, gone.signal, log).then((reply) => {
      if (!socket.destroyed) socket.write(`${JSON.stringify(reply)}\n`)
    })
  })
}

async function answer(line: string, handlers: ControlHandlers, signal: AbortSignal, log: Log): Promise<object> {
  let id: unknown = null
  try {
    const request = JSON.parse(line) as { id?: unknown; command?: unknown; args?: unknown } | null
    id = request?.id ?? null
    const command = String(request?.command)
    const handler = Object.hasOwn(handlers, command) ? handlers[command] : undefined
    if (handler === undefined) throw new FountainError('USAGE', `The running gateway knows no command '${command}'.`)
    return { id, result: (await handler(request?.args, signal)) ?? null }
  } catch (error) {
    if (error instanceof FountainError) return { id, error: { code: error.code, detail: error.detail } }
    if (error instanceof SyntaxError) return { id, error: { code: 'USAGE', detail: 'That is no JSON.' } }
    log.error({ error: String(error) }, 'a control command failed')
    return { id, error: { code: 'STORE_FAILED', detail: String(error) } }
  }
}

/**
 * One command to the gateway that runs on this directory. Throws CONTROL_UNREACHABLE when none does, or the error
 * that the command ended with.
 */
export async function callControl(
  dataDir: string,
  command: string,
  args?: unknown,
  options: { signal?: AbortSignal } = {},
): Promise<unknown> {
  const path = notedPath(dataDir) ?? socketPath(dataDir)
  return new Promise((done, failed) => {
    const socket = createConnection(path)
    const end = (error: Error) => {
      socket.destroy()
      failed(error)
    }
    const unreachable = (why: string, cause?: unknown) =>
      end(new FountainError('CONTROL_UNREACHABLE', `${dataDir}: ${why}.`, { cause }))
    const abort = () => unreachable('it did not answer in time')
    options.signal?.addEventListener('abort', abort, { once: true })
    if (options.signal?.aborted) abort()
    socket.on('error', (error) => unreachable(error.message, error))
    socket.on('close', () => {
      options.signal?.removeEventListener('abort', abort)
      unreachable('it closed the connection')
    })
    socket.on('connect', () => socket.write(`${JSON.stringify({ id: 1, command, args })}\n`))
    readLines(socket, longestAnswer, (line) => {
      const { result, error } = JSON.parse(line) as { result?: unknown; error?: { code: string; detail: string } }
      if (error === undefined) done(result)
      else
        failed(new FountainError(error.code in errorTable ? (error.code as ErrorCode) : 'STORE_FAILED', error.detail))
      socket.end()
    })
  })
}

function readLines(socket: Socket, longest: number, onLine: (line: string) => void): void {
  let rest = ''
  socket.setEncoding('utf8')
  socket.on('data', (text: string) => {
    rest += text
    // A long answer comes in many pieces: they are put together once.
    const lines = text.includes('\n') ? rest.split('\n') : [rest]
    rest = lines.pop() ?? ''
    if (rest.length > longest) {
      socket.destroy()
      return
    }
    for (const line of lines) if (line.trim() !== '') onLine(line)
  })
}

function socketPath(dataDir: string): string {
  if (process.platform !== 'win32') return join(dataDir, 'control.sock')
  const hash = createHash('sha256').update(resolve(dataDir).toLowerCase()).digest('hex').slice(0, 16)
  return `\\\\.\\pipe\\fountain-${hash}`
}

function notedPath(dataDir: string): string | undefined {
  try {
    const { path } = JSON.parse(readFileSync(join(dataDir, noteName), 'utf8')) as { path?: unknown }
    return typeof path === 'string' ? path : undefined
  } catch {
    return undefined
  }
}
