/** UCDs and units at random, from a seed: good ones, and ones with something broken. */
import { ucdWords, ucdWordsAddedBy16 } from '../../vo/words/ucd-words.ts'
import { binaryPrefixes, binaryUnits, decimalPrefixes, prefixedUnits } from '../../vo/words/vounit-symbols.ts'

type Random = (n: number) => number

const pick = <T>(random: Random, from: readonly T[]): T => from[random(from.length)] as T
const split = (text: string): string[] => text.trim().split(/\s+/)

const ucds = Object.values(ucdWords).flatMap(split)
const added = Object.values(ucdWordsAddedBy16).flatMap(split)
const primary = split(`${ucdWords.P} ${ucdWords.Q} ${ucdWords.E} ${ucdWords.C} ${ucdWords.V}`)
const secondary = split(`${ucdWords.S} ${ucdWords.Q} ${ucdWords.E} ${ucdWords.C} ${ucdWords.V}`)

/** One to three words, most of them where they belong, in any letters, now and then of another vocabulary. */
export function randomUcd(random: Random): string {
  const words = Array.from({ length: 1 + random(3) }, (_, i) => {
    const kind = random(30)
    const word = kind === 0 ? pick(random, added) : pick(random, kind < 4 ? ucds : i === 0 ? primary : secondary)
    const spelled = random(10) === 0 ? word.toUpperCase() : word
    return random(12) === 0 ? `${pick(random, ['ivoa', 'IVOA', 'lsst', 'x-1'])}:${spelled}` : spelled
  })
  return words.join(';')
}

// `d` and `da` are advised against, and what is no unit to astropy stands in its own test.
const decimal = Object.keys(decimalPrefixes).filter((prefix) => !['d', 'da'].includes(prefix))
const plain = split(prefixedUnits).filter((symbol) => !['G', 'erg', 'barn'].includes(symbol))
const odd = ['as', 'pct', 'pcount', 'yd', 'ha']

function symbol(random: Random): string {
  if (random(12) === 0) return `${pick(random, Object.keys(binaryPrefixes))}${pick(random, split(binaryUnits))}`
  if (random(12) === 0) return pick(random, ["'furlong'", "m'Crab'", 'AU', 'mas', 'Sun', 'dB'])
  const text = `${random(2) ? '' : pick(random, decimal)}${pick(random, plain)}`
  return odd.includes(text) ? 'Jy' : text
}

function term(random: Random): string {
  const power = pick(random, ['', '', '', '**2', '**-1', '**+3', '**(2)', '**(-3)', '**(1/2)', '**(0.5)', '**(-1.25)'])
  return `${symbol(random)}${power}`
}

function product(random: Random): string {
  return Array.from({ length: 1 + random(3) }, () => term(random)).join('.')
}

/** A unit that the standard's grammar has, within what astropy reads of it. */
export function randomUnit(random: Random): string {
  const scale = pick(random, [
    '',
    '',
    '',
    '',
    '10**3',
    '10**-17',
    '10**(2)',
    '1e-26',
    '1.5e+11',
    '0.1',
    '25.4',
    '10',
    '7',
  ])
  const kind = random(8)
  if (kind === 0) return `${scale}sqrt(${product(random)})`
  if (kind === 1) return `${scale}${product(random)}/(${product(random)})`
  // astropy takes a whole number before a parenthesis for a power of ten.
  if (kind === 2) return `${random(2) ? '' : '0.1'}(${product(random)}).${term(random)}`
  if (kind < 6) return `${scale}${product(random)}/${term(random)}`
  return `${scale}${product(random)}`
}

const scraps = [
  '.',
  '/',
  '*',
  '**',
  '(',
  ')',
  '-',
  '+',
  '1',
  '0',
  '2.',
  'e',
  'E',
  ' ',
  "'",
  'm',
  's',
  'log(',
  '_',
  ';',
  ':',
  '%',
  '^',
  'µ',
  'x.',
]

/** The text with one to two scraps put in or characters cut out. */
export function mutateWords(text: string, random: Random): string {
  let mutant = text
  for (let left = 1 + random(2); left > 0; left--) {
    const at = random(mutant.length + 1)
    mutant = random(2)
      ? mutant.slice(0, at) + pick(random, scraps) + mutant.slice(at)
      : mutant.slice(0, at) + mutant.slice(at + 1 + random(2))
  }
  return mutant
}
