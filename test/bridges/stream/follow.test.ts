import type { IncomingMessage } from 'node:http'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { readSince, readWish } from '../../../bridges/stream/wish.ts'
import { readJson3 } from '../../../vo/voevent-3/json-read.ts'
import { writeVOEvent20 } from '../../../vo/xml/voevent-2.0.ts'
import { sampleEvent } from '../sample-item.ts'
import { ArrayLog, soon, span, startStream } from './gateway.ts'

const sample = { ivoid: sampleEvent.ivoid, raw: { mediaType: 'text/xml', bytes: writeVOEvent20(sampleEvent) } }

function logOf(count: number): ArrayLog {
  const log = new ArrayLog()
  for (let n = 0; n < count; n++) log.append()
  return log
}

describe('the stream over WebSocket: where it begins', () => {
  it('says hello with the place, then gives what comes from then on, in order', async () => {
    const { log, ws } = await startStream({ greetMs: 0 }, logOf(5))
    const reader = ws()
    expect(await reader.greeted()).toEqual({ type: 'hello', seq: 5, format: 'voevent-json', heartbeatS: 15 })
    for (let n = 0; n < 600; n++) log.append()
    await reader.has(600)
    expect(reader.seqs).toEqual(span(6, 605))
  })

  it.each([0, 3, 700, 1_000])('goes on after since=%i, however far behind', async (since) => {
    const { log, ws } = await startStream({}, logOf(1_000))
    const reader = ws(`?since=${since}`)
    await reader.greeted()
    log.append()
    await reader.has(1_001 - since)
    expect(reader.seqs).toEqual(span(since + 1, 1_001))
    expect(reader.said.filter(({ type }) => type === 'gap')).toEqual([])
  })

  it('takes the place from the first message too, and loses nothing that came meanwhile', async () => {
    const { log, ws } = await startStream({ greetMs: 20_000 }, logOf(20))
    const reader = ws()
    await new Promise((resolve) => reader.socket.once('open', resolve))
    log.append()
    reader.socket.send('{"since": 17}')
    await reader.has(4)
    expect(reader.seqs).toEqual([18, 19, 20, 21])
  })

  it('who says nothing begins where it connected, also when events came while it was waited for', async () => {
    const { log, ws } = await startStream({ greetMs: 50 }, logOf(20))
    const reader = ws()
    await new Promise((resolve) => reader.socket.once('open', resolve))
    await soon(() => reader.socket.readyState).toBe(1)
    log.append()
    await reader.has(1)
    expect(reader.seqs).toEqual([21])
  })

  it('tells a gap: a place that is ahead of the log, and one whose events are gone', async () => {
    const { log, ws } = await startStream({}, new ArrayLog(100))
    for (let n = 0; n < 5; n++) log.append()
    const ahead = ws('?since=500')
    const pruned = ws('?since=7')
    for (const reader of [ahead, pruned]) await reader.greeted()
    log.append()
    await ahead.has(1)
    await pruned.has(6)
    expect(ahead.said.slice(0, 2)).toMatchObject([
      { type: 'hello', seq: 105 },
      { type: 'gap', reason: 'ahead', after: 500, next: 106 },
    ])
    expect(ahead.seqs).toEqual([106])
    expect(pruned.said[1]).toEqual({ type: 'gap', reason: 'pruned', after: 7, next: 101 })
    expect(pruned.seqs).toEqual(span(101, 106))
  })
})

