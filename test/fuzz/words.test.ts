import { checkVOUnit } from '../../vo/check-vounit.ts'
import { checkUcd, parseUcd } from '../../vo/ucd.ts'
import { formatVOUnit, parseVOUnit, VOUnitError } from '../../vo/vounits.ts'
import { mutateWords, randomUcd, randomUnit } from '../vo/random-words.ts'
import { fuzz } from './fuzz.ts'
import { hostileTexts, mutateText, pick } from './mutate.ts'

fuzz('words', () => ({
  make(random) {
    let text = random(2) ? randomUcd(random) : randomUnit(random)
    for (let times = random(4); times > 0; times--) text = mutateWords(text, random)
    if (random(4) === 0) text = mutateText(text, random)
    if (random(8) === 0) text += pick(random, hostileTexts)
    return Buffer.from(text)
  },
  run(input) {
    const text = Buffer.from(input).toString()
    const ofUcd = checkUcd(text).map(({ code }) => code)
    if (text !== '' && (parseUcd(text) === undefined) !== ofUcd.includes('UCD_SYNTAX'))
      throw new Error('a UCD, and none')
    const ofUnit = checkVOUnit(text).map(({ code }) => code)
    try {
      const unit = parseVOUnit(text)
      if (ofUnit.includes('UNIT_SYNTAX')) throw new Error('a unit, and none')
      const again = parseVOUnit(formatVOUnit(unit))
      if (JSON.stringify(again) !== JSON.stringify(unit)) throw new Error(`it is written as ${formatVOUnit(unit)}`)
    } catch (error) {
      if (!(error instanceof VOUnitError)) throw error
      if (!ofUnit.includes('UNIT_SYNTAX')) throw new Error('no unit, and nothing said')
    }
    return `${ofUcd[0] ?? 'ucd'} ${ofUnit[0] ?? 'unit'}`
  },
  meets: [/^ucd/m, /^UCD_WORD/m, /^UCD_ORDER/m, /^UCD_SYNTAX UNIT_SYNTAX/m, / unit /m, / UNIT_UNKNOWN /m],
}))
