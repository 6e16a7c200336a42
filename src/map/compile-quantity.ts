/** Turns one row of a mapping into a reader of decoded records. */
import type { AvroRecord, AvroValue, Scalar } from '../flow.ts'
import { type Converter, type ConverterSettings, converters } from './converters.ts'
import type { Quantity } from './mapping-schema.ts'

export interface CompiledQuantity {
  readonly quantity: Quantity
  /** The value in one record; absent, null, NaN, empty and the mapping's own absent values are all null. */
  read(record: AvroRecord): Scalar
}

/** Every path that a row reads, with all alternatives. */
export function pathsOf(quantity: Quantity): string[] {
  const { from } = quantity
  if (typeof from === 'string') return [from]
  return Array.isArray(from) ? from : Object.values(from).flat()
}

/**
 * `type` is what the target takes: a value of another type is none (a packet may hold anything). `base` is the array
 * whose items are read: paths are then taken from there.
 */
export function compileQuantity(
  quantity: Quantity,
  type: Quantity['type'],
  settings: ConverterSettings,
  base?: string,
): CompiledQuantity {
  const { from, convert, prefix } = quantity
  const single = typeof from === 'string' || Array.isArray(from)
  const names = single ? ['value'] : Object.keys(from)
  const converter: Converter | undefined = convert === undefined ? undefined : converters[convert]
  const order = converter === undefined || converter.inputs === 'any' || single ? names : [...converter.inputs]
  const inputs = order.map((name) => firstOf(single ? from : (from[name] ?? []), quantity.absent, base))
  const raw: (record: AvroRecord) => Scalar =
    converter === undefined
      ? inputs[0]!
      : (record) =>
          converter.convert(
            inputs.map((input) => input(record)),
            order,
            settings,
          )
  return {
    quantity,
    read(record) {
      const value = raw(record)
      if (value === null) return null
      return prefix === undefined ? typed(value, type) : `${prefix}${value}`
    },
  }
}

function typed(value: Exclude<Scalar, null>, type: Quantity['type']): Scalar {
  switch (type) {
    case 'text':
      return String(value)
    case 'boolean':
      return typeof value === 'boolean' ? value : null
    case 'int':
      return typeof value === 'bigint' || Number.isSafeInteger(value) ? value : null
    default:
      if (typeof value === 'bigint') return Number(value)
      return typeof value === 'number' && Number.isFinite(value) ? value : null
  }
}

function firstOf(
  paths: string | readonly string[],
  absent: readonly (number | string)[],
  base: string | undefined,
): (record: AvroRecord) => Scalar {
  const getters = [paths].flat().map((path) => getter(base === undefined ? path : path.slice(base.length + 1)))
  return (record) => {
    for (const get of getters) {
      const value = scalar(get(record))
      if (value !== null && !isAbsent(value, absent)) return value
    }
    return null
  }
}

/** A reader of a path: the fields of records, null where one on the way is absent. */
export function getter(path: string): (record: AvroRecord) => AvroValue {
  const [first, second, ...more] = path.split('.')
  if (second === undefined) return (record) => record[first!] ?? null
  if (more.length === 0) return (record) => asRecord(record[first!])?.[second] ?? null
  const rest = getter([second, ...more].join('.'))
  return (record) => {
    const inner = asRecord(record[first!])
    return inner === undefined ? null : rest(inner)
  }
}

export function asRecord(value: AvroValue | undefined): AvroRecord | undefined {
  const isRecord =
    typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Uint8Array)
  return isRecord ? (value as AvroRecord) : undefined
}

function scalar(value: AvroValue): Scalar {
  if (typeof value === 'number') return Number.isFinite(value) ? value : null
  if (typeof value === 'string') return value === '' ? null : value
  return typeof value === 'object' ? null : value
}

function isAbsent(value: Scalar, absent: readonly (number | string)[]): boolean {
  if (absent.length === 0) return false
  const comparable = typeof value === 'bigint' ? Number(value) : value
  return absent.some((item) => item === comparable)
}
