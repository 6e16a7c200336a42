/** Subscribers: rows S-01 to S-12b and S-20 to S-25, W-05, and the form of Transport messages (T-01 to T-03, T-06). */
import { readFileSync } from 'node:fs'
import { XmlDocument, XsdValidator } from 'libxml2-wasm'
import { afterAll, afterEach, describe, expect, it } from 'vitest'
import { readTransport, transportNamespace } from '../../../vo/vtp/transport.ts'
import { type Broker, openBroker } from './broker.ts'
import { memoryHost, testPool, voevent } from './memory-host.ts'
import { Peer, submit, subscriber, until } from './peer.ts'

describe('subscribers', () => {
  const pool = testPool()
  const brokers: Broker[] = []
  const peers: Peer[] = []
  const open = async (...config: Parameters<typeof openBroker> extends [unknown, ...infer Rest] ? Rest : never) => {
    const broker = await openBroker(memoryHost(pool), ...config)
    brokers.push(broker)
    return broker
  }
  const join = async (broker: Broker, options: Parameters<typeof subscriber>[1] = {}) => {
    const peer = await subscriber(broker.subscribePlace, options)
    peers.push(peer)
    await broker.connected('anonymous', broker.status().peers.length)
    return peer
  }
  const connect = async (broker: Broker) => {
    const peer = await Peer.connect(broker.subscribePlace)
    peers.push(peer)
    return peer
  }
  /** Records an event as our own mapping does. */
  const record = (broker: Broker, event = voevent()): Buffer => {
    broker.host.store.append(event, /ivorn="([^"]*)"/.exec(event.toString())?.[1] ?? '')
    return event
  }
  const got = (peer: Peer, count: number) => until(`${count} events`, () => peer.events.length >= count)
  afterEach(async () => {
    for (const peer of peers.splice(0)) peer.end()
    for (const broker of brokers.splice(0)) await broker.close()
  })
  afterAll(() => pool.close())

  it('S-01, S-02: authenticate comes at once, and who never answers it gets events all the same', async () => {
    const broker = await open({ greetMs: 100 })
    const peer = await connect(broker)
    await until('authenticate', () => peer.of('authenticate').length === 1)
    const event = record(broker)
    await got(peer, 1)
    expect(peer.events).toEqual([event])
  })

  it('T-01, T-02, T-03, T-06: every kind of message is valid, in UTC, from the broker', async () => {
    const broker = await open({ iamaliveS: 0.1 })
    const peer = await join(broker, { filters: ['//['] })
    await until('an iamalive and a notice', () => peer.of('iamalive').length > 0 && peer.of('nak').length > 0)
    const ack = await Peer.connect(broker.submitPlace)
    ack.send(voevent())
    await until('the ack', () => ack.closed)
    const nak = await Peer.connect(broker.submitPlace)
    nak.send(voevent({ ivorn: 'bad <ivoid> & "more"'.replace(/[<>&"]/g, '') }))
    await until('the nak', () => nak.closed)
    const xsd = XmlDocument.fromString(readFileSync('xsd/Transport-v1.1.xsd', 'utf8'))
    const validator = XsdValidator.fromDoc(xsd)
    const payloads = [...peer.payloads, ...ack.payloads, ...nak.payloads]
    const kinds = new Set<string>()
    for (const payload of payloads) {
      const message = readTransport(payload)
      if (message === undefined) continue
      kinds.add(message.role)
      expect(() => validator.validate(XmlDocument.fromBuffer(payload))).not.toThrow()
      expect(payload.toString()).toContain(`xmlns:trn="${transportNamespace}"`)
      expect(payload.toString()).toContain('version="1.0">')
      expect(message.timeStamp).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/)
      if (message.role === 'ack' || message.origin !== 'ivo://probe.test/vtp') continue
      expect(message.response).toBeUndefined()
    }
    expect([...kinds].sort()).toEqual(['ack', 'authenticate', 'iamalive', 'nak'])
  })

  it('S-03: odd quoting and white space arrive as they were', async () => {
    const broker = await open()
    const peer = await join(broker)
    const event = Buffer.from(
      voevent().toString().replace('role="test"', "\n role =\t'test'").replace('?>', '?>\r\n\r\n'),
    )
    expect((await submit(broker.submitPlace, event))?.role).toBe('ack')
    await got(peer, 1)
    expect(peer.events).toEqual([event])
  })

  it('S-04, S-08: ten subscribers get thirty events once each, in order, and stay', async () => {
    const broker = await open()
    const all = await Promise.all(Array.from({ length: 10 }, () => subscriber(broker.subscribePlace)))
    peers.push(...all)
    await broker.connected('anonymous', 10)
    const events = Array.from({ length: 30 }, () => record(broker))
    for (const peer of all) {
      await got(peer, 30)
      expect(peer.events).toEqual(events)
      expect(peer.closed).toBe(false)
    }
    await until('300 acks', () => broker.status().peers.every((peer) => peer.acked === 30 && peer.behind === 0))
  })

  it('S-05, S-06: an idle subscriber that answers each iamalive stays', async () => {
    const broker = await open({ iamaliveS: 0.1 })
    const peer = await join(broker)
    await until('five iamalive', () => peer.of('iamalive').length >= 5)
    expect(peer.closed).toBe(false)
  })

  it('S-07: one that never answers iamalive is dropped, but not before it missed one', async () => {
    const broker = await open({ iamaliveS: 0.1 })
    const peer = await connect(broker)
    await until('the end', () => peer.closed)
    expect(peer.of('iamalive').length).toBe(2)
  })

  it('S-09: a nak is final for that event and for that subscriber only', async () => {
    const broker = await open()
    const [refuser, other] = [await join(broker, { ack: 'nak' }), await join(broker)]
    const events = [record(broker), record(broker)]
    await got(refuser, 2)
    await got(other, 2)
    const more = record(broker)
    await got(refuser, 3)
    expect(refuser.events).toEqual([...events, more])
    expect(other.events.slice(0, 2)).toEqual(events)
    expect(refuser.closed).toBe(false)
  })

  it('S-10: missing receipts pause sending at the limit, and end the connection in bounded time', async () => {
    const broker = await open({ ackLimit: 10, stallMs: 400 })
    const [mute, other] = [await join(broker, { ack: false }), await join(broker)]
    for (let count = 0; count < 12; count++) record(broker)
    await got(other, 12)
    await until('the end', () => mute.closed)
    expect(mute.events.length).toBe(10)
    expect(other.closed).toBe(false)
  })

  it('S-31: receipts that miss are forgiven when later ones come', async () => {
    const broker = await open({ ackLimit: 3, ackTimeoutMs: 50 })
    const peer = await join(broker, { ack: false })
    for (let count = 1; count <= 9; count++) {
      const event = record(broker)
      await got(peer, count)
      // Every other event is of a kind that this client does not know.
      if (count % 2 === 0) peer.reply('ack', /ivorn="([^"]*)"/.exec(event.toString())?.[1] ?? '')
    }
    expect(peer.closed).toBe(false)
  })

  it.each([
    ['S-11: something unparsable', 'This is not parsable'],
    ['S-12: another document', '<xml/>'],
    ['S-20: a VOEvent on the wrong port', voevent().toString()],
    [
      'S-24: an ack of an event never sent',
      '<Transport role="ack" version="1.0"><Origin>ivo://probe.test/never#1</Origin><TimeStamp>2026-11-21T10:00:00</TimeStamp></Transport>',
    ],
  ])('%s is ignored', async (_, document) => {
    const broker = await open()
    const peer = await join(broker)
    peer.send(document)
    const event = record(broker)
    await got(peer, 1)
    expect(peer.events).toEqual([event])
    expect(peer.closed).toBe(false)
  })

  it('S-12b: a little-endian frame ends the connection', async () => {
    const broker = await open()
    const peer = await join(broker)
    peer.socket.write(Buffer.of(200, 0, 0, 0, 1, 2, 3))
    await until('the end', () => peer.closed)
  })

  it('S-21: who comes after an event does not get it', async () => {
    const broker = await open()
    record(broker)
    const peer = await join(broker)
    const event = record(broker)
    await got(peer, 1)
    expect(peer.events).toEqual([event])
  })

  it('S-22: one that resets its connection disturbs nobody', async () => {
    const broker = await open()
    const [one, other] = [await join(broker), await join(broker)]
    one.socket.resetAndDestroy()
    const events = [record(broker), record(broker)]
    await got(other, 2)
    expect(other.events).toEqual(events)
  })

  it('S-23: one that never reads costs the others nothing, and memory stays bounded', async () => {
    const broker = await open({ stallMs: 60_000 })
    const [stuck, other] = [await join(broker), await join(broker)]
    stuck.socket.pause()
    const event = voevent({ bytes: 90_000 })
    for (let count = 1; count <= 200; count++) {
      record(broker, event)
      if (count % 20 === 0) await got(other, count)
    }
    await got(other, 200)
    const [slow] = broker.status().peers.filter((peer) => peer.acked === 0)
    // Kernel buffers of both sides, and one megabyte of ours: 200 events would be 18 MB.
    expect(slow?.sent).toBeLessThan(150)
    stuck.socket.resume()
    await got(stuck, 200)
    expect(stuck.events.every((received) => received.equals(event))).toBe(true)
  })

  it('S-23b: one that never reads is dropped in bounded time', async () => {
    const broker = await open({ stallMs: 300, iamaliveS: 60 })
    const stuck = await join(broker)
    stuck.socket.pause()
    for (let count = 0; count < 200; count++) record(broker, voevent({ bytes: 90_000 }))
    await until('the end', () => broker.status().peers.length === 0)
  })

  it.each([
    ['a', 'http://telescope-networks.org/schema/Transport/v1.1'],
    ['b', 'http://telescope-networks.org/xml/Transport/v1.1'],
    ['c', 'http://www.ivoa.net/xml/VTP/v2'],
    ['d', ''],
  ])('S-25%s: the namespace %s, no Response, a local time stamp', async (_, namespace) => {
    const broker = await open({ iamaliveS: 0.2, greetMs: 60_000 })
    const peer = await connect(broker)
    await until('authenticate', () => peer.of('authenticate').length === 1)
    const answer = (role: string, origin: string, meta = '') =>
      `<?xml version='1.0' encoding='UTF-8'?><t:Transport xmlns:t="${namespace}" role='${role}' version="1.0"><Origin>\n${origin}\n</Origin><TimeStamp>2026-11-21T10:00:00.123456</TimeStamp>${meta}</t:Transport>`
    const text = (document: string) =>
      namespace === '' ? document.replaceAll('t:Transport', 'Transport').replace(' xmlns:t=""', '') : document
    const only = '<Meta><Param name="xpath-filter" value="/*[@role=&#39;test&#39;]"/></Meta>'
    peer.send(text(answer('authenticate', 'ivo://probe.test/vtp', only)))
    const event = record(broker)
    await got(peer, 1)
    peer.send(text(answer('ack', /ivorn="([^"]*)"/.exec(event.toString())?.[1] ?? '')))
    await until('the ack to count', () => broker.status().peers[0]?.acked === 1)
    record(broker, voevent({ root: 'role="utility"' }))
    await until('three iamalive', () => {
      const count = peer.of('iamalive').length
      if (count > 0) peer.send(text(answer('iamalive', 'ivo://probe.test/vtp')))
      return count >= 3
    })
    expect(peer.closed).toBe(false)
    expect(peer.events).toEqual([event])
  })

  it('S-29: a subscriber from elsewhere is turned away', async () => {
    const broker = await open({ allowSubscribers: ['192.0.2.0/24'] })
    const peer = await connect(broker)
    await until('the end', () => peer.closed)
    expect(peer.payloads).toEqual([])
  })

  it('W-05: an event that peers cannot take is counted and left out', async () => {
    const broker = await open()
    const [plain, filtering] = [await join(broker), await join(broker, { filters: ['true()'] })]
    record(broker, voevent({ bytes: 100_000 }))
    const event = record(broker, voevent({ bytes: 99_999 }))
    await got(plain, 1)
    await got(filtering, 1)
    expect([...plain.events, ...filtering.events]).toEqual([event, event])
    await until('the count', () => broker.host.counted.get('fountain_vtp_subscriber_total vtp tooLarge') === 1)
  })

  it('a port in use is an error with its code and number', async () => {
    const broker = await open()
    await expect(open({ subscribe: broker.subscribePort })).rejects.toMatchObject({
      code: 'EADDRINUSE',
      port: broker.subscribePort,
    })
    await expect(open({ submit: broker.submitPort })).rejects.toMatchObject({
      code: 'EADDRINUSE',
      port: broker.submitPort,
    })
  })
})
