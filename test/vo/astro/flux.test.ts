import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { abLimitMag, abMagErr, abMagFromNjy, njyErrFromAbMag, njyFromAbMag } from '../../../vo/astro/flux.ts'

describe('flux', () => {
  it('T7: AB magnitudes of nJy', () => {
    expect(abMagFromNjy(15362.6)).toBeCloseTo(20.934, 3)
    expect(abMagFromNjy(1e9 * 3631)).toBeCloseTo(0, 3)
    expect(abMagErr(15362.6, 406.5)).toBeCloseTo(1.0857 * (406.5 / 15362.6), 5)
    expect(njyFromAbMag(31.4)).toBe(1)
  })

  it('T9: no magnitude of what is not positive', () => {
    for (const flux of [0, -19549, Number.NaN, Number.POSITIVE_INFINITY, null, undefined]) {
      expect(abMagFromNjy(flux)).toBeNull()
      expect(abMagErr(flux, 1)).toBeNull()
    }
    expect(abMagErr(1, 0)).toBeNull()
    expect(njyFromAbMag(Number.NaN)).toBeNull()
    expect(njyFromAbMag(-999)).toBeNull()
    expect(njyErrFromAbMag(20, -1)).toBeNull()
  })

  it('T10: the depth of an image is the magnitude of five of its sigmas', () => {
    expect(abLimitMag(406.5)).toBeCloseTo(23.13, 2)
    expect(abLimitMag(406.5, 3)).toBeCloseTo(abMagFromNjy(3 * 406.5)!, 12)
    for (const err of [0, -1, Number.NaN, null, undefined]) expect(abLimitMag(err)).toBeNull()
  })

  it('goes there and back', () => {
    fc.assert(
      fc.property(
        fc.double({ min: 5, max: 30, noNaN: true }),
        fc.double({ min: 1e-4, max: 1, noNaN: true }),
        (m, e) => {
          const flux = njyFromAbMag(m)
          expect(abMagFromNjy(flux)).toBeCloseTo(m, 9)
          expect(abMagErr(flux, njyErrFromAbMag(m, e))).toBeCloseTo(e, 9)
        },
      ),
    )
  })
})
