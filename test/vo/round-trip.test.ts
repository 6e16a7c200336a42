/** A document that is read and written again says the same, or an oddity names what it says no more. */
import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openValidator, type Validator } from '../../vo/validate.ts'
import { namespace20, readVOEvent, writeVOEvent20 } from '../../vo/xml/voevent-2.0.ts'
import { namespace21, writeVOEvent21 } from '../../vo/xml/voevent-2.1.ts'
import { describeTier, samplesDir } from '../tiers.ts'
import { meaningOf } from './document-meaning.ts'
import { arbitraryPackets, packets20, packets21, upgraded } from './mutate-bases.ts'
import { voeventStock } from './mutate-stock.ts'
import { documentOf, mutants } from './schema-agreement.ts'

const versions = {
  '2.0': { namespace: namespace20, write: writeVOEvent20, full: packets20 },
  '2.1': { namespace: namespace21, write: writeVOEvent21, full: [...packets21, ...packets20.map(upgraded)] },
} as const

let validator: Validator
beforeAll(async () => {
  validator = await openValidator()
})
afterAll(() => validator.dispose())

/** Fails where the document and what is written of it differ; gives the codes of what an oddity named. */
function roundTrip(document: Uint8Array, version: '2.0' | '2.1'): string[] {
  const { event, oddities } = readVOEvent(document, { mode: 'strict' })
  const written = versions[version].write(event)
  const shown = new TextDecoder().decode(document)
  expect(
    validator.validate(written).issues.filter(({ severity }) => severity === 'error'),
    shown,
  ).toEqual([])
  expect(meaningOf(written), shown).toEqual(meaningOf(document, oddities))
  return oddities.map(({ code }) => code)
}

describe.each(['2.0', '2.1'] as const)('a valid document of %s', (version) => {
  const { namespace, full } = versions[version]

  it('keeps its meaning when it holds all there is', () => {
    for (const packet of full) {
      const document = Buffer.from(documentOf(packet, namespace))
      expect(validator.validate(document).valid).toBe(true)
      roundTrip(document, version)
    }
  })

  it('keeps its meaning in mutants', { timeout: 120_000 }, () => {
    const arbitrary = arbitraryPackets(20)
    const bases = [
      ...Array.from({ length: 10 }, () => full).flat(),
      ...(version === '2.0' ? arbitrary : arbitrary.map(upgraded)),
    ]
    const named: Record<string, number> = {}
    let valid = 0
    for (const mutant of mutants(bases, voeventStock, 2000)) {
      const document = Buffer.from(documentOf(mutant, namespace))
      // libxml2 takes 1e for a float, which XML Schema does not (XSD 1.0 part 2, §3.2.4.1).
      if (!validator.validate(document).valid || /[">]1e[<"]/.test(document.toString())) continue
      valid++
      for (const code of roundTrip(document, version)) named[code] = (named[code] ?? 0) + 1
    }
    console.log(`${valid} valid mutants of ${version}:`, named)
    expect(valid).toBeGreaterThan(500)
    expect(named.VOE_NOT_KEPT).toBeGreaterThan(2)
  })
})

describeTier('samples', 'real packets', () => {
  it('keep their meaning: all 80 that are valid', () => {
    let valid = 0
    for (const path of globSync(join(samplesDir!, 'voevent/**/*.xml'))) {
      const document = readFileSync(path)
      const { valid: isValid, version } = validator.validate(document)
      if (!isValid) continue
      valid++
      expect(
        roundTrip(document, version as '2.0' | '2.1').filter((code) => code !== 'VOE_LOCATIONS'),
        path,
      ).toEqual([])
    }
    expect(valid).toBe(80)
  })
})
