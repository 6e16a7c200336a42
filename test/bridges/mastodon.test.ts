import { readdirSync } from 'node:fs'
import twitter from 'twitter-text'
import { describe, expect, it } from 'vitest'
import { Refusal } from '../../bridges/contract.ts'
import { bridge } from '../../bridges/mastodon/index.ts'
import { says, startMastodonStandIn } from '../servers/mastodon.ts'
import { misbehaving } from '../servers/misbehave.ts'
import { attemptOf, failure, testBridge, testHost } from './contract.ts'
import { itsFolder, networks, posting, start, testEvent, token } from './mastodon-start.ts'
import { picturedItem, sampleItem } from './sample-item.ts'

/** A request's fields without what is known at the attempt alone. */
const core = (body: Uint8Array): Buffer => {
  const { status, text, visibility, language } = JSON.parse(Buffer.from(body).toString())
  return Buffer.from(JSON.stringify({ text: status ?? text, visibility, language }))
}

testBridge('mastodon', {
  bridge,
  to: {},
  secrets: [token],
  wire: ({ body }) => core(body),
  expects: { 'hang-before': { kind: 'retry', reached: 'maybe' } },
  async start() {
    const server = await startMastodonStandIn({ token })
    const reset = new Date(testHost().clock.now() + 7000).toISOString()
    const words = {
      reject: says(422, 'Validation failed: Text character limit of 500 exceeded'),
      later: says(429, 'Too many requests'),
      busy: says(429, 'Too many requests', { 'x-ratelimit-reset': reset }),
      fails: says(500, 'An unexpected error occurred'),
    }
    const messageOf = ({ path, method, body }: { path: string; method: string; body: Buffer }) =>
      method === 'POST' && path === '/api/v1/statuses' ? core(body) : undefined
    return { server: misbehaving(server, words, messageOf), config: { instance: server.url, token, networks } }
  },
})

describe('mastodon: what its errors mean', () => {
  it.each([
    [says(401, 'The access token is invalid'), 'halt', 'no'],
    [says(401, 'The access token was revoked'), 'halt', 'no'],
    [says(403, 'This action is outside the authorized scopes'), 'halt', 'no'],
    [says(403, 'Your login is currently disabled'), 'halt', 'no'],
    [says(422, 'Validation failed: Text character limit of 500 exceeded'), 'reject', 'no'],
    [says(400, 'Bad request'), 'reject', 'no'],
    [says(404, 'Record not found'), 'reject', 'no'],
    [{ status: 404, body: '<h1>Not Found</h1>' }, 'halt', 'no'],
    [{ status: 301, headers: { location: 'https://elsewhere.example/' } }, 'halt', 'no'],
    [says(429, 'Too many requests'), 'retry', 'no'],
    [says(500, 'Something went wrong'), 'retry', 'maybe'],
    [says(503, 'There was a temporary problem serving your request, please try again'), 'retry', 'maybe'],
    [{ status: 504, body: '' }, 'retry', 'maybe'],
    [{ status: 408, body: '<html>Request Timeout</html>' }, 'retry', 'maybe'],
  ] as const)('%j', async (answer, kind, reached) => {
    const { server, send } = await start()
    server.refuse(posting, answer)
    const failed = await failure(send(sampleItem))
    expect([failed.kind, failed.reached]).toEqual([kind, reached])
    expect(failed.reply).toContain(`${answer.status}`)
    expect(server.posts).toEqual([])
  })

  it.each([
    [{ 'retry-after': '12' }, 12_000],
    [{ 'x-ratelimit-reset': '2026-03-01T05:40:00.000Z' }, 120_000],
    [{ 'x-ratelimit-reset': '2027-03-01T05:40:00.000Z' }, 86_400_000],
    [{ 'x-ratelimit-reset': '2026-03-01T05:00:00.000Z' }, 0],
    [{ 'x-ratelimit-reset': 'soon' }, undefined],
  ])('429 with %j', async (headers, retryAfterMs) => {
    const { server, send } = await start()
    server.refuse(posting, says(429, 'Too many requests', headers as unknown as Record<string, string>))
    expect((await failure(send(sampleItem))).retryAfterMs).toBe(retryAfterMs)
  })

  it('keeps to the allowance of the instance when it says so', async () => {
    const { server, send } = await start()
    for (let n = 0; n < 300; n++) await fetch(`${server.url}/api/v2/instance`)
    expect(await failure(send(sampleItem))).toMatchObject({ kind: 'retry', reached: 'no', retryAfterMs: 300_000 })
  })

  it('repeats no secret that an answer repeats', async () => {
    const { server, send } = await start()
    server.refuse(posting, says(422, `no good: ${token}`))
    expect((await failure(send(sampleItem))).reply).toBe('POST /api/v1/statuses: 422 no good: ***')
  })

  it('halts where its own instance is in a network that is closed', async () => {
    const { send } = await start({ networks: [] })
    expect(await failure(send(sampleItem))).toMatchObject({
      kind: 'halt',
      reached: 'no',
      reply: expect.stringContaining('networks'),
    })
  })
})

