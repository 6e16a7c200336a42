/** What reports read of an alert with all its detail: by hand here, of real alerts in `real-reports.test.ts`. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Item, Refusal } from '../../../bridges/contract.ts'
import { reportOf } from '../../../bridges/report.ts'
import type { Group, TimeSeries, TimeSeriesPoint, VOEvent } from '../../../vo/model/voevent.ts'
import { hostileText, param, sampleEvent, sampleItem } from '../sample-item.ts'

const trigger: TimeSeriesPoint = {
  kind: 'detection',
  timeMjd: 61_105.0001,
  exposureS: 30,
  band: 'r',
  flux: 10_000,
  fluxError: 200,
  magnitude: 21.4,
  magnitudeError: 0.022,
  id: '170028503098359910',
}
const earlier = (days: number, more: Partial<TimeSeriesPoint> = {}): TimeSeriesPoint => ({
  ...trigger,
  timeMjd: trigger.timeMjd - days,
  id: `${days}`,
  ...more,
})
const forced = (days: number, flux: number): TimeSeriesPoint => ({
  kind: 'forced',
  timeMjd: trigger.timeMjd - days,
  band: 'g',
  flux,
  fluxError: 100,
  ...(flux > 300 ? { magnitude: 24 } : { limitMagnitude: 24.65, limitSigma: 5 }),
})

interface Parts {
  readonly points?: readonly TimeSeriesPoint[]
  readonly series?: Partial<TimeSeries>
  readonly groups?: readonly Group[]
  readonly full?: Partial<VOEvent>
}
function fullItem({ points = [trigger], series, groups = [], full }: Parts = {}): Item {
  const what = sampleEvent.what!
  return {
    ...sampleItem,
    full: {
      ...sampleEvent,
      provenance: { survey: 'lsst', packetId: trigger.id! },
      what: {
        ...what,
        groups: [...what.groups, ...groups],
        timeSeries: [{ timeScale: 'TAI', bands: [{ name: 'r', filterId: 'LSST/LSST.r' }], points, ...series }],
      },
      ...full,
    },
  }
}
const object = (...params: Group['params']): Group => ({ name: 'history', params })
const reasonOf = (item: Item): string => {
  try {
    reportOf(item)
    return 'no refusal'
  } catch (error) {
    expect(error).toBeInstanceOf(Refusal)
    return (error as Refusal).message
  }
}

describe('a report', () => {
  it('says which object, where and when, in UTC', () => {
    const report = reportOf(fullItem())
    expect(report).toMatchObject({
      role: 'observation',
      survey: 'lsst',
      object: 'LSST-AP-DO-170028503098359808',
      spellings: ['LSST-AP-DO-170028503098359808', 'LSST-P-DO-170028503098359808', '170028503098359808'],
      raDeg: 155.125167,
      decDeg: 20.511125,
      positionName: 'J102030.04+203040.0',
      detections: 1,
      seenBefore: false,
      negative: false,
      reliability: 0.983,
      classifications: [],
    })
    expect(report.errorArcsec).toBeCloseTo(0.072, 9)
    // T1: 37 s before, and the day before.
    expect(report.trigger).toEqual({
      kind: 'detection',
      timeIso: '2026-03-05T23:59:31.640000',
      timeMjdUtc: expect.closeTo(61_105.0001 - 37 / 86_400, 9),
      exposureS: 30,
      band: 'r',
      filterId: 'LSST/LSST.r',
      fluxNjy: 10_000,
      fluxErrNjy: 200,
      mag: 21.4,
      magErr: 0.022,
    })
    expect(report.discovery).toBe(report.trigger)
    expect(report).not.toHaveProperty('lastNonDetection')
    expect(report).not.toHaveProperty('rise')
    expect(report).not.toHaveProperty('riseBound')
    expect(report).not.toHaveProperty('moving')
  })

  it('takes the time of ZTF as the UTC that it is', () => {
    const report = reportOf(fullItem({ series: { timeScale: 'UTC' } }))
    expect(report.trigger.timeIso).toBe('2026-03-06T00:00:08.640000')
    expect(reasonOf(fullItem({ series: { timeScale: 'LOCAL' } }))).toMatch(/no detection/)
  })

  it('takes the earliest detection for the discovery, with its own photometry, and counts one that comes twice once', () => {
    const points = [earlier(3, { band: 'g', magnitude: 22.9 }), earlier(1), trigger, trigger]
    const report = reportOf(fullItem({ points }))
    expect(report.discovery).toMatchObject({ band: 'g', mag: 22.9, timeIso: '2026-03-02T23:59:31.640000' })
    expect(report.detections).toBe(3)
    expect(report.points).toHaveLength(3)
    expect(report.rise).toMatchObject({ band: 'r', days: expect.closeTo(1, 6) })
  })

  it('has no last non-detection but a limit before the discovery', () => {
    const points = [forced(9, 50), forced(5, -80), earlier(3), forced(2, 10), trigger]
    const { lastNonDetection } = reportOf(fullItem({ points }))
    expect(lastNonDetection).toMatchObject({ kind: 'forced', band: 'g', limitMag: 24.65, limitSigma: 5 })
    expect(lastNonDetection?.timeIso).toMatch(/^2026-02-28/)
  })

  it('knows of what was there before: forced photometry, the survey’s own word, its count', () => {
    const shown = reportOf(fullItem({ points: [forced(9, 50), forced(5, 800), forced(4, 50), trigger] }))
    expect(shown).toMatchObject({ seenBefore: true, firstSeenIso: '2026-02-28T23:59:31.640000' })
    expect(shown.lastNonDetection?.timeIso).toMatch(/^2026-02-24/)

    const points = [forced(9, 50), forced(4, 50), trigger]
    const told = reportOf(fullItem({ points, groups: [object(param('firstTime', 61_098.5))] }))
    expect(told.seenBefore).toBe(true)
    expect(told.lastNonDetection?.timeIso).toMatch(/^2026-02-24/)

    for (const impossible of [-1e9, Number.NaN, 1e300]) {
      expect(reportOf(fullItem({ groups: [object(param('firstTime', impossible))] })).seenBefore).toBe(false)
    }

    const counted = [object(param('nDetections', 7))]
    const more = reportOf(fullItem({ groups: counted }))
    expect(more).toMatchObject({ seenBefore: true, detections: 7 })
    expect(more).not.toHaveProperty('firstSeenIso')
    // Where the survey says when it first saw the object, its count may hold what it does not list.
    const says = { name: 'object', params: [...sampleEvent.what!.groups[0]!.params, param('jdstarthist', 2_461_105.5)] }
    const item = fullItem()
    const both = { ...item.full!.what!, groups: [says, ...counted] }
    expect(reportOf({ ...item, full: { ...item.full!, what: both } })).toMatchObject({
      seenBefore: false,
      detections: 7,
    })
  })

  it('tells what is negative by the flux and by the survey’s flag, which may differ', () => {
    expect(reportOf(fullItem({ points: [{ ...trigger, flux: -5, magnitude: Number.NaN }] })).negative).toBe(true)
    const { what } = fullItem().full!
    const flagged = { what: { ...what!, params: [...what!.params, param('isNegative', 1n)] } }
    expect(reportOf(fullItem({ full: flagged })).negative).toBe(true)
  })

  it('says no error of the place that was only assumed', () => {
    const { what } = fullItem().full!
    const assumed = { what: { ...what!, params: [...what!.params, param('positionErrorAssumed', 1)] } }
    expect(reportOf(fullItem({ full: assumed }))).not.toHaveProperty('errorArcsec')
  })

  it('knows objects of the solar system, and what classifiers said', () => {
    const [place] = sampleEvent.whereWhen!
    const report = reportOf(
      fullItem({
        full: {
          whereWhen: [{ ...place!, movingObject: { designation: '2004 JQ12' } }],
          why: {
            names: [],
            concepts: [],
            inferences: [],
            descriptions: [],
            references: [],
            classifications: [{ classifier: 'ZTF drb', version: 'd6', classes: [{ name: 'real', probability: 0.9 }] }],
          },
        },
      }),
    )
    expect(report.moving).toEqual({ designation: '2004 JQ12' })
    expect(report.classifications).toEqual([{ classifier: 'ZTF drb', version: 'd6', name: 'real', probability: 0.9 }])
  })

  it('is a test where the alert or the event is one', () => {
    expect(reportOf(fullItem({ full: { role: 'test' } })).role).toBe('test')
    expect(reportOf({ ...fullItem(), event: { ...sampleEvent, role: 'test' } }).role).toBe('test')
  })

  it('refuses with the reason', () => {
    expect(reasonOf(sampleItem)).toMatch(/not in the archive/)
    expect(reasonOf(fullItem({ full: { whereWhen: [] } }))).toMatch(/no place/)
    expect(reasonOf(fullItem({ points: [] }))).toMatch(/no detection/)
    expect(reasonOf(fullItem({ points: [earlier(1)] }))).toMatch(/no detection/)
    expect(reasonOf(fullItem({ points: [{ ...trigger, timeMjd: Number.NaN }] }))).toMatch(/no detection/)
    const { band: _, ...bandless } = trigger
    expect(reasonOf(fullItem({ points: [bandless] }))).toMatch(/band/)
    const nameless = { what: { ...fullItem().full!.what!, groups: [] } }
    expect(reasonOf(fullItem({ full: nameless }))).toMatch(/no object/)
  })

  it('does not lose an earlier detection that names no band', () => {
    const { band: _, ...bandless } = earlier(3)
    expect(reportOf(fullItem({ points: [bandless, trigger] }))).toMatchObject({
      seenBefore: true,
      discovery: { timeIso: '2026-03-05T23:59:31.640000' },
    })
  })
})

it('holds only numbers and clean text, whatever the event says, thousands of points too', () => {
  const number = fc.oneof(fc.double(), fc.double({ min: 60_000, max: 61_200, noNaN: true }))
  const point = fc.record(
    {
      kind: fc.constantFrom('detection', 'nonDetection', 'forced'),
      timeMjd: number,
      exposureS: fc.double(),
      band: fc.oneof(fc.constantFrom('g', 'r', '__proto__'), hostileText),
      flux: number,
      fluxError: number,
      magnitude: number,
      magnitudeError: number,
      limitMagnitude: number,
      id: fc.constantFrom('1', '2', trigger.id!),
    },
    { requiredKeys: ['kind', 'timeMjd'] },
  ) as fc.Arbitrary<TimeSeriesPoint>
  fc.assert(
    fc.property(fc.array(point, { maxLength: 40 }), hostileText, (points, text) => {
      const groups = [{ name: 'object', params: [param('name', text)] }]
      const item = fullItem({ points: [...points, trigger], groups })
      try {
        const report = reportOf(item)
        JSON.stringify(report, (_, value) => {
          if (typeof value === 'number') expect(Number.isFinite(value)).toBe(true)
          // biome-ignore lint/suspicious/noControlCharactersInRegex: what must not be there
          if (typeof value === 'string') expect(value).not.toMatch(/[\0-\x1f\u2028\u202e]/)
          return value
        })
        const times = report.points.map(({ timeMjdUtc }) => timeMjdUtc)
        expect(times).toEqual([...times].sort((a, b) => a - b))
      } catch (error) {
        if (!(error instanceof Refusal)) throw error
      }
    }),
    { numRuns: 300 },
  )
  const many = Array.from({ length: 50_000 }, (_, n) => earlier(1 + n / 1000))
  expect(reportOf(fullItem({ points: [...many, trigger] })).detections).toBe(50_001)
})
