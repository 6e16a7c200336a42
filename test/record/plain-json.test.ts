import fc from 'fast-check'
import { expect, it } from 'vitest'
import { fromJson, toJson } from '../../src/record/plain-json.ts'

it('gives every plain value back as it was', () => {
  const value = fc.anything({ withBigInt: true, withTypedArray: false, withNullPrototype: false, maxDepth: 4 })
  const plain = (input: unknown): unknown => {
    if (input === undefined) return null
    if (Array.isArray(input)) return input.map(plain)
    if (input !== null && typeof input === 'object') {
      return Object.fromEntries(Object.entries(input).map(([name, item]) => [name, plain(item)]))
    }
    return input
  }
  fc.assert(
    fc.property(value, fc.uint8Array(), (input, bytes) => {
      const whole = { input: plain(input), bytes, list: [Number.NaN, Number.POSITIVE_INFINITY, -0, 2n ** 63n], $: 'i1' }
      expect(fromJson(toJson(whole))).toEqual(whole)
    }),
  )
})

it('leaves ordinary JSON as it is', () => {
  expect(toJson({ a: [1, null, 'x'], b: undefined })).toBe('{"a":[1,null,"x"]}')
})
