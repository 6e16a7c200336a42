/** What is not of the model is refused before it is written; what is written can be read. */
import { describe, expect, it } from 'vitest'
import type { VOEvent } from '../../../vo/model/voevent.ts'
import { readAvro3, writeAvro3 } from '../../../vo/voevent-3/avro.ts'
import { readJson3 } from '../../../vo/voevent-3/json-read.ts'
import { writeJson3 } from '../../../vo/voevent-3/json-write.ts'
import { readXml3 } from '../../../vo/voevent-3/xml-read.ts'
import { writeXml3 } from '../../../vo/voevent-3/xml-write.ts'

const bare: VOEvent = { ivoid: 'ivo://example.org/stream#1', role: 'test' }
const attachment = { name: 'a', mediaType: 'a/b' }
const withParam = (definition: object, more: object = {}): VOEvent =>
  ({
    ...bare,
    what: {
      params: [{ definition: { name: 'p', dataType: 'string', ...definition }, value: 'v', ...more }],
      groups: [],
      tables: [],
      descriptions: [],
      references: [],
    },
  }) as VOEvent

const wrong: readonly (readonly [what: string, part: object, says: string])[] = [
  ['an integer that is none', { attachments: [{ ...attachment, sizeBytes: Number.NaN }] }, 'Attachment.sizeBytes'],
  ['an integer beyond doubles', { attachments: [{ ...attachment, sizeBytes: 1e21 }] }, 'Attachment.sizeBytes'],
  ['text for a number', { why: { importance: '1,"role":"observation"' } }, 'Why.importance'],
  ['text for content', { attachments: [{ ...attachment, data: 'AAAA' }] }, 'Attachment.data'],
  ['a word outside of the list', { role: 'observation","ivoid":"ivo://a/b#c' }, 'VOEvent.role'],
  ['null for what is absent', { description: null }, 'VOEvent.description'],
  ['a number for text', { description: 5 }, 'VOEvent.description'],
  ['null for a part', { who: null }, 'VOEvent.who'],
  ['text for a list', { how: { descriptions: 'one', references: [] } }, 'Notes.descriptions'],
  ['no identifier', { ivoid: undefined }, 'VOEvent.ivoid'],
  ['no role', { role: undefined }, 'VOEvent.role'],
]

describe.each([
  ['JSON', writeJson3],
  ['XML', writeXml3],
] as const)('%s', (_, write) => {
  it.each(wrong)('does not say %s', (_, part, place) => {
    const event = { ...bare, ...part } as VOEvent
    const refusal = expect.objectContaining({ code: 'VOE3_FIELD', detail: expect.stringContaining(place) })
    expect(() => write(event)).toThrow(refusal)
  })

  it('does not say what a definition of a Param is not', () => {
    const refusal = expect.objectContaining({ code: 'VOE3_FIELD' })
    expect(() => write(withParam({ dataType: 'double' }))).toThrow(refusal)
    expect(() => write(withParam({}, { references: [{}] }))).toThrow(refusal)
  })
})

describe('characters that XML cannot carry, in a definition', () => {
  const event = withParam({ description: 'a\0b', ucd: '\ud800', references: [{ uri: 'u', type: '\ufffe😀' }] })

  it('become U+FFFD, and the id of the set is that of what is written', () => {
    const { definition } = readXml3(Buffer.from(writeXml3(event))).what!.params[0]!
    expect(definition).toEqual({
      name: 'p',
      dataType: 'string',
      description: 'a\ufffdb',
      ucd: '\ufffd',
      references: [{ uri: 'u', type: '\ufffd😀' }],
    })
  })
})

describe('definitions that events share', () => {
  const event = withParam({ description: 'shared', references: [{ uri: 'u' }] })
  const json = writeJson3(event)
  const xml = Buffer.from(writeXml3(event))
  const avro = writeAvro3(event)

  it.each([
    ['JSON', () => readJson3(json)],
    ['XML', () => readXml3(xml)],
    ['Avro', () => readAvro3(avro)],
  ] as const)('cannot be changed in one of them: %s', (_, read) => {
    read()
    const definition = read().what!.params[0]!.definition as unknown as {
      description?: string
      references: { uri: string }[]
    }
    expect(() => {
      definition.description = 'another'
    }).toThrow(TypeError)
    expect(() => definition.references.push({ uri: 'x' })).toThrow(TypeError)
    expect(() => {
      definition.references[0]!.uri = 'x'
    }).toThrow(TypeError)
    expect(read().what!.params[0]!.definition).toEqual(event.what!.params[0]!.definition)
  })
})

describe('what a writer gives', () => {
  it('is what its reader takes, with the same options or none', () => {
    const event = withParam({})
    expect(readXml3(writeXml3(event))).toEqual(event)
    expect(readJson3(writeJson3(event, {}))).toEqual(event)
    expect(readAvro3(writeAvro3(event, {}))).toEqual(event)
    expect(() => readXml3('')).toThrow(expect.objectContaining({ code: 'XML_EMPTY' }))
  })
})

describe('links of a value', () => {
  it('stand once: a second list for it is refused, not passed over', () => {
    const event = withParam({}, { references: [{ uri: 'u' }] })
    const refusal = expect.objectContaining({ code: 'VOE3_PARAM_LIST' })
    const inJson = writeJson3(event).replace(/"references":\[(\{"index":0.*?\]\})\]/, '"references":[$1,$1]')
    expect(inJson.match(/"index":0/g)).toHaveLength(2)
    expect(() => readJson3(inJson)).toThrow(refusal)
    const inXml = writeXml3(event).replace(/<references index="0">.*?<\/references>/, '$&$&')
    expect(inXml.match(/index="0"/g)).toHaveLength(2)
    expect(() => readXml3(Buffer.from(inXml))).toThrow(refusal)
  })
})

describe('lists of JSON', () => {
  const inferences = (count: number) =>
    writeJson3(bare).replace(/}$/, `,"why":{"inferences":[${'{},'.repeat(count - 1)}{}]}}`)

  it('have 250,000 items in all and no more', () => {
    expect(readJson3(inferences(250_000)).why?.inferences).toHaveLength(250_000)
    expect(() => readJson3(inferences(250_001))).toThrow(expect.objectContaining({ code: 'JSON_COUNT' }))
  })
})

describe('XML of an event with a long light curve and pictures', () => {
  it('is read again', () => {
    const points = Array.from(
      { length: 30_000 },
      (_, i) => ({ kind: 'forced', timeMjd: 61_000 + i / 7, flux: i }) as const,
    )
    const event: VOEvent = {
      ...bare,
      what: { ...withParam({}).what!, timeSeries: [{ timeScale: 'TAI', points }] },
      attachments: [{ ...attachment, data: new Uint8Array(3_000_000) }],
    }
    const read = readXml3(writeXml3(event))
    expect(read.what).toEqual(event.what)
    expect(read.attachments?.[0]?.data).toHaveLength(3_000_000)
  })

  it('has no end: more elements and bytes than any event has are refused', () => {
    const names = (count: number) => writeXml3(bare).replace('/>', `><why>${'<names/>'.repeat(count)}</why></VOEvent>`)
    expect(readXml3(names(249_998)).why?.names).toHaveLength(249_998)
    expect(() => readXml3(names(249_999))).toThrow(expect.objectContaining({ code: 'XML_TOO_MANY' }))
    expect(() => readXml3(' '.repeat(10_000_001))).toThrow(expect.objectContaining({ code: 'XML_TOO_LARGE' }))
  })
})
