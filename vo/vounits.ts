/**
 * Units as the Virtual Observatory writes them: `erg/(cm**2.s)` (IVOA "Units in the VO" 1.1, 2023).
 *
 * A unit may be unknown: it is read all the same, and `'quoted'` ones are taken as they stand. The empty text is no
 * dimension; `unknown` says that there is a unit and nobody knows it.
 */
import { bareUnits, binaryPrefixes, binaryUnits, decimalPrefixes, prefixedUnits } from './words/vounit-symbols.ts'

/** A unit to a power: `mm**-2` is prefix `m`, symbol `m`, power -2/1. */
export interface VOUnitFactor {
  readonly kind: 'unit'
  /** A decimal or binary prefix, empty for none. */
  readonly prefix: string
  readonly symbol: string
  /** `known` stands in the table of VOUnits; `quoted` and `unknown` do not. */
  readonly standing: 'known' | 'unknown' | 'quoted'
  readonly power: Fraction
}

/** A function of a unit, `log(Hz)`, to the power 1 or, below a "/", -1. */
export interface VOUnitFunction {
  readonly kind: 'function'
  readonly name: string
  readonly argument: VOUnit
  readonly power: Fraction
}

/** Numerator and denominator in lowest terms; the denominator is positive. */
export type Fraction = readonly [numerator: number, denominator: number]

export interface VOUnit {
  readonly scale: number
  /** In the order in which they stand, quotients as negative powers. */
  readonly factors: readonly (VOUnitFactor | VOUnitFunction)[]
}

/** A text that is no unit; the message says why, without a full stop. */
export class VOUnitError extends Error {
  override readonly name = 'VOUnitError'
}

/** Reads a unit; `unknown` has no structure. Throws VOUnitError. */
export function parseVOUnit(text: string): VOUnit | 'unknown' {
  if (text === '') return { scale: 1, factors: [] }
  if (text === 'unknown' || text === 'UNKNOWN') return 'unknown'
  if (text.length > longest) throw new VOUnitError(`longer than ${longest} characters`)
  return new Parser(text).input()
}

/** The text of a unit that was parsed, with negative powers for quotients; it reads as the same structure. */
export function formatVOUnit(unit: VOUnit | 'unknown'): string {
  if (unit === 'unknown') return unit
  const products: string[] = []
  const over: string[] = []
  for (const factor of unit.factors) {
    const [numerator, denominator] = factor.power
    if (factor.kind === 'function') {
      const text = `${factor.name}(${formatVOUnit(factor.argument)})`
      if (numerator < 0) over.push(text)
      else products.push(text)
      continue
    }
    const symbol = factor.standing === 'quoted' ? `'${factor.symbol}'` : factor.symbol
    const power = denominator === 1 ? `**${numerator}` : `**(${numerator}/${denominator})`
    products.push(`${factor.prefix}${symbol}${power === '**1' ? '' : power}`)
  }
  const scale = unit.scale === 1 ? '' : String(unit.scale)
  const quotient = over.length > 1 ? `/(${over.join('.')})` : over.map((each) => `/${each}`).join('')
  return `${scale}${products.join('.')}${quotient}`
}

const longest = 256
const known = new Set(`${prefixedUnits} ${bareUnits}`.trim().split(/\s+/))
const takesDecimal = new Set(prefixedUnits.trim().split(/\s+/))
const takesBinary = new Set(binaryUnits.split(' '))
const prefixes = [...Object.keys(binaryPrefixes), 'da', ...Object.keys(decimalPrefixes).filter((each) => each !== 'da')]

/** Every unit that stands in the table, without prefixes. */
export const knownUnits: readonly string[] = [...known]

/** Whether the table lets a unit stand behind a prefix. */
export function takesPrefix(symbol: string, prefix: string): boolean {
  return prefix in binaryPrefixes ? takesBinary.has(symbol) : takesDecimal.has(symbol)
}

/** A known unit goes before a prefix, a prefix that the table allows before any other (§2.2). */
function resolve(text: string): Pick<VOUnitFactor, 'prefix' | 'symbol' | 'standing'> {
  if (known.has(text)) return { prefix: '', symbol: text, standing: 'known' }
  const splits = prefixes
    .filter((prefix) => text.length > prefix.length && text.startsWith(prefix))
    .map((prefix) => ({ prefix, symbol: text.slice(prefix.length) }))
  const split =
    splits.find(({ prefix, symbol }) => takesPrefix(symbol, prefix)) ??
    splits.find(({ prefix, symbol }) => known.has(symbol) && prefix in decimalPrefixes)
  if (split) return { ...split, standing: 'known' }
  // Binary prefixes are not looked for before unknown units.
  const unknown = splits.find(({ prefix }) => prefix in decimalPrefixes)
  return { ...(unknown ?? { prefix: '', symbol: text }), standing: 'unknown' }
}

