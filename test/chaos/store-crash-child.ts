/** A gateway's store in a process of its own, to be killed: applies a story, or delivers, and says what it has done. */
import { appendFileSync, readFileSync, writeSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Channel, Clock, Metrics } from '../../bridges/contract.ts'
import { startDelivery } from '../../src/deliver/start-delivery.ts'
import { failAt } from '../../src/record/fail-points.ts'
import { openStore } from '../../src/record/open-store.ts'
import { plan, silent } from '../record/fixtures.ts'
import { story } from './story.ts'

const [dataDir = '', does = '', failPoint, repeat = 'safe'] = process.argv.slice(2)
const say = (text: string) => writeSync(1, `${text}\n`)

const clock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  sleep: (ms, signal) => sleep(ms, undefined, { signal }),
}
const store = await openStore(dataDir, { log: silent, clock, failPoint: failPoint || undefined })
await store.configure(plan({}))

const applied = async (index: number) => {
  const sifted = story[index]
  if (sifted !== undefined) await store.apply(sifted)
  say(`applied ${index}`)
}
if (does === 'together') {
  await Promise.all(story.map((_, index) => applied(index)))
} else if (does === 'one-by-one') {
  for (const index of story.keys()) await applied(index)
} else {
  const sentFile = `${dataDir}/sent`
  const channel: Channel = {
    render: ([item]) => ({
      body: Buffer.from(item.event.ivoid),
      parts: [],
      key: `k-${item.event.ivoid}`,
      repeat: repeat as 'safe',
    }),
    deliver: async (message) => {
      appendFileSync(sentFile, `${message.key}\n`)
      const receipt = { id: String(readFileSync(sentFile, 'utf8').length), atMs: clock.now() }
      return { state: 'sent', receipt }
    },
    check: async () => {},
    close: async () => {},
  }
  const metrics: Metrics = { counter: () => ({ inc: () => {} }), gauge: () => ({ set: () => {} }) }
  const instances = new Map([['email', { channel, bridge: { maxInFlight: 1, accepts: 'event' as const } }]])
  const delivering = startDelivery({
    store,
    instances,
    clock,
    log: silent,
    metrics,
    failAt: failAt(failPoint || undefined),
  })
  for (;;) {
    const { states = {} } = (await store.ledger()).bridges[0] ?? {}
    if ((states.queued ?? 0) + (states.sending ?? 0) === 0) break
    await sleep(10)
  }
  await delivering.stop()
}
await store.close()
say('done')
