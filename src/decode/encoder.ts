/** Writes records as Avro, for what makes alerts itself: the simulator. The counterpart of `decoder.ts`. */
import { FountainError } from '../errors.ts'
import type { AvroRecord, AvroValue } from '../flow.ts'
import { type AvroType, avroType } from './avro-type.ts'
import type { WriterSchema } from './decoder.ts'

export interface Encoder {
  readonly schema: WriterSchema
  /**
   * One datum, a copy. Values as `AvroValue` says; of a union the first branch that fits the value is taken.
   * Throws DECODE_INVALID for a value that does not fit, with its path.
   */
  encode(record: AvroRecord): Uint8Array
}

export function compileEncoder(schema: WriterSchema): Encoder {
  const writes = new Map<AvroType, Write>()
  const write = compile(avroType(schema.json), writes)
  const sink = new Sink()
  return {
    schema,
    encode(record) {
      sink.reset()
      write(record, sink)
      return sink.copy()
    },
  }
}

type Write = (value: AvroValue | undefined, sink: Sink) => void

function compile(type: AvroType, writes: Map<AvroType, Write>): Write {
  const known = writes.get(type)
  if (known !== undefined) return known
  let write: Write | undefined
  // A record may hold itself: it is known before its fields are.
  writes.set(type, (value, sink) => write!(value, sink))
  write = make(type, writes)
  writes.set(type, write)
  return write
}

function make(type: AvroType, writes: Map<AvroType, Write>): Write {
  switch (type.kind) {
    case 'null':
      return (value) => {
        if (value !== null) throw misfit(type, value)
      }
    case 'boolean':
      return (value, sink) => {
        if (typeof value !== 'boolean') throw misfit(type, value)
        sink.byte(value ? 1 : 0)
      }
    case 'int':
      return (value, sink) => {
        if (typeof value !== 'number' || (value | 0) !== value) throw misfit(type, value)
        sink.int(value)
      }
    case 'long':
      return (value, sink) => {
        if (typeof value !== 'bigint' || BigInt.asIntN(64, value) !== value) throw misfit(type, value)
        sink.long(value)
      }
    case 'float':
      return (value, sink) => {
        if (typeof value !== 'number') throw misfit(type, value)
        sink.float(value)
      }
    case 'double':
      return (value, sink) => {
        if (typeof value !== 'number') throw misfit(type, value)
        sink.double(value)
      }
    case 'bytes':
      return (value, sink) => {
        if (!(value instanceof Uint8Array)) throw misfit(type, value)
        sink.int(value.length)
        sink.bytes(value)
      }
    case 'string':
      return (value, sink) => {
        if (typeof value !== 'string') throw misfit(type, value)
        const bytes = Buffer.from(value)
        sink.int(bytes.length)
        sink.bytes(bytes)
      }
    case 'fixed':
      return (value, sink) => {
        if (!(value instanceof Uint8Array) || value.length !== type.size) throw misfit(type, value)
        sink.bytes(value)
      }
    case 'enum':
      return (value, sink) => {
        const index = type.symbols.indexOf(value as string)
        if (index < 0) throw misfit(type, value)
        sink.int(index)
      }
    case 'array': {
      const item = compile(type.items, writes)
      return (value, sink) => {
        if (!Array.isArray(value)) throw misfit(type, value)
        const items = value as readonly AvroValue[]
        if (items.length > 0) sink.int(items.length)
        for (const each of items) item(each, sink)
        sink.int(0)
      }
    }
    case 'map': {
      const item = compile(type.values, writes)
      return (value, sink) => {
        if (!isObject(value)) throw misfit(type, value)
        const entries = Object.entries(value)
        if (entries.length > 0) sink.int(entries.length)
        for (const [key, each] of entries) {
          const bytes = Buffer.from(key)
          sink.int(bytes.length)
          sink.bytes(bytes)
          item(each, sink)
        }
        sink.int(0)
      }
    }
    case 'union': {
      const branches = type.branches.map((branch) => ({ fits: fits(branch), write: compile(branch, writes) }))
      const count = branches.length
      return (value, sink) => {
        let index = 0
        while (index < count && !branches[index]!.fits(value)) index++
        if (index === count) throw misfit(type, value)
        sink.int(index)
        branches[index]!.write(value, sink)
      }
    }
    case 'record': {
      const names = type.fields.map(({ name }) => name)
      const fields = type.fields.map((field) => compile(field.type, writes))
      return (value, sink) => {
        if (!isObject(value)) throw misfit(type, value)
        let index = 0
        try {
          for (; index < fields.length; index++) fields[index]!(value[names[index]!], sink)
        } catch (error) {
          throw within(names[index]!, error)
        }
      }
    }
  }
}

