import { describe, expect, it } from 'vitest'
import type { Scalar } from '../../src/flow.ts'
import { type Converter, type ConverterName, converters } from '../../src/map/converters.ts'

const settings = { floorArcsec: 0.05, exposureS: 30, movingWithinArcsec: 5 }
const run = (name: ConverterName, values: readonly Scalar[], names: readonly string[] = []) =>
  (converters[name] as Converter).convert(values, names, settings)

describe('converters', () => {
  it('give null for what is absent', () => {
    for (const [name, converter] of Object.entries(converters) as [ConverterName, Converter][]) {
      const inputs = converter.inputs === 'any' ? ['a', 'b'] : converter.inputs
      const value = run(
        name,
        inputs.map(() => null),
        inputs,
      )
      const answers = ['anyPresent', 'isNear'].includes(name)
      expect(value, name).toBe(answers ? false : null)
    }
  })

  it('give null for a time that is none, not an error', () => {
    expect(run('mjdUtcFromMjdTai', [1480360995])).toBeNull()
    expect(run('isoFromMjdTai', [1e300])).toBeNull()
    expect(run('middleIso', [1e12, 30])).toBeNull()
  })

  it.each([
    ['K01S97B', '2001 SB97'],
    ['J95X00A', '1995 XA'],
    ['J95X01L', '1995 XL1'],
    ['J98SA8Q', '1998 SQ108'],
    ['K07Tf8A', '2007 TA418'],
    ['I98A00Z', '1898 AZ'],
    ['2004 JQ12', '2004 JQ12'],
    ['433', '433'],
    ['K01I97B', 'K01I97B'],
  ])('unpack the designation %s as %s', (packed, unpacked) => {
    expect(run('unpackDesignation', [packed])).toBe(unpacked)
  })

  it('list the flags that are raised', () => {
    expect(run('raisedNames', [true, false, null, true], ['a', 'b', 'c', 'd'])).toBe('a d')
    expect(run('raisedNames', [false, null], ['a', 'b'])).toBeNull()
  })

  it('read the sign of a subtraction', () => {
    expect(['t', '1', 'f', '0', 'x', ''].map((code) => run('isNegativeCode', [code]))).toEqual([
      false,
      false,
      true,
      true,
      null,
      null,
    ])
    expect(run('signedNjy', [31.4, 'f'])).toBe(-1)
    expect(run('signedNjy', [31.4, 't'])).toBe(1)
  })
})
