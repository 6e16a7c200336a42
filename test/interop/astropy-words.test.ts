/** UCDs and VOUnits through astropy's eyes: the same words, the same verdicts, the same meaning; or a named reason. */
import { beforeAll, describe, expect, it } from 'vitest'
import { peers } from '../../scripts/peers.ts'
import { checkVOUnit } from '../../vo/check-vounit.ts'
import { checkUcd, ucdWord } from '../../vo/ucd.ts'
import { parseVOUnit, type VOUnit, VOUnitError } from '../../vo/vounits.ts'
import { ucdWords, ucdWordsAddedBy16 } from '../../vo/words/ucd-words.ts'
import { bareUnits, binaryPrefixes, decimalPrefixes, prefixedUnits } from '../../vo/words/vounit-symbols.ts'
import { describeTier } from '../tiers.ts'
import { seeded } from '../vo/mutate.ts'
import { mutateWords, randomUcd, randomUnit } from '../vo/random-words.ts'
import { askAstropy } from './ask-astropy.ts'

interface UcdVerdict {
  readonly plain: boolean
  readonly colon: boolean
}
interface UnitVerdict {
  readonly verdict: 'known' | 'deprecated' | 'unknown' | 'refused'
  readonly equal: boolean | null
}

describeTier('peers', 'words, held against astropy', () => {
  let python = ''
  beforeAll(async () => {
    python = (await peers()).python
  }, 600_000)

  const ask = <T>(tasks: readonly unknown[]) => askAstropy<T>(python, 'astropy_words.py', tasks)

  describe('UCDs', () => {
    it('the list of words, each with its place', () => {
      const [theirs] = ask<[string, string][]>(['words'])
      const ours = Object.entries(ucdWords).flatMap(([code, text]) =>
        text
          .trim()
          .split(/\s+/)
          .map((word) => [code, word]),
      )
      expect(ours.map((each) => each.join(' ')).sort()).toEqual(theirs?.map((each) => each.join(' ')).sort())
      expect(ours.length).toBeGreaterThan(500)
    })

    it('the words of 1.6 are few, and none is in 1.5 with the same place', () => {
      const [theirs] = ask<[string, string][]>(['words'])
      const added = Object.entries(ucdWordsAddedBy16).flatMap(([code, text]) =>
        text.split(/\s+/).flatMap((word) => (word === '' ? [] : [`${code} ${word}`])),
      )
      expect(added).toHaveLength(16)
      for (const each of added) expect(theirs?.map((word) => word.join(' '))).not.toContain(each)
      for (const each of added) expect(ucdWord(each.slice(2))?.codes).toContain(each[0])
    })

    it('thousands of texts have the same verdict', () => {
      const random = seeded(1)
      const texts = Array.from({ length: 6000 }, (_, i) =>
        i % 2 ? randomUcd(random) : mutateWords(randomUcd(random), random),
      )
      const verdicts = ask<UcdVerdict>(texts.map((text) => ({ ucd: text })))
      const counts = { valid: 0, invalid: 0, explained: 0 }
      for (const [i, text] of texts.entries()) {
        const problems = checkUcd(text).filter(({ code }) => code !== 'UCD_CASE')
        const ours = problems.length === 0
        const { plain, colon } = verdicts[i] as UcdVerdict
        // Without namespaces astropy refuses the colon and agrees with itself otherwise.
        expect(plain, text).toBe(colon && !text.includes(':'))
        if (ours === colon) counts[ours ? 'valid' : 'invalid']++
        else if (ours ? hasWordOf16(text) || text === '' : isLaxNamespace(text)) counts.explained++
        else expect.fail(`${JSON.stringify(text)}: ours ${JSON.stringify(problems)}, astropy's ${colon}`)
      }
      expect(counts.valid).toBeGreaterThan(1500)
      expect(counts.invalid).toBeGreaterThan(1500)
      expect(counts.explained).toBeLessThan(300)
    })
  })

  /** astropy 7.1 carries 1.5: it does not know these, nor their places. An empty UCD says nothing, which is no fault. */
  const hasWordOf16 = (text: string) => {
    const added = Object.values(ucdWordsAddedBy16).join(' ').toLowerCase().split(/\s+/)
    return text.split(';').some((word) => added.includes(word.replace(/^ivoa:/i, '').toLowerCase()))
  }
  /** astropy looks at the beginning of a namespace and of another vocabulary's word, not at the rest of them. */
  const isLaxNamespace = (text: string) => checkUcd(text).every(({ code }) => code === 'UCD_SYNTAX') && /:/.test(text)

  describe('VOUnits', () => {
    const verdict = (text: string): UnitVerdict['verdict'] => {
      const [problem] = checkVOUnit(text)
      if (!problem) return 'known'
      return problem.code === 'UNIT_SYNTAX' ? 'refused' : problem.code === 'UNIT_UNKNOWN' ? 'unknown' : 'deprecated'
    }

    it('every unit behind every prefix', () => {
      const symbols = [...`${prefixedUnits} ${bareUnits}`.trim().split(/\s+/), 'furlong', 'zz', "'m'"]
      const prefixes = ['', ...Object.keys(decimalPrefixes), ...Object.keys(binaryPrefixes)]
      const texts = symbols.flatMap((symbol) => prefixes.map((prefix) => ({ prefix, symbol, text: prefix + symbol })))
      const verdicts = ask<UnitVerdict>(texts.map(({ text }) => ({ unit: text, as: structure(text) })))
      let agreed = 0
      for (const [i, { prefix, symbol, text }] of texts.entries()) {
        const theirs = verdicts[i] as UnitVerdict
        const ours = verdict(text)
        if (ours === theirs.verdict) agreed++
        else expect(difference(prefix, symbol, text), `${text}: ours ${ours}, astropy's ${theirs.verdict}`).toBe(true)
        // To astropy `ha` is the hectare; VOUnits say that it is a hundred years (§2.5).
        if (ours === 'known' && theirs.verdict === 'known') expect(theirs.equal, text).toBe(text !== 'ha')
      }
      expect(agreed).toBeGreaterThan(1500)
    })

    /** The named differences: astropy 7.1 follows VOUnits 1.0, and leaves out what would collide in Python. */
    const difference = (prefix: string, symbol: string, text: string): boolean =>
      symbol === '%' || // 1.1 knows percent
      symbol === 'ta' || // the tropical year is missing in astropy
      ['as', 'pct', 'pcount', 'yd', 'dbyte', 'dB'].includes(text) || // Python's words, and names taken otherwise
      (['d', 'da'].includes(prefix) && verdict(text) === 'deprecated') || // §2.5 advises against both
      (symbol.startsWith("'") && prefix.length === 2) || // astropy looks for one letter before a quote
      (bareUnits.split(/\s+/).includes(symbol) && prefix !== '' && verdict(text) === 'deprecated') // ours names the prefix

    it('thousands of expressions mean the same', () => {
      const random = seeded(2)
      const texts = Array.from({ length: 4000 }, () => randomUnit(random))
      const verdicts = ask<UnitVerdict>(texts.map((text) => ({ unit: text, as: structure(text) })))
      for (const [i, text] of texts.entries()) {
        expect(verdicts[i]?.verdict, text).toBe(verdict(text))
        expect(verdicts[i]?.equal, text).toBe(true)
      }
    })

    it('thousands of broken expressions are refused by both, or a named reason says why not', () => {
      const random = seeded(3)
      const texts = Array.from({ length: 6000 }, () => mutateWords(randomUnit(random), random))
      const verdicts = ask<UnitVerdict>(texts.map((text) => ({ unit: text, as: null })))
      const counts = new Map<string, number>()
      const unexplained: string[] = []
      for (const [i, text] of texts.entries()) {
        const ours = verdict(text) !== 'refused'
        const theirs = verdicts[i]?.verdict !== 'refused'
        const reason = ours === theirs ? (ours ? 'both read' : 'both refuse') : why(text, ours)
        if (reason === undefined) unexplained.push(`${text}: ours ${verdict(text)}, astropy's ${verdicts[i]?.verdict}`)
        else counts.set(reason, (counts.get(reason) ?? 0) + 1)
      }
      expect(unexplained).toEqual([])
      expect(counts.get('both read')).toBeGreaterThan(1000)
      expect(counts.get('both refuse')).toBeGreaterThan(500)
    })
  })
})

