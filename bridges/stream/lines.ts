/**
 * The two kinds of connection. Frames of events are made once for many and written to the socket as they are; what is
 * rare (ping, pong, close) is the business of `ws`.
 */
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import type { WebSocket } from 'ws'
import { noticeFrame, sseHeartbeat } from './posted.ts'
import type { Line } from './subscriber.ts'

/** RFC 6455 §7.4.1 and the IANA's registry: going away; try again later. */
const closeCodes = { stopping: 1001, slow: 1013 } as const
const reasons = { stopping: 'the gateway stops', slow: 'too slow' } as const

export function webSocketLine(socket: WebSocket, request: IncomingMessage): Line {
  const tcp = request.socket
  let alive = true
  let lastSeq = 0
  socket.on('pong', () => {
    alive = true
  })
  return {
    framing: 'ws',
    address: addressOf(request),
    bufferedBytes: () => tcp.writableLength,
    write(frames) {
      if (socket.readyState === socket.OPEN) tcp.write(frames)
    },
    heartbeat(seq) {
      // Behind what it has not read yet, nobody hears a ping.
      if (tcp.writableLength > 0) return true
      if (!alive) return false
      alive = false
      if (socket.readyState === socket.OPEN) socket.ping()
      // Who filters gets few events: this tells how far it has come all the same.
      if (seq !== lastSeq) this.write(noticeFrame('ws', { type: 'heartbeat', seq } as { type: string }))
      lastSeq = seq
      return true
    },
    end(why, seq) {
      socket.close(closeCodes[why], `${reasons[why]}: resume with since=${seq}`)
    },
    cut: () => socket.terminate(),
  }
}

export function sseLine(request: IncomingMessage, response: ServerResponse, origin: string | undefined): Line {
  const socket = request.socket as Socket
  // Neither the server's time for requests nor for idle connections is meant for this one.
  socket.setTimeout(0)
  socket.setNoDelay(true)
  // The body ends with the connection: no chunks to be made for each subscriber.
  response.useChunkedEncodingByDefault = false
  response.writeHead(200, {
    'content-type': 'text/event-stream; charset=utf-8',
    'cache-control': 'no-store, no-transform',
    connection: 'close',
    'x-content-type-options': 'nosniff',
    // nginx holds answers back unless told.
    'x-accel-buffering': 'no',
    ...(origin === undefined ? {} : { 'access-control-allow-origin': origin, vary: 'Origin' }),
  })
  response.flushHeaders()
  return {
    framing: 'sse',
    address: addressOf(request),
    bufferedBytes: () => socket.writableLength,
    write(frames) {
      if (socket.writable) socket.write(frames)
    },
    heartbeat(seq) {
      if (socket.writableLength === 0) this.write(sseHeartbeat(seq))
      return true
    },
    end(why, seq) {
      this.write(noticeFrame('sse', { type: 'end', reason: reasons[why], seq } as { type: string }, seq))
      socket.end()
    },
    cut: () => void socket.destroy(),
  }
}

/** An IPv4 peer of a socket that listens on IPv6 shows as `::ffff:a.b.c.d`: the same peer, so the same text. */
function addressOf({ socket }: IncomingMessage): string {
  return (socket.remoteAddress ?? '').replace(/^::ffff:(?=[\d.]+$)/i, '')
}
