import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { compileDecoder, parseWriterSchema } from '../../src/decode/decoder.ts'
import { compileEncoder } from '../../src/decode/encoder.ts'
import { bundledSchema } from '../../src/decode/schemas.ts'
import { describeTier } from '../tiers.ts'
import { lsstSamples, ztfSamples } from './samples.ts'

const one = (type: unknown) =>
  parseWriterSchema(JSON.stringify({ type: 'record', name: 'top', fields: [{ name: 'x', type }] }))

describe('compileEncoder', () => {
  it.each([
    ['int', fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 })],
    ['long', fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n })],
    ['double', fc.double()],
    ['string', fc.string({ unit: 'binary' }).filter((text) => text.isWellFormed())],
    ['boolean', fc.boolean()],
    ['bytes', fc.uint8Array().map((bytes) => new Uint8Array(bytes))],
    [
      { type: 'map', values: 'int' },
      fc.dictionary(fc.constantFrom('a', 'b', 'é'), fc.integer({ max: 2 ** 31 - 1, min: 0 })),
    ],
    [
      ['null', 'double', 'string', { type: 'array', items: 'boolean' }],
      fc.oneof(fc.constant(null), fc.double(), fc.constant('x'), fc.array(fc.boolean())),
    ],
    [{ type: 'enum', name: 'e', symbols: ['A', 'B'] }, fc.constantFrom('A', 'B')],
    [
      { type: 'fixed', name: 'f', size: 2 },
      fc.uint8Array({ minLength: 2, maxLength: 2 }).map((bytes) => new Uint8Array(bytes)),
    ],
  ] as [unknown, fc.Arbitrary<never>][])('writes what the decoder reads: %j', (type, values) => {
    const schema = one(type)
    const encoder = compileEncoder(schema)
    const decoder = compileDecoder(schema, 'all')
    fc.assert(
      fc.property(values, (x) => {
        expect(decoder.decode(encoder.encode({ x })).x).toEqual(
          typeof x === 'object' && x !== null && !ArrayBuffer.isView(x) && !Array.isArray(x) ? { ...(x as object) } : x,
        )
      }),
    )
  })
  it('names the place of a value that does not fit', () => {
    const encoder = compileEncoder(bundledSchema('lsst', 1101)!)
    expect(() => encoder.encode({ diaSourceId: 1 })).toThrow('diaSourceId: A number where long belongs')
    expect(() => encoder.encode({ diaSourceId: 2n ** 63n })).toThrow('diaSourceId')
    expect(() => compileEncoder(one(['null', 'int'])).encode({ x: 0.5 })).toThrow('x: A number where union belongs')
  })
  it('writes records within themselves', () => {
    const self = parseWriterSchema('{"type":"record","name":"top","fields":[{"name":"next","type":["null","top"]}]}')
    expect([...compileEncoder(self).encode({ next: { next: null } })]).toEqual([2, 0])
  })
})

describeTier('samples', 'encoding real alerts anew', () => {
  it('gives the same bytes', () => {
    for (const { schema, datum, file } of [...lsstSamples(), ...ztfSamples()]) {
      const again = compileEncoder(schema).encode(compileDecoder(schema, 'all').decode(datum))
      expect(Buffer.compare(again, datum), file).toBe(0)
    }
  })
})
