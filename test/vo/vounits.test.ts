import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { checkVOUnit } from '../../vo/check-vounit.ts'
import { formatVOUnit, parseVOUnit, VOUnitError } from '../../vo/vounits.ts'
import { unitSlips } from '../../vo/words/vounit-symbols.ts'
import { seeded } from './mutate.ts'
import { mutateWords, randomUnit } from './random-words.ts'

const known = (symbol: string, power: readonly [number, number] = [1, 1], prefix = '') => ({
  kind: 'unit',
  prefix,
  symbol,
  standing: 'known',
  power,
})
const saidOf = (text: string) => checkVOUnit(text).map(({ code, detail }) => `${code} ${detail}`)

describe('a VOUnit', () => {
  it('is a scale and factors with powers', () => {
    expect(parseVOUnit('')).toEqual({ scale: 1, factors: [] })
    expect(parseVOUnit('1')).toEqual({ scale: 1, factors: [] })
    expect(parseVOUnit('unknown')).toBe('unknown')
    expect(parseVOUnit('10**-3mm.s**-2')).toEqual({
      scale: 0.001,
      factors: [known('m', [1, 1], 'm'), known('s', [-2, 1])],
    })
    expect(parseVOUnit('1.5e2kg/(m.s**(3/2))')).toEqual({
      scale: 150,
      factors: [known('g', [1, 1], 'k'), known('m', [-1, 1]), known('s', [-3, 2])],
    })
    expect(parseVOUnit('(J/s).m**(-0.50)')).toEqual({
      scale: 1,
      factors: [known('J'), known('s', [-1, 1]), known('m', [-1, 2])],
    })
    expect(parseVOUnit('mag/log(2MHz)')).toEqual({
      scale: 1,
      factors: [
        known('mag'),
        { kind: 'function', name: 'log', argument: { scale: 2, factors: [known('Hz', [1, 1], 'M')] }, power: [-1, 1] },
      ],
    })
  })

  it.each([
    ['Pa', '', 'Pa', 'known'],
    ['cd', '', 'cd', 'known'],
    ['dB', '', 'dB', 'known'],
    ['au', '', 'au', 'known'],
    ['mas', '', 'mas', 'known'],
    ['ha', 'h', 'a', 'known'],
    ['Pyr', 'P', 'yr', 'known'],
    ['dam', 'da', 'm', 'known'],
    ['dadu', 'd', 'adu', 'known'],
    ['Kibit', 'Ki', 'bit', 'known'],
    ['kB', 'k', 'B', 'known'],
    ['furlong', 'f', 'urlong', 'unknown'],
    ['Mifurlong', 'M', 'ifurlong', 'unknown'],
    ['Kifurlong', '', 'Kifurlong', 'unknown'],
    ["'furlong'", '', 'furlong', 'quoted'],
    ["m'm'", 'm', 'm', 'quoted'],
    ["Mi'm'", 'Mi', 'm', 'quoted'],
  ])('%s is %j before %s, %s', (text, prefix, symbol, standing) => {
    expect(parseVOUnit(text)).toEqual({
      scale: 1,
      factors: [{ kind: 'unit', prefix, symbol, standing, power: [1, 1] }],
    })
  })

  it.each([
    ['m/s/kg', 'more than one "/"'],
    ['/s', 'no unit'],
    ['m..s', 'no unit'],
    ['m.', 'missing at the end'],
    ['m s', 'unexpected " s"'],
    ['m^2', 'unexpected "^2"'],
    ['m**', '"**" without'],
    ['m**1.5', 'no unit at "5"'],
    ['m**(1.5', '"**" without'],
    ['m**(1/0)', 'divided by 0'],
    ['m**99999999999', 'too large'],
    ['(m', '")"'],
    ['log(m', '")"'],
    ["xx'm'", 'no prefix'],
    ['10', 'missing at the end'],
    ['0.0m', 'above 0'],
    ['1e999m', 'above 0'],
    [`${'('.repeat(400)}m`, 'longer than 256'],
    ['µm', 'no unit'],
  ])('%s is none: %s', (text, says) => {
    expect(() => parseVOUnit(text)).toThrow(VOUnitError)
    expect(() => parseVOUnit(text)).toThrow(says)
    expect(saidOf(text)[0]).toContain('UNIT_SYNTAX')
  })

  it('is written so that it reads as the same', () => {
    expect(formatVOUnit('unknown')).toBe('unknown')
    expect(formatVOUnit(parseVOUnit("10**3m'x'/(s.log(0.5Hz))"))).toBe("1000m'x'.s**-1/log(0.5Hz)")
    const random = seeded(5)
    let read = 0
    for (let i = 0; i < 5000; i++) {
      const text = i % 2 ? randomUnit(random) : mutateWords(randomUnit(random), random)
      try {
        const unit = parseVOUnit(text)
        expect(parseVOUnit(formatVOUnit(unit)), text).toEqual(unit)
        read++
      } catch (error) {
        if (!(error instanceof VOUnitError)) throw error
      }
    }
    expect(read).toBeGreaterThan(2500)
  })
})

