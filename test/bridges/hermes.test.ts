import fc from 'fast-check'
import { afterEach, describe, expect, it } from 'vitest'
import { type Item, type Message, Refusal } from '../../bridges/contract.ts'
import { bridge } from '../../bridges/hermes/index.ts'
import type { HermesMessage } from '../../bridges/hermes/message.ts'
import { answerOf, faultsOf, type HermesStandIn, startHermesStandIn } from '../servers/hermes.ts'
import { misbehaving } from '../servers/misbehave.ts'
import { attemptOf, failure, testBridge, testHost } from './contract.ts'
import { refusalOf } from './refusal.ts'
import { hostileReportItem, longItem, reportItem, trigger } from './report-item.ts'
import { retractionItem, sampleItem } from './sample-item.ts'

const token = 'hermes-token-secret-word'
const networks = ['127.0.0.0/8']
const signed = { submitter: 'Fountain at Example', authors: 'A. Observer (University of Example)' }
const servers: HermesStandIn[] = []
afterEach(async () => {
  for (const server of servers.splice(0)) await server.stop()
})

testBridge('hermes', {
  bridge,
  to: null,
  secrets: [token, 'secret-word'],
  expects: { 'hang-before': { kind: 'retry', reached: 'maybe' } },
  mayRefuse: true,
  dress: (item) => ({ ...item, ...(item.event.citations ? {} : { full: reportItem().full! }) }),
  async start() {
    const hermes = await startHermesStandIn({ token })
    const words = {
      reject: answerOf(400, { data: { targets: [{ name: ['This field is required.'] }] } }),
      later: answerOf(429, { detail: 'Request was throttled.' }),
      busy: answerOf(
        429,
        { detail: 'Request was throttled. Expected available in 7 seconds.' },
        { 'retry-after': '7' },
      ),
      fails: answerOf(500, { detail: 'A server error occurred.' }),
    }
    const messageOf = ({ path, body }: { path: string; body: Buffer }) =>
      path === '/api/v0/submit_message/' ? body : undefined
    return { server: misbehaving(hermes, words, messageOf), config: { ...signed, token, api: hermes.api, networks } }
  },
})

const read = ({ body }: Pick<Message, 'body'>): HermesMessage => JSON.parse(Buffer.from(body).toString())

async function opened(more: object = {}) {
  const hermes = await startHermesStandIn({ token, writable: ['hermes.test', 'fountain.alerts'] })
  servers.push(hermes)
  const config = bridge.config.parse({ ...signed, token, api: hermes.api, networks, ...more })
  const channel = await bridge.open(config, testHost())
  const send = (item: Item = reportItem()) => {
    const message = channel.render([item], null)
    return channel.deliver(message, attemptOf(message))
  }
  const check = () => channel.check(AbortSignal.timeout(20_000))
  return { hermes, channel, send, check, render: (item: Item) => channel.render([item], null) }
}
/** Rendering asks nobody. */
const rendered = async (item: Item, more: object = {}) => {
  const config = bridge.config.parse({ ...signed, token, ...more })
  return (await bridge.open(config, testHost())).render([item], null)
}

