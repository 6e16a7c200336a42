/** A delivery becomes the message that is stored, once; with pictures where they are wanted and can be made. */
import { createHash } from 'node:crypto'
import {
  type Audience,
  type Bridge,
  type Channel,
  type Counter,
  type Message,
  type PictureKind,
  Refusal,
} from '../../bridges/contract.ts'
import type { ConfirmationDelivery, Delivery, DigestItem, EventDelivery, StoredMessage } from '../flow.ts'
import { type Drafter, renderDraftNotice } from './draft-notice.ts'
import { type FullDetailOptions, fullDetailOf } from './full-detail.ts'
import { itemsOf, type Pictures } from './item.ts'
import type { Links } from './links.ts'

/** Makes pictures of one event; what cannot be made is absent. */
export type MakePictures = (
  item: Pick<DigestItem, 'event' | 'context'>,
  kinds: readonly PictureKind[],
  signal: AbortSignal,
) => Promise<Pictures>

export interface RenderOptions extends FullDetailOptions {
  readonly channel: Pick<Channel, 'render' | 'renderConfirmation' | 'renderDraftNotice'>
  readonly bridge: Pick<Bridge, 'accepts'> & Partial<Pick<Bridge, 'pictures' | 'detail'>>
  /** Who reads what goes out; absent: whoever the address is. */
  readonly audience?: Audience
  readonly links: Links
  /** All instances: a draft of one is told of through another. */
  readonly drafters: ReadonlyMap<string, Drafter>
  readonly pictures?: MakePictures
  /** Pictures that are not there by then are left out. */
  readonly picturesMs: number
  readonly picturesFailed: Counter
}

/** So many items of a digest have pictures: a mail is no atlas. */
const picturedItems = 5

/** Throws what the bridge throws, Refusal for a test that the public would read, and where a confirmation or a draft cannot be told of. */
export async function renderMessage(options: RenderOptions, delivery: Delivery): Promise<StoredMessage> {
  const message = await rendered(options, delivery)
  const { body, key, repeat, parts } = message
  return { body, key, repeat, ...(parts.length === 0 ? {} : { parts }) }
}

async function rendered(options: RenderOptions, delivery: Delivery): Promise<Message> {
  if (delivery.purpose === 'confirmation') return renderConfirmation(options, delivery)
  if (delivery.purpose === 'draft') return renderDraftNotice(options, delivery)
  return renderEvents(options, delivery)
}

async function renderEvents(options: RenderOptions, delivery: EventDelivery): Promise<Message> {
  const { channel, bridge, links, audience } = options
  if (audience === 'public') refuseTests(delivery)
  const [pictures, full] = await Promise.all([picturesOf(options, delivery), fullDetailOf(options, delivery)])
  return channel.render(itemsOf(delivery, bridge.accepts, links, { pictures, full }), delivery.address)
}

/** Whatever a bridge forgets: nobody in public is told of a night that never was. Throws Refusal. */
export function refuseTests(delivery: Delivery): void {
  if (delivery.purpose === 'confirmation' || delivery.purpose === 'draft') return
  const test = [delivery, ...delivery.followers].find(({ event }) => event.role === 'test')
  if (test === undefined) return
  throw new Refusal([`${test.event.ivoid} is a test (role="test"), and this bridge speaks to the public.`])
}

function renderConfirmation({ channel, links }: RenderOptions, delivery: ConfirmationDelivery): Message {
  const { confirmation, address, createdMs } = delivery
  if (confirmation === undefined) throw new Error('the request has no token any more: ask for the confirmation again')
  if (channel.renderConfirmation === undefined) throw new Error('this bridge cannot ask an address to confirm itself')
  if (links.confirmUrl === undefined) throw new Error('without `publicUrl` there is no page to confirm at')
  const { subscription, what, askedBy, token } = confirmation
  // The key goes into headers and logs, where the token must not be.
  const key = `confirm-${createHash('sha256').update(token).digest('hex').slice(0, 32)}`
  const request = { subscription, what, askedBy, confirmUrl: links.confirmUrl(token), key, atMs: createdMs }
  return channel.renderConfirmation(request, address)
}

/** Pictures by item, in order. Whatever goes wrong costs the pictures, never the message. */
async function picturesOf(options: RenderOptions, delivery: EventDelivery): Promise<readonly Pictures[]> {
  const { bridge, pictures, clock, log, name, picturesMs, picturesFailed } = options
  const kinds = bridge.pictures ?? []
  if (pictures === undefined || !delivery.pictures || kinds.length === 0 || delivery.purpose !== 'event') return []
  const items = [delivery, ...(bridge.accepts === 'digest' ? delivery.followers : [])].slice(0, picturedItems)
  const over = new AbortController()
  const limit = new AbortController()
  const late = clock.sleep(picturesMs, over.signal).then(
    () => {
      const reason = new Error(`no pictures within ${picturesMs} ms`)
      limit.abort(reason)
      throw reason
    },
    () => new Map() as Pictures,
  )
  try {
    return await Promise.all(
      items.map(async (item) => {
        try {
          return await Promise.race([pictures(item, kinds, limit.signal), late])
        } catch (error) {
          picturesFailed.inc({ bridge: name })
          log.warn(
            { id: delivery.id, ivoid: item.event.ivoid, error: String((error as Error).message) },
            'the message goes without pictures',
          )
          return new Map() as Pictures
        }
      }),
    )
  } finally {
    over.abort()
  }
}
