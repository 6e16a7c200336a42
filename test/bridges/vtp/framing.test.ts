/** Framing at the ports: rows F-01 to F-11. */
import { afterAll, afterEach, describe, expect, it } from 'vitest'
import { type Broker, openBroker } from './broker.ts'
import { memoryHost, testPool, voevent } from './memory-host.ts'
import { Peer, submit, subscriber, until } from './peer.ts'

describe('framing at the ports', () => {
  const pool = testPool()
  let broker: Broker | undefined
  const open = async (...config: Parameters<typeof openBroker> extends [unknown, ...infer Rest] ? Rest : never) => {
    broker = await openBroker(memoryHost(pool), ...config)
    return broker
  }
  afterEach(() => broker?.close())
  afterAll(() => pool.close())

  const framed = (payload: Buffer, length = payload.length, little = false): Buffer => {
    const head = Buffer.alloc(4)
    if (little) head.writeUInt32LE(length)
    else head.writeUInt32BE(length)
    return Buffer.concat([head, payload])
  }

  it('F-01: one event in one write gets one ack, then the broker closes', async () => {
    const { submitPlace } = await open()
    const peer = await Peer.connect(submitPlace)
    peer.socket.write(framed(voevent()))
    await until('closed', () => peer.closed)
    expect(peer.messages.map((message) => message.role)).toEqual(['ack'])
    expect(peer.payloads.length).toBe(1)
  })

  it('F-02: the same in segments of one byte', async () => {
    const { submitPlace, host } = await open()
    const peer = await Peer.connect(submitPlace)
    for (const byte of framed(voevent())) {
      peer.socket.write(Buffer.of(byte))
      if (byte === 0x3e) await new Promise(setImmediate)
    }
    await until('closed', () => peer.closed)
    expect(peer.messages.map((message) => message.role)).toEqual(['ack'])
    expect(host.store.entries.length).toBe(1)
  })

  it('F-03: of two events on one connection the first is answered; the second is left alone', async () => {
    const { submitPlace, host } = await open()
    const peer = await Peer.connect(submitPlace)
    const [first, second] = [voevent(), voevent()]
    peer.socket.write(Buffer.concat([framed(first), framed(second)]))
    await until('closed', () => peer.closed)
    expect(peer.messages.map((message) => message.role)).toEqual(['ack'])
    expect(host.store.entries.map((entry) => Buffer.from(entry.raw.bytes))).toEqual([first])
    expect((await submit(submitPlace, second))?.role).toBe('ack')
  })

  it.each([
    ['F-04: a little-endian length', framed(voevent(), undefined, true)],
    ['F-05: length 0', framed(Buffer.alloc(0))],
    ['F-09: length 0xFFFFFFFF and 100 bytes', framed(Buffer.alloc(100), 0xffffffff)],
  ])('%s ends the connection; nothing is recorded; the broker lives', async (_, bytes) => {
    const { submitPlace, host } = await open()
    const peer = await Peer.connect(submitPlace)
    peer.socket.write(bytes)
    await until('closed', () => peer.closed)
    expect(peer.payloads).toEqual([])
    expect(host.store.entries).toEqual([])
    expect((await submit(submitPlace, voevent()))?.role).toBe('ack')
  })

  it('F-06: half a message and a FIN disturb nobody', async () => {
    const { submitPlace } = await open()
    const peer = await Peer.connect(submitPlace)
    const event = framed(voevent())
    peer.socket.end(event.subarray(0, event.length / 2))
    await until('closed', () => peer.closed)
    expect(peer.payloads).toEqual([])
    expect((await submit(submitPlace, voevent()))?.role).toBe('ack')
  })

  it('F-07, F-08: silence ends in bounded time, and partial data does not prolong it', async () => {
    const { submitPlace, host } = await open({ submitTimeoutMs: 300 })
    const [silent, slow] = await Promise.all([Peer.connect(submitPlace), Peer.connect(submitPlace)])
    const event = framed(voevent())
    const began = performance.now()
    slow.socket.write(event.subarray(0, 10))
    const drip = setInterval(() => slow.socket.write(Buffer.from(' ')), 50)
    try {
      await until('both closed', () => silent.closed && slow.closed)
    } finally {
      clearInterval(drip)
    }
    expect(performance.now() - began).toBeGreaterThan(250)
    expect([...silent.payloads, ...slow.payloads]).toEqual([])
    expect(host.store.entries).toEqual([])
  })

  it('F-10: 90,000 and 99,999 bytes are taken, more is not', async () => {
    const { submitPlace, host } = await open()
    for (const bytes of [90_000, 99_999]) {
      expect((await submit(submitPlace, voevent({ bytes })))?.role).toBe('ack')
    }
    for (const bytes of [100_000, 1_000_000, 5_000_000]) {
      const reply = await submit(submitPlace, voevent({ bytes }))
      expect(reply === undefined || reply.role === 'nak').toBe(true)
    }
    expect(host.store.entries.map((entry) => entry.raw.bytes.length)).toEqual([90_000, 99_999])
  })

  it('F-11: what the broker sends has the length it says and begins with an XML declaration', async () => {
    const { subscribePlace, submitPlace, connected } = await open()
    const peer = await subscriber(subscribePlace)
    await connected('anonymous')
    await submit(submitPlace, voevent())
    await until('an event', () => peer.events.length === 1)
    for (const payload of peer.payloads) {
      expect(payload.toString()).toMatch(/^<\?xml version="1\.0"/)
      expect(payload.toString().trimEnd()).toMatch(/>$/)
    }
    peer.end()
  })
})
