/** A bridge to X and the stand-in that it posts to. */
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach } from 'vitest'
import type { Attempt, Item, Outcome, Receipt } from '../../bridges/contract.ts'
import { bridge } from '../../bridges/x/index.ts'
import { startXStandIn, type XStandIn } from '../servers/x.ts'
import { attemptOf, testHost } from './contract.ts'
import { itemNumber, sampleItem } from './sample-item.ts'

export const keys = {
  consumerKey: 'consumer-key-1234567',
  consumerSecret: 'consumer-secret-word&%',
  accessToken: '2244994945-access-token',
  accessTokenSecret: 'access-token-secret-word',
}
export const networks = ['127.0.0.0/8']
export const nowMs = Date.UTC(2026, 2, 1, 5, 38)
const servers: XStandIn[] = []
afterEach(async () => {
  for (const server of servers.splice(0)) await server.stop()
})

export async function opened(more: object = {}, options: object = {}, folder?: string) {
  const x = await startXStandIn({ ...keys, ...options })
  servers.push(x)
  const at = folder ?? mkdtempSync(join(tmpdir(), 'fountain-x-'))
  const clock = { ms: nowMs }
  const test = testHost()
  const host = { ...test, folder: () => at, clock: { ...test.clock, now: () => clock.ms } }
  const settings = bridge.config.parse({ ...keys, api: x.api, networks, ...more })
  const channel = await bridge.open(settings, host)
  const send = (item: Item, attempt: Partial<Attempt> = {}) => {
    const message = channel.render([item], {})
    return channel.deliver(message, { ...attemptOf(message), ...attempt })
  }
  return { x, host, channel, send, folder: at, clock, settings }
}
export const receiptOf = (outcome: Outcome): Receipt => {
  if (outcome.state === 'submitted') throw new Error('was not sent')
  return outcome.receipt
}
export const followup = (n: number): Item => ({ ...itemNumber(n), match: { ...sampleItem.match, sequence: 2 } })
export const linked: Item = {
  ...sampleItem,
  match: { ...sampleItem.match, eventUrl: 'https://fountain.example.org/events?ID=1' },
}
