/** What routes, pages and commands may ask about drafts (docs/drafts.md); `src/wiring/draft-desk.ts` answers. Plain data. */
import type { Finding, HandIn } from '../../bridges/draft.ts'
import type { Receipt } from '../flow.ts'
import type { CitationMade } from '../record/draft-port.ts'
import type { Changed, DeliveryLine } from '../record/port.ts'

export interface ShownDraft
  extends Pick<
    DeliveryLine,
    'id' | 'bridge' | 'subscription' | 'owner' | 'state' | 'purpose' | 'ivoid' | 'address' | 'createdMs' | 'error'
  > {
  /** What it is about: the object's name. */
  readonly about: string
  /** 0 as it was rendered; a change gives the next. */
  readonly version: number
  /** Null before it is rendered, and where its message is no text. */
  readonly text: string | null
  readonly editable: boolean
  /** A yes sends nothing: a person hands it in. */
  readonly byHand: boolean
  /** Why nothing goes out, whoever says yes. */
  readonly notLive: string | null
  readonly findings: readonly Finding[]
  readonly handIn: HandIn | null
  readonly versions: readonly {
    readonly version: number
    /** Null: the bridge, which rendered it. */
    readonly by: string | null
    readonly atMs: number
    readonly text: string | null
  }[]
  /** What this address was told about the object last. `diff`: from that to this draft; empty where they are the same. */
  readonly before: {
    readonly id: number
    readonly atMs: number
    readonly receiptId: string | null
    readonly diff: string
  } | null
  /** Whoever has this link can read the draft. */
  readonly pageUrl: string | null
  readonly parts: readonly { readonly name: string; readonly mediaType: string; readonly bytes: number }[]
  readonly approvedBy: string | null
  readonly approvedMs: number | null
  readonly receipt: Receipt | null
}

export type DraftChange = { readonly text: string } | { readonly original: true }

export interface DraftDesk {
  /** Any delivery that is or was a draft; null for others. */
  show(id: number): Promise<ShownDraft | null>
  /** By the token in the link to its page. */
  byToken(token: string): Promise<ShownDraft | null>
  /** A part of a draft that still waits, by its place; null for anything else. */
  partByToken(token: string, place: number): Promise<{ readonly mediaType: string; readonly bytes: Uint8Array } | null>
  /**
   * `version`: the one that the person saw; absent: the newest. A text that says the same makes no version. Throws
   * NOT_FOUND, DELIVERY_STATE, DRAFT_NOT_RENDERED, DRAFT_NOT_EDITABLE, DRAFT_CHANGED, DRAFT_UNREADABLE.
   */
  edit(id: number, change: DraftChange & { readonly by: string; readonly version?: number }): Promise<ShownDraft>
  /** Refused is, beside what the store refuses, a draft with errors (DRAFT_HAS_ERRORS). */
  approve(
    ids: readonly number[],
    options: { readonly by: string; readonly versions?: Readonly<Record<number, number>> },
  ): Promise<Changed>
  discard(ids: readonly number[], options: { readonly by: string; readonly reason: string }): Promise<Changed>
  /**
   * A person handed it in. `kind`: of the bridge that they think it is. Throws NOT_FOUND, DELIVERY_STATE,
   * DRAFT_NOT_BY_HAND, DRAFT_HAS_ERRORS (of a test alone), RECEIPT_UNREADABLE.
   */
  sent(
    id: number,
    options: { readonly by: string; readonly receipt: string; readonly kind?: string },
  ): Promise<{ readonly title: string; readonly url: string | null; readonly citation: CitationMade | null }>
}
