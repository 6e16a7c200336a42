import { readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import fc from 'fast-check'
import twitter from 'twitter-text'
import { describe, expect, it } from 'vitest'
import type { Item } from '../../bridges/contract.ts'
import { draftText, type Post, readPost } from '../../bridges/post-draft.ts'
import { bridge } from '../../bridges/x/index.ts'
import { misbehaving } from '../servers/misbehave.ts'
import { problem, startXStandIn } from '../servers/x.ts'
import { attemptOf, failure, testBridge, testHost } from './contract.ts'
import { bareItem, hostileItem, param, picturedItem, retractionItem, sampleEvent, sampleItem } from './sample-item.ts'
import { followup, keys, linked, networks, nowMs, opened } from './x-start.ts'

/** What stays the same on the wire: identifiers of pictures are new with each attempt. */
const essence = (text: string, pictures: number) => Buffer.from(JSON.stringify({ text, pictures }))

testBridge('x', {
  bridge,
  to: {},
  secrets: Object.values(keys),
  // X takes no text twice.
  dress: (item) => ({ ...item, match: { ...item.match, streamTitle: `Young ${item.event.ivoid.slice(-4)}` } }),
  expects: { 'hang-before': { kind: 'retry', reached: 'maybe' } },
  wire: ({ body }) => {
    const { text, pictures } = readPost<Post>(body)
    return essence(text, pictures.length)
  },
  async start() {
    const x = await startXStandIn(keys)
    const words = {
      reject: problem(400, 'One or more parameters to your request was invalid.'),
      later: problem(429, 'Too Many Requests'),
      busy: problem(429, 'Too Many Requests', {}, { 'x-rate-limit-reset': `${nowMs / 1000 + 7}` }),
      fails: problem(503, 'Service Unavailable'),
    }
    const messageOf = ({ path, body }: { path: string; body: Buffer }) => {
      if (path !== '/2/tweets') return undefined
      const { text, media } = JSON.parse(body.toString()) as { text: string; media?: { media_ids: string[] } }
      return essence(text, media?.media_ids.length ?? 0)
    }
    return { server: misbehaving(x, words, messageOf), config: { ...keys, api: x.api, networks } }
  },
})

const moving: Item = {
  ...sampleItem,
  event: {
    ...sampleEvent,
    what: {
      ...sampleEvent.what!,
      groups: [{ name: 'ssObject', params: [param('designation', '2014 QE₄₉₆', 'meta.id')] }],
    },
  },
}

describe('x: what a post says', () => {
  it.each([
    ['discovery', sampleItem],
    ['pictures', { ...picturedItem, event: { ...picturedItem.event, role: 'observation' } }],
    ['followup', followup(2)],
    ['retraction', retractionItem],
    ['moving', moving],
    ['test', { ...picturedItem, event: { ...picturedItem.event, role: 'test' } }],
    ['bare', bareItem],
  ] as [string, Item][])('is as agreed: %s', async (name, item) => {
    const { channel } = await opened()
    const path = fileURLToPath(new URL(`../golden/x/${name}.txt`, import.meta.url))
    const shown = `${draftText(readPost(channel.render([item], {}).body))}\n`
    if (process.env.UPDATE_GOLDEN === '1') writeFileSync(path, shown)
    expect(shown).toBe(readFileSync(path, 'utf8'))
  })

  it('holds a link only where links are allowed', async () => {
    expect((await opened()).channel.render([linked], {}).body.toString()).not.toContain('http')
    const { x, send } = await opened({ links: true })
    await send(linked)
    expect(x.posts[0]?.text).toContain('https://fountain.example.org/events?ID=1')
    expect([x.postsWithUrl(), x.spentUsd()]).toEqual([1, 0.2])
  })

  it('fits, and costs no link, whatever stands in events', async () => {
    const { channel } = await opened({ templates: { default: '{object} {title} {reason} {column.a} {ivoid} {title}' } })
    const plain = await opened()
    fc.assert(
      fc.property(hostileItem, fc.boolean(), (item, own) => {
        const { text } = readPost<Post>((own ? channel : plain.channel).render([item], {}).body)
        expect(twitter.parseTweet(text).valid).toBe(true)
        expect(twitter.extractUrls(text)).toEqual([])
        expect(twitter.extractMentions(text)).toEqual([])
      }),
      { numRuns: 300 },
    )
  })

  it('is never a test where everybody reads', async () => {
    const live = await bridge.open(bridge.config.parse({ ...keys, live: true }), testHost())
    const test: Item = { ...sampleItem, event: { ...sampleEvent, role: 'test' } }
    expect(() => live.render([test], {})).toThrow(/tests are never posted/)
  })
})

describe('x: configuration', () => {
  const audience = (config: object) => bridge.audience?.(bridge.config.parse({ ...keys, ...config }))

  it('is public only where it says so, and its own address never is', () => {
    expect(audience({})).toBe('nobody')
    expect(audience({ live: true })).toBe('public')
    expect(audience({ api: 'http://127.0.0.1:9' })).toBe('sandbox')
    expect(audience({ api: 'http://127.0.0.1:9', live: true })).toBe('sandbox')
  })
  it('lets nothing out without live', async () => {
    const channel = await bridge.open(bridge.config.parse(keys), testHost())
    const message = channel.render([sampleItem], {})
    const failed = await failure(channel.deliver(message, attemptOf(message)))
    expect(failed).toMatchObject({ kind: 'halt', reached: 'no', reply: expect.stringContaining('live: true') })
  })
  it.each([
    [{ consumerKey: undefined }, /consumerKey/],
    [{ api: 'http://api.example.org' }, /https/],
    [{ api: 'ftp://x' }, /api/],
    [{ api: 'https://a.org/?b=c' }, /no query/],
    [{ templates: { default: 'see https://a.org/b' } }, /13 times/],
    [{ templates: { young: { followup: 'see https://a.org/b' } } }, /13 times/],
    [{ templates: { default: '{objekt}' } }, /did you mean \{object\}/],
    [{ spendPerDayUsd: -1 }, /spendPerDayUsd/],
  ])('refuses %j', (config, why) => {
    const found = bridge.config.safeParse({ ...keys, ...config })
    expect(JSON.stringify(found.error?.issues)).toMatch(why)
  })
  it('names the account in check', async () => {
    const { channel, host, x } = await opened()
    await channel.check(AbortSignal.timeout(20_000))
    expect(host.lines.join()).toContain('@a_telescope')
    expect(x.posts).toEqual([])
  })
})
