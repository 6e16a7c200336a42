/** A post for X, within its 280 weighted characters; what is stored is a `Post`, and the request is made of it. */
import type { Audience, Item, Message } from '../contract.ts'
import { deliveryKey } from '../delivery-key.ts'
import type { Finding } from '../draft.ts'
import { lintPost, type Post, picturesOf, writePost } from '../post-draft.ts'
import { bareHostsIn, linksIn } from '../post-links.ts'
import { postKind, refuseTest, type Texts } from '../post-text.ts'
import type { XConfig } from './config.ts'
import { mostAlt, mostImageBytes, mostImages } from './media.ts'
import { dollars } from './spending.ts'
import { mostWeight, weightOf } from './weight.ts'

export function renderX(item: Item, to: object, texts: Texts, { links }: XConfig, audience: Audience): Message {
  refuseTest(item, audience)
  const kind = postKind(item)
  const pictures = new Map(
    [...item.pictures].filter(([, { bytes }]) => bytes.length <= mostImageBytes).slice(0, mostImages),
  )
  const shown = picturesOf({ ...item, pictures }, kind)
  const post: Post = {
    kind,
    test: item.event.role === 'test',
    text: texts.of(item, { fits: (text) => weightOf(text) <= mostWeight, links }),
    pictures: shown.pictures,
  }
  // X folds no repeats: what may have arrived is looked for by a person, and never sent again by itself.
  return { body: writePost(post), parts: shown.parts, key: deliveryKey([item], to), repeat: 'never' }
}

/** X takes what looks like a host name for a link, and its price. */
export function holdsLink(text: string): boolean {
  return linksIn(text).length > 0 || bareHostsIn(text).length > 0
}

export function priceUsd({ text, pictures }: Post, { prices }: Pick<XConfig, 'prices'>): number {
  return (holdsLink(text) ? prices.postWithUrl : prices.post) + pictures.length * prices.media
}

export function lintX(post: Post, settings: XConfig, todayUsd: number): readonly Finding[] {
  const { links, prices, spendPerDayUsd } = settings
  const why = `X takes ${dollars(prices.postWithUrl)} for a post with one instead of ${dollars(prices.post)} (links: false)`
  const findings = lintPost('X', post, {
    lengths: [{ is: weightOf(post.text), most: mostWeight, unit: 'weighted characters' }],
    mostAlt,
    links: links ? true : why,
  })
  const usd = priceUsd(post, settings)
  const says = `It costs about ${dollars(usd)}; today ${dollars(todayUsd)} of ${dollars(spendPerDayUsd)} are spent.`
  return [
    ...findings,
    usd > spendPerDayUsd
      ? { severity: 'error', code: 'X_TOO_DEAR', says, fix: 'Raise spendPerDayUsd, or take the link away.' }
      : { severity: 'note', code: 'X_COST', says },
    {
      severity: 'note',
      code: 'X_AUTOMATED',
      says: 'X wants automated accounts to carry the label “Automated”, to name who runs them, and to mention nobody unasked.',
    },
  ]
}
