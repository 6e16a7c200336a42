/**
 * Pictures for Slack in three steps (files.upload exists no more): ask for a place, put the bytes there, complete.
 * https://docs.slack.dev/reference/methods/files.getUploadURLExternal
 */
import { DeliveryError, type Part } from '../contract.ts'
import { call } from './api.ts'
import type { Context } from './index.ts'

export interface Upload {
  readonly id: string
  readonly title: string
}

/**
 * Puts the bytes where Slack wants them; a picture that it refuses is left out. Throws DeliveryError, reached `no`:
 * nobody sees what is not completed.
 */
export async function uploadPictures(context: Context, parts: readonly Part[]): Promise<readonly Upload[]> {
  const uploads: Upload[] = []
  for (const part of parts) {
    try {
      uploads.push(await upload(context, part))
    } catch (error) {
      if (!(error instanceof DeliveryError) || error.kind !== 'reject') throw error
      context.log.warn({ picture: part.name, why: error.reply }, 'Slack refused a picture')
    }
  }
  return uploads
}

async function upload({ http, settings, signal, nowMs }: Context, part: Part): Promise<Upload> {
  const title = part.name.startsWith('lightcurve') ? 'Light curve' : 'Science, template and difference image'
  try {
    const { fields } = await call(http, settings, {
      method: 'files.getUploadURLExternal',
      // This method takes no JSON.
      type: 'form',
      body: `${new URLSearchParams({ filename: part.name, length: `${part.bytes.length}`, alt_txt: title })}`,
      signal,
      nowMs,
    })
    const { upload_url: url, file_id: id } = fields
    if (typeof url !== 'string' || typeof id !== 'string') {
      throw new DeliveryError('retry', 'no', 'files.getUploadURLExternal: 200, and no answer of Slack')
    }
    const { status } = await http.request({
      method: 'POST',
      url,
      headers: { 'Content-Type': part.mediaType },
      body: part.bytes,
      signal,
      networks: settings.networks,
    })
    if (status !== 200) throw new DeliveryError('retry', 'no', `the upload of a picture: ${status}`)
    return { id, title }
  } catch (error) {
    if (!(error instanceof DeliveryError)) throw error
    const { kind, reply, retryAfterMs } = error
    // An address that is no more is told by the message itself, not by a picture.
    throw new DeliveryError(kind, 'no', reply, retryAfterMs === undefined ? {} : { retryAfterMs })
  }
}

/** Shows the pictures in the thread of the message. Throws DeliveryError. */
export async function completeUploads(
  { http, settings, signal, nowMs }: Context,
  files: readonly Upload[],
  channel: string,
  threadTs: string,
): Promise<void> {
  const body = JSON.stringify({ files, channel_id: channel, thread_ts: threadTs })
  await call(http, settings, { method: 'files.completeUploadExternal', type: 'json', body, signal, nowMs })
}
