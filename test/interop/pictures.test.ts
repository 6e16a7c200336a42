/** Cutouts through astropy's eyes: the same pixels, the same limits and stretch, north where it has north. */
import { spawnSync } from 'node:child_process'
import { gunzipSync } from 'node:zlib'
import { beforeAll, expect, it } from 'vitest'
import { peers } from '../../scripts/peers.ts'
import { compileDecoder } from '../../src/decode/decoder.ts'
import type { AvroRecord } from '../../src/flow.ts'
import { cutout } from '../../src/ingest/simulator/cutout.ts'
import { readFitsImage } from '../../src/pictures/fits.ts'
import { orientationOf } from '../../src/pictures/orientation.ts'
import { asinhStretch, zscaleLimits } from '../../src/pictures/stretch.ts'
import { lsstSamples, ztfSamples } from '../decode/samples.ts'
import { type Bitpix, card, fitsFile, image } from '../pictures/fits-file.ts'
import { describeTier, samplesDir } from '../tiers.ts'
import { seeded } from '../vo/mutate.ts'

interface Read {
  readonly shape: readonly [number, number]
  readonly pixels: string
  readonly zscale: readonly [number, number] | null
  readonly asinh: string | null
  readonly north: readonly [number, number] | null
  readonly east: readonly [number, number] | null
  readonly arcsecPerPixel: number | null
}

describeTier('peers', 'cutouts, read by astropy', () => {
  let python = ''
  beforeAll(async () => {
    python = (await peers()).python
  }, 600_000)

  function ask(files: readonly Uint8Array[]): Read[] {
    const script = new URL('astropy_pictures.py', import.meta.url).pathname
    const input = files.map((file) => JSON.stringify({ fits: Buffer.from(file).toString('base64') })).join('\n')
    const { status, stdout, stderr } = spawnSync(python, [script], { input, encoding: 'utf8', maxBuffer: 2 ** 30 })
    expect(status, stderr).toBe(0)
    return stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Read)
  }

  /** Holds every file to astropy; returns how many had a north. */
  function hold(files: readonly Uint8Array[]): number {
    let oriented = 0
    for (const [index, theirs] of ask(files).entries()) {
      const { width, height, pixels, cards } = readFitsImage(files[index]!)
      const where = `file ${index}`
      expect([height, width], where).toEqual(theirs.shape)
      expectClose(pixels, floats(theirs.pixels), 1e-6, where)
      const limits = zscaleLimits(pixels)
      if (theirs.zscale === null) expect(limits, where).toBeUndefined()
      else {
        const [low, high] = theirs.zscale
        const tolerance = 1e-4 * Math.max(high - low, Math.abs(high), Math.abs(low), 1e-6)
        expect(Math.abs(limits!.low - low), where).toBeLessThanOrEqual(tolerance)
        expect(Math.abs(limits!.high - high), where).toBeLessThanOrEqual(tolerance)
        if (theirs.asinh !== null) {
          const [finite, shown] = [floats(theirs.asinh), asinhStretch(pixels, { low, high })]
          for (const [at, value] of shown.entries()) {
            if (Number.isFinite(pixels[at])) expect(Math.abs(value - finite[at]!), where).toBeLessThan(1e-5)
          }
        }
      }
      const orientation = orientationOf(cards)
      expect(orientation === undefined, where).toBe(theirs.north === null)
      if (orientation === undefined) continue
      oriented++
      expect(orientation.north.x, where).toBeCloseTo(theirs.north![0], 4)
      expect(orientation.north.y, where).toBeCloseTo(theirs.north![1], 4)
      expect(orientation.east.x, where).toBeCloseTo(theirs.east![0], 4)
      expect(orientation.east.y, where).toBeCloseTo(theirs.east![1], 4)
      expect(orientation.arcsecPerPixel / theirs.arcsecPerPixel!, where).toBeCloseTo(1, 6)
    }
    return oriented
  }

  it('of the simulator', () => {
    const files = [0, 33, 120, 250, 359].map((rotationDeg) =>
      cutout({
        x: 100.3,
        y: 200.8,
        raDeg: 52,
        decDeg: -29,
        rotationDeg,
        fluxNjy: 9000,
        pixelErrNjy: 40,
        psfSigmaPixels: 1.8,
        noiseAt: rotationDeg * 7,
      }),
    )
    expect(hold(files)).toBe(files.length)
  })

  it('of every kind of pixel and header', () => {
    const random = seeded(5)
    const kinds: readonly Bitpix[] = [8, 16, 32, 64, -32, -64]
    const files = kinds.flatMap((bitpix) =>
      [2, 7, 40, 71].map((side) => {
        const values = Array.from({ length: side * side }, (_, index) =>
          bitpix < 0 && random(20) === 0 ? Number.NaN : random(100) + (index % 97 === 0 ? random(150) : 0),
        )
        return fitsFile([image(side, side, bitpix, values, headers[random(headers.length)])])
      }),
    )
    expect(hold(files)).toBeGreaterThan(5)
  })

  it.runIf(samplesDir !== undefined)('of real alerts', () => {
    const stamps = [...lsstSamples(), ...ztfSamples()].flatMap(({ schema, datum }) => {
      const record = compileDecoder(schema, 'all').decode(datum)
      return ['cutoutScience', 'cutoutTemplate', 'cutoutDifference'].flatMap((name) => {
        const value = record[name]
        const bytes = value instanceof Uint8Array ? value : (value as AvroRecord | null | undefined)?.stampData
        return bytes instanceof Uint8Array && bytes.length > 0 ? [bytes] : []
      })
    })
    const files = stamps.map((bytes) => (bytes[0] === 0x1f ? gunzipSync(bytes) : bytes))
    expect(files.length).toBeGreaterThan(100)
    expect(hold(files)).toBeGreaterThan(50)
  })
})

