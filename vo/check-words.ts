/** Rules for UCDs and units, wherever a VOEvent has them. */
import { checkVOUnit } from './check-vounit.ts'
import { attribute, children, family, type Rule, type Warn } from './rule.ts'
import { checkUcd } from './ucd.ts'
import type { ValidationCode } from './validation-codes.ts'
import { parseVOUnit } from './vounits.ts'
import type { XmlElement } from './xml/parse-xml.ts'

export const checkWords: Rule = (root, warn) => {
  const words = new Words(warn)
  for (const what of children(root, 'What')) {
    for (const element of family(what)) {
      if (element.local !== 'Param' && element.local !== 'Field') continue
      words.ucd(element)
      words.unit(element, 'unit')
    }
  }
  for (const whereWhen of children(root, 'WhereWhen')) {
    for (const element of family(whereWhen)) {
      if (element.local === 'Time') words.timeUnit(element)
      else if (element.local === 'Position2D' || element.local === 'Position3D') words.positionUnit(element)
      else if (/^C[123]$/.test(element.local)) {
        words.ucd(element)
        words.unit(element, 'pos_unit')
      }
    }
  }
}

type Problem = { readonly code: ValidationCode; readonly detail: string }
type Check = (text: string) => readonly Problem[]

/** Packets of a stream write the same few words: a check that remembers what it said, of a thousand texts at most. */
function remembering(check: Check): Check {
  const said = new Map<string, readonly Problem[]>()
  return (text) => {
    const known = said.get(text)
    if (known) return known
    const problems = check(text)
    if (said.size >= 1000) said.clear()
    // Long texts are nobody's vocabulary.
    if (text.length <= 80) said.set(text, problems)
    return problems
  }
}

const ucdProblems = remembering(checkUcd)
const unitProblems = remembering(checkVOUnit)

/** Guessing at what was meant takes its time: a packet with more wrong words has been told enough. */
const mostSaid = 100

/** A packet writes the same words over and over: each is judged once, and said once. */
class Words {
  readonly #warn: Warn
  readonly #judged = new Set<string>()
  #said = 0
  constructor(warn: Warn) {
    this.#warn = warn
  }

  ucd(element: XmlElement): void {
    this.#judge(element, 'ucd', attribute(element, 'ucd'), ucdProblems)
  }

  unit(element: XmlElement, name: string): void {
    this.#judge(element, name, attribute(element, name), unitProblems)
  }

  /** The text's own example is "deg-deg-m": a unit for each axis (VOEvent 2.0 §3.4.2). */
  positionUnit(element: XmlElement): void {
    for (const unit of attribute(element, 'unit')?.split('-') ?? []) this.#judge(element, 'unit', unit, unitProblems)
  }

  timeUnit(element: XmlElement): void {
    this.unit(element, 'unit')
    const unit = attribute(element, 'unit')
    if (unit === undefined || unitProblems(unit).some(({ code }) => code !== 'UNIT_DEPRECATED') || isTime(unit)) return
    if (this.#fresh(`time ${unit}`)) this.#warn('VOE_TIME_UNIT', element, `It is ${JSON.stringify(unit)}.`, 'unit')
  }

  #judge(element: XmlElement, name: string, text: string | undefined, check: Check): void {
    if (text === undefined || this.#said >= mostSaid) return
    for (const { code, detail } of this.#fresh(`${name === 'ucd' ? name : 'unit'} ${text}`) ? check(text) : []) {
      if (this.#said >= mostSaid || !this.#fresh(`${code} ${detail}`)) continue
      this.#said++
      this.#warn(code, element, detail, name)
    }
  }

  #fresh(key: string): boolean {
    if (this.#judged.has(key)) return false
    this.#judged.add(key)
    return true
  }
}

const timeUnits = new Set(['s', 'min', 'h', 'd', 'a', 'yr', 'ta', 'Ba'])

function isTime(text: string): boolean {
  const unit = parseVOUnit(text)
  if (unit === 'unknown') return true
  const [factor, ...more] = unit.factors
  return more.length === 0 && factor?.kind === 'unit' && timeUnits.has(factor.symbol) && factor.power.join() === '1,1'
}
