/** Reading cutouts: every kind of pixel, the units around them, gzip, and files that lie. */
import { gzipSync } from 'node:zlib'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { FountainError } from '../../src/errors.ts'
import { readFitsImage } from '../../src/pictures/fits.ts'
import { type Bitpix, card, fitsFile, image } from './fits-file.ts'

const extension = (cards: string[], data?: Uint8Array) => ({
  cards: [card('XTENSION', 'IMAGE'), ...cards, card('PCOUNT', 0), card('GCOUNT', 1)],
  ...(data && { data }),
})

describe('readFitsImage', () => {
  it.each([8, 16, 32, 64, -32, -64] as const)('reads BITPIX %i, whole or in gzip', (bitpix) => {
    const values = [0, 1, 200, 77, 5, 6]
    const file = fitsFile([image(3, 2, bitpix, values)])
    for (const bytes of [file, gzipSync(file)]) {
      const { width, height, pixels } = readFitsImage(bytes)
      expect([width, height]).toEqual([3, 2])
      expect([...pixels]).toEqual(values)
    }
  })

  it('scales and shifts, and leaves out what is BLANK or NaN', () => {
    const more = [card('BSCALE', 0.5), card('BZERO', 32768), card('BLANK', -1)]
    expect([...readFitsImage(fitsFile([image(2, 1, 16, [10, -1], more)])).pixels]).toEqual([32773, Number.NaN])
    // BLANK means nothing for floating-point pixels.
    expect([...readFitsImage(fitsFile([image(2, 1, -32, [Number.NaN, -1], more)])).pixels]).toEqual([
      Number.NaN,
      32767.5,
    ])
  })

  it('takes the first image of two axes, past an empty primary unit and tables', () => {
    const table = {
      cards: [
        card('XTENSION', 'BINTABLE'),
        card('BITPIX', 8),
        card('NAXIS', 2),
        card('NAXIS1', 10),
        card('NAXIS2', 3),
        card('PCOUNT', 3000),
        card('GCOUNT', 1),
      ],
      data: new Uint8Array(3030),
    }
    const { cards, data } = image(1, 2, -64, [3, 4])
    const file = fitsFile([
      { cards: [card('SIMPLE', true), card('BITPIX', 8), card('NAXIS', 0)] },
      table,
      extension(cards.slice(1), data),
      extension(image(1, 1, 8, [9]).cards.slice(1), Uint8Array.of(9)),
    ])
    expect([...readFitsImage(file).pixels]).toEqual([3, 4])
  })

  it('reads cards: text with quotes, numbers with D, comments; the first of a keyword counts', () => {
    const more = [
      card('OBJECT', "it's"),
      'CRVAL1  =            1.25D+02 / degrees'.padEnd(80),
      card('CRVAL1', 3),
      'COMMENT = 7'.padEnd(80),
      'COMPLEX =           (1, 2)'.padEnd(80),
    ]
    const { cards } = readFitsImage(fitsFile([image(1, 1, 8, [1], more)]))
    expect(cards.get('OBJECT')).toBe("it's")
    expect(cards.get('CRVAL1')).toBe(125)
    expect(cards.has('COMPLEX')).toBe(false)
  })

  it('takes further axes of one pixel, and no cube', () => {
    const axes = (third: number) => [
      card('SIMPLE', true),
      card('BITPIX', 8),
      card('NAXIS', 3),
      card('NAXIS1', 1),
      card('NAXIS2', 2),
      card('NAXIS3', third),
    ]
    expect([...readFitsImage(fitsFile([{ cards: axes(1), data: Uint8Array.of(1, 2) }])).pixels]).toEqual([1, 2])
    expect(codeOf(fitsFile([{ cards: axes(2), data: Uint8Array.of(1, 2, 3, 4) }]))).toBe('FITS_UNSUPPORTED')
  })

  const head = (changes: Record<string, string>) => {
    const { cards, data } = image(3, 2, -32, [1, 2, 3, 4, 5, 6])
    return fitsFile([{ cards: cards.map((each) => changes[each.slice(0, 8).trim()] ?? each), data: data! }])
  }
  const cases: [string, Uint8Array, string][] = [
    ['nothing', new Uint8Array(), 'FITS_INVALID'],
    ['no FITS', Buffer.from('<html>'.padEnd(5760)), 'FITS_INVALID'],
    ['a header without END', Buffer.from(`${card('SIMPLE', true)}${' '.repeat(8000)}`), 'FITS_TRUNCATED'],
    ['a header that goes on for ever', Buffer.from(`${card('SIMPLE', true)}${' '.repeat(400_000)}`), 'FITS_INVALID'],
    ['no BITPIX', head({ BITPIX: ' '.repeat(80) }), 'FITS_INVALID'],
    ['an unknown BITPIX', head({ BITPIX: card('BITPIX', 12) }), 'FITS_INVALID'],
    ['no NAXIS2', head({ NAXIS2: ' '.repeat(80) }), 'FITS_INVALID'],
    ['a negative axis', head({ NAXIS1: card('NAXIS1', -3) }), 'FITS_INVALID'],
    ['a broken axis', head({ NAXIS1: card('NAXIS1', 1.5) }), 'FITS_INVALID'],
    ['an axis that is text', head({ NAXIS1: card('NAXIS1', '3') }), 'FITS_INVALID'],
    ['a thousand axes', head({ NAXIS: card('NAXIS', 1000) }), 'FITS_INVALID'],
    ['a huge image', head({ NAXIS1: card('NAXIS1', 1e9) }), 'FITS_TOO_LARGE'],
    ['more pixels than bytes', head({ NAXIS1: card('NAXIS1', 2000) }), 'FITS_TRUNCATED'],
    ['an empty image', head({ NAXIS1: card('NAXIS1', 0) }), 'FITS_UNSUPPORTED'],
    ['half of it', head({}).subarray(0, 2890), 'FITS_TRUNCATED'],
    ['half a gzip', gzipSync(head({})).subarray(0, 60), 'FITS_TRUNCATED'],
    ['gzip of noise', Buffer.from('1f8b08000000000000ffdeadbeefdeadbeef', 'hex'), 'FITS_INVALID'],
    ['a bomb', gzipSync(Buffer.alloc(90 * 1024 * 1024)), 'FITS_TOO_LARGE'],
  ]
  it.each(cases)('refuses %s', (_, bytes, code) => {
    expect(codeOf(bytes)).toBe(code)
  })

  it('gives back any pixels that were written', () => {
    const kinds = fc.constantFrom<Bitpix>(16, 32, -32, -64)
    const side = fc.integer({ min: 1, max: 12 })
    fc.assert(
      fc.property(
        kinds,
        side,
        side,
        fc.array(fc.integer({ min: -9999, max: 9999 }), { minLength: 144 }),
        (bitpix, width, height, numbers) => {
          const values = numbers.slice(0, width * height)
          expect([...readFitsImage(fitsFile([image(width, height, bitpix, values)])).pixels]).toEqual(values)
        },
      ),
    )
  })
})

function codeOf(bytes: Uint8Array): string {
  try {
    readFitsImage(bytes)
    return 'read'
  } catch (error) {
    if (error instanceof FountainError) return error.code
    throw error
  }
}
