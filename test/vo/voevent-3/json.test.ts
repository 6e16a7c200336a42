import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { DataType, Value, VOEvent } from '../../../vo/model/voevent.ts'
import type { Issue } from '../../../vo/validation-codes.ts'
import { readJson3 } from '../../../vo/voevent-3/json-read.ts'
import { writeJson3 } from '../../../vo/voevent-3/json-write.ts'
import { voevent3JsonSchema } from '../../../vo/voevent-3/names.ts'
import { type ParamSet, paramSetOf } from '../../../vo/voevent-3/param-set.ts'
import { VOEventError } from '../../../vo/voevent-error.ts'
import { arbitraryModelEvent } from '../arbitrary-model.ts'
import { fullEvent } from '../packet.ts'
import { sameMeaning } from '../same-meaning.ts'
import { withValue } from './events.ts'

const ivoid = 'ivo://example.org/s#1'
const refusal = (work: () => unknown): Pick<VOEventError, 'code' | 'detail' | 'line'> => {
  try {
    work()
  } catch (error) {
    expect(error).toBeInstanceOf(VOEventError)
    const { code, detail, line } = error as VOEventError
    return { code, detail, line }
  }
  throw new Error('it was not refused')
}
type Json = Record<string, unknown>
const plain = (event: VOEvent): Json => JSON.parse(writeJson3(event))
const schema = JSON.parse(
  readFileSync(new URL('../../../schemas/voevent-3/voevent-3.schema.json', import.meta.url), 'utf8'),
)
/** JSON of the smallest event with more members. */
const json = (members: object) => JSON.stringify({ $schema: voevent3JsonSchema, ivoid, role: 'test', ...members })

describe('JSON of the draft', () => {
  it('says the same as the event, whatever the event', { timeout: 120_000 }, () => {
    fc.assert(
      fc.property(arbitraryModelEvent(), (event) => {
        const text = writeJson3(event)
        expect(sameMeaning(event, readJson3(text))).toEqual([])
        expect(sameMeaning(event, readJson3(Buffer.from(text)))).toEqual([])
      }),
      { numRuns: 1_000 },
    )
  })

  it('is the same again when what was read is written', () => {
    fc.assert(
      fc.property(arbitraryModelEvent(), (event) => {
        const once = writeJson3(readJson3(writeJson3(event)))
        expect(writeJson3(readJson3(once))).toBe(once)
      }),
      { numRuns: 300 },
    )
  })

  it('reads by id what was written by id, given the sets', () => {
    fc.assert(
      fc.property(arbitraryModelEvent(), (event) => {
        const sets = new Map<string, ParamSet>()
        for (const set of (plain(event).paramSets ?? []) as ParamSet[]) sets.set(set.id, set)
        const text = writeJson3(event, { paramSets: 'by-id' })
        expect(text).not.toContain('"paramSets"')
        expect(sameMeaning(event, readJson3(text, { paramSets: sets }))).toEqual([])
      }),
      { numRuns: 200 },
    )
  })

  it('names itself, and carries every ParamSet once in the order of use', () => {
    const { $schema, paramSets, what } = plain(fullEvent) as { $schema: string; paramSets: ParamSet[]; what: Json }
    expect($schema).toBe(voevent3JsonSchema)
    const definitions = fullEvent.what!.params.map(({ definition }) => definition)
    expect(paramSets[0]).toEqual({ id: paramSetOf(definitions).id, params: definitions })
    expect(new Set(paramSets.map(({ id }) => id)).size).toBe(paramSets.length)
    expect(what.params).toEqual({
      paramSet: paramSetOf(definitions).id,
      values: ['123.4500', 20260131000123, 'r'],
      references: [{ index: 2, references: [{ uri: 'https://example.org/r' }] }],
    })
    expect((what.tables as Json[])[0]).toMatchObject({
      fields: paramSets[2]!.id,
      rows: [
        [60000.5, 'r'],
        [null, ''],
      ],
    })
  })

  it.each<[DataType, Value, string, Value]>([
    ['int', 9223372036854775807n, '"9223372036854775807"', 9223372036854775807n],
    ['int', '9007199254740993', '"9007199254740993"', 9007199254740993n],
    ['int', 9007199254740991, '9007199254740991', 9007199254740991],
    ['int', 1n, '1', 1],
    ['int', '007', '"007"', '007'],
    ['int', 'twelve', '"twelve"', 'twelve'],
    ['int', 1.5, '"1.5"', '1.5'],
    ['int', -0, '0', 0],
    ['float', Number.NaN, '"NaN"', Number.NaN],
    ['float', 'INF', '"Infinity"', Number.POSITIVE_INFINITY],
    ['float', Number.NEGATIVE_INFINITY, '"-Infinity"', Number.NEGATIVE_INFINITY],
    ['float', -0, '-0', -0],
    ['float', '12.50', '"12.50"', '12.50'],
    ['float', '12.5', '12.5', 12.5],
    ['float', 3n, '3', 3],
    ['boolean', true, 'true', true],
    ['boolean', 'false', 'false', false],
    ['boolean', 1, '"1"', '1'],
    ['string', 5, '"5"', '5'],
    ['string', 'NaN', '"NaN"', 'NaN'],
    ['string', null, 'null', null],
  ])('writes the %s %s as %s', (dataType, value, written, read) => {
    const text = writeJson3(withValue(dataType, value))
    expect(text).toContain(`"values":[${written}]`)
    expect(readJson3(text).what!.params[0]!.value).toBe(read)
  })

  it('keeps integers that others write as numbers', () => {
    const text = writeJson3(withValue('int', 0))
    const read = (number: string) => readJson3(text.replace('[0]', `[${number}]`)).what!.params[0]!.value
    expect(read('9223372036854775807')).toBe(9223372036854775807n)
    expect(read('-9223372036854775808')).toBe(-(2n ** 63n))
    expect(read('9007199254740993')).toBe(9007199254740993n)
    expect(read('5.0')).toBe(5)
    expect(read('9223372036854775808')).toBe('9223372036854775808')
  })
})

