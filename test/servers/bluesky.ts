/**
 * A personal data server of Bluesky on loopback, as strict as the real one where a bridge could go wrong: sessions that
 * end, refresh tokens that count once, the lexicon of a post as the official library reads it, blobs that must be there,
 * a second record under a key (answered with a 500, as the real one does), the points that writes cost. Stricter than
 * the real one: facets must be where the text holds what they name, pictures need alt text, answers a post that is there.
 */
import { createHash, randomBytes } from 'node:crypto'
import { AppBskyFeedPost, AtUri, jsonToLex, RichText } from '@atproto/api'
import { isValidTid } from '@atproto/syntax'
import { type Answer, type Asked, type HttpServer, startHttp } from './http.ts'

export interface BlueskyRecord {
  readonly uri: string
  readonly cid: string
  readonly rkey: string
  readonly value: Readonly<Record<string, unknown>>
}
export interface BlueskyStandIn extends HttpServer {
  readonly identifier: string
  readonly appPassword: string
  readonly did: string
  readonly records: readonly BlueskyRecord[]
  /** By their CID. */
  readonly blobs: ReadonlyMap<string, { readonly mediaType: string; readonly bytes: Buffer }>
  /** Logins and refreshes that succeeded. */
  readonly logins: { created: number; refreshed: number }
  /** Labels of the account's profile; undefined: it has no profile. */
  labels: string[] | undefined
  /** `takendown`, `deactivated`. */
  closed: string | undefined
  /** How a second record under a key is refused. */
  conflict: Answer
  /** Answers in place of the right one, one each call. */
  refuse(method: string, ...answers: Answer[]): void
  /** The next record is made, and this is answered. */
  loseAnswer(answer: Answer): void
  deleteRecord(uri: string): void
  /** Ends access tokens, or refresh tokens too. */
  endSessions(which: 'access' | 'all'): void
}
export interface BlueskyOptions {
  readonly port?: number
  readonly identifier?: string
  readonly appPassword?: string
  /** Wall clock, ms. */
  readonly now?: () => number
}

const collection = 'app.bsky.feed.post'
const accessMs = 7_200_000
/** Of an image in a post: the lexicon's. */
const mostImageBytes = 2_000_000
const mostBlobBytes = 52_428_800

export const refuses = (
  status: number,
  error: string,
  message = error,
  headers: Record<string, string> = {},
): Answer => ({
  status,
  headers: { 'content-type': 'application/json; charset=utf-8', ...headers },
  body: JSON.stringify({ error, message }),
})
const gives = (fields: object): Answer => ({
  status: 200,
  headers: { 'content-type': 'application/json; charset=utf-8' },
  body: JSON.stringify(fields),
})

