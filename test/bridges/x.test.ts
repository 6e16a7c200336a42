import { appendFileSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import fc from 'fast-check'
import twitter from 'twitter-text'
import { afterEach, describe, expect, it } from 'vitest'
import type { Attempt, Item, Message, Outcome, Receipt } from '../../bridges/contract.ts'
import { draftText, type Post, readPost } from '../../bridges/post-draft.ts'
import { bridge } from '../../bridges/x/index.ts'
import { sign } from '../../bridges/x/oauth.ts'
import { weightOf } from '../../bridges/x/weight.ts'
import { misbehaving } from '../servers/misbehave.ts'
import { problem, startXStandIn, type XStandIn } from '../servers/x.ts'
import { attemptOf, failure, testBridge, testHost } from './contract.ts'
import {
  bareItem,
  hostileItem,
  hostileText,
  itemNumber,
  param,
  picturedItem,
  retractionItem,
  sampleEvent,
  sampleItem,
} from './sample-item.ts'

const keys = {
  consumerKey: 'consumer-key-1234567',
  consumerSecret: 'consumer-secret-word&%',
  accessToken: '2244994945-access-token',
  accessTokenSecret: 'access-token-secret-word',
}
const networks = ['127.0.0.0/8']
const nowMs = Date.UTC(2026, 2, 1, 5, 38)
const servers: XStandIn[] = []
afterEach(async () => {
  for (const server of servers.splice(0)) await server.stop()
})

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

async function opened(more: object = {}, options: object = {}, folder?: string) {
  const x = await startXStandIn({ ...keys, ...options })
  servers.push(x)
  const at = folder ?? mkdtempSync(join(tmpdir(), 'fountain-x-'))
  const clock = { ms: nowMs }
  const test = testHost()
  const host = { ...test, folder: () => at, clock: { ...test.clock, now: () => clock.ms } }
  const settings = bridge.config.parse({ ...keys, api: x.api, networks, ...more })
  const channel = await bridge.open(settings, host)
  const send = (item: Item, attempt: Partial<Attempt> = {}) => {
    const message = channel.render([item], {})
    return channel.deliver(message, { ...attemptOf(message), ...attempt })
  }
  return { x, host, channel, send, folder: at, clock, settings }
}
const receiptOf = (outcome: Outcome): Receipt => {
  if (outcome.state === 'submitted') throw new Error('was not sent')
  return outcome.receipt
}
const followup = (n: number): Item => ({ ...itemNumber(n), match: { ...sampleItem.match, sequence: 2 } })
const linked: Item = {
  ...sampleItem,
  match: { ...sampleItem.match, eventUrl: 'https://fountain.example.org/events?ID=1' },
}
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

describe('x: the length of a text', () => {
  it.each(['r=21.3±0.1', '新星', 'e\u0301', '…', 'see https://a.org/b?c=1 now', 'ivo://a.org/b', ''])(
    '%s weighs what X’s library says',
    (text) => expect(weightOf(text)).toBe(twitter.parseTweet(text).weightedLength),
  )
  it('is never less than what X’s library says', () => {
    const text = fc.oneof(
      hostileText.map((one) => one.slice(0, 400)),
      fc.string({ unit: 'grapheme', maxLength: 60 }),
      fc
        .array(
          fc.constantFrom('https://a.org/x', 'http://b.io', 'c.com', ' ', '. ', 'é', '👩‍🚀', '☀️', '🇩🇪', '1️⃣', '(', ')'),
          {
            maxLength: 12,
          },
        )
        .map((some) => some.join('')),
    )
    fc.assert(
      fc.property(text, (one) => {
        expect(weightOf(one)).toBeGreaterThanOrEqual(twitter.parseTweet(one).weightedLength)
      }),
      { numRuns: 1000 },
    )
  })
})

describe('x: the signature', () => {
  it('is that of the example in X’s documentation', () => {
    const fields = [
      ['oauth_consumer_key', 'xvz1evFS4wEEPTGEFPHBog'],
      ['oauth_nonce', 'kYjzVBB8Y0ZFabxSWbWovY3uYSQ2pTgmZeNu2VS4cg'],
      ['oauth_signature_method', 'HMAC-SHA1'],
      ['oauth_timestamp', '1318622958'],
      ['oauth_token', '370773112-GmHxMAgYyLbNEtIKZeRNFsMKPR9EyMZeS9weJAEb'],
      ['oauth_version', '1.0'],
    ] as const
    const request = {
      method: 'POST',
      url: 'https://api.twitter.com/1.1/statuses/update.json?include_entities=true',
      form: [['status', 'Hello Ladies + Gentlemen, a signed OAuth request!']] as const,
    }
    const secrets = {
      consumerSecret: 'kAcSOqF21Fu85e7zjz7ZN2U4ZRhfV3WpwPAoE3Z7kBw',
      accessTokenSecret: 'LswwdoUaIvS8ltyTt5jkRh4J50vUPVVHtR2YPi5kE',
    }
    expect(sign(secrets, request, fields)).toBe('hCtSmYh+iHYCEqBWrE7C7hYmtUk=')
  })

  it('is that of the example in RFC 5849 §1.2', () => {
    const fields = [
      ['oauth_consumer_key', 'dpf43f3p2l4k3l03'],
      ['oauth_token', 'nnch734d00sl2jdk'],
      ['oauth_signature_method', 'HMAC-SHA1'],
      ['oauth_timestamp', '137131202'],
      ['oauth_nonce', 'chapoH'],
    ] as const
    const request = { method: 'GET', url: 'http://photos.example.net/photos?file=vacation.jpg&size=original' }
    const secrets = { consumerSecret: 'kd94hf93k423kf44', accessTokenSecret: 'pfkkdhi9sl3r4s00' }
    expect(sign(secrets, request, fields)).toBe('MdpQcU8iPSUjWoN/UDMsK2sui9I=')
  })

  it('is wrong with other keys, and check says so', async () => {
    const { channel, send } = await opened({ accessTokenSecret: 'another-secret-word' })
    expect(await failure(send(sampleItem))).toMatchObject({ kind: 'halt', reached: 'no' })
    expect(await failure(channel.check(AbortSignal.timeout(20_000)))).toMatchObject({ kind: 'halt' })
  })
})

describe('x: pictures', () => {
  it('go up with words for them before the post', async () => {
    const { x, send } = await opened()
    await send(picturedItem)
    const bytes = [...picturedItem.pictures.values()].map((picture) => Buffer.from(picture.bytes))
    expect(x.posts[0]?.pictures.map((picture) => picture.bytes)).toEqual(bytes)
    expect(x.posts[0]?.pictures[0]?.alt).toMatch(/^Three grey images.*LSST-AP-DO-.*r = 21\.30 ± 0\.05 mag/)
    expect(x.posts[0]?.pictures[1]?.alt).toMatch(/^Light curve of LSST-AP-DO-/)
    expect(x.spentUsd()).toBeCloseTo(0.025)
  })

  it('are told by their points, where the packet is there', async () => {
    const { channel } = await opened()
    const points = [
      { kind: 'nonDetection' as const, timeMjd: 61_090.1, band: 'g' },
      { kind: 'detection' as const, timeMjd: 61_092.2, band: 'g', magnitude: 20.914 },
      { kind: 'forced' as const, timeMjd: 61_093.2, band: 'r' },
      { kind: 'detection' as const, timeMjd: 61_100.2, band: 'r', magnitude: 21.3 },
    ]
    const what = { ...sampleEvent.what!, timeSeries: [{ timeScale: 'TAI', points }] }
    const full = { ...sampleEvent, what }
    const { pictures } = readPost<Post>(channel.render([{ ...picturedItem, full }], {}).body)
    expect(pictures[1]?.alt).toBe(
      'Light curve of LSST-AP-DO-170028503098359808, brightness against time: 2 detections in g, r, 1 upper limit, 1 point of forced photometry, from 2026-02-19 to 2026-03-01. Brightest: g = 20.91 mag on 2026-02-21. Latest: r = 21.30 ± 0.05 mag at 2026-03-01 05:36:57 UTC.',
    )
  })

  it.each([
    ['/2/media/upload', problem(503, 'Service Unavailable')],
    ['/2/media/metadata', problem(500, 'Internal Error')],
    ['/2/media/upload', { status: 200, body: '{"data":{"id":7}}' }],
    ['/2/media/upload', { status: 200, body: '<html>' }],
    ['/2/media/upload', { status: 200, body: '{"data":{"id":"7","processing_info":{"state":"pending"}}}' }],
  ])('that fail at %s let nothing be posted, and all of it is later', async (path, answer) => {
    const { x, send } = await opened()
    x.refuse(path, answer)
    expect(await failure(send(picturedItem))).toMatchObject({ kind: 'retry', reached: 'no' })
    expect(x.posts).toEqual([])
    await send(picturedItem)
    expect(x.posts[0]?.pictures).toHaveLength(2)
  })

  it.each([
    ['/2/media/upload', problem(413, 'The media is too large.')],
    ['/2/media/metadata', problem(400, 'alt_text')],
    ['/2/media/upload', { status: 200, body: '{"data":{"id":"7","processing_info":{"state":"failed"}}}' }],
  ])('that X refuses at %s are left out, and the receipt says so', async (path, answer) => {
    const { x, host, send } = await opened()
    x.refuse(path, answer)
    expect(receiptOf(await send(picturedItem)).reply).toMatch(/posted without cutouts-\w+\.png: \/2\/media/)
    expect(x.posts[0]?.pictures).toHaveLength(1)
    expect(host.lines.join()).toContain('X refused a picture')
  })

  it('are left out where they are too large for X', async () => {
    const { channel } = await opened()
    const big = { ...picturedItem.pictures.get('cutouts')!, bytes: new Uint8Array(5_000_001) }
    const message = channel.render([{ ...picturedItem, pictures: new Map([['cutouts', big]]) }], {})
    expect([message.parts, readPost<Post>(message.body).pictures]).toEqual([[], []])
  })
})

describe('x: threads', () => {
  it('follow-ups answer the last post, retractions the first', async () => {
    const { x, send } = await opened()
    const first = receiptOf(await send(sampleItem))
    const second = receiptOf(await send(followup(2), { thread: [first] }))
    await send({ ...retractionItem }, { thread: [first, second] })
    expect(x.posts.map(({ parent }) => parent)).toEqual([undefined, first.id, first.id])
    const unknown = { id: 'unknown', atMs: 0 }
    x.delete(x.posts[2]!.id)
    await send(retractionItem, { thread: [unknown, second] })
    expect(x.posts[3]?.parent).toBe(second.id)
  })

  it('stand alone where what they answer is gone', async () => {
    const { x, send } = await opened()
    const first = receiptOf(await send(sampleItem))
    x.delete(first.id)
    const receipt = receiptOf(await send(followup(2), { thread: [first] }))
    expect(receipt.reply).toContain('it stands alone')
    expect(x.posts[1]?.parent).toBeUndefined()
    expect(receipt.reply).toContain(`https://x.com/i/web/status/${receipt.id}`)
  })
})

describe('x: what its errors mean', () => {
  it.each([
    [problem(401, 'Unauthorized'), 'halt', 'no'],
    [problem(402, 'Your account does not have any credits to fulfill this request.'), 'halt', 'no'],
    [problem(403, 'Your client app is not configured with the appropriate permissions.'), 'halt', 'no'],
    [problem(400, 'One or more parameters to your request was invalid.'), 'reject', 'no'],
    [problem(413, 'Too large'), 'reject', 'no'],
    [problem(500, 'Internal Error'), 'retry', 'maybe'],
    [problem(503, 'Service Unavailable'), 'retry', 'maybe'],
    [{ status: 504, body: '<html>' }, 'retry', 'maybe'],
    [{ status: 404, body: '<html>' }, 'retry', 'no'],
    [{ status: 302, headers: { location: '/login' } }, 'retry', 'no'],
    [{ status: 200, body: '<html>' }, 'retry', 'maybe'],
    [{ status: 201, body: '{"data":{}}' }, 'retry', 'maybe'],
    [{ status: 200, body: '{"errors":[{"title":"x"}]}' }, 'retry', 'maybe'],
  ] as const)('%j', async (answer, kind, reached) => {
    const { x, send } = await opened()
    x.refuse('/2/tweets', answer)
    const failed = await failure(send(sampleItem))
    expect([failed.kind, failed.reached]).toEqual([kind, reached])
    if (reached === 'maybe') expect(failed.reply).toContain('look at the account’s posts for “Young and bright')
  })

  it('tells when a limit ends, that of the day too', async () => {
    const { x, send } = await opened()
    const at = (seconds: number) => `${nowMs / 1000 + seconds}`
    x.refuse(
      '/2/tweets',
      problem(429, 'Too Many Requests', {}, { 'x-rate-limit-reset': at(90) }),
      problem(
        429,
        'Too Many Requests',
        {},
        { 'x-rate-limit-reset': at(90), 'x-app-limit-24hour-remaining': '0', 'x-app-limit-24hour-reset': at(4000) },
      ),
      problem(429, 'Too Many Requests', {}, { 'retry-after': '5' }),
      problem(429, 'Too Many Requests', {}, { 'x-rate-limit-reset': at(-90) }),
    )
    for (const ms of [90_000, 4_000_000, 5000, 0]) {
      expect(await failure(send(sampleItem))).toMatchObject({ kind: 'retry', reached: 'no', retryAfterMs: ms })
    }
  })

  it('keeps to the window of the stand-in', async () => {
    const { x, send } = await opened({}, { postsPerWindow: 2, clock: () => nowMs })
    for (const n of [1, 2]) await send({ ...itemNumber(n), match: { ...sampleItem.match, streamTitle: `Title ${n}` } })
    expect(await failure(send(bareItem))).toMatchObject({ kind: 'retry', reached: 'no', retryAfterMs: 900_000 })
    expect(x.posts).toHaveLength(2)
  })

  it('rejects a text that is there already, and takes it for arrived when it was tried before', async () => {
    const { x, send } = await opened()
    await send(sampleItem)
    const failed = await failure(send(itemNumber(2)))
    expect(failed).toMatchObject({ kind: 'reject', reached: 'no' })
    expect(failed.reply).toContain('duplicate content')
    expect((await send(sampleItem, { number: 2 })).state).toBe('duplicate')
    expect(x.posts).toHaveLength(1)
  })

  it('shows no key that an answer repeats', async () => {
    const { x, send } = await opened()
    x.refuse('/2/tweets', problem(400, `bad ${keys.accessToken} ${keys.consumerSecret}`))
    expect((await failure(send(sampleItem))).reply).toBe('/2/tweets: 400 bad *** ***')
  })

  it('never sends again by itself what may have arrived', async () => {
    const { channel } = await opened()
    expect(channel.render([sampleItem], {}).repeat).toBe('never')
  })

  it('halts where its own `api` is in a network that is closed', async () => {
    const { x, send } = await opened({ networks: [] })
    expect(await failure(send(sampleItem))).toMatchObject({ kind: 'halt', reached: 'no' })
    expect(x.asked).toEqual([])
  })
})

describe('x: what a day may cost', () => {
  const named = (n: number): Item => ({ ...itemNumber(n), match: { ...sampleItem.match, streamTitle: `Title ${n}` } })

  it('stops before it is more, also after a restart, until the next day', async () => {
    const { x, send, folder, settings } = await opened({ spendPerDayUsd: 0.04 })
    await send(named(1))
    await send(named(2))
    const waits = { kind: 'retry', reached: 'no', retryAfterMs: 86_400_000 - (nowMs % 86_400_000) }
    expect(await failure(send(named(3)))).toMatchObject(waits)
    const clock = { ms: nowMs }
    const test = testHost()
    const host = { ...test, folder: () => folder, clock: { ...test.clock, now: () => clock.ms } }
    const again = await bridge.open(settings, host)
    const message = again.render([named(3)], {})
    const failed = await failure(again.deliver(message, attemptOf(message)))
    expect(failed).toMatchObject(waits)
    expect(failed.reply).toContain('$0.03 of $0.04 are spent today')
    expect(x.posts).toHaveLength(2)
    clock.ms += waits.retryAfterMs
    expect((await again.deliver(message, attemptOf(message))).state).toBe('sent')
    expect(readdirSync(folder).sort()).toEqual(['spent-2026-03-01.jsonl', 'spent-2026-03-02.jsonl'])
  })

  it('counts before the request, so that a crash forgets nothing, and takes back what cost nothing', async () => {
    const { x, send, folder, channel } = await opened()
    const spent = () =>
      readFileSync(join(folder, 'spent-2026-03-01.jsonl'), 'utf8')
        .split('\n')
        .filter((line) => line.endsWith('}'))
        .map((line) => (JSON.parse(line) as { micros: number }).micros)
    x.refuse('/2/tweets', problem(503, 'no'), problem(429, 'slow down'))
    await failure(send(named(1)))
    expect(spent()).toEqual([15_000])
    await failure(send(named(1)))
    expect(spent()).toEqual([15_000, 15_000, -15_000])
    x.react('hang')
    const abort = new AbortController()
    const hanging = failure(send(named(1), { signal: abort.signal }))
    while (x.asked.length < 3) await new Promise((resolve) => setTimeout(resolve, 5))
    expect(spent()).toEqual([15_000, 15_000, -15_000, 15_000])
    abort.abort(new Error('time is up'))
    await hanging
    const before = spent().length
    await failure(send(named(1), { signal: AbortSignal.abort() }))
    expect(spent()).toHaveLength(before)
    expect(channel.drafting?.lint(channel.render([named(1)], {}).body, {})).toContainEqual({
      severity: 'note',
      code: 'X_COST',
      says: 'It costs about $0.015; today $0.03 of $1.00 are spent.',
    })
  })

  it('goes on after a line that a crash cut off', async () => {
    const first = await opened({ spendPerDayUsd: 0.04 })
    await first.send(named(1))
    appendFileSync(join(first.folder, 'spent-2026-03-01.jsonl'), '\n{"at":"2026-03-01T05')
    const second = await opened({ spendPerDayUsd: 0.04 }, {}, first.folder)
    await second.send(named(2))
    const third = await opened({ spendPerDayUsd: 0.04 }, {}, first.folder)
    expect(await failure(third.send(named(3)))).toMatchObject({ kind: 'retry', reached: 'no' })
  })

  it('rejects what no day can pay, and waits where it cannot write', async () => {
    const { send } = await opened({ links: true, spendPerDayUsd: 0.1 })
    expect(await failure(send(linked))).toMatchObject({ kind: 'reject', reached: 'no' })
    const lost = await opened({}, {}, join(tmpdir(), 'fountain-x-no-such-folder', 'x'))
    const failed = await failure(lost.send(sampleItem))
    expect([failed.kind, failed.reached, lost.x.asked.length]).toEqual(['retry', 'no', 0])
  })

  it('counts pictures', async () => {
    const { x, send } = await opened({ spendPerDayUsd: 0.02 })
    expect(await failure(send(picturedItem))).toMatchObject({ kind: 'reject' })
    expect(x.asked).toEqual([])
  })
})

describe('x: drafts', () => {
  const changed = async (change: (text: string) => string, more: object = {}) => {
    const made = await opened(more)
    const message = made.channel.render([picturedItem], {})
    const drafting = made.channel.drafting!
    const body = drafting.parse(change(drafting.text(message.body)), message.body)
    const edited: Message = { ...message, body }
    return { ...made, body, edited, codes: drafting.lint(body, {}).map(({ code }) => code) }
  }

  it('come back as they are, whatever stands in events', async () => {
    const { channel } = await opened()
    const pictures = picturedItem.pictures
    fc.assert(
      fc.property(hostileItem, fc.boolean(), (item, pictured) => {
        const { body } = channel.render([pictured ? { ...item, pictures } : item], {})
        const { text, parse, lint } = channel.drafting!
        expect(Buffer.from(parse(text(body), body)).toString()).toBe(Buffer.from(body).toString())
        expect(lint(body, {}).filter(({ severity }) => severity !== 'note')).toEqual([])
      }),
      { numRuns: 200 },
    )
  })

  it('are sent as a person changed them', async () => {
    const { x, channel, edited } = await changed((text) =>
      text
        .replace(/^.*\n/, 'A new star in Leo\r\n')
        .replace(/\nAlt \(light curve\).*/, '')
        .replace(/Alt \(cutouts\): .*/, 'Alt (cutouts): Three images.'),
    )
    await channel.deliver(edited, attemptOf(edited))
    expect(x.posts[0]?.text).toMatch(/^A new star in Leo\nr = 21\.30/)
    expect(x.posts[0]?.pictures.map(({ alt }) => alt)).toEqual(['Three images.'])
  })

  it.each([
    ['too long', (text: string) => `${'x'.repeat(300)} ${text}`, 'X_TOO_LONG'],
    ['empty', (text: string) => text.slice(text.indexOf('\n\nAlt')), 'X_EMPTY'],
    ['with a link', (text: string) => `https://a.org/b ${text}`, 'X_LINK'],
    ['with a host name', (text: string) => `AT2026abc.It ${text}`, 'X_BARE_HOST'],
    ['with a mention', (text: string) => `@nasa ${text}`, 'X_MENTION'],
    ['with many hashtags', (text: string) => `#a #b #c #d ${text}`, 'X_HASHTAGS'],
    ['without alt text', (text: string) => text.replace(/(Alt \(cutouts\):).*/, '$1'), 'X_ALT_EMPTY'],
    ['with a long alt text', (text: string) => `${text}${'x'.repeat(1000)}`, 'X_ALT_TOO_LONG'],
  ])('say what is wrong: %s', async (_, change, code) => {
    expect((await changed(change)).codes).toContain(code)
  })

  it('that hold a link against the rule are not sent', async () => {
    const { x, channel, edited } = await changed((text) => `https://a.org/b ${text}`)
    expect(await failure(channel.deliver(edited, attemptOf(edited)))).toMatchObject({ kind: 'reject', reached: 'no' })
    expect(x.asked).toEqual([])
    const allowed = await changed((text) => `https://a.org/b\n${text}`, { links: true })
    expect(allowed.codes).toEqual(['X_COST', 'X_AUTOMATED'])
  })

  it('that are too dear, or hide that they are tests, say so', async () => {
    expect((await changed((text) => `https://a.org/b ${text}`, { links: true, spendPerDayUsd: 0.1 })).codes).toContain(
      'X_TOO_DEAR',
    )
    const { channel } = await opened()
    const { body } = channel.render([{ ...sampleItem, event: { ...sampleEvent, role: 'test' } }], {})
    const unmarked = channel.drafting!.parse('Something new', body)
    expect(channel.drafting!.lint(unmarked, {}).map(({ code }) => code)).toContain('X_TEST_UNMARKED')
  })

  it('know no picture but their own', async () => {
    await expect(changed((text) => `${text}\nAlt (cat): a cat`)).rejects.toThrow(/stands for no picture/)
    await expect(changed((text) => `${text}\nAlt (cutouts): again`)).rejects.toThrow(/stands for no picture/)
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
