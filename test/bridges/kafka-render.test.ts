import { describe, expect, it } from 'vitest'
import type { Item, Message } from '../../bridges/contract.ts'
import { bridge } from '../../bridges/kafka/index.ts'
import { readRecord } from '../../bridges/kafka/render.ts'
import { readAvro3 } from '../../vo/voevent-3/avro.ts'
import { readJson3 } from '../../vo/voevent-3/json-read.ts'
import { testHost } from './contract.ts'
import { sampleEvent, sampleItem, sampleXml } from './sample-item.ts'

type Config = Partial<Parameters<typeof bridge.config.parse>[0] & object>

async function rendered(item: Item, more: Config = {}, address: unknown = 'alerts'): Promise<Message> {
  const channel = await bridge.open(bridge.config.parse({ brokers: ['localhost:9'], ...more }), testHost())
  return channel.render([item], bridge.address.parse(address))
}
const record = async (...of: Parameters<typeof rendered>) => readRecord((await rendered(...of)).body)

const test: Item = { ...sampleItem, event: { ...sampleEvent, role: 'test' } }
const ofObject: Item = { ...sampleItem, match: { ...sampleItem.match, objectId: '170028503098359808' } }
const first = 'ivo://example.org/streams/young-and-bright#1'
const retraction: Item = {
  ...ofObject,
  event: {
    ...sampleEvent,
    ivoid: `${first}.r1`,
    citations: { events: [{ ivoid: first, cite: 'retraction' }], description: 'an artefact' },
  },
}

describe('kafka: what is sent', () => {
  it('is the event as recorded, bit for bit', async () => {
    const { head, value } = await record(sampleItem)
    expect(value.equals(sampleXml)).toBe(true)
    expect(head).toEqual({
      topic: 'alerts',
      key: sampleEvent.ivoid,
      headers: {
        ivoid: sampleEvent.ivoid,
        role: 'observation',
        'content-type': 'application/xml',
        'fountain-key': (await rendered(sampleItem)).key,
      },
    })
  })

  it('is keyed by the object, or by the event where the address says so', async () => {
    expect((await record(ofObject)).head.key).toBe('170028503098359808')
    expect((await record(retraction)).head.key).toBe('170028503098359808')
    expect((await record(ofObject, {}, { topic: 'alerts', key: 'ivoid' })).head.key).toBe(sampleEvent.ivoid)
  })

  it('is safe to repeat under a key that is the same for the same event, subscription and topic', async () => {
    const message = await rendered(sampleItem)
    expect(message).toMatchObject({ repeat: 'safe', parts: [], key: expect.stringMatching(/^[0-9a-f]{32}$/) })
    expect(await rendered(structuredClone(sampleItem))).toEqual(message)
    const others = [
      await rendered(retraction),
      await rendered(sampleItem, {}, 'other'),
      await rendered({ ...sampleItem, match: { ...sampleItem.match, subscription: 'another' } }),
    ]
    expect(new Set([message, ...others].map(({ key }) => key)).size).toBe(4)
  })

  it('is the draft in JSON and in Avro, each to be read by itself', async () => {
    for (const item of [sampleItem, retraction, test]) {
      const json = await record(item, { format: 'voevent-3-json' })
      expect(readJson3(json.value.toString())).toMatchObject({ ivoid: item.event.ivoid, role: item.event.role })
      expect(json.head.headers['content-type']).toBe('application/json')
      const avro = await record(item, { format: 'voevent-3-avro', registry: 'http://localhost:9' })
      expect(readAvro3(avro.value)).toEqual(readJson3(json.value.toString()))
      expect(avro.head).toMatchObject({ avro: true, headers: { 'content-type': 'application/avro' } })
    }
  })

  it('is a flat object with the fields of the lightweight alert', async () => {
    const { value } = await record(retraction, { format: 'lightweight-json' })
    expect(JSON.parse(value.toString())).toEqual({
      ivoid: `${first}.r1`,
      role: 'observation',
      objectId: 'LSST-AP-DO-170028503098359808',
      fluxNjy: 10943.2,
      nDetections: 4,
      timeMjdUtc: expect.closeTo(61_100.234, 3),
      raDeg: expect.closeTo(155.125167, 9),
      decDeg: expect.closeTo(20.511125, 9),
      band: 'r',
      mag: 21.304,
      magErr: 0.052,
      snr: 20.71,
      reliability: 0.983,
      retracts: [first],
    })
    expect(JSON.parse((await record(sampleItem, { format: 'lightweight-json' })).value.toString())).not.toHaveProperty(
      'retracts',
    )
  })

  it('survives hostile words', async () => {
    const hostile = '"\\];\n\u2028\0 process.exit(9)//'
    const item: Item = {
      ...sampleItem,
      event: { ...sampleEvent, ivoid: `ivo://example.org/x#${hostile}` },
      match: { ...sampleItem.match, objectId: hostile, subscription: hostile },
    }
    const { head, value } = await record(item, { hopskotch: true })
    expect(head.key).toBe(hostile)
    expect(head.headers.ivoid).toBe(item.event.ivoid)
    expect(value.equals(sampleXml)).toBe(true)
  })
})

describe('kafka: Hopskotch', () => {
  const sasl = { username: 'fountain-7a', password: 'x' }

  it('names sender and format, and a UUID of its own', async () => {
    const message = await rendered(sampleItem, { hopskotch: true, sasl })
    const { head } = readRecord(message.body)
    expect(head.headers).toMatchObject({ _sender: 'fountain-7a', _format: 'voevent' })
    expect(head.headers).not.toHaveProperty('_test')
    // Version 8 and the variant of RFC 9562.
    expect(head.id).toMatch(/^[0-9a-f]{12}8[0-9a-f]{3}[89ab][0-9a-f]{15}$/)
    expect(head.id!.slice(0, 12)).toBe(message.key.slice(0, 12))
    expect(readRecord((await rendered(test, { hopskotch: true })).body).head.id).toBe(head.id)
  })

  it('marks tests, and signs with the name of the instance where nobody logs in', async () => {
    const { head } = await record(test, { hopskotch: true })
    expect(head.headers).toMatchObject({ _test: 'true', _sender: 'under-test', role: 'test' })
  })

  it.each([
    ['<VOEvent xmlns="http://www.ivoa.net/xml/VOEvent/v2.0"/>', 'blob'],
    ['<v:VOEvent xmlns:v="http://www.ivoa.net/xml/VOEvent/v2.0"/>', 'blob'],
    ['not XML at all', 'blob'],
    ['<?xml version="1.0"?><!-- <x> --><voe:VOEvent\n/>', 'voevent'],
  ])('says voevent only of what hop reads: %s', async (xml, format) => {
    const raw = { mediaType: 'text/xml', bytes: Buffer.from(xml) }
    expect((await record({ ...sampleItem, raw }, { hopskotch: true })).head.headers._format).toBe(format)
  })

  it('says json of the JSON formats', async () => {
    for (const format of ['voevent-3-json', 'lightweight-json'] as const)
      expect((await record(sampleItem, { hopskotch: true, format })).head.headers._format).toBe('json')
  })
})
