import { describe, expect, it } from 'vitest'
import { paint, plain, ValidationSum, validationText } from '../../src/cli/validation-text.ts'
import type { Issue, Validation } from '../../vo/validate.ts'

const issue = (code: Issue['code'], severity: Issue['severity'], line: number, message = 'It is so.'): Issue => ({
  code,
  severity,
  path: '/VOEvent/What',
  line,
  message,
  fix: `Mend ${code}.`,
})
const error = issue('XSD_VALUE', 'error', 3)
const warning = issue('VOE_NUMBER', 'warning', 4)
const of = (...issues: Issue[]): Validation => ({
  version: '2.1',
  valid: issues.every(({ severity }) => severity === 'warning'),
  issues,
})

describe('the text of one document', () => {
  it('is a heading alone where there is nothing to say', () => {
    expect(validationText('a.xml', of(), plain)).toBe('a.xml: valid VOEvent 2.1')
  })

  it('has the place of each issue in front, and what to do once for each code', () => {
    expect(validationText('d/a.xml', of(error, { ...error, line: 9 }, warning), plain)).toBe(
      `d/a.xml: NOT valid as VOEvent 2.1, 2 errors, 1 warning
d/a.xml:3: error XSD_VALUE /VOEvent/What: It is so.
    Mend XSD_VALUE.
d/a.xml:9: error XSD_VALUE /VOEvent/What: It is so.
d/a.xml:4: warning VOE_NUMBER /VOEvent/What: It is so.
    Mend VOE_NUMBER.`,
    )
  })

  it('names no line that is not known, and no path of the document as a whole', () => {
    expect(validationText('a', of({ ...error, line: 0, path: '' }), plain)).toContain(
      '\na: error XSD_VALUE: It is so.\n',
    )
  })

  it('keeps to one line an issue, and lets no stranger command the terminal', () => {
    const nasty = 'one\n\ttwo\u001b[2J\u009b2J\u202e\u0000é 😀'
    const text = validationText(`${nasty}.xml`, of(issue('XSD_VALUE', 'error', 1, nasty)), plain)
    expect(text.split('\n')).toHaveLength(3)
    expect(text).not.toMatch(/[^\P{C}\n]/u)
    expect(text).toContain('one two\\u{1b}[2J\\u{9b}2J\\u{202e}\\u{0}é 😀')
  })

  it('is the same with colours', () => {
    const painted = validationText('a.xml', of(error, warning), paint)
    expect(painted).toContain('\u001b[31merror\u001b[39m')
    expect(painted).toContain('\u001b[33mwarning\u001b[39m')
    // biome-ignore lint/suspicious/noControlCharactersInRegex: the codes of colours
    expect(painted.replace(/\u001b\[\d+m/g, '')).toBe(validationText('a.xml', of(error, warning), plain))
  })
})

describe('the sum', () => {
  it('counts documents by verdict and codes by how often and where: errors first, the commonest first', () => {
    const sum = new ValidationSum()
    for (const each of [of(), of(warning), of(warning, error), of(issue('XSD_TEXT', 'error', 1), error)])
      sum.add(each, false)
    sum.addUnreadable()
    expect(sum.failed).toBe(true)
    expect(sum.text()).toBe(`2 of 5 passed: 2 valid (1 with warnings), 2 not valid, 1 not readable
  error   XSD_VALUE   2 in 2 files
  error   XSD_TEXT    1 in 1 file
  warning VOE_NUMBER  2 in 2 files`)
  })

  it('fails what is not valid or not readable, and with strict what has a warning', () => {
    const failed = (each: Validation | undefined, strict: boolean): boolean => {
      const sum = new ValidationSum()
      if (each) sum.add(each, strict)
      else sum.addUnreadable()
      return sum.failed
    }
    expect([failed(of(), true), failed(of(warning), false), failed(of(warning), true)]).toEqual([false, false, true])
    expect([failed(of(error), false), failed(undefined, false)]).toEqual([true, true])
    expect(new ValidationSum().failed).toBe(false)
  })
})
