import { readFileSync } from 'node:fs'
import { isDeepStrictEqual } from 'node:util'
import avro from 'avsc'
import { describe, expect, it } from 'vitest'
import { compileDecoder } from '../../src/decode/decoder.ts'
import { expandSchema, schemaIdOf } from '../../src/decode/expand-schema.ts'
import { bundledIds, bundledSchema, bundledSchemaNamed } from '../../src/decode/schemas.ts'
import { describeTier } from '../tiers.ts'
import { oracle } from './avsc-oracle.ts'
import { lsstIdOf, lsstReference, lsstSamples, lsstVersions, ztfReference, ztfSamples } from './samples.ts'

/** Parsing Canonical Form: what of a schema decides about bytes (Avro specification). */
const canonical = (schema: unknown): unknown => {
  const strip = (json: unknown): unknown => {
    if (Array.isArray(json)) return json.map(strip)
    if (json === null || typeof json !== 'object') return json
    const { default: _default, ...rest } = json as Record<string, unknown>
    return Object.fromEntries(Object.entries(rest).map(([key, value]) => [key, strip(value)]))
  }
  return JSON.parse(JSON.stringify(avro.Type.forSchema(strip(schema) as avro.Schema).schema()))
}

describe('bundled schemas', () => {
  it('have the versions of the surveys by registry id', () => {
    expect(bundledIds('lsst')).toEqual([700, 701, 702, 703, 704, 800, 900, 1000, 1100, 1101])
    expect(bundledIds('ztf')).toEqual([401, 402])
    expect(bundledSchema('lsst', 1101)).toMatchObject({ name: 'lsst.v11_1.alert', id: 1101 })
    expect(bundledSchema('lsst-sim', 1101)).toBe(bundledSchema('lsst', 1101))
    expect(bundledSchemaNamed('lsst.v9_0.alert')?.id).toBe(900)
    expect(bundledSchemaNamed('ztf.alert')?.id).toBe(402)
  })

  it('know nothing of other surveys, ids and paths', () => {
    expect(bundledSchema('lsst', 1102)).toBeUndefined()
    expect(bundledSchema('nobody', 1)).toBeUndefined()
    expect(bundledSchema('../lsst', 1101)).toBeUndefined()
    expect(bundledSchemaNamed('')).toBeUndefined()
  })

  it('say the unit of a field', () => {
    const top = bundledSchema('lsst', 1101)!.json as { fields: { name: string; type: { fields: unknown[] } }[] }
    const source = top.fields.find(({ name }) => name === 'diaSource')!
    expect(source.type.fields).toContainEqual({ name: 'psfFlux', type: ['null', 'float'], unit: 'nJy' })
  })

  it('have as many fields of a detection as each version has', () => {
    const sourceFields = (id: number) => {
      const top = bundledSchema('lsst', id)!.json as { fields: { name: string; type: { fields: unknown[] } }[] }
      return top.fields.find(({ name }) => name === 'diaSource')!.type.fields.length
    }
    expect([700, 701, 702, 703, 704, 800, 900, 1000, 1100, 1101].map(sourceFields)).toEqual([
      136, 136, 137, 138, 140, 97, 98, 98, 98, 102,
    ])
  })
})

describe('expandSchema', () => {
  const facts = { namespace: 'a.v{version}', top: 'top', versions: ['1.0', '1.1'], records: {} }
  it('makes the id of a version', () => {
    expect(schemaIdOf('13.10')).toBe(1310)
    expect(schemaIdOf('7.1')).toBe(701)
  })
  it('expands spans of versions, bands, arrays and records', () => {
    const records = {
      top: ['x int until=1.0', 'x long since=1.1', 'p part', 'q part[]?'],
      part: [{ bands: ['_f float? nJy'] }],
    }
    const part = (ns: string) => ({
      type: 'record',
      name: `${ns}.part`,
      fields: ['u', 'g', 'r', 'i', 'z', 'y'].map((band) => ({
        name: `${band}_f`,
        type: ['null', 'float'],
        unit: 'nJy',
      })),
    })
    expect(expandSchema({ ...facts, records }, '1.1')).toEqual({
      type: 'record',
      name: 'a.v1_1.top',
      fields: [
        { name: 'x', type: 'long' },
        { name: 'p', type: part('a.v1_1') },
        { name: 'q', type: ['null', { type: 'array', items: 'a.v1_1.part' }] },
      ],
    })
  })
  it.each([
    [['x'], "'x' has no type"],
    [['x nothing'], 'a.v1_0.nothing is not stated'],
    [['x int d deg'], 'two units'],
    [['x int since=3.0'], 'no version 3.0'],
  ])('refuses facts that contradict themselves: %s', (top, message) => {
    expect(() => expandSchema({ ...facts, records: { top } }, '1.0')).toThrow(message)
  })
})

describeTier('samples', 'bundled schemas against the surveys’ own', () => {
  it.each(lsstVersions)('LSST %s is the same to a parser', (version) => {
    expect(canonical(bundledSchema('lsst', lsstIdOf(version))!.json)).toEqual(canonical(lsstReference(version).json))
  })

  it('ZTF 4.02 is the same to a parser', () => {
    expect(canonical(bundledSchema('ztf', 402)!.json)).toEqual(canonical(ztfReference().json))
  })

  it.each(lsstVersions)('LSST %s reads random bytes of the reference to the same values', (version) => {
    const reference = lsstReference(version)
    const writer = oracle(reference.json)
    const own = compileDecoder(bundledSchema('lsst', lsstIdOf(version))!, 'all')
    const theirs = compileDecoder(reference, 'all')
    for (let round = 0; round < 20; round++) {
      const bytes = writer.toBuffer(writer.random())
      expect(own.decode(bytes)).toEqual(theirs.decode(bytes))
    }
  })

  it('reads the real alerts', () => {
    for (const { schema, datum } of lsstSamples()) {
      const own = compileDecoder(bundledSchema('lsst', schema.id!)!, 'all').decode(datum)
      // toEqual takes seconds over the cutouts.
      expect(isDeepStrictEqual(own, compileDecoder(schema, 'all').decode(datum))).toBe(true)
    }
    const last = ztfSamples().at(-1)!
    const own = compileDecoder(bundledSchema('ztf', 402)!, 'all').decode(last.datum)
    expect(own).toEqual(compileDecoder(last.schema, 'all').decode(last.datum))
  })
})

describe('the files of facts', () => {
  it('hold no documentation but their head', () => {
    for (const file of ['lsst/v7.yaml', 'lsst/v8-v11.yaml', 'ztf/v4.yaml']) {
      const text = readFileSync(new URL(`../../schemas/${file}`, import.meta.url), 'utf8')
      const fields = text.split('\n').filter((line) => line.includes('- ') && !line.startsWith('#'))
      for (const line of fields) expect(line).toMatch(/^ +- (bands:|\w+ [\w.]+(\[\])?\??( \S+){0,3})$/)
    }
  })
})