describe('hermes: what is sent', () => {
  it('is what its serializer takes, and is never forwarded to another service', async () => {
    const { hermes, send } = await opened()
    const outcome = await send()
    const [{ uuid, topic, message }] = hermes.published as [(typeof hermes.published)[0]]
    expect(outcome).toMatchObject({ state: 'sent', receipt: { id: uuid } })
    expect(topic).toBe('hermes.test')
    expect(message).toMatchObject({ submit_to_tns: false, submit_to_gcn: false, submit_to_mpc: false })
    expect(hermes.forwarded).toEqual([])
  })

  it('says target, discovery, history and the last limit, in UTC and AB', async () => {
    const { title, data, message_text: text } = read(await rendered(reportItem()))
    expect(title).toBe('Young and bright: LSST-AP-DO-170028503098359808, r 21.30 ± 0.05')
    expect(text).toContain('10:20:30.04 +20:30:40.1')
    expect(data.targets).toEqual([
      {
        name: 'LSST-AP-DO-170028503098359808',
        ra: '155.125167',
        dec: '20.511125',
        ra_error: 0.072,
        dec_error: 0.072,
        ra_error_units: 'arcsec',
        dec_error_units: 'arcsec',
        aliases: ['170028503098359808'],
      },
    ])
    expect(
      data.photometry!.map((point) => [point.date_obs.slice(0, 10), point.brightness, point.limiting_brightness]),
    ).toEqual([
      ['2026-02-23', undefined, 24.31],
      ['2026-02-26', 22.412, undefined],
      ['2026-02-26', 22.203, undefined],
      ['2026-03-01', 21.304, undefined],
    ])
    // 37 s before the TAI of the packet.
    expect(data.photometry!.at(-1)).toMatchObject({
      date_obs: '2026-03-01T05:36:57.601Z',
      telescope: 'Rubin:Simonyi',
      instrument: 'LSSTCam',
      brightness_error: 0.052,
      brightness_unit: 'AB mag',
      exposure_time: 30,
    })
    expect(data).toMatchObject({ ivoid: sampleItem.event.ivoid, survey: 'lsst', seen_before: false })
  })

  it('is bounded: of a long history the discovery and the last detections', async () => {
    const { photometry } = read(await rendered(longItem)).data
    expect(photometry).toHaveLength(31)
    expect(photometry![0]!.date_obs < photometry![1]!.date_obs).toBe(true)
  })

  it('invents no magnitude of what has faded, and no limit', async () => {
    const faded = { ...trigger, flux: -5000, fluxError: 100 }
    const { magnitude: _, magnitudeError: __, ...negative } = faded
    const { title, data, message_text: text } = read(await rendered(reportItem({ points: [negative] })))
    expect(title).toContain('fainter than the reference')
    expect(text).toContain('holds no limit')
    expect(data).not.toHaveProperty('photometry')
    expect(faultsOf(read(await rendered(reportItem({ points: [negative] }))) as never)).toEqual({})
  })

  it('says of what is not significant that it is not, and no magnitude', async () => {
    const { magnitude: _, magnitudeError: __, ...point } = trigger
    const faint = { ...point, flux: -30, fluxError: 100, limitMagnitude: 24.65, limitSigma: 5 }
    const { title, message_text: text } = read(await rendered(reportItem({ points: [faint], reliability: 0.999996 })))
    expect(title).toContain('no significant flux in r')
    expect(text).toContain('no flux above 3 sigma in r (5 sigma: 24.65 mag)')
    // Cut: no model is certain.
    expect(read(await rendered(reportItem({ reliability: 0.999996 }))).data.reliability).toBe(0.9999)
  })

  it('takes back what was said, with the reason', async () => {
    const { title, message_text: text, data } = read(await rendered(retractionItem))
    expect(title).toBe(`Retraction of ${sampleItem.event.ivoid}`)
    expect(text).toContain('a satellite crossed the field')
    expect(data).toMatchObject({
      retraction: true,
      references: [{ source: 'ivoid', citation: sampleItem.event.ivoid }],
    })
  })

  it('marks a test in a sandbox, and refuses it where the public reads', async () => {
    const test = reportItem({ event: { role: 'test' } })
    expect(read(await rendered(test)).title).toMatch(/^TEST: /)
    const live = { live: true, topic: 'fountain.alerts' }
    await expect(rendered(test, live)).rejects.toThrow(Refusal)
    expect(read(await rendered(reportItem(), live)).topic).toBe('fountain.alerts')
  })

  it('refuses an alert whose packet is gone', async () => {
    const { full: _, ...without } = reportItem()
    await expect(rendered(without)).rejects.toThrow(/archive/)
  })

  it('whatever stands in an event is taken by the serializer, or refused with reasons', async () => {
    const { channel } = await opened()
    fc.assert(
      fc.property(hostileReportItem, (item) => {
        let message: Message | undefined
        if (refusalOf(() => void (message = channel.render([item], null)))) return
        const { title, data } = read(message!)
        expect(faultsOf(read(message!) as never)).toEqual({})
        expect(title.length).toBeLessThanOrEqual(400)
        expect(JSON.stringify(data)).not.toMatch(/null|NaN/)
        expect(channel.drafting!.lint(message!.body, null)).toEqual([])
      }),
      { numRuns: 300 },
    )
  })
})

