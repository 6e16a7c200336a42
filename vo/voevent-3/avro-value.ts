/** Values of Params on the Avro wire: a union whose branch tells the type. */
import type { DataType, Value } from '../model/voevent.ts'
import type { AvroSink } from './avro-sink.ts'
import type { AvroSource } from './avro-source.ts'
import { fittingValue } from './value-text.ts'

/** The branches in the order of their indexes. */
export const valueBranches = ['null', 'boolean', 'long', 'float', 'double', 'string'] as const
/** Indexes as they are written: doubled by the zig-zag. */
const [ofNull, ofBoolean, ofLong, ofFloat, ofDouble, ofString] = [0, 2, 4, 6, 8, 10] as const

/** In the type of its definition where it fits; a double that 32 bits hold takes no more. */
export function writeAvroValue(sink: AvroSink, given: Value, dataType: DataType): void {
  if (typeof given === 'bigint' && dataType === 'int' && BigInt.asIntN(64, given) === given) {
    sink.byte(ofLong)
    sink.bigLong(given)
    return
  }
  const value = fittingValue(given, dataType)
  if (typeof value === 'number') {
    writeNumber(sink, value, dataType)
  } else if (typeof value === 'string') {
    sink.byte(ofString)
    sink.text(value)
  } else if (typeof value === 'boolean') {
    sink.byte(ofBoolean)
    sink.byte(value ? 1 : 0)
  } else if (typeof value === 'bigint') {
    sink.byte(ofLong)
    sink.bigLong(value)
  } else {
    sink.byte(ofNull)
  }
}

function writeNumber(sink: AvroSink, value: number, dataType: DataType): void {
  if (dataType === 'int') {
    sink.byte(ofLong)
    sink.long(value)
  } else if (Object.is(Math.fround(value), value)) {
    sink.byte(ofFloat)
    sink.float(value)
  } else {
    sink.byte(ofDouble)
    sink.double(value)
  }
}

/** An int64 that is no safe integer is a bigint. Throws VOEventError. */
export function readAvroValue(source: AvroSource): Value {
  switch (source.index(valueBranches.length) << 1) {
    case ofNull:
      return null
    case ofBoolean:
      return source.boolean()
    case ofLong:
      return source.long()
    case ofFloat:
      return source.float()
    case ofDouble:
      return source.double()
    default:
      return source.text()
  }
}
