/** A post within the limits of its instance. What is stored is the text, its pictures' words, and how it is shown. */
import type { Audience, Item, Message } from '../contract.ts'
import { deliveryKey } from '../delivery-key.ts'
import type { Finding } from '../draft.ts'
import { lintPost, type Post, picturesOf, writePost } from '../post-draft.ts'
import { linksIn } from '../post-links.ts'
import { postKind, refuseTest, type Texts } from '../post-text.ts'
import type { Account, InstanceLimits } from './instance.ts'

export interface MastodonPost extends Post {
  readonly visibility: Visibility
  /** ISO 639-1. */
  readonly language: string
}
export const visibilities = ['public', 'unlisted', 'private'] as const
export type Visibility = (typeof visibilities)[number]

export interface RenderSettings {
  readonly instance: string
  readonly visibility: Visibility
  readonly language: string
  readonly links: boolean
}

/** Pure. Throws `Refusal` for a test where the public reads. */
export function renderMastodon(
  item: Item,
  settings: RenderSettings,
  texts: Texts,
  limits: InstanceLimits,
  audience: Audience,
): Message {
  refuseTest(item, audience)
  const kind = postKind(item)
  const { pictures, parts } = picturesOf(item, kind)
  const fits = (text: string) => postLength(text, limits.charactersPerUrl) <= limits.characters
  const post: MastodonPost = {
    kind,
    test: item.event.role === 'test',
    text: texts.of(item, { fits, links: settings.links }),
    pictures,
    visibility: settings.visibility,
    language: settings.language,
  }
  return { body: writePost(post), parts, key: deliveryKey([item], settings.instance), repeat: 'never' }
}

const graphemes = new Intl.Segmenter('en', { granularity: 'grapheme' })

/** A longer one is none to those who count. */
const mostUrl = 2000

/** As Mastodon counts: graphemes, and any URL as `charactersPerUrl`. A host that it takes for none counts in full. */
export function postLength(text: string, charactersPerUrl: number): number {
  let rest = text
  let length = 0
  for (const { start, end, text: link } of linksIn(text).toReversed()) {
    rest = `${rest.slice(0, start)}${rest.slice(end)}`
    const isKnown = /^https?:\/\/(?:[a-z0-9-]+\.)+[a-z]{2,}(?:[:/?#]|$)/i.test(link)
    length += isKnown && link.length <= mostUrl ? charactersPerUrl : Math.max(charactersPerUrl, link.length)
  }
  return length + [...graphemes.segment(rest)].length
}

export function lintMastodon(post: MastodonPost, limits: InstanceLimits, account: Account | undefined): Finding[] {
  const findings = lintPost('MASTODON', post, {
    lengths: [{ is: postLength(post.text, limits.charactersPerUrl), most: limits.characters, unit: 'characters' }],
    mostAlt: limits.altCharacters,
    links: true,
  })
  if (account?.bot !== false) return findings
  const says = `${account.name} is not marked as automated.`
  const fix = 'In its profile’s settings, say that this is an automated account.'
  return [...findings, { severity: 'warning', code: 'MASTODON_NO_BOT_FLAG', says, fix }]
}