describe('hermes: what goes wrong', () => {
  it('200 with an error inside: the account lost its credential', async () => {
    const { hermes, send, check } = await opened()
    hermes.credential = null
    const failed = await failure(send())
    expect(failed).toMatchObject({ kind: 'halt', reached: 'no', reply: expect.stringContaining('in again') })
    expect((await failure(check())).reply).toContain('credential')
    expect(hermes.published).toEqual([])
  })

  it('200 with another error: refused for good, and nobody knows whether it is out', async () => {
    const { hermes, send } = await opened()
    hermes.refuse('POST submit_message/', answerOf(200, { error: 'Something new.' }))
    expect(await failure(send())).toMatchObject({ kind: 'reject', reached: 'maybe' })
  })

  it.each([
    ['no uuid', answerOf(200, { title: 'x' })],
    [
      'HTML of a maintenance',
      { status: 200, headers: { 'content-type': 'text/html' }, body: '<html>Back soon</html>' },
    ],
    ['a bad gateway', { status: 502, body: '<html>502</html>' }],
    ['a request that came too slowly', { status: 408, body: '<html>Request Timeout</html>' }],
  ])('%s: it may be out, and is not sent again', async (_, answer) => {
    const { hermes, send, render } = await opened()
    hermes.refuse('POST submit_message/', answer)
    expect(await failure(send())).toMatchObject({ kind: 'retry', reached: 'maybe' })
    expect(render(reportItem()).repeat).toBe('never')
  })

  it('Kafka failed behind Hermes: 400, though the message may be out', async () => {
    const { hermes, send } = await opened()
    hermes.kafka = 'dead'
    expect(await failure(send())).toMatchObject({ kind: 'retry', reached: 'maybe' })
    hermes.kafka = 'silent'
    expect(await failure(send())).toMatchObject({ kind: 'retry', reached: 'maybe' })
    // The same answer: once it was out, once it was not.
    expect(hermes.published).toHaveLength(1)
  })

  it('the account may not write to the topic: said by check, and by Kafka', async () => {
    const { hermes, send, check } = await opened({ topic: 'other.alerts' })
    expect((await failure(check())).reply).toContain('may not write to other.alerts')
    expect(await failure(send())).toMatchObject({ kind: 'halt', reached: 'no' })
    hermes.writable.push('other.alerts')
    await check()
    await send()
  })

  it('a wrong token halts', async () => {
    const { hermes, send, check } = await opened({ token: 'another-token-of-somebody' })
    for (const failed of [await failure(send()), await failure(check())]) {
      expect(failed).toMatchObject({ kind: 'halt', reached: 'no', reply: expect.stringContaining('Invalid token') })
    }
    expect(hermes.published).toEqual([])
  })

  it('says which field the serializer refused', async () => {
    const { hermes, channel } = await opened()
    const message = channel.render([reportItem()], null)
    const { data, ...head } = read(message)
    const body = Buffer.from(JSON.stringify({ ...head, data: { ...data, targets: [] } }))
    const failed = await failure(channel.deliver({ ...message, body }, attemptOf(message)))
    expect(failed).toMatchObject({ kind: 'reject', reached: 'no' })
    expect(failed.reply).toContain('data.photometry.0.target_name: The target_name must reference')
    expect(hermes.published).toEqual([])
  })

  it('checks a server that is no Hermes, and a closed network', async () => {
    const { hermes, check } = await opened()
    hermes.refuse('GET profile/', answerOf(200, { hello: 'world' }), { status: 404, body: 'Not found' })
    expect((await failure(check())).reply).toContain('no Hermes')
    expect((await failure(check())).reply).toContain('no Hermes')
    const closed = await opened({ networks: [] })
    expect(await failure(closed.send())).toMatchObject({ kind: 'halt', reply: expect.stringContaining('networks') })
  })

  it('never gives the token away, which the profile brings back', async () => {
    const { hermes, check } = await opened()
    hermes.refuse('GET profile/', answerOf(400, { api_token: token, error: `no: ${token}` }))
    expect((await failure(check())).reply).not.toContain('secret-word')
  })
})

