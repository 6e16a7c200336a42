/**
 * The post: pictures first, then one record under the key that depends on the message alone. The service refuses a
 * second record under it, with an error that differs between versions (a 500 among them); so after any failure that
 * may mean it, the record itself is asked for.
 */
import { type Attempt, DeliveryError, type Host, type Message, type Outcome, type Part } from '../contract.ts'
import { readPost } from '../post-draft.ts'
import { oneLine } from '../words.ts'
import { bytesOf, facetsOf } from './record.ts'
import type { BlueskyPost } from './render.ts'
import type { Sessions } from './session.ts'
import { type Fields, XrpcRefusal } from './xrpc.ts'

export interface Context {
  readonly sessions: Sessions
  readonly log: Host['log']
  readonly attempt: Attempt
  readonly signal: AbortSignal
  readonly nowMs: number
  readonly keep: true
}
/** A post that another one speaks of. */
interface Reference {
  readonly uri: string
  readonly cid: string
}

const collection = 'app.bsky.feed.post'
/** The lexicon's limit of an image in a post. */
const mostPictureBytes = 2_000_000
const mostPictures = 4

/** Throws DeliveryError. */
export async function publish(context: Context, message: Message): Promise<Outcome> {
  const { sessions, nowMs } = context
  const post = readPost<BlueskyPost>(message.body)
  const images = await uploadedImages(context, message, post)
  const reply = await replyTo(context, post)
  const facets = facetsOf(post.text)
  const record = {
    $type: collection,
    text: post.text,
    // The moment at which it is said, as readers order posts by it; the record's key does not depend on it.
    createdAt: new Date(nowMs).toISOString(),
    langs: [post.language],
    ...(facets.length === 0 ? {} : { facets }),
    ...(images.length === 0 ? {} : { embed: { $type: 'app.bsky.embed.images', images } }),
    ...(reply === undefined ? {} : { reply }),
  }
  try {
    const made = await sessions.call(context, (did) => ({
      method: 'com.atproto.repo.createRecord',
      json: { repo: did, collection, rkey: post.rkey, validate: true, record },
      publishes: true,
    }))
    return { state: 'sent', receipt: receiptOf(reference(made), nowMs) }
  } catch (error) {
    const there = mayBeThere(error) ? await standing(context, post) : undefined
    if (there === undefined) throw error
    return { state: 'duplicate', receipt: receiptOf(there, nowMs) }
  }
}

function mayBeThere(error: unknown): boolean {
  return error instanceof XrpcRefusal && error.status !== 429 && error.kind !== 'halt'
}

/** What stands under the post's key; undefined where nothing does. Throws DeliveryError where that stays unknown. */
async function standing(context: Context, post: BlueskyPost): Promise<Reference | undefined> {
  let found: Fields
  try {
    found = await recordOf(context, post.rkey)
  } catch (error) {
    if (error instanceof XrpcRefusal && error.kind === 'reject') return undefined
    if (!(error instanceof DeliveryError)) throw error
    throw new DeliveryError('retry', 'maybe', `whether the post is there cannot be asked: ${error.reply}`)
  }
  const { text } = (found.value ?? {}) as Fields
  if (text === post.text) return reference(found)
  throw new DeliveryError('reject', 'no', `another post stands under the key ${post.rkey}: ${oneLine(`${text}`, 80)}`)
}

function recordOf({ sessions, ...ask }: Context, rkey: string): Promise<Fields> {
  return sessions.call(ask, (did) => ({
    method: 'com.atproto.repo.getRecord',
    query: { repo: did, collection, rkey },
  }))
}

/** News answers the news before it; what is withdrawn is withdrawn where it began. A post that is gone has no answer. */
async function replyTo(
  context: Context,
  { kind }: BlueskyPost,
): Promise<{ readonly root: Reference; readonly parent: Reference } | undefined> {
  const { thread } = context.attempt
  const [first, last] = [thread[0], thread.at(-1)].map((receipt) => readReceipt(receipt?.id))
  if (first === undefined || last === undefined) return undefined
  for (const parent of kind === 'retraction' ? [first, last] : [last, first]) {
    if (await isThere(context, parent)) return { root: first, parent }
  }
  context.log.info({ uri: last.uri }, 'the posts to be answered are gone: this one stands alone')
  return undefined
}

async function isThere(context: Context, { uri }: Reference): Promise<boolean> {
  try {
    await recordOf(context, uri.split('/').at(-1)!)
    return true
  } catch (error) {
    if (!(error instanceof XrpcRefusal) || error.kind !== 'reject') throw error
    return false
  }
}

interface Image {
  readonly image: unknown
  readonly alt: string
  readonly aspectRatio: { readonly width: number; readonly height: number }
}

/** A blob that no record speaks of is shown nowhere and dropped by the service. Throws DeliveryError, reached `no`. */
async function uploadedImages(context: Context, message: Message, post: BlueskyPost): Promise<readonly Image[]> {
  const images: Image[] = []
  for (const { hash, alt } of post.pictures.slice(0, mostPictures)) {
    const part = message.parts.find((one) => one.hash === hash)
    if (part === undefined) continue
    try {
      const [width, height] = post.sizesPx[hash] ?? [1, 1]
      images.push({ image: await upload(context, part), alt, aspectRatio: { width, height } })
    } catch (error) {
      if (!(error instanceof DeliveryError) || error.kind !== 'reject') throw error
      context.log.warn({ picture: part.name, why: error.reply }, 'the service refused a picture')
    }
  }
  return images
}

async function upload({ sessions, ...ask }: Context, { mediaType, bytes }: Part): Promise<unknown> {
  if (bytes.length > mostPictureBytes) {
    throw new DeliveryError('reject', 'no', `${bytes.length} bytes, and a picture may have ${mostPictureBytes}`)
  }
  const { blob } = await sessions.call(ask, () => ({
    method: 'com.atproto.repo.uploadBlob',
    bytes: { mediaType, bytes },
  }))
  if (typeof blob !== 'object' || blob === null) {
    throw new DeliveryError('retry', 'no', 'com.atproto.repo.uploadBlob: no blob in the answer')
  }
  return blob
}

function reference({ uri, cid }: Fields): Reference {
  if (typeof uri !== 'string' || !uri.startsWith('at://') || typeof cid !== 'string' || bytesOf(cid) < 8) {
    throw new DeliveryError('retry', 'maybe', 'the service names no record in its answer')
  }
  return { uri, cid }
}

/** Answers need both the address and the hash: a receipt is `at://did/app.bsky.feed.post/key#cid`. */
function receiptOf({ uri, cid }: Reference, atMs: number) {
  const [did, , rkey] = uri.slice('at://'.length).split('/')
  return { id: `${uri}#${cid}`, atMs, reply: `https://bsky.app/profile/${did}/post/${rkey}` }
}

function readReceipt(id: string | undefined): Reference | undefined {
  const [, uri, cid] = /^(at:\/\/[^#]+)#(.+)$/.exec(id ?? '') ?? []
  return uri === undefined || cid === undefined ? undefined : { uri, cid }
}
