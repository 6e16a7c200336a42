import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { bridge } from '../../bridges/bluesky/index.ts'
import type { BlueskyPost } from '../../bridges/bluesky/render.ts'
import { Refusal } from '../../bridges/contract.ts'
import { refuses, startBlueskyStandIn } from '../servers/bluesky.ts'
import { misbehaving } from '../servers/misbehave.ts'
import {
  appPassword,
  creating,
  identifier,
  itsFolder,
  networks,
  opened,
  start,
  started,
  testEvent,
} from './bluesky-start.ts'
import { attemptOf, failure, testBridge, testHost } from './contract.ts'
import { itemNumber, sampleItem } from './sample-item.ts'

/** Of the request and of the stored post what both hold. */
const core = (body: Uint8Array): Buffer => {
  const parsed = JSON.parse(Buffer.from(body).toString()) as BlueskyPost & {
    record?: { text: string; langs: string[] }
  }
  const { rkey, record, text, language } = parsed
  return Buffer.from(JSON.stringify({ rkey, text: record?.text ?? text, language: record?.langs[0] ?? language }))
}

testBridge('bluesky', {
  bridge,
  to: {},
  secrets: [appPassword, 'access.', 'refresh.'],
  wire: ({ body }) => core(body),
  async start() {
    const server = await startBlueskyStandIn({ identifier, appPassword })
    const reset = `${testHost().clock.now() / 1000 + 7}`
    const words = {
      reject: refuses(400, 'InvalidRequest', 'Invalid app.bsky.feed.post record: Record/text must not be longer'),
      later: refuses(429, 'RateLimitExceeded', 'Rate Limit Exceeded'),
      busy: refuses(429, 'RateLimitExceeded', 'Rate Limit Exceeded', { 'ratelimit-reset': reset }),
      fails: refuses(500, 'InternalServerError', 'Internal Server Error'),
    }
    const messageOf = ({ path, body }: { path: string; body: Buffer }) =>
      path === `/xrpc/${creating}` ? core(body) : undefined
    return {
      server: misbehaving(server, words, messageOf),
      config: { service: server.url, identifier, appPassword, networks },
    }
  },
})

const sessionFile = () => join(itsFolder(), 'session.json')
const mode = (path: string) => (statSync(path).mode & 0o777).toString(8)

