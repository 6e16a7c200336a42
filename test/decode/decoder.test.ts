import { describe, expect, it } from 'vitest'
import { compileDecoder, type FieldPaths, parseWriterSchema } from '../../src/decode/decoder.ts'
import { FountainError } from '../../src/errors.ts'
import { oracle } from './avsc-oracle.ts'

const recordOf = (...fields: object[]) => ({ type: 'record', name: 'top', namespace: 't', fields })
const field = (name: string, type: unknown) => ({ name, type })

function decode(schema: unknown, bytes: readonly number[], wanted: FieldPaths = 'all') {
  return compileDecoder(parseWriterSchema(JSON.stringify(schema)), wanted).decode(Uint8Array.from(bytes))
}
function codeOf(work: () => unknown): string {
  try {
    work()
  } catch (error) {
    if (error instanceof FountainError) return error.code
    throw error
  }
  return 'none'
}

describe('values', () => {
  const one = (type: unknown, ...bytes: number[]) => decode(recordOf(field('x', type)), bytes).x
  it('reads every primitive', () => {
    expect(one('null')).toBeNull()
    expect(one('boolean', 1)).toBe(true)
    expect(one('int', 0xff, 0xff, 0xff, 0xff, 0x0f)).toBe(-2147483648)
    expect(one('int', 0xfe, 0xff, 0xff, 0xff, 0x0f)).toBe(2147483647)
    expect(one('long', 3)).toBe(-2n)
    expect(one('float', 0, 0, 0xc0, 0x7f)).toBeNaN()
    expect(one('double', 0, 0, 0, 0, 0, 0, 0xf0, 0x3f)).toBe(1)
    expect(one('bytes', 4, 7, 8)).toEqual(Uint8Array.of(7, 8))
    expect(one('string', 4, 0xc3, 0xa9)).toBe('é')
    expect(one({ type: 'fixed', name: 'f', size: 2 }, 7, 8)).toEqual(Uint8Array.of(7, 8))
    expect(one({ type: 'enum', name: 'e', symbols: ['A', 'B'] }, 2)).toBe('B')
    expect(one({ type: 'map', values: 'int' }, 2, 2, 0x61, 6, 0)).toEqual({ a: 3 })
    expect(one({ type: 'long', logicalType: 'timestamp-micros' }, 2)).toBe(1n)
  })
  it.each([
    0n,
    1n,
    -1n,
    2n ** 53n + 1n,
    170094456272322680n,
    2n ** 63n - 1n,
    -(2n ** 63n),
    2n ** 31n,
    -(2n ** 32n),
    268435455n,
    268435456n,
  ])('reads the long %s as avsc writes it', (value) => {
    const schema = recordOf(field('x', 'long'))
    expect(decode(schema, [...oracle(schema).toBuffer({ x: value })]).x).toBe(value)
  })
  it('gives unions plain, also of two records', () => {
    const a = { type: 'record', name: 'a', fields: [field('x', 'int')] }
    const b = { type: 'record', name: 'b', fields: [field('x', 'int'), field('y', 'string')] }
    expect(one([a, b, 'null'], 2, 4, 2, 0x61)).toEqual({ x: 2, y: 'a' })
    expect(one([a, b, 'null'], 4)).toBeNull()
  })
  it('reads arrays in blocks, sized or not', () => {
    expect(one({ type: 'array', items: 'int' }, 4, 2, 4, 1, 2, 6, 0)).toEqual([1, 2, 3])
  })
  it('takes any key of a map as a key only', () => {
    const map = one({ type: 'map', values: 'int' }, 2, 18, ...Buffer.from('__proto__'), 2, 0) as object
    expect(Object.keys(map)).toEqual(['__proto__'])
  })
})

describe('wanted fields', () => {
  const part = { type: 'record', name: 'part', fields: [field('a', 'int'), field('b', 'string'), field('c', 'float')] }
  const schema = recordOf(
    field('id', 'long'),
    field('part', part),
    field('parts', ['null', { type: 'array', items: 'part' }]),
    field('blob', 'bytes'),
  )
  const bytes = [2, 2, 2, 0x61, 0, 0, 0, 0, 2, 2, 4, 2, 0x62, 0, 0, 0, 0, 0, 2, 9]
  it('are all that comes', () => {
    expect(decode(schema, bytes, new Set(['id', 'part.b']))).toEqual({ id: 1n, part: { b: 'a' } })
    expect(decode(schema, bytes, new Set(['parts.a']))).toEqual({ parts: [{ a: 2 }] })
    expect(decode(schema, bytes, new Set(['part']))).toEqual({ part: { a: 1, b: 'a', c: 0 } })
    expect(decode(schema, bytes, new Set(['part.a', 'part']))).toEqual({ part: { a: 1, b: 'a', c: 0 } })
    expect(decode(schema, bytes, new Set(['part', 'part.a']))).toEqual({ part: { a: 1, b: 'a', c: 0 } })
  })
  it('may be unknown or none', () => {
    expect(decode(schema, bytes, new Set(['nothing', 'part.nothing', 'id.deeper', '']))).toEqual({})
    expect(decode(schema, bytes, new Set())).toEqual({})
  })
  it('may lie in one branch of a union only', () => {
    const other = { type: 'record', name: 'other', fields: [field('z', 'int')] }
    const either = recordOf(field('x', ['null', part, other, 'string']))
    const wanted = new Set(['x.z'])
    expect(decode(either, [4, 8], wanted)).toEqual({ x: { z: 4 } })
    expect(decode(either, [2, 2, 0, 0, 0, 0, 0], wanted)).toEqual({ x: {} })
    expect(decode(either, [0], wanted)).toEqual({ x: null })
    expect(decode(either, [6, 2, 0x61], wanted)).toEqual({ x: null })
  })
  it('do not hide that the rest is broken', () => {
    expect(codeOf(() => decode(schema, bytes.slice(0, -1), new Set(['id'])))).toBe('DECODE_TRUNCATED')
    expect(codeOf(() => decode(schema, [...bytes, 0], new Set(['id'])))).toBe('DECODE_INVALID')
  })
})

