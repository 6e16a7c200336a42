/**
 * A light curve as SVG: time from the alert, magnitudes upside down or fluxes, a colour and a shape for each band, error
 * bars, forced points hollow, limits as arrows. It needs nothing but itself and a sans-serif font.
 */
import { mjdUtcToIso } from '../../vo/astro/time.ts'
import { escapeText } from '../../vo/xml/escape.ts'
import { FountainError } from '../errors.ts'
import { type Axis, linearAxis, padded } from './axis.ts'
import { legend } from './curve-legend.ts'
import { type Curve, type CurvePoint, curveOf } from './curve-points.ts'
import { type BandStyle, bandStyles, colours, font, shortened, widthPx } from './look.ts'
import { arrowPath, shapePath } from './marks.ts'
import type { LightCurveRequest } from './request.ts'

export const lightCurveHeightPx = 420
const plot = { right: widthPx - 18, top: 70, bottom: 312 }
/** Of a digit of the ticks. */
const digitPx = 9.6

/** Throws PICTURE_NONE where no point can be shown. */
export function lightCurveSvg({ title, isTest, timeIso, series }: LightCurveRequest): string {
  const curve = curveOf(series, timeIso)
  if (curve === undefined) throw new FountainError('PICTURE_NONE', `the light curve of ${title} has no point to show`)
  const styles = bandStyles([...new Set(curve.points.map(({ band }) => band))].sort(byWavelength))
  const time = timeUnit(curve.points)
  const y = yAxis(curve)
  const left = Math.max(62, 32 + digitPx * Math.max(...y.ticks.map(({ text }) => text.length)))
  const x = xAxis(curve.points, time, left)
  const place = (point: CurvePoint): Placed => ({ x: x.at(point.days * time.perDay), y: y.at(point.value), point })
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${widthPx}" height="${lightCurveHeightPx}" viewBox="0 0 ${widthPx} ${lightCurveHeightPx}" font-family="${font.family}, Verdana, sans-serif" font-size="${font.textPx}">`,
    `<rect width="${widthPx}" height="${lightCurveHeightPx}" fill="${colours.ground}"/>`,
    heading(title, isTest, curve),
    frame(curve, { x, y, left: Math.round(left), unit: time.name }),
    ...layers(curve.points.map(place), styles, (value) => y.at(value)),
    ...curve.points
      .filter(({ isAlert }) => isAlert)
      .map(place)
      .map(halo(markSize(curve.points.length))),
    legend(curve, styles, { left, right: plot.right, top: lightCurveHeightPx - 48 }),
    '</svg>',
  ].join('\n')
}

interface Placed {
  readonly x: number
  readonly y: number
  readonly point: CurvePoint
}

const order = 'ugrizy'
function byWavelength(a: string, b: string): number {
  const place = (band: string): number =>
    band.length === 1 && order.includes(band) ? order.indexOf(band) : order.length
  return place(a) - place(b) || (a < b ? -1 : 1)
}

const markSize = (count: number): number => (count <= 40 ? 6 : count <= 150 ? 5 : count <= 400 ? 4 : 3)

function timeUnit(points: readonly CurvePoint[]): { readonly name: string; readonly perDay: number } {
  const span = spanOf(points.map(({ days }) => days))
  const days = span.high - span.low
  if (days > 0 && days < 0.1) return { name: 'minutes', perDay: 1440 }
  if (days > 0 && days < 2) return { name: 'hours', perDay: 24 }
  return { name: 'days', perDay: 1 }
}

function xAxis(points: readonly CurvePoint[], { perDay }: { perDay: number }, left: number): Axis {
  // Zero is the alert: always in sight, also where all is long before it.
  const { low, high } = spanOf([0, ...points.map(({ days }) => days * perDay)])
  const [from, to] = padded(low, high, 2, 0.04)
  return linearAxis(from, to, Math.round(left), plot.right, 6)
}

/** Errors widen the range only so far: a point without weight must not flatten the others. */
function yAxis({ axis, points }: Curve): Axis {
  const values = points.map(({ value }) => value)
  const span = spanOf(values)
  const most = (span.high - span.low) / 4
  const edges = points.flatMap(({ value, error }) => [value - Math.min(error, most), value + Math.min(error, most)])
  const { low, high } = spanOf([...values, ...edges])
  if (axis === 'flux') {
    const [from, to] = padded(low, high, Math.max(span.high, -span.low, 1e-3) * 0.2, 0.08)
    return linearAxis(from, to, plot.bottom, plot.top, 5)
  }
  const [from, to] = padded(low, high, 1, 0.08)
  return linearAxis(from, to, plot.top, plot.bottom, 5)
}

function spanOf(values: readonly number[]): { readonly low: number; readonly high: number } {
  return values.reduce(({ low, high }, value) => ({ low: Math.min(low, value), high: Math.max(high, value) }), {
    low: Number.POSITIVE_INFINITY,
    high: Number.NEGATIVE_INFINITY,
  })
}

