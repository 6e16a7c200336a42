import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import { join } from 'node:path'
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { FrameDecoder, frame } from '../../vo/vtp/framing.ts'
import { writeTransport } from '../../vo/vtp/transport.ts'
import { type GatewayProcess, gatewayHome, startGatewayProcess } from '../gateway-process.ts'
import { eventBytes } from './an-event.ts'
import { fountain, jsonLines, scratch } from './run-cli.ts'

const ivorn = 'ivo://my.observatory/test#1'
const timeStamp = '2026-11-21T10:00:00Z'

/** A broker that does `react` when an event has come; returns its port. */
async function broker(react: (socket: Socket) => void): Promise<string> {
  const sockets = new Set<Socket>()
  const server = createServer((socket) => {
    sockets.add(socket)
    const decoder = new FrameDecoder()
    socket.on('error', () => undefined)
    socket.on('data', (chunk) => {
      if (decoder.push(chunk).payloads.length > 0) react(socket)
    })
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  return String((server.address() as AddressInfo).port)
}

/** A port that nobody listens on. */
async function closedPort(): Promise<string> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return String(port)
}

const send = (port: string, ...more: string[]) =>
  fountain(['send', '--port', port, ...more], { input: eventBytes(ivorn) })
const answer = (role: 'ack' | 'nak', result?: string) => (socket: Socket) =>
  void socket.write(frame(writeTransport({ role, origin: ivorn, timeStamp, ...(result ? { result } : {}) })))

describe('fountain send, to brokers of all manners', () => {
  it('exits 0 on an ack, and says who has it', async () => {
    const port = await broker(answer('ack'))
    expect(await send(port)).toEqual({ code: 0, stdout: `ack: 127.0.0.1:${port} has it\n`, stderr: '' })
    expect(await send(port, '--json')).toEqual({ code: 0, stdout: '{"result":"ack"}\n', stderr: '' })
  })

  it("exits 1 on a nak, with the broker's reason", async () => {
    const port = await broker(answer('nak', 'not on my watch'))
    expect(await send(port)).toEqual({ code: 1, stdout: 'nak: refused: not on my watch\n', stderr: '' })
    const result = await send(port, '--json')
    expect(jsonLines(result)).toEqual([{ result: 'nak', reason: 'not on my watch' }])
    expect(result.code).toBe(1)
  })

  it('exits 3 when the broker closes without an answer', async () => {
    const port = await broker((socket) => socket.end())
    const { code, stdout, stderr } = await send(port)
    expect(stderr).toMatch(new RegExp(`^fountain: VTP_NO_REPLY: .*127\\.0\\.0\\.1:${port}`))
    expect({ code, stdout }).toEqual({ code: 3, stdout: '' })
  })

  it('exits 3 when no answer comes in time', async () => {
    const { code, stderr } = await send(await broker(() => undefined), '--timeout', '.3')
    expect(stderr).toMatch(/^fountain: VTP_NO_REPLY: /)
    expect(code).toBe(3)
  })

  it('exits 3 when nobody listens, and names the place', async () => {
    const port = await closedPort()
    const { code, stdout, stderr } = await send(port, '--json')
    expect(stderr).toMatch(new RegExp(`^fountain: VTP_UNREACHABLE: .*127\\.0\\.0\\.1:${port}`))
    expect({ code, stdout }).toEqual({ code: 3, stdout: '' })
  })

  it('sends nothing that has no ivorn, and says when the file is not there', async () => {
    const port = await broker(answer('ack'))
    const noEvent = await fountain(['send', '--port', port], { input: '<html/>' })
    expect(noEvent.stderr).toMatch(/^fountain: EVENT_UNREADABLE: /)
    expect(noEvent.code).toBe(1)
    const noFile = await fountain(['send', '--port', port, 'none.xml'], { cwd: scratch() })
    expect(noFile.stderr).toMatch(/^fountain: FILES_UNREADABLE: .*none\.xml/)
    expect(noFile.code).toBe(1)
  })
})

describe('fountain send, to a running gateway', () => {
  let gateway: GatewayProcess
  beforeAll(async () => {
    const home = gatewayHome({
      authority: 'my.observatory',
      bridges: { vtp: { submit: 0, subscribe: 0 } },
      http: { listen: '127.0.0.1:0' },
    })
    gateway = await startGatewayProcess(home)
    return async () => {
      await gateway.stop()
      home.remove()
    }
  })

  it('is acknowledged, also when it comes again; what is invalid is refused with the reason', async () => {
    const port = String(gateway.vtp.submit)
    const file = join(scratch(), 'event.xml')
    writeFileSync(file, eventBytes(ivorn))
    expect((await fountain(['send', file, '--port', port])).code).toBe(0)
    expect((await fountain(['send', file, '--port', port])).code).toBe(0)
    expect((await gateway.status()).ledger.events.logHead).toBe(1)
    const input = Buffer.from(eventBytes('ivo://my.observatory/test#2')).toString().replace('"test"', '"rumour"')
    const refused = await fountain(['send', '-', '--port', port], { input })
    expect(refused.stdout).toMatch(/^nak: refused: .*EVENT_INVALID/)
    expect(refused.code).toBe(1)
    expect((await gateway.status()).ledger.events.logHead).toBe(1)
  })
})
