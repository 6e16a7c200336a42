import { readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import fc from 'fast-check'
import { afterEach, describe, expect, it } from 'vitest'
import type { Attempt, Item, Outcome, Receipt } from '../../bridges/contract.ts'
import { bridge } from '../../bridges/slack/index.ts'
import { renderSlack } from '../../bridges/slack/render.ts'
import { misbehaving } from '../servers/misbehave.ts'
import { faultOf, no, type SlackServer, startSlack } from '../servers/slack.ts'
import { attemptOf, failure, testBridge, testHost } from './contract.ts'
import {
  bareItem,
  hostileItem,
  itemNumber,
  picturedItem,
  retractionItem,
  sampleEvent,
  sampleItem,
} from './sample-item.ts'

const token = 'xoxb-0123456789-secret-word'
const to = { channel: '#transients' }
const networks = ['127.0.0.0/8']
const servers: SlackServer[] = []
afterEach(async () => {
  for (const server of servers.splice(0)) await server.stop()
})

testBridge('slack', {
  bridge,
  to,
  secrets: [token, 'secret-word'],
  expects: { 'hang-before': { kind: 'retry', reached: 'maybe' } },
  async start() {
    const slack = await startSlack(token)
    const words = {
      reject: no('invalid_blocks'),
      later: no('ratelimited'),
      busy: no('ratelimited', {}, 429, { 'retry-after': '7' }),
      fails: no('internal_error'),
    }
    const messageOf = ({ path, body }: { path: string; body: Buffer }) =>
      path === '/api/chat.postMessage' ? body : undefined
    return { server: misbehaving(slack, words, messageOf), config: { token, api: slack.api, networks } }
  },
})

async function opened() {
  const slack = await startSlack(token)
  servers.push(slack)
  const host = testHost()
  const channel = await bridge.open(bridge.config.parse({ token, api: slack.api, networks }), host)
  const send = (item: Item, more: Partial<Attempt> = {}) => {
    const message = channel.render([item], to)
    return channel.deliver(message, { ...attemptOf(message), ...more })
  }
  return { slack, host, channel, send }
}
it('halts where its own `api` is in a network that is closed: no message is to blame', async () => {
  const slack = await startSlack(token)
  servers.push(slack)
  const channel = await bridge.open(bridge.config.parse({ token, api: slack.api }), testHost())
  const message = channel.render([picturedItem], to)
  const failed = await failure(channel.deliver(message, attemptOf(message)))
  expect(failed).toMatchObject({ kind: 'halt', reached: 'no', reply: expect.stringContaining('networks') })
  expect(slack.posted).toEqual([])
})

const receiptOf = (outcome: Outcome): Receipt => {
  if (outcome.state === 'submitted') throw new Error('was not sent')
  return outcome.receipt
}

describe('slack: what stands in the channel', () => {
  it.each([
    ['event', [sampleItem]],
    ['bare', [bareItem]],
    ['retraction', [retractionItem]],
    [
      'followup-test',
      [
        {
          ...sampleItem,
          event: {
            ...sampleEvent,
            role: 'test',
            citations: { events: [{ ivoid: 'ivo://example.org/x#1', cite: 'followup' }] },
          },
          match: {
            ...sampleItem.match,
            heldBack: 31,
            eventUrl: 'https://fountain.example.org/events?ID=ivo%3A%2F%2Fexample.org%2Fx%231&a=b|c',
            unsubscribeUrl: 'https://fountain.example.org/unsubscribe/0123456789abcdef',
          },
        },
      ],
    ],
    ['digest', [itemNumber(1), retractionItem, bareItem]],
  ] as [string, [Item, ...Item[]]][])('is as agreed: %s', (name, items) => {
    const path = fileURLToPath(new URL(`../golden/slack/${name}.json`, import.meta.url))
    const shown = `${JSON.stringify(JSON.parse(Buffer.from(renderSlack(items, to).body).toString()), null, 2)}\n`
    if (process.env.UPDATE_GOLDEN === '1') writeFileSync(path, shown)
    expect(shown).toBe(readFileSync(path, 'utf8'))
  })

  it('is within Slack’s limits and mentions nobody, whatever stands in events', () => {
    const several = fc.tuple(hostileItem, fc.array(hostileItem, { maxLength: 8 }), fc.constantFrom(1, 30))
    fc.assert(
      fc.property(several, ([first, others, times]) => {
        const items = [first, ...new Array(times).fill(others).flat()] as [Item, ...Item[]]
        const message = JSON.parse(Buffer.from(renderSlack(items, to).body).toString())
        expect(faultOf(message)).toBeUndefined()
        const texts: string[] = [message.text]
        JSON.stringify(message.blocks, (_, value) => {
          if (value?.type === 'mrkdwn') texts.push(value.text)
          return value
        })
        for (const text of texts) {
          // Nothing in angle brackets but our own links, and no bracket that opens none.
          expect(text.replace(/<https?:\/\/[^<>|\s]+\|[^<>|]*>/g, '')).not.toMatch(/[<>]/)
        }
      }),
      { numRuns: 150 },
    )
  })
})

describe('slack: threads and pictures', () => {
  it('answers in the thread of what was sent before', async () => {
    const { slack, send } = await opened()
    const root = receiptOf(await send(sampleItem))
    expect(root.id).toBe(`C0TRANSIENTS:${slack.posted[0]!.ts}`)
    const second = receiptOf(await send(itemNumber(2), { thread: [root] }))
    await send(itemNumber(3), { thread: [root, second] })
    expect(slack.posted.map(({ body }) => body.thread_ts)).toEqual([
      undefined,
      slack.posted[0]!.ts,
      slack.posted[0]!.ts,
    ])
    expect(slack.posted[1]!.body.reply_broadcast).toBeUndefined()
  })

  it('shows a retraction to the channel too', async () => {
    const { slack, send } = await opened()
    const root = receiptOf(await send(sampleItem))
    await send(retractionItem, { thread: [root] })
    expect(slack.posted[1]!.body).toMatchObject({ thread_ts: slack.posted[0]!.ts, reply_broadcast: true })
    // Without a thread there is nothing to broadcast from.
    await send(retractionItem)
    expect(slack.posted[2]!.body).not.toHaveProperty('reply_broadcast')
  })

  it('posts into the channel when somebody deleted the thread', async () => {
    const { slack, send } = await opened()
    const root = receiptOf(await send(sampleItem))
    slack.deleteThread(slack.posted[0]!.ts)
    expect((await send(itemNumber(2), { thread: [root] })).state).toBe('sent')
    expect(slack.posted).toHaveLength(2)
    expect(slack.posted[1]!.body.thread_ts).toBeUndefined()
  })

  it('puts the pictures below the message', async () => {
    const { slack, send } = await opened()
    await send(picturedItem)
    const { ts } = slack.posted[0]!
    expect(slack.shown.map(({ title, threadTs, channel }) => [title, threadTs, channel])).toEqual([
      ['Science, template and difference image', ts, 'C0TRANSIENTS'],
      ['Light curve', ts, 'C0TRANSIENTS'],
    ])
    const bytes = [...picturedItem.pictures.values()].map((picture) => Buffer.from(picture.bytes))
    expect(slack.shown.map((file) => file.bytes)).toEqual(bytes)
  })

  it('posts nothing while a picture cannot be uploaded, and all of it later', async () => {
    const { slack, send } = await opened()
    slack.refuse('files.getUploadURLExternal', no('internal_error'))
    expect(await failure(send(picturedItem))).toMatchObject({ kind: 'retry', reached: 'no' })
    expect(slack.posted).toHaveLength(0)
    await send(picturedItem)
    expect([slack.posted.length, slack.shown.length]).toEqual([1, 2])
  })

  it('leaves out a picture that Slack refuses', async () => {
    const { slack, host, send } = await opened()
    slack.refuse('files.getUploadURLExternal', no('file_upload_size_restricted'))
    expect((await send(picturedItem)).state).toBe('sent')
    expect([slack.posted.length, slack.shown.length]).toEqual([1, 1])
    expect(host.lines.join()).toContain('Slack refused a picture')
  })

  it('sends no second message for pictures that fail after the first', async () => {
    const { slack, send } = await opened()
    slack.refuse('files.completeUploadExternal', no('internal_error'))
    expect(receiptOf(await send(picturedItem)).reply).toMatch(/^posted without pictures: .*internal_error/)
    expect(slack.posted).toHaveLength(1)
  })

  it('says which delivery a message is, so that a repeat can be told', async () => {
    const { slack, channel } = await opened()
    const message = channel.render([sampleItem], to)
    await channel.deliver(message, attemptOf(message))
    await channel.deliver(message, { ...attemptOf(message), number: 2 })
    const keys = slack.posted.map(({ body }) => (body.metadata as { event_payload: { key: string } }).event_payload.key)
    expect(keys).toEqual([message.key, message.key])
  })
})

describe('slack: what its errors mean', () => {
  it.each([
    ['invalid_auth', 'halt', 'no', false],
    ['account_inactive', 'halt', 'no', false],
    ['token_revoked', 'halt', 'no', false],
    ['missing_scope', 'halt', 'no', false],
    ['channel_not_found', 'reject', 'no', true],
    ['is_archived', 'reject', 'no', true],
    ['not_in_channel', 'reject', 'no', false],
    ['msg_too_long', 'reject', 'no', false],
    ['a_word_of_tomorrow', 'reject', 'no', false],
    ['ratelimited', 'retry', 'no', false],
    ['internal_error', 'retry', 'maybe', false],
    ['fatal_error', 'retry', 'maybe', false],
    ['service_unavailable', 'retry', 'maybe', false],
  ] as const)('%s', async (error, kind, reached, addressDead) => {
    const { slack, send } = await opened()
    slack.refuse('chat.postMessage', no(error))
    const failed = await failure(send(sampleItem))
    expect({ ...failed }).toMatchObject({ kind, reached, addressDead })
    expect(failed.reply).toContain(error)
  })

  it.each([
    [{ status: 429, headers: { 'retry-after': '30' }, body: 'slow down' }, 'retry', 'no', 30_000],
    [{ status: 503, headers: { 'retry-after': '9' }, body: '<html>' }, 'retry', 'maybe', 9000],
    [{ status: 200, body: '<html>maintenance</html>' }, 'retry', 'maybe', undefined],
    [{ status: 200, body: '{"ok":true}' }, 'retry', 'maybe', undefined],
    [{ status: 200, body: 'null' }, 'retry', 'maybe', undefined],
    [{ status: 302, headers: { location: '/login' } }, 'retry', 'no', undefined],
  ] as const)('%j', async (answer, kind, reached, retryAfterMs) => {
    const { slack, send } = await opened()
    slack.refuse('chat.postMessage', answer)
    const failed = await failure(send(sampleItem))
    expect([failed.kind, failed.reached, failed.retryAfterMs]).toEqual([kind, reached, retryAfterMs])
  })

  it('real channels that are gone or closed are told apart', async () => {
    const { channel } = await opened()
    for (const [name, dead] of [
      ['#old', true],
      ['#nowhere', true],
      ['#closed', false],
    ] as const) {
      const message = channel.render([sampleItem], { channel: name })
      const failed = await failure(channel.deliver(message, attemptOf(message)))
      expect([failed.kind, failed.addressDead]).toEqual(['reject', dead])
    }
  })

  it('checks the token and what it may do', async () => {
    const { slack, channel } = await opened()
    const signal = AbortSignal.timeout(20_000)
    await channel.check(signal)
    slack.scopes = ['files:write']
    expect(await failure(channel.check(signal))).toMatchObject({ kind: 'halt' })
    slack.refuse('auth.test', no('token_revoked'))
    expect(await failure(channel.check(signal))).toMatchObject({ kind: 'halt' })
  })
})

describe('slack: configuration', () => {
  it('has the real service by default', () => {
    expect(bridge.config.parse({ token }).api).toBe('https://slack.com/api')
  })
  it.each([
    {},
    { token: 'hello' },
    { token, api: 'ftp://x' },
    { token, api: 'http://a/b/' },
    { token, api: 'http://a/?b=c' },
  ])('refuses %j', (config) => expect(bridge.config.safeParse(config).success).toBe(false))
  it('takes a channel by name or identifier', () => {
    expect(bridge.address.parse('#transients')).toEqual(to)
    expect(bridge.address.parse({ channel: 'C0123456789' })).toEqual({ channel: 'C0123456789' })
    for (const bad of ['transients', '#', '#a b', '@somebody', 'c0123456789', '#<!here>', 7, {}]) {
      expect(bridge.address.safeParse(bad).success).toBe(false)
    }
  })
})
