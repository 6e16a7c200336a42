/** Pictures are uploaded before the post, where nobody sees them, and may be processed for a while. */
import { randomBytes } from 'node:crypto'
import { DeliveryError, type Message, type Part } from '../contract.ts'
import type { Post } from '../post-draft.ts'
import { oneLine } from '../words.ts'
import { call, MastodonRefusal } from './api.ts'
import type { Context } from './index.ts'
import type { Tried } from './journal.ts'

/** After so many attempts a picture that is still being processed is left out. */
const patientAttempts = 20
const askAgainMs = 3000

/**
 * Identifiers of the pictures that the instance took, in order; what it refuses is left out. Throws DeliveryError,
 * reached `no`; while pictures are being processed it is `retry`.
 */
export async function uploadedPictures(
  context: Context,
  message: Message,
  post: Post,
  tried: Tried,
): Promise<readonly string[]> {
  const { limits, journal, attempt, log } = context
  const ids: string[] = []
  const known: Record<string, string> = { ...tried.pictures }
  let waiting = false
  for (const { hash, alt } of post.pictures) {
    const part = message.parts.find((one) => one.hash === hash)
    if (part === undefined || ids.length === limits.pictures) continue
    try {
      const before = known[hash]
      let state = before === undefined ? undefined : await stateOf(context, before)
      if (state === undefined) {
        const uploaded = await upload(context, part, alt)
        state = uploaded.state
        known[hash] = uploaded.id
        journal.write(message.key, { ...tried, pictures: known })
      }
      if (state === 'processing' && attempt.number < patientAttempts) waiting = true
      else if (state === 'processing') log.warn({ picture: part.name }, 'a picture is processed for too long: left out')
      else ids.push(known[hash]!)
    } catch (error) {
      if (!(error instanceof DeliveryError) || error.kind !== 'reject') throw error
      log.warn({ picture: part.name, why: error.reply }, 'the instance refused a picture')
    }
  }
  if (waiting) {
    throw new DeliveryError('retry', 'no', 'the instance is still processing the pictures', {
      retryAfterMs: askAgainMs,
    })
  }
  return ids
}

type State = 'ready' | 'processing'

/** Undefined where the instance has it no more. Throws MastodonRefusal `reject` where its processing failed. */
async function stateOf({ http, settings, signal, nowMs }: Context, id: string): Promise<State | undefined> {
  const path = `/api/v1/media/${encodeURIComponent(id)}`
  const { status } = await call(http, settings, { method: 'GET', path, allowed: [404], signal, nowMs })
  return status === 404 ? undefined : status === 206 ? 'processing' : 'ready'
}

async function upload(
  { http, settings, limits, signal, nowMs }: Context,
  part: Part,
  alt: string,
): Promise<{ readonly id: string; readonly state: State }> {
  if (part.bytes.length > limits.pictureBytes || !limits.pictureTypes.includes(part.mediaType)) {
    const why = `${part.mediaType} of ${part.bytes.length} bytes: the instance takes no such picture`
    throw new MastodonRefusal(422, 'reject', 'no', why)
  }
  const { body, type } = form(part, oneLine(alt, limits.altCharacters))
  const { status, fields } = await call(http, settings, {
    method: 'POST',
    path: '/api/v2/media',
    headers: { 'Content-Type': type },
    body,
    signal,
    nowMs,
  })
  if (typeof fields.id !== 'string') throw new DeliveryError('retry', 'no', 'POST /api/v2/media: no id in the answer')
  return { id: fields.id, state: status === 202 ? 'processing' : 'ready' }
}

/** RFC 7578. */
function form(part: Part, description: string): { body: Uint8Array; type: string } {
  const boundary = `fountain-${randomBytes(16).toString('hex')}`
  const name = part.name.replace(/[^\w.-]/g, '_')
  const field = (disposition: string, type = '') =>
    `--${boundary}\r\nContent-Disposition: form-data; ${disposition}\r\n${type}\r\n`
  return {
    body: Buffer.concat([
      Buffer.from(`${field('name="description"')}${description}\r\n`),
      Buffer.from(field(`name="file"; filename="${name}"`, `Content-Type: ${part.mediaType}\r\n`)),
      part.bytes,
      Buffer.from(`\r\n--${boundary}--\r\n`),
    ]),
    type: `multipart/form-data; boundary=${boundary}`,
  }
}