describe('bluesky: the session', () => {
  it('is made once, and kept across restarts where nobody else reads it', async () => {
    const world = await started()
    for (let n = 0; n < 5; n++) {
      const { send, host } = await opened(world)
      await send(itemNumber(n))
      expect(host.lines.join()).not.toMatch(/access\.|refresh\./)
    }
    expect(world.server.logins).toEqual({ created: 1, refreshed: 0 })
    expect([mode(sessionFile()), readdirSync(itsFolder())]).toEqual(['600', ['session.json']])
    expect(readFileSync(sessionFile(), 'utf8')).not.toContain(appPassword)
  })

  it('is refreshed when it ends, and the new one is kept', async () => {
    const world = await started()
    const { send } = await opened(world)
    await send(itemNumber(1))
    world.clock.nowMs += 7_300_000
    await send(itemNumber(2))
    world.clock.nowMs += 7_300_000
    const again = await opened(world)
    await again.send(itemNumber(3))
    expect(world.server.logins).toEqual({ created: 1, refreshed: 2 })
    expect(world.server.records).toHaveLength(3)
    expect(mode(sessionFile())).toBe('600')
  })

  it('is made anew when it cannot be refreshed', async () => {
    const { server, send } = await start()
    await send(itemNumber(1))
    server.endSessions('all')
    await send(itemNumber(2))
    expect(server.logins).toEqual({ created: 2, refreshed: 0 })
  })

  it('of another account, or broken, is not used', async () => {
    const world = await started()
    const { send } = await opened(world)
    await send(itemNumber(1))
    const kept = JSON.parse(readFileSync(sessionFile(), 'utf8'))
    for (const text of [
      JSON.stringify({ ...kept, identifier: 'other.test' }),
      JSON.stringify({ ...kept, did: 'x' }),
      '{',
      '',
    ]) {
      writeFileSync(sessionFile(), text)
      const before = world.server.logins.created
      const { send: sendAgain } = await opened(world)
      await sendAgain(itemNumber(2))
      expect(world.server.logins.created).toBe(before + 1)
    }
  })

  it('is asked for by one at a time', async () => {
    const { server, channel } = await start()
    const messages = [1, 2, 3].map((n) => channel.render([itemNumber(n)], {}))
    await Promise.all(messages.map((message) => channel.deliver(message, attemptOf(message))))
    server.endSessions('access')
    const more = [4, 5, 6].map((n) => channel.render([itemNumber(n)], {}))
    await Promise.all(more.map((message) => channel.deliver(message, attemptOf(message))))
    expect(server.logins).toEqual({ created: 1, refreshed: 1 })
    expect(server.records).toHaveLength(6)
  })

  it('is not given up for a bad minute of the service', async () => {
    const { server, send } = await start()
    await send(itemNumber(1))
    server.endSessions('access')
    server.refuse('com.atproto.server.refreshSession', refuses(502, 'UpstreamFailure'))
    expect(await failure(send(itemNumber(2)))).toMatchObject({ kind: 'retry', reached: 'no' })
    await send(itemNumber(2))
    expect(server.logins).toEqual({ created: 1, refreshed: 1 })
  })

  it('halts where even a new one is not taken', async () => {
    const { server, send } = await start()
    const stale = refuses(400, 'InvalidToken', 'Token could not be verified')
    server.refuse(creating, stale, stale)
    expect(await failure(send(sampleItem))).toMatchObject({ kind: 'halt', reached: 'no' })
  })

  it('costs of a small allowance, which it waits for', async () => {
    const { server, send, clock } = await start()
    for (let n = 0; n < 30; n++) {
      await fetch(`${server.url}/xrpc/com.atproto.server.createSession`, { method: 'POST', body: '{}' })
    }
    expect(await failure(send(sampleItem))).toMatchObject({ kind: 'retry', reached: 'no', retryAfterMs: 300_000 })
    clock.nowMs += 300_001
    expect((await send(sampleItem)).state).toBe('sent')
  })

  it('that cannot be kept is said, and used', async () => {
    const world = await started()
    const { channel, host } = await opened(world)
    const lost = { ...host, folder: () => '/nowhere/at/all' }
    const settings = { service: world.server.url, identifier, appPassword, networks }
    const other = await bridge.open(bridge.config.parse(settings), lost)
    const message = channel.render([sampleItem], {})
    expect((await other.deliver(message, attemptOf(message))).state).toBe('sent')
    expect(host.lines.join()).toContain('cannot be kept')
    expect(host.lines.join()).not.toMatch(/access\.|refresh\./)
  })
})

