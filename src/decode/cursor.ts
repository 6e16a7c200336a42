/**
 * A place in an Avro datum. Every read checks what is left first, so hostile lengths cost nothing, and the work for
 * values that take no bytes (nulls, empty records) is bounded too.
 */
import { FountainError } from '../errors.ts'

const long64 = new BigInt64Array(1)
const long32 = new Uint32Array(long64.buffer)
/** Records nest in records only in recursive schemas; no survey has one. */
const maxNesting = 64
const freeWork = 10_000

export class Cursor {
  readonly bytes: Buffer
  readonly view: DataView
  readonly end: number
  readonly schemaName: string
  pos = 0
  /** Low and high half of the last varint, zig-zag undone. */
  private low = 0
  private high = 0
  private work: number
  private nesting = 0

  constructor(datum: Uint8Array, schemaName: string) {
    this.bytes = Buffer.from(datum.buffer, datum.byteOffset, datum.byteLength)
    this.view = new DataView(datum.buffer, datum.byteOffset, datum.byteLength)
    this.end = datum.byteLength
    this.schemaName = schemaName
    this.work = freeWork + datum.byteLength
  }

  truncated(wanted: number): FountainError {
    return new FountainError(
      'DECODE_TRUNCATED',
      `${this.schemaName}: at byte ${this.pos} of ${this.end} another ${wanted} are needed.`,
    )
  }

  invalid(what: string): FountainError {
    return new FountainError('DECODE_INVALID', `${this.schemaName}: at byte ${this.pos} of ${this.end}: ${what}.`)
  }

  /** Moves on by `count` bytes and gives the place before. */
  take(count: number): number {
    const at = this.pos
    if (count > this.end - at) throw this.truncated(count)
    this.pos = at + count
    return at
  }

  private varint(): void {
    const { bytes, end } = this
    let pos = this.pos
    let low = 0
    let high = 0
    let shift = 0
    for (;;) {
      if (pos >= end) throw this.truncated(1)
      const byte = bytes[pos++]!
      const bits = byte & 0x7f
      if (shift < 28) low |= bits << shift
      else if (shift === 28) {
        low |= bits << 28
        high = bits >>> 4
      } else if (shift < 63) high |= bits << (shift - 32)
      else if (bits > 1) throw this.invalid('an integer of more than 64 bits')
      else high |= bits << 31
      if (byte < 0x80) break
      shift += 7
      if (shift > 63) throw this.invalid('an integer of more than 64 bits')
    }
    this.pos = pos
    const sign = -(low & 1)
    this.low = (((low >>> 1) | (high << 31)) ^ sign) >>> 0
    this.high = (high >>> 1) ^ sign
  }

  long(): bigint {
    this.varint()
    long32[0] = this.low
    long32[1] = this.high
    return long64[0]!
  }

  /** Over an int or long, whatever its value. */
  skipVarint(): void {
    const { bytes, end } = this
    let pos = this.pos
    const most = Math.min(end, pos + 10)
    while (pos < most && bytes[pos]! >= 0x80) pos++
    if (pos === end) throw this.truncated(1)
    if (pos === most) throw this.invalid('an integer of more than 64 bits')
    this.pos = pos + 1
  }

  int(): number {
    this.varint()
    const value = this.low | 0
    if (value >> 31 !== this.high) throw this.invalid('an int of more than 32 bits')
    return value
  }

  /** The index of a union's branch or an enum's symbol. */
  index(count: number, what: string): number {
    this.varint()
    if (this.high !== 0 || this.low >= count) throw this.invalid(`no such ${what}`)
    return this.low
  }

  /** A length in bytes, of which all are there. */
  length(): number {
    this.varint()
    if (this.high < 0) throw this.invalid('a negative length')
    if (this.high > 0 || this.low > this.end - this.pos) throw this.truncated(this.high * 2 ** 32 + this.low)
    return this.low
  }

  /**
   * The head of a block of an array or map: how many items follow, 0 at the end (Avro specification, "Arrays").
   * A negative count has the block's size in bytes behind it, which is given back in `blockSize` (else -1).
   */
  blockCount(leastItemBytes: number): number {
    this.varint()
    let count = this.high * 2 ** 32 + this.low
    this.blockSize = -1
    if (count < 0) {
      count = -count
      this.blockSize = this.length()
    }
    if (leastItemBytes === 0) this.spend(count)
    else if (count * leastItemBytes > this.end - this.pos) throw this.truncated(count * leastItemBytes)
    return count
  }
  blockSize = -1

  boolean(): boolean {
    const byte = this.bytes[this.take(1)]!
    if (byte > 1) throw this.invalid('a boolean that is neither 0 nor 1')
    return byte === 1
  }

  enterRecord(): void {
    this.spend(1)
    if (++this.nesting > maxNesting) throw this.invalid(`records nested deeper than ${maxNesting}`)
  }
  leaveRecord(): void {
    this.nesting--
  }

  private spend(amount: number): void {
    this.work -= amount
    if (this.work < 0) throw this.invalid('more values than its bytes can hold')
  }
}
