import { readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { RichText } from '@atproto/api'
import { isValidTid } from '@atproto/syntax'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { bytesOf, facetsOf, graphemesOf, recordKey } from '../../bridges/bluesky/record.ts'
import type { BlueskyPost } from '../../bridges/bluesky/render.ts'
import type { Item, Message } from '../../bridges/contract.ts'
import { faultOf, refuses } from '../servers/bluesky.ts'
import { creating, opened, receiptOf, start, started, testEvent } from './bluesky-start.ts'
import { attemptOf, failure } from './contract.ts'
import { bareItem, hostileItem, itemNumber, picturedItem, retractionItem, sampleItem } from './sample-item.ts'

const eventUrl = 'https://fountain.example.org/events?ID=ivo%3A%2F%2Fexample.org%2Fx%231'
const linked = { ...sampleItem, match: { ...sampleItem.match, streamTitle: 'Jung & hell: μ ± σ', eventUrl } }
const postOf = ({ body }: Message) => JSON.parse(Buffer.from(body).toString()) as BlueskyPost
/** How the record of a post looks without pictures and thread. */
const recordOf = ({ text, language }: BlueskyPost) => {
  const facets = facetsOf(text)
  const more = facets.length === 0 ? {} : { facets }
  return { $type: 'app.bsky.feed.post', text, createdAt: '2026-03-01T05:38:00.000Z', langs: [language], ...more }
}

describe('bluesky: what is posted', () => {
  it.each([
    ['event', linked],
    ['pictures', { ...picturedItem, match: { ...picturedItem.match, eventUrl } }],
    ['followup', { ...itemNumber(2), match: { ...sampleItem.match, sequence: 2 } }],
    ['retraction', retractionItem],
    ['bare', bareItem],
    ['test', testEvent],
  ] as [string, Item][])('is as agreed, stored and as a record: %s', async (name, item) => {
    const { channel, server, deliver } = await start()
    const message = channel.render([item], {})
    await deliver(message)
    const path = fileURLToPath(new URL(`../golden/bluesky/${name}.json`, import.meta.url))
    // The key depends on the service's address, which has another port each time.
    const stored = { ...postOf(message), rkey: 'KEY' }
    const shown = `${JSON.stringify({ stored, record: server.records[0]!.value }, null, 2)}\n`
    if (process.env.UPDATE_GOLDEN === '1') writeFileSync(path, shown)
    expect(shown).toBe(readFileSync(path, 'utf8'))
  })

  it('names its links by bytes of UTF-8', async () => {
    const { server, send } = await start({ templates: { default: 'μ ± 👩🏽‍🚀 #transient {object}: {url} #Überriese' } })
    await send(linked)
    const { text, facets } = server.records[0]!.value as { text: string; facets: ReturnType<typeof facetsOf> }
    const named = facets.map(({ index }) => Buffer.from(text).subarray(index.byteStart, index.byteEnd).toString())
    expect(named).toEqual(['#transient', eventUrl, '#Überriese'])
    expect(facets.map(({ features }) => features[0])).toEqual([
      { $type: 'app.bsky.richtext.facet#tag', tag: 'transient' },
      { $type: 'app.bsky.richtext.facet#link', uri: eventUrl },
      { $type: 'app.bsky.richtext.facet#tag', tag: 'Überriese' },
    ])
  })

  it('names no hashtag that the lexicon has no room for', () => {
    const tagsIn = (text: string) => facetsOf(text).flatMap(({ features }) => features.map((one) => one.$type))
    expect(tagsIn(`a #${'b'.repeat(64)} c`)).toEqual(['app.bsky.richtext.facet#tag'])
    expect(tagsIn(`a #${'b'.repeat(65)} c`)).toEqual([])
  })

  it('counts as the official library counts', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 400 }), (text) => {
        const rich = new RichText({ text })
        expect([graphemesOf(text), bytesOf(text)]).toEqual([rich.graphemeLength, rich.length])
      }),
    )
    expect([graphemesOf('r=21.3±0.1 μ'), bytesOf('r=21.3±0.1 μ')]).toEqual([12, 14])
  })

  it('keeps to the bytes too, where few characters have many', async () => {
    const { server, send } = await start({ templates: { default: '👩🏽‍🚀'.repeat(250) } })
    await send(sampleItem)
    const text = `${server.records[0]!.value.text}`
    expect(bytesOf(text)).toBeLessThanOrEqual(3000)
    expect(text).toMatch(/^(👩🏽‍🚀)+…$/u)
  })

  it('is a record that the official library takes, whatever stands in the event', async () => {
    const { channel } = await start()
    fc.assert(
      fc.property(hostileItem, (item) => {
        const post = postOf(channel.render([item], {}))
        const record = recordOf(post)
        expect(faultOf(record)).toBeUndefined()
        expect(isValidTid(post.rkey)).toBe(true)
        // Nothing would be a link, a tag or a mention but the event's own link.
        const rich = new RichText({ text: post.text })
        rich.detectFacetsWithoutResolution()
        const uris = (rich.facets ?? []).flatMap(({ features }) => features as { $type: string; uri?: string }[])
        expect(uris.every(({ uri }) => uri?.startsWith('https://example.org/events?ID='))).toBe(true)
        expect(uris.length).toBeLessThanOrEqual(1)
      }),
      { numRuns: 150 },
    )
  })

  it('shows a link wherever the official library would find one with a scheme', () => {
    const word = fc.constantFrom(
      'See',
      '±',
      '(https://a.example/x)',
      'https://a.example/?b=c#d.',
      '#tag',
      'ü#tag',
      '新星',
      '\n',
    )
    fc.assert(
      fc.property(fc.array(word, { maxLength: 10 }), (words) => {
        const text = words.join(' ')
        expect(faultOf({ ...recordOf({ text: `x ${text}`, language: 'en' } as BlueskyPost) })).toBeUndefined()
      }),
    )
  })

  it('has pictures with their words and sides', async () => {
    const { server, send } = await start()
    const cutouts = { ...picturedItem.pictures.get('cutouts')!, widthPx: 480, heightPx: 160 }
    await send({ ...picturedItem, pictures: new Map([...picturedItem.pictures, ['cutouts' as const, cutouts]]) })
    const { embed } = server.records[0]!.value as {
      embed: { images: { image: { ref: { $link: string } }; alt: string; aspectRatio: object }[] }
    }
    expect(embed.images.map(({ image }) => server.blobs.get(image.ref.$link)!.bytes)).toEqual(
      [...picturedItem.pictures.values()].map(({ bytes }) => bytes),
    )
    expect(embed.images.map(({ alt }) => alt)).toEqual([
      expect.stringContaining('template'),
      expect.stringContaining('Light curve of LSST-AP-DO-170028503098359808'),
    ])
    expect(embed.images.map(({ aspectRatio }) => aspectRatio)).toEqual([
      { width: 480, height: 160 },
      { width: 1, height: 1 },
    ])
  })

  it('goes without a picture that is too large or refused', async () => {
    const { server, send, host } = await start()
    const large = { ...picturedItem.pictures.get('cutouts')!, bytes: new Uint8Array(2_000_001) }
    await send({ ...picturedItem, pictures: new Map([...picturedItem.pictures, ['cutouts' as const, large]]) })
    const { embed } = server.records[0]!.value as { embed: { images: unknown[] } }
    expect([embed.images.length, server.blobs.size]).toEqual([1, 1])
    server.refuse('com.atproto.repo.uploadBlob', refuses(413, 'PayloadTooLarge'), refuses(400, 'InvalidRequest'))
    await send({ ...picturedItem, event: itemNumber(78).event })
    expect(server.records[1]!.value).not.toHaveProperty('embed')
    expect(host.lines.join()).toContain('refused a picture')
  })

  it('is not posted while a picture cannot be uploaded, and is whole later', async () => {
    const { server, channel, deliver } = await start()
    const message = channel.render([picturedItem], {})
    server.refuse(
      'com.atproto.repo.uploadBlob',
      refuses(502, 'UpstreamFailure'),
      refuses(429, 'RateLimitExceeded', 'x', { 'ratelimit-reset': '1772343520' }),
    )
    expect(await failure(deliver(message))).toMatchObject({ kind: 'retry', reached: 'no' })
    expect(await failure(deliver(message))).toMatchObject({ kind: 'retry', reached: 'no', retryAfterMs: 40_000 })
    expect(server.records).toEqual([])
    await deliver(message)
    expect((server.records[0]!.value as { embed: { images: unknown[] } }).embed.images).toHaveLength(2)
  })
})

