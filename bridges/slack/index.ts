/** Slack: a message of blocks by a bot, its pictures in the thread below. See README.md for the app that it needs. */
import { z } from 'zod'
import { type Attempt, type Bridge, DeliveryError, type Host, type Message } from '../contract.ts'
import { network, serviceUrl } from '../public-address.ts'
import { oneLine } from '../words.ts'
import { call, SlackRefusal, type SlackSettings } from './api.ts'
import { completeUploads, uploadPictures } from './files.ts'
import { type Post, renderSlack } from './render.ts'

const channel = z
  .string()
  .regex(/^(#[^\s#@<>&|]{1,80}|[CDGU][A-Z0-9]{6,20})$/, 'must be #channel, or a channel’s or person’s identifier')
  .describe('#channel, or the identifier of a channel (C…) or person (U…)')
const address = z.union([channel.transform((name) => ({ channel: name })), z.strictObject({ channel })])

const config = z.strictObject({
  token: z
    .string()
    .regex(/^xox[a-z]-[\x21-\x7e]{8,300}$/, 'must be a bot token, xoxb-…')
    .meta({ secret: true })
    .describe('the bot token of your Slack app; give it as ${NAME}'),
  api: serviceUrl.default('https://slack.com/api').describe('where the Web API is'),
  networks: z
    .array(network)
    .default([])
    .describe('networks that are open beside the public internet, for an `api` of your own'),
})

/** What Slack says of a thread that is not there; the message itself is fine. */
const noThread = new Set(['thread_not_found', 'message_not_found', 'invalid_thread_ts', 'cannot_reply_to_message'])

export const bridge: Bridge<typeof config, typeof address> = {
  kind: 'slack',
  config,
  address,
  accepts: 'digest',
  pictures: ['cutouts', 'lightcurve'],
  maxInFlight: 2,
  checks: 'Slack takes the token; channels are not tried',
  // Slack bears about one message a second in a channel, with short bursts.
  limits: { perSecond: 1, burst: 3 },
  async open(settings, host) {
    const closing = new AbortController()
    return {
      render: (items, to) => renderSlack(items, to),
      async deliver(message, attempt) {
        return deliver(host, settings, message, {
          ...attempt,
          signal: AbortSignal.any([attempt.signal, closing.signal]),
        })
      },
      async check(signal) {
        const nowMs = host.clock.now()
        const bounded = AbortSignal.any([signal, closing.signal])
        const { headers } = await call(host.http, settings, {
          method: 'auth.test',
          type: 'form',
          body: '',
          signal: bounded,
          nowMs,
        })
        const scopes = headers['x-oauth-scopes']?.split(/\s*,\s*/)
        if (scopes !== undefined && !scopes.includes('chat:write')) {
          throw new DeliveryError(
            'halt',
            'no',
            'the token lacks the scope chat:write: add it to the app and install it again',
          )
        }
      },
      async close() {
        closing.abort(new Error('the bridge is closed'))
      },
    }
  },
}

async function deliver(host: Host, settings: SlackSettings, message: Message, attempt: Attempt) {
  const { signal } = attempt
  const context = { http: host.http, log: host.log, settings, signal, nowMs: host.clock.now() }
  // First what nobody sees: until an upload is completed it shows nowhere, so a failure here may be tried again.
  const files = await uploadPictures(context, message.parts)
  const root = attempt.thread[0]?.id.split(':')
  const posted = await post(context, message, root?.[1])
  const receipt = { id: `${posted.channel}:${posted.ts}`, atMs: host.clock.now() }
  if (files.length === 0) return { state: 'sent', receipt } as const
  try {
    await completeUploads(context, files, posted.channel, root?.[1] ?? posted.ts)
    return { state: 'sent', receipt } as const
  } catch (error) {
    // The message is there; a second one for its pictures would be worse than none.
    const why = oneLine((error as Error).message, 200)
    host.log.warn({ key: message.key, why }, 'the message was posted, its pictures were not')
    return { state: 'sent', receipt: { ...receipt, reply: `posted without pictures: ${why}` } } as const
  }
}

export interface Context {
  readonly http: Host['http']
  readonly log: Host['log']
  readonly settings: SlackSettings
  readonly signal: AbortSignal
  readonly nowMs: number
}

async function post(
  { http, settings, signal, nowMs }: Context,
  message: Message,
  threadTs: string | undefined,
): Promise<{ channel: string; ts: string }> {
  const send = async (body: Uint8Array | string) => {
    const { fields } = await call(http, settings, { method: 'chat.postMessage', type: 'json', body, signal, nowMs })
    const { channel, ts } = fields
    if (typeof channel !== 'string' || typeof ts !== 'string' || !/^\d+\.\d+$/.test(ts)) {
      throw new DeliveryError('retry', 'maybe', 'chat.postMessage: 200, and no answer of Slack')
    }
    return { channel, ts }
  }
  if (threadTs === undefined) return send(message.body)
  const stored = JSON.parse(Buffer.from(message.body).toString('utf8')) as Post
  // A retraction must be seen by those who do not follow the thread.
  const broadcast = stored.metadata.event_payload.kind === 'retraction' ? { reply_broadcast: true } : {}
  try {
    return await send(JSON.stringify({ ...stored, thread_ts: threadTs, ...broadcast }))
  } catch (error) {
    // Somebody deleted the thread: nothing was posted, and the message belongs into the channel then.
    if (error instanceof SlackRefusal && noThread.has(error.code)) return send(message.body)
    throw error
  }
}
