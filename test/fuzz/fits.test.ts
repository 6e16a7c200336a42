import { gzipSync } from 'node:zlib'
import { cutout } from '../../src/ingest/simulator/cutout.ts'
import { readFitsImage } from '../../src/pictures/fits.ts'
import { orientationOf } from '../../src/pictures/orientation.ts'
import { asinhStretch, cutoutTone } from '../../src/pictures/stretch.ts'
import { card, fitsFile, image } from '../pictures/fits-file.ts'
import { fuzz, outcome } from './fuzz.ts'
import { mutateBytes, pick, type Random, spliced } from './mutate.ts'

fuzz('fits', () => {
  const values = Array.from({ length: 12 }, (_, index) => index)
  const scaled = [card('BSCALE', 0.5), card('BZERO', 9), card('BLANK', 3), card('CDELT1', -1e-4), card('CROTA2', 3)]
  const empty = { cards: [card('SIMPLE', true), card('BITPIX', 8), card('NAXIS', 0)] }
  const second = {
    cards: [card('XTENSION', 'IMAGE'), ...image(3, 4, 16, values).cards.slice(1)],
    data: new Uint8Array(24),
  }
  const files = [
    ...([8, 16, 32, 64, -32, -64] as const).map((bitpix) => fitsFile([image(3, 4, bitpix, values, scaled)])),
    fitsFile([empty, second]),
    cutout({
      x: 1,
      y: 2,
      raDeg: 3,
      decDeg: 4,
      rotationDeg: 5,
      fluxNjy: 6,
      pixelErrNjy: 7,
      psfSigmaPixels: 2,
      noiseAt: 9,
    }),
  ]
  return {
    make(random) {
      let file = pick(random, files)
      for (let changes = 1 + random(4); changes > 0; changes--) file = changed(random, file, files)
      return random(6) === 0 ? mutateBytes(gzipSync(file), random) : random(6) === 0 ? gzipSync(file) : file
    },
    run(input) {
      const result = outcome(() => {
        const { width, height, pixels, cards } = readFitsImage(input)
        if (pixels.length !== width * height) throw new Error(`${pixels.length} pixels`)
        const { arcsecPerPixel = 1, north } = orientationOf(cards) ?? {}
        if (!(arcsecPerPixel > 0) || (north && Math.abs(Math.hypot(north.x, north.y) - 1) > 1e-6))
          throw new Error('north')
        const tone = cutoutTone(pixels)
        if (tone === undefined) return
        const shown = asinhStretch(pixels, tone, tone.softening)
        for (const [index, value] of shown.entries()) {
          const isMissing = !Number.isFinite(pixels[index])
          if (isMissing ? !Number.isNaN(value) : !(value >= 0 && value <= 1)) throw new Error(`brightness ${value}`)
        }
      })
      if (!/^(ok|FITS_)/.test(result)) throw new Error(result)
      return result
    },
    meets: [/^ok/m, /FITS_TRUNCATED/, /FITS_INVALID/, /FITS_TOO_LARGE/, /FITS_UNSUPPORTED/],
  }
})

const numbers = ['-1', '0', '1', '3', '1.5', '2049', '1E9', '999999999999', 'NAN', "'text'", 'T', '9'.repeat(60), '']
const keywords = [
  'BITPIX',
  'NAXIS',
  'NAXIS1',
  'NAXIS2',
  'NAXIS3',
  'GCOUNT',
  'PCOUNT',
  'BSCALE',
  'BZERO',
  'CDELT1',
  'CD1_1',
  'PC2_2',
]

/** A card with another value, a card that is moved or gone, or changed bytes. */
function changed(random: Random, file: Uint8Array, files: readonly Uint8Array[]): Uint8Array {
  const kind = random(5)
  if (kind === 0 || file.length < 80 * 14) return mutateBytes(file, random)
  if (kind === 1) return spliced(random, file, pick(random, files))
  const result = Buffer.from(file)
  const at = 80 * random(14)
  if (kind === 2) result.copyWithin(at, 80 * random(14), 80 * random(14) + 80)
  else
    result.write(
      `${pick(random, keywords).padEnd(8)}= ${pick(random, numbers).padStart(20)}`.padEnd(80).slice(0, 80),
      at,
      'latin1',
    )
  return result
}
