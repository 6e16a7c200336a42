/** Login by token, with a small broker and the stand-in of GCN's token endpoint. Real brokers: test/kafka/token.test.ts. */
import fc from 'fast-check'
import { describe, expect, it, onTestFinished } from 'vitest'
import { DeliveryError } from '../../bridges/contract.ts'
import { bridge } from '../../bridges/kafka/index.ts'
import { openTokens } from '../../bridges/kafka-producer/tokens.ts'
import { type GcnOidcOptions, type OidcMood, startGcnOidcStandIn } from '../servers/gcn-oidc.ts'
import { startSmallBroker } from '../servers/kafka-broker.ts'
import { attemptOf, failure, testHost } from './contract.ts'
import { hostileText, itemNumber } from './sample-item.ts'

const clientSecret = 'p:w/@ %41+secret&=ü'
const to = { topic: 'alerts', key: 'object' as const }
const patience = () => AbortSignal.timeout(20_000)

async function opened(options: GcnOidcOptions = {}, takes: (token: string) => boolean = () => true, more: object = {}) {
  const oidc = await startGcnOidcStandIn({ clientSecret, ...options })
  const broker = await startSmallBroker({ takes })
  const sasl = { mechanism: 'oauthbearer', tokenUrl: oidc.tokenUrl, clientId: 'fountain-client', clientSecret, ...more }
  const host = testHost()
  let nowMs = 1_000
  const clock = { ...host.clock, monotonic: () => nowMs }
  const channel = await bridge.open(
    bridge.config.parse({ brokers: [`127.0.0.1:${broker.port}`], sasl, hopskotch: true }),
    { ...host, clock },
  )
  onTestFinished(async () => {
    await channel.close()
    await broker.stop()
    await oidc.stop()
  })
  const send = (n: number, signal?: AbortSignal) => {
    const message = channel.render([itemNumber(n)], to)
    return channel.deliver(message, attemptOf(message, signal))
  }
  const nothingLeaks = (...said: readonly unknown[]) => {
    const texts = said.map((one) => (one instanceof Error ? `${one.message} ${one.stack} ${one.cause}` : String(one)))
    for (const secret of [clientSecret, encodeURIComponent(clientSecret), ...oidc.tokens.filter((t) => t !== '')])
      for (const text of [...texts, ...host.lines]) expect(text).not.toContain(secret)
  }
  const passes = (ms: number) => {
    nowMs += ms
  }
  return { oidc, broker, channel, send, passes, nothingLeaks, clock }
}

