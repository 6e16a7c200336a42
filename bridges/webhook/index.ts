/** Webhooks: a signed POST of JSON to a subscriber's own URL. See README.md for what the subscriber must check. */
import { z } from 'zod'
import { type Bridge, DeliveryError } from '../contract.ts'
import type { HttpResponse } from '../http.ts'
import { retryAfterMs } from '../http.ts'
import { network } from '../public-address.ts'
import { oneLine } from '../words.ts'
import { readStored, renderWebhook } from './render.ts'
import { signature, subscriberKey, userOf } from './signature.ts'

const url = z
  .string()
  .max(2000)
  .refine(isWebhookUrl, 'must be an http or https URL without user name and password')
  .describe('where the events are posted')
const address = z.union([url.transform((text) => ({ url: text })), z.strictObject({ url })])

const ownHeaders = /^(host|content-.*|transfer-encoding|connection|upgrade|expect|idempotency-key|x-fountain-.*)$/i

const config = z.strictObject({
  secret: z
    .string()
    .min(16, 'must have 16 characters or more')
    .meta({ secret: true })
    .describe(
      'the keys that sign requests are made of it (fountain webhook-key); give it as ${NAME} and tell it to nobody',
    ),
  networks: z
    .array(network)
    .default([])
    .describe('networks that are open beside the public internet, such as 10.1.0.0/16'),
  headers: z
    .record(
      z
        .string()
        .regex(/^[A-Za-z0-9-]{1,64}$/)
        .refine((name) => !ownHeaders.test(name), 'is set by the gateway itself'),
      z.string().regex(/^[\x20-\x7e]{0,1000}$/),
    )
    .default({})
    .meta({ secret: true })
    .describe('sent with every request: what a proxy of yours may want'),
})

export const bridge: Bridge<typeof config, typeof address> = {
  kind: 'webhook',
  config,
  address,
  accepts: 'digest',
  pictures: ['cutouts', 'lightcurve'],
  maxInFlight: 8,
  servicePerAddress: true,
  async open({ secret, networks, headers }, host) {
    const closing = new AbortController()
    return {
      render: (items, to) => renderWebhook(items, to),
      async deliver(message, attempt) {
        const stored = readStored(message)
        const key = subscriberKey(secret, userOf(stored.subscription), stored.url)
        const response = await host.http.request({
          method: 'POST',
          url: stored.url,
          headers: {
            ...headers,
            'Content-Type': 'application/json',
            'User-Agent': 'Fountain',
            'Idempotency-Key': message.key,
            'X-Fountain-Event': stored.kind,
            'X-Fountain-Signature': signature(key, stored.json, host.clock.now()),
          },
          body: stored.json,
          signal: AbortSignal.any([attempt.signal, closing.signal]),
          networks,
          maxBytes: 2048,
          answer: 'excerpt',
        })
        const reply = replyOf(response)
        if (response.status >= 200 && response.status < 300) {
          return { state: 'sent', receipt: { id: message.key, atMs: host.clock.now(), reply } }
        }
        throw refusal(response, reply, host.clock.now())
      },
      /** Nothing to ask: each address is a subscriber's own, and anything posted there would be a message. */
      async check() {},
      async close() {
        closing.abort(new Error('the bridge is closed'))
      },
    }
  },
}

function refusal(response: HttpResponse, reply: string, nowMs: number): DeliveryError {
  const { status } = response
  if (status >= 300 && status < 400) {
    return new DeliveryError('reject', 'no', `${reply}: redirects are not followed, subscribe with the URL itself`)
  }
  if (status === 410) return new DeliveryError('reject', 'no', reply, { addressDead: true })
  const after = retryAfterMs(response, nowMs)
  const options = after === undefined ? {} : { retryAfterMs: after }
  if (status >= 500) return new DeliveryError('retry', 'maybe', reply, options)
  if (status === 408 || status === 425 || status === 429) return new DeliveryError('retry', 'no', reply, options)
  return new DeliveryError('reject', 'no', reply)
}

/** The status and the beginning of what the other side says. */
function replyOf({ status, body }: HttpResponse): string {
  return oneLine(`${status} ${Buffer.from(body).toString('utf8')}`, 2000)
}

function isWebhookUrl(text: string): boolean {
  if (!URL.canParse(text)) return false
  const { protocol, username, password } = new URL(text)
  return (protocol === 'https:' || protocol === 'http:') && username === '' && password === ''
}
