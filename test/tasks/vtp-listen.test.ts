/** The subscriber's side on sockets, against our own broker and against one that keeps failing. */
import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import { afterAll, afterEach, describe, expect, it } from 'vitest'
import { type ListenOptions, listen } from '../../src/tasks/vtp-listen.ts'
import { nextWaitMs } from '../../vo/vtp/backoff.ts'
import { frame } from '../../vo/vtp/framing.ts'
import { type Broker, openBroker } from '../bridges/vtp/broker.ts'
import { MemoryStore, memoryHost, testPool, voevent } from '../bridges/vtp/memory-host.ts'
import { until } from '../bridges/vtp/peer.ts'

const quick = { firstMs: 20, mostMs: 100, quietMs: 60_000 }

describe('listening', () => {
  const pool = testPool()
  const running: { controller: AbortController; done: Promise<void> }[] = []
  let broker: Broker | undefined
  afterEach(async () => {
    for (const { controller, done } of running.splice(0)) {
      controller.abort()
      await done
    }
    await broker?.close()
    broker = undefined
  })
  afterAll(() => pool.close())

  const start = (port: number, options: Partial<ListenOptions> = {}) => {
    const events: string[] = []
    const states: string[] = []
    const controller = new AbortController()
    const done = listen({
      host: '127.0.0.1',
      port,
      filters: [],
      signal: controller.signal,
      backoff: quick,
      onState: (text) => states.push(text),
      onEvent: async (bytes) => void events.push(Buffer.from(bytes).toString()),
      ...options,
    })
    running.push({ controller, done })
    return { events, states, controller, done }
  }
  const record = (store: MemoryStore, event = voevent()): string => {
    store.append(event, 'ivo://probe.test/stream#1')
    return event.toString()
  }

  it('takes events in order and acknowledges each', async () => {
    broker = await openBroker(memoryHost(pool))
    const { events } = start(broker.subscribePort)
    await broker.connected('anonymous')
    const sent = Array.from({ length: 40 }, () => record(broker?.host.store as MemoryStore))
    await until('40 events', () => events.length === 40)
    expect(events).toEqual(sent)
    await until('40 acks', () => broker?.status().peers[0]?.acked === 40)
  })

  it('acknowledges an event only when it was taken', async () => {
    broker = await openBroker(memoryHost(pool))
    let release = (): void => undefined
    const taken = new Promise<void>((resolve) => {
      release = resolve
    })
    let offered = 0
    const { states } = start(broker.subscribePort, {
      onEvent: () => {
        offered += 1
        return offered === 1 ? Promise.reject(new Error('no space')) : taken
      },
    })
    await broker.connected('anonymous')
    record(broker.host.store)
    record(broker.host.store)
    await until('both offered', () => offered === 2)
    expect(broker.status().peers[0]?.acked).toBe(0)
    release()
    await until('one ack', () => broker?.status().peers[0]?.acked === 1)
    expect(states.join()).toContain('not acknowledged: no space')
  })

  it('sends filters, and says what the broker says about them', async () => {
    broker = await openBroker(memoryHost(pool))
    const { events, states } = start(broker.subscribePort, { filters: ['/*[@role="utility"]', '//['] })
    await until('the notice', () => states.some((state) => state.includes('cannot be used')))
    record(broker.host.store)
    const wanted = record(broker.host.store, voevent({ root: 'role="utility"' }))
    await until('one event', () => events.length === 1)
    expect(events).toEqual([wanted])
  })

  it('comes back after a restart, by its name, and takes nothing twice', async () => {
    const store = new MemoryStore()
    broker = await openBroker(memoryHost(pool, store))
    const port = broker.subscribePort
    const identity = 'ivo://listener.test/me'
    const { events } = start(port, { identity })
    await broker.connected(identity)
    const sent = [record(store)]
    await until('the first', () => events.length === 1)
    await broker.close()
    // A broker that crashed before it stored the ack: it will send the first again.
    for (const cursor of [...store.cursors.values()]) store.cursors.set(cursor.peer, { ...cursor, seq: 0 })
    sent.push(record(store))
    broker = await openBroker(memoryHost(pool, store), { subscribe: port })
    await broker.connected(identity)
    sent.push(record(store))
    await until('all', () => events.length >= 3)
    expect(events).toEqual(sent)
    await until('all acknowledged', () => broker?.status().peers[0]?.behind === 0)
  })

  it('B-11: passes over what is no VOEvent', async () => {
    const event = voevent()
    const server = createServer((socket) => {
      socket.on('error', () => undefined)
      for (const payload of [Buffer.from('garbage'), Buffer.from('<voe:VOEvent ivorn="ivo://probe.test/s#1"'), event]) {
        socket.write(frame(payload))
      }
    })
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    const { events, states, controller, done } = start((server.address() as AddressInfo).port)
    await until('the event', () => events.length === 1)
    controller.abort()
    await done
    server.close()
    expect(events).toEqual([event.toString()])
    expect(states.filter((state) => /ignored|not acknowledged/.test(state)).length).toBe(2)
  })

  it('B-09, B-10: reconnects after silence and after the end of a connection, waiting longer each time', async () => {
    let connections = 0
    const server = createServer((socket) => {
      socket.on('error', () => undefined)
      connections += 1
      if (connections > 1) socket.end()
    })
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    const { states, controller, done } = start((server.address() as AddressInfo).port, { silenceMs: 100 })
    await until('four connections', () => connections >= 4)
    controller.abort()
    await done
    server.close()
    const waits = states.flatMap((state) => /next try in ([\d.]+) s/.exec(state)?.[1] ?? []).map(Number)
    expect(waits.slice(0, 3)).toEqual([0.02, 0.04, 0.08])
    expect(states.find((state) => state.includes('nothing came for 0.1 s'))).toBeDefined()
  })

  it('B-10b: back-off grows geometrically, to a limit, and starts anew only after a quiet period', () => {
    const options = { firstMs: 1000, mostMs: 60_000, quietMs: 60_000 }
    let waitMs: number | undefined
    const waits = Array.from({ length: 8 }, () => (waitMs = nextWaitMs(waitMs, 59_999, options)))
    expect(waits).toEqual([1000, 2000, 4000, 8000, 16_000, 32_000, 60_000, 60_000])
    expect(nextWaitMs(60_000, 60_000, options)).toBe(1000)
  })
})
