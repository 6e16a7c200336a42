/**
 * Cutouts as FITS 4.0 files: an image in nJy with a linear world coordinate system and its variance as the extension
 * UNCERT, in blocks of 2,880 bytes, numbers big-endian. Real ones have no CTYPE either.
 */
import { Random } from './random.ts'

const block = 2880
const cardLength = 80
export const cutoutSide = 30
const pixels = cutoutSide * cutoutSide
const dataBlocks = Math.ceil((pixels * 4) / block)
export const cutoutBytes = 2 * (block + dataBlocks * block)

export interface CutoutOptions {
  /** The pixel of the source in the detector, and its place on the sky. */
  readonly x: number
  readonly y: number
  readonly raDeg: number
  readonly decDeg: number
  readonly rotationDeg: number
  /** What the point source in the middle holds, and a pixel's noise (one sigma). */
  readonly fluxNjy: number
  readonly pixelErrNjy: number
  readonly psfSigmaPixels: number
  /** Where to begin in the table of noise. */
  readonly noiseAt: number
}

/** Noise is drawn once: 27 numbers of it would cost more than all the rest of a packet. */
const noiseCount = 65_536
const noise = (() => {
  const random = new Random(0x6e6f697365)
  return Float32Array.from({ length: noiseCount + pixels }, () => random.gaussian())
})()

function card(keyword: string, value: string): string {
  return `${keyword.padEnd(8)}= ${value.padStart(20)}`.padEnd(cardLength)
}
const number = (keyword: string, value: number) => card(keyword, real(value))
const text = (keyword: string, value: string) => `${keyword.padEnd(8)}= '${value.padEnd(8)}'`.padEnd(cardLength)
const end = 'END'.padEnd(cardLength)

/** A real number in the 20 columns of the fixed format. */
function real(value: number): string {
  if (Number.isInteger(value) && Math.abs(value) < 1e15) return value.toFixed(1)
  return value.toExponential(13).toUpperCase()
}

function header(cards: readonly string[]): Buffer {
  return Buffer.from(cards.join('').padEnd(block), 'latin1')
}

const image = [
  card('BITPIX', '-32'),
  card('NAXIS', '2'),
  card('NAXIS1', String(cutoutSide)),
  card('NAXIS2', String(cutoutSide)),
]
const uncertHeader = header([
  text('XTENSION', 'IMAGE'),
  ...image,
  card('PCOUNT', '0'),
  card('GCOUNT', '1'),
  text('UTYPE', 'VarianceUncertainty'),
  text('EXTNAME', 'UNCERT'),
  end,
])

export function cutout(options: CutoutOptions): Uint8Array {
  const file = Buffer.alloc(cutoutBytes)
  const half = cutoutSide / 2
  const minX = Math.round(options.x) - half
  const minY = Math.round(options.y) - half
  // Where the source lies in the cutout, counted from 0.
  const centreX = options.x - minX
  const centreY = options.y - minY
  const scaleDeg = 0.2 / 3600
  const turn = (options.rotationDeg * Math.PI) / 180
  const cos = scaleDeg * Math.cos(turn)
  const sin = scaleDeg * Math.sin(turn)
  header([
    card('SIMPLE', 'T'),
    ...image,
    card('EXTEND', 'T'),
    card('CUTMINX', String(minX)),
    card('CUTMINY', String(minY)),
    number('ROTPA', options.rotationDeg),
    text('BUNIT', 'nJy'),
    card('WCSAXES', '2'),
    number('CRPIX1', centreX + 1),
    number('CRPIX2', centreY + 1),
    // As the camera sees it (`focalPlace`): east is left of north.
    number('PC1_1', -cos),
    number('PC1_2', sin),
    number('PC2_1', sin),
    number('PC2_2', cos),
    number('CDELT1', 1),
    number('CDELT2', 1),
    number('CRVAL1', options.raDeg),
    number('CRVAL2', options.decDeg),
    end,
  ]).copy(file, 0)
  paint(file, block, options, centreX, centreY)
  uncertHeader.copy(file, block + dataBlocks * block)
  return file
}

function paint(file: Buffer, start: number, options: CutoutOptions, centreX: number, centreY: number): void {
  const { fluxNjy, pixelErrNjy, psfSigmaPixels, noiseAt } = options
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength)
  const variances = start + dataBlocks * block + block
  const peak = fluxNjy / (2 * Math.PI * psfSigmaPixels ** 2)
  // The Gaussian is the product of one in x and one in y.
  const columns = profile(centreX, psfSigmaPixels)
  const rows = profile(centreY, psfSigmaPixels)
  const variance = pixelErrNjy ** 2
  let index = noiseAt % noiseCount
  let at = 0
  for (let row = 0; row < cutoutSide; row++) {
    const height = peak * rows[row]!
    for (let column = 0; column < cutoutSide; column++) {
      view.setFloat32(start + at, height * columns[column]! + pixelErrNjy * noise[index++]!)
      view.setFloat32(variances + at, variance)
      at += 4
    }
  }
}

function profile(centre: number, sigma: number): Float64Array {
  return Float64Array.from({ length: cutoutSide }, (_, pixel) =>
    Math.exp(-((pixel - centre) ** 2) / (2 * sigma * sigma)),
  )
}
