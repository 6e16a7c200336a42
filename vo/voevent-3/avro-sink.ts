/** Bytes of Avro that grow as values are written (Apache Avro 1.12, "Binary Encoding"). */
import { VOEventError } from '../voevent-error.ts'

/** No event, and no block of a file, is larger: bytes. */
export const avroSizeLimit = 64 * 1024 * 1024

const long64 = new BigInt64Array(1)
const halves32 = new Int32Array(long64.buffer)
const twoTo32 = 2 ** 32
/** Text up to this many characters is written here, longer by the runtime, which is slower to start. */
const shortText = 48
/** Longer text is measured before room is made for it. */
const longText = 1 << 16

export class AvroSink {
  bytes: Buffer = Buffer.allocUnsafeSlow(1 << 16)
  private view = viewOf(this.bytes)
  at = 0

  /** What was written from `start` on, in memory of its own. */
  copy(start: number): Uint8Array {
    return new Uint8Array(this.bytes.subarray(start, this.at))
  }

  /** Makes room for another `count` bytes. Throws VOEventError beyond the largest size. */
  room(count: number): void {
    const needed = this.at + count
    if (needed <= this.bytes.length) return
    if (needed > avroSizeLimit) throw new VOEventError('AVRO_TOO_LARGE', `It has ${needed} bytes or more.`)
    const grown = Buffer.allocUnsafeSlow(Math.min(avroSizeLimit, Math.max(needed, this.bytes.length * 2)))
    grown.set(this.bytes.subarray(0, this.at))
    this.bytes = grown
    this.view = viewOf(grown)
  }

  byte(value: number): void {
    if (this.at === this.bytes.length) this.room(1)
    this.bytes[this.at++] = value
  }

  /** A safe integer. */
  long(value: number): void {
    const low = value | 0
    if (low === value) this.zigZag32((low << 1) ^ (low >> 31))
    else this.zigZag64(low, Math.floor(value / twoTo32) | 0)
  }

  /** An integer of 64 bits. */
  bigLong(value: bigint): void {
    long64[0] = value
    this.zigZag64(halves32[0]!, halves32[1]!)
  }

  private zigZag32(zigZag: number): void {
    if (this.at + 5 > this.bytes.length) this.room(5)
    const { bytes } = this
    let at = this.at
    let rest = zigZag >>> 0
    while (rest > 0x7f) {
      bytes[at++] = (rest & 0x7f) | 0x80
      rest >>>= 7
    }
    bytes[at++] = rest
    this.at = at
  }

  private zigZag64(low: number, high: number): void {
    if (this.at + 10 > this.bytes.length) this.room(10)
    const sign = high >> 31
    let lower = ((low << 1) ^ sign) >>> 0
    let upper = (((high << 1) | (low >>> 31)) ^ sign) >>> 0
    const { bytes } = this
    let at = this.at
    while (upper !== 0 || lower > 0x7f) {
      bytes[at++] = (lower & 0x7f) | 0x80
      lower = ((lower >>> 7) | (upper << 25)) >>> 0
      upper >>>= 7
    }
    bytes[at++] = lower
    this.at = at
  }

  float(value: number): void {
    if (this.at + 4 > this.bytes.length) this.room(4)
    this.view.setFloat32(this.at, value, true)
    this.at += 4
  }

  double(value: number): void {
    if (this.at + 8 > this.bytes.length) this.room(8)
    this.view.setFloat64(this.at, value, true)
    this.at += 8
  }

  /** The length in UTF-8 and the text; half of a surrogate pair becomes U+FFFD. */
  text(text: string): void {
    const { length } = text
    if (length < shortText) {
      if (this.at + shortText + 1 > this.bytes.length) this.room(shortText + 1)
      const { bytes } = this
      const start = this.at + 1
      let index = 0
      for (; index < length; index++) {
        const unit = text.charCodeAt(index)
        if (unit > 0x7f) break
        bytes[start + index] = unit
      }
      if (index === length) {
        bytes[this.at] = length << 1
        this.at = start + length
        return
      }
    }
    this.longText(text)
  }

  private longText(text: string): void {
    this.room(10 + (text.length < longText ? text.length * 3 : Buffer.byteLength(text)))
    const start = this.at
    // The text goes where it belongs if it is ASCII, and is moved if its length takes another byte.
    this.long(text.length)
    const guess = this.at
    const size = this.bytes.write(text, guess)
    if (size !== text.length) {
      const moved = start + lengthBytes(size)
      if (moved !== guess) this.bytes.copyWithin(moved, guess, guess + size)
      this.at = start
      this.long(size)
    }
    this.at += size
  }

  /** Bytes as they are, without a length. */
  raw(bytes: Uint8Array): void {
    this.room(bytes.length)
    this.bytes.set(bytes, this.at)
    this.at += bytes.length
  }
}

const viewOf = (bytes: Buffer) => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)

/** Of a length as a long: bytes. */
function lengthBytes(length: number): number {
  let bytes = 1
  for (let rest = length >>> 6; rest > 0; rest >>>= 7) bytes++
  return bytes
}