describe('what is refused, with its place', () => {
  const { id } = paramSetOf([{ name: 'p', dataType: 'int' }])
  const set = { id, params: [{ name: 'p', dataType: 'int' }] }
  const params = (list: object) => json({ paramSets: [set], what: { params: list } })
  it.each([
    ['', 'JSON_SYNTAX', /end of JSON/],
    ['{"a":1,}', 'JSON_SYNTAX', /./],
    ['[]', 'JSON_TYPE', /^It wants an object and has an array$/],
    ['{}', 'JSON_MISSING', /^\$schema$/],
    [JSON.stringify({ $schema: 'x' }), 'JSON_SCHEMA', /\/\$schema/],
    [JSON.stringify({ $schema: voevent3JsonSchema, role: 'test' }), 'JSON_MISSING', /^ivoid$/],
    [json({ role: 'tset' }), 'JSON_VALUE', /observation, prediction.* at \/role$/],
    [json({ who: null }), 'JSON_TYPE', /at \/who$/],
    [json({ whereWhen: [{ coordSystem: '' }, { coordSystem: 1 }] }), 'JSON_TYPE', /at \/whereWhen\/1\/coordSystem$/],
    [json({ why: { importance: '0.5' } }), 'JSON_VALUE', /at \/why\/importance$/],
    [json({ attachments: [{ name: 'a', mediaType: 'b', sizeBytes: 1.5 }] }), 'JSON_VALUE', /sizeBytes$/],
    [json({ attachments: [{ name: 'a', mediaType: 'b', data: 'AAA' }] }), 'JSON_VALUE', /base64 at .*\/data$/],
    [json({ attachments: [{ name: 'a', mediaType: 'b', data: 'A=A=' }] }), 'JSON_VALUE', /base64/],
    [json({ 'a/b': 1 }), 'JSON_UNKNOWN', /^"a\/b"$/],
    [json({ who: { Date: '' } }), 'JSON_UNKNOWN', /^"Date" at \/who$/],
    [`${json({}).slice(0, -1)},"__proto__":{"role":"test"}}`, 'JSON_UNKNOWN', /^"__proto__"$/],
    [
      json({ what: { params: { paramSet: id, values: [1] } } }),
      'VOE3_PARAM_SET_MISSING',
      /at \/what\/params\/paramSet/,
    ],
    [json({ paramSets: [{ ...set, params: [] }] }), 'VOE3_PARAM_SET_HASH', /./],
    [params({ paramSet: id }), 'VOE3_PARAM_LIST', /^There are 0 values and 1 def.* at \/what\/params$/],
    [params({ paramSet: id, values: [true] }), 'VOE3_VALUE', /^true is declared int at \/what\/params\/values\/0$/],
    [params({ paramSet: id, values: [1.5] }), 'VOE3_VALUE', /./],
    [params({ paramSet: id, values: [[]] }), 'JSON_TYPE', /values\/0$/],
    [params({ paramSet: id, values: [1], references: [{ index: 1 }] }), 'VOE3_PARAM_LIST', /no value 1/],
  ])('%s', (text, code, detail) => {
    const refused = refusal(() => readJson3(text))
    expect(refused.code).toBe(code)
    expect(refused.detail).toMatch(detail)
  })

  it('bytes that are no UTF-8, and more than ten million of them', () => {
    expect(refusal(() => readJson3(Uint8Array.of(0x22, 0xff, 0x22))).code).toBe('JSON_SYNTAX')
    expect(refusal(() => readJson3(' '.repeat(10_000_001))).code).toBe('JSON_TOO_LARGE')
  })

  it('what lies too deep, whatever numbers are in it', () => {
    const deep = (depth: number) =>
      `${json({}).slice(0, -1)},"a":${'['.repeat(depth)}12345678901234567890${']'.repeat(depth)}}`
    expect(refusal(() => readJson3(deep(63))).code).toBe('JSON_UNKNOWN')
    expect(refusal(() => readJson3(deep(64))).code).toBe('JSON_TOO_DEEP')
    expect(refusal(() => readJson3(deep(1_000_000), { mode: 'lenient' })).code).toBe('JSON_TOO_DEEP')
  })

  it('a key that stands twice, wherever', () => {
    const twice = `{"$schema":"${voevent3JsonSchema}","ivoid":"\\"ivoid\\":","role":"test",\n"who":{"date":"a","date":"b"}}`
    expect(refusal(() => readJson3(twice))).toMatchObject({ code: 'JSON_REPEATED', detail: '"date"', line: 2 })
    const escaped = twice.replace('"date":"b"', '"d\\u0061te" : "b"')
    expect(refusal(() => readJson3(escaped)).code).toBe('JSON_REPEATED')
    const oddities: Issue[] = []
    expect(readJson3(twice, { mode: 'lenient', oddities }).who).toEqual({ date: 'b' })
    expect(oddities).toMatchObject([{ code: 'JSON_REPEATED', line: 2 }])
  })

  it('nothing unknown in the lenient mode, which tells what it passed over', () => {
    const oddities: Issue[] = []
    const deep = `${'['.repeat(60)}{"a":1}${']'.repeat(60)}`
    const text = `${json({ who: { date: 'd', colour: { red: [{ x: 1 }] } } }).slice(0, -1)},"deep":${deep}}`
    expect(refusal(() => readJson3(text)).code).toBe('JSON_UNKNOWN')
    expect(readJson3(text, { mode: 'lenient', oddities })).toEqual({ ivoid, role: 'test', who: { date: 'd' } })
    expect(oddities.map(({ code, path, message }) => [code, path, /"\w+"$/.exec(message)?.[0]])).toEqual([
      ['JSON_UNKNOWN', '/who', '"colour"'],
      ['JSON_UNKNOWN', '', '"deep"'],
    ])
  })
})

