/**
 * Drafts: messages that a person reads, may change, and says yes to (docs/drafts.md). Of a bridge this wants text that
 * people can read, a way back from a changed text, and what is wrong with it; who may say yes, versions and the rest
 * are the gateway's business.
 */
import type { Part } from './contract.ts'

/** All of it is synchronous and asks nobody outside; it may look at what the bridge keeps in its folder. */
export interface Drafting<Address = unknown> {
  /** The message as plain text. `parse` of it gives the same body again. */
  text(body: Uint8Array): string
  /** The body that a changed text stands for. Throws `Refusal` with what cannot be understood, never for what `lint` says. */
  parse(text: string, original: Uint8Array): Uint8Array
  /** What is wrong or doubtful. An `error` forbids the yes until the text is changed. */
  lint(body: Uint8Array, to: Address): readonly Finding[]
  /** Where a person hands it in, for bridges that are `byHand`. */
  handIn?(body: Uint8Array): HandIn
  /** `drafts sent --receipt`: the text of a person in the form that is stored, and its page. Throws `Refusal`. */
  readReceipt?(text: string): { readonly id: string; readonly title: string; readonly url?: string }
}

export interface Finding {
  readonly severity: 'error' | 'warning' | 'note'
  /** Upper case, by the bridge: `ATEL_TOO_LONG`. */
  readonly code: string
  /** A sentence. */
  readonly says: string
  /** What to do about it. */
  readonly fix?: string
}

export interface HandIn {
  /** The page where it is handed in: with the form filled in where its service allows that. */
  readonly url: string
  readonly prefilled: boolean
  /** What a person copies, field by field, in the order of the form. */
  readonly fields: readonly { readonly label: string; readonly value: string }[]
}

/** What somebody is told when a draft waits. */
export interface DraftNotice {
  readonly id: number
  /** The instance that would send it: `atel`. */
  readonly bridge: string
  readonly subscription: string
  /** What it is about: the object's name. */
  readonly about: string
  readonly text: string
  readonly findings: readonly Finding[]
  readonly handIn?: HandIn
  /** The draft's page, read-only; absent without a public URL. */
  readonly pageUrl?: string
  /** How to say yes, in words: a command. */
  readonly how: string
  /** Pictures of the draft. */
  readonly parts: readonly Part[]
  readonly key: string
  readonly atMs: number
}
