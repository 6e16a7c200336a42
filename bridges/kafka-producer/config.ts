/** What bridges that write to Kafka share of their configuration: brokers, logins, compressions. */
import { z } from 'zod'

export const hostPort = z.string().regex(/^(\[[0-9a-fA-F:]+\]|[^\s:/[\]]+):\d{1,5}$/, 'must be host:port')

export const compressions = ['none', 'gzip', 'snappy', 'lz4', 'zstd'] as const
export type Compression = (typeof compressions)[number]

const mechanisms = ['plain', 'scram-sha-256', 'scram-sha-512', 'oauthbearer'] as const
const secret = () => z.string().min(1).meta({ secret: true }).optional()

export interface PasswordLogin {
  readonly mechanism: Exclude<(typeof mechanisms)[number], 'oauthbearer'>
  readonly username: string
  readonly password: string
}
/** OAuth 2.0 by client credentials (RFC 6749 §4.4), brought to the broker as RFC 7628 says. */
export interface TokenLogin {
  readonly mechanism: 'oauthbearer'
  readonly tokenUrl: string
  readonly clientId: string
  readonly clientSecret: string
  readonly scope?: string
}
export type Sasl = PasswordLogin | TokenLogin

const ofPasswords = ['username', 'password'] as const
const ofTokens = ['tokenUrl', 'clientId', 'clientSecret'] as const

export const saslConfig = z
  .strictObject({
    mechanism: z.enum(mechanisms).default('scram-sha-512'),
    username: z.string().min(1).optional().describe('not for oauthbearer'),
    password: secret().describe('give it as ${NAME}, a variable of the environment'),
    tokenUrl: z
      .url({ protocol: /^https?$/ })
      .optional()
      .describe('for oauthbearer: where tokens are given out'),
    clientId: z.string().min(1).optional().describe('for oauthbearer'),
    clientSecret: secret().describe('for oauthbearer; give it as ${NAME}'),
    scope: z.string().min(1).optional().describe('for oauthbearer: what is asked of the token, where that is needed'),
  })
  .transform((given, context): Sasl => {
    const [needed, others] =
      given.mechanism === 'oauthbearer' ? [ofTokens, ofPasswords] : [ofPasswords, [...ofTokens, 'scope'] as const]
    for (const key of needed)
      if (given[key] === undefined)
        context.addIssue({ code: 'custom', path: [key], message: `${given.mechanism} needs it` })
    for (const key of others)
      if (given[key] !== undefined)
        context.addIssue({ code: 'custom', path: [key], message: `${given.mechanism} has no such key` })
    // Complete, or refused above.
    return given as Sasl
  })

/** Where a producer writes, and as whom. */
export interface Cluster {
  readonly brokers: readonly string[]
  readonly tls: boolean
  readonly sasl?: Sasl | undefined
  readonly compression: Compression
}
