/** Text of the draft's XML into scalars of the model, by the lexical forms of XML Schema 1.0. */
import type { ScalarType } from '../model/definition.ts'
import { parseFloatText } from '../xml/reading.ts'
import { trimSpace } from '../xml/white-space.ts'

export type ReadScalar = (text: string) => unknown

/** Gives undefined for text that is none of the type. */
export function scalarOf(type: ScalarType): ReadScalar {
  switch (type) {
    case 'float':
      return parseFloatText
    case 'int':
      return readInt
    case 'boolean':
      return readBoolean
    case 'bytes':
      return readBytes
    case 'value':
      throw new TypeError('a value stands where nothing defines it')
    default:
      return (text) => text
  }
}

export const readBoolean = (text: string): boolean | undefined => booleans.get(trimSpace(text))

const booleans = new Map([
  ['true', true],
  ['1', true],
  ['false', false],
  ['0', false],
])

export function readInt(text: string): number | undefined {
  const digits = trimSpace(text)
  const value = /^[+-]?[0-9]+$/.test(digits) ? Number(digits) + 0 : Number.NaN
  return Number.isSafeInteger(value) ? value : undefined
}

/** base64Binary: white space may stand anywhere, and no bits may be left over (XML Schema Part 2 §3.2.16). */
function readBytes(text: string): Uint8Array | undefined {
  const digits = text.replace(/[ \t\n\r]+/g, '')
  const padding = digits.endsWith('==') ? 2 : digits.endsWith('=') ? 1 : 0
  const last = digits.at(-1 - padding) ?? ''
  const full = padding === 0 || (padding === 1 ? 'AEIMQUYcgkosw048' : 'AQgw').includes(last)
  if (!full || digits.length % 4 !== 0 || /[^A-Za-z0-9+/]/.test(digits.slice(0, digits.length - padding))) {
    return undefined
  }
  return Uint8Array.from(Buffer.from(digits, 'base64'))
}
