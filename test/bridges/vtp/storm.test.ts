/** Subscribers that stop and go, change filters and come late, while events pour in: no gap, no repeat, no disorder. */
import fc from 'fast-check'
import { afterAll, describe, expect, it } from 'vitest'
import { openBroker } from './broker.ts'
import { memoryHost, testPool, voevent } from './memory-host.ts'
import { type Peer, subscriber, until } from './peer.ts'

const pad = 'x'.repeat(30_000)
const serialOf = (event: Buffer) => Number(/<Description>(\d+)/.exec(event.toString())?.[1])

describe('a storm', () => {
  const pool = testPool()
  afterAll(() => pool.close())

  it('everybody gets everything from its first event on, in order', async () => {
    const seed = 20261121
    const broker = await openBroker(memoryHost(pool), { ackLimit: 20, greetMs: 60_000 })
    const peers: { peer: Peer; even: boolean; paused: boolean }[] = []
    const even = '/*[Description mod 2 = 0]'
    let serial = 0
    const record = () => {
      serial += 1
      const event = voevent({ body: `<Description>${serial}<!--${pad}--></Description>` })
      broker.host.store.append(event, `ivo://probe.test/stream#${serial}`)
    }
    const step = fc.oneof(
      {
        weight: 12,
        arbitrary: fc.record({ do: fc.constant('record' as const), count: fc.integer({ min: 1, max: 12 }) }),
      },
      { weight: 2, arbitrary: fc.record({ do: fc.constant('join' as const), even: fc.boolean() }) },
      { weight: 4, arbitrary: fc.record({ do: fc.constant('toggle' as const), which: fc.nat(7) }) },
      { weight: 3, arbitrary: fc.record({ do: fc.constant('breathe' as const) }) },
    )
    const steps = fc.sample(step, { numRuns: 150, seed })
    for (const action of steps) {
      if (action.do === 'record') for (let count = 0; count < action.count; count++) record()
      else if (action.do === 'join' && peers.length < 8) {
        const peer = await subscriber(broker.subscribePlace, { filters: action.even ? [even] : [] })
        peers.push({ peer, even: action.even, paused: false })
      } else if (action.do === 'toggle') {
        const one = peers[action.which]
        if (one === undefined) continue
        one.paused = !one.paused
        if (one.paused) one.peer.socket.pause()
        else one.peer.socket.resume()
      } else await new Promise((resolve) => setTimeout(resolve, 5))
    }
    for (const { peer } of peers) peer.socket.resume()
    record()
    record()
    const last = (isEven: boolean) => (isEven && serial % 2 === 1 ? serial - 1 : serial)
    expect(peers.length).toBeGreaterThan(4)
    for (const { peer, even: isEven } of peers) {
      await until('the last event', () => serialOf(peer.events.at(-1) ?? Buffer.from('')) === last(isEven), 30_000)
      const serials = peer.events.map(serialOf)
      const first = serials[0] as number
      const wanted = Array.from({ length: serial - first + 1 }, (_, index) => first + index)
      expect(serials).toEqual(wanted.filter((value) => !isEven || value % 2 === 0))
      peer.end()
    }
    await broker.close()
  })
})
