/** What is wrong with a unit, and what was probably meant. */
import type { ValidationCode } from './validation-codes.ts'
import { knownUnits, parseVOUnit, takesPrefix, type VOUnit, VOUnitError } from './vounits.ts'
import { nearest } from './words/nearest.ts'
import { deprecatedUnits, unitSlips } from './words/vounit-symbols.ts'

export interface VOUnitProblem {
  readonly code: Extract<ValidationCode, `UNIT_${string}`>
  readonly detail: string
}

/** What is wrong with a unit (VOUnits 1.1), or advised against there; none for an empty or a quoted one. */
export function checkVOUnit(text: string): VOUnitProblem[] {
  try {
    const unit = parseVOUnit(text)
    if (unit === 'unknown') return []
    const unknown = [...new Set(unknownSymbols(unit))]
    if (unknown.length === 0) return deprecations(unit)
    const names = unknown.map((each) => JSON.stringify(each)).join(', ')
    return [{ code: 'UNIT_UNKNOWN', detail: `${names}.${hint(text)}` }]
  } catch (error) {
    if (!(error instanceof VOUnitError)) throw error
    const shown = JSON.stringify(text.length > 80 ? `${text.slice(0, 80)}…` : text)
    return [{ code: 'UNIT_SYNTAX', detail: `${shown}: ${error.message}.${hint(text)}` }]
  }
}

const functions = new Set(['log', 'ln', 'exp', 'sqrt'])

function unknownSymbols({ factors }: VOUnit): string[] {
  return factors.flatMap((factor) => {
    if (factor.kind === 'unit') return factor.standing === 'unknown' ? [`${factor.prefix}${factor.symbol}`] : []
    return [...(functions.has(factor.name) ? [] : [`${factor.name}()`]), ...unknownSymbols(factor.argument)]
  })
}

function deprecations({ factors }: VOUnit): VOUnitProblem[] {
  const problem = (detail: string): VOUnitProblem => ({ code: 'UNIT_DEPRECATED', detail })
  return factors.flatMap((factor) => {
    if (factor.kind === 'function') return deprecations(factor.argument)
    const { prefix, symbol, standing } = factor
    if (standing !== 'known') return []
    const instead = deprecatedUnits[symbol]
    if (instead !== undefined) return [problem(`One ${symbol} is ${instead}.`)]
    if (prefix !== '' && !takesPrefix(symbol, prefix)) return [problem(`${symbol} takes no prefix.`)]
    return prefix === 'd' || prefix === 'da' ? [problem(`The prefix of ${prefix}${symbol} can be misread.`)] : []
  })
}

function hint(text: string): string {
  const meant = meantBy(text)
  if (meant === undefined) return ''
  return meant === '' ? ' Leave the unit empty.' : ` Did you mean ${JSON.stringify(meant)}?`
}

/** A unit that is in order and was probably meant, from the slips of real packets; undefined where none is near. */
function meantBy(text: string): string | undefined {
  if (text.length > longestGuessed) return undefined
  const trimmed = text.trim()
  if (trimmed === '') return ''
  const whole = slip(trimmed)
  if (whole !== undefined) return whole
  const [numerator = '', ...denominators] = trimmed
    .replace(/[\u00b5\u03bc]/gu, 'u')
    .replace(/\^|\*\*/gu, '^')
    .split('/')
    .map(dotted)
  const over = denominators.join('.')
  if (numerator === '' || numerator === '1') return inOrderInstead(inverse(over), text)
  const rewritten = [numerator, ...(over === '' ? [] : [over.includes('.') ? `(${over.replace(/[()]/g, '')})` : over])]
  return inOrderInstead(rewritten.join('/'), text)
}

const inOrderInstead = (guess: string, text: string) => (guess !== text && isInOrder(guess) ? guess : undefined)

/** One over a product, which VOUnits write with negative powers: `1/s` is `s**-1`. */
function inverse(product: string): string {
  const factors = product.replace(/[()]/g, '').split('.')
  return factors
    .map((each) => each.replace(/^([^*]*)(?:\*\*([0-9]+))?$/, (_, unit, power = 1) => `${unit}**-${power}`))
    .join('.')
}

/** The product of a quotient's part: blanks and stars as dots, powers with stars, each word as VOUnits have it. */
function dotted(part: string): string {
  return part
    .trim()
    .replace(/\s*[*\s]\s*/gu, '.')
    .replace(/[A-Za-z%]+/gu, (word) => slip(word) ?? word)
    .replace(/([A-Za-z%])\^?([+-]?[0-9]+)/gu, '$1**$2')
    .replace(/\^/gu, '**')
}

function slip(word: string): string | undefined {
  if (isInOrder(word)) return undefined
  const lower = word.toLowerCase()
  if (Object.hasOwn(unitSlips, lower)) return unitSlips[lower]
  const sameLetters = knownUnits.find((unit) => unit.toLowerCase() === lower && unit.length > 1)
  return sameLetters ?? (/^[A-Za-z]{4,}$/.test(word) ? nearest(word, longUnits) : undefined)
}

function isInOrder(text: string): boolean {
  try {
    const unit = parseVOUnit(text)
    return unit === 'unknown' || unknownSymbols(unit).length === 0
  } catch (error) {
    if (!(error instanceof VOUnitError)) throw error
    return false
  }
}

const longestGuessed = 40
const longUnits = knownUnits.filter((unit) => unit.length > 3)