export async function startBlueskyStandIn(options: BlueskyOptions = {}): Promise<BlueskyStandIn> {
  const { identifier = 'fountain.test', appPassword = 'abcd-efgh-ijkl-mnop', now = Date.now, port } = options
  const did = 'did:plc:fountainstandin0000000000'
  const records: BlueskyRecord[] = []
  const blobs = new Map<string, { mediaType: string; bytes: Buffer }>()
  const refusals = new Map<string, Answer[]>()
  const access = new Map<string, number>()
  const refresh = new Set<string>()
  const logins = { created: 0, refreshed: 0 }
  const spent = { logins: [] as number[], writes: [] as number[] }
  let lost: Answer | undefined

  const methods: Readonly<Record<string, { verb: 'GET' | 'POST'; open?: true; run(asked: Asked): Answer }>> = {
    'com.atproto.server.createSession': { verb: 'POST', open: true, run: createSession },
    'com.atproto.server.refreshSession': { verb: 'POST', open: true, run: refreshSession },
    'com.atproto.server.getSession': {
      verb: 'GET',
      run: () => gives({ did, handle: identifier, active: standIn.closed === undefined, status: standIn.closed }),
    },
    'com.atproto.repo.uploadBlob': { verb: 'POST', run: uploadBlob },
    'com.atproto.repo.createRecord': { verb: 'POST', run: createRecord },
    'com.atproto.repo.getRecord': { verb: 'GET', open: true, run: getRecord },
  }
  const http = await startHttp(answer, {
    ...(port === undefined ? {} : { port }),
    // It is the record that matters: a session comes first, and is no message.
    spared: ({ path }) => !path.startsWith('/xrpc/com.atproto.repo.createRecord'),
  })

  function answer(asked: Asked): Answer {
    const name = /^\/xrpc\/([\w.]+)/.exec(asked.path)?.[1] ?? ''
    const method = methods[name]
    if (method === undefined) return { status: 404, headers: { 'content-type': 'text/html' }, body: 'Not Found' }
    if (asked.method !== method.verb) return refuses(405, 'InvalidRequest', `Incorrect HTTP method (${asked.method})`)
    const refusal = refusals.get(name)?.shift()
    if (refusal !== undefined) return refusal
    if (method.open !== true) {
      const token = bearer(asked)
      if (token === undefined) return refuses(401, 'AuthMissing', 'Authentication Required')
      const untilMs = access.get(token)
      if (untilMs === undefined) return refuses(400, 'InvalidToken', 'Token could not be verified')
      if (untilMs <= now()) return refuses(400, 'ExpiredToken', 'Token has expired')
      if (standIn.closed === 'takendown') return refuses(401, 'AccountTakedown', 'Account has been taken down')
    }
    return method.run(asked)
  }

  function createSession(asked: Asked): Answer {
    const limited = limit(spent.logins, 1, 30, 300_000)
    if (limited !== undefined) return limited
    const { identifier: who, password } = JSON.parse(asked.body.toString()) as Record<string, unknown>
    if (who !== identifier || password !== appPassword) {
      return refuses(401, 'AuthenticationRequired', 'Invalid identifier or password')
    }
    if (standIn.closed === 'takendown') return refuses(401, 'AccountTakedown', 'Account has been taken down')
    logins.created++
    return gives(newSession())
  }
  function refreshSession(asked: Asked): Answer {
    const token = bearer(asked)
    if (token === undefined || !refresh.delete(token)) return refuses(400, 'ExpiredToken', 'Token has been revoked')
    logins.refreshed++
    return gives(newSession())
  }
  function newSession(): object {
    const [accessJwt, refreshJwt] = [`access.${random()}`, `refresh.${random()}`]
    access.set(accessJwt, now() + accessMs)
    refresh.add(refreshJwt)
    return { did, handle: identifier, accessJwt, refreshJwt, active: true }
  }

  function uploadBlob({ headers, body }: Asked): Answer {
    const mediaType = `${headers['content-type']}`
    if (body.length === 0) return refuses(400, 'InvalidRequest', 'Request encoding (Content-Type) required')
    if (body.length > mostBlobBytes) return refuses(413, 'PayloadTooLarge', 'request entity too large')
    const cid = cidOf(0x55, body)
    blobs.set(cid, { mediaType, bytes: body })
    return gives({ blob: { $type: 'blob', ref: { $link: cid }, mimeType: mediaType, size: body.length } })
  }

  function createRecord({ body }: Asked): Answer {
    const { repo, collection: where, rkey, record } = JSON.parse(body.toString()) as Record<string, unknown>
    if (repo !== did) return refuses(401, 'AuthRequired', 'Authentication Required')
    if (where !== collection) return refuses(400, 'InvalidRequest', `this account writes ${collection} alone`)
    if (!isValidTid(`${rkey}`)) return refuses(400, 'InvalidRequest', 'Input/rkey must be a valid tid')
    const limited = limit(spent.writes, 3, 5000, 3_600_000)
    if (limited !== undefined) return limited
    const value = record as Record<string, unknown>
    const fault = faultOf(value) ?? blobFault(value) ?? replyFault(value)
    if (fault !== undefined) return refuses(400, 'InvalidRequest', `Invalid ${collection} record: ${fault}`)
    if (records.some((one) => one.rkey === rkey)) return standIn.conflict
    const made = { uri: `at://${did}/${collection}/${rkey}`, cid: cidOf(0x71, body), rkey: `${rkey}`, value }
    records.push(made)
    const given = lost ?? gives({ uri: made.uri, cid: made.cid, validationStatus: 'valid' })
    lost = undefined
    return given
  }
  function getRecord({ path }: Asked): Answer {
    const query = new URL(path, http.url).searchParams
    const uri = `at://${query.get('repo')}/${query.get('collection')}/${query.get('rkey')}`
    const { labels } = standIn
    if (uri === `at://${did}/app.bsky.actor.profile/self` && labels !== undefined) {
      const values = labels.map((val) => ({ val }))
      const self = { $type: 'com.atproto.label.defs#selfLabels', values }
      return gives({
        uri,
        cid: cidOf(0x71, Buffer.from(uri)),
        value: { $type: 'app.bsky.actor.profile', labels: self },
      })
    }
    const found = records.find((one) => one.uri === uri)
    if (found === undefined) return refuses(400, 'RecordNotFound', `Could not locate record: ${uri}`)
    return gives({ uri, cid: found.cid, value: found.value })
  }

  function blobFault({ embed }: Record<string, unknown>): string | undefined {
    const { images = [] } = (embed ?? {}) as { images?: { image: Record<string, unknown>; alt: string }[] }
    for (const { image, alt } of images) {
      const { ref, mimeType, size } = image as { ref: { $link: string }; mimeType: string; size: number }
      const blob = blobs.get(ref.$link)
      if (blob === undefined) return `Could not find blob: ${ref.$link}`
      if (blob.mediaType !== mimeType || blob.bytes.length !== size) return 'Referenced blob has another type or size'
      if (blob.bytes.length > mostImageBytes) return 'This file is too large'
      if (alt.trim() === '') return 'a picture without alt text'
    }
    return undefined
  }
  function replyFault({ reply }: Record<string, unknown>): string | undefined {
    if (reply === undefined) return undefined
    const { root, parent } = reply as Record<'root' | 'parent', { uri: string; cid: string }>
    if (!records.some(({ uri, cid }) => uri === parent.uri && cid === parent.cid)) return 'no such parent'
    return new AtUri(root.uri).host === did ? undefined : 'the root is not of this account'
  }

  function limit(times: number[], points: number, most: number, perMs: number): Answer | undefined {
    const since = times.filter((atMs) => atMs > now() - perMs)
    times.splice(0, times.length, ...since)
    if (since.length + points > most) {
      const reset = `${Math.ceil(((since[0] ?? now()) + perMs) / 1000)}`
      const headers = { 'ratelimit-limit': `${most}`, 'ratelimit-remaining': '0', 'ratelimit-reset': reset }
      return refuses(429, 'RateLimitExceeded', 'Rate Limit Exceeded', {
        ...headers,
        'ratelimit-policy': `${most};w=${perMs / 1000}`,
      })
    }
    for (let point = 0; point < points; point++) times.push(now())
    return undefined
  }

  const standIn: BlueskyStandIn = Object.assign(http, {
    identifier,
    appPassword,
    did,
    records,
    blobs,
    logins,
    labels: ['bot'] as string[] | undefined,
    closed: undefined as string | undefined,
    conflict: refuses(500, 'InternalServerError', 'Internal Server Error'),
    refuse: (method: string, ...answers: Answer[]) => void refusals.set(method, answers),
    loseAnswer: (given: Answer) => {
      lost = given
    },
    deleteRecord: (uri: string) => {
      records.splice(0, records.length, ...records.filter((one) => one.uri !== uri))
    },
    endSessions: (which: 'access' | 'all') => {
      for (const token of access.keys()) access.set(token, now())
      if (which === 'all') refresh.clear()
    },
  })
  return standIn
}

