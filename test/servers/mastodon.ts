/**
 * A Mastodon on loopback, as strict as a real instance where a bridge could go wrong: the token and its scopes, the
 * length as Mastodon counts it (twitter-text knows the URLs), pictures that are processed for a while, idempotency keys
 * that are forgotten after an hour, rate limits with their headers, posts to be answered that must exist. Stricter than
 * the real one in two things: a picture needs alt text, and a post may mention nobody.
 */
import twitter from 'twitter-text'
import { type Answer, type Asked, type HttpServer, startHttp } from './http.ts'
import { readMultipart } from './multipart.ts'

export interface MastodonPosted {
  readonly id: string
  readonly text: string
  readonly visibility: string
  readonly language: string | undefined
  readonly inReplyToId: string | undefined
  readonly mediaIds: readonly string[]
  readonly atMs: number
}
export interface MastodonMedia {
  readonly id: string
  readonly alt: string
  readonly bytes: Buffer
  /** So many questions find it still being processed. */
  processing: number
  failed: boolean
  postId?: string
}
export interface MastodonStandIn extends HttpServer {
  readonly token: string
  readonly posts: readonly MastodonPosted[]
  readonly media: ReadonlyMap<string, MastodonMedia>
  scopes: string[]
  bot: boolean
  /** New pictures are processed until asked so often. */
  slowPictures: number
  /** Answers in place of the right one, one each call; the path without its query, e.g. `POST /api/v1/statuses`. */
  refuse(call: string, ...answers: Answer[]): void
  /** The next post is taken, and this is answered. */
  loseAnswer(answer: Answer): void
  /** A post by another hand. */
  post(text: string): MastodonPosted
  deletePost(id: string): void
}
export interface MastodonOptions {
  readonly port?: number
  readonly token?: string
  /** Wall clock, ms. */
  readonly now?: () => number
  readonly mostCharacters?: number
}

const account = '109999999999999999'
const pictureTypes = ['image/jpeg', 'image/png', 'image/gif', 'image/webp']
const keyKeptMs = 3_600_000
const allowances = { all: { most: 300, perMs: 300_000 }, media: { most: 30, perMs: 1_800_000 } }

export const says = (status: number, error: string, headers: Record<string, string> = {}): Answer => ({
  status,
  headers: { 'content-type': 'application/json; charset=utf-8', ...headers },
  body: JSON.stringify({ error }),
})
const gives = (fields: unknown, status = 200): Answer => ({
  status,
  headers: { 'content-type': 'application/json; charset=utf-8' },
  body: JSON.stringify(fields),
})

