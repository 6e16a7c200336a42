import { createHmac } from 'node:crypto'

/**
 * What one subscriber checks by: of the instance's secret, for one URL and whose subscription sends there, so that who
 * has it can pretend nothing to anybody else. In hexadecimal; used as the text that it is. `user`: undefined for the
 * operator's own subscriptions.
 */
export function subscriberKey(secret: string, user: string | undefined, url: string): string {
  return createHmac('sha256', secret)
    .update(JSON.stringify([user ?? null, new URL(url).href]))
    .digest('hex')
}

/** Users' subscriptions are named `<user>/<name>`; those of the configuration have no slash. */
export function userOf(subscription: string): string | undefined {
  const slash = subscription.indexOf('/')
  return slash < 0 ? undefined : subscription.slice(0, slash)
}

/**
 * The value of X-Fountain-Signature: `t=<seconds since 1970>,v1=<HMAC-SHA-256 of "t.body", hexadecimal>`. The time is
 * the attempt's own, so that a receiver can refuse what somebody recorded and plays again later.
 */
export function signature(key: string, body: Uint8Array, nowMs: number): string {
  const t = Math.floor(nowMs / 1000)
  const hmac = createHmac('sha256', key).update(`${t}.`).update(body).digest('hex')
  return `t=${t},v1=${hmac}`
}
