import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { checkUcd, parseUcd, ucdWord } from '../../vo/ucd.ts'
import { ucdReplacedWords } from '../../vo/words/ucd-replaced-words.ts'
import { seeded } from './mutate.ts'
import { mutateWords, randomUcd } from './random-words.ts'

const codes = (text: string) => checkUcd(text).map(({ code }) => code)
const details = (text: string) =>
  checkUcd(text)
    .map(({ detail }) => detail)
    .join(' ')

describe('a UCD', () => {
  it.each([
    '',
    'pos.eq.ra',
    'stat.error;phot.mag',
    'phot.flux.density;em.opt.R;stat.max',
    'meta.id;meta.main',
    'ivoa:pos.eq.dec',
    'lsst:visit.number;instr.det',
    'pos.eq.ra;lsst:Anything',
    // 1.6: a word, and a place that 1.5 did not give
    'stat.falsePositive',
    'time.duration;stat.stdev',
    // 1.5, which 1.6 drops
    'pos.cartesian.x;pos.lambert',
  ])('%j is in order', (text) => {
    expect(checkUcd(text)).toEqual([])
  })

  it.each([
    ['meta.id; src', 'UCD_SYNTAX', '" "'],
    ['phot..mag', 'UCD_SYNTAX', 'phot..mag'],
    ['phot.mag;', 'UCD_SYNTAX', 'empty word'],
    ['a:b:c', 'UCD_SYNTAX', 'a:b:c'],
    ['-phot', 'UCD_SYNTAX', '-phot'],
    ['phot.mäg', 'UCD_SYNTAX', 'ä'],
    [`phot.mag${'x'.repeat(500)}`, 'UCD_SYNTAX', 'longer than 500'],
    ['gw.frequency', 'UCD_WORD', 'gw.frequency'],
    ['phot.falux', 'UCD_WORD', 'Did you mean "phot.flux"?'],
    ['stat.err;phot.mag', 'UCD_REPLACED', 'stat.error'],
    ['time.expo', 'UCD_REPLACED', 'time.duration;obs.exposure'],
    ['pos_eq_ra_main', 'UCD_REPLACED', 'pos.eq.ra;meta.main'],
    ['em.gamma', 'UCD_ORDER', 'never stands first'],
    ['phot.mag;stat.error', 'UCD_ORDER', 'stands first only'],
    ['Phot.Mag', 'UCD_CASE', '"phot.mag"'],
    ['phot.flux;EM.IR.nir', 'UCD_CASE', '"em.IR.NIR"'],
  ])('%j: %s, %s', (text, code, says) => {
    expect(codes(text)).toEqual([code])
    expect(details(text)).toContain(says)
  })

  it('has eight problems at most', () => {
    expect(checkUcd(Array.from({ length: 30 }, (_, i) => `x${i}`).join(';'))).toHaveLength(8)
  })

  it('has a problem for each word at most', () => {
    expect(codes('em.gamma;gw.strain;stat.error')).toEqual(['UCD_ORDER', 'UCD_WORD', 'UCD_ORDER'])
  })

  it('is read as words of a vocabulary, spelled as it spells them', () => {
    expect(parseUcd('STAT.ERROR;Lsst:Foo;IVOA:em.ir')).toEqual([
      { namespace: 'ivoa', word: 'stat.error' },
      { namespace: 'lsst', word: 'Foo' },
      { namespace: 'ivoa', word: 'em.IR' },
    ])
    expect(parseUcd('no good')).toBeUndefined()
    expect(parseUcd('')).toBeUndefined()
    expect(ucdWord('PHOT.COLOR')).toEqual({ word: 'phot.color', codes: ['C'] })
    expect(ucdWord('constructor')).toBeUndefined()
  })

  it('of what is replaced by what is in order', () => {
    const pairs = ucdReplacedWords.trim().split(/\s+/)
    expect(pairs.length).toBeGreaterThan(100)
    for (const pair of pairs) {
      const [old = '', instead = ''] = pair.split('>')
      expect(ucdWord(old), pair).toBeUndefined()
      expect(
        parseUcd(instead)?.every(({ word }) => ucdWord(word)),
        pair,
      ).toBe(true)
    }
  })

  it('of any text is judged, and no fault means that it is read', () => {
    const random = seeded(4)
    for (let i = 0; i < 3000; i++) {
      const text = mutateWords(randomUcd(random), random)
      if (text !== '' && !codes(text).includes('UCD_SYNTAX')) expect(parseUcd(text), text).toBeDefined()
    }
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 600 }), (text) => {
        for (const { detail } of checkUcd(text)) expect(detail.length).toBeLessThan(300)
      }),
    )
  })
})