describe('bad bytes', () => {
  const code = (type: unknown, ...bytes: number[]) => codeOf(() => decode(recordOf(field('x', type)), bytes))
  const huge = [0xfe, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1]
  const least = [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1]
  it('are invalid', () => {
    expect(code('boolean', 2)).toBe('DECODE_INVALID')
    expect(code('int', ...huge)).toBe('DECODE_INVALID')
    expect(code('long', 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 3)).toBe('DECODE_INVALID')
    expect(code('long', ...Array(20).fill(0x80), 0)).toBe('DECODE_INVALID')
    expect(code('string', 2, 0xff)).toBe('DECODE_INVALID')
    expect(code('string', 1)).toBe('DECODE_INVALID')
    expect(code(['null', 'int'], 4, 2)).toBe('DECODE_INVALID')
    expect(code(['null', 'int'], 1)).toBe('DECODE_INVALID')
    expect(code({ type: 'enum', name: 'e', symbols: ['A'] }, 2)).toBe('DECODE_INVALID')
    expect(code('int', 2, 0)).toBe('DECODE_INVALID')
  })
  it('are truncated', () => {
    expect(code('int')).toBe('DECODE_TRUNCATED')
    expect(code('int', 0x80)).toBe('DECODE_TRUNCATED')
    expect(code('double', 0)).toBe('DECODE_TRUNCATED')
    expect(code('bytes', 4, 0)).toBe('DECODE_TRUNCATED')
    expect(code('bytes', ...huge)).toBe('DECODE_TRUNCATED')
    expect(code({ type: 'array', items: 'int' }, 2, 2)).toBe('DECODE_TRUNCATED')
  })
  it('name the schema and the place', () => {
    expect(() => decode(recordOf(field('x', 'double')), [0])).toThrow('t.top: at byte 0 of 1 another 8')
  })
  it('of hostile lengths allocate nothing and end at once', () => {
    const empty = { type: 'record', name: 'empty', fields: [] }
    for (const items of ['null', 'int', 'bytes', empty, ['null', 'int']]) {
      expect(code({ type: 'array', items }, ...huge)).toMatch(/^DECODE/)
      expect(code({ type: 'array', items }, ...least, 0)).toMatch(/^DECODE/)
      expect(code({ type: 'array', items }, ...least, ...huge)).toMatch(/^DECODE/)
      expect(code({ type: 'map', values: items }, ...huge)).toMatch(/^DECODE/)
    }
  })
  it('of zero-byte items in reason are still read', () => {
    expect(decode(recordOf(field('x', { type: 'array', items: 'null' })), [6, 0]).x).toEqual([null, null, null])
  })
  it('cannot nest without end', () => {
    const self = recordOf(field('next', ['null', 't.top']))
    expect(codeOf(() => decode(self, Array(100_000).fill(2)))).toBe('DECODE_INVALID')
    expect(decode(self, [2, 2, 0])).toEqual({ next: { next: { next: null } } })
    expect(codeOf(() => decode(recordOf(field('next', 't.top')), []))).toBe('DECODE_INVALID')
    expect(codeOf(() => decode(recordOf(field('next', 't.top')), [], new Set(['other'])))).toBe('DECODE_INVALID')
  })
  it('cannot make a small schema do endless work', () => {
    let type: unknown = { type: 'record', name: 'r0', fields: [] }
    for (let level = 1; level < 12; level++) {
      type = { type: 'record', name: `r${level}`, fields: [field('a', type), field('b', `r${level - 1}`)] }
    }
    const wide = { type: 'record', name: 'wide', fields: 'abcdefgh'.split('').map((name) => field(name, 'r11')) }
    const top = { type: 'record', name: 'top', fields: [field('x', type), field('y', wide)] }
    expect(codeOf(() => decode(top, []))).toBe('DECODE_INVALID')
    expect(codeOf(() => decode(top, [], new Set(['nothing'])))).toBe('DECODE_INVALID')
  })
})
