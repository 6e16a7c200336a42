/** Subscribers that do not read, over real sockets: parked, then dropped, and nobody else waits for them. */
import { once } from 'node:events'
import { type IncomingMessage, request } from 'node:http'
import { describe, expect, it, onTestFinished } from 'vitest'
import { type Reader, type StreamGateway, soon, span, startStream } from './gateway.ts'

const raw = {
  mediaType: 'text/xml',
  bytes: Buffer.from(`<voe:VOEvent ivorn="ivo://x/y#z">${'x'.repeat(60_000)}</voe:VOEvent>`),
}

/** More than the kernel takes for a connection on loopback. */
const many = 400

/** Two subscribers, of which one does not read; when it stands still, unless it was dropped for that already. */
async function stalled(
  gateway: StreamGateway,
  state: 'parked' | 'dropped' = 'parked',
): Promise<{ slow: Reader; quick: Reader }> {
  const slow = gateway.ws('?since=0&format=voevent-xml')
  const quick = gateway.ws('?since=0&format=voevent-xml')
  await slow.greeted()
  await quick.greeted()
  slow.socket.pause()
  for (let n = 0; n < many; n++) gateway.log.append({ raw })
  await quick.has(many)
  const stands = state === 'parked' ? expect.arrayContaining(['parked']) : ['live']
  await soon(() => states(gateway)).toEqual(stands)
  return { slow, quick }
}
const states = ({ feed }: StreamGateway) => feed.status().peers.map(({ name }) => name.split(' ').at(-1))

describe('a subscriber that reads slowly', () => {
  it('is parked while others get everything, and goes on where it was when it reads again', async () => {
    const gateway = await startStream({ parkedMs: 60_000 })
    const { slow, quick } = await stalled(gateway)
    expect(quick.seqs).toEqual(span(1, many))
    expect(slow.events.length).toBeLessThan(many)
    const { peers, summary } = gateway.feed.status()
    expect(summary).toBe('2 subscribers, 1 parked')
    expect(peers.find(({ name }) => name.endsWith('parked'))!.behind).toBeGreaterThan(0)
    slow.socket.resume()
    await slow.has(many)
    gateway.log.append({ raw })
    await slow.has(many + 1)
    await quick.has(many + 1)
    expect(slow.seqs).toEqual(span(1, many + 1))
    expect(quick.seqs).toEqual(span(1, many + 1))
    await soon(() => states(gateway)).toEqual(['live', 'live'])
  })

  it('is dropped when it stays parked, told where to go on, and loses nothing by coming back there', async () => {
    const gateway = await startStream({ parkedMs: 1_000 })
    const { slow, quick } = await stalled(gateway, 'dropped')
    slow.socket.resume()
    await soon(() => slow.closed?.code).toBe(1013)
    const since = Number(/^too slow: resume with since=(\d+)$/.exec(slow.closed!.reason)?.[1])
    expect(slow.seqs).toEqual(span(1, since))
    expect(since).toBeLessThan(many)
    // One that is patient: this machine may be slow itself.
    const back = (await startStream({}, gateway.log)).ws(`?since=${since}&format=voevent-xml`)
    await back.has(many - since)
    expect(back.seqs).toEqual(span(since + 1, many))
    expect(quick.seqs).toEqual(span(1, many))
  })

  it('is told by server-sent events too, and comes back where it was', async () => {
    const gateway = await startStream({ parkedMs: 1_000 })
    const follow = async ({ host }: StreamGateway, headers: Record<string, string>) => {
      const asked = request(`http://${host}/stream/sse?since=0&format=voevent-xml`, { headers }).end()
      const [response] = (await once(asked, 'response')) as [IncomingMessage]
      onTestFinished(() => void asked.destroy())
      const read = { text: '', response, ended: false }
      response.on('error', () => {})
      response.on('close', () => {
        read.ended = true
      })
      return read
    }
    const seqs = (text: string) =>
      [...text.matchAll(/^id: (\d+)\ndata: \{"type":"event"/gm)].map(([, id]) => Number(id))
    const slow = await follow(gateway, {})
    for (let n = 0; n < many; n++) gateway.log.append({ raw })
    await soon(() => gateway.feed.status().peers).toEqual([])
    slow.response.on('data', (data) => {
      slow.text += String(data)
    })
    await soon(() => slow.ended).toBe(true)
    const last = Number(
      /event: end\nid: (\d+)\ndata: \{"type":"end","reason":"too slow","seq":\1\}\n\n$/.exec(slow.text)?.[1],
    )
    expect(seqs(slow.text)).toEqual(span(1, last))
    expect(last).toBeLessThan(many)
    const back = await follow(await startStream({}, gateway.log), { 'last-event-id': String(last) })
    back.response.on('data', (data) => {
      back.text += String(data)
    })
    await soon(() => seqs(back.text)).toEqual(span(last + 1, many))
  })

  it('does not keep the gateway from stopping', async () => {
    const gateway = await startStream({ parkedMs: 60_000 })
    const { quick } = await stalled(gateway)
    await gateway.stop()
    await soon(() => quick.closed?.code).toBe(1001)
    expect(gateway.feed.status().peers).toEqual([])
  })

  it('costs no more memory than its buffer', async () => {
    const gateway = await startStream({ parkedMs: 60_000, bufferBytes: 262_144 })
    await stalled(gateway)
    const before = gateway.feed.status().peers.find(({ name }) => name.endsWith('parked'))!
    for (let n = 0; n < many; n++) gateway.log.append({ raw })
    await soon(() => gateway.feed.status().peers.map(({ sent }) => sent)).toContain(2 * many)
    const after = gateway.feed.status().peers.find(({ name }) => name.endsWith('parked'))!
    expect(after.sent).toBe(before.sent)
    expect(after.behind).toBe(before.behind + many)
  })
})
