/**
 * Avro object containers (Apache Avro 1.12, "Object Container Files"): header, blocks, codecs. Every length is checked
 * before it is used. A reader returns undefined where the bytes end too early, so that files can be read in pieces.
 */
import { crc32, inflateRawSync, zstdDecompressSync } from 'node:zlib'
import { uncompressSync } from 'snappy'
import { FountainError } from '../errors.ts'

/** Nothing unpacks to more than this, bytes. */
export const unpackedLimit = 64 * 1024 * 1024
const schemaLimit = 1_000_000
/** All metadata but the schema. */
const metadataLimit = 100_000
const magic = Uint8Array.of(0x4f, 0x62, 0x6a, 0x01)
const syncLength = 16

export interface ContainerHeader {
  readonly schemaJson: string
  readonly codec: string
  readonly sync: Uint8Array
  /** Bytes of the header, sync marker included. */
  readonly length: number
}

export interface ContainerBlock {
  readonly count: number
  /** As the codec left it. */
  readonly data: Uint8Array
  /** Bytes of the block, sync marker included. */
  readonly length: number
}

export function isContainer(bytes: Uint8Array): boolean {
  return bytes.length >= magic.length && magic.every((byte, index) => bytes[index] === byte)
}

/** A zigzag long at `at`: its value (NaN beyond 2^48) and where it ends; undefined when the bytes end within it. */
export function readLong(bytes: Uint8Array, at: number): { value: number; end: number } | undefined {
  let raw = 0
  for (let index = 0; index < 10; index++) {
    const byte = bytes[at + index]
    if (byte === undefined) return undefined
    raw = index < 7 ? raw + (byte & 0x7f) * 2 ** (7 * index) : Number.NaN
    if (byte < 0x80) return { value: raw % 2 === 1 ? -(raw + 1) / 2 : raw / 2, end: at + index + 1 }
  }
  throw new FountainError('FRAMING_CONTAINER', `No number at byte ${at}.`)
}

/** A count or length of a container: never negative. */
function readLength(bytes: Uint8Array, at: number): { value: number; end: number } | undefined {
  const length = readLong(bytes, at)
  if (length !== undefined && !(length.value >= 0)) {
    throw new FountainError('FRAMING_CONTAINER', `No length at byte ${at}.`)
  }
  return length
}

/** Throws FRAMING_CONTAINER or SCHEMA_TOO_LARGE; undefined when the bytes end within the header. */
export function readHeader(bytes: Uint8Array): ContainerHeader | undefined {
  const metadata = new Map<string, Uint8Array>()
  let at = magic.length
  let spent = 0
  for (;;) {
    const count = readLong(bytes, at)
    if (count === undefined) return undefined
    at = count.end
    if (count.value === 0) break
    if (Number.isNaN(count.value)) throw new FountainError('FRAMING_CONTAINER', 'Its metadata is too large.')
    if (count.value < 0) {
      const size = readLong(bytes, at)
      if (size === undefined) return undefined
      at = size.end
    }
    for (let entry = Math.abs(count.value); entry > 0; entry--) {
      const key = readBytes(bytes, at, metadataLimit)
      if (key === undefined) return undefined
      const name = latin(key.value)
      const value = readBytes(bytes, key.end, name === 'avro.schema' ? schemaLimit : metadataLimit)
      if (value === undefined) return undefined
      spent += name === 'avro.schema' ? key.value.length : key.value.length + value.value.length + 1
      if (spent > metadataLimit) throw new FountainError('FRAMING_CONTAINER', 'Its metadata is too large.')
      metadata.set(name, value.value)
      at = value.end
    }
  }
  if (at + syncLength > bytes.length) return undefined
  const schema = metadata.get('avro.schema')
  if (schema === undefined) throw new FountainError('FRAMING_CONTAINER', 'It has no schema.')
  const codec = metadata.get('avro.codec')
  return {
    schemaJson: utf8(schema),
    codec: codec === undefined || codec.length === 0 ? 'null' : latin(codec),
    sync: bytes.slice(at, at + syncLength),
    length: at + syncLength,
  }
}

/** Throws FRAMING_CONTAINER or FRAMING_TOO_LARGE; undefined when the bytes end within the block. */
export function readBlock(bytes: Uint8Array, at: number, sync: Uint8Array): ContainerBlock | undefined {
  const count = readLength(bytes, at)
  if (count === undefined) return undefined
  const size = readLength(bytes, count.end)
  if (size === undefined) return undefined
  if (size.value > unpackedLimit) throw new FountainError('FRAMING_TOO_LARGE', `A block has ${size.value} bytes.`)
  const end = size.end + size.value
  if (end + syncLength > bytes.length) return undefined
  if (sync.some((byte, index) => bytes[end + index] !== byte)) {
    throw new FountainError('FRAMING_CONTAINER', `No sync marker at byte ${end}.`)
  }
  return { count: count.value, data: bytes.subarray(size.end, end), length: end + syncLength - at }
}

