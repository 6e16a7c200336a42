import { gzipSync } from 'node:zlib'
import { unpackedLimit } from '../../src/ingest/container.ts'
import { type Framing, unframe } from '../../src/ingest/framing.ts'
import { type Codec, containerOf } from '../ingest/containers.ts'
import { simulatedData, wired } from './corpus.ts'
import { fuzz, outcome } from './fuzz.ts'
import { mutateBytes, mutateDatum, pick, randomBytes, spliced } from './mutate.ts'

const framings: readonly Framing[] = ['auto', 'confluent', 'container', 'raw']
const codecs: readonly Codec[] = ['null', 'deflate', 'snappy', 'zstandard']
const small = { type: 'record', name: 'r', fields: [{ name: 'a', type: 'string' }] }

fuzz('framing', () => {
  const data = simulatedData().slice(1, 12)
  const json = data[0]!.schema.json as object
  const plain = [
    ...data.map(wired),
    ...codecs.map((codec) => containerOf(json, [[data[0]!.datum]], codec)),
    ...codecs.map((codec) => containerOf(small, [[Buffer.from('\x02a'), Buffer.from('\x02b')], []], codec)),
  ]
  // Bombs: gzip, gzip in gzip, deflate in a container, each of more than what may be unpacked.
  const zeros = Buffer.alloc(unpackedLimit + 1)
  const bombs = [gzipSync(zeros), gzipSync(gzipSync(zeros)), containerOf(small, [[zeros]], 'deflate')]
  return {
    make(random) {
      if (random(400) === 0) return pick(random, bombs)
      let bytes = random(20) === 0 ? randomBytes(random, 64) : pick(random, plain)
      const mutate = random(2) === 0 ? mutateDatum(random, bytes) : mutateBytes(bytes, random)
      bytes = random(5) === 0 ? spliced(random, bytes, pick(random, plain)) : mutate
      for (let layers = random(8) === 0 ? 1 + random(3) : 0; layers > 0; layers--) bytes = gzipSync(bytes)
      return random(4) === 0 ? mutateBytes(bytes, random) : bytes
    },
    run(input) {
      const outcomes = framings.map((framing) =>
        outcome(() => {
          const unframed = unframe(input, framing)
          const datums = unframed.kind === 'container' ? unframed.datums : [unframed.datum]
          const size = datums.reduce((sum, datum) => sum + datum.length, 0)
          if (size > unpackedLimit) throw new Error(`${size} bytes came out`)
        }),
      )
      for (const code of outcomes) if (!/^(ok|FRAMING_|CONTAINER_|SCHEMA_|DECODE_)/.test(code)) throw new Error(code)
      return outcomes[0]!
    },
    meets: [/^ok/m, /^FRAMING_TRUNCATED/m, /^FRAMING_CONTAINER/m],
  }
})
