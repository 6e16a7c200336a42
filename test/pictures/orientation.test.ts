/** North and east of pictures, from each way that FITS has to say it. */
import { describe, expect, it } from 'vitest'
import type { CardValue } from '../../src/pictures/fits-header.ts'
import { orientationOf } from '../../src/pictures/orientation.ts'

const scale = 0.2 / 3600
const of = (cards: Record<string, CardValue>) => orientationOf(new Map(Object.entries(cards)))
/** North up and east to the left, turned against the clock. */
const matrix = (prefix: string, turnDeg: number, size: number) => {
  const turn = (turnDeg * Math.PI) / 180
  return {
    [`${prefix}1_1`]: -size * Math.cos(turn),
    [`${prefix}1_2`]: -size * Math.sin(turn),
    [`${prefix}2_1`]: -size * Math.sin(turn),
    [`${prefix}2_2`]: size * Math.cos(turn),
  }
}

describe('orientationOf', () => {
  it('knows north up, east left', () => {
    const found = of({ CDELT1: -scale, CDELT2: scale, CRPIX1: 15.5, CRPIX2: 16 })!
    expect(found.north.x).toBeCloseTo(0, 12)
    expect(found.north.y).toBeCloseTo(1, 12)
    expect(found.east.x).toBeCloseTo(-1, 12)
    expect(found.arcsecPerPixel).toBeCloseTo(0.2, 12)
    expect(found.reference).toEqual({ x: 14.5, y: 15 })
  })

  it('keeps the parity of mirrored images', () => {
    expect(of({ CDELT1: scale, CDELT2: scale })!.east.x).toBeCloseTo(1, 12)
  })

  it.each([
    ['CD', matrix('CD', 30, scale)],
    ['PC with CDELT', { ...matrix('PC', 30, 1), CDELT1: scale, CDELT2: scale }],
    ['PC alone, as LSST has it', matrix('PC', 30, scale)],
  ])('turns by %s', (_, cards) => {
    const found = of(cards)!
    expect(found.north.x).toBeCloseTo(-Math.sin(Math.PI / 6), 9)
    expect(found.north.y).toBeCloseTo(Math.cos(Math.PI / 6), 9)
    expect(found.east.x).toBeCloseTo(-Math.cos(Math.PI / 6), 9)
    expect(found.arcsecPerPixel).toBeCloseTo(0.2, 9)
  })

  it('turns by CROTA2 as by the matrix that it stands for', () => {
    const turned = of({ CDELT1: -scale, CDELT2: scale, CROTA2: 30 })!
    const angle = Math.PI / 6
    const same = of({
      CD1_1: -scale * Math.cos(angle),
      CD1_2: -scale * Math.sin(angle),
      CD2_1: -scale * Math.sin(angle),
      CD2_2: scale * Math.cos(angle),
    })!
    expect(turned.north.x).toBeCloseTo(same.north.x, 12)
    expect(turned.north.y).toBeCloseTo(same.north.y, 12)
    expect(turned.east.x).toBeCloseTo(same.east.x, 12)
  })

  it('takes axes in the other order', () => {
    const found = of({ CTYPE1: 'DEC--TAN', CTYPE2: 'RA---TAN', CD1_1: scale, CD2_2: scale })!
    expect(found.north.x).toBeCloseTo(1, 12)
    expect(found.east.y).toBeCloseTo(1, 12)
  })

  it.each([
    ['nothing', {}],
    ['a place alone', { CRVAL1: 10, CRVAL2: 20 }],
    ['galactic coordinates', { CTYPE1: 'GLON-TAN', CTYPE2: 'GLAT-TAN', CDELT1: -scale, CDELT2: scale }],
    ['a matrix that cannot be turned round', { CD1_1: scale, CD1_2: scale, CD2_1: scale, CD2_2: scale }],
    ['zeros', { CDELT1: 0, CDELT2: 0 }],
    ['other units', { CDELT1: -1, CDELT2: 1, CUNIT1: 'arcsec', CUNIT2: 'arcsec' }],
    ['numbers beyond all measure', { CDELT1: 1e300, CDELT2: 1e300 }],
  ])('says nothing of %s', (_, cards) => {
    expect(of(cards as Record<string, CardValue>)).toBeUndefined()
  })
})
