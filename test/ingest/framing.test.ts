import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import avro from 'avsc'
import fc from 'fast-check'
import { compressSync } from 'snappy'
import { describe, expect, it } from 'vitest'
import { FountainError } from '../../src/errors.ts'
import { unframe } from '../../src/ingest/framing.ts'
import { describeTier, samplesDir } from '../tiers.ts'
import { type Codec, containerOf, rawContainer } from './containers.ts'

const schema = {
  type: 'record',
  name: 'a.b.Thing',
  fields: [
    { name: 'id', type: 'long' },
    { name: 'kind', type: { type: 'enum', name: 'Kind', symbols: ['ONE', 'TWO'] } },
    { name: 'mark', type: { type: 'fixed', name: 'Mark', size: 3 } },
    { name: 'flux', type: ['null', 'float'] },
    { name: 'tags', type: { type: 'map', values: 'string' } },
    { name: 'next', type: ['null', 'Thing'] },
    { name: 'history', type: ['null', { type: 'array', items: ['double', 'bytes', 'Kind'] }] },
  ],
}
const type = avro.Type.forSchema(schema as avro.Schema, { wrapUnions: true })
const thing = (id: number) => ({
  id,
  kind: id % 2 ? 'TWO' : 'ONE',
  mark: Buffer.from('abc'),
  flux: id % 3 ? { float: 1.5 } : null,
  tags: { a: 'é'.repeat(id % 70), b: '' },
  next: id > 5 ? { 'a.b.Thing': { ...plain(1), id: -id } } : null,
  history: { array: [{ double: id }, { bytes: Buffer.alloc(id % 200, 7) }, { 'a.b.Kind': 'ONE' }] },
})
const plain = (id: number) => ({
  id,
  kind: 'ONE',
  mark: Buffer.from('xyz'),
  flux: null,
  tags: {},
  next: null,
  history: null,
})
const datums = (count: number) => Array.from({ length: count }, (_, id) => type.toBuffer(thing(id)))

const code = (action: () => unknown) => {
  try {
    action()
  } catch (error) {
    return error instanceof FountainError ? error.code : error
  }
  return 'nothing was thrown'
}

describe('Confluent wire format', () => {
  it('gives the id, big-endian, and the datum', () => {
    const unframed = unframe(Uint8Array.of(0, 0, 0, 4, 0x4d, 9, 8), 'auto')
    expect(unframed).toEqual({ kind: 'confluent', schemaId: 1101, datum: Uint8Array.of(9, 8) })
    expect(unframe(Uint8Array.of(0, 0xff, 0, 0, 1), 'confluent')).toMatchObject({ schemaId: 0xff000001 })
  })
  it('reads a view that does not start at its buffer’s start', () => {
    const fetched = Uint8Array.of(7, 7, 0, 0, 0, 2, 0xbc, 5, 6)
    expect(unframe(fetched.subarray(2, 8), 'auto')).toEqual({
      kind: 'confluent',
      schemaId: 700,
      datum: Uint8Array.of(5),
    })
  })
  it('says when it ends within the id, and when it is something else', () => {
    expect(code(() => unframe(Uint8Array.of(0, 0, 0), 'auto'))).toBe('FRAMING_TRUNCATED')
    expect(code(() => unframe(new Uint8Array(0), 'auto'))).toBe('FRAMING_TRUNCATED')
    expect(code(() => unframe(Uint8Array.of(1, 2, 3, 4, 5, 6), 'confluent'))).toBe('FRAMING_UNKNOWN')
    expect(code(() => unframe(Buffer.from('{"id":1}'), 'auto'))).toBe('FRAMING_UNKNOWN')
    expect(code(() => unframe(Uint8Array.of(0, 0, 0, 4, 0x4d), 'container'))).toBe('FRAMING_UNKNOWN')
  })
})