export async function startMastodonStandIn(options: MastodonOptions = {}): Promise<MastodonStandIn> {
  const { token = 'mastodon-token-of-nobody', now = Date.now, mostCharacters = 500, port } = options
  const posts: MastodonPosted[] = []
  const media = new Map<string, MastodonMedia>()
  const keys = new Map<string, { id: string; atMs: number }>()
  const refusals = new Map<string, Answer[]>()
  const spent = { all: [] as number[], media: [] as number[] }
  let lost: Answer | undefined
  let next = 1

  const routes: readonly [
    pattern: RegExp,
    scope: string | undefined,
    run: (asked: Asked, match: string[]) => Answer,
  ][] = [
    [/^GET \/api\/v2\/instance$/, undefined, () => gives(instance())],
    [/^GET \/api\/v1\/accounts\/verify_credentials$/, 'read:accounts', () => gives(self())],
    [/^GET \/api\/v1\/apps\/verify_credentials$/, '', () => gives({ name: 'Fountain', scopes: standIn.scopes })],
    [/^POST \/api\/v2\/media$/, 'write:media', upload],
    [/^GET \/api\/v1\/media\/(\w+)$/, 'write:media', (_, [, id = '']) => mediaState(id)],
    [/^POST \/api\/v1\/statuses$/, 'write:statuses', publish],
    [/^GET \/api\/v1\/accounts\/(\w+)\/statuses$/, 'read:statuses', (asked, [, id]) => statuses(asked, id)],
  ]
  const http = await startHttp((asked) => withLimits(asked, () => answer(asked)), {
    ...(port === undefined ? {} : { port }),
    // It is the post that matters: pictures come first, and are no message.
    spared: ({ method, path }) => method !== 'POST' || path !== '/api/v1/statuses',
  })

  function answer(asked: Asked): Answer {
    const call = `${asked.method} ${asked.path.replace(/\?.*/s, '')}`
    const refusal = refusals.get(call)?.shift()
    if (refusal !== undefined) return refusal
    for (const [pattern, scope, run] of routes) {
      const match = pattern.exec(call)
      if (match === null) continue
      if (scope !== undefined) {
        if (asked.headers.authorization !== `Bearer ${token}`) return says(401, 'The access token is invalid')
        const [general = ''] = scope.split(':')
        if (scope !== '' && !standIn.scopes.includes(scope) && !standIn.scopes.includes(general)) {
          return says(403, 'This action is outside the authorized scopes')
        }
      }
      return run(asked, match)
    }
    return { status: 404, headers: { 'content-type': 'text/html' }, body: '<h1>Not found</h1>' }
  }

  function withLimits(asked: Asked, run: () => Answer): Answer {
    const kind = asked.path.startsWith('/api/v2/media') ? 'media' : 'all'
    const { most, perMs } = allowances[kind]
    const since = spent[kind].filter((atMs) => atMs > now() - perMs)
    spent[kind] = since
    const headers = {
      'x-ratelimit-limit': `${most}`,
      'x-ratelimit-remaining': `${Math.max(0, most - since.length - 1)}`,
      'x-ratelimit-reset': new Date((since[0] ?? now()) + perMs).toISOString(),
    }
    if (since.length >= most) return says(429, 'Too many requests', headers)
    since.push(now())
    const given = run()
    return { ...given, headers: { ...headers, ...given.headers } }
  }

  const instance = () => ({
    domain: '127.0.0.1',
    version: '4.5.0',
    configuration: {
      statuses: { max_characters: mostCharacters, max_media_attachments: 4, characters_reserved_per_url: 23 },
      media_attachments: { description_limit: 1500, image_size_limit: 16_777_216, supported_mime_types: pictureTypes },
    },
  })
  const self = () => ({ id: account, acct: 'fountain', username: 'fountain', bot: standIn.bot })

  function upload({ headers, body }: Asked): Answer {
    const fields = readMultipart(`${headers['content-type']}`, body)
    const file = fields?.get('file')
    if (file === undefined) return says(422, "Validation failed: File can't be blank")
    const alt = `${fields?.get('description')?.bytes ?? ''}`
    if (alt.trim() === '') return says(422, "Validation failed: Description can't be blank")
    if ([...alt].length > 1500)
      return says(422, 'Validation failed: Description is too long (maximum is 1500 characters)')
    if (!pictureTypes.includes(`${file.mediaType}`) || typeOf(file.bytes) !== file.mediaType) {
      return says(422, 'File type of uploaded media could not be verified')
    }
    if (file.bytes.length > 16_777_216) return says(422, 'Validation failed: File size must be less than 16 MB')
    const id = `${1_120_000_000_000_000 + next++}`
    const processing = standIn.slowPictures
    media.set(id, { id, alt, bytes: file.bytes, processing, failed: false })
    return gives(
      { id, type: 'image', url: processing > 0 ? null : `${http.url}/media/${id}.png`, description: alt },
      processing > 0 ? 202 : 200,
    )
  }
  function mediaState(id: string): Answer {
    const one = media.get(id)
    if (one === undefined || one.postId !== undefined) return says(404, 'Record not found')
    if (one.failed) return says(422, 'Error processing thumbnail for uploaded media')
    return gives({ id, type: 'image', description: one.alt }, one.processing-- > 0 ? 206 : 200)
  }

  function publish({ headers, body }: Asked): Answer {
    if (!`${headers['content-type']}`.startsWith('application/json'))
      return says(422, "Validation failed: Text can't be blank")
    const key = headers['idempotency-key']
    const known = typeof key === 'string' ? keys.get(key) : undefined
    if (known !== undefined && known.atMs > now() - keyKeptMs) {
      const before = posts.find(({ id }) => id === known.id)
      return before === undefined ? says(404, 'Record not found') : gives(shown(before))
    }
    const fields = JSON.parse(body.toString()) as Record<string, unknown>
    const { status, media_ids: mediaIds = [], in_reply_to_id: inReplyToId, visibility = 'public', language } = fields
    const refusal = faultOf(status, mediaIds, visibility, language)
    if (inReplyToId !== undefined && !posts.some(({ id }) => id === inReplyToId)) {
      return says(404, 'The post you are trying to reply to does not appear to exist.')
    }
    if (refusal !== undefined) return says(422, refusal)
    const posted = add(`${status}`, mediaIds as string[], `${visibility}`, language, inReplyToId)
    for (const id of posted.mediaIds) media.get(id)!.postId = posted.id
    if (typeof key === 'string') keys.set(key, { id: posted.id, atMs: now() })
    const given = lost ?? gives(shown(posted))
    lost = undefined
    return given
  }

  function faultOf(status: unknown, mediaIds: unknown, visibility: unknown, language: unknown): string | undefined {
    if (typeof status !== 'string' || status.trim() === '') return "Validation failed: Text can't be blank"
    if (!status.isWellFormed()) return 'Validation failed: Text is invalid'
    if (lengthOf(status) > mostCharacters)
      return `Validation failed: Text character limit of ${mostCharacters} exceeded`
    if (!['public', 'unlisted', 'private', 'direct'].includes(`${visibility}`))
      return 'Validation failed: Visibility is not included in the list'
    if (language !== undefined && !/^[a-z]{2,3}$/.test(`${language}`)) return 'Validation failed: Language is invalid'
    if (twitter.extractMentions(status).length > 0) return 'Validation failed: this account mentions nobody'
    if (!Array.isArray(mediaIds) || mediaIds.length > 4) return 'Cannot attach more than 4 files'
    for (const id of mediaIds) {
      const one = media.get(`${id}`)
      if (one === undefined || one.postId !== undefined)
        return `Media ${id} not found or already attached to another post`
      if (one.processing > 0) return 'Cannot attach files that have not finished processing. Try again in a moment!'
    }
    return undefined
  }

  function add(
    text: string,
    mediaIds: string[],
    visibility: string,
    language?: unknown,
    parent?: unknown,
  ): MastodonPosted {
    const posted: MastodonPosted = {
      id: `${1_130_000_000_000_000 + next++}`,
      text,
      visibility,
      language: language === undefined ? undefined : `${language}`,
      inReplyToId: parent === undefined ? undefined : `${parent}`,
      mediaIds,
      atMs: now(),
    }
    posts.push(posted)
    return posted
  }

  function statuses({ path }: Asked, id: string | undefined): Answer {
    if (id !== account) return says(404, 'Record not found')
    const query = new URL(path, http.url).searchParams
    const before = query.get('max_id')
    const newestFirst = posts.toReversed().filter((one) => before === null || one.id < before)
    return gives(newestFirst.slice(0, Math.min(40, Number(query.get('limit') ?? 20))).map(shown))
  }

  const shown = (one: MastodonPosted) => ({
    id: one.id,
    created_at: new Date(one.atMs).toISOString(),
    in_reply_to_id: one.inReplyToId ?? null,
    visibility: one.visibility,
    language: one.language ?? null,
    url: `${http.url}/@fountain/${one.id}`,
    content: htmlOf(one.text),
    media_attachments: one.mediaIds.map((id) => ({ id, type: 'image', description: media.get(id)?.alt ?? null })),
  })

  const standIn: MastodonStandIn = Object.assign(http, {
    token,
    posts,
    media,
    scopes: ['read', 'write:statuses', 'write:media'],
    bot: true,
    slowPictures: 0,
    refuse: (call: string, ...answers: Answer[]) => void refusals.set(call, answers),
    loseAnswer: (answer: Answer) => {
      lost = answer
    },
    post: (text: string) => add(text, [], 'public'),
    deletePost: (id: string) => {
      posts.splice(0, posts.length, ...posts.filter((one) => one.id !== id))
    },
  })
  return standIn
}

