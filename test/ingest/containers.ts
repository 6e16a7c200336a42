/** Writes object containers for tests, well formed and not, apart from the code under test. */
import { crc32, deflateRawSync, zstdCompressSync } from 'node:zlib'
import { compressSync } from 'snappy'

export type Codec = 'null' | 'deflate' | 'snappy' | 'zstandard'

const sync = Buffer.from('<-- 0123456789 >')

function long(value: number): Buffer {
  let raw = BigInt.asUintN(64, (BigInt(value) << 1n) ^ (BigInt(value) >> 63n))
  const bytes: number[] = []
  for (; raw > 127n; raw >>= 7n) bytes.push(Number(raw & 127n) | 128)
  bytes.push(Number(raw))
  return Buffer.from(bytes)
}

const text = (value: Uint8Array | string) => {
  const bytes = Buffer.from(value as string)
  return Buffer.concat([long(bytes.length), bytes])
}

export function rawContainer(
  metadata: Readonly<Record<string, string>>,
  blocks: readonly { count: number; data: Uint8Array }[],
): Buffer {
  const entries = Object.entries(metadata)
  return Buffer.concat([
    Buffer.from('Obj\x01', 'latin1'),
    ...(entries.length > 0 ? [long(entries.length)] : []),
    ...entries.flatMap(([key, value]) => [text(key), text(value)]),
    long(0),
    sync,
    ...blocks.flatMap(({ count, data }) => [long(count), long(data.length), data, sync]),
  ])
}

const pack: Record<Codec, (data: Buffer) => Uint8Array> = {
  null: (data) => data,
  deflate: (data) => deflateRawSync(data),
  zstandard: (data) => zstdCompressSync(data),
  snappy: (data) => {
    const sum = Buffer.alloc(4)
    sum.writeUInt32BE(crc32(data))
    return Buffer.concat([compressSync(data), sum])
  },
}

/** One block for each list of datums. */
export function containerOf(schema: object, blocks: readonly (readonly Uint8Array[])[], codec: Codec): Buffer {
  return rawContainer(
    { 'avro.codec': codec, 'avro.schema': JSON.stringify(schema) },
    blocks.map((datums) => ({ count: datums.length, data: pack[codec](Buffer.concat(datums)) })),
  )
}
