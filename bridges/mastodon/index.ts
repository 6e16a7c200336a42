/** Mastodon: a post with pictures, follow-ups and retractions as answers. See README.md for the account that it needs. */
import { z } from 'zod'
import { type Attempt, type Bridge, DeliveryError, type Host } from '../contract.ts'
import { isInTheClear, postAudience } from '../post-audience.ts'
import { language, live } from '../post-config.ts'
import { draftText, parseDraft, readPost, writePost } from '../post-draft.ts'
import { templatesConfig } from '../post-template.ts'
import { openTexts } from '../post-text.ts'
import { network, serviceUrl } from '../public-address.ts'
import type { MastodonSettings } from './api.ts'
import { type Account, type InstanceLimits, readAccount, readInstance, readScopes, usualLimits } from './instance.ts'
import { Journal } from './journal.ts'
import { lookFor, publish } from './publish.ts'
import { lintMastodon, type MastodonPost, renderMastodon, visibilities } from './render.ts'

const address = z.strictObject({}).default({})

const config = z
  .strictObject({
    instance: serviceUrl.describe('the instance of the account, https://mastodon.social'),
    token: z
      .string()
      .regex(/^[\x21-\x7e]{16,500}$/, 'must be an access token')
      .meta({ secret: true })
      .describe('the access token of your application; give it as ${NAME}'),
    live,
    visibility: z
      .enum(visibilities)
      .default('unlisted')
      .describe('`unlisted` keeps many posts out of the public timelines; `private`: followers alone'),
    language,
    templates: templatesConfig,
    links: z.boolean().default(true).describe('may the event’s link stand in a post (where there is a `publicUrl`)?'),
    networks: z
      .array(network)
      .default([])
      .describe('networks that are open beside the public internet, for an instance of your own'),
  })
  .refine(({ instance }) => !isInTheClear(instance), {
    path: ['instance'],
    message: 'must begin with https: the token goes there',
  })
type Config = z.output<typeof config>

/** What one call of the channel works with. */
export interface Context {
  readonly http: Host['http']
  readonly log: Host['log']
  readonly settings: MastodonSettings
  readonly limits: InstanceLimits
  readonly journal: Journal
  readonly account: Account | undefined
  readonly attempt: Pick<Attempt, 'number' | 'thread'>
  readonly signal: AbortSignal
  readonly nowMs: number
}

const audience = ({ instance, live }: Config) => postAudience(instance, live)

export const bridge: Bridge<typeof config, typeof address> = {
  kind: 'mastodon',
  config,
  address,
  accepts: 'event',
  pictures: ['cutouts', 'lightcurve'],
  maxInFlight: 1,
  checks: 'the instance takes the token, its scopes, and what it allows; posting is not tried',
  checksFirst: true,
  approval: 'default',
  audience,
  // An account may upload 30 pictures in 30 minutes, and make 300 requests in 5.
  limits: { perSecond: 0.1, burst: 5 },
  async open(settings, host) {
    const { http, log, clock } = host
    const closing = new AbortController()
    const texts = openTexts(settings.templates)
    const journal = new Journal(host)
    const readers = audience(settings)
    let limits = usualLimits
    let account: Account | undefined
    const context = (attempt: Attempt): Context => {
      const signal = AbortSignal.any([attempt.signal, closing.signal])
      return { http, log, settings, limits, journal, account, attempt, signal, nowMs: clock.now() }
    }
    return {
      render: ([item]) => renderMastodon(item, settings, texts, limits, readers),
      drafting: {
        text: (body) => draftText(readPost(body)),
        parse: (text, original) => writePost(parseDraft(text, readPost<MastodonPost>(original))),
        lint: (body) => lintMastodon(readPost(body), limits, account),
      },
      async deliver(message, attempt) {
        if (readers === 'nobody') throw new DeliveryError('halt', 'no', 'nothing is posted without `live: true`')
        return publish(context(attempt), message)
      },
      look: (handle, attempt) => lookFor(context(attempt), handle),
      async check(signal) {
        const ask = { signal: AbortSignal.any([signal, closing.signal]), nowMs: clock.now() }
        const allowed = await readInstance(http, settings, ask)
        const found = await readAccount(http, settings, ask)
        const scopes = await readScopes(http, settings, ask)
        const lacks = ['read:statuses', 'write:statuses', 'write:media'].filter(
          (scope) => scopes !== undefined && !scopes.includes(scope) && !scopes.includes(scope.split(':')[0]!),
        )
        if (lacks.length > 0) {
          throw new DeliveryError('halt', 'no', `the application lacks ${lacks.join(', ')}: make a token that has them`)
        }
        if (!found.bot)
          log.warn({ account: found.name }, 'the account is not marked as automated: set it in its profile')
        limits = allowed
        account = found
      },
      async close() {
        closing.abort(new Error('the bridge is closed'))
      },
    }
  },
}
