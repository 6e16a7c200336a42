/** The note's examples say what they are said to say. */
import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { exampleEvent } from '../../../scripts/generate/example-event.ts'
import { lowerEvent } from '../../../vo/lower-event.ts'
import { openValidator, type Validator } from '../../../vo/validate.ts'
import { readJson3 } from '../../../vo/voevent-3/json-read.ts'
import { readXml3 } from '../../../vo/voevent-3/xml-read.ts'
import { readVOEvent } from '../../../vo/xml/voevent-2.0.ts'
import { sameMeaning } from '../same-meaning.ts'

const note = new URL('../../../docs/voevent-3/', import.meta.url)
const file = (name: string): Buffer => readFileSync(new URL(name, note))

describe("the note's examples", () => {
  let validator: Validator
  beforeAll(async () => {
    validator = await openValidator()
  })
  afterAll(() => validator.dispose())

  it.each([
    ['example-2.0.xml', '2.0'],
    ['example-2.1.xml', '2.1'],
    ['example-3.xml', '3'],
  ] as const)('%s is valid, without a warning', (name, version) => {
    expect(validator.validate(file(name))).toEqual({ version, valid: true, issues: [] })
  })

  it('JSON and XML of the draft say the whole event', () => {
    expect(sameMeaning(readJson3(file('example.json')), exampleEvent)).toEqual([])
    expect(sameMeaning(readXml3(file('example-3.xml'), { mode: 'strict' }), exampleEvent)).toEqual([])
  })

  it.each(['2.0', '2.1'] as const)('XML %s says what is left of it', (version) => {
    const { event, oddities } = readVOEvent(file(`example-${version}.xml`), { mode: 'strict' })
    expect(oddities).toEqual([])
    expect(sameMeaning(event, lowerEvent(exampleEvent, version).event)).toEqual([])
  })

  it('the note links to nothing that is missing', () => {
    for (const page of ['README.md', 'example.md', 'model.md', 'alignment.md']) {
      const links = [
        ...file(page)
          .toString()
          .matchAll(/\]\(([^)#]+)[^)]*\)/g),
      ].map(([, link]) => link!)
      for (const link of links.filter((each) => !each.startsWith('http'))) {
        expect(() => readFileSync(new URL(link, note)), `${page}: ${link}`).not.toThrow()
      }
    }
  })
})