/** Tells the branches of a union apart by the kind of value alone; a record by having its fields. */
function fits(type: AvroType): (value: AvroValue | undefined) => boolean {
  switch (type.kind) {
    case 'null':
      return (value) => value === null
    case 'boolean':
      return (value) => typeof value === 'boolean'
    case 'int':
      return (value) => typeof value === 'number' && (value | 0) === value
    case 'float':
    case 'double':
      return (value) => typeof value === 'number'
    case 'long':
      return (value) => typeof value === 'bigint'
    case 'string':
      return (value) => typeof value === 'string'
    case 'enum':
      return (value) => type.symbols.includes(value as string)
    case 'bytes':
      return (value) => value instanceof Uint8Array
    case 'fixed':
      return (value) => value instanceof Uint8Array && value.length === type.size
    case 'array':
      return Array.isArray
    case 'map':
      return isObject
    case 'record':
      return (value) => isObject(value) && type.fields.every(({ name }) => name in value)
    case 'union':
      return () => false
  }
}

function isObject(value: AvroValue | undefined): value is { readonly [field: string]: AvroValue } {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Uint8Array)
}

const misfit = (type: AvroType, value: unknown) =>
  new FountainError('DECODE_INVALID', `A ${typeof value} where ${type.kind} belongs.`)

function within(name: string, error: unknown): unknown {
  if (!(error instanceof FountainError)) return error
  return new FountainError(error.code, `${name}: ${error.detail}`)
}

/** Bytes that grow, used again for every datum. */
class Sink {
  private buffer = Buffer.allocUnsafe(65_536)
  private pos = 0

  reset(): void {
    this.pos = 0
  }
  copy(): Uint8Array {
    return new Uint8Array(this.buffer.subarray(0, this.pos))
  }
  private room(count: number): number {
    const at = this.pos
    if (at + count > this.buffer.length) {
      const larger = Buffer.allocUnsafe(Math.max(2 * this.buffer.length, at + count))
      this.buffer.copy(larger, 0, 0, at)
      this.buffer = larger
    }
    this.pos = at + count
    return at
  }
  byte(value: number): void {
    const at = this.room(1)
    this.buffer[at] = value
  }
  float(value: number): void {
    const at = this.room(4)
    this.buffer.writeFloatLE(value, at)
  }
  double(value: number): void {
    const at = this.room(8)
    this.buffer.writeDoubleLE(value, at)
  }
  bytes(value: Uint8Array): void {
    const at = this.room(value.length)
    this.buffer.set(value, at)
  }
  /** Zig-zag varint (Avro specification, "Primitive Types"). */
  int(value: number): void {
    let rest = ((value << 1) ^ (value >> 31)) >>> 0
    while (rest > 0x7f) {
      this.byte((rest & 0x7f) | 0x80)
      rest >>>= 7
    }
    this.byte(rest)
  }
  long(value: bigint): void {
    if (value >= -0x8000_0000n && value < 0x8000_0000n) {
      this.int(Number(value))
      return
    }
    const zigzag = BigInt.asUintN(64, (value << 1n) ^ (value >> 63n))
    let low = Number(zigzag & 0xfff_ffffn)
    let high = Number(zigzag >> 28n)
    for (let group = 0; group < 4; group++) {
      this.byte((low & 0x7f) | 0x80)
      low >>>= 7
    }
    // 36 bits are left, more than the integer operators take.
    while (high > 0x7f) {
      this.byte((high % 128) | 0x80)
      high = Math.floor(high / 128)
    }
    this.byte(high)
  }
}
