/**
 * The same event as XML 2.0, as the draft's JSON and as its Avro: bytes, and the time to write and to read it, ours
 * and by the libraries that one would take otherwise. Holds a claim of 2012 to today's data: "Avro is 6 times smaller
 * and 40 times faster than XML" (Maeda).
 *
 *   node scripts/node24.mjs bench/voevent-formats.ts [rounds]
 */
import { gzipSync, zstdCompressSync } from 'node:zlib'
import { XMLParser } from 'fast-xml-parser'
import { ParseOption, XmlDocument } from 'libxml2-wasm'
import { create } from 'xmlbuilder2'
import type { VOEvent } from '../vo/model/voevent.ts'
import { readAvro3, readAvro3SingleObject, writeAvro3, writeAvro3SingleObject } from '../vo/voevent-3/avro.ts'
import { writeAvro3Container } from '../vo/voevent-3/avro-container.ts'
import { readJson3 } from '../vo/voevent-3/json-read.ts'
import { writeJson3 } from '../vo/voevent-3/json-write.ts'
import { paramSetOf } from '../vo/voevent-3/param-set.ts'
import { readVOEvent, writeVOEvent20 } from '../vo/xml/voevent-2.0.ts'
import { compare } from './parts/compare.ts'
import { builderTree, events } from './parts/sixty-params.ts'

const rounds = Number(process.argv[2] ?? 7)
const sets = new Map(
  events.map((event) => paramSetOf(event.what!.params.map(({ definition }) => definition))).map((set) => [set.id, set]),
)

interface Format {
  readonly name: string
  readonly write: (event: VOEvent) => Uint8Array
  readonly read: (bytes: Uint8Array) => VOEvent
}

const formats: readonly Format[] = [
  {
    name: 'Avro 3, ParamSet by id',
    write: writeAvro3SingleObject,
    read: (bytes) => readAvro3SingleObject(bytes, { paramSets: sets }),
  },
  { name: 'Avro 3, self-describing', write: (event) => writeAvro3(event), read: (bytes) => readAvro3(bytes) },
  {
    name: 'JSON 3, ParamSet by id',
    write: (event) => Buffer.from(writeJson3(event, { paramSets: 'by-id' })),
    read: (bytes) => readJson3(bytes, { paramSets: sets }),
  },
  {
    name: 'JSON 3, self-describing',
    write: (event) => Buffer.from(writeJson3(event)),
    read: (bytes) => readJson3(bytes),
  },
  { name: 'XML 2.0, ours', write: writeVOEvent20, read: (bytes) => readVOEvent(bytes, { mode: 'lenient' }).event },
]

const written = formats.map(({ write }) => events.map((event) => Buffer.from(write(event))))

console.log('bytes of one event (median of 500); times is the XML over it')
const median = (sizes: readonly number[]) => [...sizes].sort((a, b) => a - b)[sizes.length >> 1]!
const packings = [
  ['plain', (bytes: Buffer) => bytes.length],
  ['gzip', (bytes: Buffer) => gzipSync(bytes).length],
  ['zstd', (bytes: Buffer) => zstdCompressSync(bytes).length],
] as const
for (const [i, { name }] of formats.entries()) {
  const cells = packings.map(([packing, size]) => {
    const bytes = median(written[i]!.map(size))
    const times = (median(written.at(-1)!.map(size)) / bytes).toFixed(2)
    return `${packing} ${String(bytes).padStart(6)} (${times.padStart(5)} times)`
  })
  console.log(`  ${name.padEnd(26)} ${cells.join('   ')}`)
}

console.log('bytes of 500 events in one file; times is the XML in it')
const whole = [
  ['Avro container, null', writeAvro3Container(events, { codec: 'null' })],
  ['Avro container, deflate', writeAvro3Container(events, { codec: 'deflate' })],
  ['Avro container, zstandard', writeAvro3Container(events, { codec: 'zstandard' })],
  ['XML 2.0, one after another', Buffer.concat(written.at(-1)!)],
  ['XML 2.0, gzip of all', gzipSync(Buffer.concat(written.at(-1)!))],
  ['XML 2.0, zstd of all', zstdCompressSync(Buffer.concat(written.at(-1)!))],
] as const
for (const [name, bytes] of whole) {
  const times = (whole[3][1].length / bytes.length).toFixed(2)
  console.log(`  ${name.padEnd(26)} ${String(bytes.length).padStart(9)} (${times.padStart(5)} times)`)
}

compare(
  'write one event',
  [
    ...formats.map(({ name, write }) => ({ name, run: (turn: number) => write(events[turn % events.length]!) })),
    {
      name: 'XML 2.0, xmlbuilder2',
      run: (turn) => {
        const { '?xml': _, ...root } = builderTree(events[turn % events.length]!) as Record<string, object>
        return Buffer.from(create({ version: '1.0', encoding: 'UTF-8' }, root).end({ prettyPrint: true }))
      },
    },
  ],
  rounds,
)

const parser = new XMLParser({ ignoreAttributes: false, parseTagValue: false, parseAttributeValue: false })
const option = ParseOption.XML_PARSE_NONET | ParseOption.XML_PARSE_NO_XXE
const packets = written.at(-1)!
compare(
  'read one event',
  [
    ...formats.map(({ name, read }, i) => ({ name, run: (turn: number) => read(written[i]![turn % events.length]!) })),
    { name: 'XML 2.0, fast-xml-parser', run: (turn) => parser.parse(packets[turn % packets.length]!) },
    {
      name: 'XML 2.0, libxml2-wasm (tree)',
      run: (turn) => XmlDocument.fromBuffer(packets[turn % packets.length]!, { option }).dispose(),
    },
  ],
  rounds,
)