describe('bluesky: threads', () => {
  it('answers the last news, and withdraws where it began', async () => {
    const { server, send } = await start()
    const first = receiptOf(await send(sampleItem))
    const second = receiptOf(await send(itemNumber(2), { thread: [first] }))
    await send(retractionItem, { thread: [first, second] })
    const [one, two, three] = server.records
    expect(first.id).toBe(`${one!.uri}#${one!.cid}`)
    expect(first.reply).toBe(`https://bsky.app/profile/${server.did}/post/${one!.rkey}`)
    const reference = ({ uri, cid }: { uri: string; cid: string }) => ({ uri, cid })
    expect(one!.value.reply).toBeUndefined()
    expect(two!.value.reply).toEqual({ root: reference(one!), parent: reference(one!) })
    expect(three!.value.reply).toEqual({ root: reference(one!), parent: reference(one!) })
    const third = receiptOf(await send(itemNumber(3), { thread: [first, second] }))
    expect(server.records[3]!.value.reply).toEqual({ root: reference(one!), parent: reference(two!) })
    expect(third.id).toContain(server.records[3]!.rkey)
  })

  it('answers the other one when one is gone, and stands alone when both are', async () => {
    const { server, send, host } = await start()
    const first = receiptOf(await send(sampleItem))
    const second = receiptOf(await send(itemNumber(2), { thread: [first] }))
    const [one, two] = server.records
    server.deleteRecord(two!.uri)
    await send(itemNumber(3), { thread: [first, second] })
    expect(server.records[1]!.value.reply).toMatchObject({ parent: { uri: one!.uri } })
    server.deleteRecord(one!.uri)
    await send(itemNumber(4), { thread: [first, second] })
    expect(server.records[1]!.value.reply).toBeUndefined()
    expect(host.lines.join()).toContain('stands alone')
  })

  it('answers nothing that it cannot read', async () => {
    const { server, send } = await start()
    await send(sampleItem, { thread: [{ id: 'a receipt of another time', atMs: 0 }] })
    expect(server.records[0]!.value.reply).toBeUndefined()
  })

  it('waits where it cannot ask for the post to be answered', async () => {
    const { server, send } = await start()
    const first = receiptOf(await send(sampleItem))
    server.refuse('com.atproto.repo.getRecord', refuses(503, 'ServiceUnavailable'))
    expect(await failure(send(itemNumber(2), { thread: [first] }))).toMatchObject({ kind: 'retry', reached: 'no' })
    expect(server.records).toHaveLength(1)
  })
})

