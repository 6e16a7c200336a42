/** What is stored for a command: a head line for the gateway, then its standard input; a packet is a shared part. */
import { createHash } from 'node:crypto'
import { writeJson3 } from '../../vo/voevent-3/json-write.ts'
import { DeliveryError, type Item, type Message } from '../contract.ts'
import { deliveryKey } from '../delivery-key.ts'
import { eventJson } from '../event-json.ts'
import { oneLine } from '../words.ts'

interface Head {
  readonly command: string
  readonly kind: 'event' | 'retraction'
  readonly ivoid: string
  readonly role: string
  readonly filter: string
  readonly subscription: string
}

export function renderInput(
  item: Item,
  to: string,
  { format, repeat }: { format: 'json' | 'voevent-xml' | 'voevent-3-json'; repeat: 'safe' | 'never' },
): Message {
  const { event, raw, match } = item
  const retracts = event.citations?.events.some(({ cite }) => cite === 'retraction') ?? false
  const head: Head = {
    command: to,
    kind: retracts ? 'retraction' : 'event',
    // These go into its environment, which holds no NUL.
    ivoid: oneLine(event.ivoid, 2000),
    role: event.role,
    filter: oneLine(match.filterName, 200),
    subscription: oneLine(match.subscription, 200),
  }
  const text = format === 'json' ? eventJson(item) : format === 'voevent-3-json' ? writeJson3(event) : ''
  const { bytes, mediaType } = raw
  return {
    body: Buffer.from(`${JSON.stringify(head)}\n${text}`),
    parts:
      format === 'voevent-xml'
        ? [{ hash: createHash('sha256').update(bytes).digest('hex'), mediaType, name: 'voevent.xml', bytes }]
        : [],
    key: deliveryKey([item], to),
    repeat,
  }
}

/** Throws DeliveryError where nothing is stored to be read. */
export function readStored({ body, parts }: Pick<Message, 'body' | 'parts'>): { head: Head; input: Uint8Array } {
  const stored = Buffer.from(body)
  const end = stored.indexOf('\n')
  if (end < 0) throw new DeliveryError('reject', 'no', 'the stored message has no head')
  const head = JSON.parse(stored.toString('utf8', 0, end)) as Head
  return { head, input: parts[0]?.bytes ?? stored.subarray(end + 1) }
}