/** Why the official library would refuse this post, or what it would not show as meant. */
export function faultOf(value: Record<string, unknown>): string | undefined {
  const checked = AppBskyFeedPost.validateRecord(jsonToLex(value as never))
  if (!checked.success) return checked.error.message
  const { text, facets = [], langs = [], embed } = checked.value as AppBskyFeedPost.Record
  const rich = new RichText({ text })
  if (text.trim() === '' && embed === undefined) return 'it says nothing'
  if (rich.graphemeLength > 300 || rich.length > 3000) return `${rich.graphemeLength} graphemes, ${rich.length} bytes`
  if (langs.length === 0) return 'no language'
  let last = 0
  for (const { index, features } of facets) {
    const { byteStart, byteEnd } = index
    const named = rich.unicodeText.slice(byteStart, byteEnd)
    if (byteStart < last || byteEnd <= byteStart || byteEnd > rich.length) return `a facet at ${byteStart}-${byteEnd}`
    last = byteEnd
    for (const feature of features as { $type: string; uri?: string; tag?: string }[]) {
      const meant = feature.$type.endsWith('#link')
        ? feature.uri
        : feature.$type.endsWith('#tag')
          ? `#${feature.tag}`
          : undefined
      if (meant === undefined || named.replace('＃', '#') !== meant) return `a facet of '${meant}' at '${named}'`
    }
  }
  return undefined
}

const bearer = ({ headers }: Asked) => /^Bearer (.+)$/.exec(headers.authorization ?? '')?.[1]
const random = () => randomBytes(24).toString('base64url')

/** CIDv1 of a codec and SHA-256, base32. */
function cidOf(codec: number, bytes: Uint8Array): string {
  const binary = Buffer.concat([Buffer.from([1, codec, 0x12, 0x20]), createHash('sha256').update(bytes).digest()])
  const bits = [...binary].map((byte) => byte.toString(2).padStart(8, '0')).join('')
  const digits = bits
    .match(/.{1,5}/g)
    ?.map((five) => 'abcdefghijklmnopqrstuvwxyz234567'[Number.parseInt(five.padEnd(5, '0'), 2)])
  return `b${digits?.join('')}`
}
