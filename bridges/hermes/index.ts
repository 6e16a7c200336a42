/** Hermes: messages for Hopskotch (SCiMMA) by its web API. See README.md for what it adds, and what it never does. */
import { z } from 'zod'
import { type Bridge, DeliveryError } from '../contract.ts'
import { call } from './api.ts'
import { audienceOf, config } from './config.ts'
import { drafting } from './drafting.ts'
import { renderHermes } from './message.ts'

const address = z.null('takes no address: the topic is a matter of the configuration').default(null)

export const bridge: Bridge<typeof config, typeof address> = {
  kind: 'hermes',
  config,
  address,
  accepts: 'event',
  pictures: [],
  maxInFlight: 1,
  limits: { perSecond: 1, burst: 5 },
  checks: 'Hermes takes the token, and the account may write to the topic',
  detail: 'full',
  audience: audienceOf,
  approval: 'default',
  async open(settings, host) {
    const closing = new AbortController()
    const during = (signal: AbortSignal) => AbortSignal.any([signal, closing.signal])
    return {
      render: ([item]) => renderHermes(item, settings),
      drafting,
      async deliver({ body }, { signal }) {
        const { uuid } = await call(host.http, settings, {
          method: 'POST',
          path: 'submit_message/',
          body,
          signal: during(signal),
          nowMs: host.clock.now(),
        })
        if (typeof uuid !== 'string' || !/^[0-9a-f-]{32,36}$/i.test(uuid)) {
          throw new DeliveryError('retry', 'maybe', 'submit_message/ 200, and no uuid: the message may be out')
        }
        return { state: 'sent', receipt: { id: uuid, atMs: host.clock.now() } }
      },
      async check(signal) {
        const profile = await call(host.http, settings, {
          method: 'GET',
          path: 'profile/',
          signal: during(signal),
          nowMs: host.clock.now(),
        })
        const halt = (why: string) => new DeliveryError('halt', 'no', why)
        if (!('writable_topics' in profile)) throw halt('profile/: no Hermes answers at `api`')
        if (!profile.credential_name) {
          throw halt('the account has no SCiMMA credential: log out of Hermes and in again')
        }
        const { writable_topics: topics } = profile
        if (Array.isArray(topics) && !topics.includes(settings.topic)) {
          throw halt(`the account may not write to ${settings.topic}: ask its owners, or name another topic`)
        }
      },
      async close() {
        closing.abort(new Error('the bridge is closed'))
      },
    }
  },
}