function heading(title: string, isTest: boolean, { points, zeroMjdUtc }: Curve): string {
  const count = `${points.length} ${points.length === 1 ? 'point' : 'points'}`
  const test = isTest ? `<tspan fill="${colours.test}">TEST</tspan> ` : ''
  return [
    `<text x="18" y="30" font-size="${font.titlePx}" fill="${colours.text}">${test}${escapeText(shortened(title, isTest ? 36 : 42))}</text>`,
    `<text x="18" y="53" fill="${colours.faint}">alert of ${utcText(zeroMjdUtc)} · ${count}</text>`,
  ].join('\n')
}

const utcText = (mjdUtc: number): string => `${mjdUtcToIso(mjdUtc).slice(0, 19).replace('T', ' ')} UTC`

function frame(
  { axis, label }: Curve,
  { x, y, left, unit }: { readonly x: Axis; readonly y: Axis; readonly left: number; readonly unit: string },
): string {
  const { right, top, bottom } = plot
  const middle = (top + bottom) / 2
  const vertical = x.ticks.map(({ value }) => `M${r(x.at(value))} ${top}V${bottom}`)
  const horizontal = y.ticks.map(({ value }) => `M${left} ${r(y.at(value))}H${right}`)
  const isZeroShown = axis === 'flux' && y.at(0) <= bottom && y.at(0) >= top
  return [
    `<path d="${[...vertical, ...horizontal].join('')}" stroke="${colours.grid}" fill="none"/>`,
    isZeroShown ? `<path d="M${left} ${r(y.at(0))}H${right}" stroke="${colours.faint}" fill="none"/>` : '',
    `<path d="M${r(x.at(0))} ${top}V${bottom}" stroke="${colours.faint}" stroke-dasharray="5 4" fill="none"/>`,
    `<rect x="${left}" y="${top}" width="${right - left}" height="${bottom - top}" stroke="${colours.faint}" fill="none"/>`,
    `<g fill="${colours.text}" text-anchor="middle">`,
    ...x.ticks.map(({ value, text }) => `<text x="${r(x.at(value))}" y="${bottom + 20}">${text}</text>`),
    `<text x="${(left + right) / 2}" y="${bottom + 42}">${unit} from the alert</text>`,
    `<text transform="translate(16 ${middle}) rotate(-90)">${escapeText(shortened(label, 32))}</text>`,
    '</g>',
    `<g fill="${colours.text}" text-anchor="end">`,
    ...y.ticks.map(({ value, text }) => `<text x="${left - 7}" y="${r(y.at(value) + 5)}">${text}</text>`),
    '</g>',
  ].join('\n')
}

/** From here on smooth lines cost more, in time and bytes, than anybody sees of them. */
const denseCount = 400

/** Limits below, then bars, hollow and full points; of each one path a band. */
function layers(
  placed: readonly Placed[],
  styles: ReadonlyMap<string, BandStyle>,
  at: (value: number) => number,
): string[] {
  const size = markSize(placed.length)
  const layer = (wanted: (point: CurvePoint) => boolean, draw: Draw, look: (colour: string) => string): string[] =>
    [...styles].flatMap(([band, style]) => {
      const mine = placed.filter(({ point }) => point.band === band && wanted(point))
      return mine.length === 0
        ? []
        : [`<path d="${mine.map((each) => draw(each, style)).join('')}" ${look(style.colour)}/>`]
    })
  const shape: Draw = ({ x, y }, style) => shapePath(style.shape, x, y, size)
  const bar: Draw = ({ x, point: { value, error } }) =>
    `M${r(x)} ${r(inside(at(value - error)))}V${r(inside(at(value + error)))}`
  const isDense = placed.length > denseCount
  const crisp = isDense ? ' shape-rendering="crispEdges"' : ''
  const edge = isDense ? '' : `stroke="${colours.ground}" stroke-width="0.8" `
  const line = (colour: string): string =>
    `stroke="${colour}" stroke-opacity="0.75" stroke-width="1.5" fill="none"${crisp}`
  const hollow = (colour: string): string => `stroke="${colour}" stroke-width="1.6" fill="${colours.ground}"`
  const full = (colour: string): string => `${edge}fill="${colour}"`
  return [
    ...layer(
      ({ kind }) => kind === 'limit',
      ({ x, y }) => arrowPath(x, y, size),
      line,
    ),
    ...layer(({ error }) => error > 0, bar, line),
    ...layer(({ kind }) => kind === 'forced', shape, hollow),
    ...layer(({ kind }) => kind === 'detection', shape, full),
  ]
}
type Draw = (placed: Placed, style: BandStyle) => string

const halo =
  (size: number) =>
  ({ x, y }: Placed): string =>
    `<circle cx="${r(x)}" cy="${r(y)}" r="${size + 5}" stroke="${colours.text}" stroke-width="1.6" fill="none"/>`

const inside = (y: number): number => Math.min(plot.bottom, Math.max(plot.top, y))
const r = (value: number): string => String(Math.round(value * 10) / 10)
