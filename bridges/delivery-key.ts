import { createHash } from 'node:crypto'
import type { Item } from './contract.ts'

/** The same for the same events, subscription and address, and for nothing else: 32 hexadecimal digits. */
export function deliveryKey(items: readonly [Item, ...Item[]], to: unknown): string {
  const ivoids = items.map(({ event }) => event.ivoid)
  return createHash('sha256')
    .update(JSON.stringify([ivoids, items[0].match.subscription, to]))
    .digest('hex')
    .slice(0, 32)
}
