import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Refusal } from '../../bridges/contract.ts'
import type { Report, ReportPoint } from '../../bridges/report.ts'
import {
  atReport,
  bodyOf,
  decDegOf,
  parseText,
  pointsOf,
  raDegOf,
  textOf,
  timeMsOf,
} from '../../bridges/tns/at-report.ts'
import { spellingsOf } from '../../bridges/tns/known.ts'
import { pointsToSend } from '../../bridges/tns/render.ts'
import { judgeReport } from '../servers/tns-report.ts'
import { tnsValues } from '../servers/tns-values.ts'
import { hostileText, sampleItem } from './sample-item.ts'
import { ids, lsstReport, renderReport, type required, ztfReport } from './tns-setup.ts'

const archival = { archivalRemarks: 'Not seen on the template of the survey' }
const { lastNonDetection: _, ...noLimit } = lsstReport

function reasonsOf(report: Report, more: Partial<typeof required> = {}): string {
  try {
    renderReport(report, more)
  } catch (error) {
    if (error instanceof Refusal) return error.reasons.join('\n')
    throw error
  }
  return ''
}

describe('tns: an AT report', () => {
  it.each([
    ['lsst', lsstReport, {}],
    ['lsst-archival', { ...noLimit, seenBefore: true, detections: 12 }, archival],
    ['ztf', ztfReport, { dataSourceGroup: 'ZTF' }],
    [
      'ztf-auto-class-flat',
      {
        ...ztfReport,
        classifications: [
          { classifier: 'braai', version: '6', name: 'SN Ia', probability: 0.81234567 },
          { classifier: 'braai', name: 'bogus', probability: 0.1 },
        ],
      },
      { dataSourceGroup: 'ZTF', autoClass: true, nestedPhotometry: false, atType: 'NUC' },
    ],
    ['lsst-test', { ...lsstReport, role: 'test' }, {}],
  ] as [string, Report, Partial<typeof required>][])('is as agreed: %s', (name, report, more) => {
    const folder = fileURLToPath(new URL('../golden/tns/', import.meta.url))
    const made = renderReport(report, more)
    const shown = textOf(bodyOf(made))
    if (process.env.UPDATE_GOLDEN === '1') {
      if (!existsSync(folder)) mkdirSync(folder)
      writeFileSync(`${folder}${name}.json`, shown)
    }
    expect(shown).toBe(readFileSync(`${folder}${name}.json`, 'utf8'))
    expect(atReport.safeParse(made).error).toBeUndefined()
    // As TNS would judge it.
    expect(judgeReport(JSON.parse(shown), tnsValues, new Set())).not.toHaveProperty('faults')
  })

  it('has the discovery as the earliest detection, with its own photometry, at the middle of the exposure in UTC', () => {
    const made = renderReport(lsstReport)
    const [first] = pointsOf(made)
    expect(made.discovery_datetime).toBe('2026-02-27 05:30:00.123')
    expect(first).toMatchObject({
      obsdate: made.discovery_datetime,
      flux: '22.51',
      flux_error: '0.11',
      filterid: '161',
    })
  })

  it('caps its digits: TNS fails on more', () => {
    const { ra, dec } = renderReport(lsstReport)
    expect([ra.value, dec.value]).toEqual(['10:20:30.040', '+20:30:40.05'])
    expect([ra.error, ra.units]).toEqual(['0.072', 'arcsec'])
    expect(raDegOf(ra.value)).toBeCloseTo(lsstReport.raDeg, 5)
    expect(renderReport({ ...lsstReport, raDeg: 359.9999999999 }).ra.value).toBe('00:00:00.000')
    expect(renderReport({ ...lsstReport, decDeg: -0.0001 }).dec.value).toBe('-00:00:00.36')
    const { errorArcsec: __, ...exact } = lsstReport
    expect(renderReport(exact).ra).not.toHaveProperty('error')
  })
})

