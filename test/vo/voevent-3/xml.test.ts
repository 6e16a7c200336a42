import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { XmlDocument, XsdValidator } from 'libxml2-wasm'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { DataType, Value } from '../../../vo/model/voevent.ts'
import type { Issue } from '../../../vo/validation-codes.ts'
import { voevent3Namespace } from '../../../vo/voevent-3/names.ts'
import { paramSetOf } from '../../../vo/voevent-3/param-set.ts'
import { readXml3 } from '../../../vo/voevent-3/xml-read.ts'
import { writeXml3 } from '../../../vo/voevent-3/xml-write.ts'
import { VOEventError } from '../../../vo/voevent-error.ts'
import { parseXml } from '../../../vo/xml/parse-xml.ts'
import { arbitraryModelEvent } from '../arbitrary-model.ts'
import { seeded } from '../mutate.ts'
import { copyOf, mutateTree, type Node, nodeOf, serialize } from '../mutate-tree.ts'
import { fullEvent } from '../packet.ts'
import { sameMeaning } from '../same-meaning.ts'
import { beyondXsd, draftStock } from './draft-stock.ts'
import { withValue } from './events.ts'

let schema: XmlDocument
let validator: XsdValidator
beforeAll(() => {
  schema = XmlDocument.fromBuffer(readFileSync(new URL('../../../xsd/VOEvent-v3.0-draft.xsd', import.meta.url)))
  validator = XsdValidator.fromDoc(schema)
})
afterAll(() => {
  validator.dispose()
  schema.dispose()
})

/** What the XSD has against a document; undefined where it accepts it. */
function objection(text: string): string | undefined {
  const document = XmlDocument.fromBuffer(Buffer.from(text))
  try {
    validator.validate(document)
    return undefined
  } catch (error) {
    return (error as Error).message
  } finally {
    document.dispose()
  }
}
const read = (text: string, mode: 'strict' | 'lenient' = 'strict', oddities: Issue[] = []) =>
  readXml3(Buffer.from(text), { mode, oddities })
const refusal = (text: string, mode: 'strict' | 'lenient' = 'strict'): VOEventError | undefined => {
  try {
    read(text, mode)
    return undefined
  } catch (error) {
    if (error instanceof VOEventError) return error
    throw error
  }
}

describe('XML of the draft', () => {
  it('says the same as the event, and its XSD accepts it, whatever the event', { timeout: 120_000 }, () => {
    fc.assert(
      fc.property(arbitraryModelEvent({ xml: true }), (event) => {
        const text = writeXml3(event)
        expect(objection(text)).toBeUndefined()
        const again = read(text)
        expect(sameMeaning(event, again)).toEqual([])
        expect(read(text, 'lenient')).toEqual(again)
      }),
      { numRuns: 400 },
    )
  })

  it('stays well-formed with characters that XML cannot carry', () => {
    const text = writeXml3({ ivoid: 'ivo://example.org/s#1', role: 'test', description: 'a\u0000\ud800b' })
    expect(read(text).description).toBe('a\ufffd\ufffdb')
  })

  it('is read in UTF-16 too, and refused beyond ten million bytes, with a DOCTYPE, or empty', () => {
    const text = writeXml3(fullEvent)
    const utf16 = Buffer.from(`\ufeff${text.replace('UTF-8', 'UTF-16')}`, 'utf16le')
    expect(readXml3(utf16)).toEqual(read(text))
    expect(refusal(' '.repeat(10_000_001))?.code).toBe('XML_TOO_LARGE')
    expect(refusal(text.replace('<VOEvent', '<!DOCTYPE VOEvent><VOEvent'))?.code).toBe('XML_DOCTYPE')
    expect(refusal('')?.code).toBe('XML_EMPTY')
  })

  it.each<[DataType, Value, string, Value]>([
    ['int', 9223372036854775807n, '<v>9223372036854775807</v>', 9223372036854775807n],
    ['int', '007', '<v>007</v>', '007'],
    ['float', Number.NaN, '<v>NaN</v>', Number.NaN],
    ['float', Number.NEGATIVE_INFINITY, '<v>-INF</v>', Number.NEGATIVE_INFINITY],
    ['float', -0, '<v>-0</v>', -0],
    ['float', '12.50', '<v>12.50</v>', '12.50'],
    ['boolean', true, '<v>true</v>', true],
    ['string', ' a\n', '<v> a\n</v>', ' a\n'],
    ['string', '', '<v/>', ''],
    ['string', null, '<v nil="true"/>', null],
  ])('writes the %s %s as %s', (dataType, value, written, again) => {
    const text = writeXml3(withValue(dataType, value))
    expect(text).toContain(written)
    expect(read(text).what!.params[0]!.value).toBe(again)
  })
})

