import { describe, expect, it } from 'vitest'
import { type Post, readPost } from '../../bridges/post-draft.ts'
import { problem } from '../servers/x.ts'
import { failure } from './contract.ts'
import { bareItem, itemNumber, picturedItem, retractionItem, sampleEvent, sampleItem } from './sample-item.ts'
import { followup, keys, nowMs, opened, receiptOf } from './x-start.ts'

describe('x: pictures', () => {
  it('go up with words for them before the post', async () => {
    const { x, send } = await opened()
    await send(picturedItem)
    const bytes = [...picturedItem.pictures.values()].map((picture) => Buffer.from(picture.bytes))
    expect(x.posts[0]?.pictures.map((picture) => picture.bytes)).toEqual(bytes)
    expect(x.posts[0]?.pictures[0]?.alt).toMatch(
      /^Three grey images.*LSST-AP-DO-.*has r = 21\.30 ± 0\.05 mag, signal to noise 20\.7\.$/,
    )
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

  it.each([
    [{ state: 'pending', check_after_secs: 7 }, 7000],
    [{ state: 'in_progress', check_after_secs: 0 }, 1000],
    [{ state: 'pending', check_after_secs: 1e9 }, 3_600_000],
    [{ state: 'pending', check_after_secs: 'soon' }, 5000],
    [{ state: 'pending' }, 5000],
  ])('that are not ready are asked for when X says: %j', async (processing_info, retryAfterMs) => {
    const { x, send } = await opened()
    x.refuse('/2/media/upload', { status: 200, body: JSON.stringify({ data: { id: '7', processing_info } }) })
    expect(await failure(send(picturedItem))).toMatchObject({ kind: 'retry', reached: 'no', retryAfterMs })
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

  it.each([
    [problem(429, 'Too Many Requests'), 'retry'],
    [problem(402, 'Your account does not have any credits to fulfill this request.'), 'halt'],
    [problem(400, 'One or more parameters to your request was invalid.'), 'reject'],
    [problem(503, 'Service Unavailable'), 'retry'],
  ] as const)('lose no parent to another fault: %j', async (answer, kind) => {
    const { x, send } = await opened()
    const first = receiptOf(await send(sampleItem))
    x.refuse('/2/tweets', answer)
    const asked = x.asked.length
    expect((await failure(send(followup(2), { thread: [first] }))).kind).toBe(kind)
    expect(x.asked).toHaveLength(asked + 1)
    await send(followup(2), { thread: [first] })
    expect(x.posts[1]?.parent).toBe(first.id)
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
    [problem(408, 'Request Timeout'), 'retry', 'maybe'],
    [{ status: 408, body: '' }, 'retry', 'maybe'],
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

  it('halts where the clock is wrong, and says so', async () => {
    const { send } = await opened({}, { clock: () => nowMs + 600_000 })
    const failed = await failure(send(sampleItem))
    expect(failed).toMatchObject({ kind: 'halt', reached: 'no' })
    expect(failed.reply).toMatch(/Timestamp out of bounds.*the clock here is wrong/)
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
