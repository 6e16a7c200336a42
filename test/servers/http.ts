/** An HTTP server on loopback that answers as it is told, and misbehaves on the wire. */
import { readFileSync } from 'node:fs'
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http'
import { type AddressInfo, createServer as createTcp, type Socket } from 'node:net'
import { createServer as createTls } from 'node:tls'

export interface Asked {
  readonly method: string
  readonly path: string
  readonly headers: IncomingHttpHeaders
  readonly body: Buffer
}
export interface Answer {
  readonly status: number
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string | Uint8Array
}
/**
 * `ignore`: takes the connection and answers nothing, whatever comes. The others come after all of the request:
 * `hang` says nothing, `swallow` does what it was asked and says nothing, `drop` ends the connection, `garbage` says what is no HTTP, `cut` promises more than it gives,
 * `endless` never ends, `drip` answers rightly, a byte at a time.
 */
export type Reaction = 'ignore' | 'hang' | 'swallow' | 'drop' | 'garbage' | 'cut' | 'endless' | 'drip' | Answer

export interface HttpServer {
  readonly port: number
  readonly url: string
  /** Every request that came whole, in order. */
  readonly asked: readonly Asked[]
  /** Undefined: answer as the server would. */
  react(reaction: Reaction | undefined): void
  connections(): number
  /** The largest number of requests that were unanswered at one time. */
  peak(): number
  /** Connections that were ever taken; of one that is ignored, when its first bytes come. */
  begun(): number
  stop(): Promise<void>
}

/** Certificate and key of `good.test`, its own authority; for tests alone. */
export const goodTest = {
  cert: readFileSync(new URL('tls/cert.pem', import.meta.url), 'utf8'),
  key: readFileSync(new URL('tls/key.pem', import.meta.url), 'utf8'),
}

export async function startHttp(
  answer: (asked: Asked) => Answer,
  options: {
    tls?: boolean
    host?: string
    port?: number
    /** Requests that are answered rightly whatever the reaction is, unless connections are ignored. */
    spared?: (asked: Asked) => boolean
  } = {},
): Promise<HttpServer> {
  const asked: Asked[] = []
  const sockets = new Set<Socket>()
  let reaction: Reaction | undefined
  let busy = 0
  let peak = 0
  let begun = 0

  const http = createServer({ keepAliveTimeout: 60_000 }, async (request, response) => {
    const chunks: Buffer[] = []
    peak = Math.max(peak, ++busy)
    response.once('close', () => busy--)
    try {
      for await (const chunk of request) chunks.push(chunk as Buffer)
    } catch {
      return
    }
    const one: Asked = {
      method: request.method ?? '',
      path: request.url ?? '',
      headers: request.headers,
      body: Buffer.concat(chunks),
    }
    asked.push(one)
    if (reaction === undefined || options.spared?.(one)) return write(response, answer(one))
    if (typeof reaction === 'object') return write(response, reaction)
    misbehave(reaction, request, response, () => answer(one))
  })
  const take = (socket: Socket) => {
    sockets.add(socket)
    socket.on('error', () => {})
    socket.on('close', () => sockets.delete(socket))
    if (reaction === 'ignore') {
      socket.once('data', () => begun++)
      return
    }
    begun++
    http.emit('connection', socket)
  }
  const front = options.tls ? createTls({ ...goodTest }, take) : createTcp(take)
  front.on('tlsClientError', () => {})
  await new Promise<void>((resolve) => front.listen(options.port ?? 0, options.host ?? '127.0.0.1', resolve))
  const { port } = front.address() as AddressInfo
  return {
    port,
    url: `http${options.tls ? 's' : ''}://127.0.0.1:${port}`,
    asked,
    react: (next) => {
      reaction = next
    },
    connections: () => sockets.size,
    peak: () => peak,
    begun: () => begun,
    async stop() {
      const closed = new Promise<void>((resolve) => front.close(() => resolve()))
      for (const socket of sockets) socket.destroy()
      await closed
    },
  }
}

function write(response: ServerResponse, { status, headers = {}, body = '' }: Answer): void {
  response.writeHead(status, headers)
  response.end(body)
}

function misbehave(
  reaction: Exclude<Reaction, Answer>,
  request: IncomingMessage,
  response: ServerResponse,
  answer: () => Answer,
): void {
  const { socket } = request
  if (reaction === 'swallow') answer()
  if (reaction === 'drop') socket.destroy()
  if (reaction === 'garbage') socket.end('\0\0 220 hello <html>\r\n\r\n')
  if (reaction === 'cut') socket.end('HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\n{"ok":')
  if (reaction === 'endless') {
    response.writeHead(200)
    const more = () => {
      while (!response.destroyed && response.write(Buffer.alloc(65_536, 'x')));
      if (!response.destroyed) response.once('drain', more)
    }
    more()
  }
  if (reaction === 'drip') {
    const { status, headers = {}, body = '' } = answer()
    const head = Object.entries({ ...headers, connection: 'close' }).map(([name, value]) => `${name}: ${value}\r\n`)
    const bytes = Buffer.concat([Buffer.from(`HTTP/1.1 ${status} OK\r\n${head.join('')}\r\n`), Buffer.from(body)])
    let at = 0
    const next = () => {
      if (at === bytes.length) socket.end()
      else if (!socket.destroyed) socket.write(bytes.subarray(at, ++at), () => setImmediate(next))
    }
    next()
  }
}
