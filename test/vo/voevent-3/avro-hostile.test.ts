import { describe, expect, it } from 'vitest'
import { readAvro3, writeAvro3 } from '../../../vo/voevent-3/avro.ts'
import { varint } from '../../fuzz/mutate.ts'
import { oracle } from './avro-oracle.ts'
import { definitions, draftEvent, draftSetsById } from './events.ts'

const coded = (code: string) => expect.objectContaining({ name: 'VOEventError', code })
const concat = (...parts: readonly (Uint8Array | readonly number[])[]) =>
  Buffer.concat(parts.map((part) => Buffer.from(part)))
const length = (count: number | bigint) => varint(BigInt(count))
const text = (value: string) => concat(length(Buffer.byteLength(value)), Buffer.from(value))

/** An event in its fewest bytes: no sets, its ivoid and role, and an empty part or list for each other field. */
const bare = writeAvro3({ ivoid: 'i', role: 'observation' })
/** Up to and without `who`. */
const head = concat([0], text('i'), [0])
/** Fields of the event after the `count` first. */
const tail = (count: number) => bare.subarray(bare.length - (13 - count))

describe('hostile Avro', () => {
  it('stands on an event whose bytes are known', () => {
    expect(concat(head, tail(2))).toEqual(Buffer.from(bare))
    expect(readAvro3(bare)).toEqual({ ivoid: 'i', role: 'observation' })
  })

  it('is refused wherever it is cut off', () => {
    const bytes = writeAvro3(draftEvent())
    const byId = writeAvro3(draftEvent(), { paramSets: 'by-id' })
    for (let end = 0; end < bytes.length; end++) {
      expect(() => readAvro3(bytes.subarray(0, end)), String(end)).toThrow(coded('AVRO_TRUNCATED'))
    }
    for (let end = 0; end < byId.length; end++) {
      expect(() => readAvro3(byId.subarray(0, end), { paramSets: draftSetsById })).toThrow(coded('AVRO_TRUNCATED'))
    }
    expect(() => readAvro3(concat(bytes, [0]))).toThrow(coded('AVRO_TRAILING'))
  })

  it('does not read past its end into the memory behind it', () => {
    const bytes = writeAvro3(draftEvent())
    const memory = concat(bytes, bytes)
    expect(() => readAvro3(memory.subarray(0, bytes.length - 1))).toThrow(coded('AVRO_TRUNCATED'))
    expect(readAvro3(memory.subarray(bytes.length))).toEqual(draftEvent())
  })

  it.each([
    ['a text longer than what is left', concat([0], length(2n ** 62n)), 'AVRO_TRUNCATED'],
    ['a text of a length of 32 bits', concat([0], length(2n ** 32n + 1n), [0x69], [0], tail(2)), 'AVRO_TRUNCATED'],
    ['a text of 4 GiB', concat([0], length(2n ** 31n), [0x69], [0], tail(2)), 'AVRO_TRUNCATED'],
    ['a text of a negative length', concat([0], length(-1), [0], tail(2)), 'AVRO_COUNT'],
    ['text that is not UTF-8', concat([0], length(1), [0xff], [0], tail(2)), 'AVRO_VALUE'],
    ['a long text that is not UTF-8', concat([0], length(40), Array(40).fill(0xc0), [0], tail(2)), 'AVRO_VALUE'],
    ['half a surrogate pair in UTF-8', concat([0], length(3), [0xed, 0xa0, 0x80], [0], tail(2)), 'AVRO_VALUE'],
    ['a word that is none', concat([0], text('i'), length(4), tail(2)), 'AVRO_VALUE'],
    ['a branch that is none', concat(head, length(2), tail(3)), 'AVRO_VALUE'],
    ['a negative branch', concat(head, length(-1), tail(3)), 'AVRO_VALUE'],
    ['a branch of 64 bits', concat(head, length(2n ** 32n), tail(3)), 'AVRO_VALUE'],
    ['an integer without end', Buffer.alloc(100, 0xff), 'AVRO_VALUE'],
    ['an integer of 65 bits', concat([...Array(9).fill(0xff), 0x02], bare), 'AVRO_VALUE'],
    ['more sets than bytes', concat(length(2n ** 40n), bare), 'AVRO_TRUNCATED'],
    ['the most negative count', concat(length(-(2n ** 63n)), [0], bare), 'AVRO_TRUNCATED'],
    ['a block of a negative size', concat(length(-1), length(-1), bare), 'AVRO_COUNT'],
    ['nothing', new Uint8Array(0), 'AVRO_TRUNCATED'],
  ])('is refused with %s', (_, bytes, code) => {
    expect(() => readAvro3(bytes)).toThrow(coded(code))
  })

  it('is refused for more items than an event may have, in few bytes', () => {
    // `what` is the fourth field: no params, groups, tables, and then descriptions that are all empty.
    const items = (count: number) =>
      concat(head, [0], [2, 0, 0, 0], length(count), Buffer.alloc(count), [0, 0, 0], tail(4))
    expect(readAvro3(items(249_999)).what!.descriptions).toHaveLength(249_999)
    expect(() => readAvro3(items(250_001))).toThrow(coded('AVRO_COUNT'))
    // In many small blocks it is no less.
    const blocks = Buffer.alloc(250_001 * 2).fill(Buffer.of(2, 0))
    expect(() => readAvro3(concat(head, [0], [2, 0, 0, 0], blocks, [0, 0, 0], tail(4)))).toThrow(coded('AVRO_COUNT'))
  })

  it('is refused for more than 64 MiB', () => {
    const bytes = Buffer.alloc((64 << 20) + 1)
    expect(() => readAvro3(bytes)).toThrow(coded('AVRO_TOO_LARGE'))
    const data = new Uint8Array(bytes.length)
    const attachments = [{ name: '', mediaType: '', data }]
    expect(() => writeAvro3({ ...draftEvent(), attachments })).toThrow(coded('AVRO_TOO_LARGE'))
    expect(readAvro3(writeAvro3(draftEvent()))).toEqual(draftEvent())
  })

  it('is refused for an integer that is not safe where the model has one that is', () => {
    const event = { ...draftEvent(), what: undefined, attachments: [{ name: '', mediaType: '', sizeBytes: 1 }] }
    const parts = oracle.fromBuffer(Buffer.from(writeAvro3(event as never))) as never
    ;(parts as { attachments: { sizeBytes: { long: bigint } }[] }).attachments[0]!.sizeBytes.long = 2n ** 53n
    expect(() => readAvro3(oracle.toBuffer(parts))).toThrow(coded('AVRO_VALUE'))
  })
})