describe('tns: what is refused, with the reason', () => {
  it.each<[string, Report, RegExp]>([
    ['solar system', { ...lsstReport, moving: { designation: '(433) Eros' } }, /\(433\) Eros of the solar system/],
    ['negative', { ...lsstReport, negative: true }, /fainter than the reference/],
    [
      'low reliability',
      { ...lsstReport, reliability: 0.4999 },
      /reliability of 0\.499 is below the 0\.5 that `leastReliability`/,
    ],
    ['no reliability', without(lsstReport, 'reliability'), /has no reliability, and `leastReliability` asks for 0\.5/],
    ['noise', { ...lsstReport, noFlux: true }, /no significant flux on the difference image \(21 sigma\)/],
    ['a hole in the template', { ...lsstReport, scienceSigma: 2.84 }, /no significant light there \(2\.8 sigma\)/],
    [
      'one visit, which may have seen an asteroid',
      { ...lsstReport, discovery: { ...lsstReport.discovery, timeMjdUtc: lsstReport.trigger.timeMjdUtc - 0.02 } },
      /within 29 minutes, and `leastMinutes` is 30: it may be an asteroid/,
    ],
    [
      'a star known since 2017, with its sentence about the template',
      { ...noLimit, seenBefore: true, firstSeenIso: '2017-12-03T07:06:03.998415' },
      /been there for 3,009 days, and `longestDays` is 30/,
    ],
    ['a survey without instrument', { ...lsstReport, survey: 'panstarrs' }, /no instrument for the survey panstarrs/],
    ['no survey', { ...lsstReport, survey: '' }, /survey \(unknown\)/],
    [
      'a filter that TNS lacks',
      { ...lsstReport, discovery: { ...lsstReport.discovery, filterId: 'LSST/LSST.x' } },
      /LSST\/LSST\.x/,
    ],
    ['no filter', { ...lsstReport, discovery: without(lsstReport.discovery, 'filterId') }, /no filter for g/],
    [
      'a discovery without magnitude',
      { ...lsstReport, discovery: without(lsstReport.discovery, 'mag') },
      /no magnitude/,
    ],
    ['no limit and no sentence', noLimit, /set `archivalRemarks`/],
    ['no place', { ...lsstReport, raDeg: Number.NaN }, /no position/],
  ])('%s', (_, report, reason) => expect(reasonsOf(report)).toMatch(reason))

  it('an alert that is a test, though its event is none, where TNS is public', () => {
    const test: Report = { ...lsstReport, role: 'test' }
    expect(reasonsOf(test, { live: true })).toMatch('is a test')
    expect(reasonsOf(test)).toBe('')
  })
  it('all reasons at once', () => {
    const all = reasonsOf({ ...noLimit, negative: true, moving: { designation: 'X' }, reliability: 0.1 })
    expect(all.split('\n')).toHaveLength(4)
  })
  it('keeps `longestDays`, from the discovery to the alert', () => {
    const old: Report = {
      ...lsstReport,
      trigger: { ...lsstReport.trigger, timeMjdUtc: lsstReport.discovery.timeMjdUtc + 31 },
    }
    expect(reasonsOf(old)).toMatch('there for 31 days, and `longestDays` is 30')
    expect(reasonsOf(old, { longestDays: 31 })).toBe('')
  })
  it('never says that nothing is in a template that holds light', () => {
    const onSource: Report = { ...noLimit, inTemplate: '36010 nJy, 2860 sigma' }
    expect(reasonsOf(onSource, archival)).toMatch(/not empty there \(36010 nJy, 2860 sigma\)/)
    expect(reasonsOf(onSource)).toMatch(/Set `archivalRemarksOnSource`/)
    const sentence = 'The template shows a galaxy at this place, which is subtracted'
    const made = renderReport(onSource, { ...archival, archivalRemarksOnSource: sentence })
    expect(made.non_detection).toEqual({ archiveid: '0', archival_remarks: sentence })
    // A measured limit goes before any sentence.
    expect(reasonsOf({ ...lsstReport, inTemplate: '36010 nJy, 2860 sigma' })).toBe('')
  })
  it('keeps `leastMinutes`, from the first sight', () => {
    const once: Report = {
      ...lsstReport,
      discovery: lsstReport.trigger,
      lastNonDetection: lsstReport.lastNonDetection!,
    }
    expect(reasonsOf(once)).toMatch('It was detected once, and `leastMinutes` is 30')
    expect(reasonsOf(once, { leastMinutes: 0 })).toBe('')
    expect(reasonsOf({ ...once, seenBefore: true, firstSeenIso: '2026-03-01T05:00:00.000000' })).toBe('')
    // The survey counts more, and does not say when.
    expect(reasonsOf({ ...once, seenBefore: true })).toBe('')
  })
  it('keeps `leastReliability`', () => {
    expect(reasonsOf(without(lsstReport, 'reliability'), { leastReliability: 0 })).toBe('')
    expect(reasonsOf({ ...lsstReport, reliability: 0.1 }, { leastReliability: 0.1 })).toBe('')
    expect(reasonsOf({ ...lsstReport, reliability: 0.98 }, { leastReliability: 0.99 })).toMatch('0.98')
  })
})

