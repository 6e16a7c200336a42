/**
 * Files of VOEvents of the draft: Avro object containers (Apache Avro 1.12, "Object Container Files"). Each event
 * carries its ParamSets, which the codec makes small.
 */
import { isUtf8 } from 'node:buffer'
import { createHash } from 'node:crypto'
import { deflateRawSync, inflateRawSync, zstdCompressSync, zstdDecompressSync } from 'node:zlib'
import type { VOEvent } from '../model/voevent.ts'
import { VOEventError } from '../voevent-error.ts'
import { type ReadAvro3Options, writeAvro3 } from './avro.ts'
import { parsingCanonicalForm } from './avro-canonical.ts'
import { readAvro3Event } from './avro-reader.ts'
import { avro3CanonicalForm, avro3SchemaText } from './avro-schema.ts'
import { AvroSink, avroSizeLimit } from './avro-sink.ts'
import { AvroSource } from './avro-source.ts'

export const avro3Codecs = ['null', 'deflate', 'zstandard'] as const
export type Avro3Codec = (typeof avro3Codecs)[number]

const magic = Buffer.from('Obj\u0001', 'latin1')
const syncBytes = 16
/** A block is full when it has this much, before its codec: bytes. */
const blockBytes = 1 << 18
const largestMetadataBytes = 1 << 20
const mostMetadata = 100

export interface WriteAvro3ContainerOptions {
  /** The default is deflate, which every reader of Avro knows. */
  readonly codec?: Avro3Codec
}

/**
 * Writes a file piece by piece and holds one block of it. The same events give the same bytes: the sync marker is made
 * of the first block.
 */
export class Avro3ContainerWriter {
  readonly #codec: Avro3Codec
  #open: Uint8Array[] = []
  #openBytes = 0
  #sync: Uint8Array | undefined
  constructor({ codec = 'deflate' }: WriteAvro3ContainerOptions = {}) {
    this.#codec = codec
  }

  /**
   * Takes an event and gives the bytes that are ready, often none. Throws VOEventError for an event that the model does
   * not allow; the file goes on without it.
   */
  add(event: VOEvent): Uint8Array {
    const datum = writeAvro3(event)
    const ready = this.#open.length > 0 && this.#openBytes + datum.length > blockBytes ? this.#close() : []
    this.#open.push(datum)
    this.#openBytes += datum.length
    return Buffer.concat(ready)
  }

