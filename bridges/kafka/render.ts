/**
 * One event as one Kafka record. Topic, key, headers and value are stored as one message: a line of JSON, then the
 * value's bytes. Pure, and the same for every attempt.
 */
import { createHash } from 'node:crypto'
import { writeAvro3 } from '../../vo/voevent-3/avro.ts'
import { writeJson3 } from '../../vo/voevent-3/json-write.ts'
import { voeventElement } from '../../vo/xml/element.ts'
import { DeliveryError, type Item, type Message } from '../contract.ts'
import { lightweightOf } from '../event-json.ts'
import type { Format, KafkaAddress } from './config.ts'

export interface RenderSettings {
  readonly format: Format
  /** Who sends, for Hopskotch; absent for plain Kafka. */
  readonly hopskotch?: { readonly sender: string }
}

/** What is stored before the value. */
export interface RecordHead {
  readonly topic: string
  readonly key: string
  readonly headers: Readonly<Record<string, string>>
  /** Hopskotch's `_id`: 16 bytes, hexadecimal. */
  readonly id?: string
  /** The value is an Avro datum that still needs its schema's id before it. */
  readonly avro?: true
}

/** Throws VOEventError for an event that the format cannot say. */
export function renderRecord(item: Item, to: KafkaAddress, settings: RenderSettings): Message {
  const { event, match } = item
  const key = deliveryKey(event.ivoid, match.subscription, to.topic)
  const { value, contentType, hopFormat } = recordValue(item, settings.format)
  const head: RecordHead = {
    topic: to.topic,
    // One key, one partition: what is said of an object stays in order there.
    key: to.key === 'object' ? (match.objectId ?? event.ivoid) : event.ivoid,
    headers: {
      ivoid: event.ivoid,
      role: event.role,
      'content-type': contentType,
      'fountain-key': key,
      ...(settings.hopskotch === undefined
        ? {}
        : {
            _sender: settings.hopskotch.sender,
            _format: hopFormat,
            // Its presence is what counts: hop leaves such messages out unless asked for.
            ...(event.role === 'test' ? { _test: 'true' } : {}),
          }),
    },
    ...(settings.hopskotch === undefined ? {} : { id: uuidOf(key) }),
    ...(settings.format === 'voevent-3-avro' ? { avro: true as const } : {}),
  }
  return { body: Buffer.concat([Buffer.from(`${JSON.stringify(head)}\n`), value]), parts: [], key, repeat: 'safe' }
}

/** The stored message in its two parts. Throws DeliveryError for what is none. */
export function readRecord(body: Uint8Array): { head: RecordHead; value: Buffer } {
  const bytes = Buffer.from(body.buffer, body.byteOffset, body.length)
  const end = bytes.indexOf(0x0a)
  if (end < 0) throw new DeliveryError('reject', 'no', 'the stored message is no Kafka record')
  return { head: JSON.parse(bytes.toString('utf8', 0, end)) as RecordHead, value: bytes.subarray(end + 1) }
}

interface RecordValue {
  readonly value: Uint8Array
  readonly contentType: string
  /** What Hopskotch calls it (hop-client, `hop.models`). */
  readonly hopFormat: 'voevent' | 'json' | 'blob'
}

function recordValue(item: Item, format: Format): RecordValue {
  const { event, raw } = item
  switch (format) {
    case 'voevent-xml':
      return { value: raw.bytes, contentType: raw.mediaType, hopFormat: hopReads(raw.bytes) ? 'voevent' : 'blob' }
    case 'voevent-3-json':
      return { ...json, value: Buffer.from(writeJson3(event)) }
    case 'voevent-3-avro':
      // ParamSets inline: who has the registry can read each message by itself, also from the middle of the topic.
      return { value: writeAvro3(event, { paramSets: 'inline' }), contentType: 'application/avro', hopFormat: 'blob' }
    case 'lightweight-json': {
      const withdrawn = event.citations?.events.filter(({ cite }) => cite === 'retraction').map(({ ivoid }) => ivoid)
      const flat = {
        ivoid: event.ivoid,
        role: event.role,
        ...lightweightOf(event),
        ...(withdrawn === undefined || withdrawn.length === 0 ? {} : { retracts: withdrawn }),
      }
      return { ...json, value: Buffer.from(JSON.stringify(flat)) }
    }
  }
}

const json = { contentType: 'application/json', hopFormat: 'json' } as const

/** hop's VOEvent model takes the root by its written name, `voe:VOEvent`; what others wrote may bind another prefix. */
function hopReads(bytes: Uint8Array): boolean {
  try {
    const { start } = voeventElement(bytes)
    return /^<voe:VOEvent[\s/>]/.test(Buffer.from(bytes.subarray(start, start + 13)).toString('latin1'))
  } catch {
    return false
  }
}

/** The same for the same event, subscription and topic; 32 hexadecimal digits. */
function deliveryKey(ivoid: string, subscription: string, topic: string): string {
  return createHash('sha256')
    .update(JSON.stringify([ivoid, subscription, topic]))
    .digest('hex')
    .slice(0, 32)
}

/** A UUID of version 8 (RFC 9562 §5.8: bits of one's own) made of the delivery's key. */
function uuidOf(key: string): string {
  const variant = ((Number.parseInt(key[16]!, 16) & 0x3) | 0x8).toString(16)
  return `${key.slice(0, 12)}8${key.slice(13, 16)}${variant}${key.slice(17)}`
}