describe('mastodon: check', () => {
  it('asks for the account, its scopes and the limits, and posts nothing', async () => {
    const { server, check, host } = await start()
    await check()
    expect(server.asked.every(({ method }) => method === 'GET')).toBe(true)
    expect(host.lines).toEqual([])
    expect(readdirSync(itsFolder())).toEqual([])
  })

  it.each([
    [
      'a token that is not good',
      'GET /api/v1/accounts/verify_credentials',
      says(401, 'The access token is invalid'),
      'halt',
    ],
    ['no Mastodon', 'GET /api/v2/instance', { status: 200, body: '{"uri":"x"}' }, 'halt'],
    ['an answer that is none', 'GET /api/v2/instance', { status: 200, body: '<html>' }, 'retry'],
    ['no account', 'GET /api/v1/accounts/verify_credentials', { status: 200, body: '{"id":"../x"}' }, 'retry'],
    ['a bad day', 'GET /api/v1/apps/verify_credentials', { status: 500, body: '' }, 'retry'],
  ] as const)('tells %s', async (_, call, answer, kind) => {
    const { server, check } = await start()
    server.refuse(call, answer)
    expect(await failure(check())).toMatchObject({ kind, reached: 'no' })
  })

  it.each([
    [['read', 'write:statuses']],
    [['read:accounts', 'write']],
    [['read:accounts', 'read:statuses', 'write:media']],
  ])('tells which scope is missing of %j', async (scopes) => {
    const { server, check } = await start()
    server.scopes = scopes
    expect(await failure(check())).toMatchObject({ kind: 'halt', reply: expect.stringMatching(/lacks (read|write):/) })
  })

  it('takes an instance that does not tell scopes', async () => {
    const { server, check } = await start()
    server.refuse('GET /api/v1/apps/verify_credentials', says(404, 'Not found'))
    await check()
  })

  it('warns of an account that is not marked as automated, and lint does after it', async () => {
    const { server, check, host, channel } = await start()
    const { body } = channel.render([sampleItem], {})
    expect(channel.drafting!.lint(body, {})).toEqual([])
    server.bot = false
    await check()
    expect(host.lines.join()).toContain('not marked as automated')
    expect(channel.drafting!.lint(body, {}).map(({ code, severity }) => [code, severity])).toEqual([
      ['MASTODON_NO_BOT_FLAG', 'warning'],
    ])
  })
})

describe('mastodon: drafts', () => {
  it('gives text and alt lines, and takes them back', async () => {
    const { channel, server, deliver } = await start()
    const message = channel.render([picturedItem], {})
    const { text, parse, lint } = channel.drafting!
    const shown = text(message.body)
    expect(shown).toMatch(/^Young and bright: .*\n\nAlt \(cutouts\): .+\nAlt \(light curve\): .+$/s)
    expect(Buffer.from(parse(shown, message.body))).toEqual(Buffer.from(message.body))
    const edited = parse(
      shown.replace('Young and bright', 'A new star').replace(/Alt \(cutouts\): .*/, 'Alt (cutouts): Three squares.'),
      message.body,
    )
    expect(lint(edited, {})).toEqual([])
    await deliver({ ...message, body: edited })
    expect(server.posts[0]!.text).toMatch(/^A new star/)
    expect(server.media.get(server.posts[0]!.mediaIds[0]!)!.alt).toBe('Three squares.')
  })

  it.each([
    ['x'.repeat(501), 'MASTODON_TOO_LONG'],
    ['', 'MASTODON_EMPTY'],
    ['hello @somebody', 'MASTODON_MENTION'],
  ])('lint tells what is wrong, #%#', async (text, code) => {
    const { channel } = await start()
    const message = channel.render([sampleItem], {})
    const body = channel.drafting!.parse(text, message.body)
    expect(channel.drafting!.lint(body, {}).map((finding) => finding.code)).toContain(code)
  })
})

describe('mastodon: who reads it', () => {
  const settings = { instance: 'https://mastodon.social', token }
  const audienceOf = (more: object) => bridge.audience!(bridge.config.parse({ ...settings, ...more }))

  it('is nobody until the configuration says live; an own host is a playground', () => {
    expect(audienceOf({})).toBe('nobody')
    expect(audienceOf({ live: true })).toBe('public')
    expect(audienceOf({ networks: ['0.0.0.0/0'] })).toBe('nobody')
    for (const instance of [
      'http://127.0.0.1:3000',
      'http://[::1]:3000',
      'http://10.1.2.3',
      'http://mastodon:3000',
      'http://mastodon.test',
    ])
      expect(audienceOf({ instance, live: true })).toBe('sandbox')
  })

  it('sends nothing where nobody reads', async () => {
    const channel = await bridge.open(bridge.config.parse(settings), {
      ...testHost(),
      http: { request: () => Promise.reject(new Error('asked')) },
    })
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
    expect(server.posts[0]!.text).toMatch(/^TEST/)
  })

  it.each([
    [{ token: 'short' }],
    [{ instance: 'http://mastodon.social' }],
    [{ instance: 'http://8.8.8.8' }],
    [{ instance: 'https://mastodon.social/' }],
    [{ instance: 'https://me:secret@mastodon.social' }],
    [{ visibility: 'direct' }],
    [{ language: 'English' }],
    [{ templates: { default: 'Hello {objekt}' } }],
    [{ templates: { default: 'Hello @astronomers' } }],
    [{ hashtags: true }],
  ])('refuses %j', (more) => expect(bridge.config.safeParse({ ...settings, ...more }).success).toBe(false))

  it('has a template for a stream, with the hashtags that stand in it', async () => {
    const { send, server } = await start({
      templates: { 'young-and-bright': { event: '#transient {object}[ in {band}]' } },
    })
    await send({ ...sampleItem, match: { ...sampleItem.match, stream: 'young-and-bright' } })
    expect(server.posts[0]!.text).toBe('#transient LSST-AP-DO-170028503098359808 in r')
    expect(twitter.extractHashtags(server.posts[0]!.text)).toEqual(['transient'])
  })
})