describe('the stream over WebSocket: what it gives', () => {
  it('the event as JSON of the draft, as XML bit for bit, or the few fields of a summary', async () => {
    const { log, ws } = await startStream()
    log.append(sample)
    const [json, xml, summary] = ['voevent-json', 'voevent-xml', 'summary'].map((f) => ws(`?since=0&format=${f}`))
    const [asJson] = await json!.has(1)
    expect(asJson).toMatchObject({ seq: 1, ivoid: sample.ivoid, role: 'observation', origin: 'own' })
    expect(readJson3(JSON.stringify(asJson!.event)).ivoid).toBe(sample.ivoid)
    const [asXml] = await xml!.has(1)
    expect(asXml).toMatchObject({ mediaType: 'text/xml', xml: Buffer.from(sample.raw.bytes).toString() })
    const [asSummary] = await summary!.has(1)
    expect(asSummary!.event).toMatchObject({
      mag: 21.304,
      band: 'r',
      path: `/events?ID=${encodeURIComponent(sample.ivoid)}`,
    })
  })

  it('what cannot be read, or is no UTF-8, comes all the same', async () => {
    const { log, ws } = await startStream()
    const latin = Buffer.from(
      '<?xml version="1.0" encoding="ISO-8859-1"?><VOEvent ivorn="ivo://x/y#z">\xe9</VOEvent>',
      'latin1',
    )
    log.append({ raw: { mediaType: 'text/xml', bytes: Buffer.from('<broken') } })
    log.append({ raw: { mediaType: 'text/xml', bytes: latin } })
    const [json, xml] = [ws('?since=0'), ws('?since=0&format=voevent-xml')]
    await json.has(2)
    await xml.has(2)
    expect(json.events[0]).toMatchObject({ event: null, unreadable: expect.stringMatching(/./) })
    expect(xml.events[0]).toMatchObject({ xml: '<broken' })
    expect(xml.events[1]).toMatchObject({ base64: latin.toString('base64') })
  })

  it('tests only to who asks for them, one stream to who names it; the place moves on all the same', async () => {
    const { log, ws } = await startStream({ heartbeatS: 0.05 })
    for (let n = 0; n < 300; n++) {
      const stream = n % 3 === 0 ? 'bright' : 'Faint'
      log.append({ ivoid: `ivo://Example.org/streams/${stream}#${n}`, role: n % 2 === 0 ? 'test' : 'observation' })
    }
    const [plain, tests, bright, faint, none] = [
      ws('?since=0'),
      ws('?since=0&test=1'),
      ws('?since=0&test=1&stream=bright'),
      ws('?since=0&stream=ivo://example.org/streams/faint'),
      ws('?since=0&stream=nothing'),
    ]
    await plain.has(150)
    await tests.has(300)
    await bright.has(100)
    await faint.has(100)
    log.append({ ivoid: 'ivo://example.org/streams/bright#last' })
    await plain.has(151)
    await tests.has(301)
    await bright.has(101)
    expect(plain.events.every(({ role }) => role === 'observation')).toBe(true)
    expect(tests.seqs).toEqual(span(1, 301))
    expect(bright.seqs).toEqual([...span(1, 300).filter((seq) => (seq - 1) % 3 === 0), 301])
    expect(faint.events).toHaveLength(100)
    await soon(() => none.said.filter(({ type }) => type === 'heartbeat').at(-1)?.seq).toBe(301)
    expect(none.events).toEqual([])
  })
})

