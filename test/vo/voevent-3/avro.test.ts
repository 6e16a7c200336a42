import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { ParamDefinition, Value, VOEvent } from '../../../vo/model/voevent.ts'
import {
  confluentSchemaId,
  readAvro3,
  readAvro3Confluent,
  readAvro3SingleObject,
  writeAvro3,
  writeAvro3Confluent,
  writeAvro3SingleObject,
} from '../../../vo/voevent-3/avro.ts'
import { avro3Fingerprint } from '../../../vo/voevent-3/avro-schema.ts'
import { type ParamSets, paramSetOf } from '../../../vo/voevent-3/param-set.ts'
import { arbitraryModelEvent } from '../arbitrary-model.ts'
import { sameMeaning } from '../same-meaning.ts'
import { eventOfOracle, oracle } from './avro-oracle.ts'
import { definitions, draftEvent, draftSetsById } from './events.ts'

const coded = (code: string) => expect.objectContaining({ name: 'VOEventError', code })

/** Every set that an event uses, found without the writer. */
function setsOf({ what }: VOEvent): ParamSets {
  const lists = [what, ...(what?.groups ?? []), ...(what?.tables ?? [])].map((each) =>
    (each?.params ?? []).map(({ definition }) => definition),
  )
  const sets = [...lists, ...(what?.tables ?? []).map(({ fields }) => fields)].map(paramSetOf)
  return new Map(sets.map((set) => [set.id, set]))
}

describe('an event in Avro', () => {
  it('is read the same in meaning, in every form, by us and by avsc', () => {
    fc.assert(
      fc.property(arbitraryModelEvent(), (event) => {
        const paramSets = setsOf(event)
        const inline = writeAvro3(event)
        const confluent = writeAvro3Confluent(event, 7)
        const single = writeAvro3SingleObject(event)
        expect(sameMeaning(event, readAvro3(inline))).toEqual([])
        expect(sameMeaning(event, readAvro3SingleObject(single, { paramSets }))).toEqual([])
        expect(sameMeaning(event, readAvro3Confluent(confluent, { paramSets }))).toEqual([])
        expect(confluent.subarray(5)).toEqual(writeAvro3(event, { paramSets: 'by-id' }))
        const theirs = eventOfOracle(oracle.fromBuffer(Buffer.from(inline)))
        expect(sameMeaning(event, theirs as unknown as VOEvent)).toEqual([])
      }),
      { numRuns: 500 },
    )
  })

  it('is read as it was, to the type of each value', () => {
    expect(readAvro3(writeAvro3(draftEvent()))).toEqual(draftEvent())
  })

  it('is written the same whatever was written before it', () => {
    const long = { ...draftEvent(), description: 'x'.repeat(3_000_000) }
    const before = writeAvro3(draftEvent())
    expect(readAvro3(writeAvro3(long)).description).toHaveLength(3_000_000)
    expect(() => writeAvro3({ ...draftEvent(), role: 'observe' as 'test' })).toThrow(coded('AVRO_VALUE'))
    expect(writeAvro3(draftEvent())).toEqual(before)
  })

  it('carries a set once, or none', () => {
    const sets = (bytes: Uint8Array) => (oracle.fromBuffer(Buffer.from(bytes)) as { paramSets: unknown[] }).paramSets
    expect(sets(writeAvro3(draftEvent()))).toHaveLength(2)
    expect(sets(writeAvro3(draftEvent(), { paramSets: 'by-id' }))).toEqual([])
    // Sets of one content are one set, whoever made their definitions.
    const event = draftEvent()
    const copies = event.what!.params.map((param) => ({ ...param, definition: structuredClone(param.definition) }))
    const again = { ...event, what: { ...event.what!, params: copies } }
    expect(writeAvro3(again)).toEqual(writeAvro3(event))
  })

  it('shares definitions from event to event', () => {
    const [one, other] = [draftEvent(1), draftEvent(2)].map((event) => readAvro3(writeAvro3(event)))
    expect(one!.what!.params[0]!.definition).toBe(other!.what!.params[0]!.definition)
  })

  it.each([
    ['float', 12.5, 6, 4],
    ['float', 0.1, 8, 8],
    ['float', Number.NaN, 6, 4],
    ['float', -0, 6, 4],
    ['int', 300, 4, 2],
    ['int', -(2n ** 63n), 4, 10],
    ['int', 2n ** 63n, 10, 20],
    ['int', '42', 4, 1],
    ['float', '12.50', 10, 6],
    ['boolean', false, 2, 1],
    ['string', null, 0, 0],
  ] as const)('writes a value of %s, %s, as branch %d/2 in %d bytes', (dataType, value, branch, size) => {
    const before = bytesOfValue(dataType, null)
    const bytes = bytesOfValue(dataType, value)
    expect(bytes.length - before.length).toBe(size)
    const differs = bytes.findIndex((byte, i) => byte !== before[i])
    expect(differs === -1 ? 0 : bytes[differs]).toBe(branch)
  })

  it.each([2 ** 31, -(2 ** 31) - 1, 2 ** 32 + 1, -(2 ** 40), 2 ** 53 - 1, 1 - 2 ** 53, 2n ** 53n, -(2n ** 62n)])(
    'keeps the integer %s',
    (value) => {
      expect(firstValue(readAvro3(writeAvro3(eventOfValue('int', value))))).toBe(value)
    },
  )

  it.each([
    ['a'.repeat(47), 'a'.repeat(48), 'a'.repeat(63), 'a'.repeat(64), 'é', 'é'.repeat(40), '漢'.repeat(63)],
    ['é'.repeat(4_095), '😀'.repeat(5_000), 'a'.repeat(8_191), 'a'.repeat(70_000), '漢'.repeat(70_000), '', 'a\0b'],
  ])('keeps text of any length', (...texts) => {
    const names = { ...draftEvent().why!, names: texts, concepts: [], inferences: [], descriptions: [], references: [] }
    const event = { ...draftEvent(), why: names }
    expect(readAvro3(writeAvro3(event)).why!.names).toEqual(texts)
  })

  it('makes U+FFFD of half a surrogate pair, in values and in definitions', () => {
    const definition: ParamDefinition = { name: 'half\udc00', dataType: 'string' }
    const read = readAvro3(writeAvro3(eventOf(definition, '\ud83d half')))
    expect(read.what!.params[0]).toEqual({
      definition: { ...definition, name: 'half\ufffd' },
      value: '\ufffd half',
    })
  })

  it.each([
    ['VOEvent.role', { role: 'observe' }],
    ['VOEvent.ivoid', { ivoid: undefined }],
    ['VOEvent.ivoid', { ivoid: 5 }],
    ['Position2D.c1', { whereWhen: [{ coordSystem: '', position: { c2: 1 } }] }],
    ['Attachment.sizeBytes', { attachments: [{ name: '', mediaType: '', sizeBytes: 2 ** 53 }] }],
    ['Attachment.data', { attachments: [{ name: '', mediaType: '', data: 'text' }] }],
    ['Who', { who: 'me' }],
  ])('is refused where %s is not of the model', (place, wrong) => {
    expect(() => writeAvro3({ ...draftEvent(), ...wrong } as unknown as VOEvent)).toThrow(coded('AVRO_VALUE'))
    expect(() => writeAvro3({ ...draftEvent(), ...wrong } as unknown as VOEvent)).toThrow(place)
  })
})

