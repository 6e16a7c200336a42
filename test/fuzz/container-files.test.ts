import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { filePackets } from '../../src/ingest/file-packets.ts'
import { unframe } from '../../src/ingest/framing.ts'
import { type Codec, containerOf, rawContainer } from '../ingest/containers.ts'
import { simulatedData, wired } from './corpus.ts'
import { codeOf, fuzz, outcome } from './fuzz.ts'
import { hostileTexts, mutateBytes, mutateDatum, pick, spliced } from './mutate.ts'

const codecs: readonly Codec[] = ['null', 'deflate', 'snappy', 'zstandard']

fuzz('container-files', () => {
  const directory = mkdtempSync(join(tmpdir(), 'fountain-fuzz-'))
  const path = join(directory, 'alerts.avro')
  const [one, two, three] = simulatedData().slice(1, 4)
  const json = one!.schema.json as object
  const small = { type: 'record', name: 'r', fields: [{ name: 'a', type: 'string' }] }
  const text = (value: string) => Buffer.concat([Buffer.of(value.length * 2), Buffer.from(value)])
  const many = [[text('one'), text('two')], [text('three')], [text('four'), text('five'), text('six')]]
  const files = [
    ...codecs.flatMap((codec) => [
      containerOf(json, [[one!.datum, two!.datum], [three!.datum]], codec),
      ...Array<Buffer>(4).fill(containerOf(small, many, codec)),
    ]),
    rawContainer({ 'avro.schema': JSON.stringify(small), 'avro.codec': 'null' }, [{ count: 0, data: Buffer.alloc(0) }]),
    ...hostileTexts
      .slice(0, 12)
      .map((word) => rawContainer({ 'avro.schema': word, 'avro.codec': word, [word]: word }, [])),
    wired(one!),
  ]
  return {
    make(random) {
      let bytes: Uint8Array = pick(random, files)
      if (random(4) === 0) bytes = spliced(random, bytes, pick(random, files))
      // Mostly behind the mark of a container: without it, little of it is read.
      const spared = random(8) === 0 ? 0 : Math.min(bytes.length, random(4) === 0 ? 4 : 120)
      for (let times = random(3); times > 0; times--) {
        const rest = bytes.subarray(spared)
        const mutant = random(2) === 0 ? mutateDatum(random, rest) : mutateBytes(rest, random)
        bytes = Buffer.concat([bytes.subarray(0, spared), mutant])
      }
      return random(10) === 0 ? gzipSync(bytes) : bytes
    },
    async run(input) {
      writeFileSync(path, input)
      const outcomes = new Set<string>()
      let last = -1
      try {
        for await (const { index, bytes } of filePackets(path, 0, false)) {
          if (index <= last) throw new Error(`packet ${index} follows ${last}`)
          last = index
          const code = outcome(() => unframe(bytes, 'auto'))
          if (!/^(ok|FRAMING_|CONTAINER_|SCHEMA_|DECODE_)/.test(code)) throw new Error(code)
          outcomes.add(code)
        }
      } catch (error) {
        outcomes.add(codeOf(error))
      }
      return outcomes.has('ok') ? (outcomes.size > 1 ? 'some of it' : 'ok') : ([...outcomes][0] ?? 'nothing')
    },
    meets: [/^ok/m, /^some of it/m, /^FRAMING_/m],
    close: async () => rmSync(directory, { recursive: true }),
  }
})
