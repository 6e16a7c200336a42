/** What a bridge renders, made of a delivery. */
import type { Item, Picture, PictureKind } from '../../bridges/contract.ts'
import type { VOEvent } from '../../vo/model/voevent.ts'
import type { DigestItem, EventDelivery } from '../flow.ts'
import type { Links } from './links.ts'

export type Pictures = ReadonlyMap<PictureKind, Picture>

/** What is made for an item beside its event; by the item's place. */
export interface Extras {
  readonly pictures: readonly Pictures[]
  readonly full: readonly (VOEvent | undefined)[]
}

/** The lead of a digest first, then its further items in order, each with what `extras` has for it. */
export function itemsOf(
  delivery: EventDelivery,
  takes: 'event' | 'digest',
  links: Links,
  extras: Extras,
): readonly [Item, ...Item[]] {
  const { followers, heldBack } = delivery
  // A bridge that takes one event shows the first and says how many there are.
  const more = takes === 'digest' ? [] : followers
  const shown = takes === 'digest' ? followers : []
  const item = (of: Pick<DigestItem, 'event' | 'context'>, index: number, held: number) =>
    itemOf(delivery, of, links, held, { pictures: extras.pictures[index] ?? new Map(), full: extras.full[index] })
  return [item(delivery, 0, heldBack + more.length), ...shown.map((follower, index) => item(follower, index + 1, 0))]
}

function itemOf(
  delivery: EventDelivery,
  { event, context }: Pick<DigestItem, 'event' | 'context'>,
  links: Links,
  heldBack: number,
  { pictures, full }: { readonly pictures: Pictures; readonly full: VOEvent | undefined },
): Item {
  if (event.model === undefined) throw new Error(`the event ${event.ivoid} has no model`)
  return {
    event: event.model,
    raw: event.raw,
    match: {
      // A filter of one subscription is stored under `private/`; its people know it by the subscription's name.
      filterName: context.filter.name.replace(/^private\//, ''),
      subscription: context.subscription,
      ...(context.stream === undefined ? {} : { streamTitle: context.stream.title, stream: context.stream.name }),
      // A simulated survey, `lsst-sim`, is rendered as the one that it plays: its events are tests, and say so.
      ...(context.survey === '' ? {} : { survey: context.survey.replace(/-sim$/, '') }),
      ...(context.objectId === null ? {} : { objectId: context.objectId }),
      columns: context.columns.map(({ definition: { name, unit }, value }) => ({
        name,
        value,
        ...(unit === undefined ? {} : { unit }),
      })),
      sequence: delivery.sequence,
      heldBack,
      ...(links.eventUrl === undefined ? {} : { eventUrl: links.eventUrl(event.ivoid) }),
      ...(links.unsubscribeUrl === undefined
        ? {}
        : { unsubscribeUrl: links.unsubscribeUrl(delivery.unsubscribeToken) }),
    },
    content: delivery.content,
    pictures,
    ...(full === undefined ? {} : { full }),
  }
}
