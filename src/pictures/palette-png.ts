/**
 * Pixels as a PNG with a palette of at most 256 colours (PNG, third edition, §11.2): a third of the bytes that the
 * drawing libraries write for every pixel its own colour, and mails have to be small.
 */
import { crc32, deflateSync } from 'node:zlib'

const paletteSize = 256
/** Of each of red, green and blue: colours that agree in these bits are one, where there are too many. */
const keptBits = 6

interface Colour {
  readonly red: number
  readonly green: number
  readonly blue: number
  /** The four bytes of its pixels as one number. */
  readonly word: number
  count: number
}

/** `rgba`: row by row from the top, four bytes a pixel, opaque. */
export function palettePng(rgba: Uint8Array, width: number, height: number): Uint8Array {
  // A copy where the bytes do not lie as numbers of four bytes must.
  const bytes = rgba.byteOffset % 4 === 0 ? rgba : Uint8Array.from(rgba)
  const words = new Int32Array(bytes.buffer, bytes.byteOffset, width * height)
  const { palette, indexOf } = paletteOf(coloursOf(words, bytes))
  const header = Buffer.alloc(13)
  header.writeUInt32BE(width, 0)
  header.writeUInt32BE(height, 4)
  // Eight bits an index, colours by palette.
  header.set([8, 3, 0, 0, 0], 8)
  return Buffer.concat([
    Buffer.from([137, 80, 78, 71, 13, 10, 26, 10]),
    chunk('IHDR', header),
    chunk('PLTE', Buffer.from(palette.flatMap(({ red, green, blue }) => [red, green, blue]))),
    chunk('IDAT', deflateSync(indexed(words, width, height, indexOf), { level: 6 })),
    chunk('IEND', Buffer.alloc(0)),
  ])
}

function coloursOf(words: Int32Array, bytes: Uint8Array): Colour[] {
  const found = new Map<number, Colour>()
  for (let at = 0; at < words.length; ) {
    const word = words[at]!
    const start = at
    while (at < words.length && words[at] === word) at++
    const colour = found.get(word)
    if (colour !== undefined) colour.count += at - start
    else {
      const [red, green, blue] = bytes.subarray(start * 4) as Uint8Array & [number, number, number]
      found.set(word, { red, green, blue, word, count: at - start })
    }
  }
  return [...found.values()].sort((a, b) => b.count - a.count)
}

/** The most frequent colours, and for each of all the one that stands for it. */
function paletteOf(colours: readonly Colour[]) {
  const indexOf = new Map<number, number>()
  const palette: Colour[] = []
  const byKey = new Map<number, number>()
  const keyOf = ({ red, green, blue }: Colour): number =>
    colours.length <= paletteSize
      ? (red << 16) | (green << 8) | blue
      : [red, green, blue].reduce((key, part) => (key << keptBits) | (part >> (8 - keptBits)), 0)
  for (const colour of colours) {
    const key = keyOf(colour)
    let index = byKey.get(key)
    if (index === undefined) {
      index = palette.length < paletteSize ? palette.push(colour) - 1 : nearest(palette, colour)
      byKey.set(key, index)
    }
    indexOf.set(colour.word, index)
  }
  return { palette, indexOf }
}

function nearest(palette: readonly Colour[], { red, green, blue }: Colour): number {
  let best = 0
  let least = Number.POSITIVE_INFINITY
  for (const [index, other] of palette.entries()) {
    const distance = (red - other.red) ** 2 + (green - other.green) ** 2 + (blue - other.blue) ** 2
    if (distance < least) {
      least = distance
      best = index
    }
  }
  return best
}

/** Each row behind its filter: none, which is best for a palette (§12.7). */
function indexed(words: Int32Array, width: number, height: number, indexOf: ReadonlyMap<number, number>): Uint8Array {
  const rows = new Uint8Array((width + 1) * height)
  for (let row = 0; row < height; row++) {
    const end = (row + 1) * width
    for (let at = row * width; at < end; ) {
      const word = words[at]!
      const start = at
      while (at < end && words[at] === word) at++
      rows.fill(indexOf.get(word)!, start + row + 1, at + row + 1)
    }
  }
  return rows
}

function chunk(type: string, data: Uint8Array): Buffer {
  const whole = Buffer.alloc(12 + data.length)
  whole.writeUInt32BE(data.length, 0)
  whole.write(type, 4, 'latin1')
  whole.set(data, 8)
  whole.writeUInt32BE(crc32(whole.subarray(4, 8 + data.length)), 8 + data.length)
  return whole
}
