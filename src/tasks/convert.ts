/** `fountain convert`: every packet on its own, the same decoding and mapping as live; one that fails stops no other. */
import { gunzipSync } from 'node:zlib'
import type { VOEvent } from '../../vo/model/voevent.ts'
import type { Decoder, WriterSchema } from '../decode/decoder.ts'
import { FountainError } from '../errors.ts'
import type { Alert, AvroValue, Packet } from '../flow.ts'
import type { Unframed } from '../ingest/framing.ts'

export type ConvertFormat = 'voevent-2.0' | 'json'

export interface ConvertStages {
  unframe(bytes: Uint8Array): Unframed
  schemaOf(unframed: Unframed, survey: string): Promise<WriterSchema>
  decoderFor(schema: WriterSchema, survey: string): Decoder
  /** Survey of a schema by its name: `lsst`, `ztf`; undefined where no mapping knows it. */
  surveyOf(schema: WriterSchema): string | undefined
  alertIdOf(alert: Alert): string
  toVOEvent(alert: Alert): VOEvent
  readVOEvent(bytes: Uint8Array): VOEvent
  writeVOEvent(event: VOEvent): Uint8Array
}

export interface Converted {
  readonly name: string
  readonly bytes: Uint8Array
}

/** Converts one packet. Throws FountainError with the reason. */
export async function convertPacket(
  packet: Packet,
  from: string | undefined,
  to: ConvertFormat,
  stages: ConvertStages,
): Promise<Converted> {
  const bytes = unpacked(packet.bytes)
  if (from === 'voevent' || (from === undefined && looksLikeXml(bytes))) {
    if (to !== 'voevent-2.0') throw new FountainError('USAGE', `a VOEvent cannot be written as ${to} yet`)
    const event = readEvent(bytes, stages)
    return { name: `${event.ivoid.replace(/[^A-Za-z0-9._-]/g, '_')}.xml`, bytes: stages.writeVOEvent(event) }
  }
  const unframed = stages.unframe(packet.bytes)
  const schema = await stages.schemaOf(unframed, from ?? 'lsst')
  const survey = from ?? stages.surveyOf(schema)
  if (survey === undefined) throw new FountainError('SURVEY_UNKNOWN', schema.name)
  const datum = unframed.kind === 'container' ? unframed.datums[0] : unframed.datum
  if (datum === undefined) throw new FountainError('CONTAINER_EMPTY', 'no record in the container')
  const alert: Alert = {
    survey,
    schemaName: schema.name,
    ...(schema.id === undefined ? {} : { schemaId: schema.id }),
    record: stages.decoderFor(schema, survey).decode(datum),
  }
  const name = `${survey}-${stages.alertIdOf(alert)}`
  if (to === 'json')
    return {
      name: `${name}.json`,
      bytes: new TextEncoder().encode(`${JSON.stringify(plain(alert.record), null, 1)}\n`),
    }
  return { name: `${name}.xml`, bytes: stages.writeVOEvent(stages.toVOEvent(alert)) }
}

/** Without its gzip layer. One that is broken stays as it is: the framing says what is wrong with it. */
function unpacked(bytes: Uint8Array): Uint8Array {
  if (bytes[0] !== 0x1f || bytes[1] !== 0x8b) return bytes
  try {
    return gunzipSync(bytes, { maxOutputLength: 64 * 1024 * 1024 })
  } catch {
    return bytes
  }
}

function readEvent(bytes: Uint8Array, stages: ConvertStages): VOEvent {
  try {
    return stages.readVOEvent(bytes)
  } catch (cause) {
    throw new FountainError('EVENT_UNREADABLE', (cause as Error).message, { cause })
  }
}

/** JSON of an alert: int64 as text, NaN and infinities as null, bytes as base64. */
function plain(value: AvroValue): unknown {
  if (typeof value === 'bigint') return value.toString()
  if (typeof value === 'number') return Number.isFinite(value) ? value : null
  if (value instanceof Uint8Array) return Buffer.from(value).toString('base64')
  if (Array.isArray(value)) return value.map(plain)
  if (value !== null && typeof value === 'object') {
    return Object.fromEntries(
      Object.entries(value as Record<string, AvroValue>).map(([key, item]) => [key, plain(item)]),
    )
  }
  return value
}

/** A `<` within the first bytes: no Avro framing begins so (Confluent 00, container Obj, gzip 1f8b). */
function looksLikeXml(bytes: Uint8Array): boolean {
  const head = Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.length, 512)).toString('latin1')
  return (
    /^(\u00ef\u00bb\u00bf|\u00ff\u00fe|\u00fe\u00ff)?[\s\0]*</.test(head) || /<\?xml|<[A-Za-z]*:?VOEvent/.test(head)
  )
}
