/** What is mutated: alerts of the simulator, and real alerts and packets where they lie beside the checkout. */
import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { WriterSchema } from '../../src/decode/decoder.ts'
import { bundledSchema } from '../../src/decode/schemas.ts'
import { parseXml } from '../../vo/xml/parse-xml.ts'
import { namespace20, writeVOEvent20 } from '../../vo/xml/voevent-2.0.ts'
import { lsstSamples, ztfSamples } from '../decode/samples.ts'
import { encoder, visits } from '../ingest/simulator/simulated.ts'
import { samplesDir } from '../tiers.ts'
import { copyOf, mutateTree, type Node, nodeOf, type Stock, serialize } from '../vo/mutate-tree.ts'
import { fullEvent } from '../vo/packet.ts'
import { hostileTexts, mutateBytes, mutateText, pick, type Random, spliced } from './mutate.ts'

export interface Datum {
  readonly schema: WriterSchema
  readonly datum: Uint8Array
}

/** Simulated alerts, most of them without pictures so that mutations hit fields. */
export function simulatedData(): Datum[] {
  const alerts = visits(12, { alertsPerVisit: 6 }).flatMap((visit) => visit.alerts)
  return alerts.map((alert, index) => {
    const bare = { ...alert, cutoutDifference: null, cutoutScience: null, cutoutTemplate: null }
    return { schema: encoder.schema, datum: encoder.encode(index % 12 === 0 ? alert : bare) }
  })
}

/** Simulated and real ones. */
export function allData(): Datum[] {
  const real = samplesDir === undefined ? [] : [...lsstSamples(), ...ztfSamples()]
  return [...simulatedData(), ...real.filter(({ datum }) => datum.length < 100_000)]
}

/** In Confluent framing. */
export function wired({ schema, datum }: Datum): Uint8Array {
  const head = Buffer.alloc(5)
  head.writeUInt32BE(schema.id ?? 0, 1)
  return Buffer.concat([head, datum])
}

export const lsstSchema = (): WriterSchema => bundledSchema('lsst', 1101)!

/** VOEvents: a full one of our own, and real ones up to 20 kB. */
export function packets(): Uint8Array[] {
  const real = globSync(join(samplesDir ?? '/nowhere', 'voevent/**/*.xml'))
    .sort()
    .map((path) => readFileSync(path))
  return [writeVOEvent20(fullEvent), ...real.filter((bytes) => bytes.length < 20_000)]
}

const voevent: Stock = {
  elements: [
    'Who',
    'What',
    'Param',
    'Group',
    'Table',
    'Field',
    'Data',
    'TR',
    'TD',
    'WhereWhen',
    'Description',
    'C1',
    'x:y',
  ],
  attributes: [
    'ivorn',
    'role',
    'version',
    'name',
    'value',
    'dataType',
    'unit',
    'xmlns:voe',
    'xml:lang',
    'id',
    'coord_system_id',
  ],
  values: ['', ' ', '1', '-1e400', 'NaN', 'observation', 'test', '2026-02-30T00:00:00', 'UTC-ICRS-TOPO', '2.0', '1.1'],
}
const trees = new WeakMap<Uint8Array, Node | null>()

/** A packet that is broken as bytes, as text, or, well-formed, as a tree. */
export function mutatePacket(random: Random, documents: readonly Uint8Array[]): Uint8Array {
  const bytes = pick(random, documents)
  const way = random(8)
  if (way === 0) return spliced(random, bytes, pick(random, documents))
  if (way === 1) return random(4) === 0 ? stretched(random, bytes) : mutateBytes(bytes, random)
  if (way < 4) {
    const text = mutateText(Buffer.from(bytes).toString(), random)
    return Buffer.from(text, random(20) === 0 ? 'utf16le' : 'utf8')
  }
  const known = treeOf(bytes)
  if (known === null) return mutateBytes(bytes, random)
  const tree = copyOf(known)
  for (let times = random(4); times > 0; times--) {
    mutateTree(tree, random(4) === 0 ? { ...voevent, values: hostileTexts.map(printable) } : voevent, random)
  }
  const declarations = ` xmlns:voe="${namespace20}" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"`
  return Buffer.from(`<?xml version="1.0" encoding="UTF-8"?>\n${serialize(tree, declarations)}`)
}

/** One to four characters of it many times over: what a pattern with two minds takes the square of its time for. */
function stretched(random: Random, bytes: Uint8Array): Uint8Array {
  const at = random(bytes.length)
  const piece = bytes.subarray(at, at + 1 + random(4))
  const times = Math.floor(random(200_000) / piece.length)
  return Buffer.concat([bytes.subarray(0, at), ...Array<Uint8Array>(times).fill(piece), bytes.subarray(at)])
}

/** What XML cannot say is left out: `mutateText` has it. */
const printable = (text: string) => text.replace(/[^\t\n\r\x20-\ud7ff\ue000-\ufffd]/g, '')

function treeOf(bytes: Uint8Array): Node | null {
  let tree = trees.get(bytes)
  if (tree === undefined) {
    try {
      tree = nodeOf(parseXml(Buffer.from(bytes).toString()))
    } catch {
      tree = null
    }
    trees.set(bytes, tree)
  }
  return tree
}
