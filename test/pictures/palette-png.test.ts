/** PNGs with a palette, read back by a library. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { palettePng } from '../../src/pictures/palette-png.ts'
import { pixelsOf } from './png.ts'

const opaque = (colours: readonly (readonly [number, number, number])[]) =>
  Uint8Array.from(colours.flatMap(([red, green, blue]) => [red, green, blue, 255]))

describe('palettePng', () => {
  it('gives back every pixel where there are at most 256 colours, of any size', async () => {
    const part = fc.integer({ min: 0, max: 255 })
    const images = fc
      .record({
        width: fc.integer({ min: 1, max: 20 }),
        height: fc.integer({ min: 1, max: 12 }),
        colours: fc.array(fc.tuple(part, part, part), { minLength: 240, maxLength: 240 }),
      })
      .map(({ width, height, colours }) => ({ width, height, rgba: opaque(colours.slice(0, width * height)) }))
    await fc.assert(
      fc.asyncProperty(images, async ({ width, height, rgba }) => {
        const found = await pixelsOf(palettePng(rgba, width, height))
        expect([found.width, found.height]).toEqual([width, height])
        expect([...found.data]).toEqual([...rgba])
      }),
      { numRuns: 40 },
    )
  })

  it('keeps the frequent colours, and takes the nearest for the rest', async () => {
    // A ground, 64 greys, and 4,000 colours once each.
    const colours = Array.from({ length: 10_000 }, (_, index): [number, number, number] => {
      if (index < 4_000) return [18, 22, 28]
      if (index < 6_000) return [(index % 64) * 4, (index % 64) * 4, (index % 64) * 4]
      const turn = index - 6_000
      return [60 + (turn % 40), 90 + (Math.floor(turn / 40) % 40), 120 + Math.floor(turn / 1600) * 20]
    })
    const rgba = opaque(colours)
    // The bytes need not lie as numbers of four bytes do.
    const shifted = new Uint8Array(rgba.length + 1).subarray(1)
    shifted.set(rgba)
    for (const bytes of [rgba, shifted]) {
      const { data } = await pixelsOf(palettePng(bytes, 100, 100))
      for (let at = 0; at < 6_000 * 4; at++) expect(data[at]).toBe(rgba[at])
      for (let at = 6_000 * 4; at < rgba.length; at++) expect(Math.abs(data[at]! - rgba[at]!)).toBeLessThanOrEqual(24)
    }
  })
})
