import { createHmac } from 'node:crypto'

/**
 * The value of X-Fountain-Signature: `t=<seconds since 1970>,v1=<HMAC-SHA-256 of "t.body", hexadecimal>`. The time is
 * the attempt's own, so that a receiver can refuse what somebody recorded and plays again later.
 */
export function signature(secret: string, body: Uint8Array, nowMs: number): string {
  const t = Math.floor(nowMs / 1000)
  const hmac = createHmac('sha256', secret).update(`${t}.`).update(body).digest('hex')
  return `t=${t},v1=${hmac}`
}
