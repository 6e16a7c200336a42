/** Resuming by IVOID (docs/design.md §8): a named subscriber gets what it missed, first and in order; others do not. */
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type Broker, openBroker } from './broker.ts'
import { MemoryStore, memoryHost, testPool, voevent } from './memory-host.ts'
import { Peer, subscriber, until } from './peer.ts'

const name = 'ivo://observer.test/robot'

describe('resuming by IVOID', () => {
  const pool = testPool()
  let store: MemoryStore
  let broker: Broker
  const peers: Peer[] = []
  beforeEach(async () => {
    store = new MemoryStore()
    broker = await openBroker(memoryHost(pool, store))
  })
  afterEach(async () => {
    for (const peer of peers.splice(0)) peer.end()
    await broker.close()
  })
  afterAll(() => pool.close())

  const reopen = async (config: Parameters<typeof openBroker>[1] = {}) => {
    broker = await openBroker(memoryHost(pool, store), config)
  }
  const join = async (options: Parameters<typeof subscriber>[1]) => {
    const peer = await subscriber(broker.subscribePlace, options)
    peers.push(peer)
    if (options?.identity !== undefined) await broker.connected(options.identity)
    return peer
  }
  let serial = 0
  const record = (count = 1): string[] =>
    Array.from({ length: count }, () => {
      const event = voevent({ body: `<Description>${++serial}</Description>` })
      store.append(event, `ivo://probe.test/stream#${serial}`)
      return String(serial)
    })
  const texts = (peer: Peer) => peer.events.map((event) => /<Description>(\d+)/.exec(event.toString())?.[1] ?? '')
  const got = (peer: Peer, wanted: string[]) =>
    until(`${wanted.join()} instead of ${texts(peer).join()}`, () => texts(peer).length >= wanted.length)
  const leave = async (peer: Peer) => {
    peer.end()
    await until('its leaving', () => broker.status().peers.length === 0)
  }

  it('sends what was missed before what is new', async () => {
    const first = await join({ identity: name })
    const before = record(3)
    await got(first, before)
    await until('the acks', () => broker.status().peers[0]?.acked === 3)
    await leave(first)
    const missed = record(5)
    const second = await join({ identity: name })
    const live = record(3)
    await got(second, [...missed, ...live])
    expect(texts(second)).toEqual([...missed, ...live])
  })

  it('sends again what was sent and not acknowledged', async () => {
    const first = await join({ identity: name, ack: false })
    const events = record(4)
    await got(first, events)
    first.reply('ack', /ivorn="([^"]*)"/.exec(first.events[0]?.toString() ?? '')?.[1] ?? '')
    await until('one ack', () => broker.status().peers[0]?.acked === 1)
    await leave(first)
    const second = await join({ identity: name })
    await got(second, events.slice(1))
    expect(texts(second)).toEqual(events.slice(1))
  })

  it('works across a restart, also one without a farewell', async () => {
    const first = await join({ identity: name })
    const before = record(2)
    await got(first, before)
    await until('the stored place', () => [...store.cursors.values()].some((cursor) => cursor.seq === 2))
    // What a kill leaves behind: the cursor of a peer that had not left.
    const cursors = [...store.cursors.values()]
    await broker.close()
    for (const cursor of cursors) store.cursors.set(cursor.peer, { ...cursor, leftMs: null })
    const missed = record(2)
    await reopen()
    const second = await join({ identity: name })
    const live = record(1)
    await got(second, [...missed, ...live])
    expect(texts(second)).toEqual([...missed, ...live])
  })

  it('holds live events back until a peer of a known address has said who it is', async () => {
    const first = await join({ identity: name })
    await leave(first)
    const missed = record(2)
    await broker.close()
    await reopen({ greetMs: 60_000 })
    const peer = await Peer.connect(broker.subscribePlace)
    peers.push(peer)
    peer.identity = name
    await until(
      'authenticate and iamalive',
      () => peer.of('authenticate').length === 1 && peer.of('iamalive').length === 1,
    )
    const live = record(2)
    peer.reply('authenticate', 'ivo://probe.test/vtp')
    await got(peer, [...missed, ...live])
    expect(texts(peer)).toEqual([...missed, ...live])
  })

  it('learns the name from iamalive where authenticate is not answered (pygcn)', async () => {
    await broker.close()
    await reopen({ greetMs: 100 })
    const first = await join({ identity: name })
    await leave(first)
    const missed = record(2)
    const peer = await Peer.connect(broker.subscribePlace)
    peers.push(peer)
    peer.identity = name
    Object.assign(peer.answers, { iamalive: true, ack: true })
    await got(peer, missed)
    const live = record(1)
    await got(peer, [...missed, ...live])
    expect(texts(peer)).toEqual([...missed, ...live])
  })

  it('goes back also for a name that comes late, and from there on in order', async () => {
    await broker.close()
    await reopen({ greetMs: 100 })
    const first = await join({ identity: name })
    await leave(first)
    const missed = record(2)
    const peer = await Peer.connect(broker.subscribePlace)
    peers.push(peer)
    peer.answers.ack = true
    const early = record(2)
    await got(peer, early)
    peer.identity = name
    peer.reply('iamalive', 'ivo://probe.test/vtp')
    await got(peer, [...early, ...missed, ...early])
    expect(texts(peer)).toEqual([...early, ...missed, ...early])
  })

  it('resumes with the filters of the new connection', async () => {
    const first = await join({ identity: name })
    await leave(first)
    const missed = record(4)
    const second = await join({ identity: name, filters: [`/*[Description mod 2 = 0]`] })
    const wanted = missed.filter((text) => Number(text) % 2 === 0)
    await got(second, wanted)
    const live = record(2).filter((text) => Number(text) % 2 === 0)
    await got(second, [...wanted, ...live])
    expect(texts(second)).toEqual([...wanted, ...live])
  })

  it.each([
    ['nobody', undefined, undefined],
    ['the default name of a client', 'ivo://python_voeventclient/anonymous', 'ivo://python_voeventclient/anonymous'],
    ['somebody new', name, 'ivo://observer.test/other'],
  ])('starts with what comes next for %s', async (_, before, after) => {
    const peer = (identity: string | undefined) => join(identity === undefined ? {} : { identity })
    await leave(await peer(before))
    record(2)
    const second = await peer(after)
    await until('it to be there', () => broker.status().peers.length === 1)
    const live = record(1)
    await got(second, live)
    expect(texts(second)).toEqual(live)
  })

  it('forgets after resumeMs', async () => {
    const first = await join({ identity: name })
    await leave(first)
    await broker.close()
    const missed = record(2)
    await reopen({ resumeMs: 20 })
    await until('the place to be removed', () => store.cursors.size === 0)
    const second = await join({ identity: name })
    const live = record(1)
    await got(second, live)
    expect(texts(second)).toEqual(live)
    expect(missed.length).toBe(2)
  })

  it('gives the name to the newest connection, from where the older one was', async () => {
    const dead = await join({ identity: name, ack: false })
    const lost = record(2)
    await got(dead, lost)
    const alive = await join({ identity: name })
    await got(alive, lost)
    const live = record(1)
    await got(alive, [...lost, ...live])
    expect(texts(alive)).toEqual([...lost, ...live])
  })

  it('keeps order while events pour in', async () => {
    const first = await join({ identity: name })
    await leave(first)
    const missed = record(50)
    const pouring = (async () => {
      const all: string[] = []
      for (let burst = 0; burst < 40; burst++) {
        all.push(...record(5))
        await new Promise(setImmediate)
      }
      return all
    })()
    const second = await join({ identity: name })
    const wanted = [...missed, ...(await pouring)]
    await got(second, wanted)
    expect(texts(second)).toEqual(wanted)
  })
})
