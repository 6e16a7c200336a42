/** Cutouts in a row: where a pixel goes, and what is said of stamps that cannot be shown. */
import { describe, expect, it } from 'vitest'
import { drawCutouts } from '../../src/pictures/cutouts.ts'
import type { CutoutsRequest } from '../../src/pictures/request.ts'
import { card, fitsFile, image } from './fits-file.ts'
import { colourAt, pixelsOf } from './png.ts'

const request = (stamps: CutoutsRequest['stamps'], more: Partial<CutoutsRequest> = {}): CutoutsRequest => ({
  kind: 'cutouts',
  title: 'an object',
  isTest: false,
  stamps,
  ...more,
})
const draw = async (stamps: CutoutsRequest['stamps'], more: Partial<CutoutsRequest> = {}) =>
  pixelsOf(drawCutouts(request(stamps, more)).bytes)

/** One bright pixel on a sky of small numbers. */
const stamp = (width: number, height: number, brightX: number, brightY: number, cards: string[] = []) =>
  fitsFile([
    image(
      width,
      height,
      -32,
      Array.from({ length: width * height }, (_, index) => (index === brightY * width + brightX ? 1000 : index % 3)),
      cards,
    ),
  ])

// The first stamp: 184 pixels from (12, 92).
const left = 12
const top = 92
const side = 184

describe('cutouts', () => {
  it('are one picture, its size as it says', async () => {
    const picture = drawCutouts(request({ science: stamp(30, 30, 3, 3) }))
    const { width, height } = await pixelsOf(picture.bytes)
    expect([picture.mediaType, picture.widthPx, picture.heightPx]).toEqual(['image/png', width, height])
    expect([width, height]).toEqual([600, 288])
  })

  it('show the first row of FITS at the bottom, and each pixel as a square', async () => {
    const pixels = await draw({ science: stamp(23, 23, 20, 18) })
    const scale = side / 23
    for (const [dx, dy] of [
      [0.1, 0.1],
      [0.9, 0.9],
    ] as const) {
      expect(
        colourAt(pixels, Math.floor(left + (20 + dx) * scale), Math.floor(top + side - (18 + dy) * scale)),
      ).toEqual([255, 255, 255])
    }
    const [beside] = colourAt(pixels, Math.floor(left + 21.5 * scale), Math.floor(top + side - 18.5 * scale))
    expect(beside).toBeLessThan(160)
  })

  it('keep the shape of stamps that are not square, and average those that are large', async () => {
    const wide = await draw({ science: stamp(40, 20, 39, 19) })
    // Above the stamp, which is half as high as its place, is the panel.
    expect(colourAt(wide, left + 90, top + 10)).toEqual([11, 14, 18])
    expect(colourAt(wide, left + side - 2, top + side / 4 + 2)).toEqual([255, 255, 255])
    const large = await draw({ science: stamp(736, 736, 0, 735) })
    const [corner] = colourAt(large, left, top)
    const [next] = colourAt(large, left + 1, top)
    expect(corner).toBeGreaterThan(next)
    expect(corner).toBeLessThan(255)
  })

  it('show what was not measured as no grey', async () => {
    const holes = fitsFile([image(4, 4, -32, [...Array(15).keys(), Number.NaN])])
    expect(colourAt(await draw({ science: holes }), left + side - 4, top + 4)).toEqual([64, 24, 32])
  })

  it.each([
    ['is missing', undefined],
    ['is no FITS', Buffer.from('no FITS')],
    ['is empty of values', fitsFile([image(3, 3, -32, Array(9).fill(Number.NaN))])],
    ['has no bytes', new Uint8Array()],
  ])('are drawn also where one %s', async (_, template) => {
    const stamps = { science: stamp(9, 9, 1, 1), ...(template && { template }) }
    const pixels = await draw(stamps)
    const ground = colourAt(pixels, left + side + 12 + 5, top + 5)
    expect(ground).toEqual([11, 14, 18])
    // Words stand in the middle of the place.
    let words = 0
    for (let y = top + 70; y < top + 130; y++) {
      for (let x = 210; x < 390; x++) if (colourAt(pixels, x, y)[0] > 100) words++
    }
    expect(words).toBeGreaterThan(100)
  })

  it('have a compass where the header says where north is, and none where it does not', async () => {
    const wcs = [card('CDELT1', -5e-5), card('CDELT2', 5e-5), card('CRPIX1', 15), card('CRPIX2', 15)]
    const accent = async (cards: string[]) => {
      const pixels = await draw({ science: stamp(30, 30, 15, 15, cards) })
      let count = 0
      for (let y = top; y < top + 58; y++) {
        for (let x = left + side - 100; x < left + side; x++) {
          const [red, , blue] = colourAt(pixels, x, y)
          if (red - blue > 100) count++
        }
      }
      return count
    }
    expect(await accent(wcs)).toBeGreaterThan(60)
    expect(await accent([])).toBe(0)
  })

  it('say that they are tests', async () => {
    const plain = await draw({ science: stamp(9, 9, 1, 1) })
    const test = await draw({ science: stamp(9, 9, 1, 1) }, { isTest: true })
    const orange = (pixels: typeof plain) => {
      let count = 0
      for (let y = 10; y < 35; y++) {
        for (let x = 10; x < 80; x++) {
          const [red, , blue] = colourAt(pixels, x, y)
          if (red - blue > 100) count++
        }
      }
      return count
    }
    expect(orange(plain)).toBe(0)
    expect(orange(test)).toBeGreaterThan(100)
  })
})
