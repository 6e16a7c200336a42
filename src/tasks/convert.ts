/** `fountain convert`: every packet on its own, the same decoding and mapping as live; one that fails stops no other. */
import { gunzipSync } from 'node:zlib'
import type { Loss } from '../../vo/loss.ts'
import type { VOEvent } from '../../vo/model/voevent.ts'
import type { Decoder, WriterSchema } from '../decode/decoder.ts'
import { FountainError } from '../errors.ts'
import type { Alert, AvroValue, Packet } from '../flow.ts'
import type { Unframed } from '../ingest/framing.ts'
import {
  type EventForm,
  eventForms,
  extensionOf,
  type ReadEvent,
  type ReadForm,
  type WrittenEvent,
} from './convert-forms.ts'

export const convertFormats = [...eventForms, 'json'] as const
export type ConvertFormat = (typeof convertFormats)[number]

export interface ConvertStages {
  unframe(bytes: Uint8Array): Unframed
  schemaOf(unframed: Unframed, survey: string): Promise<WriterSchema>
  decoderFor(schema: WriterSchema, survey: string): Decoder
  /** Survey of a schema by its name: `lsst`, `ztf`; undefined where no mapping knows it. */
  surveyOf(schema: WriterSchema): string | undefined
  alertIdOf(alert: Alert): string
  /** With all that the alert holds for the forms of the draft, else what VOEvent 2.0 says of it. */
  toVOEvent(alert: Alert): VOEvent
  /** The form of a VOEvent; undefined where the bytes are none. */
  formOf(bytes: Uint8Array): ReadForm
  readEvent(bytes: Uint8Array, form: ReadForm): ReadEvent
  writeEvent(event: VOEvent, form: EventForm): WrittenEvent
}

export interface Converted {
  readonly name: string
  readonly bytes: Uint8Array
  /** What was written, unless it was the alert itself. */
  readonly event?: VOEvent
  /** What the document said that is not in these bytes as it was. */
  readonly losses: readonly Loss[]
}

/** Converts one packet. Throws FountainError with the reason, or VOEventError for an event that cannot be written. */
export async function convertPacket(
  packet: Packet,
  from: string | undefined,
  to: ConvertFormat,
  stages: ConvertStages,
): Promise<Converted> {
  const bytes = unpacked(packet.bytes)
  const form = stages.formOf(bytes)
  if (from === 'voevent' || (from === undefined && (form !== undefined || looksLikeXml(bytes)))) {
    if (to === 'json') throw new FountainError('USAGE', 'json is an alert as it is; for a VOEvent take voevent-3-json')
    const { event, losses } = readEvent(bytes, form, stages)
    const written = stages.writeEvent(event, to)
    const name = `${event.ivoid.replace(/[^A-Za-z0-9._-]/g, '_')}.${extensionOf[to]}`
    return { name, bytes: written.bytes, event, losses: [...losses, ...written.losses] }
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
  if (to === 'json') {
    const bytes = new TextEncoder().encode(`${JSON.stringify(plain(alert.record), null, 1)}\n`)
    return { name: `${name}.json`, bytes, losses: [] }
  }
  const event = minted(stages.toVOEvent(alert), to)
  return { name: `${name}.${extensionOf[to]}`, event, ...stages.writeEvent(event, to) }
}

/** VOEvent 2.1 §2 puts `?` before the local part of the identifiers that it makes. */
function minted(event: VOEvent, to: EventForm): VOEvent {
  return to === 'voevent-2.1' ? { ...event, ivoid: event.ivoid.replace('#', '?') } : event
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

function readEvent(bytes: Uint8Array, form: ReadForm, stages: ConvertStages): ReadEvent {
  try {
    return stages.readEvent(bytes, form)
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
