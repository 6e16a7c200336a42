/**
 * How pictures look: dark, for people who look at them at night, and the same on every machine: DejaVu comes from npm,
 * no font of the system is used.
 */
import { fileURLToPath } from 'node:url'

export const widthPx = 600

export const colours = {
  ground: '#12161c',
  panel: '#0b0e12',
  grid: '#29313c',
  text: '#eceff4',
  faint: '#a3adba',
  accent: '#f0e442',
  test: '#e69f00',
} as const

export const font = {
  family: 'DejaVu Sans',
  file: fileURLToPath(import.meta.resolve('dejavu-fonts-ttf/ttf/DejaVuSans.ttf')),
  titlePx: 20,
  textPx: 15,
  smallPx: 13,
} as const

export type Shape = 'circle' | 'square' | 'triangle' | 'diamond' | 'inverted' | 'pentagon' | 'star'

export interface BandStyle {
  readonly colour: string
  readonly shape: Shape
}

/**
 * Colours of Okabe & Ito (Color Universal Design, 2008), which people with any common colour vision tell apart, two of
 * them lighter for the dark ground; a shape each, for those who see none.
 */
const known: Readonly<Record<string, BandStyle>> = {
  u: { colour: '#cc79a7', shape: 'inverted' },
  g: { colour: '#00b486', shape: 'circle' },
  r: { colour: '#ee7733', shape: 'square' },
  i: { colour: '#f0e442', shape: 'triangle' },
  z: { colour: '#56b4e9', shape: 'diamond' },
  y: { colour: '#ffffff', shape: 'pentagon' },
}
const others: readonly BandStyle[] = [
  { colour: '#c3cad4', shape: 'star' },
  { colour: '#56b4e9', shape: 'circle' },
  { colour: '#ee7733', shape: 'diamond' },
  { colour: '#00b486', shape: 'square' },
  { colour: '#cc79a7', shape: 'triangle' },
  { colour: '#f0e442', shape: 'pentagon' },
]

/** A style for each band, in the given order: ugrizy have their own, the rest take turns. */
export function bandStyles(bands: readonly string[]): ReadonlyMap<string, BandStyle> {
  let turn = 0
  return new Map(
    bands.map((band) => {
      const own = Object.hasOwn(known, band) ? known[band] : undefined
      return [band, own ?? (others[turn++ % others.length] as BandStyle)]
    }),
  )
}

/** No longer than this; an ellipsis says that something is missing. */
export function shortened(text: string, most: number): string {
  const characters = [...text]
  return characters.length <= most ? text : `${characters.slice(0, most - 1).join('')}…`
}