describe('the stream over WebSocket: who may not', () => {
  it.each([
    ['?since=-1', /since must be/],
    ['?since=1.5', /since must be/],
    ['?format=png', /format must be one of/],
    ['?test=yes', /test must be/],
    ['?stream=%20', /stream must be/],
    ['?stream=ivo://a/b%23c', /stream must be/],
    ['?sinze=1', /no parameter 'sinze'/],
  ])('%s is told what is wrong', async (query, words) => {
    const { ws, host } = await startStream()
    const reader = ws(query)
    await soon(() => reader.refused?.status).toBe(400)
    expect(reader.refused!.words).toMatch(words)
    const sse = await fetch(`http://${host}/stream/sse${query}`)
    expect(sse.status).toBe(400)
    expect(await sse.text()).toMatch(words)
  })

  it('pages from elsewhere, unless the operator names them', async () => {
    const { ws, host } = await startStream({ origins: ['https://here.example.org/'], greetMs: 0 })
    const evil = ws('', { origin: 'https://evil.example.com' })
    await soon(() => evil.refused?.status).toBe(403)
    for (const origin of ['https://here.example.org', `http://${host}`]) {
      expect((await ws('', { origin }).greeted()).type).toBe('hello')
    }
    const get = (origin: string) => fetch(`http://${host}/stream/sse`, { headers: { origin }, method: 'HEAD' })
    expect((await get('null')).status).toBe(403)
    const named = await fetch(`http://${host}/stream/sse`, { headers: { origin: 'https://here.example.org' } })
    expect(named.headers.get('access-control-allow-origin')).toBe('https://here.example.org')
    await named.body!.cancel()
  })

  it('a Host that is not ours', async () => {
    const { ws } = await startStream()
    const reader = ws('', { headers: { host: 'evil.example.com' } })
    await soon(() => reader.refused?.status).toBe(421)
  })

  it('more than a few from one address, and more than all', async () => {
    const { ws, feed } = await startStream({ maxPerAddress: 2, greetMs: 0 })
    const [first, second] = [ws(), ws()]
    await first.greeted()
    await second.greeted()
    const third = ws()
    await soon(() => third.refused?.status).toBe(429)
    first.socket.close()
    await soon(() => feed.status().peers.length).toBe(1)
    expect((await ws().greeted()).type).toBe('hello')
    const full = await startStream({ maxSubscribers: 1, greetMs: 0 })
    await full.ws().greeted()
    const late = full.ws()
    await soon(() => late.refused?.status).toBe(503)
  })

  it.each(['hello', '{"since": "x"}', '[]', 'x'.repeat(2_000)])('who sends %j', async (message) => {
    const { ws, feed } = await startStream({ greetMs: 20_000 })
    const reader = ws()
    await new Promise((resolve) => reader.socket.once('open', resolve))
    reader.socket.send(message)
    await soon(() => reader.closed?.code).toSatisfy((code: number) => code === 1008 || code === 1009)
    await soon(() => feed.status().peers.length).toBe(0)
  })

  it('whatever the URL and the headers are, they are understood or refused in words', () => {
    const piece = fc.oneof(
      fc.constantFrom('since', 'format', 'test', 'stream', '=', '&', '?', '%', '#', '12'),
      fc.string(),
    )
    fc.assert(
      fc.property(fc.array(piece), fc.option(fc.string(), { nil: undefined }), (pieces, id) => {
        const headers = id === undefined ? {} : { 'last-event-id': id }
        const request = { url: `/stream?${pieces.join('')}`, headers } as unknown as IncomingMessage
        const asked = readWish(request, 'example.org')
        if ('wrong' in asked) expect(asked.wrong).toMatch(/\.$/)
        else if (typeof asked.since === 'number') expect(Number.isSafeInteger(asked.since)).toBe(true)
      }),
      { numRuns: 1_000 },
    )
  })

  it('what the one message may be is read without trust', () => {
    fc.assert(
      fc.property(fc.oneof(fc.json(), fc.string()), (text) => {
        const since = readSince(text)
        expect(since === undefined || (Number.isSafeInteger(since) && since >= 0)).toBe(true)
      }),
    )
    expect(readSince('{"since":12}')).toBe(12)
    expect(readSince('{"since":"12"}')).toBe(12)
  })
})

describe('the stream over WebSocket: its end', () => {
  it('says that the gateway stops, and where to go on', async () => {
    const { ws, stop, log } = await startStream({ greetMs: 0 }, logOf(7))
    const reader = ws('?since=0')
    await reader.has(7)
    expect(log.readers).toBe(1)
    await stop()
    await soon(() => reader.closed).toEqual({ code: 1001, reason: 'the gateway stops: resume with since=7' })
    expect(log.readers).toBe(0)
  })

  it('ends a connection whose other side is silent', async () => {
    const { ws, feed } = await startStream({ heartbeatS: 0.05, greetMs: 0 })
    const reader = ws('', { autoPong: false })
    const lively = ws()
    await reader.greeted()
    await lively.greeted()
    await soon(() => reader.closed?.code).toBe(1006)
    await soon(() => feed.status().peers.length).toBe(1)
    expect(lively.closed).toBeUndefined()
  })

  it('shows who follows', async () => {
    const { ws, feed, log } = await startStream({ greetMs: 0 })
    await ws().greeted()
    log.append()
    await soon(() => feed.status().peers).toEqual([
      { name: 'ws voevent-json live', address: '127.0.0.1', sent: 1, acked: 1, behind: 0 },
    ])
    expect(feed.status()).toMatchObject({ summary: '1 subscriber', listening: ['/stream', '/stream/sse'] })
  })
})