describe('kafka: login by token', () => {
  it('asks for one token, brings it to the broker and keeps it until a minute before its end', async () => {
    const { oidc, broker, send, passes, nothingLeaks } = await opened({ lifeSeconds: 3600 })
    await send(1)
    await send(2)
    expect([oidc.tokens.length, broker.logins()]).toEqual([1, 1])
    expect(broker.records[0]!.headers.get('_sender')!.toString()).toBe('fountain-client')
    passes(3_539_000 - 300_000)
    passes(299_000)
    await send(3)
    expect([oidc.tokens.length, broker.logins()]).toEqual([1, 2])
    passes(3_000)
    await send(4)
    expect([oidc.tokens.length, broker.logins()]).toEqual([2, 3])
    nothingLeaks()
  })

  it('takes half of a short life, and five minutes where none is told', async () => {
    const short = await opened({ lifeSeconds: 20 })
    await short.send(1)
    short.passes(9_900)
    await short.send(2)
    expect(short.oidc.tokens).toHaveLength(1)
    short.passes(200)
    await short.send(3)
    expect(short.oidc.tokens).toHaveLength(2)

    const untold = await opened()
    untold.oidc.mood = 'endless-life'
    await untold.send(1)
    untold.passes(239_000)
    await untold.send(2)
    expect(untold.oidc.tokens).toHaveLength(1)
    untold.passes(2_000)
    await untold.send(3)
    expect(untold.oidc.tokens).toHaveLength(2)
  })

  it('many at once ask for one token', async () => {
    const { oidc, broker, send } = await opened()
    oidc.mood = 'slow'
    await Promise.all([1, 2, 3, 4, 5, 6, 7, 8].map((n) => send(n)))
    expect(oidc.asked()).toBe(1)
    expect(broker.records).toHaveLength(8)
  })

  it('who is told to stop does not stop the others that wait for the same token', async () => {
    const { oidc, clock } = await opened()
    const login = {
      mechanism: 'oauthbearer' as const,
      tokenUrl: oidc.tokenUrl,
      clientId: 'fountain-client',
      clientSecret,
    }
    const tokens = openTokens(testHost().http, clock, login)
    oidc.mood = 'slow'
    const abort = new AbortController()
    const first = failure(tokens.token(abort.signal))
    const second = tokens.token(patience())
    await expect.poll(oidc.asked).toBe(1)
    abort.abort(new Error('time is up'))
    expect(await first).toMatchObject({ kind: 'retry', reached: 'no' })
    expect((await second).value).toBe(oidc.tokens.at(-1))
  })

  it('a token that the broker refuses is renewed once', async () => {
    const refused = new Set<string>()
    const { oidc, broker, channel, send, passes, nothingLeaks } = await opened({}, (token) => !refused.has(token))
    await send(1)
    refused.add(oidc.tokens[0]!)
    passes(310_000)
    expect(await send(2)).toMatchObject({ state: 'sent' })
    expect(oidc.tokens).toHaveLength(2)
    refused.add(oidc.tokens[1]!)
    await channel.check(patience())
    expect(oidc.tokens).toHaveLength(3)
    expect(broker.records).toHaveLength(2)
    nothingLeaks()
  })

  it('a new one that is refused too halts, here and in check, and stays unsaid though the broker echoes it', async () => {
    const { oidc, broker, channel, send, nothingLeaks } = await opened({}, () => false)
    for (const [ask, asked] of [
      [() => send(1), 2],
      [() => channel.check(patience()), 4],
    ] as const) {
      const error = await failure(ask())
      expect([error.kind, error.reached]).toEqual(['halt', 'no'])
      expect(error.reply).toMatch(/SASL_AUTHENTICATION_FAILED: .*invalid_token/)
      expect(oidc.asked()).toBe(asked)
      nothingLeaks(error)
    }
    expect(broker.records).toHaveLength(0)
  })

  it('a broker that knows no tokens halts', async () => {
    const oidc = await startGcnOidcStandIn()
    const broker = await startSmallBroker({ user: 'u', password: 'p' })
    const sasl = {
      mechanism: 'oauthbearer',
      tokenUrl: oidc.tokenUrl,
      clientId: 'fountain-client',
      clientSecret: 'only-on-loopback',
    }
    const channel = await bridge.open(bridge.config.parse({ brokers: [`127.0.0.1:${broker.port}`], sasl }), testHost())
    onTestFinished(async () => {
      await channel.close()
      await broker.stop()
      await oidc.stop()
    })
    expect(await failure(channel.check(patience()))).toMatchObject({ kind: 'halt', reached: 'no' })
  })

  it.each<[string, OidcMood, string, RegExp]>([
    ['401', { status: 401, body: '{"error":"invalid_client"}' }, 'halt', /401 \(invalid_client\): correct clientId/],
    ['400', { status: 400, body: '{"error":"invalid_scope","error_description":"no"}' }, 'halt', /invalid_scope: no/],
    ['403 of a proxy', { status: 403, body: '<html>' }, 'halt', /answers 403: correct clientId/],
    ['404', { status: 404 }, 'halt', /correct tokenUrl/],
    ['a redirect', 'redirect', 'halt', /answers 302: correct tokenUrl/],
    ['500', { status: 500, body: 'oops' }, 'retry', /answers 500/],
    ['503', { status: 503 }, 'retry', /answers 503/],
    ['HTML', 'html', 'retry', /gives no token/],
    ['no token', 'no-token', 'retry', /gives no token/],
    ['a token that breaks the message', 'bad-token', 'retry', /gives no token/],
    ['a token of no type', 'no-type', 'retry', /no token of type Bearer/],
    ['JSON that is no object', { status: 200, body: 'null' }, 'retry', /gives no token/],
    [
      'a token that has ended',
      { status: 200, body: '{"access_token":"x","token_type":"bearer","expires_in":0}' },
      'retry',
      /ended already/,
    ],
    ['a line that is cut', 'drop', 'retry', /token endpoint .*127\.0\.0\.1/],
  ])('the endpoint answers with %s', async (_, mood, kind, reply) => {
    const { oidc, broker, channel, send, nothingLeaks } = await opened()
    oidc.mood = mood
    for (const error of [await failure(send(1)), await failure(channel.check(patience()))]) {
      expect([error.kind, error.reached]).toEqual([kind, 'no'])
      expect(error.reply).toMatch(reply)
      nothingLeaks(error)
    }
    expect(broker.begun()).toBe(0)
    oidc.mood = 'well'
    expect(await send(1)).toMatchObject({ state: 'sent' })
  })

  it('whatever the endpoint answers is a token that a broker can be given, or an error that says nothing of the secret', async () => {
    const login = {
      mechanism: 'oauthbearer' as const,
      tokenUrl: 'http://127.0.0.1:1/t?x=1',
      clientId: 'c',
      clientSecret,
    }
    const field = fc.oneof(
      fc.jsonValue(),
      hostileText,
      fc.constantFrom('Bearer', 'bearer', 'a.b-c~d+/=', 3600, '60', -1, clientSecret),
    )
    const body = fc.oneof(
      hostileText,
      fc.json(),
      fc
        .record({ access_token: field, token_type: field, expires_in: field, error: field, error_description: field })
        .map((fields) => JSON.stringify(fields)),
    )
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 100, max: 599 }), body, hostileText, async (status, text, header) => {
        const http = { request: async () => ({ status, headers: { 'retry-after': header }, body: Buffer.from(text) }) }
        const tokens = openTokens(http, testHost().clock, login)
        const outcome = await tokens.token(patience()).catch((error: unknown) => error)
        if (outcome instanceof DeliveryError) {
          expect(outcome.reached).toBe('no')
          expect(`${outcome.reply} ${outcome.stack}`).not.toContain(clientSecret)
          expect(outcome.reply).toMatch(/^the token endpoint http:\/\/127\.0\.0\.1:1\/t answers \d{3}/)
          expect(outcome.retryAfterMs ?? 0).toBeLessThanOrEqual(86_400_000)
        } else {
          expect(status).toBe(200)
          expect(outcome).toMatchObject({ value: expect.stringMatching(/^[\w\-.~+/]+=*$/) })
        }
      }),
      { numRuns: 500 },
    )
  })

  it('waits as long as the endpoint asks', async () => {
    const { oidc, send } = await opened()
    oidc.mood = { status: 429, headers: { 'retry-after': '7' } }
    expect(await failure(send(1))).toMatchObject({ kind: 'retry', reached: 'no', retryAfterMs: 7000 })
  })

  it('stops when told, while the endpoint is silent', async () => {
    const { oidc, send } = await opened()
    oidc.mood = 'hang'
    const abort = new AbortController()
    const failing = failure(send(1, abort.signal))
    await expect.poll(oidc.asked).toBe(1)
    abort.abort(new Error('time is up'))
    expect(await failing).toMatchObject({ kind: 'retry', reached: 'no' })
    await expect.poll(oidc.connections).toBe(0)
  })

  it('a wrong secret halts and is not said though the endpoint echoes it', async () => {
    const { channel, nothingLeaks } = await opened({ clientSecret: 'another' })
    const error = await failure(channel.check(patience()))
    expect([error.kind, error.reached]).toEqual(['halt', 'no'])
    expect(error.reply).toContain('invalid_client')
    nothingLeaks(error)
  })

  it('asks for its scope, and halts where that is not its', async () => {
    const scopes = ['gcn.nasa.gov/kafka-rubin-producer']
    const right = await opened({ scopes }, undefined, { scope: scopes[0] })
    await right.channel.check(patience())
    const wrong = await opened({ scopes }, undefined, { scope: 'gcn.nasa.gov/kafka-other-producer' })
    expect(await failure(wrong.channel.check(patience()))).toMatchObject({ kind: 'halt', reached: 'no' })
  })

  it('takes no half of either login', () => {
    const brokers = ['localhost:9092']
    const tokenUrl = 'https://auth.example.org/oauth2/token'
    for (const sasl of [
      { mechanism: 'oauthbearer' },
      { mechanism: 'oauthbearer', tokenUrl, clientId: 'a' },
      { mechanism: 'oauthbearer', tokenUrl, clientId: 'a', clientSecret: '' },
      { mechanism: 'oauthbearer', tokenUrl: 'file:///x', clientId: 'a', clientSecret: 'b' },
      { mechanism: 'oauthbearer', username: 'a', password: 'b' },
      { mechanism: 'plain', tokenUrl, clientId: 'a', clientSecret: 'b' },
    ])
      expect(bridge.config.safeParse({ brokers, sasl }).success).toBe(false)
  })
})
