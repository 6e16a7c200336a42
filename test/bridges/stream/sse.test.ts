import { request } from 'node:http'
import { connect } from 'node:net'
import { EventSource } from 'undici'
import { describe, expect, it, onTestFinished } from 'vitest'
import { ArrayLog, soon, span, startStream } from './gateway.ts'

function logOf(count: number): ArrayLog {
  const log = new ArrayLog()
  for (let n = 0; n < count; n++) log.append()
  return log
}

/** Everything that comes on the line, as text. */
async function raw(host: string, query = '', headers: Record<string, string> = {}) {
  const asked = request(`http://${host}/stream/sse${query}`, { headers })
  asked.end()
  const response = await new Promise<import('node:http').IncomingMessage>((resolve) => asked.once('response', resolve))
  const read = { text: '', ended: false, response }
  response.on('data', (data) => {
    read.text += String(data)
  })
  response.on('close', () => {
    read.ended = true
  })
  response.on('error', () => {})
  onTestFinished(() => void asked.destroy())
  return read
}
const ids = (text: string) => [...text.matchAll(/^id: (\d+)\ndata: \{"type":"event"/gm)].map(([, id]) => Number(id))

describe('the stream by server-sent events', () => {
  it('is text/event-stream with an id for every event, and a heartbeat that moves the place', async () => {
    const { host, log } = await startStream({ heartbeatS: 0.05 }, logOf(3))
    const read = await raw(host, '?since=1')
    expect(read.response.statusCode).toBe(200)
    expect(read.response.headers).toMatchObject({
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-store, no-transform',
      'x-content-type-options': 'nosniff',
    })
    expect(read.response.headers).not.toHaveProperty('access-control-allow-origin')
    await soon(() => ids(read.text)).toEqual([2, 3])
    expect(read.text.startsWith('event: hello\nid: 1\ndata: {"type":"hello","seq":1')).toBe(true)
    log.append({ role: 'test' })
    await soon(() => read.text).toContain(': heartbeat\nid: 4\n\n')
    for (const block of read.text.split('\n\n').slice(0, -1)) {
      expect(block).toMatch(/^((event|id|data): .*|: heartbeat)(\n(id|data): .*)*$/)
    }
  })

  it('goes on after Last-Event-ID, which goes before the since of its URL', async () => {
    const { host } = await startStream({}, logOf(10))
    const read = await raw(host, '?since=2', { 'last-event-id': '7' })
    await soon(() => ids(read.text)).toEqual([8, 9, 10])
  })

  it.each([
    ['not ours', 'unknown', null],
    ['99', 'ahead', 99],
  ])('Last-Event-ID %s is told as a gap', async (id, reason, after) => {
    const { host, log } = await startStream({}, logOf(10))
    const read = await raw(host, '', { 'last-event-id': id })
    await soon(() => read.text).toContain(JSON.stringify({ type: 'gap', reason, after, next: 11 }))
    log.append()
    await soon(() => ids(read.text)).toEqual([11])
  })

  it('an EventSource loses no event when the gateway is restarted', async () => {
    const first = await startStream({}, logOf(5))
    const source = new EventSource(`http://${first.host}/stream/sse?since=0`)
    onTestFinished(() => source.close())
    const seqs: number[] = []
    source.onmessage = ({ data, lastEventId }) => {
      const { seq } = JSON.parse(String(data)) as { seq: number }
      expect(String(seq)).toBe(lastEventId)
      seqs.push(seq)
    }
    await soon(() => seqs).toEqual(span(1, 5))
    await first.stop()
    for (let n = 0; n < 300; n++) first.log.append()
    const second = await startStream({}, first.log, Number(first.host.split(':')[1]))
    await soon(() => seqs.length).toBe(305)
    second.log.append()
    await soon(() => seqs).toEqual(span(1, 306))
  })

  it('ends with a last word when the gateway stops', async () => {
    const { host, stop } = await startStream({}, logOf(2))
    const read = await raw(host, '?since=0')
    await soon(() => ids(read.text)).toEqual([1, 2])
    await stop()
    await soon(() => read.ended).toBe(true)
    expect(read.text).toContain('event: end\nid: 2\ndata: {"type":"end","reason":"the gateway stops","seq":2}\n\n')
  })

  it('answers HEAD, and says at the path of the WebSocket where it is', async () => {
    const { host, feed } = await startStream()
    expect((await fetch(`http://${host}/stream/sse`, { method: 'HEAD' })).status).toBe(200)
    const wrong = await fetch(`http://${host}/stream`)
    expect([wrong.status, await wrong.text()]).toEqual([
      426,
      'This is a WebSocket; server-sent events are at /stream/sse.\n',
    ])
    expect(feed.status().peers).toEqual([])
  })

  it.each([
    'GET //stream HTTP/1.1',
    'GET http://[bad/stream HTTP/1.1',
    'GET /stream?%zz&=&=1 HTTP/1.1',
    'GET * HTTP/1.1',
  ])('a strange request for an upgrade (%s) harms nobody', async (line) => {
    const { host, ws } = await startStream({ greetMs: 0 })
    const [name, port] = host.split(':')
    const socket = connect(Number(port), name)
    socket.on('error', () => {})
    socket.write(`${line}\r\nhost: localhost\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n`)
    await new Promise((resolve) => socket.once('close', resolve).resume())
    expect((await ws().greeted()).type).toBe('hello')
  })
})
