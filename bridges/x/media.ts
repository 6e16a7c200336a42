/**
 * A picture for X: its bytes in one request, then what it shows in words; nobody sees it before the post that names
 * it. https://docs.x.com/x-api/media/upload-media, …/create-media-metadata
 */
import { randomBytes } from 'node:crypto'
import { DeliveryError, type Part } from '../contract.ts'
import type { PostPicture } from '../post-draft.ts'
import { call, type Data, XRefusal } from './api.ts'
import type { Context } from './index.ts'

/** X's own. */
export const mostImageBytes = 5_000_000
export const mostImages = 4
export const mostAlt = 1000

/** Identifiers for the post, and the pictures that X refused, which are left out. Throws DeliveryError, reached `no`. */
export async function uploadPictures(
  context: Context,
  pictures: readonly PostPicture[],
  parts: readonly Part[],
): Promise<{ ids: string[]; refused: string[] }> {
  const ids: string[] = []
  const refused: string[] = []
  for (const picture of pictures) {
    const part = parts.find(({ hash }) => hash === picture.hash)
    if (part === undefined) throw new DeliveryError('reject', 'no', `the picture ${picture.hash} is not kept any more`)
    try {
      ids.push(await upload(context, part, picture.alt))
    } catch (error) {
      if (!(error instanceof DeliveryError)) throw error
      const { kind, reply, retryAfterMs } = error
      // Nothing is public yet: whatever happened, all of it may be tried again.
      if (kind !== 'reject')
        throw new DeliveryError(kind, 'no', reply, retryAfterMs === undefined ? {} : { retryAfterMs })
      context.log.warn({ picture: part.name, why: reply }, 'X refused a picture')
      refused.push(`${part.name}: ${reply}`)
    }
  }
  return { ids, refused }
}

async function upload(context: Context, part: Part, alt: string): Promise<string> {
  const { http, settings, signal, nowMs } = context
  const { type, bytes } = multipart(part)
  const made = await call(http, settings, {
    method: 'POST',
    path: '/2/media/upload',
    body: { type, bytes },
    signal,
    nowMs,
  })
  const id = made.id
  if (typeof id !== 'string' || !/^\d+$/.test(id)) {
    throw new DeliveryError('retry', 'no', '/2/media/upload: 200, and no answer of X')
  }
  mustBeReady(made.processing_info as Data | undefined)
  // No picture without its words: where these are refused, the picture is left out.
  await context.paid(settings.prices.media, 'media', () =>
    call(http, settings, {
      method: 'POST',
      path: '/2/media/metadata',
      body: { type: 'application/json', bytes: JSON.stringify({ id, metadata: { alt_text: { text: alt } } }) },
      signal,
      nowMs,
    }),
  )
  return id
}

/** Pictures are ready at once; X says so where one is not. */
function mustBeReady(info: Data | undefined): void {
  const state = info?.state
  if (state === undefined || state === 'succeeded') return
  if (state === 'failed') throw new XRefusal('other', 'reject', 'no', '/2/media/upload: X could not read the picture')
  const seconds = Number(info?.check_after_secs ?? 5)
  throw new DeliveryError('retry', 'no', `/2/media/upload: the picture is ${String(state)}`, {
    retryAfterMs: Number.isFinite(seconds) ? Math.min(Math.max(1, seconds), 3600) * 1000 : 5000,
  })
}

function multipart({ bytes, mediaType, name }: Part): { type: string; bytes: Uint8Array } {
  const boundary = `fountain-${randomBytes(16).toString('hex')}`
  const field = (key: string, value: string) =>
    `--${boundary}\r\nContent-Disposition: form-data; name="${key}"\r\n\r\n${value}\r\n`
  return {
    type: `multipart/form-data; boundary=${boundary}`,
    bytes: Buffer.concat([
      Buffer.from(field('media_category', 'tweet_image') + field('media_type', mediaType)),
      Buffer.from(
        `--${boundary}\r\nContent-Disposition: form-data; name="media"; filename="${name}"\r\nContent-Type: ${mediaType}\r\n\r\n`,
      ),
      bytes,
      Buffer.from(`\r\n--${boundary}--\r\n`),
    ]),
  }
}
