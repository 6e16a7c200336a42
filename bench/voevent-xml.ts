/**
 * VOEvent 2.0 in XML: events written and packets read a second of processor time (all threads, collection of garbage
 * included), ours beside the libraries that one would take otherwise. Medians over interleaved rounds in one process;
 * `times` is ours over the peer, above 1 where ours is faster.
 *
 *   node scripts/node24.mjs bench/voevent-xml.ts [rounds]
 */
import { readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { XMLBuilder, XMLParser } from 'fast-xml-parser'
import { ParseOption, XmlDocument, XmlElement } from 'libxml2-wasm'
import { create } from 'xmlbuilder2'
import { samplesDir } from '../scripts/tiers.ts'
import { readVOEvent, writeVOEvent20 } from '../vo/xml/voevent-2.0.ts'
import { compare, type Variant } from './parts/compare.ts'
import { builderTree, events } from './parts/sixty-params.ts'

const rounds = Number(process.argv[2] ?? 7)

const builder = new XMLBuilder({ ignoreAttributes: false, attributeNamePrefix: '@', format: true })
const writers: readonly Variant[] = [
  { name: 'ours', run: (turn) => writeVOEvent20(events[turn % events.length]!) },
  {
    name: 'fast-xml-parser XMLBuilder',
    run: (turn) => Buffer.from(builder.build(builderTree(events[turn % events.length]!))),
  },
  {
    name: 'xmlbuilder2',
    run: (turn) => {
      const { '?xml': _, ...root } = builderTree(events[turn % events.length]!) as Record<string, object>
      return Buffer.from(create({ version: '1.0', encoding: 'UTF-8' }, root).end({ prettyPrint: true }))
    },
  },
]

const option = ParseOption.XML_PARSE_NONET | ParseOption.XML_PARSE_NO_XXE

/** What most clients want of a packet: its Params, position and time. */
function extract(document: XmlDocument): object {
  const params: Record<string, string>[] = []
  const found: Record<string, string> = {}
  const walk = (element: XmlElement) => {
    const { name } = element
    if (name === 'Param') {
      const param: Record<string, string> = {}
      for (const attribute of element.attrs) param[attribute.name] = attribute.value
      params.push(param)
    } else if (name === 'ISOTime' || name === 'C1' || name === 'C2' || name === 'Error2Radius') {
      found[name] = element.content
    }
    for (let node = element.firstChild; node !== null; node = node.next) if (node instanceof XmlElement) walk(node)
  }
  walk(document.root)
  return { params, found }
}

function readers(packets: readonly Uint8Array[]): Variant[] {
  const parser = new XMLParser({ ignoreAttributes: false, parseTagValue: false, parseAttributeValue: false })
  const buffers = packets.map((bytes) => Buffer.from(bytes))
  const packet = (turn: number) => buffers[turn % buffers.length]!
  const parsed = <T>(turn: number, use: (document: XmlDocument) => T): T => {
    const document = XmlDocument.fromBuffer(packet(turn), { option })
    try {
      return use(document)
    } finally {
      document.dispose()
    }
  }
  return [
    { name: 'ours, to the model', run: (turn) => readVOEvent(packet(turn), { mode: 'lenient' }) },
    { name: 'libxml2-wasm, parse alone', run: (turn) => parsed(turn, (document) => document.root.name) },
    { name: 'libxml2-wasm, Params, place, time', run: (turn) => parsed(turn, extract) },
    { name: 'fast-xml-parser, to objects', run: (turn) => parser.parse(packet(turn)) },
  ]
}

const written = events.map((event) => writeVOEvent20(event))
// Alone first: beside others, a part of their garbage is collected on its time.
compare(`write an event of 60 Params, ${written[0]!.length} bytes, alone`, writers.slice(0, 1), 2 * rounds)
compare(`write an event of 60 Params, ${written[0]!.length} bytes`, writers, rounds)
compare(`read an event of 60 Params, ${written[0]!.length} bytes`, readers(written), rounds)
const samples = [
  'voevent-parse/SWIFT_bat_position_v2.0_example.xml',
  'fink-voevent/ivo__gwnet_LVCMS191201o1Preliminary.xml',
  'pygcn/gbm_flt_pos.xml',
]
if (samplesDir === undefined) console.log('there are no real packets beside this checkout: not measured')
else {
  for (const name of samples) {
    const bytes = readFileSync(join(samplesDir, 'voevent', name))
    compare(`read ${basename(name)}, ${bytes.length} bytes`, readers([bytes]), rounds)
  }
}