/** Undoes the codec, into at most `limit` bytes. Throws FRAMING_CODEC, FRAMING_CONTAINER or FRAMING_TOO_LARGE. */
export function unpackBlock(codec: string, data: Uint8Array, limit: number): Uint8Array {
  // In pieces larger than zlib's 16 KB, which would make it several times slower.
  const options = { maxOutputLength: Math.max(1, limit), chunkSize: 256 * 1024 }
  try {
    switch (codec) {
      case 'null':
        if (data.length > limit) throw tooLarge()
        return data
      case 'deflate':
        return inflateRawSync(data, options)
      case 'zstandard':
        return zstdDecompressSync(data, options)
      case 'snappy':
        return unsnap(data, limit)
    }
  } catch (cause) {
    if (cause instanceof FountainError) throw cause
    if ((cause as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE') throw tooLarge()
    throw new FountainError('FRAMING_CONTAINER', `A block is no ${codec}: ${(cause as Error).message}.`, { cause })
  }
  throw new FountainError(
    'FRAMING_CODEC',
    `It is '${codec.slice(0, 40)}'; null, deflate, snappy and zstandard are read.`,
  )
}

/** Snappy blocks end with the CRC-32 of the unpacked data, big-endian. */
function unsnap(data: Uint8Array, limit: number): Uint8Array {
  if (data.length < 5) throw new FountainError('FRAMING_CONTAINER', 'A snappy block has no checksum.')
  const body = data.subarray(0, -4)
  if (snappyLength(body) > limit) throw tooLarge()
  const unpacked = uncompressSync(body, { asBuffer: true }) as Buffer
  const expected = new DataView(data.buffer, data.byteOffset + data.length - 4, 4).getUint32(0)
  if (crc32(unpacked) !== expected) throw new FountainError('FRAMING_CONTAINER', 'A block has a wrong checksum.')
  return unpacked
}

/** What raw snappy says it unpacks to, bytes: a little-endian varint of 32 bits. */
export function snappyLength(bytes: Uint8Array): number {
  let length = 0
  for (let index = 0; index < 5; index++) {
    const byte = bytes[index]
    if (byte === undefined) break
    length += (byte & 0x7f) * 2 ** (7 * index)
    if (byte < 0x80) return length
  }
  throw new Error('no length at its start')
}

const tooLarge = () => new FountainError('FRAMING_TOO_LARGE', '')

/** A header that says `codec`, with the same schema and sync marker. */
export function writeHeader(header: ContainerHeader, codec: string): Uint8Array {
  return Buffer.concat([
    magic,
    writeLong(2),
    ...prefixed(Buffer.from('avro.codec')),
    ...prefixed(Buffer.from(codec, 'latin1')),
    ...prefixed(Buffer.from('avro.schema')),
    ...prefixed(Buffer.from(header.schemaJson)),
    writeLong(0),
    header.sync,
  ])
}

/** A container of one uncompressed block. `data` may hold several records one after the other. */
export function writeContainer(header: ContainerHeader, count: number, data: Uint8Array): Uint8Array {
  return Buffer.concat([writeHeader(header, 'null'), writeLong(count), ...prefixed(data), header.sync])
}

const prefixed = (bytes: Uint8Array) => [writeLong(bytes.length), bytes]

function writeLong(value: number): Uint8Array {
  const bytes: number[] = []
  let rest = value * 2
  for (; rest > 0x7f; rest = Math.floor(rest / 128)) bytes.push((rest % 128) | 0x80)
  bytes.push(rest)
  return Uint8Array.from(bytes)
}

function readBytes(bytes: Uint8Array, at: number, limit: number): { value: Uint8Array; end: number } | undefined {
  const length = readLength(bytes, at)
  if (length === undefined) return undefined
  if (length.value > limit) {
    if (limit === schemaLimit) throw new FountainError('SCHEMA_TOO_LARGE', `It has ${length.value} bytes.`)
    throw new FountainError('FRAMING_CONTAINER', 'Its metadata is too large.')
  }
  const end = length.end + length.value
  return end > bytes.length ? undefined : { value: bytes.subarray(length.end, end), end }
}

const latin = (bytes: Uint8Array) => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1')

function utf8(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch (cause) {
    throw new FountainError('SCHEMA_INVALID', 'It is not UTF-8.', { cause })
  }
}
