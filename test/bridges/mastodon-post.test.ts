import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import fc from 'fast-check'
import twitter from 'twitter-text'
import { describe, expect, it } from 'vitest'
import type { Item } from '../../bridges/contract.ts'
import { fingerprint, textOfHtml } from '../../bridges/mastodon/journal.ts'
import { type MastodonPost, postLength } from '../../bridges/mastodon/render.ts'
import { lengthOf, says, startMastodonStandIn } from '../servers/mastodon.ts'
import { failure } from './contract.ts'
import { itsFolder, opened, posting, receiptOf, start, started, stops, testEvent, token } from './mastodon-start.ts'
import { bareItem, hostileItem, itemNumber, picturedItem, retractionItem, sampleItem } from './sample-item.ts'

describe('mastodon: what is posted', () => {
  it.each([
    ['event', sampleItem],
    [
      'pictures',
      {
        ...picturedItem,
        match: {
          ...picturedItem.match,
          eventUrl: 'https://fountain.example.org/events?ID=ivo%3A%2F%2Fexample.org%2Fx%231',
        },
      },
    ],
    ['followup', { ...itemNumber(2), match: { ...sampleItem.match, sequence: 2 } }],
    ['retraction', retractionItem],
    ['bare', bareItem],
    ['test', testEvent],
  ] as [string, Item][])('is as agreed: %s', async (name, item) => {
    const { channel } = await start()
    const path = fileURLToPath(new URL(`../golden/mastodon/${name}.json`, import.meta.url))
    const shown = `${JSON.stringify(JSON.parse(Buffer.from(channel.render([item], {}).body).toString()), null, 2)}\n`
    if (process.env.UPDATE_GOLDEN === '1') writeFileSync(path, shown)
    expect(shown).toBe(readFileSync(path, 'utf8'))
  })

  it('has pictures with their words, and is shown as configured', async () => {
    const { server, send } = await start({ visibility: 'private', language: 'de' })
    const { id, reply } = receiptOf(await send(picturedItem))
    const [post] = server.posts
    expect(post).toMatchObject({ id, visibility: 'private', language: 'de' })
    expect(reply).toBe(`${server.url}/@fountain/${id}`)
    const media = post!.mediaIds.map((one) => server.media.get(one)!)
    expect(media.map(({ bytes }) => bytes)).toEqual([...picturedItem.pictures.values()].map(({ bytes }) => bytes))
    expect(media[0]!.alt).toContain('template')
    expect(media[1]!.alt).toContain('Light curve of LSST-AP-DO-170028503098359808')
  })

  it('is within the limits that the instance gave', async () => {
    const server = await startMastodonStandIn({ token, mostCharacters: 90 })
    stops.push(server.stop)
    const { channel, check, deliver } = await opened({ server, clock: { nowMs: Date.UTC(2026, 2, 1) } })
    await check()
    const message = channel.render([sampleItem], {})
    const { text } = JSON.parse(Buffer.from(message.body).toString()) as MastodonPost
    expect(text).toContain('LSST-AP-DO-170028503098359808')
    await deliver(message)
    expect(lengthOf(server.posts[0]!.text)).toBeLessThanOrEqual(90)
  })

  it('counts a link as long as the instance says', async () => {
    const { server, channel, check } = await start()
    const eventUrl = 'https://fountain.example.org/events?ID=1'
    const render = () => channel.render([{ ...sampleItem, match: { ...sampleItem.match, eventUrl } }], {}).body
    const codes = (body: Uint8Array) => channel.drafting!.lint(body, {}).map(({ code }) => code)
    const statuses = { max_characters: 500, characters_reserved_per_url: 23 }
    const limits = (more: object) => ({
      status: 200,
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ configuration: { statuses: { ...statuses, ...more } } }),
    })
    const body = render()
    expect(codes(body)).toEqual([])
    server.refuse('GET /api/v2/instance', limits({ characters_reserved_per_url: 490 }))
    await check()
    expect(codes(body)).toEqual(['MASTODON_TOO_LONG'])
    expect(codes(render())).toEqual([])
  })

  it('counts as Mastodon counts, or more', () => {
    const pieces = fc.constantFrom(
      'https://fountain.example.org/events?ID=1',
      'http://a.bc/',
      'http://localhost/x',
      'é',
      '👩🏽‍🚀',
      ' ',
      '\n',
      '.',
      'word',
    )
    const text = fc.oneof(
      fc.array(pieces, { maxLength: 12 }).map((all) => all.join(' ')),
      fc.string({ unit: 'grapheme' }),
    )
    fc.assert(
      fc.property(text, (one) => {
        expect(postLength(one, 23)).toBeGreaterThanOrEqual(lengthOf(one))
      }),
      { numRuns: 300 },
    )
    expect(postLength('See https://fountain.example.org/events?ID=ivo%3A%2F%2Fexample.org%2Fx%231', 23)).toBe(27)
  })

  it('is taken, mentions nobody and links nothing but the event, whatever stands in it', async () => {
    const { channel } = await start()
    fc.assert(
      fc.property(hostileItem, (item) => {
        const post = JSON.parse(Buffer.from(channel.render([item], {}).body).toString()) as MastodonPost
        expect(lengthOf(post.text)).toBeLessThanOrEqual(500)
        expect(post.text.trim()).not.toBe('')
        expect(twitter.extractMentions(post.text)).toEqual([])
        expect(twitter.extractHashtags(post.text)).toEqual([])
        const urls = twitter.extractUrls(post.text)
        expect(urls.every((url) => url.startsWith('https://example.org/events?ID='))).toBe(true)
        expect(urls.length).toBeLessThanOrEqual(1)
      }),
      { numRuns: 150 },
    )
  })
})

