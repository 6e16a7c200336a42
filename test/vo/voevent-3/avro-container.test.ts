import { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { deflateRawSync } from 'node:zlib'
import avro from 'avsc'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { VOEvent } from '../../../vo/model/voevent.ts'
import { writeAvro3 } from '../../../vo/voevent-3/avro.ts'
import {
  Avro3ContainerWriter,
  avro3Codecs,
  readAvro3Container,
  writeAvro3Container,
} from '../../../vo/voevent-3/avro-container.ts'
import { avro3SchemaText } from '../../../vo/voevent-3/avro-schema.ts'
import { containerOf, rawContainer } from '../../ingest/containers.ts'
import { arbitraryModelEvent } from '../arbitrary-model.ts'
import { sameMeaning } from '../same-meaning.ts'
import { eventOfOracle, oracle, publishedSchema } from './avro-oracle.ts'
import { draftEvent } from './events.ts'

const coded = (code: string) => expect.objectContaining({ name: 'VOEventError', code })
const readAll = (bytes: Uint8Array) => [...readAvro3Container(bytes)]
const many = (count: number) => Array.from({ length: count }, (_, index) => draftEvent(index))
const schema = JSON.parse(avro3SchemaText) as object
const datum = writeAvro3(draftEvent())

describe.each(avro3Codecs)('a file of events, codec %s', (codec) => {
  it('has the events, in their order', () => {
    for (const count of [0, 1, 2, 500]) {
      expect(readAll(writeAvro3Container(many(count), { codec }))).toEqual(many(count))
    }
  })

  it('has events of any shape', () => {
    fc.assert(
      fc.property(fc.array(arbitraryModelEvent(), { maxLength: 4 }), (events) => {
        const read = readAll(writeAvro3Container(events, { codec }))
        expect(read).toHaveLength(events.length)
        for (const [i, event] of events.entries()) expect(sameMeaning(event, read[i]!)).toEqual([])
      }),
      { numRuns: 50 },
    )
  })

  it('is the same for the same events, and its blocks are bounded', () => {
    const bytes = writeAvro3Container(many(500), { codec })
    expect(writeAvro3Container(many(500), { codec })).toEqual(bytes)
    expect(writeAvro3Container(many(499), { codec })).not.toEqual(bytes)
    const sync = Buffer.from(bytes.subarray(-16))
    let blocks = -1
    for (let at = 0; (at = Buffer.from(bytes).indexOf(sync, at) + 1) > 0; ) blocks++
    const all = many(500).reduce((sum, event) => sum + writeAvro3(event).length, 0)
    expect(blocks).toBe(Math.ceil(all / (1 << 18)))
  })
})

it('may hold more items in a block than one event may', () => {
  const descriptions = Array<string>(100_000).fill('')
  const large = writeAvro3({ ...draftEvent(), how: { descriptions, references: [] } })
  const read = readAll(containerOf(schema, [[large, large, large]], 'null'))
  expect(read.map(({ how }) => how!.descriptions.length)).toEqual([1e5, 1e5, 1e5])
})

it('is deflated unless told otherwise, and read by avsc', async () => {
  const bytes = writeAvro3Container(many(3))
  expect(bytes).toEqual(writeAvro3Container(many(3), { codec: 'deflate' }))
  const decoder = new avro.streams.BlockDecoder({ parseHook: () => oracle } as never)
  const read: VOEvent[] = []
  for await (const each of Readable.from([Buffer.from(bytes)]).pipe(decoder)) {
    read.push(eventOfOracle(each as never) as unknown as VOEvent)
  }
  expect(read).toHaveLength(3)
  for (const [i, event] of read.entries()) expect(sameMeaning(draftEvent(i), event)).toEqual([])
})

it('is read when avsc wrote it, with the published schema in its header', async () => {
  const encoder = new avro.streams.BlockEncoder(oracle, { codec: 'deflate' })
  for (const event of many(3)) encoder.write(oracle.fromBuffer(Buffer.from(writeAvro3(event))))
  encoder.end()
  expect(readAll(await buffer(encoder))).toEqual(many(3))
})

it('may say its schema in other words, but must mean the same', () => {
  expect(readAll(containerOf(publishedSchema as object, [[datum], [datum, datum]], 'null'))).toHaveLength(3)
  const named = { ...schema, name: 'voevent.v3draft.VOEvent', namespace: 'elsewhere', doc: 'x', more: [1] }
  expect(readAll(containerOf(named, [[datum]], 'zstandard'))).toEqual([draftEvent()])
  const other = { ...schema, namespace: 'voevent.v4' }
  for (const wrong of [other, { type: 'record', name: 'R', fields: [] }, 'string', [], 5]) {
    expect(() => readAll(containerOf(wrong as object, [[datum]], 'null'))).toThrow(coded('AVRO_SCHEMA'))
  }
  for (const text of ['', '{', '\ufffe', '['.repeat(100_000), `${'['.repeat(1_000)}${']'.repeat(1_000)}`]) {
    expect(() => readAll(rawContainer({ 'avro.schema': text }, []))).toThrow(coded('AVRO_SCHEMA'))
  }
  expect(() => readAll(rawContainer({}, []))).toThrow(coded('AVRO_SCHEMA'))
  // After all those, ours is still ours.
  expect(readAll(writeAvro3Container([draftEvent()]))).toEqual([draftEvent()])
})

it('without a codec is not compressed; codecs that are not known are refused', () => {
  const metadata = { 'avro.schema': avro3SchemaText, more: 'anything' }
  expect(readAll(rawContainer(metadata, [{ count: 1, data: datum }]))).toEqual([draftEvent()])
  expect(() => readAll(containerOf(schema, [[datum]], 'snappy'))).toThrow(coded('AVRO_CONTAINER'))
})

describe('a damaged file', () => {
  const whole = writeAvro3Container(many(2), { codec: 'null' })
  const headerBytes = writeAvro3Container([]).length

  it('is refused wherever it is cut off, but between its blocks', () => {
    for (let length = 4; length < whole.length; length += length < headerBytes ? 997 : 1) {
      if (length === writeAvro3Container([], { codec: 'null' }).length) continue
      expect(() => readAll(whole.subarray(0, length)), String(length)).toThrow(coded('AVRO_TRUNCATED'))
    }
    expect(() => readAll(whole.subarray(0, 3))).toThrow(coded('AVRO_FRAMING'))
    expect(() => readAll(datum)).toThrow(coded('AVRO_FRAMING'))
  })

  it('gives what comes before the damage', () => {
    const broken = containerOf(schema, [[datum], [datum, datum.subarray(0, 50)]], 'null')
    const read: VOEvent[] = []
    expect(() => {
      for (const event of readAvro3Container(broken)) read.push(event)
    }).toThrow(coded('AVRO_TRUNCATED'))
    expect(read).toHaveLength(2)
  })

  it.each([
    ['a wrong sync marker', Buffer.concat([whole.subarray(0, -1), Buffer.of(1)]), 'AVRO_CONTAINER'],
    ['bytes that are not deflated', raw('deflate', 1, Buffer.from('no deflate')), 'AVRO_CONTAINER'],
    ['bytes that are no zstandard', raw('zstandard', 1, Buffer.from('no zstandard')), 'AVRO_CONTAINER'],
    ['fewer events than bytes', raw('null', 1, Buffer.concat([datum, datum])), 'AVRO_TRAILING'],
    ['no events in a block', raw('null', 0, datum), 'AVRO_TRAILING'],
    ['more events than bytes', raw('null', 2 ** 40, datum), 'AVRO_TRUNCATED'],
    ['a negative count', raw('null', -1, datum), 'AVRO_COUNT'],
  ])('is refused with %s', (_, bytes, code) => {
    expect(() => readAll(bytes)).toThrow(coded(code))
  })

  it('is refused before it is unpacked to more than 64 MiB', () => {
    const data = deflateRawSync(Buffer.alloc(65 << 20))
    expect(() => readAll(raw('deflate', 1, data))).toThrow(coded('AVRO_TOO_LARGE'))
    expect(() => readAll(raw('deflate', 1, data))).toThrow('A block unpacks to more.')
  })

  it('is refused for metadata without end', () => {
    const keys = Object.fromEntries(Array.from({ length: 101 }, (_, i) => [`k${i}`, '']))
    expect(() => readAll(rawContainer(keys, []))).toThrow(coded('AVRO_CONTAINER'))
    const large = { 'avro.schema': avro3SchemaText, more: 'x'.repeat(1 << 20) }
    expect(() => readAll(rawContainer(large, []))).toThrow(coded('AVRO_CONTAINER'))
  })
})

function raw(codec: string, count: number, data: Uint8Array): Buffer {
  return rawContainer({ 'avro.schema': avro3SchemaText, 'avro.codec': codec }, [{ count, data }])
}

it('is written piece by piece as it is at once, holding one block, and goes on without an event that is none', () => {
  const events = Array.from({ length: 40 }, (_, i) => ({
    ...draftEvent(),
    ivoid: `ivo://example.org/s#${i}`,
    description: 'x'.repeat(20_000),
  }))
  const writer = new Avro3ContainerWriter({ codec: 'null' })
  const pieces = events.map((event) => writer.add(event))
  expect(() => writer.add({ ...draftEvent(), role: 'nothing' as 'test' })).toThrow(coded('AVRO_VALUE'))
  pieces.push(writer.end())
  expect(pieces.filter(({ length }) => length > 0).length).toBeGreaterThan(2)
  expect(Math.max(...pieces.map(({ length }) => length))).toBeLessThan(400_000)
  const whole = Buffer.concat(pieces)
  expect(whole.equals(writeAvro3Container(events, { codec: 'null' }))).toBe(true)
  expect(readAll(whole).map(({ ivoid }) => ivoid)).toEqual(events.map(({ ivoid }) => ivoid))
})

it('without events is a head that reads as none', () => {
  expect(readAll(new Avro3ContainerWriter().end())).toEqual([])
})
