import { deepStrictEqual } from 'node:assert'
import { expect, it } from 'vitest'
import { compileDecoder } from '../../src/decode/decoder.ts'
import type { AvroRecord, AvroValue } from '../../src/flow.ts'
import { describeTier } from '../tiers.ts'
import { oracle, plain } from './avsc-oracle.ts'
import { lsstSamples, ztfSamples } from './samples.ts'

const asRecord = (value: AvroValue | undefined) => value as AvroRecord

describeTier('samples', 'decoding real alerts', () => {
  const lsst = lsstSamples()
  const ztf = ztfSamples()

  it('finds the samples', () => {
    expect(lsst.length).toBe(70)
    expect(ztf.length).toBe(19)
  })

  it.each([...lsst, ...ztf])('gives what avsc gives: $file', ({ schema, datum }) => {
    const record = compileDecoder(schema, 'all').decode(datum)
    deepStrictEqual(plain(record), plain(oracle(schema.json).fromBuffer(datum)))
  })

  it.each([...lsst, ...ztf])('gives the same projected: $file', ({ schema, datum }) => {
    const all = compileDecoder(schema, 'all').decode(datum)
    const paths = leafPaths(all)
    for (const step of [2, 7]) {
      const wanted = new Set(paths.filter((_, index) => index % step === 0))
      const projected = compileDecoder(schema, wanted).decode(datum)
      expect(leafPaths(projected).filter((path) => !wanted.has(path))).toEqual([])
      for (const path of wanted) deepStrictEqual(valuesAt(projected, path), valuesAt(all, path))
    }
  })

  it('gives the known numbers of a real solar-system alert', () => {
    const sample = lsst.find(({ file }) => file.endsWith('v10_0/170094456480989258.avro-wire'))!
    const alert = compileDecoder(sample.schema, 'all').decode(sample.datum)
    const source = asRecord(alert.diaSource)
    expect(alert.diaSourceId).toBe(170094456480989258n)
    expect(source.visit).toBe(2026030500057n)
    expect(source.detector).toBe(26)
    expect(source.band).toBe('i')
    expect(source.midpointMjdTai).toBe(61105.095800699935)
    expect(source.ra).toBe(150.4555220874077)
    expect(source.dec).toBe(3.482150412358473)
    expect(source.psfFlux).toBeCloseTo(15362.6, 1)
    expect(source.snr).toBeCloseTo(37.28, 2)
    expect(source.ssObjectId).toBe(21163624394469969n)
    expect(source.diaObjectId).toBe(0n)
    expect(source.timeWithdrawnMjdTai).toBeNaN()
    expect(asRecord(alert.ssSource).designation).toBe('2004 JQ12')
    const orbit = asRecord(alert.mpc_orbits)
    expect(orbit.h).toBeCloseTo(16.453, 3)
    expect(orbit.created_at).toBe(0n)
    expect((orbit.mpc_orb_jsonb as string).length).toBe(5860)
    expect(alert.diaObject).toBeNull()
    expect(alert.prvDiaSources).toBeNull()
    expect((alert.cutoutScience as Uint8Array).subarray(0, 6)).toEqual(new TextEncoder().encode('SIMPLE'))
  })

  it('keeps identifiers beyond 2^53 of ZTF', () => {
    const sample = ztf.find(({ file }) => file.includes('2695378462115010012'))!
    const alert = compileDecoder(sample.schema, new Set(['candid', 'candidate.drb'])).decode(sample.datum)
    expect(alert.candid).toBe(2695378462115010012n)
    expect(Object.keys(alert)).toEqual(['candid', 'candidate'])
  })

  it('copies bytes: a cutout does not keep the fetch buffer alive', () => {
    const { schema, datum } = lsst.find(({ file }) => file.includes('v11_0'))!
    const cutout = compileDecoder(schema, new Set(['cutoutScience'])).decode(datum).cutoutScience as Uint8Array
    expect(cutout.buffer).not.toBe(datum.buffer)
  })

  it('refuses the v10 bytes under the v11 schema', () => {
    const v10 = lsst.filter(({ schema }) => schema.id === 1000)
    const v11 = lsst.find(({ schema }) => schema.id === 1100)!.schema
    const decoder = compileDecoder(v11, 'all')
    for (const { datum } of v10) expect(() => decoder.decode(datum)).toThrow(/^The Avro datum/)
  })
})

function leafPaths(value: AvroValue, prefix = ''): string[] {
  if (Array.isArray(value)) return [...new Set(value.flatMap((item) => leafPaths(item as AvroValue, prefix)))]
  if (value === null || typeof value !== 'object' || value instanceof Uint8Array) return [prefix]
  return Object.entries(value).flatMap(([name, item]) => leafPaths(item, prefix === '' ? name : `${prefix}.${name}`))
}

function valuesAt(value: AvroValue | undefined, path: string): unknown {
  if (Array.isArray(value)) return value.map((item) => valuesAt(item, path))
  if (path === '' || value === null || value === undefined) return value
  const [name, ...rest] = path.split('.')
  return valuesAt((value as AvroRecord)[name!], rest.join('.'))
}
