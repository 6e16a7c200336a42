import fc from 'fast-check'
import { classes } from '../../vo/model/definition.ts'
import { voevent3Namespace } from '../../vo/voevent-3/names.ts'
import { voeventFormat } from '../../vo/voevent-3/sniff.ts'
import { readXml3 } from '../../vo/voevent-3/xml-read.ts'
import { writeXml3 } from '../../vo/voevent-3/xml-write.ts'
import { parseXml } from '../../vo/xml/parse-xml.ts'
import { arbitraryModelEvent } from '../vo/arbitrary-model.ts'
import { copyOf, mutateTree, type Node, nodeOf, type Stock, serialize } from '../vo/mutate-tree.ts'
import { fullEvent } from '../vo/packet.ts'
import { fuzz, outcome } from './fuzz.ts'
import { hostileTexts, mutateBytes, mutateText, pick, type Random } from './mutate.ts'

const names = Object.values(classes).flatMap(({ fields }) => Object.keys(fields))
const stock: Stock = {
  elements: [...names, 'v', 'paramSets', 'VOEvent', 'x'],
  attributes: [...names, 'set', 'nil', 'index', 'version', 'x'],
  // What XML cannot say is left out: `mutateText` has it.
  values: [
    '',
    '1',
    '-1',
    'NaN',
    'true',
    'AAAA',
    ...hostileTexts.map((text) => text.replace(/[^\t\n\r\x20-\ud7ff]/g, '')),
  ],
  namespaces: ['', 'urn:other', voevent3Namespace],
}

interface Document {
  readonly text: string
  readonly tree: Node
}

function mutate(random: Random, documents: readonly Document[]): Uint8Array {
  const { text, tree } = pick(random, documents)
  const way = random(6)
  if (way === 0) return mutateBytes(Buffer.from(text), random)
  if (way === 1) return Buffer.from(mutateText(text, random), random(20) === 0 ? 'utf16le' : 'utf8')
  const mutant = copyOf(tree)
  for (let times = random(3); times >= 0; times--) mutateTree(mutant, stock, random)
  const spaced = mutant.attributes.some(([name]) => name === 'xmlns') ? '' : ` xmlns="${voevent3Namespace}"`
  return Buffer.from(serialize(mutant, `${spaced} xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"`))
}

fuzz('voevent-3-xml', () => {
  const events = [fullEvent, ...fc.sample(arbitraryModelEvent({ xml: true }), { numRuns: 60, seed: 22 })]
  const documents = events.map((event) => {
    const text = writeXml3(event)
    return { text, tree: nodeOf(parseXml(text)) }
  })
  return {
    make: (random) => mutate(random, documents),
    run(input) {
      voeventFormat(input)
      const lenient = outcome(() => {
        const text = writeXml3(readXml3(input, { mode: 'lenient' }))
        // What was read is valid once written, and stays as it is.
        const again = writeXml3(readXml3(Buffer.from(text)))
        if (again !== text) throw new Error(`written otherwise the second time: ${text} and ${again}`)
      })
      const strict = outcome(() => readXml3(input))
      if (strict === 'ok' && lenient !== 'ok') throw new Error(`strict reads it, lenient does not: ${lenient}`)
      return strict !== 'ok' && lenient === 'ok' ? `only lenient: ${strict}` : strict
    },
    meets: [/^ok/m, /^only lenient: VOE_UNKNOWN/m, /^XML_NOT_WELL_FORMED/m, /^XSD_VALUE|VOE_MISSING/m, /^VOE3_/m],
  }
})
