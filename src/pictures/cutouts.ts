/**
 * The three cutouts of an alert in a row: science, template, difference. Pixels stay on the detector's grid, first row
 * at the bottom; arrows say where north and east are.
 */
import { createCanvas, GlobalFonts, type SKRSContext2D } from '@napi-rs/canvas'
import type { Picture } from '../../bridges/contract.ts'
import { FountainError } from '../errors.ts'
import { type FitsImage, readFitsImage } from './fits.ts'
import { colours, font, shortened, widthPx } from './look.ts'
import { type Orientation, orientationOf } from './orientation.ts'
import { palettePng } from './palette-png.ts'
import { type CutoutsRequest, stampNames } from './request.ts'
import { asinhStretch, cutoutTone } from './stretch.ts'

const sidePx = 184
const gapPx = 12
const topPx = 92
const heightPx = topPx + sidePx + gapPx
/** Where nothing was measured: dark red, which no grey is. */
const missing = { red: 64, green: 24, blue: 32 }

/** A stamp that cannot be read says so in its place. Throws nothing that a stamp could cause. */
export function drawCutouts({ title, isTest, timeIso, stamps }: CutoutsRequest): Picture {
  if (!GlobalFonts.has(font.family)) GlobalFonts.registerFromPath(font.file, font.family)
  const canvas = createCanvas(widthPx, heightPx)
  const context = canvas.getContext('2d')
  context.fillStyle = colours.ground
  context.fillRect(0, 0, widthPx, heightPx)
  heading(context, title, isTest, timeIso)
  let shown: Orientation | undefined
  for (const [index, name] of stampNames.entries()) {
    const x = gapPx + index * (sidePx + gapPx)
    write(context, name, x, topPx - 9, { colour: colours.text })
    const image = read(stamps[name])
    if (typeof image === 'string') {
      blank(context, x, image)
      continue
    }
    const orientation = orientationOf(image.cards)
    paint(context, image, x)
    aim(context, image, orientation, x)
    scaleBar(context, image, orientation, x)
    // One compass serves all that lie alike.
    if (orientation !== undefined && (shown === undefined || differs(orientation, shown)))
      compass(context, orientation, x)
    shown ??= orientation
  }
  const { data } = context.getImageData(0, 0, widthPx, heightPx)
  const rgba = new Uint8Array(data.buffer, data.byteOffset, data.length)
  return { mediaType: 'image/png', bytes: palettePng(rgba, widthPx, heightPx), widthPx, heightPx }
}

/** The image, or why there is none. */
function read(bytes: Uint8Array | undefined): FitsImage | string {
  if (bytes === undefined) return 'not in the alert'
  try {
    return readFitsImage(bytes)
  } catch (error) {
    if (!(error instanceof FountainError)) throw error
    return `unreadable\n${error.code}`
  }
}

function heading(context: SKRSContext2D, title: string, isTest: boolean, timeIso: string | undefined): void {
  let x = 18
  if (isTest) {
    write(context, 'TEST', x, 30, { colour: colours.test, px: font.titlePx })
    x += context.measureText('TEST ').width
  }
  write(context, shortened(title, isTest ? 36 : 42), x, 30, { colour: colours.text, px: font.titlePx })
  if (timeIso !== undefined)
    write(context, `alert of ${timeIso.slice(0, 19).replace('T', ' ')} UTC`, 18, 53, { colour: colours.faint })
}

/** Nearest neighbour: a pixel stays a square. What is larger than its place is averaged. */
function paint(context: SKRSContext2D, { width, height, pixels }: FitsImage, left: number): void {
  const tone = cutoutTone(pixels)
  if (tone === undefined) {
    blank(context, left, 'no pixel has a value')
    return
  }
  const grey = asinhStretch(pixels, tone, tone.softening)
  const scale = sidePx / Math.max(width, height)
  const across = Math.max(1, Math.round(width * scale))
  const up = Math.max(1, Math.round(height * scale))
  const shown = context.createImageData(across, up)
  for (let y = 0, at = 0; y < up; y++) {
    const [fromRow, toRow] = span(up - 1 - y, up, height)
    for (let x = 0; x < across; x++, at += 4) {
      const [fromColumn, toColumn] = span(x, across, width)
      const value = meanOf(grey, width, fromColumn, toColumn, fromRow, toRow)
      const isMissing = Number.isNaN(value)
      shown.data[at] = isMissing ? missing.red : value * 255
      shown.data[at + 1] = isMissing ? missing.green : value * 255
      shown.data[at + 2] = isMissing ? missing.blue : value * 255
      shown.data[at + 3] = 255
    }
  }
  context.fillStyle = colours.panel
  context.fillRect(left, topPx, sidePx, sidePx)
  context.putImageData(shown, left + ((sidePx - across) >> 1), topPx + ((sidePx - up) >> 1))
}

/** Which of `pixels` lie at place `index` of `places`: one at least. */
function span(index: number, places: number, pixels: number): [number, number] {
  const from = Math.floor((index * pixels) / places)
  return [from, Math.max(from + 1, Math.floor(((index + 1) * pixels) / places))]
}

function meanOf(values: Float32Array, width: number, x0: number, x1: number, y0: number, y1: number): number {
  let sum = 0
  let count = 0
  for (let y = y0; y < y1; y++) {
    for (let x = x0; x < x1; x++) {
      const value = values[y * width + x]!
      if (Number.isNaN(value)) continue
      sum += value
      count++
    }
  }
  return count === 0 ? Number.NaN : sum / count
}

