/**
 * What is stored of a webhook: a head line for the gateway, then the JSON for the subscriber. Pictures are parts, and
 * come into the JSON when it is sent: many addresses share them.
 */
import { createHash } from 'node:crypto'
import type { Item, Message, Part } from '../contract.ts'
import { deliveryKey } from '../delivery-key.ts'
import { digestJson, eventJson } from '../event-json.ts'

/** X-Fountain-Event. */
type Kind = 'event' | 'retraction' | 'digest'

interface Head {
  readonly url: string
  readonly subscription: string
  readonly kind: Kind
  readonly pictures: readonly {
    readonly hash: string
    readonly ivoid: string
    readonly kind: string
    readonly mediaType: string
    readonly widthPx: number
    readonly heightPx: number
  }[]
}

export function renderWebhook(items: readonly [Item, ...Item[]], to: { readonly url: string }): Message {
  const [first] = items
  const single = items.length === 1
  const retracts = first.event.citations?.events.some(({ cite }) => cite === 'retraction') ?? false
  const parts = new Map<string, Part>()
  const pictures = items.flatMap(({ event, pictures: made }) =>
    [...made].map(([kind, { mediaType, bytes, widthPx, heightPx }]) => {
      const hash = createHash('sha256').update(bytes).digest('hex')
      parts.set(hash, { hash, mediaType, name: `${kind}-${hash.slice(0, 12)}`, bytes })
      return { hash, ivoid: event.ivoid, kind, mediaType, widthPx, heightPx }
    }),
  )
  const head: Head = {
    url: to.url,
    subscription: first.match.subscription,
    kind: single ? (retracts ? 'retraction' : 'event') : 'digest',
    pictures,
  }
  const json = single ? eventJson(first) : digestJson(items)
  return {
    body: Buffer.from(`${JSON.stringify(head)}\n${json}`),
    parts: [...parts.values()],
    key: deliveryKey(items, to.url),
    // Receivers fold a repeat by the Idempotency-Key: a rare double is better than a lost event.
    repeat: 'safe',
  }
}

/** Where a stored message goes, and the bytes that go there: the same for every attempt. */
export function readStored({ body, parts }: Pick<Message, 'body' | 'parts'>): {
  url: string
  subscription: string
  kind: Kind
  json: Buffer
} {
  const stored = Buffer.from(body)
  const end = stored.indexOf('\n')
  const { pictures, ...head } = JSON.parse(stored.toString('utf8', 0, end)) as Head
  const json = stored.subarray(end + 1)
  if (pictures.length === 0) return { ...head, json }
  const bytesOf = new Map(parts.map((part) => [part.hash, part.bytes]))
  const shown = pictures.map(({ hash, ...picture }) => ({
    ...picture,
    base64: Buffer.from(bytesOf.get(hash) ?? []).toString('base64'),
  }))
  return {
    ...head,
    json: Buffer.concat([json.subarray(0, -1), Buffer.from(`,"pictures":${JSON.stringify(shown)}}`)]),
  }
}
