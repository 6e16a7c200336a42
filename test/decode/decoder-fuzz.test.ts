import { isDeepStrictEqual } from 'node:util'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { compileDecoder, parseWriterSchema } from '../../src/decode/decoder.ts'
import { FountainError } from '../../src/errors.ts'
import { describeTier } from '../tiers.ts'
import { oracle, plain } from './avsc-oracle.ts'
import { lsstSamples, ztfSamples } from './samples.ts'

/** Only a FountainError may come out; its code is given back. */
function outcome(work: () => unknown): string {
  try {
    work()
    return 'decoded'
  } catch (error) {
    if (error instanceof FountainError) return error.code
    throw error
  }
}

let serial = 0
const primitive = fc.constantFrom('null', 'boolean', 'int', 'long', 'float', 'double', 'bytes', 'string')
const anyType = fc.letrec((tie) => ({
  type: fc.oneof(
    { maxDepth: 4, withCrossShrink: true },
    primitive,
    fc.record({ type: fc.constant('array'), items: tie('type') }),
    fc.record({ type: fc.constant('map'), values: tie('type') }),
    tie('record'),
    tie('type').map((type) => (Array.isArray(type) || type === 'null' ? type : ['null', type])),
    fc.nat(20).map((size) => ({ type: 'fixed', name: `f${serial++}`, size })),
    fc.constant(0).map(() => ({ type: 'enum', name: `e${serial++}`, symbols: ['A', 'B', 'C'] })),
  ),
  record: fc.array(tie('type'), { minLength: 1, maxLength: 6 }).map((types) => ({
    type: 'record',
    name: `r${serial++}`,
    fields: types.map((type, index) => ({ name: `x${index}`, type })),
  })),
}))

/** Names must be new each time a drawn schema is used: shrinking draws parts anew. */
const renamed = (schema: unknown): unknown => {
  if (Array.isArray(schema)) return schema.map(renamed)
  if (schema === null || typeof schema !== 'object') return schema
  const json = schema as Record<string, unknown>
  const copy: Record<string, unknown> = {}
  for (const [key, value] of Object.entries(json)) copy[key] = renamed(value)
  if (typeof json.type === 'string' && ['record', 'fixed', 'enum'].includes(json.type)) copy.name = `n${serial++}`
  return copy
}

describe('any schema', () => {
  it('decodes what avsc encodes to the same values, and no prefix of it', () => {
    fc.assert(
      fc.property(anyType.record!, fc.nat(), (drawn, cut) => {
        const schema = renamed(drawn)
        const type = oracle(schema)
        const bytes = type.toBuffer(type.random())
        const decoder = compileDecoder(parseWriterSchema(JSON.stringify(schema)), 'all')
        expect(isDeepStrictEqual(plain(decoder.decode(bytes)), plain(type.fromBuffer(bytes)))).toBe(true)
        const skipper = compileDecoder(parseWriterSchema(JSON.stringify(schema)), new Set())
        expect(skipper.decode(bytes)).toEqual({})
        if (bytes.length > 0) {
          const prefix = bytes.subarray(0, cut % bytes.length)
          expect(outcome(() => decoder.decode(prefix))).toMatch(/^DECODE_/)
        }
      }),
      { numRuns: 300 },
    )
  })

  it('stands any bytes', () => {
    fc.assert(
      fc.property(anyType.record!, fc.uint8Array({ maxLength: 200 }), (drawn, bytes) => {
        const schema = parseWriterSchema(JSON.stringify(renamed(drawn)))
        for (const wanted of ['all', new Set<string>()] as const) {
          const decoder = compileDecoder(schema, wanted)
          expect(outcome(() => decoder.decode(bytes))).toMatch(/^(decoded|DECODE_)/)
        }
      }),
      { numRuns: 300 },
    )
  })

  it('stands any JSON as a schema', () => {
    fc.assert(
      fc.property(fc.json(), (text) => {
        expect(outcome(() => parseWriterSchema(text))).toMatch(/^SCHEMA_/)
      }),
    )
  })
})

describeTier('samples', 'real alerts, broken', () => {
  const samples = [...lsstSamples(), ...ztfSamples()]
  const small = samples.filter(({ datum }) => datum.length < 3_000)
  const decoders = new Map(samples.map(({ schema }) => [schema.hash, compileDecoder(schema, 'all')]))

  it('cut at every byte are refused', () => {
    expect(small.length).toBeGreaterThan(5)
    for (const { schema, datum } of small) {
      const decoder = decoders.get(schema.hash)!
      for (let end = 0; end < datum.length; end++) {
        expect(outcome(() => decoder.decode(datum.subarray(0, end)))).toMatch(/^DECODE_/)
      }
    }
  })

  it('cut anywhere are refused', () => {
    fc.assert(
      fc.property(fc.constantFrom(...samples), fc.double({ min: 0, max: 0.999_999, noNaN: true }), (sample, share) => {
        const prefix = sample.datum.subarray(0, Math.floor(sample.datum.length * share))
        expect(outcome(() => decoders.get(sample.schema.hash)!.decode(prefix))).toMatch(/^DECODE_/)
      }),
    )
  })

  it('with bytes changed decode or are refused', () => {
    const change = fc.tuple(fc.nat(), fc.nat(255))
    fc.assert(
      fc.property(fc.constantFrom(...samples), fc.array(change, { minLength: 1, maxLength: 8 }), (sample, changes) => {
        const bytes = Uint8Array.from(sample.datum)
        // Most bytes are cutouts: the head, where the fields are, is changed as often as all the rest.
        changes.forEach(([at, value], index) => {
          bytes[at % (index % 2 === 0 ? Math.min(2_000, bytes.length) : bytes.length)] = value
        })
        expect(outcome(() => decoders.get(sample.schema.hash)!.decode(bytes))).toMatch(/^(decoded|DECODE_)/)
      }),
      { numRuns: 500 },
    )
  })
})
