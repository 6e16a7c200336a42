/** Bluesky: a post with pictures, follow-ups and retractions as answers. See README.md for the account that it needs. */
import { z } from 'zod'
import { type Bridge, DeliveryError } from '../contract.ts'
import { isInTheClear, postAudience } from '../post-audience.ts'
import { language, live } from '../post-config.ts'
import { draftText, parseDraft, readPost, writePost } from '../post-draft.ts'
import { templatesConfig } from '../post-template.ts'
import { openTexts } from '../post-text.ts'
import { network, serviceUrl } from '../public-address.ts'
import { type Account, readAccount } from './account.ts'
import { publish } from './publish.ts'
import { type BlueskyPost, lintBluesky, renderBluesky } from './render.ts'
import { Sessions } from './session.ts'

const address = z.strictObject({}).default({})

const config = z
  .strictObject({
    service: serviceUrl.default('https://bsky.social').describe('the server of the account'),
    identifier: z
      .string()
      .regex(/^(?!@)[\x21-\x7e]{3,253}$/, 'must be a handle like fountain.example.org, without @')
      .describe('the account’s handle'),
    appPassword: z
      .string()
      .regex(/^[\x21-\x7e]{8,200}$/, 'must be an app password')
      .meta({ secret: true })
      .describe('an app password of the account, never its own; give it as ${NAME}'),
    live,
    language,
    templates: templatesConfig,
    links: z.boolean().default(true).describe('may the event’s link stand in a post (where there is a `publicUrl`)?'),
    networks: z
      .array(network)
      .default([])
      .describe('networks that are open beside the public internet, for a server of your own'),
  })
  .refine(({ service }) => !isInTheClear(service), {
    path: ['service'],
    message: 'must begin with https: the password goes there',
  })
type Config = z.output<typeof config>

const audience = ({ service, live }: Config) => postAudience(service, live)

export const bridge: Bridge<typeof config, typeof address> = {
  kind: 'bluesky',
  config,
  address,
  accepts: 'event',
  pictures: ['cutouts', 'lightcurve'],
  maxInFlight: 1,
  checks: 'the service takes the app password, and the account is active; posting is not tried',
  approval: 'default',
  audience,
  // An account may write 1,666 posts an hour and 11,666 a day.
  limits: { perSecond: 0.2, burst: 5, perDay: 10_000 },
  async open(settings, host) {
    const { log, clock } = host
    const closing = new AbortController()
    const texts = openTexts(settings.templates)
    const sessions = new Sessions(host, settings)
    const readers = audience(settings)
    let account: Account | undefined
    return {
      render: ([item]) => renderBluesky(item, settings, texts, readers),
      drafting: {
        text: (body) => draftText(readPost(body)),
        parse: (text, original) => writePost(parseDraft(text, readPost<BlueskyPost>(original))),
        lint: (body) => lintBluesky(body, account),
      },
      async deliver(message, attempt) {
        if (readers === 'nobody') throw new DeliveryError('halt', 'no', 'nothing is posted without `live: true`')
        const signal = AbortSignal.any([attempt.signal, closing.signal])
        return publish({ sessions, log, attempt, signal, nowMs: clock.now(), keep: true }, message)
      },
      async check(signal) {
        const bounded = AbortSignal.any([signal, closing.signal])
        account = await readAccount(sessions, { signal: bounded, nowMs: clock.now(), keep: false })
        if (!account.bot) log.warn({ account: account.name }, 'the account does not label itself as a bot')
      },
      async close() {
        closing.abort(new Error('the bridge is closed'))
      },
    }
  },
}
