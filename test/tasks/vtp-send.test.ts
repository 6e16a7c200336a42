/** The author's side on a socket: rows P-01 to P-06, against brokers that behave and brokers that do not. */
import { once } from 'node:events'
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import { sendEvent } from '../../src/tasks/vtp-send.ts'
import { FrameDecoder, frame } from '../../vo/vtp/framing.ts'
import { writeTransport } from '../../vo/vtp/transport.ts'
import { voevent } from '../bridges/vtp/memory-host.ts'

const ivorn = 'ivo://probe.test/stream#1'
const event = voevent({ ivorn })

describe('sending one event', () => {
  const servers: Server[] = []
  const sockets: Socket[] = []
  afterEach(() => {
    for (const socket of sockets.splice(0)) socket.destroy()
    for (const server of servers.splice(0)) server.close()
  })

  /** A broker that does `react` when an event has come. */
  const broker = async (react: (socket: Socket) => void): Promise<{ port: number; received: Buffer[] }> => {
    const received: Buffer[] = []
    const server = createServer((socket) => {
      sockets.push(socket)
      const decoder = new FrameDecoder()
      socket.on('error', () => undefined)
      socket.on('data', (chunk) => {
        for (const payload of decoder.push(chunk).payloads) {
          received.push(Buffer.from(payload))
          react(socket)
        }
      })
    })
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    servers.push(server)
    return { port: (server.address() as AddressInfo).port, received }
  }
  const message = (role: 'ack' | 'nak' | 'iamalive', origin: string, result?: string) =>
    frame(
      writeTransport({ role, origin, timeStamp: '2026-11-21T10:00:00Z', ...(result === undefined ? {} : { result }) }),
    )
  const send = (port: number, timeoutMs = 10_000) => sendEvent({ host: '127.0.0.1', port, bytes: event, timeoutMs })

  it('P-01, P-03: sends the event and nothing else; an ack is success', async () => {
    const { port, received } = await broker((socket) => socket.write(message('ack', ivorn)))
    expect(await send(port)).toEqual({ result: 'ack' })
    expect(received).toEqual([event])
  })

  it('P-02: garbage, an iamalive and an ack of another event are not its answer', async () => {
    const { port } = await broker((socket) => {
      socket.write(frame(Buffer.from('This is not parsable')))
      socket.write(message('iamalive', 'ivo://probe.test/vtp'))
      socket.write(message('ack', 'ivo://probe.test/stream#2'))
      socket.write(message('ack', ivorn))
    })
    expect(await send(port)).toEqual({ result: 'ack' })
  })

  it('P-04: a nak is final, with its reason', async () => {
    const { port, received } = await broker((socket) => socket.write(message('nak', ivorn, 'not for us')))
    expect(await send(port)).toEqual({ result: 'nak', reason: 'not for us' })
    expect(received.length).toBe(1)
  })

  it('P-05: a connection that ends without an answer is a temporary failure', async () => {
    const { port } = await broker((socket) => socket.end())
    await expect(send(port)).rejects.toMatchObject({ code: 'VTP_NO_REPLY' })
  })

  it('P-06: so is silence', async () => {
    const { port } = await broker(() => undefined)
    await expect(send(port, 200)).rejects.toMatchObject({
      code: 'VTP_NO_REPLY',
      detail: expect.stringContaining('0.2 s'),
    })
  })

  it('an answer that is no VTP is a temporary failure too', async () => {
    const { port } = await broker((socket) => socket.write('HTTP/1.1 400 Bad Request\r\n\r\n'))
    await expect(send(port)).rejects.toMatchObject({ code: 'VTP_NO_REPLY' })
  })

  it('a broker that is not there is told apart', async () => {
    const { port } = await broker(() => undefined)
    await new Promise((resolve) => servers.pop()?.close(resolve))
    await expect(send(port)).rejects.toMatchObject({ code: 'VTP_UNREACHABLE' })
  })

  it('a document without an ivorn is not sent', async () => {
    const { port, received } = await broker(() => undefined)
    const bytes = Buffer.from('<xml/>')
    await expect(sendEvent({ host: '127.0.0.1', port, bytes, timeoutMs: 100 })).rejects.toMatchObject({
      code: 'EVENT_UNREADABLE',
    })
    expect(received).toEqual([])
  })

  it('can be given up', async () => {
    const { port } = await broker(() => controller.abort(new Error('enough')))
    const controller = new AbortController()
    const given = sendEvent({ host: '127.0.0.1', port, bytes: event, timeoutMs: 10_000, signal: controller.signal })
    await expect(given).rejects.toThrow('enough')
  })
})
