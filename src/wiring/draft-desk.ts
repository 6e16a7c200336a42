/** Where people and bridges meet over drafts: the store keeps them, their bridge reads, checks and writes them. */
import { createTwoFilesPatch } from 'diff'
import { type Bridge, type Channel, Refusal } from '../../bridges/contract.ts'
import type { Finding } from '../../bridges/draft.ts'
import { FountainError } from '../errors.ts'
import type { CitationMade, DraftDetail } from '../record/draft-port.ts'
import type { Changed, Store } from '../record/port.ts'
import type { DraftDesk, ShownDraft } from '../serve/draft-desk.ts'

export interface DeskStages {
  readonly store: Pick<Store, 'draft' | 'draftByToken' | 'editDraft' | 'approve' | 'dropDeliveries' | 'handedIn'>
  readonly instances: ReadonlyMap<
    string,
    { readonly bridge: Pick<Bridge, 'kind'>; readonly channel: Pick<Channel, 'drafting'> }
  >
  /** The page of a draft, by its token; absent without a public URL. */
  readonly draftUrl?: (token: string) => string
  readonly now: () => number
  /** Deliveries may be due that were not before. */
  wake(): void
  /** A citation was recorded: it may stand on the log. */
  cited(citations: readonly CitationMade[]): void
}

export function draftDesk(stages: DeskStages): DraftDesk {
  const { store, instances, now, wake } = stages
  const find = async (id: number): Promise<DraftDetail> => {
    const draft = await store.draft(id)
    if (draft === null) throw new FountainError('NOT_FOUND', `There is no draft ${id}.`)
    return draft
  }
  const draftingOf = ({ bridge }: DraftDetail) => instances.get(bridge)?.channel.drafting
  const shown = (draft: DraftDetail) => shownDraft(draft, draftingOf(draft), stages.draftUrl)

  return {
    show: async (id) => {
      const draft = await store.draft(id)
      return draft && shown(draft)
    },

    partByToken: async (token, place) => {
      const draft = await store.draftByToken(token)
      return draft?.state === 'held' ? (draft.message?.parts?.[place] ?? null) : null
    },
    byToken: async (token) => {
      const draft = await store.draftByToken(token)
      return draft && shown(draft)
    },

    async edit(id, change) {
      const draft = await find(id)
      const { message, state } = draft
      if (state !== 'held') throw new FountainError('DELIVERY_STATE', `${id} is ${state}, and must be held`)
      if (message === null) throw new FountainError('DRAFT_NOT_RENDERED', `${id} has no message yet`)
      const drafting = draftingOf(draft)
      if (drafting === undefined) throw new FountainError('DRAFT_NOT_EDITABLE', `${id} through ${draft.bridge}`)
      const { by, version = draft.version } = change
      if (version !== draft.version)
        throw new FountainError(
          'DRAFT_CHANGED',
          `you saw version ${version} of ${id}, and it is version ${draft.version}`,
        )
      const body =
        'original' in change
          ? (draft.versions[0]?.body ?? message.body)
          : understood('DRAFT_UNREADABLE', () => drafting.parse(change.text, message.body))
      if (!Buffer.from(body).equals(message.body)) await store.editDraft(id, { body, version, by, nowMs: now() })
      return shown(await find(id))
    },

    async approve(ids, { by, versions }) {
      const refused: Changed['refused'][number][] = []
      const seen: Record<number, number> = {}
      const wanted: number[] = []
      for (const id of new Set(ids)) {
        const draft = await store.draft(id)
        const refusal = draft?.state === 'held' ? refusalOf(draft, instances) : undefined
        if (refusal === undefined) wanted.push(id)
        else refused.push({ id, ...refusal })
        seen[id] = versions?.[id] ?? draft?.version ?? 0
      }
      const changed = await store.approve(wanted, { by, nowMs: now(), versions: seen })
      wake()
      return { done: changed.done, refused: [...refused, ...changed.refused] }
    },

    async discard(ids, { by, reason }) {
      const held: number[] = []
      const refused: Changed['refused'][number][] = []
      for (const id of new Set(ids)) {
        const draft = await store.draft(id)
        if (draft === null) refused.push({ id, code: 'NOT_FOUND', reason: `There is no draft ${id}.` })
        else if (draft.state === 'held') held.push(id)
        else refused.push({ id, code: 'DELIVERY_STATE', reason: `it is ${draft.state}, and must be held` })
      }
      const changed = await store.dropDeliveries(held, { by, reason, nowMs: now() })
      wake()
      return { done: changed.done, refused: [...refused, ...changed.refused] }
    },

    async sent(id, { by, receipt, kind }) {
      const draft = await find(id)
      const instance = instances.get(draft.bridge)
      if (kind !== undefined && instance !== undefined && instance.bridge.kind !== kind)
        throw new FountainError('RECEIPT_UNREADABLE', `${id} goes through ${draft.bridge}, which is no ${kind}`)
      // Nobody has published a night that never was; and nothing of ours says so.
      const test = findingsOf(draft, instance?.channel.drafting).find(
        ({ severity, code }) => severity === 'error' && code === 'TEST',
      )
      if (test !== undefined) throw new FountainError('DRAFT_HAS_ERRORS', `TEST: ${test.says}`)
      const read = instance?.channel.drafting?.readReceipt
      const known =
        read === undefined
          ? { id: receipt, title: receipt }
          : understood('RECEIPT_UNREADABLE', () => read.call(instance?.channel.drafting, receipt))
      const citation = await store.handedIn(id, { by, nowMs: now(), receipt: known })
      if (citation !== null) stages.cited([citation])
      return { title: known.title, url: known.url ?? null, citation }
    },
  }
}

