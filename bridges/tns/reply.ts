/**
 * What became of a report: `get/bulk-report-reply`. Acceptance is known from here alone, never from the answer to the
 * submission. 404 is "not yet", and sometimes for ever; 400 is processed and refused; 200 is processed.
 */
import { z } from 'zod'
import { DeliveryError, type Looked, type Receipt } from '../contract.ts'
import { hideSecrets } from '../hide-secrets.ts'
import { oneLine } from '../words.ts'
import { type Context, isRecord, post } from './api.ts'
import { fullName, searchName } from './known.ts'

const handle = z.object({
  reportId: z.int().nonnegative(),
  submittedMs: z.number(),
  key: z.string(),
  internalName: z.string(),
  /** What a new object is called before its name, where TNS does not say it. */
  prefix: z.string(),
})
export type Handle = z.output<typeof handle>

const firstLookMs = 5000
const longestLookMs = 60_000
/** TNS takes seconds. What it does not know after so long, it has lost: that happens. */
const lostAfterMs = 600_000

export function submitted(of: Handle, nowMs: number): Extract<Looked, { state: 'submitted' }> {
  const ageMs = Math.max(0, nowMs - of.submittedMs)
  const lookAfterMs = Math.round(Math.min(longestLookMs, Math.max(firstLookMs, ageMs / 2)))
  return { state: 'submitted', handle: JSON.stringify(of), lookAfterMs }
}

/** One question. Throws DeliveryError: `reject` with TNS's reasons, `retry` where the answer cannot be read. */
export async function lookForReply(context: Context, text: string, signal: AbortSignal): Promise<Looked> {
  const of = handleIn(text)
  // Sent again it is folded, if TNS did have it.
  if (of === undefined)
    return { state: 'lost', why: 'TNS gave no number by which this submission could be asked about' }
  // At the top level: within `data` TNS does not see it.
  const form = { report_id: `${of.reportId}` }
  const path = 'get/bulk-report-reply'
  const answers = [200, 400, 404]
  const { status, fields } = await post(context, path, form, { signal, reached: 'maybe', answers }).catch(noVerdict)
  const nowMs = context.nowMs()
  if (status === 404) {
    if (nowMs - of.submittedMs < lostAfterMs) return submitted(of, nowMs)
    return { state: 'lost', why: `TNS took the report as ${of.reportId} and knows nothing of it after ten minutes` }
  }
  const verdict = withoutKey(verdictOf(fields.data, of), context.settings.bot.apiKey)
  const receipt = (name: string, reply: string): Receipt => ({ ...receiptOf(name, context), atMs: nowMs, reply })
  if (verdict.is === 'accepted') return { state: 'sent', receipt: receipt(verdict.name, verdict.says) }
  if (verdict.is === 'identical') {
    // An empty name would find anything.
    const name =
      of.internalName === ''
        ? undefined
        : await searchName(context, of.internalName, { signal, reached: 'maybe' }).catch(noVerdict)
    // Identical to what TNS still works on: nobody can name it yet.
    if (name === undefined)
      return {
        state: 'duplicate',
        receipt: { id: of.internalName || `report ${of.reportId}`, atMs: nowMs, reply: verdict.says },
      }
    return { state: 'duplicate', receipt: receipt(name, verdict.says) }
  }
  if (verdict.is === 'refused') throw new DeliveryError('reject', 'no', verdict.says)
  const words = oneLine(hideSecrets(JSON.stringify(fields), [context.settings.bot.apiKey]), 300)
  throw new DeliveryError('retry', 'maybe', `${path}: ${status}, and no verdict in it: ${words}`)
}

/** Where TNS refuses the question, nothing is said of the report. */
function noVerdict(error: unknown): never {
  if (!(error instanceof DeliveryError) || error.kind !== 'reject') throw error
  throw new DeliveryError('retry', 'maybe', error.reply)
}

