/** Light curves as SVG: well-formed and finite, whatever an event says. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { FountainError } from '../../src/errors.ts'
import { lightCurveSvg } from '../../src/pictures/light-curve.ts'
import { bandStyles, colours } from '../../src/pictures/look.ts'
import type { LightCurveRequest } from '../../src/pictures/request.ts'
import { svgToPng } from '../../src/pictures/svg-to-png.ts'
import type { TimeSeriesPoint } from '../../vo/model/voevent.ts'
import { parseXml } from '../../vo/xml/parse-xml.ts'
import { point, series } from './alerts.ts'

const request = (points: readonly TimeSeriesPoint[], more: Partial<LightCurveRequest> = {}): LightCurveRequest => ({
  kind: 'lightcurve',
  title: 'an object',
  isTest: false,
  series: series(points),
  ...more,
})

/** The SVG, after holding it to what is true of every one. */
function drawn(asked: LightCurveRequest): string {
  const svg = lightCurveSvg(asked)
  parseXml(svg)
  expect(svg).not.toMatch(/NaN|Infinity|undefined|null/)
  return svg
}

const detection = (days: number, more: Partial<TimeSeriesPoint> = {}) =>
  point({ timeMjd: 61000 + days, magnitude: 20 + days / 10, magnitudeError: 0.1, flux: 1000, fluxError: 10, ...more })

describe('a light curve', () => {
  it('shows a single point', () => {
    const svg = drawn(request([detection(0)]))
    expect(svg).toContain('alert of 2025-11-21 00:00:00 UTC · 1 point<')
    expect(svg).toContain('days from the alert')
  })

  it('tells what its marks mean: bands, forced points, limits; and nothing that is not there', () => {
    const svg = drawn(
      request([
        detection(-2, { band: 'g' }),
        detection(-1, { kind: 'forced' }),
        point({ kind: 'nonDetection', timeMjd: 60990, limitMagnitude: 22, limitSigma: 3, band: 'g' }),
        detection(0),
      ]),
    )
    for (const text of ['>g<', '>r<', '>detected<', '>forced<', '>3σ limit<']) expect(svg).toContain(text)
    expect(drawn(request([detection(0)]))).not.toMatch(/forced|limit<|not shown/)
  })

  it('says that negative fluxes have no magnitude', () => {
    const many = Array.from({ length: 30 }, (_, index) => detection(-index))
    expect(drawn(request([point({ timeMjd: 60980, flux: -500, fluxError: 10 }), ...many]))).toContain(
      '1 negative, not shown',
    )
  })

  it('counts in hours and minutes where all is of one night', () => {
    expect(drawn(request([detection(-0.2), detection(0)]))).toContain('hours from the alert')
    expect(drawn(request([detection(-0.01), detection(0)]))).toContain('minutes from the alert')
  })

  it('shows a thousand points, limits alone, and bands that nobody knows', () => {
    const bands = ['u', 'g', 'r', 'i', 'z', 'y', 'Swift-UVW2-and-more', '<b>', '__proto__', '']
    const points = Array.from({ length: 1000 }, (_, index) => detection(-index / 10, { band: bands[index % 10]! }))
    const svg = drawn(request(points))
    expect(svg).toContain('1000 points')
    expect(svg).toContain('+3')
    drawn(
      request([-9, -5, -1].map((days) => point({ kind: 'nonDetection', timeMjd: 61000 + days, limitMagnitude: 23 }))),
    )
  })

  it('marks tests, shortens long names, and escapes what it quotes', () => {
    const svg = drawn(request([detection(0)], { title: `<a&b>\u0000${'x'.repeat(100)}`, isTest: true }))
    expect(svg).toContain('>TEST<')
    expect(svg).toContain('&lt;a&amp;b&gt;')
    expect(svg).toContain('…')
    expect(svg).not.toContain('x'.repeat(60))
  })

  it('has nothing to say of no points', () => {
    const asked = request([point({ flux: Number.NaN })])
    expect(() => lightCurveSvg(asked)).toThrow(expect.objectContaining({ code: 'PICTURE_NONE' }))
  })

  it('is drawn, well-formed and finite, of whatever series there is', () => {
    const number = fc.oneof(
      fc.double({ min: -1e5, max: 1e5 }),
      fc.constantFrom(0, 1e-300, -1e300, 1e29, 60_000, Number.NaN, Number.POSITIVE_INFINITY),
    )
    const points = fc.array(
      fc.record(
        {
          kind: fc.constantFrom('detection', 'forced', 'nonDetection'),
          timeMjd: fc.oneof(fc.double({ min: 59_000, max: 62_000, noNaN: true }), fc.constant(61_000), number),
          band: fc.oneof(fc.constantFrom('g', 'r'), fc.string({ unit: 'binary' })),
          flux: number,
          fluxError: number,
          magnitude: number,
          magnitudeError: number,
          limitFlux: number,
          limitMagnitude: number,
          limitSigma: number,
        },
        { requiredKeys: ['kind', 'timeMjd'] },
      ),
      { maxLength: 30 },
    )
    const scale = fc.constantFrom('TAI', 'UTC', 'TDB', 'TT', 'local')
    const unit = fc.constantFrom('nJy', 'mJy', 'ct', '<&>')
    let count = 0
    fc.assert(
      fc.property(points, scale, unit, fc.string({ unit: 'binary' }), (some, timeScale, fluxUnit, title) => {
        const asked = request([], { title, series: series(some as TimeSeriesPoint[], { timeScale, fluxUnit }) })
        try {
          drawn(asked)
          count++
        } catch (error) {
          if (!(error instanceof FountainError) || error.code !== 'PICTURE_NONE') throw error
        }
      }),
      { numRuns: 300 },
    )
    expect(count).toBeGreaterThan(150)
  })

  it('becomes a PNG', () => {
    expect(
      Buffer.from(svgToPng(lightCurveSvg(request([detection(0)]))))
        .subarray(1, 4)
        .toString(),
    ).toBe('PNG')
  })
})

describe('the bands', () => {
  const styles = [...bandStyles(['u', 'g', 'r', 'i', 'z', 'y', 'other']).values()]

  it('differ in colour and in shape', () => {
    expect(new Set(styles.map(({ colour }) => colour)).size).toBe(7)
    expect(new Set(styles.map(({ shape }) => shape)).size).toBe(7)
  })

  it('stand out from the ground: contrast 4.5 and more, as WCAG 2.1 wants of text', () => {
    for (const { colour } of styles) expect(contrast(colour, colours.ground)).toBeGreaterThan(4.5)
    for (const name of ['text', 'faint', 'accent', 'test'] as const)
      expect(contrast(colours[name], colours.ground)).toBeGreaterThan(4.5)
  })
})

function contrast(one: string, other: string): number {
  const [low, high] = [luminance(one), luminance(other)].sort((a, b) => a - b) as [number, number]
  return (high + 0.05) / (low + 0.05)
}
function luminance(colour: string): number {
  const [red, green, blue] = [1, 3, 5].map((at) => {
    const part = Number.parseInt(colour.slice(at, at + 2), 16) / 255
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4
  }) as [number, number, number]
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue
}
