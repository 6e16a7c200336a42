/** Names of XML 1.0 with Namespaces, found in code units and remembered: a stream of packets has the same few. */

export interface XmlName {
  /** As written: `voe:VOEvent`. */
  readonly name: string
  readonly prefix: string | undefined
  readonly local: string
}

interface Remembered extends XmlName {
  readonly units: Uint16Array
}

/** Bits of `classes`. */
const first = 1
const further = 2
/** Where an ASCII unit may stand in a name; the colon, which divides prefix and local name, is none of them. */
const classes = new Uint8Array(0x80)
for (let unit = 0; unit < classes.length; unit++) {
  const char = String.fromCharCode(unit)
  if (/[A-Za-z_]/.test(char)) classes[unit] = first | further
  else if (/[-.0-9]/.test(char)) classes[unit] = further
}
/** After a colon; whether a unit beyond ASCII may start a name is looked at where it stands. */
const nameGoesOn = (unit: number) => unit >= 0x80 || (classes[unit]! & first) !== 0

// XML 1.0 (fifth edition) §2.3 NameStartChar and NameChar, without the colon.
const start =
  'A-Z_a-z\\u{c0}-\\u{d6}\\u{d8}-\\u{f6}\\u{f8}-\\u{2ff}\\u{370}-\\u{37d}\\u{37f}-\\u{1fff}\\u{200c}-\\u{200d}' +
  '\\u{2070}-\\u{218f}\\u{2c00}-\\u{2fef}\\u{3001}-\\u{d7ff}\\u{f900}-\\u{fdcf}\\u{fdf0}-\\u{fffd}\\u{10000}-\\u{effff}'
const ncName = `[${start}][${start}\\-.0-9\\u{b7}\\u{300}-\\u{36f}\\u{203f}-\\u{2040}]*`
const nameForm = new RegExp(`(?:(${ncName}):)?(${ncName})`, 'uy')
const targetForm = new RegExp(`${ncName}(?=[ \\t\\n]|\\?>)`, 'uy')

const colon = 0x3a
const slotBits = 12
/** By hash, with one slot beside it: a document of many names replaces what was remembered, and nothing grows. */
const slots: (Remembered | undefined)[] = new Array(2 ** slotBits).fill(undefined)
const longestRemembered = 48

/** The qualified name at a place; `units` are the text's, with a unit after the last that is in no name. */
export function qualifiedName(text: string, units: Uint16Array, from: number): XmlName | undefined {
  let hash = 0
  let divided = false
  let wanted = first
  let at = from
  for (; ; at++) {
    const unit = units[at]!
    if (unit >= 0x80) return nameBeyondAscii(text, from)
    if ((classes[unit]! & wanted) !== 0) wanted = further
    else if (unit === colon && !divided && at > from && nameGoesOn(units[at + 1]!)) {
      divided = true
      wanted = first
    } else break
    hash = (Math.imul(hash, 31) + unit) | 0
  }
  if (at === from) return undefined
  const length = at - from
  if (length > longestRemembered) return nameOf(text.slice(from, at))
  const slot = Math.imul(hash, 0x9e3779b1) >>> (32 - slotBits)
  const known = slots[slot]
  if (known !== undefined && same(known.units, units, from, length)) return known
  const other = slots[slot ^ 1]
  if (other !== undefined && same(other.units, units, from, length)) return other
  const found: Remembered = { ...nameOf(text.slice(from, at)), units: units.slice(from, at) }
  slots[slot ^ 1] = known
  slots[slot] = found
  return found
}

function same(name: Uint16Array, units: Uint16Array, from: number, length: number): boolean {
  if (name.length !== length) return false
  for (let i = 0; i < length; i++) if (name[i] !== units[from + i]) return false
  return true
}

function nameOf(written: string): XmlName {
  // A key of an object is a string of its own, compared by identity; a slice would keep the whole document with it.
  const own = (part: string) => Object.keys({ [part]: 0 })[0]!
  const name = own(written)
  const at = name.indexOf(':')
  if (at < 0) return { name, prefix: undefined, local: name }
  return { name, prefix: own(name.slice(0, at)), local: own(name.slice(at + 1)) }
}

function nameBeyondAscii(text: string, from: number): XmlName | undefined {
  nameForm.lastIndex = from
  const found = nameForm.exec(text)
  return found ? { name: found[0], prefix: found[1], local: found[2]! } : undefined
}

/** The name of a processing instruction: no colon (Namespaces in XML 1.0 §7). */
export function instructionTarget(text: string, from: number): string | undefined {
  targetForm.lastIndex = from
  return targetForm.exec(text)?.[0]
}
