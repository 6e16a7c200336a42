/** The real alerts beside the checkout, with the schema each was written with. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import avro from 'avsc'
import { parseWriterSchema, type WriterSchema } from '../../src/decode/decoder.ts'
import { referenceDir, samplesDir } from '../tiers.ts'
import { referenceSchema } from './reference-schema.ts'

export interface Sample {
  readonly file: string
  readonly schema: WriterSchema
  readonly datum: Buffer
}

export const lsstVersions = ['7_0', '7_1', '7_2', '7_3', '7_4', '8_0', '9_0', '10_0', '11_0', '11_1']

export const lsstIdOf = (version: string): number => {
  const [major, minor] = version.split('_')
  return Number(`${major}${minor!.padStart(2, '0')}`)
}

export function lsstReference(version: string): WriterSchema {
  const json = referenceSchema(join(referenceDir!, 'avro/lsst', `v${version}`), `lsst.v${version}.alert`)
  return parseWriterSchema(JSON.stringify(json), lsstIdOf(version))
}

export function ztfReference(): WriterSchema {
  return parseWriterSchema(JSON.stringify(referenceSchema(join(referenceDir!, 'avro/ztf'), 'ztf.alert')))
}

/** Confluent-wire messages: the five bytes of the framing are cut here. */
export function lsstSamples(): Sample[] {
  const schemas = new Map(lsstVersions.map((version) => [lsstIdOf(version), lsstReference(version)]))
  return filesUnder(join(samplesDir!, 'lsst')).map((file) => {
    const bytes = readFileSync(file)
    return { file, schema: schemas.get(bytes.readUInt32BE(1))!, datum: bytes.subarray(5) }
  })
}

/** Containers of one record: metadata map, sync marker, one block. */
export function ztfSamples(): Sample[] {
  return filesUnder(join(samplesDir!, 'ztf')).map((file) => {
    const bytes = readFileSync(file)
    const header = avro.Type.forSchema({
      type: 'record',
      name: 'header',
      fields: [
        { name: 'magic', type: { type: 'fixed', name: 'magic', size: 4 } },
        { name: 'meta', type: { type: 'map', values: 'bytes' } },
        { name: 'sync', type: { type: 'fixed', name: 'sync', size: 16 } },
        { name: 'count', type: 'long' },
        { name: 'size', type: 'long' },
      ],
    })
    const { value, offset } = header.decode(bytes, 0) as {
      value: { meta: Record<string, Buffer>; size: number }
      offset: number
    }
    const datum = bytes.subarray(offset, offset + value.size)
    return { file, schema: parseWriterSchema(value.meta['avro.schema']!.toString()), datum }
  })
}

function filesUnder(directory: string): string[] {
  return readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort()
}
