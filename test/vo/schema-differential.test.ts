/** Our schemas accept what the reference ones accept, and refuse what they refuse. */
import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { XmlDocument, XsdValidator } from 'libxml2-wasm'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { decodeText, encodingOf } from '../../vo/xml/encoding.ts'
import { normalizeLineEnds, parseXml } from '../../vo/xml/parse-xml.ts'
import { namespace20, voeventText20 } from '../../vo/xml/voevent-2.0.ts'
import { describeTier, referenceDir, samplesDir } from '../tiers.ts'
import { seeded } from './mutate.ts'
import { copyOf, mutateTree, type Node, nodeOf, type Stock, serialize } from './mutate-tree.ts'
import { fullEvent } from './packet.ts'

const opened: { dispose(): void }[] = []
const schemaOf = (path: string): XsdValidator => {
  const document = XmlDocument.fromBuffer(readFileSync(path))
  const validator = XsdValidator.fromDoc(document)
  opened.push(validator, document)
  return validator
}
const accepts = (schema: XsdValidator, document: XmlDocument): boolean => {
  try {
    schema.validate(document)
    return true
  } catch {
    return false
  }
}

// biome-ignore format: a stock of words
const values = [
  '', ' ', '0', '1', '-1', '0.5', '1.0000001', '1e400', 'INF', '+INF', 'NaN', 'nan', '0x1', '1 2', '2.0', '1.1', 'x', 'é',
  'string', 'int', 'float', 'bool', 'String', 'observation', 'test', 'Test', 'ack', 'nak', 'iamalive', 'followup', 'retraction',
  'supersedes', 'UTC-ICRS-TOPO', 'GPS-FK5-GEO', 'GPS-FK5-TOPO', 'GPS-ICRS-GEO', 'TDB-FK5-BARY', 'TT-ICRS-TOPO', 'TDB-ICRS-GEO',
  'UTC-GEOD-TOPO', 'UTC-HPC-TOPO', '2026-01-31T23:59:59', '2026-01-31T23:59:59.5Z', '2026-02-30T00:00:00', '2026-01-31', 'T00',
  '2026-01-31T24:00:00', 'http://a b/', 'http://[x', '%', '%zz', '#a#b', 'ivo://a.bc/d#1', '::', 'a:b', '1a', '_id', 'voe:Param',
  'voe:smallFloat', 'voe:Reference', 'voe:How', 'true', 'false', '<&>', ']]>',
] // prettier-ignore

// biome-ignore format: a stock of words
const voevent: Stock = {
  elements: [
    'VOEvent', 'voe:VOEvent', 'Who', 'AuthorIVORN', 'Date', 'Author', 'title', 'shortName', 'logoURL', 'contactName', 'contactEmail',
    'contactPhone', 'contributor', 'Contributor', 'What', 'Param', 'Value', 'Group', 'Table', 'Field', 'Data', 'TR', 'TD',
    'WhereWhen', 'ObsDataLocation', 'ObservatoryLocation', 'ObservationLocation', 'AstroCoordSystem', 'AstroCoords', 'Time',
    'TimeInstant', 'ISOTime', 'TimeOffset', 'TimeScale', 'Error', 'TimeInterval', 'Position2D', 'Position3D', 'Name1', 'Name2',
    'Name3', 'Value2', 'Value3', 'C1', 'C2', 'C3', 'Error2Radius', 'Error2', 'How', 'Why', 'Name', 'Concept', 'Inference',
    'Citations', 'EventIVORN', 'Description', 'Reference', 'voe:What', 'SimpleTimeSeries', 'who',
  ],
  attributes: [
    'ivorn', 'role', 'version', 'name', 'ucd', 'value', 'unit', 'dataType', 'datatype', 'utype', 'type', 'id', 'coord_system_id',
    'importance', 'expires', 'probability', 'relation', 'cite', 'uri', 'mimetype', 'meaning', 'ID', 'xsi:type', 'xsi:nil',
    'xsi:schemaLocation', 'xml:lang', 'voe:role',
  ],
  values,
} // prettier-ignore

const transport: Stock = {
  elements: [
    'Transport',
    'voe:Transport',
    'Origin',
    'Response',
    'TimeStamp',
    'Meta',
    'Param',
    'Result',
    'Group',
    'origin',
  ],
  attributes: ['role', 'version', 'name', 'value', 'unit', 'xsi:type', 'xsi:nil', 'id', 'voe:role'],
  values,
}

/** Every attribute with a few values; those that stand there with all; every type's name for xsi:type. */
function* namesAndValues(node: Node): Generator<[string, string]> {
  const there = new Set(node.attributes.map(([name]) => name))
  for (const name of voevent.attributes) {
    for (const value of there.has(name) ? values : ['', '1', '1a', 'UTC-ICRS-TOPO']) yield [name, value]
  }
  for (const name of [...voevent.elements, 'smallFloat', 'idValues', 'roleValues', 'dataType', 'citeValues', 'note']) {
    if (!name.includes(':')) yield ['xsi:type', `voe:${name}`]
  }
}