describe('mastodon: threads', () => {
  it('answers the last news, and withdraws where it began', async () => {
    const { server, send } = await start()
    const first = receiptOf(await send(sampleItem))
    const second = receiptOf(await send(itemNumber(2), { thread: [first] }))
    const third = receiptOf(await send(itemNumber(3), { thread: [first, second] }))
    await send(retractionItem, { thread: [first, second, third] })
    expect(server.posts.map(({ inReplyToId }) => inReplyToId)).toEqual([undefined, first.id, second.id, first.id])
    expect(server.posts[3]!.text).toContain('This is withdrawn')
  })

  it('stands alone when the post to be answered is gone', async () => {
    const { server, send, host } = await start()
    const first = receiptOf(await send(sampleItem))
    server.deletePost(first.id)
    expect((await send(itemNumber(2), { thread: [first] })).state).toBe('sent')
    expect(server.posts.map(({ inReplyToId }) => inReplyToId)).toEqual([undefined])
    expect(host.lines.join()).toContain('stands alone')
  })
})

describe('mastodon: pictures', () => {
  it('waits for pictures that are processed, and uploads none twice', async () => {
    const { server, channel, deliver } = await start()
    server.slowPictures = 1
    const message = channel.render([picturedItem], {})
    for (const number of [1, 2]) {
      const error = await failure(deliver(message, { number }))
      expect([error.kind, error.reached, error.retryAfterMs]).toEqual(['retry', 'no', 3000])
      expect(server.posts).toEqual([])
    }
    expect((await deliver(message, { number: 3 })).state).toBe('sent')
    expect(server.media.size).toBe(2)
    expect(server.posts[0]!.mediaIds).toHaveLength(2)
  })

  it('knows after a restart what was uploaded', async () => {
    const world = await started()
    const { channel, deliver } = await opened(world)
    world.server.slowPictures = 1
    const message = channel.render([picturedItem], {})
    await failure(deliver(message))
    world.server.slowPictures = 0
    const again = await opened(world)
    await failure(again.deliver(message))
    await again.deliver(message)
    expect(world.server.media.size).toBe(2)
  })

  it('uploads again what the instance has dropped', async () => {
    const { server, channel, deliver } = await start()
    server.slowPictures = 1
    const message = channel.render([picturedItem], {})
    await failure(deliver(message))
    server.slowPictures = 0
    const dropped = [...server.media.keys()]
    for (const id of dropped) server.media.get(id)!.postId = 'nowhere'
    await deliver(message)
    expect(server.media.size).toBe(4)
    expect(server.posts[0]!.mediaIds).not.toContain(dropped[0])
  })

  it('posts without a picture that fails, that is refused, or that is processed for ever', async () => {
    const { server, channel, deliver, host } = await start()
    server.slowPictures = 1
    const message = channel.render([picturedItem], {})
    await failure(deliver(message))
    const [first, second] = [...server.media.values()]
    first!.failed = true
    second!.processing = 1000
    await failure(deliver(message, { number: 19 }))
    expect((await deliver(message, { number: 20 })).state).toBe('sent')
    expect(server.posts[0]!.mediaIds).toEqual([])
    expect(host.lines.join()).toContain('refused a picture')
    expect(host.lines.join()).toContain('processed for too long')
  })

  it('leaves out what the instance does not take, without asking', async () => {
    const { server, channel, deliver } = await start()
    const pictures = new Map(
      [...picturedItem.pictures].map(([kind, one]) => [kind, { ...one, mediaType: 'image/avif' }]),
    )
    await deliver(channel.render([{ ...picturedItem, pictures }], {}))
    expect(server.asked.map(({ path }) => path)).toEqual(['/api/v1/statuses'])
    expect(server.posts).toHaveLength(1)
  })

  it('tries later when the allowance of uploads is spent, and says when', async () => {
    const { server, channel, deliver, clock } = await start()
    server.refuse(
      'POST /api/v2/media',
      says(429, 'Too many requests', { 'x-ratelimit-reset': new Date(clock.nowMs + 90_000).toISOString() }),
    )
    const message = channel.render([picturedItem], {})
    expect(await failure(deliver(message))).toMatchObject({ kind: 'retry', reached: 'no', retryAfterMs: 90_000 })
    expect(server.posts).toEqual([])
    await deliver(message)
    expect(server.posts[0]!.mediaIds).toHaveLength(2)
  })

  it('is told by the instance itself that pictures are not ready', async () => {
    const { server, channel, deliver } = await start()
    server.refuse(posting, says(422, 'Cannot attach files that have not finished processing. Try again in a moment!'))
    const message = channel.render([picturedItem], {})
    expect(await failure(deliver(message))).toMatchObject({ kind: 'retry', reached: 'no', retryAfterMs: 5000 })
    expect((await deliver(message)).state).toBe('sent')
  })
})

