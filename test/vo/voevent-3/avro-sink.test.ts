import { describe, expect, it } from 'vitest'
import { AvroSink } from '../../../vo/voevent-3/avro-sink.ts'
import { AvroSource } from '../../../vo/voevent-3/avro-source.ts'
import { varint } from '../../fuzz/mutate.ts'

const first = new AvroSink().bytes.length
const text = (value: string) => Buffer.concat([varint(BigInt(Buffer.byteLength(value))), Buffer.from(value)])
const float = (value: number) => Buffer.from(new Float32Array([value]).buffer)
const double = (value: number) => Buffer.from(new Float64Array([value]).buffer)

/** Each with its bytes as the specification has them. */
const written: readonly [string, (sink: AvroSink) => void, Uint8Array][] = [
  ['a byte', (sink) => sink.byte(7), Uint8Array.of(7)],
  ['a short integer', (sink) => sink.long(-1), Uint8Array.of(1)],
  ['an integer of 32 bits', (sink) => sink.long(-(2 ** 31)), varint(-(2n ** 31n))],
  ['a safe integer', (sink) => sink.long(2 ** 53 - 1), varint(2n ** 53n - 1n)],
  ['an int64', (sink) => sink.bigLong(-(2n ** 63n)), varint(-(2n ** 63n))],
  ['a float', (sink) => sink.float(0.5), float(0.5)],
  ['a double', (sink) => sink.double(0.1), double(0.1)],
  ['ASCII', (sink) => sink.text('a'.repeat(47)), text('a'.repeat(47))],
  ['a longer text', (sink) => sink.text('a'.repeat(100)), text('a'.repeat(100))],
  ['text of three bytes a character', (sink) => sink.text('漢'.repeat(40)), text('漢'.repeat(40))],
  ['a long text', (sink) => sink.text('é'.repeat(70_000)), text('é'.repeat(70_000))],
  ['bytes', (sink) => sink.raw(Uint8Array.of(1, 2, 3)), Uint8Array.of(1, 2, 3)],
]

describe('bytes that grow', () => {
  it.each(written)('take %s wherever their room ends', (_, write, bytes) => {
    for (let left = 0; left < 130; left++) {
      const sink = new AvroSink()
      sink.raw(new Uint8Array(first - left).fill(9))
      write(sink)
      sink.byte(8)
      expect(Buffer.compare(sink.copy(first - left), Buffer.concat([bytes, Uint8Array.of(8)])), `${left} left`).toBe(0)
      expect(sink.bytes.subarray(0, first - left).every((byte) => byte === 9)).toBe(true)
    }
  })

  it('have integers at the edges of 7, 32 and 53 bits as they were', () => {
    for (let bits = 0; bits <= 53; bits++) {
      for (const value of [2 ** bits - 1, -(2 ** bits) + 1, ...(bits < 53 ? [2 ** bits, -(2 ** bits)] : [])]) {
        const sink = new AvroSink()
        sink.long(value)
        expect(sink.copy(0), String(value)).toEqual(varint(BigInt(value)))
        expect(new AvroSource(sink.copy(0)).long()).toBe(value + 0)
      }
    }
  })
})