describe('bluesky: what its errors mean', () => {
  it.each([
    [refuses(400, 'InvalidRequest', 'Invalid app.bsky.feed.post record'), 'reject', 'no'],
    [refuses(413, 'PayloadTooLarge', 'request entity too large'), 'reject', 'no'],
    [refuses(401, 'AuthMissing', 'Authentication Required'), 'halt', 'no'],
    [refuses(401, 'AccountTakedown', 'Account has been taken down'), 'halt', 'no'],
    [refuses(400, 'AccountTakedown', 'Account has been taken down'), 'halt', 'no'],
    [refuses(400, 'RepoDeactivated', 'Repo has been deactivated'), 'halt', 'no'],
    [refuses(403, 'Forbidden', 'no'), 'halt', 'no'],
    [{ status: 404, body: '<h1>Not Found</h1>' }, 'halt', 'no'],
    [{ status: 301, headers: { location: 'https://elsewhere.example/' } }, 'halt', 'no'],
    [refuses(429, 'RateLimitExceeded', 'Rate Limit Exceeded'), 'retry', 'no'],
    [refuses(500, 'InternalServerError', 'Internal Server Error'), 'retry', 'maybe'],
    [refuses(502, 'UpstreamFailure', 'Upstream service unreachable'), 'retry', 'maybe'],
    [{ status: 503, body: '<html>' }, 'retry', 'maybe'],
    [{ status: 408, body: '<html>Request Timeout</html>' }, 'retry', 'maybe'],
  ] as const)('%j', async (answer, kind, reached) => {
    const { server, send } = await start()
    server.refuse(creating, answer)
    const failed = await failure(send(sampleItem))
    expect([failed.kind, failed.reached]).toEqual([kind, reached])
    expect(failed.reply).toContain(`${answer.status}`)
    expect(server.records).toEqual([])
  })

  it.each([
    [{ 'ratelimit-reset': '1772343520' }, 40_000],
    [{ 'ratelimit-reset': '1772340000' }, 0],
    [{ 'ratelimit-reset': '1782343520' }, 86_400_000],
    [{ 'ratelimit-reset': 'soon' }, undefined],
    [{ 'retry-after': '12' }, 12_000],
  ])('429 with %j', async (headers, retryAfterMs) => {
    const { server, send } = await start()
    server.refuse(creating, refuses(429, 'RateLimitExceeded', 'x', headers as unknown as Record<string, string>))
    expect((await failure(send(sampleItem))).retryAfterMs).toBe(retryAfterMs)
  })

  it.each([
    [refuses(401, 'AuthenticationRequired', 'Invalid identifier or password'), 'halt'],
    [refuses(401, 'AuthFactorTokenRequired', 'A sign in code has been sent'), 'halt'],
    [refuses(400, 'InvalidRequest', 'Input/identifier must be a string'), 'halt'],
    [refuses(500, 'InternalServerError'), 'retry'],
    [{ status: 200, body: '{"did":"x"}' }, 'retry'],
    [{ status: 200, body: '{"did":"did:plc:abc","accessJwt":"a\\nb","refreshJwt":"c"}' }, 'retry'],
  ] as const)('at the login: %j', async (answer, kind) => {
    const { server, send } = await start()
    server.refuse('com.atproto.server.createSession', answer)
    expect(await failure(send(sampleItem))).toMatchObject({ kind, reached: 'no' })
  })

  it('repeats no secret that an answer repeats', async () => {
    const { server, send } = await start()
    server.refuse('com.atproto.server.createSession', refuses(401, 'AuthenticationRequired', `wrong: ${appPassword}`))
    expect((await failure(send(sampleItem))).reply).toBe(
      'com.atproto.server.createSession: 401 AuthenticationRequired wrong: ***',
    )
    await send(sampleItem)
    const { accessJwt } = JSON.parse(readFileSync(sessionFile(), 'utf8')) as { accessJwt: string }
    server.refuse(creating, refuses(400, 'InvalidRequest', `what is ${accessJwt}?`))
    expect((await failure(send(itemNumber(2)))).reply).toContain('what is ***?')
  })

  it('halts where its own service is in a network that is closed', async () => {
    const { send } = await start({ networks: [] })
    expect(await failure(send(sampleItem))).toMatchObject({
      kind: 'halt',
      reached: 'no',
      reply: expect.stringContaining('networks'),
    })
  })
})

