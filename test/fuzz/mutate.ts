/** Inputs from a seed: what every target mutates with. */
import { mutateBytes } from '../vo/mutate.ts'

export { mutateBytes, mutateText, seeded } from '../vo/mutate.ts'

/** A whole number from 0, below `n`. */
export type Random = (n: number) => number

export const pick = <T>(random: Random, from: readonly T[]): T => from[random(from.length)]!

/** Text that breaks what builds code, paths, markup, SQL or objects from text. */
export const hostileTexts = [
  '"];process.exit(9)//', "'];process.exit(9)//", '`];process.exit(9)//', '${process.exit(9)}', '\u2028', '\u2029process.exit(9)',
  '*/process.exit(9)/*', '__proto__', 'constructor', 'prototype', 'toString', 'hasOwnProperty', 'then', '', ' ', '.', '..', '../../x',
  '\0', '\ufffe', '\u0001', '\r\n', "'; DROP TABLE events;--", '<script>', ']]>', '&amp;', '%00', '#', '?', 'ivo://', 'é'.repeat(300),
  'a'.repeat(10_000), '\ud83d\ude00', '-', '0', 'null', 'NaN', '1e999', '9'.repeat(400),
] // biome-ignore format: a list of scraps, not of lines

export function randomBytes(random: Random, most: number): Uint8Array {
  return Uint8Array.from({ length: random(most + 1) }, () => random(256))
}

/** The start of one and the end of another. */
export function spliced(random: Random, one: Uint8Array, other: Uint8Array): Uint8Array {
  return Buffer.concat([one.subarray(0, random(one.length + 1)), other.subarray(random(other.length + 1))])
}

/** Numbers as they stand at the edges of Avro's and of machines' ranges, as zigzag varints. */
const edges = [0n, -1n, 1n, 63n, 64n, 2n ** 31n - 1n, 2n ** 31n, -(2n ** 31n), 2n ** 53n, 2n ** 63n - 1n, -(2n ** 63n)]

export function varint(value: bigint): Uint8Array {
  const bytes: number[] = []
  for (let rest = BigInt.asUintN(64, (value << 1n) ^ (value >> 63n)); ; rest >>= 7n) {
    if (rest < 128n) return Uint8Array.from([...bytes, Number(rest)])
    bytes.push(Number(rest & 127n) | 128)
  }
}

/** Mutates a datum: mostly near its head, where the fields are, with lengths and counts that cannot be. */
export function mutateDatum(random: Random, datum: Uint8Array): Uint8Array {
  if (random(4) === 0) return mutateBytes(datum, random)
  const mutant = Uint8Array.from(datum)
  const near = Math.min(datum.length, random(2) === 0 ? 400 : 4_000)
  if (random(2) === 0) {
    for (let left = 1 + random(6); left > 0 && near > 0; left--) mutant[random(near)] = random(256)
    return mutant
  }
  const at = random(near + 1)
  const number = random(3) === 0 ? Uint8Array.of(...Array(10).fill(0xff)) : varint(pick(random, edges))
  return Buffer.concat([mutant.subarray(0, at), number, mutant.subarray(at + random(10))])
}

/** Values of every type an Avro schema of somebody else can bring, and some that none can. */
export const oddValues: readonly unknown[] = [
  ...[null, undefined, true, false, 0, -0, -1, 1, 0.1, 1e308, -1e308, 5e-324, Number.NaN, Infinity, -Infinity, 2 ** 53],
  ...[0n, -1n, 1n, 2n ** 53n + 1n, 2n ** 63n - 1n, -(2n ** 63n), 61_000, 2_460_000.5, -1e-7, 1e21],
  ...[[], [null], [[]], [1, 2], [{}], {}, { a: 1 }, new Uint8Array(0), Uint8Array.of(0, 255)],
  ...hostileTexts,
]

type Json = null | boolean | number | string | Json[] | { [key: string]: Json }

/** Changes one place of a JSON value: replaces, removes, doubles, renames, wraps or nests. */
export function mutateJson(random: Random, value: Json): Json {
  const copy = structuredClone(value)
  const places: { holder: Json[] | { [key: string]: Json }; key: string }[] = []
  const collect = (at: Json): void => {
    if (at === null || typeof at !== 'object') return
    for (const key of Object.keys(at)) {
      places.push({ holder: at, key })
      collect((at as { [key: string]: Json })[key]!)
    }
  }
  collect(copy)
  const place = places[random(places.length)]
  if (place === undefined) return copy
  const holder = place.holder as { [key: string]: Json }
  const other = pick(random, places)
  const old = holder[place.key]!
  const put = (json: Json) => void (holder[place.key] = json)
  const changes: (() => unknown)[] = [
    () => put(pick(random, hostileTexts)),
    () => put(pick<Json>(random, [null, true, -1, 0, 1e9, [], {}, [[]], 'record', 'string', 'long', 'null'])),
    () => put(structuredClone((other.holder as { [key: string]: Json })[other.key]!)),
    () => put([old]),
    () => put(['null', old]),
    () => put({ type: 'array', items: old }),
    () => put({ type: old }),
    () => (Array.isArray(holder) ? holder.splice(Number(place.key), 1) : delete holder[place.key]),
    () => Array.isArray(holder) && holder.push(structuredClone(old)),
    // An array has no names: JSON would drop them, and `constructor` breaks its methods.
    () => Array.isArray(holder) || define(holder, pick(random, hostileTexts), old),
  ]
  pick(random, changes)()
  return copy
}

/** Also `__proto__` becomes a key like any other, as in JSON.parse. */
function define(holder: { [key: string]: Json }, key: string, value: Json): void {
  Object.defineProperty(holder, key, { value, enumerable: true, configurable: true, writable: true })
}

/** Byte strings as one input, each behind its length. */
export function pack(...parts: readonly Uint8Array[]): Uint8Array {
  return Buffer.concat(
    parts.flatMap((part) => {
      const length = Buffer.alloc(4)
      length.writeUInt32BE(part.length)
      return [length, part]
    }),
  )
}

/** The parts of a packed input; a damaged one gives what is there. */
export function unpack(input: Uint8Array): Uint8Array[] {
  const parts: Uint8Array[] = []
  const view = new DataView(input.buffer, input.byteOffset, input.length)
  for (let at = 0; at + 4 <= input.length; ) {
    const end = at + 4 + view.getUint32(at)
    parts.push(input.slice(at + 4, end))
    at = end
  }
  return parts
}