describe('the schema', () => {
  it('can hold content as long as the reader takes it, and sees a character too many', () => {
    const isContent = new RegExp(schema.$defs.Attachment.properties.data.pattern, 'u')
    const digits = 'AAAA'.repeat(2_450_000)
    for (const text of ['', 'AA==', 'AAA=', digits, `${digits}AA==`]) expect(isContent.test(text)).toBe(true)
    for (const text of ['A', 'AA', 'AA=', 'AAAA=', 'A===', 'AA==AAAA', `${digits}A`]) {
      expect(isContent.test(text)).toBe(false)
    }
  })
})

describe('a number of millions of digits', () => {
  const digits = '1'.repeat(9_000_000)

  it('is refused where an integer stands, infinite where a float does, text in a string', () => {
    const region = (order: string) =>
      json({ whereWhen: [{ coordSystem: '', region: { kind: 'moc', order: 0 } }] }).replace(
        '"order":0',
        `"order":${order}`,
      )
    expect(refusal(() => readJson3(region(digits))).code).toBe('JSON_VALUE')
    expect(readJson3(json({ why: { importance: 0 } }).replace(':0', `:-${digits}`)).why?.importance).toBe(-Infinity)
    expect(readJson3(json({ description: ` ${digits}` })).description).toBe(` ${digits}`)
  })
})
