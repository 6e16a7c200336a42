/** What a bridge renders, made of a delivery. */
import type { Item } from '../../bridges/contract.ts'
import type { Delivery } from '../flow.ts'

/** Links into the gateway's own HTTP; absent without a public URL. */
export interface Links {
  readonly eventUrl?: (ivoid: string) => string
  readonly unsubscribeUrl?: (subscription: string) => string
}

export function itemOf(delivery: Delivery, links: Links): Item {
  const { event, context, heldBack } = delivery
  if (event.model === undefined) throw new Error(`the event ${event.ivoid} has no model`)
  return {
    event: event.model,
    raw: event.raw,
    match: {
      // A filter of one subscription is stored under `private/`; its people know it by the subscription's name.
      filterName: context.filter.name.replace(/^private\//, ''),
      subscription: context.subscription,
      ...(context.stream === undefined ? {} : { streamTitle: context.stream.title }),
      columns: context.columns.map(({ definition: { name, unit }, value }) => ({
        name,
        value,
        ...(unit === undefined ? {} : { unit }),
      })),
      heldBack,
      ...(links.eventUrl === undefined ? {} : { eventUrl: links.eventUrl(event.ivoid) }),
      ...(links.unsubscribeUrl === undefined ? {} : { unsubscribeUrl: links.unsubscribeUrl(context.subscription) }),
    },
    content: 'full',
    pictures: new Map(),
  }
}
