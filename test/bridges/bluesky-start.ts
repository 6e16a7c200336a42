/** A Bluesky and the bridge to it, for its tests. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach } from 'vitest'
import { bridge } from '../../bridges/bluesky/index.ts'
import type { Attempt, Item, Message, Outcome, Receipt } from '../../bridges/contract.ts'
import { type BlueskyStandIn, startBlueskyStandIn } from '../servers/bluesky.ts'
import { attemptOf, testHost } from './contract.ts'
import { sampleEvent, sampleItem } from './sample-item.ts'

export const identifier = 'fountain.test'
export const appPassword = 'abcd-efgh-ijkl-mnop'
export const networks = ['127.0.0.0/8']
export const creating = 'com.atproto.repo.createRecord'
export const stops: (() => Promise<void>)[] = []
/** The bridge's folder; it stays when the bridge is opened again. */
let folder = ''
export const itsFolder = () => folder
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'fountain-bluesky-'))
})
afterEach(async () => {
  for (const stop of stops.splice(0)) await stop()
  rmSync(folder, { recursive: true, force: true })
})

export interface World {
  readonly server: BlueskyStandIn
  readonly clock: { nowMs: number }
}
export async function started(): Promise<World> {
  const clock = { nowMs: Date.UTC(2026, 2, 1, 5, 38) }
  const server = await startBlueskyStandIn({ identifier, appPassword, now: () => clock.nowMs })
  stops.push(server.stop)
  return { server, clock }
}
/** As often as the gateway starts. */
export async function opened({ server, clock }: World, more: object = {}) {
  const plain = testHost()
  const host = { ...plain, folder: () => folder, clock: { ...plain.clock, now: () => clock.nowMs } }
  const settings = { service: server.url, identifier, appPassword, networks, ...more }
  const channel = await bridge.open(bridge.config.parse(settings), host)
  stops.push(() => channel.close())
  const deliver = (message: Message, attempt: Partial<Attempt> = {}) =>
    channel.deliver(message, { ...attemptOf(message), ...attempt })
  const send = (item: Item, attempt: Partial<Attempt> = {}) => deliver(channel.render([item], {}), attempt)
  return { channel, host, deliver, send, check: () => channel.check(AbortSignal.timeout(20_000)) }
}
export const start = async (more: object = {}) => {
  const world = await started()
  return { ...world, ...(await opened(world, more)) }
}
export const receiptOf = (outcome: Outcome): Receipt => {
  if (outcome.state === 'submitted') throw new Error('was not sent')
  return outcome.receipt
}
export const testEvent = { ...sampleItem, event: { ...sampleEvent, role: 'test' as const } }
