/** A second engine accepts the draft's XSD and what we write, and judges mutants as our strict reader does. */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import fc from 'fast-check'
import { afterAll, expect, it } from 'vitest'
import { voevent3Namespace } from '../../vo/voevent-3/names.ts'
import { readXml3 } from '../../vo/voevent-3/xml-read.ts'
import { writeXml3 } from '../../vo/voevent-3/xml-write.ts'
import { VOEventError } from '../../vo/voevent-error.ts'
import { parseXml } from '../../vo/xml/parse-xml.ts'
import { describeTier } from '../tiers.ts'
import { arbitraryModelEvent } from '../vo/arbitrary-model.ts'
import { seeded } from '../vo/mutate.ts'
import { copyOf, mutateTree, nodeOf, serialize } from '../vo/mutate-tree.ts'
import { fullEvent } from '../vo/packet.ts'
import { beyondXsd, draftStock } from '../vo/voevent-3/draft-stock.ts'

const path = (name: string) => fileURLToPath(new URL(name, import.meta.url))
const hasCompiler =
  spawnSync('java', ['--list-modules'], { encoding: 'utf8' }).stdout?.includes('jdk.compiler') === true
if (!hasCompiler) console.warn('SKIPPED: Xerces: this Java runs no source files: get a JDK 17 (not a JRE)')

describeTier('kafka', 'the XSD of the draft in Xerces (of the JDK that runs Kafka)', () => {
  if (!hasCompiler && process.env.CI !== 'true') {
    it.skip('needs a JDK')
    return
  }
  const directory = mkdtempSync(join(tmpdir(), 'fountain-xerces-3-'))
  afterAll(() => rmSync(directory, { recursive: true }))

  /** The first fault of each document; empty where there is none. */
  function faults(documents: readonly string[]): string[] {
    const jobs = documents.map((text, i) => {
      const file = join(directory, `${i}.xml`)
      writeFileSync(file, text)
      return `${path('../../xsd/VOEvent-v3.0-draft.xsd')}\t${file}`
    })
    const options = { input: jobs.join('\n'), encoding: 'utf8', maxBuffer: 2 ** 28 } as const
    const { status, stdout, stderr } = spawnSync('java', ['-XX:TieredStopAtLevel=1', path('Validate.java')], options)
    expect(status, stderr).toBe(0)
    const [, ...lines] = stdout.split('\n')
    return lines.slice(0, documents.length)
  }

  it('accepts what we write, whatever the event', () => {
    const events = [fullEvent, ...fc.sample(arbitraryModelEvent({ xml: true }), { numRuns: 300, seed: 31 })]
    expect(faults(events.map(writeXml3)).filter((fault) => fault !== '')).toEqual([])
  })

  it('gives the verdict of our strict reader on 1,500 mutants', () => {
    const events = [fullEvent, ...fc.sample(arbitraryModelEvent({ xml: true }), { numRuns: 40, seed: 32 })]
    const bases = events.map((event) => nodeOf(parseXml(writeXml3(event))))
    const random = seeded(20_261_122)
    const texts = Array.from({ length: 1_500 }, () => {
      const tree = copyOf(bases[random(bases.length)]!)
      for (let left = random(4) === 0 ? 3 : 1; left > 0; left--) mutateTree(tree, draftStock, random)
      const namespace = tree.attributes.some(([name]) => name === 'xmlns') ? '' : ` xmlns="${voevent3Namespace}"`
      // The reader knows no xsi:type; the XSD lets it name the type that an element has anyway.
      return serialize(tree, namespace).replace(/ xsi:type="[^"]*"/g, '')
    })
    const tally = { accepted: 0, refused: 0 }
    for (const [i, fault] of faults(texts).entries()) {
      let refused: VOEventError | undefined
      try {
        readXml3(Buffer.from(texts[i]!))
      } catch (error) {
        if (!(error instanceof VOEventError)) throw error
        refused = error
      }
      if (refused !== undefined && beyondXsd.includes(refused.code)) continue
      if ((refused === undefined) !== (fault === '')) {
        expect.fail(`the reader says ${refused?.message ?? 'yes'}, Xerces ${fault || 'yes'}: ${texts[i]}`)
      }
      tally[refused === undefined ? 'accepted' : 'refused']++
    }
    expect(tally.accepted).toBeGreaterThan(150)
    expect(tally.refused).toBeGreaterThan(700)
  })
})
