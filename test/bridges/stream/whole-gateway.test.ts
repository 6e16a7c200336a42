/** The stream of a gateway that runs, is killed, and starts again: who follows loses nothing and gets nothing twice. */
import { expect, it, onTestFinished } from 'vitest'
import { gatewayHome, startGatewayProcess } from '../../gateway-process.ts'
import { Reader, soon, span } from './gateway.ts'

it('follows a gateway over a crash', async () => {
  const home = gatewayHome({
    authority: 'fountain.test',
    sources: { sky: { kind: 'simulator', seed: 7, factor: 200, alertsPerVisit: 40 } },
    streams: { all: { filter: 'SELECT id, mag FROM alert', title: 'All alerts' } },
    bridges: { stream: { greetMs: 0 } },
    http: { listen: '127.0.0.1:0' },
  })
  onTestFinished(() => home.remove())
  const seen: number[] = []
  for (const life of [1, 2]) {
    const gateway = await startGatewayProcess(home)
    const reader = new Reader(
      `${gateway.url.replace('http', 'ws')}/stream?test=1&format=summary&since=${seen.at(-1) ?? 0}`,
      {},
    )
    await reader.has(100)
    if (life === 1) {
      await gateway.kill()
      await soon(() => reader.closed?.code).toBe(1006)
    } else {
      const { feeds } = await gateway.status()
      expect(feeds).toMatchObject([{ name: 'stream', summary: '1 subscriber', listening: ['/stream', '/stream/sse'] }])
      expect(await gateway.stop()).toBe(0)
      await soon(() => reader.closed).toMatchObject({ code: 1001 })
    }
    for (const event of reader.events)
      expect(event).toMatchObject({ role: 'test', event: { alertId: expect.stringMatching(/^\d+$/) } })
    seen.push(...reader.seqs)
  }
  expect(seen).toEqual(span(1, seen.length))
}, 120_000)
