import fc from 'fast-check'
import {
  readAvro3,
  readAvro3Confluent,
  readAvro3SingleObject,
  writeAvro3,
  writeAvro3Confluent,
  writeAvro3SingleObject,
} from '../../vo/voevent-3/avro.ts'
import { avro3Codecs, readAvro3Container, writeAvro3Container } from '../../vo/voevent-3/avro-container.ts'
import { avro3SchemaText } from '../../vo/voevent-3/avro-schema.ts'
import { rawContainer } from '../ingest/containers.ts'
import { arbitraryModelEvent } from '../vo/arbitrary-model.ts'
import { sameMeaning } from '../vo/same-meaning.ts'
import { draftEvent, draftSetsById } from '../vo/voevent-3/events.ts'
import { fuzz, outcome } from './fuzz.ts'
import { hostileTexts, mutateBytes, mutateDatum, pick, spliced } from './mutate.ts'

/** What is read of one file: its blocks may unpack to a thousand times its size. */
const mostEvents = 1_000

fuzz('voevent-3-avro', () => {
  const events = [draftEvent(1), draftEvent(2), ...fc.sample(arbitraryModelEvent(), { numRuns: 60, seed: 3 })]
  const byId = { paramSets: draftSetsById }
  const header = { 'avro.schema': avro3SchemaText, 'avro.codec': 'null' }
  const inputs = [
    ...events.map((event) => writeAvro3(event)),
    ...events.map((event) => writeAvro3Confluent(event, 1, { paramSets: 'inline' })),
    ...Array.from({ length: 20 }, () => writeAvro3SingleObject(draftEvent())),
    ...avro3Codecs.flatMap((codec) => Array(6).fill(writeAvro3Container(events.slice(0, 8), { codec }))),
    ...hostileTexts.map((word) => rawContainer({ 'avro.schema': word, [word]: word }, [])),
    rawContainer(header, [{ count: 2 ** 40, data: Buffer.alloc(100_000) }]),
  ]
  const schemaBytes = avro3SchemaText.length
  const reads: readonly ((bytes: Uint8Array) => void)[] = [
    (bytes) => again(readAvro3(bytes)),
    (bytes) => again(readAvro3SingleObject(bytes, byId)),
    (bytes) => again(readAvro3Confluent(bytes)),
    (bytes) => {
      let count = 0
      for (const event of readAvro3Container(bytes)) {
        if (count++ === 0) again(event)
        if (count === mostEvents) return
      }
    },
  ]
  /** What was read is of the model: it can be written, and is read the same. */
  function again(event: ReturnType<typeof readAvro3>): void {
    const differences = sameMeaning(event, readAvro3(writeAvro3(event)))
    if (differences.length > 0) throw new Error(differences[0])
  }

  return {
    make(random) {
      let bytes = pick(random, inputs)
      if (random(5) === 0) bytes = spliced(random, bytes, pick(random, inputs))
      // Mostly behind the header of a file: little is read once its schema is damaged.
      const isFile = bytes[0] === 0x4f && bytes[1] === 0x62
      const spared = random(8) === 0 ? 0 : Math.min(bytes.length, isFile ? schemaBytes + 60 : random(120))
      for (let times = random(3); times > 0; times--) {
        const rest = bytes.subarray(spared)
        const mutant = random(2) === 0 ? mutateDatum(random, rest) : mutateBytes(rest, random)
        bytes = Buffer.concat([bytes.subarray(0, spared), mutant])
      }
      return bytes
    },
    run(input) {
      const outcomes = reads.map((read) => outcome(() => read(input)))
      const odd = outcomes.find((code) => !/^(ok|AVRO_|VOE3_)/.test(code))
      if (odd !== undefined) throw new Error(odd)
      return outcomes.find((code) => code !== 'AVRO_FRAMING' && code !== outcomes[0]) ?? outcomes[0]!
    },
    meets: [/^ok /m, /TRUNCATED/, /AVRO_VALUE/, /AVRO_COUNT/, /AVRO_CONTAINER/, /AVRO_SCHEMA/, /TRAILING/, /HASH/],
  }
})
