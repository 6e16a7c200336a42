/** Our broker and clients with real Comets and a real pygcn: each side in each part. */
import { afterAll, afterEach, expect, it } from 'vitest'
import { listen } from '../../src/tasks/vtp-listen.ts'
import { sendEvent } from '../../src/tasks/vtp-send.ts'
import { type Broker, openBroker } from '../bridges/vtp/broker.ts'
import { freshIvorn, MemoryStore, memoryHost, testPool, voevent } from '../bridges/vtp/memory-host.ts'
import { until } from '../bridges/vtp/peer.ts'
import { describeTier } from '../tiers.ts'
import { type Comet, cometSendvo, startComet } from './comet.ts'
import { startPygcn } from './pygcn.ts'

const limitMs = 60_000
const name = 'ivo://probe.test/comet'
const sorted = (events: readonly Buffer[]) => events.map(String).sort()
const savedBy = (comet: Comet) => sorted(comet.saved().map((file) => file.bytes))

describeTier('peers', 'real Comets and a real pygcn', () => {
  const pool = testPool()
  const cleanup: (() => Promise<unknown>)[] = []
  afterEach(async () => {
    for (const undo of cleanup.splice(0).reverse()) await undo()
  })
  afterAll(() => pool.close())

  const comet = async (options: Parameters<typeof startComet>[0]): Promise<Comet> => {
    const started = await startComet(options)
    cleanup.push(() => started.stop())
    return started
  }
  const broker = async (store = new MemoryStore(), config: Parameters<typeof openBroker>[1] = {}): Promise<Broker> => {
    const opened = await openBroker(memoryHost(pool, store), config)
    cleanup.push(() => opened.close())
    return opened
  }
  const record = async ({ host }: Broker, event = voevent()): Promise<Buffer> => {
    expect(await host.submit(event, '127.0.0.1')).toBe('new')
    return event
  }
  const records = async (from: Broker, count: number): Promise<Buffer[]> => {
    const events: Buffer[] = []
    for (let index = 0; index < count; index++) events.push(await record(from))
    return events
  }
  const place = (port: number) => `127.0.0.1:${port}`

  it('Comet subscribes and saves what our broker records, byte for byte, and acknowledges it', async () => {
    const ours = await broker()
    const peer = await comet({ subscribe: place(ours.subscribePort), localIvo: name })
    await ours.connected(name)
    const events = await records(ours, 20)
    events.push(await record(ours, voevent({ bytes: 99_999 })))
    await until('21 events saved', () => peer.saved().length === 21, limitMs)
    expect(savedBy(peer)).toEqual(sorted(events))
    await until('21 acks', () => ours.status().peers[0]?.acked === 21, limitMs)
  })

  it('S-30: an event that would make Comet hang up is kept from it, and the next one arrives', async () => {
    const ours = await broker()
    const peer = await comet({ subscribe: place(ours.subscribePort), localIvo: name })
    await ours.connected(name)
    ours.host.store.append(voevent({ bytes: 100_000 }), freshIvorn())
    const event = await record(ours)
    await until('one event saved', () => peer.saved().length > 0, limitMs)
    expect(savedBy(peer)).toEqual(sorted([event]))
    expect(ours.status().peers.length).toBe(1)
  })

  it('Comet’s filters hold from the first event on', async () => {
    const ours = await broker(new MemoryStore(), { greetMs: 30_000 })
    const filters = ['//Param[@name="SC_Lat" and @value>10]', '/*[@role="utility"]']
    const peer = await comet({ subscribe: place(ours.subscribePort), filters })
    await ours.connected('anonymous')
    const lat = (value: number) => voevent({ body: `<What><Param name="SC_Lat" value="${value}"/></What>` })
    await record(ours, lat(3))
    const wanted = [await record(ours, lat(30)), await record(ours, voevent({ root: 'role="utility"' }))]
    await record(ours)
    await until('two events saved', () => peer.saved().length >= 2, limitMs)
    expect(savedBy(peer)).toEqual(sorted(wanted))
    const [{ sent } = { sent: 0 }] = ours.status().peers
    expect(sent).toBe(2)
  })

  it('a Comet with a name gets what it missed while our broker was away, once', async () => {
    const store = new MemoryStore()
    const first = await openBroker(memoryHost(pool, store))
    const peer = await comet({ subscribe: place(first.subscribePort), localIvo: name })
    await first.connected(name)
    const events = await records(first, 3)
    await until('three events saved', () => peer.saved().length === 3, limitMs)
    await first.close()
    for (let count = 0; count < 4; count++) {
      const event = voevent()
      store.append(event, freshIvorn())
      events.push(event)
    }
    const second = await broker(store, { subscribe: first.subscribePort })
    await until('it is back', () => second.status().peers[0]?.name === name, limitMs)
    events.push(await record(second))
    await until('eight events saved', () => peer.saved().length >= 8, limitMs)
    expect(savedBy(peer)).toEqual(sorted(events))
  })

  it('comet-sendvo submits: acknowledged, also when repeated; refused when invalid', async () => {
    const { host, submitPort } = await broker()
    const event = voevent()
    expect(await cometSendvo(submitPort, event)).toMatchObject({ code: 0 })
    expect(await cometSendvo(submitPort, event)).toMatchObject({ code: 0 })
    expect(sorted(host.store.entries.map((entry) => Buffer.from(entry.raw.bytes)))).toEqual(sorted([event]))
    expect(await cometSendvo(submitPort, voevent({ body: '<Nonsense/>' }))).toMatchObject({ code: 1 })
    expect(host.store.entries.length).toBe(1)
  })

  /** Our subscriber at a Comet's broadcast port; what it hears. */
  function listenTo(peer: Comet, filters: readonly string[], identity?: string): Buffer[] {
    const controller = new AbortController()
    const heard: Buffer[] = []
    const listening = listen({
      host: '127.0.0.1',
      port: peer.broadcastPort,
      filters,
      ...(identity === undefined ? {} : { identity }),
      signal: controller.signal,
      onState: () => undefined,
      onEvent: async (bytes) => void heard.push(Buffer.from(bytes)),
    })
    cleanup.push(async () => {
      controller.abort()
      await listening
    })
    return heard
  }

  it('we submit to a Comet: ack, then nak for what it has seen or cannot read; and hear its broadcast', async () => {
    const peer = await comet({ localIvo: name, broker: true })
    const heard = listenTo(peer, [], 'ivo://probe.test/listener')
    await until('Comet knows us', () => peer.log().includes('Authentication received'), limitMs)
    const send = (bytes: Uint8Array) =>
      sendEvent({ host: '127.0.0.1', port: peer.receivePort, bytes, timeoutMs: limitMs })
    const events = [voevent(), voevent()]
    for (const event of events) expect(await send(event)).toEqual({ result: 'ack' })
    expect(await send(events[0] as Buffer)).toMatchObject({ result: 'nak', reason: expect.any(String) })
    expect(await send(voevent({ body: '<Nonsense/>' }))).toMatchObject({ result: 'nak' })
    await until('two events heard', () => heard.length >= 2, limitMs)
    expect(sorted(heard)).toEqual(sorted(events))
  })

  it('we hear a Comet only through our filters', async () => {
    const peer = await comet({ localIvo: name, broker: true })
    const heard = listenTo(peer, ['/*[@role="utility"]'])
    await until('Comet has our filter', () => peer.log().includes('Authentication received'), limitMs)
    for (const root of ['role="test"', 'role="utility"']) {
      const { result } = await sendEvent({
        host: '127.0.0.1',
        port: peer.receivePort,
        bytes: voevent({ root }),
        timeoutMs: limitMs,
      })
      expect(result).toBe('ack')
    }
    await until('one event heard', () => heard.length > 0, limitMs)
    expect(heard.map((event) => event.includes('utility'))).toEqual([true])
  })

  it('pygcn listens, and gets what it missed when it has a name', async () => {
    const ours = await broker(new MemoryStore(), { greetMs: 200 })
    const identity = 'ivo://probe.test/pygcn'
    const [anonymous, named] = [await startPygcn(ours.subscribePort), await startPygcn(ours.subscribePort, identity)]
    cleanup.push(anonymous.stop, named.stop)
    await until('both are there', () => ours.status().peers.length === 2, limitMs)
    const events = await records(ours, 5)
    for (const peer of [anonymous, named]) {
      await until('five events', () => peer.received().length === 5, limitMs)
      expect(sorted(peer.received())).toEqual(sorted(events))
    }
    await until('acks', () => ours.status().peers.every((peer) => peer.acked === 5), limitMs)
    await named.stop()
    await until('it is gone', () => ours.status().peers.length === 1, limitMs)
    const missed = await records(ours, 2)
    const again = await startPygcn(ours.subscribePort, identity)
    cleanup.push(again.stop)
    await until('what it missed', () => again.received().length >= 2, limitMs)
    expect(sorted(again.received())).toEqual(sorted(missed))
  })
})
