/**
 * How a packet is framed. Confluent wire format: a zero byte, the schema's id as four big-endian bytes, the datum.
 * Object container: the schema comes with it. Raw: the datum alone, its schema configured. Gzip may lie around any.
 */
import { gunzipSync } from 'node:zlib'
import { FountainError } from '../errors.ts'
import { isContainer, readBlock, readHeader, unpackBlock, unpackedLimit } from './container.ts'
import { compileSkip } from './skip-datum.ts'

export type Framing = 'auto' | 'confluent' | 'container' | 'raw'

/** Data are views into the packet where nothing had to be unpacked. */
export type Unframed =
  | { readonly kind: 'confluent'; readonly schemaId: number; readonly datum: Uint8Array }
  | { readonly kind: 'container'; readonly schemaJson: string; readonly datums: readonly Uint8Array[] }
  | { readonly kind: 'raw'; readonly datum: Uint8Array }

const gzipLayers = 2
/** Records in one packet: real ones hold one. */
const recordLimit = 100_000

/** Takes the framing off. Throws FRAMING_*, CONTAINER_EMPTY, SCHEMA_* and, for records that do not part, DECODE_*. */
export function unframe(packet: Uint8Array, framing: Framing): Unframed {
  const bytes = gunzip(packet)
  if (bytes.length === 0) throw new FountainError('FRAMING_TRUNCATED', 'It is empty.')
  if (framing === 'raw') return { kind: 'raw', datum: bytes }
  if (framing !== 'container' && bytes[0] === 0) return confluent(bytes)
  if (framing !== 'confluent') {
    if (isContainer(bytes)) return container(bytes)
    if (bytes.length < 4 && 'Obj'.startsWith(Buffer.from(bytes).toString('latin1'))) {
      throw new FountainError('FRAMING_TRUNCATED', 'It ends within the mark of a container.')
    }
  }
  const start = Buffer.from(bytes.subarray(0, 8)).toString('hex')
  const what = framing === 'auto' ? 'neither Confluent wire format nor an object container' : `not ${framing}`
  throw new FountainError('FRAMING_UNKNOWN', `It is ${what}: it starts with ${start}.`)
}

/** Is this the start of a gzip member (RFC 1952 §2.3.1: deflate, no reserved flags)? */
export function isGzip(bytes: Uint8Array): boolean {
  return bytes[0] === 0x1f && bytes[1] === 0x8b && bytes[2] === 8 && ((bytes[3] ?? 0xff) & 0xe0) === 0
}

function gunzip(packet: Uint8Array): Uint8Array {
  let bytes = packet
  for (let layer = 0; isGzip(bytes); layer++) {
    if (layer === gzipLayers) throw new FountainError('FRAMING_GZIP', `It has more than ${gzipLayers} layers.`)
    try {
      bytes = gunzipSync(bytes, { maxOutputLength: unpackedLimit, chunkSize: 256 * 1024 })
    } catch (cause) {
      if ((cause as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE') {
        throw new FountainError('FRAMING_TOO_LARGE', '', { cause })
      }
      throw new FountainError('FRAMING_GZIP', `${(cause as Error).message}.`, { cause })
    }
  }
  return bytes
}

function confluent(bytes: Uint8Array): Unframed {
  if (bytes.length < 5) throw new FountainError('FRAMING_TRUNCATED', 'It ends within the schema id.')
  const schemaId = new DataView(bytes.buffer, bytes.byteOffset, 5).getUint32(1)
  return { kind: 'confluent', schemaId, datum: bytes.subarray(5) }
}

function container(bytes: Uint8Array): Unframed {
  const header = readHeader(bytes)
  if (header === undefined) throw new FountainError('FRAMING_TRUNCATED', 'It ends within the container’s header.')
  const { schemaJson, codec, sync } = header
  const datums: Uint8Array[] = []
  let budget = unpackedLimit
  for (let at = header.length; at < bytes.length; ) {
    const block = readBlock(bytes, at, sync)
    if (block === undefined) throw new FountainError('FRAMING_TRUNCATED', 'It ends within a block of the container.')
    if (datums.length + block.count > recordLimit) {
      throw new FountainError('FRAMING_TOO_LARGE', `It holds more than ${recordLimit} records.`)
    }
    const data = unpackBlock(codec, block.data, budget)
    budget -= data.length
    for (const { datum } of splitBlock(data, block.count, schemaJson)) datums.push(datum)
    at += block.length
  }
  if (datums.length === 0) throw new FountainError('CONTAINER_EMPTY', '')
  return { kind: 'container', schemaJson, datums }
}

/** The records of an unpacked block, each with where it starts. Throws DECODE_* and SCHEMA_*. */
export function* splitBlock(
  data: Uint8Array,
  count: number,
  schemaJson: string,
): Generator<{ datum: Uint8Array; at: number }> {
  if (count === 0) {
    if (data.length > 0) throw new FountainError('FRAMING_CONTAINER', 'A block without records has bytes.')
  } else if (count === 1) {
    yield { datum: data, at: 0 }
  } else {
    const skip = compileSkip(schemaJson)
    let at = 0
    for (let record = 1; record <= count; record++) {
      const end = skip(data, at)
      if (record === count && end !== data.length) {
        throw new FountainError('DECODE_INVALID', `The last record of a block ends at byte ${end} of ${data.length}.`)
      }
      if (end === at) throw new FountainError('DECODE_INVALID', 'A record has no bytes.')
      yield { datum: data.subarray(at, end), at }
      at = end
    }
  }
}