describe('tns: the last non-detection', () => {
  it('is the limit of the alert, before the operator’s sentence', () => {
    expect(renderReport(lsstReport, archival).non_detection).toEqual({
      obsdate: '2026-02-20 05:30:00.000',
      limiting_flux: '24.09',
      flux_unitid: '1',
      filterid: '162',
      instrumentid: '287',
      exptime: '30',
      observer: 'Robot',
      comments: '5-sigma limit',
    })
  })
  it('is never after the discovery, nor in a filter that TNS lacks: the sentence, or nothing', () => {
    const at = (more: Partial<ReportPoint>): Report => ({
      ...lsstReport,
      lastNonDetection: { ...lsstReport.lastNonDetection!, ...more },
    })
    for (const wrong of [
      at({ timeIso: lsstReport.discovery.timeIso, timeMjdUtc: lsstReport.discovery.timeMjdUtc }),
      at({ timeIso: '2026-03-02T00:00:00.000000', timeMjdUtc: lsstReport.discovery.timeMjdUtc + 3 }),
      at({ filterId: 'LSST/LSST.x' }),
      // Earlier by less than a report says.
      at({ timeIso: '2026-02-27T05:30:00.123100', timeMjdUtc: lsstReport.discovery.timeMjdUtc - 1e-9 }),
    ]) {
      expect(reasonsOf(wrong)).toMatch('archivalRemarks')
      expect(renderReport(wrong, archival).non_detection).toEqual({
        archiveid: '0',
        archival_remarks: archival.archivalRemarks,
      })
    }
  })
})

describe('tns: the points', () => {
  const at = (day: number, band: string, more: Partial<ReportPoint> = {}): ReportPoint => ({
    ...lsstReport.trigger,
    band,
    filterId: `LSST/LSST.${band}`,
    timeMjdUtc: 61_000 + day,
    ...more,
  })
  const many = [...Array.from({ length: 40 }, (_, n) => at(n, 'r')), at(0.5, 'g'), at(20.5, 'i'), at(30.5, 'i')].sort(
    (a, b) => a.timeMjdUtc - b.timeMjdUtc,
  )
  const report: Report = { ...lsstReport, discovery: many[0]!, trigger: many.at(-1)!, points: many }

  it('are the discovery first, the trigger, and each band in turn', () => {
    const chosen = pointsToSend(report, 10, ids)
    expect(chosen).toHaveLength(10)
    expect(chosen[0]).toBe(many[0])
    expect(chosen).toContain(many.at(-1))
    expect(new Set(chosen).size).toBe(10)
    const count = (band: string) => chosen.filter((one) => one.band === band).length
    expect([count('g'), count('i'), count('r')]).toEqual([1, 2, 7])
    const times = chosen.slice(1).map(({ timeMjdUtc }) => timeMjdUtc)
    expect(times).toEqual([...times].sort((a, b) => a - b))
  })
  it.each([1, 2, 3, 9])('are %i at most', (most) => {
    const chosen = pointsToSend(report, most, ids)
    expect(chosen).toHaveLength(most)
    expect(chosen[0]).toBe(report.discovery)
    if (most > 1) expect(chosen).toContain(report.trigger)
  })
  it('are detections with a magnitude, in filters that TNS has', () => {
    const points = [many[0]!, at(1, 'r', { kind: 'forced' }), at(2, 'x'), without(at(3, 'r'), 'mag'), at(4, 'z')]
    const chosen = pointsToSend({ ...report, trigger: many[0]!, points }, 10, ids)
    expect(chosen).toEqual([points[0], points[4]])
  })
})

describe('tns: what other clients got wrong', () => {
  const made = renderReport(lsstReport) as unknown as Record<string, unknown>
  it('the shape: one report under at_report, internal_name as text, no prefix of an instrument', () => {
    expect(JSON.parse(Buffer.from(bodyOf(renderReport(lsstReport))).toString())).toEqual({ at_report: { 0: made } })
    expect(made.internal_name).toBe('LSST-AP-DO-170028503098359808')
    expect(made).not.toHaveProperty('internal_name_format')
  })
  it('the keys: those of today', () => {
    for (const old of ['reporting_group_id', 'groupid', 'discovery_data_source_id', 'proprietary_period']) {
      expect(made).not.toHaveProperty(old)
    }
  })
  it('the type: what is configured', () => expect(renderReport(lsstReport, { atType: 'AGN' }).at_type).toBe('3'))
  it('an empty non_detection: never', () => {
    expect(Object.keys(renderReport(noLimit, archival).non_detection)).not.toHaveLength(0)
    expect(reasonsOf(noLimit)).not.toBe('')
  })
  it('the reporter: the same in every report', () => {
    const twice = [renderReport(lsstReport), renderReport(ztfReport)].map(({ reporter }) => reporter)
    expect(new Set(twice)).toEqual(new Set(['A. Author (Institute of Examples), on behalf of Fountain']))
  })
  it('the names: both spellings and the bare number are one object', () => {
    const all = ['lsst-ap-do-170028503098359808', 'lsst-p-do-170028503098359808', '170028503098359808']
    expect(spellingsOf('LSST-AP-DO-170028503098359808')).toEqual(all)
    expect(spellingsOf(' LSST-P-DO-170028503098359808')).toEqual(all)
    expect(spellingsOf('ZTF26aaaaaaa')).toEqual(['ztf26aaaaaaa'])
  })
})

