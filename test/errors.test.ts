/** The table of errors: every code is used, every code used is in it, and the page says the same. */
import { globSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { type ErrorCode, errorTable, exitCodeOf, exitCodes, explain, FountainError } from '../src/errors.ts'

const codes = Object.keys(errorTable) as ErrorCode[]
const sources = globSync(['src/**/*.ts', 'bridges/**/*.ts'])
  .filter((path) => path !== 'src/errors.ts')
  .map((path) => readFileSync(path, 'utf8'))
  .join('\n')

describe('the table of errors', () => {
  it('has no code that nothing says', () => {
    expect(codes.filter((code) => !sources.includes(`'${code}'`))).toEqual([])
  })

  it('has every code that is thrown', () => {
    const thrown = [...sources.matchAll(/new FountainError\(\s*'([A-Z_]+)'/g)].map(([, code]) => code)
    expect(thrown.length).toBeGreaterThan(50)
    expect(thrown.filter((code) => !Object.hasOwn(errorTable, code ?? ''))).toEqual([])
  })

  it('equals docs/reference/errors.md, both ways', () => {
    const rows = readFileSync('docs/reference/errors.md', 'utf8').matchAll(/^\| `([A-Z_]+)` \| (.+) \| (.+) \|$/gm)
    const documented = Object.fromEntries([...rows].map(([, code, says, fix]) => [code, { says, fix }]))
    expect(documented).toEqual(errorTable)
  })

  it('speaks to people: what happened and what to do, each a sentence', () => {
    for (const code of codes) {
      const { says, fix } = errorTable[code]
      expect(says, code).toMatch(/^[A-Z][^\n]{10,}\.$/)
      expect(fix, code).toMatch(/^[A-Z][^\n]{10,}[.…]$/)
    }
  })
})

describe('an error', () => {
  it('is explained by code, message, place and remedy', () => {
    const error = new FountainError('PORT_IN_USE', 'port 8080')
    expect(explain(error)).toBe(
      'PORT_IN_USE: A port is taken by another program. port 8080\n  Stop that program or configure another port.',
    )
    expect(explain(new FountainError('USAGE', 'x', { fix: 'Do y.' }))).toMatch(/\n {2}Do y\.$/)
    expect(explain(new Error('plain'))).toBe('plain')
    expect(explain('text')).toBe('text')
  })

  it('ends a command with the code of its kind', () => {
    const expected: Partial<Record<ErrorCode, number>> = {
      USAGE: exitCodes.usage,
      CONFIG_INVALID: exitCodes.usage,
      FILTER_UNKNOWN_COLUMN: exitCodes.usage,
      ADDRESS_INVALID: exitCodes.usage,
      KAFKA_AUTH: exitCodes.missing,
      KAFKA_UNREACHABLE: exitCodes.missing,
      PORT_IN_USE: exitCodes.missing,
      DISK_FULL: exitCodes.missing,
      DATA_LOCKED: exitCodes.missing,
      DATA_NEWER: exitCodes.missing,
      VTP_NO_REPLY: exitCodes.missing,
      CONTROL_UNREACHABLE: exitCodes.missing,
      EVENT_INVALID: exitCodes.bad,
      NOT_FOUND: exitCodes.bad,
    }
    for (const [code, exit] of Object.entries(expected)) expect(exitCodeOf(code as ErrorCode), code).toBe(exit)
  })
})