/** The verdict that both schemas give; fails where they differ. */
function agreement(ours: XsdValidator, reference: XsdValidator, tree: Node, namespace: string): 'accepted' | 'refused' {
  const declarations = ` xmlns:voe="${namespace}" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"`
  const text = serialize(tree, declarations)
  const document = XmlDocument.fromBuffer(Buffer.from(text))
  const verdict = accepts(reference, document)
  const own = accepts(ours, document)
  document.dispose()
  if (own !== verdict) expect.fail(`ours ${own ? 'accepts' : 'refuses'}, the reference does not: ${text}`)
  return verdict ? 'accepted' : 'refused'
}

function compare(
  ours: XsdValidator,
  reference: XsdValidator,
  seeds: Node[],
  stock: Stock,
  namespace: string,
  count: number,
) {
  const random = seeded(2_011_0711)
  const tally = { accepted: 0, refused: 0 }
  for (let i = 0; i < count; i++) {
    const mutant = copyOf(seeds[random(seeds.length)]!)
    for (let left = random(4) === 0 ? 3 : 1; left > 0; left--) mutateTree(mutant, stock, random)
    tally[agreement(ours, reference, mutant, namespace)]++
  }
  return tally
}

describeTier('samples', 'our schemas against the reference ones', () => {
  const reference = (name: string) => schemaOf(join(referenceDir!, 'xsd', name))
  const own = (name: string) => schemaOf(new URL(`../../xsd/${name}`, import.meta.url).pathname)
  let ivoa: XsdValidator
  let ours: XsdValidator
  beforeAll(() => {
    ivoa = reference('VOEvent-v2.0.xsd')
    ours = own('VOEvent-v2.0.xsd')
  })
  afterAll(() => {
    for (const each of opened.splice(0)) each.dispose()
  })

  it('agree on 4,000 mutants of real and made VOEvents', () => {
    const seeds = [nodeOf(parseXml(voeventText20(fullEvent)))]
    for (const path of globSync(join(samplesDir!, 'voevent/**/*.xml')).sort()) {
      const bytes = readFileSync(path)
      if (bytes.length > 12_000) continue
      try {
        const root = nodeOf(parseXml(normalizeLineEnds(decodeText(bytes, encodingOf(bytes)))))
        if (root.name === 'voe:VOEvent') seeds.push(root)
      } catch {
        // Not well-formed: no seed for a schema.
      }
    }
    expect(seeds.length).toBeGreaterThan(50)
    // Half of the mutants come of the full packet, which has every element.
    const weighted = [...seeds, ...seeds.map(() => seeds[0]!)]
    const { accepted, refused } = compare(ours, ivoa, weighted, voevent, namespace20, 4000)
    expect(accepted).toBeGreaterThan(800)
    expect(refused).toBeGreaterThan(800)
  })

  it('agree on every value and attribute at every place of a full packet', () => {
    const tree = nodeOf(parseXml(voeventText20(fullEvent)))
    const tally = { accepted: 0, refused: 0 }
    const judge = () => tally[agreement(ours, ivoa, tree, namespace20)]++
    const visited = new Set<string>()
    const visit = (node: Node, path: string) => {
      const here = `${path}/${node.name}`
      // Params alike need no second look.
      if (!visited.has(here)) {
        visited.add(here)
        const { text, attributes } = node
        if (node.children.length === 0) {
          for (node.text of values) judge()
          node.text = text
        }
        for (const [name, value] of namesAndValues(node)) {
          node.attributes = [...attributes.filter(([each]) => each !== name), [name, value]]
          judge()
        }
        node.attributes = attributes
      }
      for (const child of node.children) visit(child, here)
    }
    visit(tree, '')
    expect(tally.accepted).toBeGreaterThan(1000)
    expect(tally.refused).toBeGreaterThan(1000)
  })

  it('agree on 1,000 mutants of Transport messages', () => {
    const namespace = 'http://www.telescope-networks.org/xml/Transport/v1.1'
    const message = (role: string, inner: string) =>
      nodeOf(
        parseXml(
          `<voe:Transport xmlns:voe="${namespace}" role="${role}" version="1.0"><Origin>ivo://a.bc/d#1</Origin>${inner}</voe:Transport>`,
        ),
      )
    const stamp = '<TimeStamp>2026-01-31T23:59:59Z</TimeStamp>'
    const seeds = [
      message('iamalive', stamp),
      message('ack', `<Response>ivo://b.cd/e</Response>${stamp}<Meta/>`),
      message('nak', `${stamp}<Meta><Param name="a" value="b"/><Param name="c" value=""/><Result>why</Result></Meta>`),
    ]
    const { accepted, refused } = compare(
      own('Transport-v1.1.xsd'),
      reference('transport-1.1.comet.xsd'),
      seeds,
      transport,
      namespace,
      1000,
    )
    expect(accepted).toBeGreaterThan(100)
    expect(refused).toBeGreaterThan(100)
  })
})