describe('Avro of other writers', () => {
  interface Parts {
    paramSets: { params: unknown[] }[]
    what: Record<string, { params: { 'voevent.v3draft.ParamList': { values: unknown[]; references: Reference[] } } }>
  }
  interface Reference {
    index: bigint
    references: unknown[]
  }
  function changed(change: (list: { values: unknown[]; references: Reference[] }) => void): Uint8Array {
    const parts = oracle.fromBuffer(Buffer.from(writeAvro3(draftEvent()))) as Parts
    change(parts.what['voevent.v3draft.What']!.params['voevent.v3draft.ParamList'])
    return oracle.toBuffer(parts)
  }

  it('may have its lists in blocks of any size, with their bytes before them', () => {
    const names = ['a', 'b', 'c'].map(text)
    const descriptions = concat(length(-2), length(4), names[0]!, names[1]!, length(1), names[2]!, [0])
    const bytes = concat(head, [0], [2, 0, 0, 0], descriptions, [0, 0], tail(4))
    expect(readAvro3(bytes).what!.descriptions).toEqual(['a', 'b', 'c'])
  })

  it('may write numbers longer than they need be', () => {
    expect(readAvro3(concat([0x80, 0x00], text('i'), [0x82, 0x00], [0x80, 0x00], tail(3)))).toEqual({
      ivoid: 'i',
      role: 'prediction',
    })
  })

  it('must have a value for each definition', () => {
    expect(readAvro3(changed(() => {}))).toEqual(draftEvent())
    expect(() => readAvro3(changed(({ values }) => values.pop()))).toThrow(coded('VOE3_PARAM_LIST'))
    expect(() => readAvro3(changed(({ values }) => values.push(null)))).toThrow(coded('VOE3_PARAM_LIST'))
  })

  it.each([
    [0, { double: 5 }, 5],
    [0, { double: 2 ** 60 }, 2n ** 60n],
    [0, { string: '42' }, 42],
    [0, { string: '007' }, '007'],
    [1, { long: 7n }, 7],
    [1, { string: 'none' }, 'none'],
    [4, { string: '5' }, '5'],
    [5, { string: 'true' }, true],
  ])('may have the value of Param %d as %o', (index, value, read) => {
    const bytes = changed(({ values }) => values.splice(index, 1, value))
    expect(readAvro3(bytes).what!.params[index]!.value).toBe(read)
  })

  it.each([
    [0, { double: 5.5 }],
    [0, { float: Number.NaN }],
    [0, { boolean: true }],
    [1, { boolean: true }],
    [4, { long: 5n }],
    [4, { double: 5 }],
    [5, { long: 1n }],
  ])('must not have the value of Param %d as %o', (index, value) => {
    expect(() => readAvro3(changed(({ values }) => values.splice(index, 1, value)))).toThrow(coded('VOE3_VALUE'))
  })

  it('may have rows that are longer and shorter than their fields', () => {
    const fields = definitions.slice(0, 1)
    const what = { ...draftEvent().what!, tables: [{ fields, rows: [[], [5, 'more', 6], [null]] }] }
    const read = readAvro3(writeAvro3({ ...draftEvent(), what }))
    expect(read.what!.tables[0]!.rows).toEqual([[], [5, 'more', '6'], [null]])
  })

  it('must have references of values that there are', () => {
    for (const index of [BigInt(definitions.length), -1n]) {
      const bytes = changed(({ references }) => {
        references[0]!.index = index
      })
      expect(() => readAvro3(bytes)).toThrow(coded('VOE3_PARAM_LIST'))
    }
    const twice = changed(({ references }) => {
      references.push(references[0]!)
    })
    expect(() => readAvro3(twice)).toThrow(coded('VOE3_PARAM_LIST'))
    const none = changed(({ references }) => {
      references[0]!.references = []
    })
    expect(readAvro3(none).what!.params[7]).toEqual({ definition: definitions[7], value: null })
  })
})