describe('gzip', () => {
  const packet = Uint8Array.of(0, 0, 0, 4, 0x4d, 1, 2, 3)
  const unframed = { kind: 'confluent', schemaId: 1101 }
  it('is taken off, twice if need be, and not thrice', () => {
    expect(unframe(gzipSync(packet), 'auto')).toMatchObject(unframed)
    expect(unframe(gzipSync(gzipSync(packet)), 'auto')).toMatchObject(unframed)
    expect(code(() => unframe(gzipSync(gzipSync(gzipSync(packet))), 'auto'))).toBe('FRAMING_GZIP')
  })
  it('is reported when broken or a bomb', () => {
    const zipped = gzipSync(Buffer.alloc(1000, 'abc'))
    expect(code(() => unframe(zipped.subarray(0, 20), 'auto'))).toBe('FRAMING_GZIP')
    expect(code(() => unframe(gzipSync(Buffer.alloc(65 * 1024 * 1024)), 'auto'))).toBe('FRAMING_TOO_LARGE')
  })
  it('is not suspected in a raw datum that merely starts alike', () => {
    const datum = Uint8Array.of(0x1f, 0x8b, 8, 0xff, 1)
    expect(unframe(datum, 'raw')).toEqual({ kind: 'raw', datum })
  })
})

describe('object containers', () => {
  it.each(['null', 'deflate', 'snappy', 'zstandard'] as Codec[])(
    'of codec %s give each record, over all blocks',
    (codec) => {
      const records = datums(25)
      const packet = containerOf(schema, [records.slice(0, 1), records.slice(1, 20), [], records.slice(20)], codec)
      const unframed = unframe(packet, 'auto')
      if (unframed.kind !== 'container') throw new Error(unframed.kind)
      expect(JSON.parse(unframed.schemaJson)).toEqual(schema)
      expect(unframed.datums.map((datum) => Buffer.from(datum).toString('hex'))).toEqual(
        records.map((datum) => datum.toString('hex')),
      )
    },
  )
  it('without a codec in the header are uncompressed', () => {
    const packet = rawContainer({ 'avro.schema': '"long"' }, [{ count: 2, data: Uint8Array.of(2, 4) }])
    expect(unframe(packet, 'auto')).toMatchObject({ datums: [Buffer.of(2), Buffer.of(4)] })
  })
  it('without records, schema or known codec are errors', () => {
    expect(code(() => unframe(containerOf(schema, [], 'null'), 'auto'))).toBe('CONTAINER_EMPTY')
    expect(code(() => unframe(containerOf(schema, [[]], 'null'), 'auto'))).toBe('CONTAINER_EMPTY')
    expect(code(() => unframe(rawContainer({}, []), 'auto'))).toBe('FRAMING_CONTAINER')
    const packed = rawContainer({ 'avro.schema': '"long"', 'avro.codec': 'bzip2' }, [
      { count: 1, data: Uint8Array.of(2) },
    ])
    expect(code(() => unframe(packed, 'auto'))).toBe('FRAMING_CODEC')
  })
  it('with a damaged sync marker, checksum or stream are errors', () => {
    const marker = containerOf(schema, [datums(1)], 'null')
    marker[marker.length - 1]! ^= 1
    expect(code(() => unframe(marker, 'auto'))).toBe('FRAMING_CONTAINER')
    const body = compressSync(Buffer.from([2]))
    const sum = rawContainer({ 'avro.schema': '"long"', 'avro.codec': 'snappy' }, [
      { count: 1, data: Buffer.concat([body, Uint8Array.of(1, 2, 3, 4)]) },
    ])
    expect(code(() => unframe(sum, 'auto'))).toBe('FRAMING_CONTAINER')
    const junk = rawContainer({ 'avro.schema': '"long"', 'avro.codec': 'deflate' }, [
      { count: 1, data: Buffer.from('junk!') },
    ])
    expect(code(() => unframe(junk, 'auto'))).toBe('FRAMING_CONTAINER')
  })
  it('are held to limits before anything is made of their numbers', () => {
    const large = rawContainer({ 'avro.schema': `"long"${' '.repeat(1_000_001)}` }, [])
    expect(code(() => unframe(large, 'auto'))).toBe('SCHEMA_TOO_LARGE')
    const many = rawContainer({ 'avro.schema': '"null"' }, [{ count: 2 ** 40, data: new Uint8Array(0) }])
    expect(code(() => unframe(many, 'auto'))).toBe('FRAMING_TOO_LARGE')
    const nothings = rawContainer({ 'avro.schema': '"null"' }, [{ count: 2, data: new Uint8Array(0) }])
    expect(code(() => unframe(nothings, 'auto'))).toBe('DECODE_INVALID')
    const items = { type: 'array', items: 'null' }
    const endless = rawContainer({ 'avro.schema': JSON.stringify(items) }, [
      { count: 2, data: Uint8Array.of(0xfe, 0xff, 0xff, 0xff, 0xff, 0x0f, 0) },
    ])
    expect(code(() => unframe(endless, 'auto'))).toBe('DECODE_INVALID')
    const bomb = compressSync(Buffer.alloc(70_000_000))
    const packed = rawContainer({ 'avro.schema': '"bytes"', 'avro.codec': 'snappy' }, [
      { count: 1, data: Buffer.concat([bomb, new Uint8Array(4)]) },
    ])
    expect(code(() => unframe(packed, 'auto'))).toBe('FRAMING_TOO_LARGE')
  })
  it.each([
    ['no JSON', '{', 'SCHEMA_INVALID'],
    ['an unknown name', '"Nobody"', 'SCHEMA_INVALID'],
    ['a deep nest', `${'['.repeat(2000)}"null"${']'.repeat(2000)}`, 'SCHEMA_TOO_LARGE'],
    ['a name of the language', '"constructor"', 'SCHEMA_INVALID'],
    ['a type that is its own', '{"type":"record","name":"A","fields":[{"name":"a","type":"A"}]}', 'DECODE_INVALID'],
  ])('whose schema has %s are errors', (_, schemaJson, expected) => {
    const packet = rawContainer({ 'avro.schema': schemaJson }, [{ count: 2, data: Uint8Array.of(2, 4) }])
    expect(code(() => unframe(packet, 'auto'))).toBe(expected)
  })
})

