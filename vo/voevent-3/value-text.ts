/**
 * Values of Params between their types and text. Text that a number of its type would be written as becomes that
 * number; any other (`12.50`, `007`, and words where a number is declared, as packets of 2.0 have them) stays text, so
 * that no digit is lost on the way.
 */
import type { DataType, Value } from '../model/voevent.ts'
import { parseFloatText } from '../xml/reading.ts'

/** A double in the words of XML Schema: the shortest decimal that reads back as it, `NaN`, `INF`, `-INF`. */
export function floatText(value: number): string {
  if (Number.isFinite(value)) return Object.is(value, -0) ? '-0' : String(value)
  return Number.isNaN(value) ? 'NaN' : value > 0 ? 'INF' : '-INF'
}

/** A value as text; null is none. */
export function textOfValue(value: Exclude<Value, null>): string {
  return typeof value === 'number' ? floatText(value) : String(value)
}

const integerForm = /^(?:0|-?[1-9][0-9]{0,18})$/
const int64Min = -(2n ** 63n)
const int64Max = 2n ** 63n - 1n

/** The value that a text stands for: an integer beyond 2^53 - 1 is a bigint. */
export function valueOfText(text: string, dataType: DataType): Value {
  switch (dataType) {
    case 'string':
      return text
    case 'float': {
      const value = parseFloatText(text)
      return value !== undefined && floatText(value) === text ? value : text
    }
    case 'int': {
      if (!integerForm.test(text)) return text
      const value = Number(text)
      if (Number.isSafeInteger(value)) return value
      const long = BigInt(text)
      return long >= int64Min && long <= int64Max ? long : text
    }
    case 'boolean':
      return text === 'true' ? true : text === 'false' ? false : text
  }
}

/**
 * A value in the type that its definition declares, or text where it does not fit: a safe integer or a bigint for
 * `int`, a number for `float`.
 */
export function fittingValue(value: Value, dataType: DataType): Value {
  switch (typeof value) {
    case 'string':
      return valueOfText(value, dataType)
    case 'number':
      if (dataType === 'float') return value
      if (dataType === 'int' && Number.isInteger(value)) {
        if (Number.isSafeInteger(value)) return value + 0
        return valueOfText(String(BigInt(value)), 'int')
      }
      return floatText(value)
    case 'bigint':
      return dataType === 'float' ? Number(value) : valueOfText(String(value), dataType)
    case 'boolean':
      return dataType === 'boolean' ? value : String(value)
    default:
      return null
  }
}
