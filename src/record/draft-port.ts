/** The part of the store's door that knows drafts: messages that wait for a person's yes. Plain data. */
import type { By, Changed, DeliveryDetail } from './port.ts'

export interface DraftDetail extends DeliveryDetail {
  /** The object's name, else the event's. */
  readonly about: string
  /** The instance's messages go out by hand alone. */
  readonly byHand: boolean
  /** Why nothing goes out through the instance, whoever says yes; null where it does. */
  readonly silent: string | null
  /** The version that would go out; 0 as it was rendered. */
  readonly version: number
  /** Oldest first; empty where nobody has changed it. */
  readonly versions: readonly DraftVersion[]
  /** The last message about the same object that reached the same address. */
  readonly before: {
    readonly id: number
    readonly atMs: number
    readonly receiptId: string | null
    readonly body: Uint8Array
  } | null
  /** Part of the link to its page, never of a log. */
  readonly pageToken: string | null
}
export interface DraftVersion {
  readonly version: number
  /** Null: the bridge, which rendered it. */
  readonly by: string | null
  readonly atMs: number
  readonly body: Uint8Array
}

/** What a person made of it: the name that the other side gave it, the public's name, and its page. */
export interface HandedIn {
  readonly id: string
  readonly title: string
  readonly url?: string
}
/** An event of ours that says where another one was published. `seq`: null where the original stands on no log. */
export interface CitationMade {
  readonly ivoid: string
  readonly seq: number | null
}

export interface Drafts {
  /** Any delivery that is or was a draft; null for others. */
  draft(id: number): Promise<DraftDetail | null>
  /** By the token of its page. */
  draftByToken(token: string): Promise<DraftDetail | null>
  /**
   * A new version of a held draft; the earlier ones are kept. `version`: the one that the person saw. Gives the new one.
   * Throws NOT_FOUND, DELIVERY_STATE, DRAFT_NOT_RENDERED, DRAFT_CHANGED.
   */
  editDraft(id: number, change: By & { readonly body: Uint8Array; readonly version: number }): Promise<number>
  /**
   * held → queued. `versions`: what the caller has looked at, by number of the delivery; another one is refused. Refused
   * are, too, what is not rendered, and what goes out by hand or through a bridge that is not live. To discard a draft,
   * drop it.
   */
  approve(
    ids: readonly number[],
    options: By & { readonly versions?: Readonly<Record<number, number>> },
  ): Promise<Changed>
  /**
   * held, parked, dropped → sent, of a bridge that is `byHand`: a person handed it in. Our event gets a citation of it,
   * unless it has that one or is no event of ours; where it was retracted meanwhile a draft of the retraction waits. Throws NOT_FOUND, DELIVERY_STATE, DRAFT_NOT_RENDERED, DRAFT_NOT_BY_HAND.
   */
  handedIn(id: number, options: By & { readonly receipt: HandedIn }): Promise<CitationMade | null>
}
