/**
 * The packets of one file, in order. An object container gives one packet a record, each a complete container of its
 * own; any other file is one packet. A container may be larger than memory: it is read block by block.
 */
import { createReadStream } from 'node:fs'
import { open, readFile, stat } from 'node:fs/promises'
import { pipeline } from 'node:stream'
import { createGunzip } from 'node:zlib'
import { FountainError } from '../errors.ts'
import {
  type ContainerBlock,
  type ContainerHeader,
  isContainer,
  readBlock,
  readHeader,
  unpackBlock,
  unpackedLimit,
  writeContainer,
  writeHeader,
} from './container.ts'
import { isGzip, splitBlock } from './framing.ts'

/** Files up to this are read at once, bytes. */
const wholeLimit = 8 * 1024 * 1024
/** So much of what cannot be read becomes the dead packet; the file has the rest. */
const brokenLimit = 1024 * 1024
const gzipLayers = 2

export interface FilePacket {
  readonly index: number
  readonly bytes: Uint8Array
  /** Set where the container is broken: what unframing these bytes will say, for the log. */
  readonly broken?: string
}

/**
 * Packets of `path` from index `from` on. With `whole` the file is one packet whatever it holds.
 * Throws FILES_UNREADABLE; what is merely broken becomes packets that cannot be decoded.
 */
export async function* filePackets(path: string, from: number, whole: boolean): AsyncGenerator<FilePacket> {
  try {
    yield* packetsOf(path, from, whole)
  } catch (cause) {
    if (cause instanceof FountainError && cause.code === 'FILES_UNREADABLE') throw cause
    throw new FountainError('FILES_UNREADABLE', `${path}: ${(cause as Error).message}.`, { cause })
  }
}

async function* packetsOf(path: string, from: number, whole: boolean): AsyncGenerator<FilePacket> {
  const { size } = await stat(path)
  const start = await readStart(path)
  const small = size <= wholeLimit
  if (small && !isGzip(start)) {
    if (!whole && isContainer(start))
      return yield* containerPackets(new Window(pieces(await readFile(path))), from, true)
    if (from === 0) yield { index: 0, bytes: await readFile(path) }
    return
  }
  const inside = await openWindow(path)
  if (isTar(inside.bytes)) {
    await inside.close()
    throw new FountainError('FILES_UNREADABLE', `${path}: a tar archive; unpack it and name the directory.`)
  }
  if (!whole && isContainer(inside.bytes)) return yield* containerPackets(inside, from, false)
  await inside.close()
  if (size > unpackedLimit) {
    throw new FountainError('FILES_UNREADABLE', `${path}: no container, and too large for one packet.`)
  }
  if (from === 0) yield { index: 0, bytes: await readFile(path) }
}

async function readStart(path: string): Promise<Uint8Array> {
  const file = await open(path)
  try {
    const { bytesRead, buffer } = await file.read(Buffer.alloc(16), 0, 16, 0)
    return buffer.subarray(0, bytesRead)
  } finally {
    await file.close()
  }
}

/** A window over the file's content, gzip taken off. Broken gzip gives what came before. */
async function openWindow(path: string): Promise<Window> {
  for (let layers = 0; ; layers++) {
    const window = new Window(unzipped(path, layers))
    await window.fill(512)
    if (layers === gzipLayers || !isGzip(window.bytes)) return window
    await window.close()
  }
}

function unzipped(path: string, layers: number): AsyncIterable<Uint8Array> {
  const file = createReadStream(path, { highWaterMark: 1024 * 1024 })
  if (layers === 0) return file
  const gunzips = Array.from({ length: layers }, () => createGunzip({ chunkSize: 256 * 1024 }))
  // A failure anywhere reaches the reader of the last stream.
  pipeline([file, ...gunzips], () => {})
  return gunzips[layers - 1]!
}

/** POSIX tar (IEEE 1003.1, ustar): its mark stands at byte 257. */
const isTar = (bytes: Uint8Array) => Buffer.from(bytes.subarray(257, 262)).toString('latin1') === 'ustar'

async function* pieces(bytes: Uint8Array) {
  yield bytes
}

/** Bytes read ahead of a stream. */
class Window {
  bytes: Uint8Array = new Uint8Array(0)
  /** Why the stream ended before its end. */
  failure: Error | undefined
  ended = false
  private readonly stream: AsyncIterator<Uint8Array>
  constructor(stream: AsyncIterable<Uint8Array>) {
    this.stream = stream[Symbol.asyncIterator]()
  }
  /** Reads on until `length` bytes are there or the stream ends. */
  async fill(length: number): Promise<void> {
    const parts = [this.bytes]
    let have = this.bytes.length
    while (have < length && !this.ended) {
      try {
        const next = await this.stream.next()
        if (next.done) this.ended = true
        else {
          parts.push(next.value)
          have += next.value.length
        }
      } catch (error) {
        this.failure = error as Error
        this.ended = true
      }
    }
    if (parts.length > 1) this.bytes = Buffer.concat(parts)
  }
  skip(length: number): void {
    this.bytes = this.bytes.subarray(length)
  }
  async close(): Promise<void> {
    this.ended = true
    await this.stream.return?.()
  }
}

