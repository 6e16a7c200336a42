/** Authors at the submit port: rows, and the form of receipts (T-04, T-05, T-07). */
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type Broker, openBroker } from './broker.ts'
import { freshIvorn, type MemoryHost, memoryHost, testPool, voevent, voeventText } from './memory-host.ts'
import { Peer, submit, subscriber, until } from './peer.ts'

const badWho = '<Who><Date>yesterday</Date></Who>'

describe('authors at the submit port', () => {
  const pool = testPool()
  let host: MemoryHost
  let broker: Broker
  let observer: Peer
  beforeEach(async () => {
    host = memoryHost(pool)
    broker = await openBroker(host)
    observer = await subscriber(broker.subscribePlace)
    await broker.connected('anonymous')
  })
  afterEach(async () => {
    observer.end()
    await broker.close()
  })
  afterAll(() => pool.close())

  const send = (event: Uint8Array | string) => submit(broker.submitPlace, event)
  /** What the observer got, after a fresh event has come through behind it. */
  const relayed = async (): Promise<Buffer[]> => {
    const last = voevent()
    expect((await send(last))?.role).toBe('ack')
    await until('the last event', () => observer.events.some((event) => event.equals(last)))
    return observer.events.filter((event) => !event.equals(last))
  }

  it('A-01, T-04, T-05: an event is acknowledged with its ivorn by the broker, and relayed once', async () => {
    const ivorn = freshIvorn()
    const event = voevent({ ivorn })
    expect(await send(event)).toMatchObject({ role: 'ack', origin: ivorn, response: 'ivo://probe.test/vtp' })
    expect(await relayed()).toEqual([event])
  })

  it('A-01b: what cannot be recorded is not acknowledged, so that the author sends it again', async () => {
    const event = voevent()
    host.broken = true
    expect(await send(event)).toBeUndefined()
    host.broken = false
    expect((await send(event))?.role).toBe('ack')
    expect(await relayed()).toEqual([event])
  })

  it.each([
    ['A-03: an unknown element', voevent({ body: '<Nonsense/>' })],
    ['A-04: VOEvent 1.1', Buffer.from(voeventText().replaceAll('v2.0', 'v1.1').replace('"2.0"', '"1.1"'))],
    ['A-05: VOEvent 2.1', Buffer.from(voeventText().replaceAll('v2.0', 'v2.1').replace('"2.0"', '"2.1"'))],
    [
      'A-06: a root without namespace',
      Buffer.from(
        voeventText()
          .replaceAll('voe:VOEvent', 'VOEvent')
          .replace(/ xmlns:voe="[^"]*"/, ''),
      ),
    ],
    ['A-11a: bad_ivoid', voevent({ ivorn: 'bad_ivoid' })],
    ['A-11b: ivo://#', voevent({ ivorn: 'ivo://#' })],
    ['A-11c: a short authority', voevent({ ivorn: 'ivo://ab/x#1' })],
    ['A-11d: a double slash', voevent({ ivorn: 'ivo://probe.test//x#1' })],
    ['A-11e: http', voevent({ ivorn: 'http://probe.test/x#1' })],
    ['A-11f: two #', voevent({ ivorn: 'ivo://probe.test/x#1#2' })],
    ['A-11g: a space', voevent({ ivorn: 'ivo://probe.test/x#1 2' })],
    ['A-12a: an empty local part', voevent({ ivorn: 'ivo://probe.test/x#' })],
    ['A-12b: no local part', voevent({ ivorn: 'ivo://probe.test/x' })],
    [
      'A-20a: an entity that expands',
      voevent({
        declaration: '<?xml version="1.0"?><!DOCTYPE v [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]>',
        body: '<Description>&b;</Description>',
      }),
    ],
    [
      'A-20b: an external entity',
      voevent({
        declaration: '<?xml version="1.0"?><!DOCTYPE v [<!ENTITY a SYSTEM "file:///etc/passwd">]>',
        body: '<Description>&a;</Description>',
      }),
    ],
    ['A-20c: a bare DOCTYPE', voevent({ declaration: '<?xml version="1.0"?><!DOCTYPE VOEvent>' })],
    [
      'A-20d: an entity that is not used',
      voevent({ declaration: '<?xml version="1.0"?><!DOCTYPE v [<!ENTITY a "b">]>' }),
    ],
    [
      'A-20e: an entity in an attribute',
      voevent({
        declaration: '<?xml version="1.0"?><!DOCTYPE v [<!ENTITY a "b">]>',
        body: '<What><Param name="n" value="&a;"/></What>',
      }),
    ],
    [
      'A-26: children in the default namespace',
      Buffer.from(voeventText().replaceAll('voe:VOEvent', 'VOEvent').replace('xmlns:voe', 'xmlns')),
    ],
    ['A-30a: a bad date', voevent({ body: badWho })],
    ['A-30b: role bogus', voevent({ root: 'role="bogus"' })],
    ['A-30c: role iamalive', voevent({ root: 'role="iamalive"' })],
  ])('%s: nak with a reason (T-07), nothing relayed', async (_, event) => {
    const ivorn = /ivorn="([^"]*)"/.exec(event.toString())?.[1]
    const reply = await send(event)
    expect(reply).toMatchObject({ role: 'nak', origin: ivorn, response: 'ivo://probe.test/vtp' })
    expect(reply?.result?.length).toBeGreaterThan(10)
    expect(reply?.result).not.toContain('root:')
    expect(await relayed()).toEqual([])
  })

  it.each([
    ['A-07: no XML', 'This is not parsable'],
    ['A-08: another document', '<xml/>'],
    [
      'A-09: a Transport message',
      '<trn:Transport xmlns:trn="http://www.telescope-networks.org/xml/Transport/v1.1" role="iamalive" version="1.0"><Origin>ivo://probe.test/x</Origin><TimeStamp>2026-11-21T10:00:00Z</TimeStamp></trn:Transport>',
    ],
    ['A-10: no ivorn', voeventText().replace(/ ivorn="[^"]*"/, '')],
  ])('%s: closed, nothing relayed', async (_, document) => {
    expect(await send(document)).toBeUndefined()
    expect(await relayed()).toEqual([])
  })

  it('A-13: the local part may follow a question mark', async () => {
    const event = voevent({ ivorn: 'ivo://probe.test/key?local' })
    expect(await send(event)).toMatchObject({ role: 'ack', origin: 'ivo://probe.test/key?local' })
    expect(await relayed()).toEqual([event])
  })

  it('A-14: the same bytes again are acknowledged again and relayed once', async () => {
    const event = voevent()
    expect((await send(event))?.role).toBe('ack')
    expect((await send(event))?.role).toBe('ack')
    expect(await relayed()).toEqual([event])
  })

  it('A-15: the same ivorn with other content is another event', async () => {
    const ivorn = freshIvorn()
    const events = [voevent({ ivorn }), voevent({ ivorn, body: '<Description>other</Description>' })]
    for (const event of events) expect((await send(event))?.role).toBe('ack')
    expect(await relayed()).toEqual(events)
  })

  it('A-16: another comment before the same element makes no new event', async () => {
    const ivorn = freshIvorn()
    const events = ['<!-- one -->', '<!-- two -->'].map((comment) =>
      voevent({ ivorn, declaration: `<?xml version="1.0" encoding="UTF-8"?>${comment}` }),
    )
    for (const event of events) expect((await send(event))?.role).toBe('ack')
    expect(await relayed()).toEqual([events[0]])
  })

  it('A-17: one more space within the element makes a new event', async () => {
    const ivorn = freshIvorn()
    const events = [voevent({ ivorn }), Buffer.from(voeventText({ ivorn }).replace('<Who>', ' <Who>'))]
    for (const event of events) expect((await send(event))?.role).toBe('ack')
    expect(await relayed()).toEqual(events)
  })

  it('A-18, A-19: all roles, and none, are taken', async () => {
    const events = ['role="observation"', 'role="prediction"', 'role="utility"', 'role="test"', ''].map((root) =>
      voevent({ root }),
    )
    for (const event of events) expect((await send(event))?.role).toBe('ack')
    expect(await relayed()).toEqual(events)
  })

  it('A-21: UTF-8, ISO-8859-1, UTF-16 and a byte order mark are relayed bit for bit', async () => {
    const text = (encoding: string) =>
      voeventText({
        declaration: `<?xml version="1.0" encoding="${encoding}"?>`,
        body: '<Description>Málaga µ</Description>',
      })
    const events = [
      Buffer.from(text('UTF-8')),
      Buffer.from(text('ISO-8859-1'), 'latin1'),
      Buffer.concat([Buffer.of(0xff, 0xfe), Buffer.from(text('UTF-16'), 'utf16le')]),
      Buffer.concat([Buffer.of(0xef, 0xbb, 0xbf), Buffer.from(text('UTF-8'))]),
    ]
    for (const event of events) expect((await send(event))?.role).toBe('ack')
    expect(await relayed()).toEqual(events)
  })

  it('A-22, A-23, A-25: no declaration; CRLF, tabs and comments; a default namespace undone in the children', async () => {
    const events = [
      voevent({ declaration: '' }),
      Buffer.from(
        `${voeventText({ declaration: '<?xml version="1.0"?>\r\n<!-- before -->\r\n\t' }).replace('<Who>', '\r\n\t<Who>')}\r\n<!-- after -->\n`,
      ),
      Buffer.from(
        voeventText()
          .replaceAll('voe:VOEvent', 'VOEvent')
          .replace('xmlns:voe', 'xmlns')
          .replace('<Who>', '<Who xmlns="">'),
      ),
    ]
    for (const event of events) expect((await send(event))?.role).toBe('ack')
    expect(await relayed()).toEqual(events)
  })

  it('A-27: an author from elsewhere is turned away unheard', async () => {
    const strict = await openBroker(memoryHost(pool), { allow: ['192.0.2.0/24', '::1'] })
    try {
      expect(await submit(strict.submitPlace, voevent())).toBeUndefined()
      expect(strict.host.store.entries).toEqual([])
      expect(strict.host.counted.get('fountain_vtp_submissions_total vtp denied')).toBe(1)
    } finally {
      await strict.close()
    }
  })

  it('A-28: a hundred authors at once', async () => {
    const events = Array.from({ length: 100 }, () => voevent())
    const replies = await Promise.all(events.map(send))
    expect(replies.map((reply) => reply?.role)).toEqual(events.map(() => 'ack'))
    const sorted = (list: Buffer[]) => list.map(String).sort()
    expect(sorted(await relayed())).toEqual(sorted(events))
  })

  it('A-29: the ack survives an author that shuts its side right after sending', async () => {
    const peer = await Peer.connect(broker.submitPlace, { allowHalfOpen: true })
    const event = voevent()
    peer.send(event)
    peer.socket.end()
    await until('the ack', () => peer.of('ack').length === 1)
    expect(await relayed()).toEqual([event])
  })

  it('A-31: a corrected event under the same ivorn is taken', async () => {
    const ivorn = freshIvorn()
    expect((await send(voevent({ ivorn, body: badWho })))?.role).toBe('nak')
    const good = voevent({ ivorn })
    expect((await send(good))?.role).toBe('ack')
    expect(await relayed()).toEqual([good])
  })

  it('A-32: twenty authors with the same bytes at once: one event, twenty acks', async () => {
    const event = voevent()
    const replies = await Promise.all(Array.from({ length: 20 }, () => send(event)))
    expect(replies.map((reply) => reply?.role)).toEqual(replies.map(() => 'ack'))
    expect(await relayed()).toEqual([event])
  })
})
