/** A post within the limits of the lexicon. What is stored is the text with its links, its pictures and its record key. */
import type { Audience, Item, Message } from '../contract.ts'
import { deliveryKey } from '../delivery-key.ts'
import type { Finding } from '../draft.ts'
import { lintPost, type Post, picturesOf, readPost, writePost } from '../post-draft.ts'
import { postKind, refuseTest, type Texts } from '../post-text.ts'
import type { Account } from './account.ts'
import { bytesOf, fitsPost, graphemesOf, mostBytes, mostGraphemes, recordKey } from './record.ts'

export interface BlueskyPost extends Post {
  readonly rkey: string
  /** ISO 639-1. */
  readonly language: string
  /** Width and height by the hash of a picture. */
  readonly sizesPx: Readonly<Record<string, readonly [width: number, height: number]>>
}

export interface RenderSettings {
  readonly service: string
  readonly identifier: string
  readonly language: string
  readonly links: boolean
}

/** The lexicon sets none; Bluesky's own app takes no more. */
const mostAlt = 2000

/** Pure. Throws `Refusal` for a test where the public reads. */
export function renderBluesky(item: Item, settings: RenderSettings, texts: Texts, audience: Audience): Message {
  refuseTest(item, audience)
  const { service, identifier, language, links } = settings
  const kind = postKind(item)
  const { pictures, parts } = picturesOf(item, kind)
  const key = deliveryKey([item], [service, identifier])
  const sizes = [...item.pictures.values()].map(({ widthPx, heightPx }) => [widthPx, heightPx] as const)
  const post: BlueskyPost = {
    kind,
    test: item.event.role === 'test',
    text: texts.of(item, { fits: fitsPost, links }),
    pictures,
    rkey: recordKey(key, Date.parse(`${item.event.who?.date}Z`)),
    language,
    sizesPx: Object.fromEntries(pictures.map(({ hash }, index) => [hash, sizes[index] ?? [1, 1]])),
  }
  return { body: writePost(post), parts, key, repeat: 'safe' }
}

export function lintBluesky(body: Uint8Array, account: Account | undefined): Finding[] {
  const post = readPost<BlueskyPost>(body)
  const findings = lintPost('BLUESKY', post, {
    lengths: [
      { is: graphemesOf(post.text), most: mostGraphemes, unit: 'characters' },
      { is: bytesOf(post.text), most: mostBytes, unit: 'bytes' },
    ],
    mostAlt,
    links: true,
  })
  if (account?.bot !== false) return findings
  const says = `${account.name} does not label itself as a bot.`
  const fix = 'Settings, Account, Automation label; the account’s description should name you.'
  return [...findings, { severity: 'warning', code: 'BLUESKY_NO_BOT_LABEL', says, fix }]
}