describe('ParamSets by their ids', () => {
  it('are those that the reader was given', () => {
    const bytes = writeAvro3SingleObject(draftEvent())
    expect(readAvro3SingleObject(bytes, { paramSets: draftSetsById })).toEqual(draftEvent())
    expect(() => readAvro3SingleObject(bytes)).toThrow(coded('VOE3_PARAM_SET_MISSING'))
    expect(() => readAvro3SingleObject(bytes, { paramSets: new Map([...draftSetsById].slice(1)) })).toThrow(
      [...draftSetsById.keys()][0],
    )
  })

  it('must have as many definitions as there are values', () => {
    const bytes = writeAvro3SingleObject(draftEvent())
    const [first] = draftSetsById.values()
    for (const params of [definitions.slice(1), [...definitions, ...definitions]]) {
      const paramSets = new Map([...draftSetsById, [first!.id, { id: first!.id, params }]])
      expect(() => readAvro3SingleObject(bytes, { paramSets })).toThrow(coded('VOE3_PARAM_LIST'))
    }
  })

  it('must be the hash of what stands inline', () => {
    const bytes = writeAvro3(draftEvent())
    readAvro3(bytes)
    const at = Buffer.from(bytes).indexOf('psfFlux')
    bytes[at] = 'q'.charCodeAt(0)
    expect(() => readAvro3(bytes)).toThrow(coded('VOE3_PARAM_SET_HASH'))
  })
})

describe('the frame of an event', () => {
  it('is C3 01 and the fingerprint, or 00 and the id', () => {
    const datum = Buffer.from(writeAvro3(draftEvent(), { paramSets: 'by-id' })).toString('hex')
    const fingerprint = Buffer.from(avro3Fingerprint).toString('hex')
    expect(Buffer.from(writeAvro3SingleObject(draftEvent())).toString('hex')).toBe(`c301${fingerprint}${datum}`)
    expect(Buffer.from(writeAvro3Confluent(draftEvent(), 0x01020304)).toString('hex')).toBe(`0001020304${datum}`)
    expect(confluentSchemaId(writeAvro3Confluent(draftEvent(), 70_000))).toBe(70_000)
    for (const id of [-1, 0.5, 2 ** 31])
      expect(() => writeAvro3Confluent(draftEvent(), id)).toThrow(coded('AVRO_FRAMING'))
  })

  it('is looked at before the rest', () => {
    const single = writeAvro3SingleObject(draftEvent(), { paramSets: 'inline' })
    const confluent = writeAvro3Confluent(draftEvent(), 1, { paramSets: 'inline' })
    expect(readAvro3SingleObject(single)).toEqual(readAvro3Confluent(confluent))
    expect(() => readAvro3SingleObject(confluent)).toThrow(coded('AVRO_FRAMING'))
    expect(() => readAvro3Confluent(single)).toThrow(coded('AVRO_FRAMING'))
    expect(() => readAvro3SingleObject(single.slice(0, 9))).toThrow(coded('AVRO_TRUNCATED'))
    expect(() => readAvro3Confluent(new Uint8Array(0))).toThrow(coded('AVRO_TRUNCATED'))
    expect(() => readAvro3Confluent(Uint8Array.of(0, 0, 0, 1))).toThrow(coded('AVRO_TRUNCATED'))
    single[5]! ^= 1
    expect(() => readAvro3SingleObject(single)).toThrow(coded('AVRO_SCHEMA'))
  })
})

function eventOf(definition: ParamDefinition, value: Value): VOEvent {
  const what = { params: [{ definition, value }], groups: [], tables: [], descriptions: [], references: [] }
  return { ivoid: 'ivo://example.org/s#1', role: 'test', what }
}
const eventOfValue = (dataType: ParamDefinition['dataType'], value: Value) => eventOf({ name: 'p', dataType }, value)
const firstValue = (event: VOEvent) => event.what!.params[0]!.value
const bytesOfValue = (dataType: ParamDefinition['dataType'], value: Value) =>
  writeAvro3(eventOfValue(dataType, value), { paramSets: 'by-id' })
