import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { events, startTestGateway, stream } from './gateway.ts'

const id = (ivoid: string) => `/events?ID=${encodeURIComponent(ivoid)}`

describe('GET /events', () => {
  it('gives an event byte for byte, as the media type it was recorded with', async () => {
    const { get } = await startTestGateway()
    for (const event of events.slice(0, 2)) {
      const reply = await get(id(event.ivoid))
      expect(reply.status).toBe(200)
      expect(reply.headers.get('content-type')).toBe(event.raw.mediaType)
      expect(Buffer.from(await reply.arrayBuffer()).equals(event.raw.bytes)).toBe(true)
    }
  })

  it('finds it by its other spelling, and by a parameter name of any case', async () => {
    const { get } = await startTestGateway()
    const name = encodeURIComponent(`ivo://EXAMPLE.org/Streams/young-and-bright?170028503098359910`)
    expect((await get(`/events?id=${name}&unknown=1`)).status).toBe(200)
    expect((await get(`/events?ID=ivo://example.org/streams/young-and-bright%23a+b%2520c`)).status).toBe(200)
  })

  it('answers HEAD without the body, and 304 to who has it', async () => {
    const { server, get } = await startTestGateway()
    const head = await fetch(server.url + id(events[0]!.ivoid), { method: 'HEAD' })
    expect([head.status, head.headers.get('content-length'), (await head.text()).length]).toEqual([
      200,
      String(events[0]!.raw.bytes.length),
      0,
    ])
    const tag = head.headers.get('etag')!
    expect((await get(id(events[0]!.ivoid), { 'if-none-match': `W/${tag}, "other"` })).status).toBe(304)
    expect((await get(id(events[0]!.ivoid), { 'if-none-match': '"other"' })).status).toBe(200)
    expect((await get(id(events[1]!.ivoid))).headers.get('etag')).not.toBe(tag)
  })

  it('lets no browser run what another wrote', async () => {
    const { get } = await startTestGateway()
    const reply = await get(id('ivo://evil.example/x#1'))
    expect(reply.headers.get('content-type')).toBe('application/octet-stream')
    expect(reply.headers.get('content-security-policy')).toBe("default-src 'none'; sandbox")
    expect(reply.headers.get('x-content-type-options')).toBe('nosniff')
  })

  it.each([
    ['/events', 400, 'USAGE'],
    ['/events?ID=', 400, 'EVENT_IDENTIFIER'],
    ['/events?ID=a&id=b', 400, 'USAGE'],
    ['/events?ID=%E9', 400, 'EVENT_IDENTIFIER'],
    ['/events?ID=%ZZ', 400, 'EVENT_IDENTIFIER'],
    [`/events?ID=${stream}`, 400, '%23'],
    [id(`${stream}#unknown`), 404, 'NOT_FOUND'],
    ['/event', 404, 'NOT_FOUND'],
  ])('says what is wrong with %s', async (path, status, words) => {
    const { get } = await startTestGateway()
    const reply = await get(path)
    expect(reply.status).toBe(status)
    expect(reply.headers.get('content-type')).toBe('text/plain; charset=utf-8')
    expect(await reply.text()).toContain(words)
  })

  it('answers any question without failing', async () => {
    const { get } = await startTestGateway()
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: 'binary', maxLength: 60 }), fc.boolean(), async (text, encoded) => {
        const query = encoded ? encodeURIComponent(text.toWellFormed()) : text.replace(/[^!-~]|#/g, '')
        const reply = await get(`/events?ID=${query}`)
        expect([400, 404]).toContain(reply.status)
        await reply.text()
      }),
      { numRuns: 60 },
    )
  })
})
