/** A text as an array of its code units: what a scanner reads several times faster than a string. */

const spareUnits = 65_536
/** For all texts that fit: a parser is done with one before the next comes. */
const spare = new Uint16Array(spareUnits)
const littleEndian = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1

/**
 * The units with a zero after them. The array may be longer, and is good until the next call: for work that is done
 * before anything else runs.
 */
export function codeUnitsOf(text: string): Uint16Array {
  const units = text.length < spareUnits ? spare : new Uint16Array(text.length + 1)
  const bytes = Buffer.from(units.buffer, 0, text.length * 2)
  bytes.write(text, 'utf16le')
  if (!littleEndian) bytes.swap16()
  units[text.length] = 0
  return units
}
