/**
 * Where north and east are on an image, and how large a pixel is on the sky: from the linear part of its world
 * coordinate system (Greisen & Calabretta 2002, A&A 395, 1061; Calabretta & Greisen 2002, A&A 395, 1077).
 *
 * LSST's cutouts have no CTYPE, but their matrix is that of a tangent plane: degrees on the sky, not of right ascension.
 */
import type { CardValue } from './fits-header.ts'

export interface Orientation {
  /** Unit vectors in pixels: x to the right, y up. */
  readonly north: Direction
  readonly east: Direction
  readonly arcsecPerPixel: number
  /** Pixel of the reference point, from 0 at the middle of the first; of a cutout usually the source. */
  readonly reference: Direction
}
export interface Direction {
  readonly x: number
  readonly y: number
}

type Cards = ReadonlyMap<string, CardValue>

/** Undefined where the header has no celestial coordinate system that can be turned round. */
export function orientationOf(cards: Cards): Orientation | undefined {
  const matrix = matrixOf(cards)
  if (matrix === undefined || ![1, 2].every((axis) => isDegrees(cards.get(`CUNIT${axis}`)))) return undefined
  const axes = axesOf(cards)
  if (axes === undefined) return undefined
  const [a, b] = matrix[axes.lon]
  const [c, d] = matrix[axes.lat]
  const determinant = a * d - b * c
  // Columns of the inverse: a step on the sky in pixels.
  const east = unit(d / determinant, -c / determinant)
  const north = unit(-b / determinant, a / determinant)
  const arcsecPerPixel = Math.sqrt(Math.abs(determinant)) * 3600
  if (north === undefined || east === undefined || !(arcsecPerPixel > 0 && arcsecPerPixel < 1e6)) return undefined
  const reference = { x: number(cards, 'CRPIX1', 0) - 1, y: number(cards, 'CRPIX2', 0) - 1 }
  return { north, east, arcsecPerPixel, reference }
}

type Matrix = readonly [readonly [number, number], readonly [number, number]]

/** CDi_j as it is, else PCi_j or CROTA2 with CDELTi. Undefined where there is nothing of it. */
function matrixOf(cards: Cards): Matrix | undefined {
  const names = (prefix: string): string[] => ['1_1', '1_2', '2_1', '2_2'].map((indices) => prefix + indices)
  const rows = (prefix: string, diagonal: number): Matrix => {
    const [m11, m12, m21, m22] = names(prefix)
    return [
      [number(cards, m11!, diagonal), number(cards, m12!, 0)],
      [number(cards, m21!, 0), number(cards, m22!, diagonal)],
    ]
  }
  if (names('CD').some((name) => cards.has(name))) return rows('CD', 0)
  if (!['CDELT1', 'CDELT2', ...names('PC')].some((name) => cards.has(name))) return undefined
  const x = number(cards, 'CDELT1', 1)
  const y = number(cards, 'CDELT2', 1)
  if (cards.has('CROTA2') && !names('PC').some((name) => cards.has(name))) {
    const turn = (number(cards, 'CROTA2', 0) * Math.PI) / 180
    const cos = Math.cos(turn)
    const sin = Math.sin(turn)
    return [
      [x * cos, -y * sin],
      [x * sin, y * cos],
    ]
  }
  const [[p11, p12], [p21, p22]] = rows('PC', 1)
  return [
    [x * p11, x * p12],
    [y * p21, y * p22],
  ]
}

/** Which row of the matrix is the right ascension; undefined for other coordinates, whose north is another. */
function axesOf(cards: Cards): { readonly lon: 0 | 1; readonly lat: 0 | 1 } | undefined {
  const [first, second] = [1, 2].map((axis) => {
    const type = cards.get(`CTYPE${axis}`)
    return typeof type === 'string' ? type.split('-', 1)[0]! : ''
  })
  if (first === '' && second === '') return { lon: 0, lat: 1 }
  if (first === 'RA' && second === 'DEC') return { lon: 0, lat: 1 }
  return first === 'DEC' && second === 'RA' ? { lon: 1, lat: 0 } : undefined
}

const isDegrees = (unit: CardValue | undefined): boolean =>
  unit === undefined || (typeof unit === 'string' && /^(deg.*)?$/i.test(unit))

function number(cards: Cards, keyword: string, otherwise: number): number {
  const value = cards.get(keyword)
  return typeof value === 'number' ? value : otherwise
}

function unit(x: number, y: number): Direction | undefined {
  const length = Math.hypot(x, y)
  return length > 0 && Number.isFinite(length) ? { x: x / length, y: y / length } : undefined
}