describe('mastodon: never twice', () => {
  it('carries one key, so that a repeat within the hour is the same post', async () => {
    const { server, channel, deliver, clock } = await start()
    const message = channel.render([sampleItem], {})
    expect(message.repeat).toBe('never')
    const first = receiptOf(await deliver(message))
    clock.nowMs += 3_500_000
    expect(receiptOf(await deliver(message, { number: 2 })).id).toBe(first.id)
    expect(server.posts).toHaveLength(1)
    expect(
      server.asked.filter(({ method }) => method === 'POST').map(({ headers }) => headers['idempotency-key']),
    ).toEqual([message.key, message.key])
  })

  it.each([
    ['504 though accepted', { status: 504, body: '<html>504</html>' }],
    ['200 and no JSON', { status: 200, body: 'ok' }],
    ['200 and no status', { status: 200, body: '{}' }],
  ])('finds a post of unknown end: %s', async (_, answer) => {
    const world = await started()
    const { channel, deliver } = await opened(world)
    const { server, clock } = world
    server.loseAnswer(answer)
    const message = channel.render(
      [
        {
          ...sampleItem,
          match: {
            ...sampleItem.match,
            streamTitle: 'Young & <bright> "it\'s"',
            eventUrl: 'https://fountain.example.org/events?ID=ivo%3A%2F%2Fexample.org%2Fstreams%2Fx%231',
          },
        },
      ],
      {},
    )
    expect(await failure(deliver(message))).toMatchObject({ kind: 'retry', reached: 'maybe' })
    // kill -9, and hours later.
    clock.nowMs += 5 * 3_600_000
    for (let n = 0; n < 60; n++) server.post(`something else ${n}`)
    const { look } = await opened(world)
    expect(await look(message)).toMatchObject({
      state: 'sent',
      receipt: { id: server.posts[0]!.id, atMs: server.posts[0]!.atMs },
    })
  })

  it('does not call a post lost that may still be on its way', async () => {
    const { server, channel, deliver, look, clock } = await start()
    server.refuse(posting, { status: 502, body: '' })
    const message = channel.render([sampleItem], {})
    await failure(deliver(message))
    clock.nowMs += 30_000
    expect(await look(message)).toEqual({ state: 'submitted', handle: message.key, lookAfterMs: 90_000 })
    clock.nowMs += 90_000
    expect(await look(message)).toMatchObject({ state: 'lost' })
    await deliver(message, { number: 2 })
    expect(server.posts).toHaveLength(1)
  })

  it('looks back to the first attempt, not to the last', async () => {
    const { server, channel, deliver, look, clock } = await start()
    const message = channel.render([sampleItem], {})
    server.loseAnswer({ status: 504, body: '' })
    await failure(deliver(message))
    clock.nowMs += 1_800_000
    server.refuse(posting, { status: 502, body: '' })
    await failure(deliver(message, { number: 2 }))
    clock.nowMs += 300_000
    expect(await look(message)).toMatchObject({ state: 'sent', receipt: { id: server.posts[0]!.id } })
  })

  it('is lost when the process died before anything was sent', async () => {
    const { channel, look } = await start()
    expect(await look(channel.render([sampleItem], {}))).toMatchObject({ state: 'lost', why: 'it was never sent' })
  })

  it('is lost when the process died between the pictures and the post', async () => {
    const world = await started()
    const { channel, deliver } = await opened(world)
    world.server.slowPictures = 1
    const message = channel.render([picturedItem], {})
    await failure(deliver(message))
    const { look } = await opened(world)
    expect(await look(message)).toMatchObject({ state: 'lost' })
  })

  it.each([-300_000, 300_000])('knows its post where the other clock goes %i ms apart', async (apartMs) => {
    const { server, channel, deliver, look, clock } = await start()
    const message = channel.render([sampleItem], {})
    server.refuse(posting, { status: 502, body: '' })
    await failure(deliver(message))
    clock.nowMs += apartMs
    server.post((JSON.parse(Buffer.from(message.body).toString()) as MastodonPost).text)
    clock.nowMs -= apartMs
    expect(await look(message)).toMatchObject({ state: 'sent', receipt: { id: server.posts[0]!.id } })
  })

  it('takes an older post of the same words for another one', async () => {
    const { server, channel, deliver, look, clock } = await start()
    const message = channel.render([sampleItem], {})
    server.post((JSON.parse(Buffer.from(message.body).toString()) as MastodonPost).text)
    clock.nowMs += 3_600_000
    server.refuse(posting, { status: 502, body: '' })
    await failure(deliver(message))
    clock.nowMs += 300_000
    expect(await look(message)).toMatchObject({ state: 'lost' })
  })

  it.each([
    [404, 'Record not found'],
    [400, 'Bad request'],
    [422, 'Validation failed'],
  ])('takes a question that is refused with %i for no verdict on the post', async (status, words) => {
    const { server, channel, deliver, look } = await start()
    const message = channel.render([sampleItem], {})
    server.loseAnswer({ status: 504, body: '' })
    await failure(deliver(message))
    for (const asked of ['accounts/verify_credentials', 'accounts/109999999999999999/statuses']) {
      server.refuse(`GET /api/v1/${asked}`, says(status, words))
      expect(await failure(look(message))).toMatchObject({ kind: 'retry', reached: 'maybe' })
    }
    expect(await look(message)).toMatchObject({ state: 'sent' })
  })

  it('asks again later where the posts cannot be read, or are too many to read', async () => {
    const { server, channel, deliver, look } = await start()
    const message = channel.render([sampleItem], {})
    server.refuse(posting, { status: 502, body: '' })
    await failure(deliver(message))
    server.refuse('GET /api/v1/accounts/109999999999999999/statuses', { status: 503, body: '' })
    expect(await failure(look(message))).toMatchObject({ kind: 'retry', reached: 'no' })
    for (let n = 0; n < 1100; n++) server.post(`something else ${n}`)
    expect(await failure(look(message))).toMatchObject({
      kind: 'retry',
      reached: 'no',
      reply: expect.stringContaining('1000'),
    })
  })

  it('sends nothing that it cannot note first', async () => {
    const { server, channel, deliver } = await start()
    rmSync(itsFolder(), { recursive: true })
    writeFileSync(itsFolder(), 'no folder')
    expect(await failure(deliver(channel.render([sampleItem], {})))).toMatchObject({ kind: 'retry', reached: 'no' })
    expect(server.posts).toEqual([])
  })

  it('leaves no notes behind what was sent', async () => {
    const { send } = await start()
    await send(picturedItem)
    expect(readdirSync(join(itsFolder(), 'tried'))).toEqual([])
  })

  it('reads its own text out of any HTML', () => {
    expect(textOfHtml('<p>a &amp; b &lt;c&gt; &#39;d&#39; &#x1F600; &unknown;</p><p>e<br />f</p>')).toBe(
      "a & b <c> 'd' 😀 &unknown;\ne\nf\n",
    )
    const written = 'Thanks to @anna_b@mastodon.example.org, and\n\n@carl: e\u0301  #new'
    const html =
      '<p>Thanks to <span class="h-card"><a href="https://mastodon.example.org/@anna_b" class="u-url mention">@<span>anna_b</span></a></span>, and</p><p>@carl: \u00e9 <a href="/tags/new">#<span>new</span></a></p>'
    expect(fingerprint(textOfHtml(html))).toBe(fingerprint(written))
    expect(fingerprint(textOfHtml(html))).not.toBe(fingerprint(written.replace('new', 'old')))
    expect(textOfHtml('&#99999999;&#1114112;')).toBe('&#99999999;&#1114112;')
  })
})
