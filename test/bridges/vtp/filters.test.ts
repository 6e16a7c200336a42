/** XPath filters of subscribers: rows S-13 to S-19 and S-32. */
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type Broker, openBroker } from './broker.ts'
import { memoryHost, testPool, voevent } from './memory-host.ts'
import { Peer, subscriber, until } from './peer.ts'

const param = (name: string, value: string) =>
  voevent({ body: `<What><Param name="${name}" value="${value}"/></What>` })
const high = '//Param[@name="SC_Lat" and @value>10]'
const low = '//Param[@name="SC_Lat" and @value<=10]'

describe('XPath filters', () => {
  const pool = testPool()
  let broker: Broker
  const peers: Peer[] = []
  beforeEach(async () => {
    broker = await openBroker(memoryHost(pool))
  })
  afterEach(async () => {
    for (const peer of peers.splice(0)) peer.end()
    await broker.close()
  })
  afterAll(() => pool.close())

  const join = async (filters: readonly string[]) => {
    const peer = await subscriber(broker.subscribePlace, { filters })
    peers.push(peer)
    await broker.connected('anonymous', peers.length)
    return peer
  }
  const record = (event: Buffer): Buffer => {
    broker.host.store.append(event, 'ivo://probe.test/stream#1')
    return event
  }
  /** What a peer got by the time that a last event is through to it and to somebody without filters. */
  const received = async (peer: Peer) => {
    const last = record(voevent({ root: 'role="utility"', body: '<Description>last</Description>' }))
    await until('the last event', () => peer.events.some((event) => event.equals(last)))
    return peer.events.filter((event) => !event.includes('<Description>last'))
  }
  const orLast = '/*/Description = "last"'

  it('S-13: only what matches is sent', async () => {
    const peer = await join([`${high} or ${orLast}`])
    const wanted = record(param('SC_Lat', '10.5'))
    record(param('SC_Lat', '9'))
    record(param('Other', '11'))
    expect(await received(peer)).toEqual([wanted])
  })

  it('S-13b: from the first event on, also when the answer to authenticate is slow', async () => {
    await broker.close()
    broker = await openBroker(memoryHost(pool), { greetMs: 60_000 })
    const peer = await Peer.connect(broker.subscribePlace)
    peers.push(peer)
    peer.answers.ack = true
    await until('authenticate', () => peer.of('authenticate').length === 1)
    record(param('SC_Lat', '9'))
    const wanted = record(param('SC_Lat', '11'))
    peer.reply('authenticate', 'ivo://probe.test/vtp', { filters: [high, orLast] })
    record(param('SC_Lat', '8'))
    expect(await received(peer)).toEqual([wanted])
  })

  it('S-14: of two filters one is enough', async () => {
    const peer = await join([high, low, orLast])
    const events = [record(param('SC_Lat', '12')), record(param('SC_Lat', '3'))]
    record(param('Other', '3'))
    expect(await received(peer)).toEqual(events)
  })

  it('S-15: a later authenticate replaces the filters, an empty one clears them', async () => {
    const peer = await join([high, orLast])
    record(param('SC_Lat', '1'))
    await received(peer)
    peer.payloads.length = 0
    const filtersAre = (filters: readonly string[]) => peer.reply('authenticate', 'ivo://probe.test/vtp', { filters })
    filtersAre([low, orLast])
    // The broker takes messages in order: what comes back for a bad filter shows that the good ones are in force.
    filtersAre([low, orLast, '//['])
    await until('the notice', () => peer.of('nak').length === 1)
    const lowEvent = record(param('SC_Lat', '2'))
    record(param('SC_Lat', '20'))
    expect(await received(peer)).toEqual([lowEvent])
    filtersAre([])
    await until('everything', () => {
      record(param('SC_Lat', '99'))
      return peer.events.some((event) => event.includes('"99"'))
    })
  })

  it('S-16: with none but an invalid filter nothing is sent, the connection stays, and the reason is told', async () => {
    const [broken, plain] = [await join(['//Param[']), await join([])]
    await until('the reason', () => broken.of('nak').length >= 2)
    expect(broken.of('nak').map((message) => message.result)).toEqual([
      'the filter //Param[ cannot be used: it is no XPath 1.0 expression',
      'no usable filter is left: no events will be sent',
    ])
    record(voevent())
    await received(plain)
    expect(broken.events).toEqual([])
    expect(broken.closed).toBe(false)
    broken.reply('authenticate', 'ivo://probe.test/vtp', { filters: [] })
    await until('everything again', () => {
      record(voevent())
      return broken.events.length > 0
    })
  })

  it('takes a limited number of filters, and says so', async () => {
    const peer = await join(Array.from({ length: 65 }, (_, index) => `${index + 1}`))
    await until('the reason', () => peer.of('nak').length >= 2)
    expect(peer.of('nak')[0]?.result).toBe('65 filters are too many; 64 are taken')
    record(voevent())
    await received(await join([]))
    expect(peer.events).toEqual([])
  })

  it('S-17: the legacy form of a filter is honoured', async () => {
    const peer = await Peer.connect(broker.subscribePlace)
    peers.push(peer)
    await until('authenticate', () => peer.of('authenticate').length === 1)
    peer.send(
      `<Transport role="authenticate" version="1.0"><Origin>ivo://probe.test/vtp</Origin><TimeStamp>2026-11-21T10:00:00Z</TimeStamp><Meta><filter type="xpath">//Param[@value&gt;10]</filter><filter type="xpath">${orLast.replaceAll('"', '&quot;')}</filter></Meta></Transport>`,
    )
    record(param('SC_Lat', '9'))
    const wanted = record(param('SC_Lat', '11'))
    expect(await received(peer)).toEqual([wanted])
  })

  it.each([
    ['a', 'boolean', 'count(//Param) = 1', 'false()'],
    ['b', 'number', 'count(//Param)', 'count(//Nothing)'],
    ['c', 'string', 'string(//Param/@name)', 'string(//Nothing)'],
    ['d', 'node-set', '/*[local-name()="VOEvent" and @role="test"]', '//Nothing'],
    ['e', 'node-set with the prefix voe', '/voe:VOEvent[What]', '/voe:Nothing'],
    ['f', 'node-set relative to the root', 'What/Param', 'Nothing'],
  ])('S-18%s: a %s as the result', async (_, __, yes, no) => {
    const [matching, failing] = [await join([yes, orLast]), await join([no, orLast])]
    const event = record(param('n', 'v'))
    expect(await received(matching)).toEqual([event])
    expect(await received(failing)).toEqual([])
  })

  it('S-19: an unbound prefix or an unknown function matches nothing, and is told', async () => {
    const peer = await join(['//nobody:Param', 'nothing(1)', orLast])
    record(param('n', 'v'))
    expect(await received(peer)).toEqual([])
    expect(peer.of('nak').map((message) => message.result)).toEqual([
      'the filter //nobody:Param cannot be used: Undefined namespace prefix: nobody',
      'the filter nothing(1) cannot be used: Unregistered function: nothing',
    ])
  })

  it('S-32: a filter that takes too long is disabled and its subscriber told; the others get their events', async () => {
    const costly = 'count(//*[count(//*[count(//*) > 0]) > 0]) > 0'
    const [greedy, modest, plain] = [await join([costly]), await join(['/*[@role="test"]', orLast]), await join([])]
    const event = record(voevent({ body: `<What>${'<Param name="n"/>'.repeat(4000)}</What>` }))
    expect(await received(modest)).toEqual([event])
    expect(await received(plain)).toContainEqual(event)
    const [notice] = await until('the notice', () => greedy.of('nak').length > 0 && greedy.of('nak'))
    expect(notice?.result).toContain('was disabled')
    expect(greedy.events).toEqual([])
    expect(greedy.closed).toBe(false)
  })
})