/** What the bridge knows better than the store: whether there is one, and what is wrong with the message. */
function refusalOf(
  draft: DraftDetail,
  instances: DeskStages['instances'],
): { readonly code: string; readonly reason: string } | undefined {
  // The store says these, and better before anything of the text.
  if (draft.byHand || draft.silent !== null) return undefined
  // It may have one when the store looks: nobody has checked that.
  if (draft.message === null)
    return { code: 'DRAFT_NOT_RENDERED', reason: 'it has no message yet: look again in a moment' }
  const instance = instances.get(draft.bridge)
  if (instance === undefined) return { code: 'BRIDGE_NOT_LIVE', reason: `${draft.bridge} is configured no more` }
  const errors = findingsOf(draft, instance.channel.drafting).filter(({ severity }) => severity === 'error')
  if (errors.length === 0) return undefined
  return { code: 'DRAFT_HAS_ERRORS', reason: errors.map(({ code, says }) => `${code}: ${says}`).join(' ') }
}

/** A bridge says by a Refusal what it cannot understand. */
function understood<T>(code: 'DRAFT_UNREADABLE' | 'RECEIPT_UNREADABLE', read: () => T): T {
  try {
    return read()
  } catch (error) {
    if (error instanceof Refusal) throw new FountainError(code, error.reasons.join(' '), { cause: error })
    // Brackets within brackets, more of them than anybody reads.
    if (error instanceof RangeError) throw new FountainError(code, `It cannot be read: ${error.message}.`)
    throw error
  }
}

type Drafting = NonNullable<Channel['drafting']>

function findingsOf({ message, address }: DraftDetail, drafting: Drafting | undefined): readonly Finding[] {
  if (message === null || drafting === undefined) return []
  try {
    return drafting.lint(message.body, address)
  } catch (error) {
    // Nobody may say yes to what could not be looked at.
    return [
      { severity: 'error', code: 'DRAFT_UNCHECKED', says: `It could not be checked: ${(error as Error).message}.` },
    ]
  }
}

function textOf(body: Uint8Array, drafting: Drafting | undefined): string | null {
  if (drafting !== undefined) {
    try {
      return drafting.text(body)
    } catch {
      return null
    }
  }
  const text = Buffer.from(body).toString('utf8')
  return text.includes('\ufffd') || text.includes('\0') ? null : text
}

function shownDraft(draft: DraftDetail, drafting: Drafting | undefined, draftUrl: DeskStages['draftUrl']): ShownDraft {
  const { message, before, pageToken } = draft
  const text = message === null ? null : textOf(message.body, drafting)
  const handIn = message === null || text === null ? undefined : drafting?.handIn?.(message.body)
  return {
    id: draft.id,
    bridge: draft.bridge,
    subscription: draft.subscription,
    owner: draft.owner,
    state: draft.state,
    purpose: draft.purpose,
    ivoid: draft.ivoid,
    address: draft.address,
    createdMs: draft.createdMs,
    error: draft.error,
    about: draft.about,
    version: draft.version,
    text,
    editable: drafting !== undefined && text !== null && draft.state === 'held',
    byHand: draft.byHand,
    notLive: draft.silent,
    findings: findingsOf(draft, drafting),
    handIn: handIn ?? null,
    versions: draft.versions.map(({ version, by, atMs, body }) => ({
      version,
      by,
      atMs,
      text: textOf(body, drafting),
    })),
    before: before && {
      id: before.id,
      atMs: before.atMs,
      receiptId: before.receiptId,
      diff: diffOf(textOf(before.body, drafting), text, `delivery ${before.id}`, `draft ${draft.id}`),
    },
    pageUrl: draft.state === 'held' && pageToken !== null && draftUrl !== undefined ? draftUrl(pageToken) : null,
    parts: (message?.parts ?? []).map(({ name, mediaType, bytes }) => ({ name, mediaType, bytes: bytes.length })),
    approvedBy: draft.approvedBy,
    approvedMs: draft.approvedMs,
    receipt: draft.receipt,
  }
}

/** Longer texts are no messages that people compare by eye. */
const diffTimeoutMs = 500

/** Unified, with three lines around each change; empty where nothing differs. */
function diffOf(was: string | null, is: string | null, wasName: string, isName: string): string {
  if (was === null || is === null || was === is) return ''
  const patch = createTwoFilesPatch(wasName, isName, was, is, '', '', { context: 3, timeout: diffTimeoutMs })
  return patch === undefined ? '(the two are too different to be compared)' : patch.replace(/^=+\n/, '')
}