describe('tns: a report as a person changes it', () => {
  const body = bodyOf(renderReport(lsstReport))
  const changed = (change: (report: Record<string, unknown>) => void): string => {
    const report = JSON.parse(textOf(body)) as Record<string, unknown>
    change(report)
    return JSON.stringify(report)
  }
  it('reads its own text to the same bytes', () =>
    expect(Buffer.from(parseText(textOf(body), body))).toEqual(Buffer.from(body)))
  it('takes a change', () => {
    const parsed = parseText(
      changed((report) => void (report.remarks = 'A bright one.')),
      body,
    )
    expect(JSON.parse(Buffer.from(parsed).toString()).at_report[0].remarks).toBe('A bright one.')
  })
  it.each([
    ['no JSON', '{ "ra": ', /not JSON/],
    ['a list', '[]', /the report:/],
    ['an unknown key', changed((report) => void (report.host_nam = 'M 31')), /host_nam/],
    ['a missing key', changed((report) => void delete report.ra), /ra:/],
    ['a number that is none', changed((report) => void (report.at_type = 'SN')), /at_type: must be a number/],
    ['other ids', changed((report) => void (report.internal_ids = { delivery: 'x' })), /internal_ids must stay/],
  ])('refuses %s', (_, text, reason) => {
    expect(() => parseText(text, body)).toThrow(Refusal)
    expect(() => parseText(text, body)).toThrow(reason)
  })
})

describe('tns: coordinates and dates', () => {
  it.each([
    ['10:20:30.04', 155.12516666666667],
    ['155.125', 155.125],
    [155.125, 155.125],
    ['24:00:00.00', Number.NaN],
    ['10:60:00', Number.NaN],
    ['ten', Number.NaN],
    ['-1.0', Number.NaN],
  ])('reads the right ascension %s', (text, deg) => expect(raDegOf(text)).toBe(deg))
  it.each([
    ['-00:00:00.36', -0.0001],
    ['+90:00:00', 90],
  ])('reads the declination %s', (text, deg) => expect(decDegOf(text)).toBeCloseTo(deg, 12))
  it.each(['90:00:01', '91', 'x'])('takes %s for no declination', (text) => expect(decDegOf(text)).toBeNaN())
  it.each(['2026-02-31 00:00:00', '2026-03-01', '2026-03-01 25:00:00', 'yesterday', ''])(
    'takes %s for no date',
    (text) => expect(timeMsOf(text)).toBeNaN(),
  )
})

it('is well formed or refused, whatever stands in an alert', () => {
  const number = fc.oneof(fc.double(), fc.constantFrom(0, -1, 1e300, Number.NaN))
  fc.assert(
    fc.property(hostileText, hostileText, number, number, fc.integer({ min: 0, max: 12 }), (a, b, x, y, n) => {
      const point: ReportPoint = { ...lsstReport.trigger, band: a, mag: x, magErr: y, exposureS: y, limitMag: x }
      const report: Report = {
        ...lsstReport,
        object: b,
        raDeg: x,
        decDeg: y,
        errorArcsec: y,
        points: Array.from({ length: n }, () => point),
        classifications: [{ classifier: a, name: 'SN Ia', probability: y }],
      }
      let made: ReturnType<typeof renderReport>
      try {
        made = renderReport(
          report,
          { autoClass: true },
          { ...sampleItem, match: { ...sampleItem.match, streamTitle: a } },
        )
      } catch (error) {
        expect(error).toBeInstanceOf(Refusal)
        return
      }
      expect(made.remarks).not.toMatch(/[<>]/)
      const text = textOf(bodyOf(made))
      expect(Buffer.from(parseText(text, bodyOf(made)))).toEqual(Buffer.from(bodyOf(made)))
    }),
    { numRuns: 300 },
  )
})

function without<T extends object, K extends keyof T>(value: T, key: K): Omit<T, K> {
  const { [key]: _, ...rest } = value
  return rest
}
