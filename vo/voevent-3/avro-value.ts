/** Values of Params on the Avro wire: a union whose branch tells the type. */
import type { DataType, Value } from '../model/voevent.ts'
import { VOEventError } from '../voevent-error.ts'
import type { AvroSink } from './avro-sink.ts'
import type { AvroSource } from './avro-source.ts'
import { fittingValue, valueOfText } from './value-text.ts'

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

/**
 * A value in the type that its definition declares, or text; an int64 that is no safe integer is a bigint. Throws
 * VOEventError for one of another type.
 */
export function readAvroValue(source: AvroSource, dataType: DataType): Value {
  switch (source.index(valueBranches.length) << 1) {
    case ofNull:
      return null
    case ofFloat:
      return numberOf(source.float(), dataType)
    case ofDouble:
      return numberOf(source.double(), dataType)
    case ofLong: {
      const value = source.long()
      if (dataType === 'int') return value
      return dataType === 'float' ? Number(value) : undeclared(value, dataType)
    }
    case ofBoolean: {
      const value = source.boolean()
      return dataType === 'boolean' ? value : undeclared(value, dataType)
    }
    default: {
      const text = source.text()
      return dataType === 'string' ? text : valueOfText(text, dataType)
    }
  }
}

function numberOf(value: number, dataType: DataType): Value {
  if (dataType === 'float') return value
  // Other writers may take a double for an integer.
  return dataType === 'int' && Number.isInteger(value) ? fittingValue(value, dataType) : undeclared(value, dataType)
}

function undeclared(value: Value, dataType: DataType): never {
  throw new VOEventError('VOE3_VALUE', `${value} is declared ${dataType}.`)
}
