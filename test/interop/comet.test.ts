/** Our broker and a real Comet: it subscribes, saves, submits. */
import { afterAll, afterEach, expect, it } from 'vitest'
import { openBroker } from '../bridges/vtp/broker.ts'
import { memoryHost, testPool, voevent } from '../bridges/vtp/memory-host.ts'
import { until } from '../bridges/vtp/peer.ts'
import { describeTier } from '../tiers.ts'
import { type Comet, cometSendvo, startComet } from './comet.ts'

const savedMs = 30_000

describeTier('peers', 'a real Comet and our broker', () => {
  const pool = testPool()
  const cleanup: (() => Promise<void>)[] = []
  afterEach(async () => {
    for (const undo of cleanup.splice(0).reverse()) await undo()
  })
  afterAll(() => pool.close())
  const comet = async (options: Parameters<typeof startComet>[0]): Promise<Comet> => {
    const started = await startComet(options)
    cleanup.push(() => started.stop())
    return started
  }
  const broker = async (...args: Parameters<typeof openBroker> extends [unknown, ...infer Rest] ? Rest : never) => {
    const opened = await openBroker(memoryHost(pool), ...args)
    cleanup.push(() => opened.close())
    return opened
  }

  it('subscribes and saves what our broker records, byte for byte', async () => {
    const { host, subscribePort, connected } = await broker()
    const peer = await comet({ subscribe: `127.0.0.1:${subscribePort}`, localIvo: 'ivo://probe.test/comet' })
    await connected('ivo://probe.test/comet')
    const events = Array.from({ length: 20 }, () => voevent())
    for (const event of events) expect(await host.submit(event, '127.0.0.1')).toBe('new')
    await until('20 events saved', () => peer.saved().length === 20, savedMs)
    const sorted = (list: Buffer[]) => list.map(String).sort()
    expect(sorted(peer.saved().map((file) => file.bytes))).toEqual(sorted(events))
  })

  it('submits with comet-sendvo: acknowledged, also when repeated; refused when invalid', async () => {
    const { host, submitPort } = await broker()
    const event = voevent()
    expect(await cometSendvo(submitPort, event)).toMatchObject({ code: 0 })
    expect(await cometSendvo(submitPort, event)).toMatchObject({ code: 0 })
    expect(host.store.entries.map((entry) => Buffer.from(entry.raw.bytes).toString())).toEqual([event.toString()])
    expect(await cometSendvo(submitPort, voevent({ body: '<Nonsense/>' }))).toMatchObject({ code: 1 })
    expect(host.store.entries.length).toBe(1)
  })
})
