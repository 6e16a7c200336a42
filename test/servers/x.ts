/**
 * An X on loopback, as strict as the real one where a bridge could go wrong: the signature of each request, its nonce,
 * the weighted length by X's own library, pictures and their alt text before the post that names them, parents of
 * replies, texts said twice, the limit of 15 minutes, and what all of it costs.
 */
import { createHmac } from 'node:crypto'
import twitter from 'twitter-text'
import { type Answer, type Asked, type HttpServer, startHttp } from './http.ts'
import { readMultipart } from './multipart.ts'

/** Worth nothing elsewhere. */
export const xStandInKeys = {
  consumerKey: 'stand-in-consumer-key',
  consumerSecret: 'stand-in-consumer-secret',
  accessToken: 'stand-in-access-token',
  accessTokenSecret: 'stand-in-access-secret',
}

export interface XStandInOptions extends Partial<typeof xStandInKeys> {
  readonly port?: number
  /** Posts in 15 minutes; 100. */
  readonly postsPerWindow?: number
  /** Without credits every post is refused (402). */
  readonly creditsUsd?: number
  readonly clock?: () => number
}
export interface XPost {
  readonly id: string
  readonly text: string
  readonly parent?: string
  readonly pictures: readonly { readonly alt: string; readonly bytes: Buffer; readonly mediaType: string }[]
}
export interface XStandIn extends HttpServer {
  /** Without the slash at its end: the bridge's `api`. */
  readonly api: string
  readonly posts: readonly XPost[]
  readonly postsWithUrl: () => number
  readonly spentUsd: () => number
  /** Answers of a path in place of the right one, one each call. */
  refuse(path: string, ...answers: Answer[]): void
  delete(id: string): void
}

export const problem = (
  status: number,
  detail: string,
  more: object = {},
  headers: Record<string, string> = {},
): Answer => ({
  status,
  headers: { 'content-type': 'application/json; charset=utf-8', ...headers },
  body: JSON.stringify({ title: titles[status] ?? 'Error', detail, type: 'about:blank', status, ...more }),
})
const titles: Readonly<Record<number, string>> = {
  400: 'Invalid Request',
  401: 'Unauthorized',
  402: 'CreditsDepleted',
  403: 'Forbidden',
  404: 'Not Found',
  429: 'Too Many Requests',
  503: 'Service Unavailable',
}
const invalid = (message: string) =>
  problem(400, 'One or more parameters to your request was invalid.', { errors: [{ message }] })
const made = (data: object, status = 200): Answer => ({
  status,
  headers: { 'content-type': 'application/json; charset=utf-8' },
  body: JSON.stringify({ data }),
})

const prices = { post: 15, postWithUrl: 200, metadata: 5, user: 10 }

