/**
 * Plain data as JSON text and back, unchanged: JSON alone has no int64, NaN or bytes, and the model of an event may
 * hold them. Such a value is written as an object with the single key `$`: `{"$":"i123"}`, `{"$":"nNaN"}`, `{"$":"b…"}`.
 */

/** Writes plain data (null, booleans, numbers, bigints, strings, bytes, arrays, objects); undefined members are left out. */
export function toJson(value: unknown): string {
  return JSON.stringify(tag(value))
}

/** Reads what `toJson` wrote. */
export function fromJson<T>(text: string): T {
  return (text.includes('"$":') ? untag(JSON.parse(text)) : JSON.parse(text)) as T
}

function tag(value: unknown): unknown {
  if (typeof value === 'bigint') return { $: `i${value}` }
  if (typeof value === 'number')
    return Number.isFinite(value) && !Object.is(value, -0) ? value : { $: `n${text(value)}` }
  if (value === null || typeof value !== 'object') return value
  if (value instanceof Uint8Array) return { $: `b${Buffer.from(value).toString('base64')}` }
  if (Array.isArray(value)) return value.map((item) => (item === undefined ? null : tag(item)))
  const tagged = Object.fromEntries(Object.entries(value).map(([key, item]) => [key, tag(item)]))
  return Object.hasOwn(tagged, '$') ? { $: 'o', value: Object.entries(tagged) } : tagged
}

const text = (value: number) => (Object.is(value, -0) ? '-0' : String(value))

function untag(value: unknown): unknown {
  if (value === null || typeof value !== 'object') return value
  if (Array.isArray(value)) return value.map(untag)
  const { $: mark, value: entries } = value as { $?: unknown; value?: readonly [string, unknown][] }
  if (typeof mark === 'string') {
    const rest = mark.slice(1)
    if (mark.startsWith('i')) return BigInt(rest)
    if (mark.startsWith('n')) return Number(rest)
    if (mark.startsWith('b')) return new Uint8Array(Buffer.from(rest, 'base64'))
    return Object.fromEntries((entries ?? []).map(([key, item]) => [key, untag(item)]))
  }
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, untag(item)]))
}
