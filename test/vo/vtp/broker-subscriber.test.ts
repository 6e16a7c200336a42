/** The broker's side of a subscriber as a machine: exact times, and any bytes. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { BrokerSubscriber } from '../../../vo/vtp/broker-subscriber.ts'
import { FrameDecoder, frame } from '../../../vo/vtp/framing.ts'
import { receiptMark } from '../../../vo/vtp/receipt.ts'
import { readTransport, type TransportRole, writeTransport } from '../../../vo/vtp/transport.ts'

const options = {
  brokerIvoid: 'ivo://probe.test/vtp',
  nowMs: 0,
  iamaliveMs: 60_000,
  ackLimit: 4,
  ackTimeoutMs: 90_000,
  stallMs: 120_000,
  maxBytes: 99_999,
}
const ivornOf = (seq: number) => `ivo://probe.test/stream#${seq}`
const machine = (cursor = 0) => new BrokerSubscriber(options, cursor)
const send = (to: BrokerSubscriber, seq: number, nowMs = 0) =>
  to.sent(seq, ivornOf(seq), receiptMark(ivornOf(seq)), nowMs)
const reply = (role: TransportRole, origin: string, more: { response?: string; result?: string } = {}) =>
  frame(writeTransport({ role, origin, timeStamp: '2026-11-21T10:00:00Z', ...more }))
const roles = (bytes: Uint8Array) =>
  new FrameDecoder().push(bytes).payloads.map((payload) => readTransport(payload)?.role)

describe('the broker’s side of a subscriber', () => {
  it('greets with authenticate and iamalive', () => {
    expect(roles(machine().greeting(0, 0))).toEqual(['authenticate', 'iamalive'])
  })

  it('S-05: sends iamalive 60 s after the last traffic, also when only one side speaks', () => {
    const peer = machine()
    expect(peer.tick(59_999, 0)).toEqual([])
    expect(peer.tick(60_000, 0)).toMatchObject([{ do: 'send' }])
    expect(peer.tick(60_001, 0)).toEqual([])
    // We keep sending, nothing comes back: it may be gone.
    send(peer, 1, 100_000)
    expect(peer.tick(120_000, 0)).toMatchObject([{ do: 'send' }])
    // Both sides spoke: no need.
    const busy = machine()
    send(busy, 1, 50_000)
    busy.receive(reply('ack', ivornOf(1)), 50_000)
    expect(busy.tick(60_000, 0)).toEqual([])
    expect(busy.tick(110_000, 0)).toMatchObject([{ do: 'send' }])
  })

  it('S-07: drops after two unanswered iamalive, never after an answered one', () => {
    const peer = machine()
    expect(peer.tick(60_000, 0)).toMatchObject([{ do: 'send' }])
    expect(peer.tick(120_000, 0)).toMatchObject([{ do: 'send' }])
    expect(peer.tick(180_000, 0)).toMatchObject([{ do: 'drop' }])
    const answering = machine()
    for (let nowMs = 60_000; nowMs <= 600_000; nowMs += 60_000) {
      expect(answering.tick(nowMs, 0)).toMatchObject([{ do: 'send' }])
      answering.receive(reply('iamalive', options.brokerIvoid), nowMs)
    }
  })

  it('forgives nothing that is sent again because of what was acknowledged before', () => {
    const peer = machine(40)
    send(peer, 41)
    send(peer, 42)
    peer.receive(reply('ack', ivornOf(42)), 0)
    // It says who it is, and is owed what came after 10.
    peer.rewind(10)
    send(peer, 11, 1000)
    peer.tick(200_000, 0)
    expect(peer.ackedSeq).toBe(10)
    send(peer, 12, 200_000)
    peer.receive(reply('ack', ivornOf(12)), 200_000)
    peer.tick(200_001, 0)
    expect(peer.ackedSeq).toBe(12)
  })

  it('counts as acknowledged what lies before the oldest event without a receipt', () => {
    const peer = machine(10)
    expect(peer.ackedSeq).toBe(10)
    for (const seq of [11, 12, 13]) send(peer, seq)
    peer.passedOver(14)
    expect([peer.cursor, peer.ackedSeq]).toEqual([14, 10])
    peer.receive(reply('ack', ivornOf(12)), 1)
    expect(peer.ackedSeq).toBe(10)
    peer.receive(reply('ack', ivornOf(11)), 1)
    expect(peer.ackedSeq).toBe(12)
    expect(peer.receive(reply('nak', ivornOf(13), { result: 'why' }), 1)).toEqual([
      { do: 'naked', seq: 13, ivorn: ivornOf(13), reason: 'why' },
    ])
    expect(peer.ackedSeq).toBe(14)
    expect(peer.counts).toEqual({ sent: 3, acked: 2, naked: 1, forgiven: 0, inFlight: 0 })
  })

  it('S-10: closes its window at the limit, and drops who leaves it closed', () => {
    const peer = machine()
    for (const seq of [1, 2, 3, 4]) send(peer, seq, 1000)
    expect(peer.open).toBe(false)
    peer.receive(reply('iamalive', options.brokerIvoid), 120_000)
    expect(peer.tick(120_999, 0)).not.toMatchObject([{ do: 'drop' }])
    expect(peer.tick(121_000, 0)).toMatchObject([{ do: 'drop' }])
  })

  it('forgives a missing receipt only when it is old and a later one came', () => {
    const peer = machine()
    send(peer, 1, 0)
    send(peer, 2, 0)
    peer.tick(90_000, 0)
    expect(peer.counts.inFlight).toBe(2)
    peer.receive(reply('ack', ivornOf(2)), 90_000)
    peer.tick(90_001, 0)
    expect(peer.counts).toMatchObject({ inFlight: 0, forgiven: 1 })
    expect(peer.ackedSeq).toBe(2)
  })

  it('says who the subscriber is once: the first name counts', () => {
    const peer = machine()
    const alive = (response: string) => peer.receive(reply('iamalive', options.brokerIvoid, { response }), 0)
    expect(alive('ivo://a.b/c')).toEqual([{ do: 'identified', ivoid: 'ivo://a.b/c' }])
    expect(alive('ivo://a.b/c')).toEqual([])
    expect(alive('ivo://a.b/d')).toEqual([])
    expect(peer.identity).toBe('ivo://a.b/c')
  })

  it('survives any bytes, and its place never moves by them', () => {
    const valid = Buffer.concat([
      reply('ack', ivornOf(9)),
      reply('nak', 'ivo://probe.test/stream#never'),
      reply('authenticate', options.brokerIvoid, { response: 'ivo://a.b/c' }),
    ])
    const bytes = fc.oneof(
      fc.uint8Array({ maxLength: 500 }),
      fc.array(fc.tuple(fc.nat(valid.length - 1), fc.nat(255)), { maxLength: 6 }).map((changes) => {
        const mutant = Uint8Array.from(valid)
        for (const [at, byte] of changes) mutant[at] = byte
        return mutant
      }),
    )
    fc.assert(
      fc.property(bytes, (chunk) => {
        const peer = machine()
        send(peer, 1)
        const effects = peer.receive(chunk, 0)
        expect(effects.every((effect) => effect.do !== 'send')).toBe(true)
        expect(peer.cursor).toBe(1)
        expect(peer.ackedSeq).toBe(chunk.length > 0 && peer.counts.inFlight === 0 ? 1 : 0)
      }),
      { numRuns: 1000 },
    )
  })
})