  /** The bytes that are left; a file without events is a head. */
  end(): Uint8Array {
    return Buffer.concat(this.#close())
  }

  #close(): Uint8Array[] {
    const data = Buffer.concat(this.#open)
    const count = this.#open.length
    this.#open = []
    this.#openBytes = 0
    const heads = new AvroSink()
    const pieces: Uint8Array[] = []
    if (this.#sync === undefined) {
      const hash = createHash('sha256').update(avro3SchemaText).update(this.#codec).update(data)
      this.#sync = hash.digest().subarray(0, syncBytes)
      pieces.push(magic, header(heads, this.#codec), this.#sync)
    }
    if (count > 0) {
      const packed = pack(data, this.#codec)
      pieces.push(blockHead(heads, count, packed.length), packed, this.#sync)
    }
    return pieces
  }
}

/** The bytes of a file. Throws VOEventError for an event that the model does not allow. */
export function writeAvro3Container(events: Iterable<VOEvent>, options: WriteAvro3ContainerOptions = {}): Uint8Array {
  const writer = new Avro3ContainerWriter(options)
  const pieces = Array.from(events, (event) => writer.add(event))
  return new Uint8Array(Buffer.concat([...pieces, writer.end()]))
}

/**
 * The events of a file, each read when it is asked for: who doubts the file may stop. Throws VOEventError where it is
 * damaged or of another schema; what was read before stands.
 */
export function* readAvro3Container(bytes: Uint8Array, { paramSets }: ReadAvro3Options = {}): Generator<VOEvent> {
  const file = new FileBytes(bytes)
  const codec = file.header()
  for (let block = file.block(); block !== undefined; block = file.block()) {
    const source = new AvroSource(unpack(block.data, codec))
    for (let left = block.count; left > 0; left--) yield readAvro3Event(source, paramSets)
    if (source.at < source.end) {
      throw new VOEventError('AVRO_TRAILING', `${source.end - source.at} bytes at the end of a block.`)
    }
  }
}

function header(sink: AvroSink, codec: Avro3Codec): Uint8Array {
  sink.long(2)
  sink.text('avro.schema')
  sink.text(avro3SchemaText)
  sink.text('avro.codec')
  sink.text(codec)
  sink.long(0)
  return sink.copy(0)
}

function blockHead(sink: AvroSink, count: number, size: number): Uint8Array {
  const start = sink.at
  sink.long(count)
  sink.long(size)
  return sink.copy(start)
}

function pack(data: Uint8Array, codec: Avro3Codec): Uint8Array {
  return codec === 'deflate' ? deflateRawSync(data) : codec === 'zstandard' ? zstdCompressSync(data) : data
}

function unpack(data: Uint8Array, codec: Avro3Codec): Uint8Array {
  // In larger pieces than zlib's own 16 KiB, which make it several times slower.
  const options = { maxOutputLength: avroSizeLimit, chunkSize: 1 << 18 }
  try {
    if (codec === 'null') return data
    return codec === 'deflate' ? inflateRawSync(data, options) : zstdDecompressSync(data, options)
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    if (code === 'ERR_BUFFER_TOO_LARGE') throw new VOEventError('AVRO_TOO_LARGE', 'A block unpacks to more.')
    throw new VOEventError('AVRO_CONTAINER', `A block is no ${codec}: ${message}.`)
  }
}

interface Block {
  readonly count: number
  readonly data: Uint8Array
}

/** The file around its blocks. It may be larger than a block can be, so lengths are read here without a source. */
class FileBytes {
  readonly #bytes: Uint8Array
  #at = 0
  #sync: Uint8Array = new Uint8Array(0)
  constructor(bytes: Uint8Array) {
    this.#bytes = bytes
  }

  /** The codec, if the schema is the draft's. */
  header(): Avro3Codec {
    if (!magic.equals(this.#bytes.subarray(0, magic.length))) {
      throw new VOEventError('AVRO_FRAMING', 'It is no object container.')
    }
    this.#at = magic.length
    const metadata = this.#metadata()
    this.#sync = this.#take(syncBytes)
    checkSchema(metadata.get('avro.schema'))
    const named = Buffer.from(metadata.get('avro.codec') ?? 'null').toString('latin1')
    const codec = avro3Codecs.find((each) => each === (named === '' ? 'null' : named))
    if (codec === undefined) throw new VOEventError('AVRO_CONTAINER', `The codec is '${named}'.`)
    return codec
  }

  #metadata(): ReadonlyMap<string, Uint8Array> {
    const metadata = new Map<string, Uint8Array>()
    const start = this.#at
    for (let count = this.#long(); count !== 0; count = this.#long()) {
      // A negative count has the size of what follows behind it.
      if (count < 0) this.#length()
      for (let left = Math.abs(count); left > 0; left--) {
        const name = Buffer.from(this.#take(this.#length())).toString('latin1')
        metadata.set(name, this.#take(this.#length()))
        if (metadata.size > mostMetadata || this.#at - start > largestMetadataBytes) {
          throw new VOEventError('AVRO_CONTAINER', 'Its metadata is too large.')
        }
      }
    }
    return metadata
  }

  /** The next block as its codec left it; undefined at the end. */
  block(): Block | undefined {
    if (this.#at === this.#bytes.length) return undefined
    const count = this.#length()
    const size = this.#length()
    if (size > avroSizeLimit) throw new VOEventError('AVRO_TOO_LARGE', `A block has ${size} bytes.`)
    const data = this.#take(size)
    const { length } = this.#sync
    if (Buffer.compare(this.#take(length), this.#sync) !== 0) {
      throw new VOEventError('AVRO_CONTAINER', `There is no sync marker at byte ${this.#at - length}.`)
    }
    return { count, data }
  }

  #take(count: number): Uint8Array {
    const start = this.#at
    if (count > this.#bytes.length - start) {
      throw new VOEventError('AVRO_TRUNCATED', `At byte ${start} of ${this.#bytes.length} another ${count} are needed.`)
    }
    this.#at = start + count
    return this.#bytes.subarray(start, this.#at)
  }

  #length(): number {
    const length = this.#long()
    if (length < 0) throw new VOEventError('AVRO_COUNT', `At byte ${this.#at}: ${length}.`)
    return length
  }

  #long(): number {
    const source = new AvroSource(this.#bytes.subarray(this.#at, this.#at + 10))
    const value = Number(source.long())
    this.#at += source.at
    return value
  }
}

/** The text of the last schema that was the draft's: files of one writer all have the same. */
let lastText: Uint8Array = Buffer.from(avro3SchemaText)

function checkSchema(text: Uint8Array | undefined): void {
  if (text === undefined) throw new VOEventError('AVRO_SCHEMA', 'There is none.')
  if (Buffer.compare(text, lastText) === 0) return
  if (!isUtf8(text)) throw new VOEventError('AVRO_SCHEMA', 'It is not UTF-8.')
  let schema: unknown
  try {
    schema = JSON.parse(Buffer.from(text).toString())
  } catch (error) {
    throw new VOEventError('AVRO_SCHEMA', `It is no JSON: ${(error as Error).message}.`)
  }
  if (parsingCanonicalForm(schema) !== avro3CanonicalForm) throw new VOEventError('AVRO_SCHEMA', nameOf(schema))
  lastText = text.slice()
}

function nameOf(schema: unknown): string {
  const name = schema !== null && typeof schema === 'object' && 'name' in schema ? schema.name : undefined
  return `It is '${String(name)}'.`
}
