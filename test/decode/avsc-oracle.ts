/** avsc as a second opinion: int64 as bigint also under logical types, defaults stripped (ZTF's are not allowed). */
import avro from 'avsc'

type Schema = Parameters<typeof avro.Type.forSchema>[0]

/** int64 as bigint. */
export const longType = avro.types.LongType.__with({
  fromBuffer: (bytes: Buffer) => bytes.readBigInt64LE(),
  toBuffer: (value: bigint) => {
    const bytes = Buffer.alloc(8)
    bytes.writeBigInt64LE(value)
    return bytes
  },
  fromJSON: BigInt,
  toJSON: String,
  isValid: (value: unknown) => typeof value === 'bigint',
  compare: (a: bigint, b: bigint) => (a < b ? -1 : a > b ? 1 : 0),
} as never)

export function oracle(schema: unknown): avro.Type {
  return avro.Type.forSchema(
    withoutDefaults(schema) as Schema,
    {
      typeHook: (type: unknown) =>
        type === 'long' || (type as { type?: unknown } | null)?.type === 'long' ? longType : undefined,
    } as never,
  )
}

/** Buffer or Uint8Array, instance of a class or object: only the values count. */
export function plain(value: unknown): unknown {
  if (value instanceof Uint8Array) return Buffer.from(value).toString('latin1')
  if (Array.isArray(value)) return value.map(plain)
  if (value === null || typeof value !== 'object') return value
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, plain(item)]))
}

function withoutDefaults(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(withoutDefaults)
  if (schema === null || typeof schema !== 'object') return schema
  return Object.fromEntries(
    Object.entries(schema)
      .filter(([key]) => key !== 'default')
      .map(([key, value]) => [key, withoutDefaults(value)]),
  )
}