const headers: readonly string[][] = [
  [],
  [card('BSCALE', 2.5), card('BZERO', -100)],
  [
    card('CRVAL1', 10),
    card('CRVAL2', 60),
    card('CRPIX1', 3),
    card('CRPIX2', 4),
    card('CDELT1', -1e-4),
    card('CDELT2', 1e-4),
    card('CROTA2', 33),
    card('CTYPE1', 'RA---TAN'),
    card('CTYPE2', 'DEC--TAN'),
  ],
  [
    card('CRVAL1', 300),
    card('CRVAL2', -80),
    card('CRPIX1', 1),
    card('CRPIX2', 1),
    card('CD1_1', 3e-5),
    card('CD1_2', 4e-5),
    card('CD2_1', -4e-5),
    card('CD2_2', 3e-5),
    card('CTYPE1', 'RA---TAN'),
    card('CTYPE2', 'DEC--TAN'),
  ],
  [
    card('CRVAL1', 60),
    card('CRVAL2', 10),
    card('CRPIX1', 1),
    card('CRPIX2', 1),
    card('CD1_1', 3e-5),
    card('CD1_2', 4e-5),
    card('CD2_1', -4e-5),
    card('CD2_2', 3e-5),
    card('CTYPE1', 'DEC--TAN'),
    card('CTYPE2', 'RA---TAN'),
  ],
  [
    card('CRVAL1', 0),
    card('CRVAL2', 0),
    card('CRPIX1', 2),
    card('CRPIX2', 2),
    card('PC1_1', 0.6),
    card('PC1_2', -0.8),
    card('PC2_1', 0.8),
    card('PC2_2', 0.6),
    card('CDELT1', -5e-5),
    card('CDELT2', 5e-5),
    card('CTYPE1', 'RA---TAN'),
    card('CTYPE2', 'DEC--TAN'),
  ],
]

function floats(base64: string): Float32Array {
  const bytes = Uint8Array.from(Buffer.from(base64, 'base64'))
  return new Float32Array(bytes.buffer)
}

function expectClose(ours: Float32Array, theirs: Float32Array, relative: number, where: string): void {
  expect(ours.length, where).toBe(theirs.length)
  for (const [index, value] of ours.entries()) {
    const other = theirs[index]!
    if (Number.isFinite(value) || Number.isFinite(other))
      expect(Math.abs(value - other), where).toBeLessThanOrEqual(relative * Math.max(1, Math.abs(other)))
  }
}
