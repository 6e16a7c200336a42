/** SVG as PNG by resvg, with the font of `look.ts` and no other. */
import { Resvg } from '@resvg/resvg-js'
import { colours, font } from './look.ts'
import { palettePng } from './palette-png.ts'

export function svgToPng(svg: string): Uint8Array {
  const rendered = new Resvg(svg, {
    background: colours.ground,
    font: { loadSystemFonts: false, fontFiles: [font.file], defaultFontFamily: font.family },
    logLevel: 'off',
  }).render()
  return palettePng(rendered.pixels, rendered.width, rendered.height)
}
