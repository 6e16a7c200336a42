import type { DataType, Value } from '../model/voevent.ts'
import { parseFloatText } from '../xml/reading.ts'

const integer = /^[+-]?[0-9]{1,19}$/

/**
 * A value in the type of its definition: text that came from XML becomes the number or truth that it stands for. Text
 * that stands for none (or for a number that a double or int64 cannot hold) stays text; what is no text stays as it is.
 */
export function typedValue(value: Value, dataType: DataType): Value {
  if (typeof value !== 'string' || dataType === 'string') return value
  if (dataType === 'boolean') return value === 'true' ? true : value === 'false' ? false : value
  if (dataType === 'float') return typedFloat(value)
  if (!integer.test(value)) return value
  const number = Number(value)
  // `+ 0` makes 0 of -0, which is no integer of its own.
  return Number.isSafeInteger(number) ? number + 0 : BigInt(value.startsWith('+') ? value.slice(1) : value)
}

function typedFloat(text: string): Value {
  const number = parseFloatText(text)
  if (number === undefined) return text
  const overflowed = !Number.isFinite(number) && /[0-9]/.test(text)
  return overflowed ? text : number
}
