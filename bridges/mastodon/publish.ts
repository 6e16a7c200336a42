/**
 * The post itself, and the question whether it is there. The instance folds a repeat by its Idempotency-Key, but for
 * an hour only; so a post of unknown end is first looked for, and sent again only where it is not.
 */
import { DeliveryError, type Looked, type Message, type Outcome, type Receipt } from '../contract.ts'
import { readPost } from '../post-draft.ts'
import { webUrl } from '../words.ts'
import { call, type Fields, MastodonRefusal } from './api.ts'
import type { Context } from './index.ts'
import { readAccount } from './instance.ts'
import { fingerprint, textOfHtml } from './journal.ts'
import { uploadedPictures } from './pictures.ts'
import type { MastodonPost } from './render.ts'

/** So long after it was sent, the instance has shown a post or never will: its own requests end within a minute. */
const settledMs = 120_000
/** Their clock may go before ours, or after it. */
const skewMs = 600_000
const page = 40
const mostPages = 25

/** Throws DeliveryError. */
export async function publish(context: Context, message: Message): Promise<Outcome> {
  const { journal, nowMs } = context
  const post = readPost<MastodonPost>(message.body)
  const before = journal.read(message.key) ?? { text: fingerprint(post.text), pictures: {} }
  const media = await uploadedPictures(context, message, post, before)
  const tried = journal.read(message.key) ?? before
  journal.write(message.key, { ...tried, firstMs: tried.firstMs ?? nowMs, lastMs: nowMs })
  const { thread } = context.attempt
  // News answers the news before it; what is withdrawn is withdrawn where it began.
  const parent = (post.kind === 'retraction' ? thread[0] : thread.at(-1))?.id
  const fields = {
    status: post.text,
    visibility: post.visibility,
    language: post.language,
    ...(media.length === 0 ? {} : { media_ids: media }),
  }
  const posted = await send(context, message.key, fields, parent)
  journal.remove(message.key)
  return { state: 'sent', receipt: receiptOf(posted, nowMs) }
}

async function send(context: Context, key: string, fields: object, parent: string | undefined): Promise<Fields> {
  const { http, settings, signal, nowMs, log } = context
  try {
    const { fields: posted } = await call(http, settings, {
      method: 'POST',
      path: '/api/v1/statuses',
      headers: { 'Content-Type': 'application/json', 'Idempotency-Key': key },
      body: JSON.stringify({ ...fields, ...(parent === undefined ? {} : { in_reply_to_id: parent }) }),
      publishes: true,
      signal,
      nowMs,
    })
    if (typeof posted.id !== 'string' || posted.id === '') {
      throw new DeliveryError('retry', 'maybe', 'POST /api/v1/statuses: no status in the answer')
    }
    return posted
  } catch (error) {
    if (!(error instanceof MastodonRefusal)) throw error
    if (error.status === 404 && parent !== undefined) {
      log.info({ parent }, 'the post to be answered is gone: this one stands alone')
      return send(context, key, fields, undefined)
    }
    if (error.status === 422 && 'media_ids' in fields && /process/i.test(error.reply)) {
      throw new DeliveryError('retry', 'no', error.reply, { retryAfterMs: 5000 })
    }
    throw error
  }
}

/** Is it among the account's own posts? Throws DeliveryError, never `reject`: a question refused is no verdict on the post. */
export function lookFor(context: Context, key: string): Promise<Looked> {
  return found(context, key).catch((error: unknown) => {
    if (!(error instanceof DeliveryError) || error.kind !== 'reject') throw error
    throw new DeliveryError('retry', 'maybe', error.reply)
  })
}

async function found(context: Context, key: string): Promise<Looked> {
  const { http, settings, signal, nowMs, journal } = context
  const tried = journal.read(key)
  // What is sent is noted before.
  if (tried?.firstMs === undefined || tried.lastMs === undefined) return { state: 'lost', why: 'it was never sent' }
  const { id: account } = context.account ?? (await readAccount(http, settings, { signal, nowMs }))
  let last = ''
  for (let pages = 0; ; pages++) {
    if (pages === mostPages) {
      throw new DeliveryError(
        'retry',
        'no',
        `it is not among the newest ${page * mostPages} posts; look there yourself`,
      )
    }
    const query = `limit=${page}&exclude_reblogs=true${last === '' ? '' : `&max_id=${encodeURIComponent(last)}`}`
    const path = `/api/v1/accounts/${account}/statuses?${query}`
    const { fields } = await call(http, settings, { method: 'GET', path, signal, nowMs })
    if (!Array.isArray(fields.list)) throw new DeliveryError('retry', 'no', 'GET statuses: no list in the answer')
    const posts = fields.list as readonly Fields[]
    const ours = posts.find(
      ({ content, created_at: at }) =>
        Date.parse(`${at}`) >= tried.firstMs! - skewMs && fingerprint(textOfHtml(`${content}`)) === tried.text,
    )
    if (ours !== undefined) {
      journal.remove(key)
      return { state: 'sent', receipt: receiptOf(ours, Date.parse(`${ours.created_at}`)) }
    }
    const oldest = posts.at(-1)
    last = `${oldest?.id ?? ''}`
    if (last === '' || Date.parse(`${oldest?.created_at}`) < tried.firstMs - skewMs) break
  }
  const ageMs = nowMs - tried.lastMs
  if (ageMs >= 0 && ageMs < settledMs) return { state: 'submitted', handle: key, lookAfterMs: settledMs - ageMs }
  return { state: 'lost', why: 'it is not among the posts of the account' }
}

function receiptOf({ id, url }: Fields, atMs: number): Receipt {
  const page = webUrl(typeof url === 'string' ? url : undefined)
  return { id: `${id}`, atMs, ...(page === undefined ? {} : { reply: page }) }
}
