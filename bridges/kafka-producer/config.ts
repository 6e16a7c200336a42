/** What bridges that write to Kafka share of their configuration: brokers, logins, compressions. */
import { z } from 'zod'

export const hostPort = z.string().regex(/^(\[[0-9a-fA-F:]+\]|[^\s:/[\]]+):\d{1,5}$/, 'must be host:port')

export const compressions = ['none', 'gzip', 'snappy', 'lz4', 'zstd'] as const
export type Compression = (typeof compressions)[number]

const secret = () =>
  z.string().min(1).meta({ secret: true }).describe('give it as ${NAME}, a variable of the environment')

const passwordLogin = z.strictObject({
  mechanism: z.enum(['plain', 'scram-sha-256', 'scram-sha-512']).default('scram-sha-512'),
  username: z.string().min(1),
  password: secret(),
})

/** OAuth 2.0 by client credentials (RFC 6749 §4.4), brought to the broker as RFC 7628 says. */
const tokenLogin = z.strictObject({
  mechanism: z.literal('oauthbearer'),
  tokenUrl: z.url({ protocol: /^https?$/ }).describe('where tokens are given out'),
  clientId: z.string().min(1),
  clientSecret: secret(),
  scope: z.string().min(1).optional().describe('what is asked of the token, words with spaces between'),
})
export type TokenLogin = z.output<typeof tokenLogin>

export const saslConfig = z.union([tokenLogin, passwordLogin])
export type Sasl = z.output<typeof saslConfig>

/** Where a producer writes, and as whom. */
export interface Cluster {
  readonly brokers: readonly string[]
  readonly tls: boolean
  readonly sasl?: Sasl | undefined
  readonly compression: Compression
}