/** Why one of the two reads what the other refuses; undefined where no difference is known. */
function why(text: string, ours: boolean): string | undefined {
  const reasons: readonly (readonly [string, boolean])[] = ours
    ? [
        ['astropy reads sqrt alone of the functions', /(?!sqrt\()(?<![A-Za-z])[A-Za-z]+\(/.test(text)],
        ['astropy takes a whole number before a parenthesis for a power of ten', /^[0-9]+\(/.test(text)],
        ['astropy cannot hold the scale of a high power', /\*\*\(?[+-]?\d{2}/.test(text)],
        ['astropy takes the slash of a negative power for a quotient', /\([+-]\d+\/\d+\)/.test(text)],
        ['astropy 7.1 follows 1.0, which has no percent', text.includes('%')],
        ['astropy reads no quotient within parentheses', /\([^()]*[a-zA-Z')][^()]*\//.test(text)],
      ]
    : [
        ['astropy passes over blanks', text.includes(' ')],
        ['astropy reads other signs: a star, a circumflex, a comma', /[,^]|(?<!\*)\*(?!\*)/.test(text)],
        ['astropy reads powers without stars', /[A-Za-z')](?:[+-]?[0-9]|\([+-]?[0-9])/.test(text)],
        ['astropy reads what begins with a quotient', /(?:^|\(|^[0-9.eE*()+-]+)\//.test(text)],
        ['astropy reads a number alone', /^[0-9.eE*+-]*$|^10\*\*\([^()]*\)$/.test(text)],
        ['astropy reads factors after a power', /\*\*(?:[+-]?[0-9]+|\([^()]*\))[A-Za-z'(]/.test(text)],
        ['astropy divides by all that follows', /\/.*\./.test(text)],
        ['astropy reads factors side by side', /[)'A-Za-z0-9][('][A-Za-z'(]|\)[A-Za-z']/.test(text)],
        ['astropy takes any character into a unit', /[^A-Za-z0-9.*/()+'-]/.test(text)],
        [
          'astropy reads numbers that begin or end with a point',
          /(?<![A-Za-z0-9')])\.[0-9]|[0-9]\.(?![0-9A-Za-z'(])/.test(text),
        ],
        ['astropy reads a point after the scale', /^[0-9.eE+*()-]*[0-9)]\.[A-Za-z'(]/.test(text)],
        ['astropy reads a power of ten without stars', /^10[+-]/.test(text)],
        ['astropy reads a sign below the line', /\/[+-]/.test(text)],
        ['astropy reads numbers that VOUnits do not write', /^(?:\.|[+-]|0[^.]|[0-9]+\.(?![0-9]))/.test(text)],
      ]
  return reasons.find(([, holds]) => holds)?.[0]
}

/** Our structure of a unit for astropy to build it from; null for what it cannot be built from. */
function structure(text: string): { scale: number; factors: [string, number, number][] } | null {
  let unit: VOUnit | 'unknown'
  try {
    unit = parseVOUnit(text)
  } catch (error) {
    if (!(error instanceof VOUnitError)) throw error
    return null
  }
  if (unit === 'unknown') return null
  let scale = unit.scale
  const factors: [string, number, number][] = []
  for (const factor of unit.factors) {
    if (factor.kind === 'unit') {
      const [numerator, denominator] = factor.power
      const exponent = numerator / denominator
      if (factor.standing !== 'known') {
        factors.push([
          factor.prefix + (factor.standing === 'quoted' ? `'${factor.symbol}'` : factor.symbol),
          ...factor.power,
        ])
        continue
      }
      scale *=
        10 ** ((decimalPrefixes[factor.prefix] ?? 0) * exponent) *
        2 ** ((binaryPrefixes[factor.prefix] ?? 0) * exponent)
      factors.push([factor.symbol, numerator, denominator])
    } else {
      if (factor.name !== 'sqrt') return null
      const argument = factor.argument
      scale *= argument.scale ** (factor.power[0] / 2)
      for (const inner of argument.factors) {
        if (inner.kind !== 'unit') return null
        const exponent = (inner.power[0] / inner.power[1] / 2) * factor.power[0]
        scale *=
          10 ** ((decimalPrefixes[inner.prefix] ?? 0) * exponent) *
          2 ** ((binaryPrefixes[inner.prefix] ?? 0) * exponent)
        factors.push([inner.symbol, inner.power[0] * factor.power[0], inner.power[1] * 2])
      }
    }
  }
  return { scale, factors }
}
