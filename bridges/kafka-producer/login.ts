/** How a lane logs in: kafkajs' own ways with passwords, and OAUTHBEARER (RFC 7628) by a token of ours. */
import type kafkajs from 'kafkajs'
import type { Sasl } from './config.ts'
import type { Token } from './tokens.ts'

type SaslOptions = NonNullable<kafkajs.KafkaConfig['sasl']>

export function passwordLogin(sasl: Exclude<Sasl, { mechanism: 'oauthbearer' }>): SaslOptions {
  return sasl as kafkajs.SASLOptions
}

/**
 * kafkajs' own OAUTHBEARER does not look at the broker's answer: a token that is refused counts as taken there, and
 * the next request fails as something else. A broker says why in JSON (RFC 7628 §3.2.2), and nothing where all is well.
 */
export function tokenLogin(tokenFor: () => Promise<Token>, onRefused: (token: string) => void): SaslOptions {
  return {
    mechanism: 'oauthbearer',
    authenticationProvider: ({ saslAuthenticate }) => ({
      async authenticate() {
        const { value } = await tokenFor()
        // No authorization identity: the broker takes who the token names.
        const message = Buffer.from(`n,,\u0001auth=Bearer ${value}\u0001\u0001`)
        try {
          await saslAuthenticate({
            request: { encode: () => sized(message) },
            // kafkajs hands over the answer with its length before it.
            response: { decode: (answer: Buffer) => answer.subarray(4), parse: refuse },
          })
        } catch (error) {
          if (isRefusal(error)) onRefused(value)
          throw error
        }
      },
    }),
  }
}

function sized(bytes: Buffer): Buffer {
  const length = Buffer.alloc(4)
  length.writeInt32BE(bytes.length)
  return Buffer.concat([length, bytes])
}

function refuse(answer: Buffer): void {
  if (answer.length > 0) throw new TokenRefused(answer.toString('utf8').slice(0, 300))
}

class TokenRefused extends Error {
  readonly type = 'SASL_AUTHENTICATION_FAILED'
}

const isRefusal = (error: unknown) => (error as { type?: unknown } | undefined)?.type === 'SASL_AUTHENTICATION_FAILED'