describe('bluesky: never twice', () => {
  it('has a record key that depends on the message alone', () => {
    const keys = Array.from({ length: 2000 }, (_, n) => recordKey(`message ${n}`, Date.UTC(2026, 2, 1)))
    expect(keys.every((key) => isValidTid(key))).toBe(true)
    expect(new Set(keys).size).toBe(2000)
    expect(recordKey('message 1', Date.UTC(2026, 2, 1))).toBe(keys[1])
    expect(recordKey('a', Date.UTC(2026, 2, 2)) > keys.sort().at(-1)!).toBe(true)
    for (const atMs of [Number.NaN, -1, Number.POSITIVE_INFINITY, 0, 9e12])
      expect(isValidTid(recordKey('a', atMs))).toBe(true)
  })

  it.each([
    ['a 500, as it is today', refuses(500, 'InternalServerError', 'Internal Server Error')],
    ['a 400 of its own', refuses(400, 'RecordAlreadyExists', 'Record already exists')],
    ['a 409', refuses(409, 'InvalidSwap', 'Record was at bafyre')],
  ])('knows its own post again when a second is refused by %s', async (_, conflict) => {
    const world = await started()
    const { channel, deliver } = await opened(world)
    world.server.conflict = conflict
    const message = channel.render([linked], {})
    expect(message.repeat).toBe('safe')
    const first = await deliver(message)
    world.clock.nowMs += 86_400_000
    const again = await opened(world)
    const second = await again.deliver(message, { number: 2 })
    expect([first.state, second.state]).toEqual(['sent', 'duplicate'])
    expect(receiptOf(second).id).toBe(receiptOf(first).id)
    expect(world.server.records).toHaveLength(1)
  })

  it.each([
    ['504 though accepted', { status: 504, body: '<html>' }],
    ['500 though accepted', refuses(500, 'InternalServerError')],
  ])('asks at once: %s', async (_, answer) => {
    const { server, send } = await start()
    server.loseAnswer(answer)
    expect(await send(sampleItem)).toMatchObject({
      state: 'duplicate',
      receipt: { id: `${server.records[0]!.uri}#${server.records[0]!.cid}` },
    })
    expect(server.records).toHaveLength(1)
  })

  it.each([
    ['an answer that is none', { status: 200, body: 'ok' }],
    ['an answer without a record', { status: 200, body: '{}' }],
  ])('repeats after %s, and makes no second', async (_, answer) => {
    const { server, channel, deliver } = await start()
    server.loseAnswer(answer)
    const message = channel.render([sampleItem], {})
    expect(await failure(deliver(message))).toMatchObject({ kind: 'retry', reached: 'maybe' })
    expect((await deliver(message, { number: 2 })).state).toBe('duplicate')
    expect(server.records).toHaveLength(1)
  })

  it('repeats after a time-out, and makes no second', async () => {
    const { server, channel, deliver } = await start()
    const message = channel.render([sampleItem], {})
    server.react('hang')
    const error = await failure(channel.deliver(message, attemptOf(message, AbortSignal.timeout(300))))
    expect([error.kind, error.reached]).toEqual(['retry', 'maybe'])
    server.react(undefined)
    await deliver(message, { number: 2 })
    await deliver(message, { number: 3 })
    expect(server.records).toHaveLength(1)
  })

  it('does not take a post of another text for its own', async () => {
    const { server, channel, deliver } = await start()
    const message = channel.render([sampleItem], {})
    await deliver(message)
    const body = channel.drafting!.parse('Something else', message.body)
    expect(await failure(deliver({ ...message, body }))).toMatchObject({
      kind: 'reject',
      reached: 'no',
      reply: expect.stringContaining('another post'),
    })
    expect(server.records).toHaveLength(1)
  })

  it('stays unknown where the record cannot be asked for', async () => {
    const { server, send } = await start()
    server.loseAnswer({ status: 504, body: '' })
    server.refuse('com.atproto.repo.getRecord', refuses(503, 'ServiceUnavailable'))
    expect(await failure(send(sampleItem))).toMatchObject({ kind: 'retry', reached: 'maybe' })
    expect((await send(sampleItem)).state).toBe('duplicate')
    expect(server.asked.filter(({ path }) => path.endsWith(creating))).toHaveLength(2)
  })

  it('is dated when it is said, also when that is days after the event', async () => {
    const { server, send, clock } = await start()
    clock.nowMs = Date.UTC(2026, 2, 5)
    await send(sampleItem)
    expect(server.records[0]!.value.createdAt).toBe('2026-03-05T00:00:00.000Z')
  })
})

