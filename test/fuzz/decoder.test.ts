import { compileDecoder } from '../../src/decode/decoder.ts'
import { compileSkip } from '../../src/ingest/skip-datum.ts'
import { loadMapping } from '../../src/map/load-mapping.ts'
import { allData } from './corpus.ts'
import { fuzz, outcome } from './fuzz.ts'
import { mutateDatum, pick, spliced } from './mutate.ts'

fuzz('decoder', () => {
  const data = allData()
  const wanted = new Set([...loadMapping('lsst').wanted, ...loadMapping('ztf').wanted])
  const schemas = [...new Map(data.map(({ schema }) => [schema.hash, schema])).values()]
  const ways = schemas.map((schema) => ({
    all: compileDecoder(schema, 'all'),
    some: compileDecoder(schema, wanted),
    skip: compileSkip(JSON.stringify(schema.json)),
  }))
  return {
    make(random) {
      const { schema, datum } = pick(random, data)
      let bytes = random(8) === 0 ? spliced(random, datum, pick(random, data).datum) : datum
      if (random(30) > 0) bytes = mutateDatum(random, bytes)
      const which = random(20) === 0 ? random(schemas.length) : schemas.findIndex(({ hash }) => hash === schema.hash)
      return Buffer.concat([Uint8Array.of(which), bytes])
    },
    run(input) {
      const { all, some, skip } = ways[(input[0] ?? 0) % ways.length]!
      const datum = input.subarray(1)
      const [whole, part, skipped] = [
        outcome(() => all.decode(datum)),
        outcome(() => some.decode(datum)),
        outcome(() => skip(datum, 0)),
      ]
      for (const code of [whole, part, skipped]) if (!/^(ok|DECODE_)/.test(code!)) throw new Error(code)
      if (whole === 'ok' && part !== 'ok') throw new Error(`all decodes, some does not: ${part}`)
      return whole!
    },
    meets: [/^ok/m, /^DECODE_TRUNCATED/m, /^DECODE_INVALID/m],
  }
})