describe('what is odd', () => {
  const text = writeXml3({ ...withValue('int', 1), who: { date: '2026-01-01', description: 'd' } })
  const { id } = paramSetOf([{ name: 'p', dataType: 'int' }])
  it.each([
    ['role="test"', 'role="Test"', 'XSD_VALUE', /^role="Test" at \/VOEvent$/, 'refused'],
    ['<who date="2026-01-01">', '<who Date="2026-01-01">', 'VOE_UNKNOWN', /^attribute Date at \/VOEvent\/who$/, 'read'],
    ['<description>d', '<x/><description>d', 'VOE_UNKNOWN', /^x in who/, 'read'],
    ['</who>', '<description/></who>', 'VOE_REPEATED', /who\/description\[2\]$/, 'read'],
    ['</who>', 'w</who>', 'VOE_TEXT', /"w" at \/VOEvent\/who/, 'read'],
    ['</VOEvent>', '<who/></VOEvent>', 'VOE_ORDER', /who/, 'read'],
    ['<who ', '<who xmlns="urn:other" ', 'VOE_CHILD_NAMESPACE', /who/, 'read'],
    [voevent3Namespace, 'urn:other', 'VOE_NAMESPACE', /urn:other at \/VOEvent/, 'read'],
    ['version="3.0-draft"', 'version="3"', 'VOE_VERSION', /VOEvent/, 'read'],
    [' ivoid="ivo://example.org/s#1"', '', 'VOE_MISSING', /^ivoid at \/VOEvent$/, 'refused'],
    [`set="${id}"`, 'set="sha-256-0"', 'VOE3_PARAM_SET_MISSING', /what\/params$/, 'refused'],
    [`<paramSets id="${id}">`, `<paramSets id="${id.replace(/.$/, 'x')}">`, 'VOE3_PARAM_SET_HASH', /./, 'refused'],
    ['<v>1</v>', '', 'VOE3_PARAM_LIST', /^There are 0 values and 1 definitions at \/VOEvent\/what\/params$/, 'refused'],
    ['<v>1</v>', '<v nil="1">1</v>', 'VOE3_VALUE', /params\/v$/, 'read'],
    ['<v>1</v>', '<v>1</v><references index="1"/>', 'VOE3_PARAM_LIST', /^There is no value 1/, 'refused'],
    ['<v>1</v>', '<v>1</v><references index="one"/>', 'XSD_VALUE', /^index="one"/, 'read'],
  ])('%s as %s is %s', (from, to, code, detail, lenient) => {
    expect(text).toContain(from)
    const odd = text.replaceAll(from, to)
    const error = refusal(odd)
    expect(error?.code).toBe(code)
    expect(error?.detail).toMatch(detail)
    if (lenient === 'refused') {
      expect(refusal(odd, 'lenient')).toBeDefined()
    } else {
      const oddities: Issue[] = []
      expect(read(odd, 'lenient', oddities).ivoid).toBe('ivo://example.org/s#1')
      expect(oddities.map((each) => each.code)).toContain(code)
    }
  })
})

it('strict reading and the XSD give the same verdict on 3,000 mutants', { timeout: 120_000 }, () => {
  const events = [fullEvent, ...fc.sample(arbitraryModelEvent({ xml: true }), { numRuns: 60, seed: 7 })]
  const bases = events.map((event) => nodeOf(parseXml(writeXml3(event))))
  const random = seeded(20_261_121)
  const tally = { accepted: 0, refused: 0, beyond: 0 }
  for (let i = 0; i < 3_000; i++) {
    const tree: Node = copyOf(bases[random(bases.length)]!)
    for (let left = random(4) === 0 ? 3 : 1; left > 0; left--) mutateTree(tree, draftStock, random)
    const namespace = tree.attributes.some(([name]) => name === 'xmlns') ? '' : ` xmlns="${voevent3Namespace}"`
    // The reader knows no xsi:type; the XSD lets it name the type that an element has anyway.
    const text = serialize(tree, namespace).replace(/ xsi:type="[^"]*"/g, '')
    // libxml2 forgets that white space may follow these two.
    if (/="\s*(?:-?INF|NaN)(?:\s|&#9;)+"/.test(text)) continue
    const [refused, objected] = [refusal(text), objection(text)]
    if (refused !== undefined && beyondXsd.includes(refused.code)) tally.beyond++
    else if ((refused === undefined) !== (objected === undefined)) {
      expect.fail(`the reader says ${refused?.message ?? 'yes'}, the XSD ${objected ?? 'yes'}: ${text}`)
    } else tally[refused === undefined ? 'accepted' : 'refused']++
  }
  expect(tally.accepted).toBeGreaterThan(300)
  expect(tally.refused).toBeGreaterThan(1_500)
  expect(tally.beyond).toBeLessThan(600)
})
