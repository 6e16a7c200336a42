/** What the marks of a light curve mean: a line of bands, and a line of kinds. */
import { escapeText } from '../../vo/xml/escape.ts'
import type { Curve, CurvePoint } from './curve-points.ts'
import { type BandStyle, colours, shortened } from './look.ts'
import { arrowPath, shapePath } from './marks.ts'

const mostBands = 7
const size = 6
/** Of DejaVu at the size of the text; a legend need not be exact. */
const characterPx = 9
const lineHeightPx = 28

export function legend(
  curve: Curve,
  styles: ReadonlyMap<string, BandStyle>,
  { left, right, top }: { left: number; right: number; top: number },
): string {
  const bands = [...styles].slice(0, mostBands).map(([band, { colour, shape }]) => ({
    text: band === '' ? 'no band' : shortened(band, 9),
    mark: (x: number, y: number) => `<path d="${shapePath(shape, x, y, size)}" fill="${colour}"/>`,
  }))
  if (styles.size > mostBands) bands.push({ text: `+${styles.size - mostBands}`, mark: () => '' })
  return [line(bands, left, right, top), line(kindsOf(curve), left, right, top + lineHeightPx)].join('\n')
}

interface Entry {
  readonly text: string
  mark(x: number, y: number): string
}

function kindsOf({ points, limitSigma, notShown, axis }: Curve): Entry[] {
  const neutral = colours.faint
  const kinds: Record<CurvePoint['kind'], Entry> = {
    detection: {
      text: 'detected',
      mark: (x, y) => `<path d="${shapePath('circle', x, y, size)}" fill="${neutral}"/>`,
    },
    forced: {
      text: 'forced',
      mark: (x, y) =>
        `<path d="${shapePath('circle', x, y, size)}" stroke="${neutral}" stroke-width="1.6" fill="none"/>`,
    },
    limit: {
      text: `${limitSigma}σ limit`,
      mark: (x, y) => `<path d="${arrowPath(x, y - size, size)}" stroke="${neutral}" stroke-width="1.6" fill="none"/>`,
    },
  }
  const used = (['detection', 'forced', 'limit'] as const).filter((kind) => points.some((point) => point.kind === kind))
  const hidden: Entry[] =
    notShown === 0
      ? []
      : [{ text: axis === 'magnitude' ? `${notShown} negative, not shown` : `${notShown} not shown`, mark: () => '' }]
  return [...used.map((kind) => kinds[kind]), ...hidden]
}

/** Entries side by side, in the middle of the width. */
function line(entries: readonly Entry[], left: number, right: number, y: number): string {
  const widths = entries.map(({ text }) => 22 + [...text].length * characterPx + 14)
  const total = widths.reduce((sum, width) => sum + width, 0)
  let x = Math.max(18, (left + right - total) / 2)
  const parts = entries.map(({ text, mark }, index) => {
    const part = `${mark(x + 8, y)}<text x="${Math.round(x) + 22}" y="${y + 5}" fill="${colours.text}">${escapeText(text)}</text>`
    x += widths[index]!
    return part
  })
  return parts.join('\n')
}
