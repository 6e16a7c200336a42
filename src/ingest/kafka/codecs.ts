/** The compressions of Kafka's record batches. What they unpack to is bounded: a batch is made by anybody. */
import { promisify } from 'node:util'
import { gunzip, gzip, zstdCompress, zstdDecompress } from 'node:zlib'
import { compressFrame, decompressFrame } from 'lz4-napi'
import { compress as snap, uncompress as unsnap } from 'snappy'
import { snappyLength } from '../container.ts'

/** A batch may unpack to so many bytes. */
const unpackedLimit = 256 * 1024 * 1024
/** Output in pieces of 1 MB: by Node's default of 16 KB, unpacking a batch takes six times as long. */
const unpacking = { maxOutputLength: unpackedLimit, chunkSize: 1024 * 1024 }

export interface Codec {
  compress(encoder: { buffer: Buffer }): Promise<Buffer>
  decompress(packed: Buffer): Promise<Buffer>
}

export const gzipCodec: Codec = {
  compress: ({ buffer }) => promisify(gzip)(buffer),
  decompress: (packed) => promisify<Buffer, object, Buffer>(gunzip)(packed, unpacking),
}

export const zstdCodec: Codec = {
  compress: ({ buffer }) => promisify(zstdCompress)(buffer),
  decompress: (packed) => promisify<Buffer, object, Buffer>(zstdDecompress)(packed, unpacking),
}

/** The LZ4 frame format. */
export const lz4Codec: Codec = {
  compress: ({ buffer }) => compressFrame(buffer),
  decompress: (packed) => decompressFrame(packed),
}

/** Java clients write Snappy in chunks under a header of their own (xerial's); others write it raw. Both are read. */
export const snappyCodec: Codec = {
  compress: ({ buffer }) => snap(buffer),
  async decompress(packed) {
    if (!packed.subarray(0, xerialMagic.length).equals(xerialMagic)) return unsnapped(packed, unpackedLimit)
    const parts: Buffer[] = []
    let budget = unpackedLimit
    for (let at = xerialHeader; at < packed.length; ) {
      if (at + 4 > packed.length) throw new Error('snappy: it ends within a length')
      const end = at + 4 + packed.readUInt32BE(at)
      if (end > packed.length) throw new Error('snappy: it ends within a chunk')
      const part = await unsnapped(packed.subarray(at + 4, end), budget)
      budget -= part.length
      parts.push(part)
      at = end
    }
    return parts.length === 1 ? parts[0]! : Buffer.concat(parts)
  },
}

const xerialMagic = Buffer.from([0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0x00])
/** The magic, a version and the oldest version that can read it: eight bytes, then two numbers of four. */
const xerialHeader = 16

async function unsnapped(packed: Buffer, limit: number): Promise<Buffer> {
  if (snappyLength(packed) > limit) throw new Error(`snappy: it unpacks to more than ${limit} bytes`)
  return (await unsnap(packed, { asBuffer: true })) as Buffer
}
