/** A strict reader takes what the schema takes, but for values; and refuses nothing that the schema takes. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openValidator, type Validator } from '../../vo/validate.ts'
import { VOEventError } from '../../vo/voevent-error.ts'
import { namespace20, readVOEvent } from '../../vo/xml/voevent-2.0.ts'
import { namespace21 } from '../../vo/xml/voevent-2.1.ts'
import { packets20, packets21 } from './mutate-bases.ts'
import { voeventStock } from './mutate-stock.ts'
import { documentOf, mutants } from './schema-agreement.ts'

let validator: Validator
beforeAll(async () => {
  validator = await openValidator()
})
afterAll(() => validator.dispose())

function refusal(document: Uint8Array): string | undefined {
  try {
    readVOEvent(document, { mode: 'strict' })
    return undefined
  } catch (error) {
    if (error instanceof VOEventError) return error.code
    throw error
  }
}

/** Values of dates, URIs and ids are the validator's work, and so is what xsi:type and xsi:nil make of a type. */
const ofValues = /^XSD_(?:VALUE|ID|INVALID)$/

describe.each([
  ['2.0', namespace20, packets20],
  ['2.1', namespace21, packets21],
] as const)('of mutants of %s', (version, namespace, bases) => {
  it('as the schema does', { timeout: 120_000 }, () => {
    const tally = { taken: 0, refused: 0, values: 0 }
    for (const mutant of mutants(bases, { ...voeventStock, types: [] }, 3000)) {
      const document = Buffer.from(documentOf(mutant, namespace))
      const { valid, issues } = validator.validate(document, { version })
      const errors = issues.filter(({ severity }) => severity === 'error').map(({ code }) => code)
      const refused = refusal(document)
      const shown = `${errors} ${refused}: ${document}`
      // libxml2 takes 1e for a float, which XML Schema does not (XSD 1.0 part 2, §3.2.4.1).
      if (valid && !/[">]1e[<"]/.test(document.toString())) expect(refused, shown).toBeUndefined()
      if (refused === undefined)
        expect(
          errors.filter((code) => !ofValues.test(code)),
          shown,
        ).toEqual([])
      tally[valid ? 'taken' : refused === undefined ? 'values' : 'refused']++
    }
    console.log(`strict reading of ${version}:`, tally)
    expect(tally.taken).toBeGreaterThan(500)
    expect(tally.refused).toBeGreaterThan(500)
  })
})
