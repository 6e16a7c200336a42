import fc from 'fast-check'
import { compressSync } from 'snappy'
import { describe, expect, it } from 'vitest'
import { type Codec, gzipCodec, lz4Codec, snappyCodec, zstdCodec } from '../../../src/ingest/kafka/codecs.ts'

const codecs: [string, Codec][] = [
  ['gzip', gzipCodec],
  ['zstd', zstdCodec],
  ['lz4', lz4Codec],
  ['snappy', snappyCodec],
]

/** Snappy as Java's clients write it: a header, then chunks with their lengths. */
function xerial(...chunks: Buffer[]): Buffer {
  const parts = chunks.flatMap((chunk) => {
    const packed = compressSync(chunk)
    const length = Buffer.alloc(4)
    length.writeUInt32BE(packed.length)
    return [length, packed]
  })
  return Buffer.concat([Buffer.from('82534e41505059000000000100000001', 'hex'), ...parts])
}

describe.each(codecs)('%s', (_, codec) => {
  it('gives back what it was given', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 5000 }), async (bytes) => {
        const packed = await codec.compress({ buffer: Buffer.from(bytes) })
        expect(Buffer.from(await codec.decompress(packed)).equals(bytes)).toBe(true)
      }),
      { numRuns: 50 },
    )
  })
  it('rejects or gives bytes for whatever it is given', async () => {
    const packed = await codec.compress({ buffer: Buffer.alloc(3000, 'fountain ') })
    await fc.assert(
      fc.asyncProperty(
        fc.nat(packed.length - 1),
        fc.integer({ min: 0, max: 255 }),
        fc.nat(40),
        async (at, value, cut) => {
          const broken = Buffer.from(packed.subarray(0, packed.length - cut))
          if (at < broken.length) broken[at] = value
          const outcome = await codec.decompress(broken).then(
            (bytes) => Buffer.isBuffer(bytes),
            (error: unknown) => error instanceof Error,
          )
          expect(outcome).toBe(true)
        },
      ),
      { numRuns: 200 },
    )
  })
})

describe('Java’s snappy', () => {
  it('is read over all its chunks', async () => {
    const chunks = [Buffer.from('one '), Buffer.alloc(40_000, 'two '), Buffer.from('three')]
    expect((await snappyCodec.decompress(xerial(...chunks))).equals(Buffer.concat(chunks))).toBe(true)
    expect(await snappyCodec.decompress(xerial())).toHaveLength(0)
  })
  it('that is cut is an error', async () => {
    const whole = xerial(Buffer.from('one '), Buffer.from('two'))
    for (let length = 17; length < whole.length; length++) {
      const first = 16 + 4 + compressSync(Buffer.from('one ')).length
      if (length === first) continue
      await expect(snappyCodec.decompress(whole.subarray(0, length)), `at ${length}`).rejects.toThrow()
    }
  })
  it('that says it unpacks to more than allowed is refused before it is unpacked', async () => {
    await expect(snappyCodec.decompress(Buffer.from('ffffffff0f00', 'hex'))).rejects.toThrow('more than')
  })
})