describe('whatever the bytes', () => {
  const whole = (['null', 'deflate', 'snappy', 'zstandard'] as Codec[]).map((codec) =>
    containerOf(schema, [datums(3), datums(8)], codec),
  )
  it('a cut at any byte is a FountainError, or fewer records at the end of a block', () => {
    for (const packet of whole) {
      for (let length = 0; length < packet.length; length++) {
        const outcome = code(() => unframe(packet.subarray(0, length), 'auto'))
        if (outcome === 'nothing was thrown') continue
        expect(outcome, `at ${length}`).toMatch(/^(FRAMING_|CONTAINER_|DECODE_)/)
      }
    }
  })
  it('a mutation gives a FountainError or records', () => {
    const seeds = [...whole, gzipSync(whole[0]!), Uint8Array.of(0, 0, 0, 4, 0x4d, 1, 2, 3)]
    const change = fc.tuple(fc.nat(), fc.integer({ min: 0, max: 255 }))
    fc.assert(
      fc.property(fc.constantFrom(...seeds), fc.array(change, { minLength: 1, maxLength: 6 }), (seed, changes) => {
        const packet = Uint8Array.from(seed)
        for (const [at, value] of changes) packet[at % packet.length] = value
        const outcome = code(() => unframe(packet, 'auto'))
        expect(typeof outcome).toBe('string')
      }),
      { numRuns: 3000 },
    )
  })
  it('random bytes after a mark give a FountainError or records', () => {
    const marks = [[], [0x4f, 0x62, 0x6a, 1], [0x1f, 0x8b, 8, 0], [0]]
    fc.assert(
      fc.property(fc.constantFrom(...marks), fc.uint8Array({ maxLength: 300 }), (mark, rest) => {
        const outcome = code(() => unframe(Buffer.concat([Uint8Array.from(mark), rest]), 'auto'))
        expect(typeof outcome).toBe('string')
      }),
      { numRuns: 2000 },
    )
  })
})

describeTier('samples', 'real packets', () => {
  it('of ZTF are containers of one record', () => {
    const directory = join(samplesDir!, 'ztf', '20231012')
    for (const file of readdirSync(directory)) {
      const unframed = unframe(readFileSync(join(directory, file)), 'auto')
      if (unframed.kind !== 'container') throw new Error(unframed.kind)
      expect(unframed.datums).toHaveLength(1)
      expect((JSON.parse(unframed.schemaJson) as { name: string }).name).toContain('alert')
    }
  })
  it('of Rubin name their schema', () => {
    const directory = join(samplesDir!, 'lsst', 'wire-ids')
    const ids = readdirSync(directory).map((file) => {
      const unframed = unframe(readFileSync(join(directory, file)), 'auto')
      return unframed.kind === 'confluent' ? unframed.schemaId : unframed.kind
    })
    expect(ids.sort()).toEqual([1000, 1100, 1101, 700, 701, 702, 703, 704, 800, 900])
  })
})
