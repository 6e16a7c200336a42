/** Real alerts for the tests of the map, decoded as the gateway decodes them: only what the mapping wants. */
import { readdirSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { compileDecoder, type FieldPaths, parseWriterSchema, type WriterSchema } from '../../src/decode/decoder.ts'
import { bundledSchema } from '../../src/decode/schemas.ts'
import type { Alert } from '../../src/flow.ts'
import { unframe } from '../../src/ingest/framing.ts'
import type { Mapping } from '../../src/map/load-mapping.ts'
import { samplesDir } from '../tiers.ts'

/** Files of a folder of the samples, `lsst/v10_0`. */
export function sampleFiles(folder: string): string[] {
  const dir = join(samplesDir!, folder)
  return readdirSync(dir)
    .filter((file) => /\.avro(-wire)?$/.test(file))
    .sort()
    .map((file) => join(folder, file))
}

/** The name of a sample: its identifier. */
export const nameOf = (file: string): string => basename(file).replace(/\.avro(-wire)?$/, '')

export function realAlert(file: string, mapping: Mapping, wanted: FieldPaths = mapping.wanted): Alert {
  const unframed = unframe(readFileSync(join(samplesDir!, file)), 'auto')
  if (unframed.kind === 'raw') throw new Error(`${file} has no framing`)
  const schema: WriterSchema =
    unframed.kind === 'container' ? parseWriterSchema(unframed.schemaJson) : bundledSchema('lsst', unframed.schemaId)!
  const datum = unframed.kind === 'container' ? unframed.datums[0]! : unframed.datum
  return {
    survey: mapping.survey,
    schemaName: schema.name,
    ...(schema.id === undefined ? {} : { schemaId: schema.id }),
    record: compileDecoder(schema, wanted).decode(datum),
  }
}
