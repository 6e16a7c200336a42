/** Tells a person that a draft waits: its text, what is wrong with it, and how to say yes. */
import { createHash } from 'node:crypto'
import type { Channel, Message } from '../../bridges/contract.ts'
import type { DraftNoticeDelivery } from '../flow.ts'
import type { Links } from './links.ts'

/** The bridge that would send the draft. */
export interface Drafter {
  readonly channel: Pick<Channel, 'drafting'>
  readonly bridge: { readonly byHand?: boolean }
}

export interface DraftNoticeOptions {
  /** The bridge that carries the notice. */
  readonly channel: Pick<Channel, 'renderDraftNotice'>
  readonly links: Links
  /** By instance. */
  readonly drafters: ReadonlyMap<string, Drafter>
}

/** Throws where the draft is decided already, its bridge is configured no more, or this bridge cannot tell of it. */
export function renderDraftNotice(options: DraftNoticeOptions, delivery: DraftNoticeDelivery): Message {
  const { channel, links, drafters } = options
  const { draft, address, createdMs } = delivery
  if (draft === undefined) throw new Error('the draft does not wait any more')
  if (channel.renderDraftNotice === undefined) throw new Error('this bridge cannot tell a person of a draft')
  const drafter = drafters.get(draft.bridge)
  if (drafter === undefined) throw new Error(`there is no bridge ${draft.bridge} any more: the draft cannot be shown`)
  const { drafting } = drafter.channel
  const handIn = drafting?.handIn?.(draft.body)
  return channel.renderDraftNotice(
    {
      id: draft.id,
      bridge: draft.bridge,
      subscription: draft.subscription,
      about: draft.about,
      text: drafting === undefined ? plainText(draft.body) : drafting.text(draft.body),
      findings: drafting === undefined ? [] : drafting.lint(draft.body, draft.address),
      ...(handIn === undefined ? {} : { handIn }),
      ...(links.draftUrl === undefined ? {} : { pageUrl: links.draftUrl(draft.pageToken) }),
      how: howToSayYes(draft.id, drafter.bridge.byHand ?? false),
      parts: draft.parts,
      // Of this draft in this data directory alone; the key goes into headers and logs, where the token must not be.
      key: `draft-${createHash('sha256').update(draft.pageToken).digest('hex').slice(0, 32)}`,
      atMs: createdMs,
    },
    address,
  )
}

const howToSayYes = (id: number, byHand: boolean): string =>
  byHand
    ? `hand it in, then tell what it became: fountain drafts sent ${id} --receipt <its number>`
    : `fountain drafts approve ${id}`

/** Of a bridge that has no words for its drafts. */
function plainText(body: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(body)
  } catch {
    return `(${body.length} bytes that are no text)`
  }
}
