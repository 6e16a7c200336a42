import { describe, expect, it } from 'vitest'
import { cutout, cutoutSide } from '../../../src/ingest/simulator/cutout.ts'
import { focalPlace } from '../../../src/ingest/simulator/visits.ts'
import { orientationOf } from '../../../src/pictures/orientation.ts'
import { readFits } from './read-fits.ts'
import { num, part, visits } from './simulated.ts'

const [{ alerts }] = visits(1) as [ReturnType<typeof visits>[number]]

describe('cutouts', () => {
  it('are FITS files of an image and its variance', () => {
    for (const alert of alerts) {
      for (const name of ['cutoutDifference', 'cutoutScience', 'cutoutTemplate']) {
        const [image, uncert, ...more] = readFits(alert[name] as Uint8Array)
        expect(more).toEqual([])
        expect(image!.cards.get('BUNIT')).toBe('nJy')
        expect(image!.cards.get('NAXIS1')).toBe(String(cutoutSide))
        expect(Number(image!.cards.get('CRVAL1'))).toBeCloseTo(num(part(alert.diaSource).ra), 9)
        expect(uncert!.cards.get('EXTNAME')).toBe('UNCERT')
        expect(uncert!.cards.get('UTYPE')).toBe('VarianceUncertainty')
        expect(uncert!.pixels.every((variance) => variance > 0)).toBe(true)
      }
    }
  })
  it('hold the flux of the source where the header says', () => {
    const options = {
      x: 1000.4,
      y: 2000.7,
      raDeg: 10,
      decDeg: -20,
      rotationDeg: 30,
      fluxNjy: -5000,
      pixelErrNjy: 0.001,
      psfSigmaPixels: 1.8,
      noiseAt: 99,
    }
    const [image] = readFits(cutout(options))
    const { cards, pixels } = image!
    const sum = pixels.reduce((total, pixel) => total + pixel, 0)
    expect(sum).toBeCloseTo(-5000, 0)
    const centre = (axis: (index: number) => number) =>
      pixels.reduce((total, pixel, index) => total + pixel * axis(index), 0) / sum + 1
    expect(centre((index) => index % cutoutSide)).toBeCloseTo(Number(cards.get('CRPIX1')), 2)
    expect(centre((index) => Math.floor(index / cutoutSide))).toBeCloseTo(Number(cards.get('CRPIX2')), 2)
    expect(Number(cards.get('CUTMINX')) + Number(cards.get('CRPIX1')) - 1).toBeCloseTo(1000.4, 9)
  })
  it('lie on the sky as the camera does: east is left of north', () => {
    const options = { raDeg: 10, decDeg: 0, fluxNjy: 0, pixelErrNjy: 1, psfSigmaPixels: 2, noiseAt: 0 }
    for (const rotationDeg of [0, 40, 200]) {
      const visit = { raDeg: 10.01, decDeg: 0.01, rotationDeg } as Parameters<typeof focalPlace>[0]
      const at = (raDeg: number, decDeg: number) => focalPlace(visit, raDeg, decDeg)!
      const { x, y } = at(10, 0)
      const { cards } = readFits(cutout({ ...options, x, y, rotationDeg }))[0]!
      const orientation = orientationOf(new Map([...cards].map(([key, value]) => [key, Number(value)])))!
      const north = at(10, 1e-4)
      expect(north.x - x).toBeCloseTo((orientation.north.x * 0.36) / 0.2, 6)
      expect(north.y - y).toBeCloseTo((orientation.north.y * 0.36) / 0.2, 6)
      // A quarter turn against the clock, y up.
      expect(orientation.east.x).toBeCloseTo(-orientation.north.y, 9)
      expect(orientation.east.y).toBeCloseTo(orientation.north.x, 9)
    }
  })
  it('have the noise that their variance says', () => {
    const options = { x: 0, y: 0, raDeg: 0, decDeg: 0, rotationDeg: 0, fluxNjy: 0, psfSigmaPixels: 2, noiseAt: 5 }
    const [image, uncert] = readFits(cutout({ ...options, pixelErrNjy: 40 }))
    const mean = image!.pixels.reduce((total, pixel) => total + pixel * pixel, 0) / image!.pixels.length
    expect(mean / 1600).toBeGreaterThan(0.8)
    expect(mean / 1600).toBeLessThan(1.2)
    expect(new Set(uncert!.pixels)).toEqual(new Set([1600]))
  })
})
