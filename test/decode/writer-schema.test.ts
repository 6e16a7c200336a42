import { describe, expect, it } from 'vitest'
import { compileDecoder, parseWriterSchema } from '../../src/decode/decoder.ts'
import { decoderCache } from '../../src/decode/decoder-cache.ts'
import { FountainError } from '../../src/errors.ts'

const recordOf = (fields: readonly object[], name = 'top') => ({ type: 'record', name, fields })
const parse = (json: unknown, id?: number) => parseWriterSchema(JSON.stringify(json), id)
function codeOf(text: string): string {
  try {
    parseWriterSchema(text)
  } catch (error) {
    if (error instanceof FountainError) return error.code
    throw error
  }
  return 'none'
}

describe('parseWriterSchema', () => {
  it('gives the full name, the hash of the text and the id', () => {
    const schema = parse({ ...recordOf([]), namespace: 'lsst.v11_1' }, 1101)
    expect(schema).toMatchObject({ name: 'lsst.v11_1.top', id: 1101, json: recordOf([]) })
    expect(schema.hash).toMatch(/^[0-9a-f]{64}$/)
    expect(parse(recordOf([])).hash).not.toBe(schema.hash)
  })
  it('takes names as Avro does: dotted, inherited, of a namespace that ends', () => {
    const inner = { type: 'record', name: 'b.c.inner', fields: [] }
    const fields = [
      { name: 'x', type: inner },
      { name: 'y', type: 'b.c.inner' },
      { name: 'z', type: { type: 'enum', name: 'own', symbols: ['A'] } },
      { name: 'w', type: 'a.own' },
    ]
    const schema = parse({ type: 'record', name: 'a.top', namespace: 'ignored', fields })
    expect(compileDecoder(schema, 'all').decode(Uint8Array.of(0, 0))).toEqual({ x: {}, y: {}, z: 'A', w: 'A' })
  })
  it('takes defaults that do not fit, as ZTF has them', () => {
    expect(parse(recordOf([{ name: 'x', type: ['float', 'null'], default: null }])).name).toBe('top')
  })
  it.each([
    ['not JSON', '{'],
    ['no schema', 'null'],
    ['a number', '7'],
    ['not a record', '"int"'],
    ['no type', JSON.stringify(recordOf([{ name: 'x', type: {} }]))],
    ['a type before its definition', JSON.stringify(recordOf([{ name: 'x', type: 'later' }]))],
    [
      'a field twice',
      JSON.stringify(
        recordOf([
          { name: 'x', type: 'int' },
          { name: 'x', type: 'int' },
        ]),
      ),
    ],
    ['a name that is none', JSON.stringify(recordOf([{ name: '"];process.exit(9)//', type: 'int' }]))],
    ['the name __proto__', '{"type":"record","name":"top","fields":[{"name":"__proto__","type":"int"}]}'],
    ['no name', JSON.stringify({ type: 'record', fields: [] })],
    ['no fields', JSON.stringify({ type: 'record', name: 'top' })],
    ['a field that is null', '{"type":"record","name":"top","fields":[null]}'],
    ['a type twice', JSON.stringify(recordOf([{ name: 'x', type: recordOf([]) }]))],
    ['a type named int', JSON.stringify(recordOf([{ name: 'x', type: recordOf([], 'int') }]))],
    ['a union in a union', JSON.stringify(recordOf([{ name: 'x', type: ['null', ['int']] }]))],
    ['a branch twice', JSON.stringify(recordOf([{ name: 'x', type: ['int', 'int'] }]))],
    ['a fixed without size', JSON.stringify(recordOf([{ name: 'x', type: { type: 'fixed', name: 'f', size: -1 } }]))],
    ['an enum without symbols', JSON.stringify(recordOf([{ name: 'x', type: { type: 'enum', name: 'e' } }]))],
  ])('refuses %s', (_, text) => {
    expect(codeOf(text)).toBe('SCHEMA_INVALID')
  })
  it('refuses what is larger than any real schema', () => {
    expect(codeOf(JSON.stringify({ ...recordOf([]), doc: 'x'.repeat(1_048_576) }))).toBe('SCHEMA_TOO_LARGE')
    const many = Array.from({ length: 5_001 }, (_, index) => ({ name: `f${index}`, type: 'int' }))
    expect(codeOf(JSON.stringify(recordOf(many)))).toBe('SCHEMA_TOO_LARGE')
    expect(codeOf(JSON.stringify(recordOf(many.slice(1))))).toBe('none')
    const deep = (depth: number) => `${'{"type":"array","items":'.repeat(depth)}"int"${'}'.repeat(depth)}`
    expect(codeOf(`{"type":"record","name":"top","fields":[{"name":"x","type":${deep(31)}}]}`)).toBe('none')
    expect(codeOf(`{"type":"record","name":"top","fields":[{"name":"x","type":${deep(32)}}]}`)).toBe('SCHEMA_TOO_LARGE')
    expect(codeOf(`{"type":"record","name":"top","fields":[{"name":"x","type":${deep(30_000)}}]}`)).toBe(
      'SCHEMA_TOO_LARGE',
    )
  })
})

describe('decoderCache', () => {
  it('makes a decoder once for a schema and its wanted fields', () => {
    const cache = decoderCache()
    const text = JSON.stringify(recordOf([{ name: 'x', type: 'int' }]))
    const schema = cache.schema(text)
    expect(cache.schema(text)).toBe(schema)
    expect(cache.decoder(schema, new Set(['x', 'y']))).toBe(cache.decoder(schema, new Set(['y', 'x'])))
    expect(cache.decoder(schema, new Set(['x']))).not.toBe(cache.decoder(schema, 'all'))
    expect(cache.size).toBe(3)
  })
  it('lets go of the one used longest ago', () => {
    const cache = decoderCache(2)
    const [a, b, c] = ['a', 'b', 'c'].map((name) => parse(recordOf([], name)))
    const first = cache.decoder(a!, 'all')
    const second = cache.decoder(b!, 'all')
    expect(cache.decoder(a!, 'all')).toBe(first)
    cache.decoder(c!, 'all')
    expect(cache.size).toBe(2)
    expect(cache.decoder(a!, 'all')).toBe(first)
    expect(cache.decoder(b!, 'all')).not.toBe(second)
  })
})