describe('bluesky: check', () => {
  it('asks for the account, writes nothing and posts nothing', async () => {
    const { server, check, host } = await start()
    await check()
    await check()
    expect([server.records.length, server.logins.created, host.lines]).toEqual([0, 1, []])
    expect(readdirSync(itsFolder())).toEqual([])
  })

  it('uses the kept session, and up no token of it', async () => {
    const world = await started()
    const { send } = await opened(world)
    await send(itemNumber(1))
    const beside = await opened(world)
    await beside.check()
    expect(world.server.logins).toEqual({ created: 1, refreshed: 0 })
    world.server.endSessions('access')
    const kept = readFileSync(sessionFile(), 'utf8')
    await (await opened(world)).check()
    expect(readFileSync(sessionFile(), 'utf8')).toBe(kept)
    expect(world.server.logins).toEqual({ created: 2, refreshed: 0 })
    await send(itemNumber(2))
    expect(world.server.logins).toEqual({ created: 2, refreshed: 1 })
  })

  it('tells a wrong password and a closed account', async () => {
    const wrong = await start({ appPassword: 'wrong-word-of-old' })
    expect(await failure(wrong.check())).toMatchObject({
      kind: 'halt',
      reply: expect.stringContaining('Invalid identifier or password'),
    })
    const { server, check } = await start()
    server.closed = 'deactivated'
    expect(await failure(check())).toMatchObject({ kind: 'halt', reply: 'fountain.test is not active: deactivated' })
    server.closed = 'takendown'
    expect(await failure(check())).toMatchObject({ kind: 'halt', reply: expect.stringContaining('AccountTakedown') })
  })

  it.each([[undefined], [[]], [['!no-unauthenticated']]])(
    'warns of an account whose labels are %j, and lint does after it',
    async (labels) => {
      const { server, check, host, channel } = await start()
      const { body } = channel.render([sampleItem], {})
      expect(channel.drafting!.lint(body, {})).toEqual([])
      server.labels = labels
      await check()
      expect(host.lines.join()).toContain('does not label itself as a bot')
      expect(channel.drafting!.lint(body, {})).toMatchObject([{ code: 'BLUESKY_NO_BOT_LABEL', severity: 'warning' }])
    },
  )

  it('tells a bad day', async () => {
    const { server, check } = await start()
    server.refuse('com.atproto.repo.getRecord', refuses(503, 'ServiceUnavailable'))
    expect(await failure(check())).toMatchObject({ kind: 'retry', reached: 'no' })
  })
})

describe('bluesky: who reads it', () => {
  const settings = { identifier: 'fountain.example.org', appPassword }
  const audienceOf = (more: object) => bridge.audience!(bridge.config.parse({ ...settings, ...more }))

  it('is nobody until the configuration says live; an own host is a playground', () => {
    expect(audienceOf({})).toBe('nobody')
    expect(audienceOf({ live: true })).toBe('public')
    expect(audienceOf({ service: 'http://127.0.0.1:2583', live: true })).toBe('sandbox')
    expect(audienceOf({ service: 'https://pds.example.org' })).toBe('nobody')
  })

  it('sends nothing where nobody reads, not even a login', async () => {
    const host = { ...testHost(), http: { request: () => Promise.reject(new Error('asked')) } }
    const channel = await bridge.open(bridge.config.parse(settings), host)
    const message = channel.render([sampleItem], {})
    expect(await failure(channel.deliver(message, attemptOf(message)))).toMatchObject({
      kind: 'halt',
      reached: 'no',
      reply: expect.stringContaining('live: true'),
    })
  })

  it('tells no test to the public, and marks it elsewhere', async () => {
    const live = await bridge.open(bridge.config.parse({ ...settings, live: true }), testHost())
    expect(() => live.render([testEvent], {})).toThrow(Refusal)
    const { send, server } = await start()
    await send(testEvent)
    expect(server.records[0]!.value.text).toMatch(/^TEST/)
  })

  it.each([
    [{ identifier: '@fountain.example.org' }],
    [{ identifier: '' }],
    [{ appPassword: 'short' }],
    [{ service: 'http://bsky.social' }],
    [{ service: 'https://bsky.social/' }],
    [{ language: 'English' }],
    [{ templates: { default: 'Hello {objekt}' } }],
    [{ hashtags: true }],
  ])('refuses %j', (more) => expect(bridge.config.safeParse({ ...settings, ...more }).success).toBe(false))
})
