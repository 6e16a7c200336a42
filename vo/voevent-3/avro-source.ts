/**
 * A place in bytes of Avro (Apache Avro 1.12, "Binary Encoding"). Every length is held against what is left before it
 * is used, and the items of lists are counted, so that hostile bytes cost no more than they are long.
 */
import { isUtf8 } from 'node:buffer'
import { VOEventError } from '../voevent-error.ts'
import { avroSizeLimit } from './avro-sink.ts'
import { mostItems } from './most-items.ts'

const long64 = new BigInt64Array(1)
const halves32 = new Int32Array(long64.buffer)
const twoTo32 = 2 ** 32
/** Text of up to this many bytes is read here, longer by the runtime, which is slower to start. */
const shortText = 24

export class AvroSource {
  readonly bytes: Buffer
  readonly end: number
  private readonly view: DataView
  at = 0
  private itemsLeft = mostItems
  /** Low and high half of the last long. */
  private low = 0
  private high = 0

  /** Throws VOEventError for more than the largest size. */
  constructor(bytes: Uint8Array) {
    if (bytes.length > avroSizeLimit) throw new VOEventError('AVRO_TOO_LARGE', `It has ${bytes.length} bytes.`)
    this.bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    this.end = bytes.byteLength
  }

  truncated(wanted: number): VOEventError {
    return new VOEventError('AVRO_TRUNCATED', `At byte ${this.at} of ${this.end} another ${wanted} are needed.`)
  }

  invalid(code: 'AVRO_COUNT' | 'AVRO_VALUE', what: string): VOEventError {
    return new VOEventError(code, `At byte ${this.at} of ${this.end}: ${what}.`)
  }

  /** The next event may have as many items again. */
  startEvent(): void {
    this.itemsLeft = mostItems
  }

  /** Moves on by `count` bytes and gives the place before. */
  take(count: number): number {
    const { at } = this
    if (count > this.end - at) throw this.truncated(count)
    this.at = at + count
    return at
  }

  private varint(): void {
    const { bytes, end } = this
    let { at } = this
    if (at < end && bytes[at]! < 0x80) {
      const byte = bytes[at]!
      this.at = at + 1
      this.high = -(byte & 1)
      this.low = (byte >>> 1) ^ this.high
      return
    }
    let low = 0
    let high = 0
    for (let shift = 0; ; shift += 7) {
      if (at >= end) throw this.truncated(at - this.at + 1)
      const byte = bytes[at++]!
      const bits = byte & 0x7f
      if (shift < 28) low |= bits << shift
      else if (shift === 28) {
        low |= bits << 28
        high = bits >>> 4
      } else high |= bits << (shift - 32)
      if (shift === 63 && byte > 1) throw this.invalid('AVRO_VALUE', 'an integer of more than 64 bits')
      if (byte < 0x80) break
    }
    this.at = at
    const sign = -(low & 1)
    this.low = ((low >>> 1) | (high << 31)) ^ sign
    this.high = (high >>> 1) ^ sign
  }

  /** A number where it is safe, else a bigint. */
  long(): number | bigint {
    this.varint()
    const { low, high } = this
    if (high === low >> 31) return low
    if (high >= -0x200000 && high < 0x200000 && !(high === -0x200000 && low === 0)) return high * twoTo32 + (low >>> 0)
    halves32[0] = low
    halves32[1] = high
    return long64[0]!
  }

  /** A field that is a safe integer. */
  int(): number {
    const value = this.long()
    if (typeof value === 'bigint') throw this.invalid('AVRO_VALUE', `${value} is no safe integer`)
    return value
  }

  /** The index of a union's branch or an enumeration's word. */
  index(count: number): number {
    const { at } = this
    this.varint()
    if (this.high === 0 && this.low >= 0 && this.low < count) return this.low
    this.at = at
    throw this.invalid('AVRO_VALUE', `an index of ${count} choices is out of range`)
  }

  /** A length in bytes, of which all are there. */
  length(): number {
    this.varint()
    const { low, high } = this
    if (high < 0) throw this.invalid('AVRO_COUNT', 'a negative length')
    if (high > 0 || low >>> 0 > this.end - this.at) throw this.truncated(high * twoTo32 + (low >>> 0))
    return low
  }

  /** The head of a block of a list: how many items follow; 0 at its end. Every item has a byte or more. */
  blockCount(): number {
    this.varint()
    let count = this.high * twoTo32 + (this.low >>> 0)
    if (count < 0) {
      count = -count
      // The size of the block in bytes: for readers that skip it.
      this.length()
    }
    if (count > this.end - this.at) throw this.truncated(count)
    this.itemsLeft -= count
    if (this.itemsLeft < 0) throw this.invalid('AVRO_COUNT', `more than ${mostItems} items`)
    return count
  }

  boolean(): boolean {
    const byte = this.bytes[this.take(1)]!
    if (byte > 1) throw this.invalid('AVRO_VALUE', 'a boolean that is neither 0 nor 1')
    return byte === 1
  }

  float(): number {
    return this.view.getFloat32(this.take(4), true)
  }

  double(): number {
    return this.view.getFloat64(this.take(8), true)
  }

  text(): string {
    const length = this.length()
    const start = this.take(length)
    const { bytes } = this
    if (length < shortText) {
      let text = ''
      let index = 0
      for (; index < length; index++) {
        const byte = bytes[start + index]!
        if (byte > 0x7f) break
        text += String.fromCharCode(byte)
      }
      if (index === length) return text
    }
    if (!isUtf8(bytes.subarray(start, start + length))) throw this.invalid('AVRO_VALUE', 'text that is not UTF-8')
    return bytes.toString('utf8', start, start + length)
  }

  /** Bytes with their length before them, in memory of their own. */
  copyBytes(): Uint8Array {
    const length = this.length()
    const start = this.take(length)
    return new Uint8Array(this.bytes.subarray(start, start + length))
  }
}