describe('what is said of a unit', () => {
  it.each(['', 'deg', 'mJy', 'mag/s', '%', 'unknown', "m'Crab'", 'km.s**-1.Mpc**-1', 'sqrt(Hz)', 'nW/(m**2.sr)', 'dB'])(
    '%j: nothing',
    (text) => {
      expect(checkVOUnit(text)).toEqual([])
    },
  )

  it.each([
    ['degrees', 'UNIT_UNKNOWN "degrees". Did you mean "deg"?'],
    ['sec', 'UNIT_UNKNOWN "sec". Did you mean "s"?'],
    ['counts/sec', 'UNIT_UNKNOWN "counts", "sec". Did you mean "ct/s"?'],
    ['None', 'UNIT_UNKNOWN "None". Leave the unit empty.'],
    ['arcsc', 'UNIT_UNKNOWN "arcsc". Did you mean "arcsec"?'],
    ['KEV', 'UNIT_UNKNOWN "KEV". Did you mean "keV"?'],
    ['zork', 'UNIT_UNKNOWN "zork".'],
    ['foo(m)', 'UNIT_UNKNOWN "foo()".'],
    ['ms^2', 'UNIT_SYNTAX "ms^2": unexpected "^2". Did you mean "ms**2"?'],
    ['erg/cm2/s', 'UNIT_SYNTAX "erg/cm2/s": unexpected "2/s". Did you mean "erg/(cm**2.s)"?'],
    ['W m-2', 'UNIT_SYNTAX "W m-2": unexpected " m-2". Did you mean "W.m**-2"?'],
    ['1/s', 'UNIT_SYNTAX "1/s": no unit at "/s". Did you mean "s**-1"?'],
    ['/cm2/sec', 'UNIT_SYNTAX "/cm2/sec": no unit at "/cm2/sec". Did you mean "cm**-2.s**-1"?'],
    ['1/', 'UNIT_SYNTAX "1/": no unit at "/".'],
    ['Msun/yr', 'UNIT_UNKNOWN "Msun". Did you mean "solMass/yr"?'],
    ['erg / cm^2 / s', 'UNIT_SYNTAX "erg / cm^2 / s": unexpected " / cm^2 / s". Did you mean "erg/(cm**2.s)"?'],
    [' ', 'UNIT_SYNTAX " ": no unit at " ". Leave the unit empty.'],
    ['[deg', 'UNIT_SYNTAX "[deg": no unit at "[deg".'],
    ['erg', 'UNIT_DEPRECATED One erg is 1e-7J.'],
    ['Angstrom', 'UNIT_DEPRECATED One Angstrom is 0.1nm.'],
    ['dm', 'UNIT_DEPRECATED The prefix of dm can be misread.'],
    ['kAU', 'UNIT_DEPRECATED AU takes no prefix.'],
  ])('%j: %s', (text, said) => {
    expect(saidOf(text)).toEqual([said])
  })

  it('proposes units alone that are in order', () => {
    for (const meant of Object.values(unitSlips)) expect(checkVOUnit(meant), meant).toEqual([])
  })

  it('takes any text', () => {
    const random = seeded(6)
    for (let i = 0; i < 3000; i++) {
      for (const { detail } of checkVOUnit(mutateWords(randomUnit(random), random))) expect(detail).not.toBe('')
    }
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 300 }), (text) => {
        for (const { detail } of checkVOUnit(text)) expect(detail.length).toBeLessThan(800)
      }),
    )
  })
})
