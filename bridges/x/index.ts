/** X: a post by an account of yours, follow-ups and retractions as replies. See README.md for the app that it needs. */
import { type Attempt, type Bridge, DeliveryError, type Host, type Message, type Outcome } from '../contract.ts'
import { postAudience } from '../post-audience.ts'
import { draftText, type Post, parseDraft, readPost, writePost } from '../post-draft.ts'
import { openTexts } from '../post-text.ts'
import { oneLine } from '../words.ts'
import { call, type Data, XRefusal } from './api.ts'
import { address, config, type XConfig } from './config.ts'
import { uploadPictures } from './media.ts'
import { holdsLink, lintX, priceUsd, renderX } from './render.ts'
import { Spending } from './spending.ts'

/** What one attempt works with. */
export interface Context {
  readonly http: Host['http']
  readonly log: Host['log']
  readonly settings: XConfig
  readonly signal: AbortSignal
  readonly nowMs: number
  /** Writes down what a request costs before it goes out. */
  paid<T>(usd: number, what: string, request: () => Promise<T>): Promise<T>
}

const audience = ({ api, live }: XConfig) => postAudience(api, live)

export const bridge: Bridge<typeof config, typeof address> = {
  kind: 'x',
  config,
  address,
  accepts: 'event',
  pictures: ['cutouts', 'lightcurve'],
  // What a light curve shows is told in words, too.
  detail: 'full',
  maxInFlight: 1,
  // 100 posts in 15 minutes and 10,000 a day: a burst and what follows it stay below.
  limits: { perSecond: 0.1, burst: 10, perDay: 10_000 },
  checks: 'X takes the keys; it bills this as reading one user, once a day',
  approval: 'default',
  audience,
  async open(settings, host) {
    const closing = new AbortController()
    const texts = openTexts(settings.templates)
    const spending = new Spending(() => host.folder(), host.clock, settings.spendPerDayUsd)
    const reader = audience(settings)
    return {
      render: ([item], to) => renderX(item, to, texts, settings, reader),
      drafting: {
        text: (body) => draftText(readPost(body)),
        parse: (text, original) => writePost(parseDraft(text, readPost(original))),
        lint: (body) => lintX(readPost(body), settings, spending.todayUsd),
      },
      async deliver(message, attempt) {
        if (reader === 'nobody') {
          throw new DeliveryError('halt', 'no', 'nothing is posted without `live: true` in the bridge’s configuration')
        }
        const signal = AbortSignal.any([attempt.signal, closing.signal])
        mustGoOn(signal)
        const context = contextOf(host, settings, spending, message.key, signal)
        return deliver(context, spending, message, attempt)
      },
      async check(signal) {
        const me = await call(host.http, settings, {
          method: 'GET',
          path: '/2/users/me',
          signal: AbortSignal.any([signal, closing.signal]),
          nowMs: host.clock.now(),
        })
        if (typeof me.username !== 'string') throw new DeliveryError('retry', 'no', '/2/users/me: no answer of X')
        const account = `@${oneLine(me.username, 40)}`
        host.log.info({ account }, 'X takes the keys; see that the account carries the label “Automated”')
      },
      async close() {
        closing.abort(new Error('the bridge is closed'))
      },
    }
  },
}

/** Before anything is written down: an attempt that is over costs nothing. */
function mustGoOn(signal: AbortSignal): void {
  if (!signal.aborted) return
  const why = signal.reason instanceof Error ? signal.reason.message : 'stopped'
  throw new DeliveryError('retry', 'no', why)
}

function contextOf(host: Host, settings: XConfig, spending: Spending, key: string, signal: AbortSignal): Context {
  return {
    http: host.http,
    log: host.log,
    settings,
    signal,
    nowMs: host.clock.now(),
    async paid(usd, what, request) {
      const takeBack = spending.charge({ usd, what, key })
      try {
        return await request()
      } catch (error) {
        // What never came there, or was refused, made nothing; what may have been made is paid.
        if (error instanceof DeliveryError && error.reached === 'no') takeBack()
        throw error
      }
    },
  }
}

async function deliver(context: Context, spending: Spending, message: Message, attempt: Attempt): Promise<Outcome> {
  const { settings, nowMs } = context
  const stored = readPost(message.body)
  if (!settings.links && holdsLink(stored.text)) {
    throw new DeliveryError('reject', 'no', 'there is a link in the text, and the configuration says `links: false`')
  }
  spending.mustHaveRoom(priceUsd(stored, settings))
  const { ids, refused } = await uploadPictures(context, stored.pictures, message.parts)
  try {
    const { id, lonely } = await post(context, stored, ids, parentOf(stored, attempt))
    const said = [
      `https://x.com/i/web/status/${id}`,
      ...(lonely ? ['the post that it answers is gone: it stands alone'] : []),
      ...refused.map((why) => `posted without ${why}`),
    ]
    return { state: 'sent', receipt: { id, atMs: nowMs, reply: said.join('; ') } }
  } catch (error) {
    // The words of an earlier attempt are there: it had arrived after all.
    if (error instanceof XRefusal && error.why === 'same text again' && attempt.number > 1) {
      return { state: 'duplicate', receipt: { id: 'unknown', atMs: nowMs, reply: error.reply } }
    }
    throw told(error, stored)
  }
}

/** A follow-up answers the last post of its object, so that a thread reads in order; a retraction the first. */
function parentOf({ kind }: Post, { thread }: Attempt): string | undefined {
  const known = thread.map(({ id }) => id).filter((id) => /^\d+$/.test(id))
  return kind === 'retraction' ? known[0] : known.at(-1)
}

async function post(
  context: Context,
  { text }: Post,
  mediaIds: readonly string[],
  parent: string | undefined,
): Promise<{ id: string; lonely: boolean }> {
  const { http, settings, signal, nowMs } = context
  const send = async (reply: object) => {
    const request = { text, ...(mediaIds.length === 0 ? {} : { media: { media_ids: mediaIds } }), ...reply }
    const usd = holdsLink(text) ? settings.prices.postWithUrl : settings.prices.post
    const { id } = await context.paid<Data>(usd, 'post', () =>
      call(http, settings, {
        method: 'POST',
        path: '/2/tweets',
        body: { type: 'application/json', bytes: JSON.stringify(request) },
        signal,
        nowMs,
      }),
    )
    if (typeof id !== 'string' || !/^\d+$/.test(id)) {
      throw new DeliveryError('retry', 'maybe', '/2/tweets: taken, and no identifier in the answer')
    }
    return id
  }
  if (parent === undefined) return { id: await send({}), lonely: false }
  try {
    return { id: await send({ reply: { in_reply_to_tweet_id: parent } }), lonely: false }
  } catch (error) {
    // Nothing was posted, and what is to be said is true without what it answers.
    if (!(error instanceof XRefusal) || error.why !== 'no such parent') throw error
    return { id: await send({}), lonely: true }
  }
}

/** Where it may have arrived, a person must know what to look for. */
function told(error: unknown, { text }: Post): unknown {
  if (!(error instanceof DeliveryError) || error.reached === 'no') return error
  const { kind, reply, retryAfterMs } = error
  const look = `look at the account’s posts for “${oneLine(text, 60)}”`
  return new DeliveryError(kind, 'maybe', `${reply}; ${look}`, retryAfterMs === undefined ? {} : { retryAfterMs })
}
