/** Paths of the HTTP server that feeds answer themselves, with Node's own request and response. */
import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import type { FastifyInstance } from 'fastify'
import type { RouteMount } from '../../bridges/contract.ts'
import { hostName } from './guard.ts'

type Get = Parameters<RouteMount['get']>[1]
type Upgrade = Parameters<RouteMount['upgrade']>[1]

/** How long a stop waits for those who were told to go, ms. */
const lingerMs = 1_000

/** Collects what feeds mount before the server is built. */
export class FeedRoutes implements RouteMount {
  readonly #gets = new Map<string, Get>()
  readonly #upgrades = new Map<string, Upgrade>()
  readonly #upgraded = new Set<Duplex>()
  readonly #closing = new AbortController()
  #reserved = 0

  get(path: string, handler: Get): void {
    this.#gets.set(path, handler)
  }

  upgrade(path: string, handler: Upgrade): void {
    this.#upgrades.set(path, handler)
  }

  reserve(connections: number): void {
    this.#reserved += connections
  }

  get reserved(): number {
    return this.#reserved
  }

  get closing(): AbortSignal {
    return this.#closing.signal
  }

  /** Called once by the server; upgrades pass no hook of fastify, so that the Host header is checked here. */
  addTo(app: FastifyInstance, hosts: ReadonlySet<string>): void {
    for (const [path, handler] of this.#gets) {
      app.get(path, (request, reply) => {
        reply.hijack()
        handler(request.raw, reply.raw)
      })
    }
    // A server waits for the connections that were upgraded: who does not end them by then is cut off.
    app.addHook('preClose', async () => {
      this.#closing.abort(new Error('the server stops'))
      setTimeout(() => {
        for (const socket of this.#upgraded) socket.destroy()
      }, lingerMs).unref()
    })
    app.server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
      socket.on('error', () => {})
      const handler = this.#upgrades.get((request.url ?? '/').replace(/\?.*$/s, ''))
      if (handler === undefined) return refuse(socket, '404 Not Found')
      if (!hosts.has(hostName(request.headers.host ?? ''))) return refuse(socket, '421 Misdirected Request')
      this.#upgraded.add(socket)
      socket.once('close', () => this.#upgraded.delete(socket))
      handler(request, socket, head)
    })
  }
}

function refuse(socket: Duplex, status: string): void {
  socket.end(`HTTP/1.1 ${status}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n`)
}