describe('hermes: drafts', () => {
  it('are its JSON, and come back from it', async () => {
    const { channel, render } = await opened()
    const { drafting } = channel
    const { body } = render(reportItem())
    const text = drafting!.text(body)
    expect(Buffer.from(drafting!.parse(text, body)).equals(Buffer.from(body))).toBe(true)
    const changed = drafting!.parse(text.replace('Young and bright: ', 'A young transient: '), body)
    expect(read({ body: changed }).title).toMatch(/^A young transient/)
    expect(drafting!.lint(changed, null)).toEqual([])
  })

  it.each([
    ['no JSON', '{', /no JSON/],
    ['a list', '[]', /one JSON object/],
    ['a forward to TNS', { submit_to_tns: true }, /must stay false/],
    ['another topic', { topic: 'gcn.circular' }, /must stay hermes.test/],
    ['no title', { title: null }, /"title" must be a text/],
    ['no data', { data: [] }, /"data" must be/],
    ['targets that are none', { data: { targets: ['x'] } }, /"data.targets" must be a list/],
  ])('refuse %s', async (_, change, reason) => {
    const { channel, render } = await opened()
    const { body } = render(reportItem())
    const text = typeof change === 'string' ? change : JSON.stringify({ ...read({ body }), ...change })
    expect(() => channel.drafting!.parse(text, body)).toThrow(reason)
  })

  it('say what Hermes would refuse', async () => {
    const { channel, render } = await opened()
    const message = read(render(reportItem()))
    const codes = (change: object) => {
      const body = Buffer.from(JSON.stringify({ ...message, ...change }))
      const wrong = channel.drafting!.lint(body, null).map(({ code }) => code)
      expect(Object.keys(faultsOf(JSON.parse(body.toString()))).length > 0).toBe(wrong.length > 0)
      return wrong
    }
    const { targets, photometry } = message.data
    const [target, point] = [targets![0]!, photometry!.at(-1)!]
    const { brightness: _, ...empty } = point
    expect(codes({})).toEqual([])
    expect(codes({ title: ' ' })).toEqual(['HERMES_NO_TITLE'])
    expect(codes({ data: { targets: [target, target] } })).toEqual(['HERMES_TARGET_TWICE'])
    expect(codes({ data: { targets: [{ ...target, name: '' }] } })).toEqual(['HERMES_TARGET_NAME'])
    expect(codes({ data: { targets: [{ ...target, dec: '99' }] } })).toEqual(['HERMES_TARGET_PLACE'])
    expect(codes({ data: { photometry: [point] } })).toEqual(['HERMES_POINT_TARGET'])
    expect(codes({ data: { targets, photometry: [empty] } })).toEqual(['HERMES_POINT_EMPTY'])
    expect(codes({ data: { targets, photometry: [{ ...point, date_obs: 'soon' }] } })).toEqual(['HERMES_POINT_DATE'])
    expect(codes({ data: { targets, photometry: [{ ...point, bandpass: '' }] } })).toEqual(['HERMES_POINT_BAND'])
    const nowhere = { ...point, telescope: '', instrument: '' }
    expect(codes({ data: { targets, photometry: [nowhere] } })).toEqual(['HERMES_POINT_WHERE'])
  })
})

describe('hermes: configuration', () => {
  const base = { ...signed, token }
  const audience = (more: object) => bridge.audience!(bridge.config.parse({ ...base, ...more }))
  it('is for trials unless the operator says so', () => {
    expect(bridge.config.parse(base)).toMatchObject({ live: false, topic: 'hermes.test' })
    expect(audience({})).toBe('sandbox')
    expect(audience({ live: true, topic: 'fountain.alerts' })).toBe('public')
    // An address of one's own is never live.
    expect(audience({ topic: 'fountain.alerts', api: 'http://127.0.0.1:1/api/v0' })).toBe('sandbox')
    expect(audience({ live: true, topic: 'fountain.alerts', api: 'http://127.0.0.1:1/api/v0' })).toBe('sandbox')
  })
  it.each([
    ['a public topic without live', { topic: 'fountain.alerts' }],
    ['live on the topic for trials', { live: true }],
    ['no topic of Hopskotch', { live: true, topic: 'alerts' }],
    ['a slash at the end', { api: 'https://hermes.lco.global/api/v0/' }],
    ['forwarding to TNS', { submit_to_tns: true }],
    ['a token of two lines', { token: 'abcdefgh\nij' }],
  ])('refuses %s', (_, more) => {
    expect(bridge.config.safeParse({ ...base, ...more }).success).toBe(false)
  })
})