describe('bluesky: drafts', () => {
  it('gives text and alt lines, and takes them back', async () => {
    const { channel, server, deliver } = await start()
    const message = channel.render([{ ...picturedItem, match: linked.match }], {})
    const { text, parse, lint } = channel.drafting!
    const shown = text(message.body)
    expect(Buffer.from(parse(shown, message.body))).toEqual(Buffer.from(message.body))
    const changed = shown
      .replace(/^.*\n/, 'μ: see https://example.org/a.\n')
      .replace(/Alt \(cutouts\): .*/, 'Alt (cutouts): Three squares.')
    const edited = parse(changed, message.body)
    expect(lint(edited, {})).toEqual([])
    await deliver({ ...message, body: edited })
    const { facets, embed } = server.records[0]!.value as {
      facets: ReturnType<typeof facetsOf>
      embed: { images: { alt: string }[] }
    }
    expect(facets[0]!.features).toEqual([{ $type: 'app.bsky.richtext.facet#link', uri: 'https://example.org/a' }])
    expect(facets[0]!.index.byteStart).toBe(8)
    expect(embed.images[0]!.alt).toBe('Three squares.')
  })

  it.each([
    ['x'.repeat(301), 'BLUESKY_TOO_LONG'],
    ['👩🏽‍🚀'.repeat(201), 'BLUESKY_TOO_LONG'],
    ['', 'BLUESKY_EMPTY'],
    ['hello @somebody.example', 'BLUESKY_MENTION'],
  ])('lint tells what is wrong, #%#', async (text, code) => {
    const { channel } = await start()
    const body = channel.drafting!.parse(text, channel.render([sampleItem], {}).body)
    expect(channel.drafting!.lint(body, {}).map((finding) => finding.code)).toContain(code)
  })
})