async function* containerPackets(window: Window, from: number, keepWhole: boolean): AsyncGenerator<FilePacket> {
  try {
    yield* recordsOf(window, from, keepWhole)
  } finally {
    await window.close()
  }
}

async function* recordsOf(window: Window, from: number, keepWhole: boolean): AsyncGenerator<FilePacket> {
  await window.fill(1)
  const all = window.bytes
  let header: ContainerHeader | undefined
  try {
    header = await need(window, () => readHeader(window.bytes))
  } catch (error) {
    if (from === 0) yield broken(0, window.bytes.subarray(0, brokenLimit), error)
    return
  }
  window.skip(header.length)
  let index = 0
  for (;;) {
    await window.fill(1)
    if (window.bytes.length === 0) break
    let block: ContainerBlock
    try {
      block = await need(window, () => readBlock(window.bytes, 0, header.sync))
    } catch (error) {
      const rest = await skipToSync(window, header.sync)
      if (index >= from) yield broken(index, brokenContainer(header, rest), error)
      index++
      continue
    }
    if (keepWhole && index === 0 && block.count === 1 && from === 0) {
      await window.fill(block.length + 1)
      if (window.bytes.length === block.length) return yield { index: 0, bytes: all }
    }
    const raw = window.bytes.subarray(0, block.length)
    window.skip(block.length)
    // Also where all lies below `from`: only the records tell whether the block holds more than it counts.
    index = yield* blockPackets(header, block, raw, index, from)
  }
  if (index > 0 && window.failure === undefined) return
  // Nothing in it, or its gzip broke between two blocks: either must be seen.
  if (index >= from)
    yield broken(index, writeHeader(header, 'null'), window.failure ?? new FountainError('CONTAINER_EMPTY', ''))
}

/**
 * The records of a block; when they do not part, the rest of the block becomes one packet and its indices are passed
 * over. Returns the index after the block: one more than its records when bytes are left over after the last.
 */
function* blockPackets(
  header: ContainerHeader,
  block: ContainerBlock,
  raw: Uint8Array,
  first: number,
  from: number,
): Generator<FilePacket, number> {
  let index = first
  let data: Uint8Array
  try {
    data = unpackBlock(header.codec, block.data, unpackedLimit)
  } catch (error) {
    if (index >= from) yield broken(index, brokenContainer(header, raw), error)
    return first + Math.max(block.count, 1)
  }
  let at = 0
  try {
    for (const record of splitBlock(data, block.count, header.schemaJson)) {
      if (index >= from) yield { index, bytes: writeContainer(header, 1, record.datum) }
      at = record.at + record.datum.length
      index++
    }
  } catch (error) {
    const rest = writeContainer(header, block.count - (index - first), data.subarray(at))
    if (index >= from) yield broken(index, rest, error)
    index++
  }
  return Math.max(index, first + block.count)
}

/** Reads with `read`, with more and more bytes, until it has enough. */
async function need<T>(window: Window, read: () => T | undefined): Promise<T> {
  for (;;) {
    const found = read()
    if (found !== undefined) return found
    if (window.ended) throw window.failure ?? new FountainError('FRAMING_TRUNCATED', 'The file ends within it.')
    await window.fill(window.bytes.length + Math.max(wholeLimit / 8, window.bytes.length))
  }
}

/** Past the next sync marker (or to the end): what was passed over, at most `brokenLimit` of it. */
async function skipToSync(window: Window, sync: Uint8Array): Promise<Uint8Array> {
  const kept: Uint8Array[] = []
  let length = 0
  const pass = (count: number) => {
    if (length < brokenLimit) kept.push(window.bytes.slice(0, Math.min(count, brokenLimit - length)))
    length += count
    window.skip(count)
  }
  for (;;) {
    const at = Buffer.from(window.bytes.buffer, window.bytes.byteOffset, window.bytes.length).indexOf(sync)
    if (at >= 0) {
      pass(at + sync.length)
      return Buffer.concat(kept)
    }
    if (window.ended) {
      pass(window.bytes.length)
      return Buffer.concat(kept)
    }
    pass(Math.max(0, window.bytes.length - sync.length + 1))
    await window.fill(window.bytes.length + wholeLimit / 8)
  }
}

/** A container of this schema that holds `rest` as it was: unframing it fails as reading the file did. */
function brokenContainer(header: ContainerHeader, rest: Uint8Array): Uint8Array {
  return Buffer.concat([writeHeader(header, header.codec), rest.subarray(0, brokenLimit)])
}

function broken(index: number, bytes: Uint8Array, error: unknown): FilePacket {
  return { index, bytes, broken: error instanceof FountainError ? error.code : (error as Error).message }
}