/** Where a pixel of the image is on the canvas. */
function placeOf({ width, height }: FitsImage, x: number, y: number, left: number): { x: number; y: number } {
  const scale = sidePx / Math.max(width, height)
  return {
    x: left + sidePx / 2 + (x + 0.5 - width / 2) * scale,
    y: topPx + sidePx / 2 - (y + 0.5 - height / 2) * scale,
  }
}

/** Two ticks beside the source, which stays free: at the reference point, else in the middle. */
function aim(context: SKRSContext2D, image: FitsImage, orientation: Orientation | undefined, left: number): void {
  const { width, height } = image
  const middle = { x: (width - 1) / 2, y: (height - 1) / 2 }
  const reference = orientation?.reference
  const isInside =
    reference && Math.abs(reference.x - middle.x) < width / 2 && Math.abs(reference.y - middle.y) < height / 2
  const source = isInside ? reference : middle
  const { x, y } = placeOf(image, source.x, source.y, left)
  context.save()
  context.beginPath()
  context.rect(left, topPx, sidePx, sidePx)
  context.clip()
  stroke(context, [
    [x + 14, y, x + 30, y],
    [x, y - 14, x, y - 30],
  ])
  context.restore()
}

/** Two arrows from a corner, in the true sense: where east is right of north, the image is mirrored, and it shows. */
function compass(context: SKRSContext2D, { north, east }: Orientation, left: number): void {
  const length = 30
  const x = left + sidePx - 50
  const y = topPx + 50
  for (const [direction, letter] of [
    [north, 'N'],
    [east, 'E'],
  ] as const) {
    const tip = { x: x + direction.x * length, y: y - direction.y * length }
    const back = { x: tip.x - direction.x * 7, y: tip.y + direction.y * 7 }
    const side = { x: direction.y * 4, y: direction.x * 4 }
    stroke(context, [
      [x, y, tip.x, tip.y],
      [tip.x, tip.y, back.x + side.x, back.y + side.y],
      [tip.x, tip.y, back.x - side.x, back.y - side.y],
    ])
    write(context, letter, x + direction.x * (length + 10), y - direction.y * (length + 10) + 5, {
      colour: colours.accent,
      px: font.smallPx,
      align: 'center',
      hasEdge: true,
    })
  }
}

/** Between about a fifth and a half of the width, in arcseconds where the scale is known, else in pixels. */
function scaleBar(context: SKRSContext2D, image: FitsImage, orientation: Orientation | undefined, left: number): void {
  const arcsec = orientation?.arcsecPerPixel
  const perUnit = sidePx / Math.max(image.width, image.height) / (arcsec ?? 1)
  const most = (sidePx * 0.45) / perUnit
  const power = 10 ** Math.floor(Math.log10(most))
  const length = ([5, 2, 1].find((each) => each * power <= most) ?? 1) * power
  const y = topPx + sidePx - 11
  stroke(context, [
    [left + 10, y, left + 10 + length * perUnit, y],
    [left + 10, y - 4, left + 10, y + 4],
    [left + 10 + length * perUnit, y - 4, left + 10 + length * perUnit, y + 4],
  ])
  const text = `${Number(length.toPrecision(1))}${arcsec === undefined ? ' px' : '″'}`
  write(context, text, left + 10, y - 9, { colour: colours.accent, px: font.smallPx, hasEdge: true })
}

function blank(context: SKRSContext2D, left: number, why: string): void {
  context.fillStyle = colours.panel
  context.fillRect(left, topPx, sidePx, sidePx)
  context.strokeStyle = colours.grid
  context.lineWidth = 1
  context.strokeRect(left + 0.5, topPx + 0.5, sidePx - 1, sidePx - 1)
  for (const [index, line] of why.split('\n').entries())
    write(context, line, left + sidePx / 2, topPx + sidePx / 2 + index * 20, {
      colour: colours.faint,
      px: font.smallPx,
      align: 'center',
    })
}

/** Lines that are seen on any ground. */
function stroke(context: SKRSContext2D, lines: readonly (readonly [number, number, number, number])[]): void {
  context.lineCap = 'round'
  for (const [style, width] of [
    ['rgba(0,0,0,0.75)', 4.5],
    [colours.accent, 1.8],
  ] as const) {
    context.strokeStyle = style
    context.lineWidth = width
    context.beginPath()
    for (const [x0, y0, x1, y1] of lines) {
      context.moveTo(x0, y0)
      context.lineTo(x1, y1)
    }
    context.stroke()
  }
}

function write(
  context: SKRSContext2D,
  text: string,
  x: number,
  y: number,
  look: { colour: string; px?: number; align?: 'left' | 'center'; hasEdge?: boolean },
): void {
  context.font = `${look.px ?? font.textPx}px "${font.family}"`
  context.textAlign = look.align ?? 'left'
  if (look.hasEdge) {
    context.strokeStyle = 'rgba(0,0,0,0.75)'
    context.lineWidth = 3
    context.strokeText(text, x, y)
  }
  context.fillStyle = look.colour
  context.fillText(text, x, y)
}

/** By more than five degrees, or mirrored. */
function differs(one: Orientation, other: Orientation): boolean {
  const dot = (key: 'north' | 'east'): number => one[key].x * other[key].x + one[key].y * other[key].y
  return Math.min(dot('north'), dot('east')) < Math.cos((5 * Math.PI) / 180)
}
