/**
 * The VTP feed on free ports of loopback, with what tests ask of it. Peers of tests answer authenticate, however busy
 * the machine is: who tests a silent one gives a short `greetMs`.
 */
import type { z } from 'zod'
import { vtpConfig } from '../../../bridges/vtp/config.ts'
import { feed } from '../../../bridges/vtp/index.ts'
import type { MemoryHost } from './memory-host.ts'
import { until } from './peer.ts'

export interface Broker {
  readonly host: MemoryHost
  readonly submitPlace: string
  readonly subscribePlace: string
  readonly submitPort: number
  readonly subscribePort: number
  status(): ReturnType<Awaited<ReturnType<typeof feed.open>>['status']>
  /** Resolves when a subscriber of this name (`anonymous` without) is connected; the n-th, when several are wanted. */
  connected(name: string, count?: number): Promise<void>
  close(): Promise<void>
}

export async function openBroker(host: MemoryHost, config: z.input<typeof vtpConfig> = {}): Promise<Broker> {
  const open = await feed.open(vtpConfig.parse({ submit: 0, subscribe: 0, greetMs: 10_000, ...config }), host)
  const place = (name: string) =>
    open
      .status()
      .listening.find((line) => line.startsWith(`${name} `))
      ?.slice(name.length + 1) ?? ''
  const port = (text: string) => Number(text.slice(text.lastIndexOf(':') + 1))
  const submitPlace = place('submit')
  const subscribePlace = place('subscribe')
  return {
    host,
    submitPlace,
    subscribePlace,
    submitPort: port(submitPlace),
    subscribePort: port(subscribePlace),
    status: () => open.status(),
    async connected(name, count = 1) {
      const there = () => open.status().peers.filter((peer) => peer.name === name).length >= count
      await until(`${count} subscriber(s) called ${name}`, there, 30_000)
    },
    close: () => open.close(),
  }
}
