/**
 * Reads the cutouts that surveys send: simple FITS images (FITS 4.0), whole or within gzip. The first image of two
 * axes counts; LSST puts variance and point-spread function behind it. Tables and tiled compression are not read.
 */
import { gunzipSync } from 'node:zlib'
import { FountainError } from '../errors.ts'
import { blockBytes, type CardValue, readHeader, wholeNumber } from './fits-header.ts'

export interface FitsImage {
  readonly width: number
  readonly height: number
  /** Row by row from the bottom, as FITS has them; NaN where nothing was measured. */
  readonly pixels: Float32Array
  readonly cards: ReadonlyMap<string, CardValue>
}

const largestSide = 2048
/** Of the file without gzip: an image of doubles of that size, its variance, and some room. */
const largestFileBytes = 80 * 1024 * 1024
const mostUnits = 64

/** Throws FITS_INVALID, FITS_TRUNCATED, FITS_UNSUPPORTED, FITS_TOO_LARGE. */
export function readFitsImage(bytes: Uint8Array): FitsImage {
  const file = unpacked(bytes)
  if (!startsWith(file, 0, 'SIMPLE  =')) throw new FountainError('FITS_INVALID', 'it does not begin with SIMPLE')
  for (let at = 0, unit = 0; at < file.length && unit < mostUnits; unit++) {
    // What follows the last unit is none of our business (§3.5).
    if (unit > 0 && !startsWith(file, at, 'XTENSION=')) break
    const { cards, dataAt } = readHeader(file, at)
    const { bitpix, axes, isImage } = shapeOf(cards, unit)
    if (isImage) return imageOf(file, dataAt, bitpix, axes, cards)
    at = dataAt + Math.ceil(dataBytes(bitpix, axes, cards) / blockBytes) * blockBytes
  }
  throw new FountainError('FITS_UNSUPPORTED', 'no unit of it is an image of two axes')
}

type Bitpix = 8 | 16 | 32 | 64 | -32 | -64
const knownBitpix: ReadonlySet<number> = new Set<Bitpix>([8, 16, 32, 64, -32, -64])

function shapeOf(cards: ReadonlyMap<string, CardValue>, unit: number) {
  const bitpix = wholeNumber(cards, 'BITPIX', -64, 64)
  if (!knownBitpix.has(bitpix)) throw new FountainError('FITS_INVALID', `BITPIX = ${bitpix}`)
  const axes = Array.from({ length: wholeNumber(cards, 'NAXIS', 0, 999) }, (_, index) =>
    wholeNumber(cards, `NAXIS${index + 1}`, 0, Number.MAX_SAFE_INTEGER),
  )
  const [width = 0, height = 0, ...further] = axes
  const isImage =
    (unit === 0 || cards.get('XTENSION') === 'IMAGE') && width > 0 && height > 0 && further.every((size) => size === 1)
  return { bitpix: bitpix as Bitpix, axes, isImage }
}

/** §4.4.1.1 and §7: of any unit. */
function dataBytes(bitpix: Bitpix, axes: readonly number[], cards: ReadonlyMap<string, CardValue>): number {
  if (axes.length === 0) return 0
  const groups = wholeNumber(cards, 'GCOUNT', 0, Number.MAX_SAFE_INTEGER, 1)
  const heap = wholeNumber(cards, 'PCOUNT', 0, Number.MAX_SAFE_INTEGER, 0)
  return (Math.abs(bitpix) / 8) * groups * (heap + axes.reduce((product, size) => product * size, 1))
}

function imageOf(
  file: Uint8Array,
  dataAt: number,
  bitpix: Bitpix,
  [width = 0, height = 0]: readonly number[],
  cards: ReadonlyMap<string, CardValue>,
): FitsImage {
  if (width > largestSide || height > largestSide) throw new FountainError('FITS_TOO_LARGE', `${width} by ${height}`)
  const count = width * height
  const size = Math.abs(bitpix) / 8
  const there = Math.max(0, file.length - dataAt)
  if (there < count * size)
    throw new FountainError('FITS_TRUNCATED', `${there} bytes of ${count * size} for ${width} by ${height} pixels`)
  const view = new DataView(file.buffer, file.byteOffset + dataAt, count * size)
  const scale = numberOr(cards.get('BSCALE'), 1)
  const zero = numberOr(cards.get('BZERO'), 0)
  const blank = bitpix > 0 ? cards.get('BLANK') : undefined
  const stored = readerOf(view, bitpix)
  const pixels = new Float32Array(count)
  for (let index = 0; index < count; index++) {
    const value = stored(index * size)
    pixels[index] = value === blank ? Number.NaN : zero + scale * value
  }
  return { width, height, pixels, cards }
}

/** Numbers are big-endian (§5). */
function readerOf(view: DataView, bitpix: Bitpix): (at: number) => number {
  switch (bitpix) {
    case 8:
      return (at) => view.getUint8(at)
    case 16:
      return (at) => view.getInt16(at)
    case 32:
      return (at) => view.getInt32(at)
    case 64:
      return (at) => Number(view.getBigInt64(at))
    case -32:
      return (at) => view.getFloat32(at)
    case -64:
      return (at) => view.getFloat64(at)
  }
}

const numberOr = (value: CardValue | undefined, otherwise: number): number =>
  typeof value === 'number' ? value : otherwise

function unpacked(bytes: Uint8Array): Uint8Array {
  if (bytes[0] !== 0x1f || bytes[1] !== 0x8b) return bytes
  try {
    return gunzipSync(bytes, { maxOutputLength: largestFileBytes })
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException
    if (code === 'ERR_BUFFER_TOO_LARGE')
      throw new FountainError('FITS_TOO_LARGE', `more than ${largestFileBytes} bytes within gzip`, { cause })
    throw new FountainError(code === 'Z_BUF_ERROR' ? 'FITS_TRUNCATED' : 'FITS_INVALID', `gzip: ${message}`, { cause })
  }
}

function startsWith(file: Uint8Array, at: number, text: string): boolean {
  return Buffer.from(file.buffer, file.byteOffset + at, Math.min(text.length, file.length - at)).equals(
    Buffer.from(text, 'latin1'),
  )
}
