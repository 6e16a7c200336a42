import { compileDecoder, parseWriterSchema } from '../../src/decode/decoder.ts'
import { compileEncoder } from '../../src/decode/encoder.ts'
import { compileSkip } from '../../src/ingest/skip-datum.ts'
import { lsstSchema, simulatedData } from './corpus.ts'
import { fuzz, outcome } from './fuzz.ts'
import { hostileTexts, mutateDatum, mutateJson, mutateText, pack, pick, unpack } from './mutate.ts'

/** A schema with this word wherever a writer is free to put any. */
const shapes = (word: string) => ({
  type: 'record',
  name: 'r',
  namespace: 'n.m',
  doc: word,
  aliases: [word],
  [word]: word,
  fields: [
    { name: 'a', type: 'string', default: word, doc: word, order: word },
    { name: 'b', type: { type: 'enum', name: 'e', symbols: ['A', 'B'], doc: word }, default: word },
    { name: 'next', type: ['null', 'n.m.r'], default: null },
    { name: 'x', type: { type: 'map', values: { type: 'array', items: { type: 'fixed', name: 'f', size: 3 } } } },
    { name: 'y', type: ['boolean', { type: 'long', logicalType: word }, 'double', 'bytes'] },
  ],
})

/** The same with the word where Avro wants a name. */
const named = (word: string) => ({
  type: 'record',
  name: word,
  fields: [
    { name: word, type: 'string' },
    { name: 'b', type: { type: 'enum', name: 'e', symbols: [word, 'B'] } },
    { name: 'c', type: ['null', word] },
  ],
})

fuzz('schema', () => {
  const jsons = [lsstSchema().json, ...hostileTexts.flatMap((word) => [shapes(word), shapes(word), named(word)])]
  const texts = jsons.map((json) => JSON.stringify(json))
  const alert = simulatedData()[1]!.datum
  // a, b, next, x, y of the small one.
  const small = Buffer.from('024100000202410200000000000001', 'hex')
  return {
    make(random) {
      let json = JSON.parse(pick(random, texts))
      for (let times = random(3); times > 0; times--) json = mutateJson(random, json)
      const text = JSON.stringify(json) ?? ''
      return pack(
        Buffer.from(random(4) === 0 ? mutateText(text, random) : text),
        random(2) === 0
          ? random(4) === 0
            ? small
            : mutateDatum(random, small)
          : mutateDatum(random, alert).slice(0, 600),
      )
    },
    run(input) {
      const [schemaBytes = Buffer.alloc(0), datum = Buffer.alloc(0)] = unpack(input)
      const text = Buffer.from(schemaBytes).toString()
      const skipped = outcome(() => compileSkip(text)(datum, 0))
      if (!/^(ok|SCHEMA_|DECODE_)/.test(skipped)) throw new Error(skipped)
      const parsed = outcome(() => parseWriterSchema(text))
      if (parsed !== 'ok') {
        if (!parsed.startsWith('SCHEMA_')) throw new Error(parsed)
        return parsed
      }
      const schema = parseWriterSchema(text)
      let decoded = ''
      for (const wanted of ['all', new Set<string>(), new Set(hostileTexts)] as const) {
        decoded = outcome(() => {
          const record = compileDecoder(schema, wanted).decode(datum)
          if (wanted === 'all') compileEncoder(schema).encode(record)
        })
        if (!/^(ok|SCHEMA_|DECODE_)/.test(decoded)) throw new Error(decoded)
      }
      if (Object.getOwnPropertyNames(Object.prototype).length !== properties)
        throw new Error('Object.prototype changed')
      return decoded
    },
    meets: [/^ok/m, /^DECODE_/m, /^SCHEMA_INVALID/m],
  }
})

const properties = Object.getOwnPropertyNames(Object.prototype).length