/** The receipt of an object of TNS: `AT2026abc`, and its page. */
export function receiptOf(name: string, { places }: Context): Pick<Receipt, 'id' | 'cites'> {
  const bare = name.split(' ').at(-1) ?? name
  return {
    id: name.replaceAll(' ', ''),
    cites: { title: name, url: `${places.site}/object/${encodeURIComponent(bare)}` },
  }
}

/** Undefined for what no submission gave: the key of a delivery whose end nobody knows. */
function handleIn(text: string): Handle | undefined {
  try {
    return handle.parse(JSON.parse(text))
  } catch {
    return undefined
  }
}

type Verdict =
  | { readonly is: 'accepted'; readonly name: string; readonly says: string }
  | { readonly is: 'identical' | 'refused'; readonly says: string }
  | { readonly is: 'unknown' }

/** Each value that TNS found fault with may be one that it was sent. */
function withoutKey(verdict: Verdict, apiKey: string): Verdict {
  return verdict.is === 'unknown' ? verdict : { ...verdict, says: hideSecrets(verdict.says, [apiKey]) }
}

/** 100 inserted, 101 attached to an object that was there; below 100 faults; the rest is information. */
export function verdictOf(data: unknown, { key, prefix }: Pick<Handle, 'key' | 'prefix'>): Verdict {
  const feedback = isRecord(data) && isRecord(data.feedback) ? data.feedback.at_report : undefined
  const entry = entryOf(feedback, key)
  if (entry === undefined) return { is: 'unknown' }
  const { internal_ids: _, ...rest } = entry
  const said = messagesIn(rest)
  const says = said.map(({ at, message }) => (at === '' ? message : `${at}: ${message}`)).join('; ')
  for (const code of ['100', '101']) {
    const one = entry[code]
    if (!isRecord(one) || typeof one.objname !== 'string' || one.objname === '') continue
    // A name that was changed on the way (121) is the one that holds.
    const renamed = isRecord(entry['121']) ? entry['121'].new_object_name : undefined
    if (typeof renamed === 'string' && renamed !== '') return { is: 'accepted', name: oneLine(renamed, 40), says }
    return { is: 'accepted', name: fullName(one.prefix ?? (code === '100' ? prefix : ''), one.objname), says }
  }
  if (said.some(({ id, message }) => id === 5 || /identical AT report/i.test(message))) return { is: 'identical', says }
  const faults = said.filter(({ id }) => id === undefined || id < 100)
  return faults.length > 0 ? { is: 'refused', says } : { is: 'unknown' }
}

/** The entry with our ids; the only one, where TNS gives none back. Entries come in no order. */
function entryOf(feedback: unknown, key: string): Readonly<Record<string, unknown>> | undefined {
  const entries = (Array.isArray(feedback) ? feedback : isRecord(feedback) ? Object.values(feedback) : []).filter(
    isRecord,
  )
  const idOf = (entry: Readonly<Record<string, unknown>>) =>
    isRecord(entry.internal_ids) ? entry.internal_ids.delivery : undefined
  const ours = entries.find((entry) => idOf(entry) === key)
  if (ours !== undefined) return ours
  const [only] = entries
  return entries.length === 1 && idOf(only!) === undefined ? only : undefined
}

interface Said {
  /** The field: `photometry.0.filterid`. */
  readonly at: string
  readonly message: string
  readonly id?: number
}

function messagesIn(value: unknown, at = '', depth = 0): readonly Said[] {
  if (depth > 8 || typeof value !== 'object' || value === null) return []
  if (isRecord(value) && typeof value.message === 'string') {
    const id = Number(value.message_id ?? Number.NaN)
    const message = oneLine(value.message, 300)
    return [{ at: oneLine(at, 100), message, ...(Number.isFinite(id) ? { id } : {}) }]
  }
  const deeper = (key: string) =>
    /^\d+$/.test(key) && !at.startsWith('photometry') ? at : at === '' ? key : `${at}.${key}`
  return Object.entries(value)
    .slice(0, 50)
    .flatMap(([key, inner]) => messagesIn(inner, Array.isArray(value) ? at : deeper(key), depth + 1))
    .slice(0, 20)
}