type Factors = readonly (VOUnitFactor | VOUnitFunction)[]

/** Recursive descent by the grammar of the standard's appendix; depth is bounded by the length of the text. */
class Parser {
  readonly #text: string
  #at = 0
  constructor(text: string) {
    this.#text = text
  }

  input(): VOUnit {
    if (this.#text === '1') return { scale: 1, factors: [] }
    const unit = this.#scaled()
    if (this.#at < this.#text.length) {
      const rest = this.#text.slice(this.#at)
      throw new VOUnitError(rest.startsWith('/') ? 'more than one "/"' : `unexpected "${rest}"`)
    }
    return unit
  }

  #scaled(): VOUnit {
    const scale = this.#scale()
    return { scale, factors: this.#complete() }
  }

  #scale(): number {
    let scale = 1
    if (this.#take(/10\*\*/y) !== undefined) {
      const [numerator, denominator] = this.#power()
      scale = 10 ** (numerator / denominator)
    } else {
      scale = Number(this.#take(/(?:0\.[0-9]+|[1-9][0-9]*(?:\.[0-9]+)?)(?:[eE][+-]?[0-9]+)?/y) ?? 1)
    }
    if (!Number.isFinite(scale) || scale === 0) throw new VOUnitError('the scale is no number above 0')
    return scale
  }

  #complete(): Factors {
    const product = this.#expression()
    while (this.#take(/\./y) !== undefined) product.push(...this.#expression())
    if (this.#take(/\//y) === undefined) return product
    const over = this.#expression().map((factor) => ({
      ...factor,
      power: [factor.power[0] === 0 ? 0 : -factor.power[0], factor.power[1]] as const,
    }))
    return [...product, ...over]
  }

  #expression(): (VOUnitFactor | VOUnitFunction)[] {
    if (this.#take(/\(/y) !== undefined) {
      const inner = [...this.#complete()]
      this.#close()
      return inner
    }
    const name = this.#take(/[A-Za-z]+(?=\()/y)
    if (name === undefined) return [this.#term()]
    this.#take(/\(/y)
    const argument = this.#scaled()
    this.#close()
    return [{ kind: 'function', name, argument, power: [1, 1] }]
  }

  #term(): VOUnitFactor {
    const unit = this.#unit()
    const power = this.#take(/\*\*/y) === undefined ? ([1, 1] as const) : this.#power()
    return { kind: 'unit', ...unit, power }
  }

  #unit(): Pick<VOUnitFactor, 'prefix' | 'symbol' | 'standing'> {
    if (this.#take(/%/y) !== undefined) return { prefix: '', symbol: '%', standing: 'known' }
    const word = this.#take(/[A-Za-z]+/y) ?? ''
    const symbol = this.#take(/'[A-Za-z]+'/y)?.slice(1, -1)
    if (symbol !== undefined) {
      if (word !== '' && !prefixes.includes(word)) throw new VOUnitError(`"${word}" is no prefix`)
      return { prefix: word, symbol, standing: 'quoted' }
    }
    if (word === '') {
      const rest = this.#text.slice(this.#at)
      throw new VOUnitError(rest === '' ? 'a unit is missing at the end' : `no unit at "${rest}"`)
    }
    return resolve(word)
  }

  #power(): Fraction {
    const bare = this.#take(/[+-]?[0-9]+/y)
    if (bare !== undefined) return fraction(bare, '1')
    const inner = this.#take(/\([+-]?[0-9]+(?:\.[0-9]+|\/[0-9]+)?\)/y)
    if (inner === undefined) throw new VOUnitError('"**" without a whole number, or one in parentheses')
    const [numerator = '', denominator = '1'] = inner.slice(1, -1).split('/')
    const [whole = '', decimals = ''] = numerator.split('.')
    return decimals === ''
      ? fraction(numerator, denominator)
      : fraction(`${whole}${decimals}`, `1${'0'.repeat(decimals.length)}`)
  }

  #close(): void {
    if (this.#take(/\)/y) === undefined) throw new VOUnitError('a ")" is missing')
  }

  /** The text that a sticky pattern finds here. */
  #take(form: RegExp): string | undefined {
    form.lastIndex = this.#at
    const found = form.exec(this.#text)?.[0]
    if (found !== undefined) this.#at += found.length
    return found
  }
}

function fraction(numerator: string, denominator: string): Fraction {
  const [over, under] = [Number(numerator), Number(denominator)]
  if (under === 0) throw new VOUnitError('a power is divided by 0')
  if (Math.abs(over) > 1e9 || under > 1e9) throw new VOUnitError('a power is too large')
  let [a, b] = [Math.abs(over), under]
  while (b !== 0) [a, b] = [b, a % b]
  return over === 0 ? [0, 1] : [over / a, under / a]
}