export async function startXStandIn(options: XStandInOptions = {}): Promise<XStandIn> {
  const keys = { ...xStandInKeys, ...options }
  const { postsPerWindow = 100, creditsUsd = 1000, clock = Date.now } = options
  const posts: XPost[] = []
  const deleted = new Set<string>()
  const refusals = new Map<string, Answer[]>()
  const media = new Map<string, { bytes: Buffer; mediaType: string; alt?: string; used?: true }>()
  const nonces = new Set<string>()
  const window = { startMs: clock(), count: 0 }
  let milliUsd = 0
  let withUrl = 0
  let next = 1_900_000_000_000_000_001n

  const http = await startHttp(
    (asked) => {
      const path = asked.path.split('?')[0] ?? ''
      const refusal = refusals.get(path)?.shift()
      if (refusal !== undefined) return refusal
      const fault = signatureFault(asked)
      if (fault !== undefined) return problem(401, fault)
      const route = routes[`${asked.method} ${path}`]
      return route === undefined ? { status: 404, body: '' } : route(asked)
    },
    options.port === undefined ? {} : { port: options.port },
  )

  const routes: Readonly<Record<string, (asked: Asked) => Answer>> = {
    'GET /2/users/me': () => {
      milliUsd += prices.user
      return made({ id: '2244994945', name: 'A Telescope', username: 'a_telescope' })
    },
    'POST /2/media/upload': upload,
    'POST /2/media/metadata': metadata,
    'POST /2/tweets': (asked) => limited(() => tweet(asked)),
  }

  function signatureFault({ method, path, headers }: Asked): string | undefined {
    const header = `${headers.authorization ?? ''}`
    if (!header.startsWith('OAuth ')) return 'Unsupported Authentication'
    const fields = new Map(
      header
        .slice(6)
        .split(/,\s*/)
        .map((one) => /^(\w+)="(.*)"$/.exec(one) ?? [])
        .map(([, name = '', value = '']) => [name, decodeURIComponent(value)]),
    )
    const nonce = fields.get('oauth_nonce') ?? ''
    if (fields.get('oauth_consumer_key') !== keys.consumerKey) return 'Could not authenticate you.'
    if (fields.get('oauth_token') !== keys.accessToken) return 'Invalid or expired token.'
    if (!/^\d{10}$/.test(fields.get('oauth_timestamp') ?? '')) return 'Timestamp out of bounds.'
    // X bears five minutes between its clock and ours.
    const apartS = Math.abs(Number(fields.get('oauth_timestamp')) - (options.clock?.() ?? Number.NaN) / 1000)
    if (apartS > 300) return 'Timestamp out of bounds.'
    if (nonce.length < 16 || nonces.has(nonce)) return 'Bad nonce.'
    nonces.add(nonce)
    const strict = (text: string) =>
      encodeURIComponent(text).replace(/[!'()*]/g, (s) => `%${s.charCodeAt(0).toString(16).toUpperCase()}`)
    const url = new URL(path, `http://${headers.host}`)
    const all = [...fields].filter(([name]) => name !== 'oauth_signature').concat([...url.searchParams])
    const line = all
      .map(([name, value]) => `${strict(name)}=${strict(value)}`)
      .sort()
      .join('&')
    const base = `${method}&${strict(`${url.origin}${url.pathname}`)}&${strict(line)}`
    const secret = `${strict(keys.consumerSecret)}&${strict(keys.accessTokenSecret)}`
    const right = createHmac('sha1', secret).update(base).digest('base64')
    return fields.get('oauth_signature') === right ? undefined : 'Could not authenticate you.'
  }

  function limited(run: () => Answer): Answer {
    const now = clock()
    if (now - window.startMs >= 900_000) Object.assign(window, { startMs: now, count: 0 })
    const reset = `${Math.ceil((window.startMs + 900_000) / 1000)}`
    const left = Math.max(0, postsPerWindow - window.count)
    const headers = { 'x-rate-limit-limit': `${postsPerWindow}`, 'x-rate-limit-reset': reset }
    if (left === 0) return problem(429, 'Too Many Requests', {}, { ...headers, 'x-rate-limit-remaining': '0' })
    window.count++
    const answer = run()
    return { ...answer, headers: { ...answer.headers, ...headers, 'x-rate-limit-remaining': `${left - 1}` } }
  }

  function upload({ headers, body }: Asked): Answer {
    const parts = readMultipart(`${headers['content-type']}`, body)
    if (parts === undefined) return invalid('media must be multipart/form-data')
    const image = parts.get('media')
    if (parts.get('media_category')?.bytes.toString() !== 'tweet_image') return invalid('media_category')
    if (image === undefined || image.bytes.length === 0) return invalid('media is missing')
    if (!/^image\/(png|jpeg|webp|gif)$/.test(image.mediaType ?? '')) return invalid('media_type is not supported')
    if (image.bytes.length > 5_000_000) return problem(413, 'The media is too large.')
    const id = `${next++}`
    media.set(id, { bytes: image.bytes, mediaType: image.mediaType! })
    return made({ id, media_key: `3_${id}`, size: image.bytes.length, expires_after_secs: 86_400 })
  }

  function metadata({ body }: Asked): Answer {
    const { id, metadata } = JSON.parse(body.toString()) as { id: string; metadata: { alt_text?: { text?: string } } }
    const known = media.get(id)
    const alt = metadata.alt_text?.text
    if (known === undefined) return invalid('id')
    if (typeof alt !== 'string' || alt === '' || alt.length > 1000)
      return invalid('alt_text must have 1 to 1000 characters')
    milliUsd += prices.metadata
    known.alt = alt
    return made({ id, associated_metadata: metadata })
  }

  function tweet({ headers, body }: Asked): Answer {
    if (milliUsd / 1000 >= creditsUsd)
      return problem(402, 'Your account does not have any credits to fulfill this request.')
    if (headers['content-type'] !== 'application/json') return invalid('the body must be application/json')
    const fields = JSON.parse(body.toString()) as {
      text?: unknown
      media?: { media_ids?: string[] }
      reply?: { in_reply_to_tweet_id?: string }
    }
    const strange = Object.keys(fields).filter((name) => !['text', 'media', 'reply'].includes(name))
    if (strange.length > 0) return invalid(`${strange[0]} is not known`)
    const { text } = fields
    if (typeof text !== 'string' || text.trim() === '') return invalid('text must not be empty')
    // X's own rule: NFC, weights, links of 23, and characters that stand for nothing.
    if (!twitter.parseTweet(text).valid)
      return problem(403, 'Your post is too long, or holds characters that are none.')
    if (posts.some((post) => post.text === text && !deleted.has(post.id))) {
      return problem(403, 'You are not allowed to create a Tweet with duplicate content.')
    }
    const parent = fields.reply?.in_reply_to_tweet_id
    if (parent !== undefined && (deleted.has(parent) || posts.every(({ id }) => id !== parent))) {
      return problem(403, 'You attempted to reply to a Tweet that is deleted or not visible to you.')
    }
    const ids = fields.media?.media_ids ?? []
    if (ids.length > 4) return invalid('media.media_ids: at most 4')
    const pictures = ids.map((id) => media.get(id))
    if (pictures.some((picture) => picture === undefined || picture.used)) return invalid('Your media IDs are invalid.')
    if (pictures.some((picture) => picture?.alt === undefined)) return invalid('a picture has no alt text')
    const hasUrl = twitter.extractUrls(text).length > 0
    if (hasUrl) withUrl++
    milliUsd += hasUrl ? prices.postWithUrl : prices.post
    const id = `${next++}`
    posts.push({
      id,
      text,
      ...(parent === undefined ? {} : { parent }),
      pictures: pictures.map((picture) => {
        picture!.used = true
        return { alt: picture!.alt!, bytes: picture!.bytes, mediaType: picture!.mediaType }
      }),
    })
    return made({ id, text, edit_history_tweet_ids: [id] }, 201)
  }

  return Object.assign(http, {
    api: http.url,
    posts,
    postsWithUrl: () => withUrl,
    spentUsd: () => milliUsd / 1000,
    refuse: (path: string, ...answers: Answer[]) => void refusals.set(path, answers),
    delete: (id: string) => void deleted.add(id),
  })
}