/** As `StatusLengthValidator` counts: graphemes, and each URL with its scheme as 23. */
export function lengthOf(text: string): number {
  let rest = text
  for (const { indices } of twitter.extractUrlsWithIndices(text, { extractUrlsWithoutProtocol: false }).toReversed()) {
    rest = `${rest.slice(0, indices[0])}${'x'.repeat(23)}${rest.slice(indices[1])}`
  }
  return [...new Intl.Segmenter('en', { granularity: 'grapheme' }).segment(rest)].length
}

/** As an instance shows a text: escaped, links and tags as anchors whose words are in parts, lines as breaks. */
function htmlOf(text: string): string {
  const escaped = text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&#39;')
  const linked = escaped
    .replace(
      /(https?:\/\/)([^\s<]{1,30})([^\s<]*)/g,
      '<a href="$1$2$3" rel="nofollow"><span class="invisible">$1</span><span class="ellipsis">$2</span><span class="invisible">$3</span></a>',
    )
    .replace(/(^|\s)#(\p{L}[\p{L}\p{N}_]*)/gu, '$1<a href="/tags/$2" class="mention hashtag">#<span>$2</span></a>')
  return `<p>${linked.replace(/\n{2,}/g, '</p><p>').replaceAll('\n', '<br />')}</p>`
}

function typeOf(bytes: Buffer): string | undefined {
  if (bytes.subarray(0, 8).equals(Buffer.from('89504e470d0a1a0a', 'hex'))) return 'image/png'
  return bytes.subarray(0, 3).equals(Buffer.from('ffd8ff', 'hex')) ? 'image/jpeg' : undefined
}
