import { describe, expect, it } from 'vitest'
import type { Known } from '../../bridges/tns/known.ts'
import { lintReport } from '../../bridges/tns/lint.ts'
import { lsstReport, renderReport, type required, settingsOf } from './tns-setup.ts'

const nowMs = Date.UTC(2026, 2, 1, 6)
type Report = ReturnType<typeof renderReport>

function lint(
  change: (report: Record<string, unknown>) => void = () => {},
  { known = [] as readonly Known[], settings = {} as Partial<typeof required>, mirrorAgeMs = 0 } = {},
): string[] {
  const report = structuredClone(renderReport(lsstReport)) as unknown as Record<string, unknown>
  change(report)
  const all = lintReport(report as unknown as Report, {
    settings: settingsOf({ live: true, ...settings }),
    nowMs,
    known,
    mirrorAgeMs,
  })
  for (const { says } of all) expect(says).toMatch(/\S\.?$/)
  return all.map(({ severity, code }) => `${severity} ${code}`)
}
const points = (report: Record<string, unknown>) =>
  (report.photometry as { photometry_group: Record<string, Record<string, unknown>> }).photometry_group
const last = (report: Record<string, unknown>) => report.non_detection as Record<string, unknown>

describe('tns: lint of a draft', () => {
  it('finds nothing wrong with what was rendered', () => expect(lint()).toEqual([]))

  it.each<[string, (report: Record<string, unknown>) => void, string]>([
    ['no affiliation', (r) => void (r.reporter = 'A. Author'), 'error TNS_REPORTER'],
    ['no name', (r) => void delete r.internal_name, 'warning TNS_NO_NAME'],
    ['a date that is none', (r) => void (r.discovery_datetime = '2026-02-30 00:00:00'), 'error TNS_DATE'],
    ['a discovery to come', (r) => void (r.discovery_datetime = '2026-03-02 00:00:00'), 'error TNS_FUTURE'],
    ['an old discovery', (r) => void (r.discovery_datetime = '2025-12-01 00:00:00'), 'warning TNS_OLD'],
    ['a place off the sky', (r) => void (r.dec = { value: '+91:00:00' }), 'error TNS_RANGE'],
    ['a right ascension that is none', (r) => void (r.ra = { value: '25:00:00' }), 'error TNS_RANGE'],
    ['too many digits', (r) => void (r.ra = { value: '155.12516712345' }), 'error TNS_PRECISION'],
    ['too many digits of seconds', (r) => void (r.dec = { value: '+20:30:40.12345' }), 'error TNS_PRECISION'],
    ['no non-detection', (r) => void (r.non_detection = {}), 'error TNS_NON_DETECTION'],
    ['one without its filter', (r) => void delete last(r).filterid, 'error TNS_NON_DETECTION'],
    ['one that does not precede', (r) => void (last(r).obsdate = r.discovery_datetime), 'error TNS_PRECEDES'],
    ['one without a date', (r) => void (last(r).obsdate = 'yesterday'), 'error TNS_DATE'],
    [
      'an archive without words',
      (r) => void (r.non_detection = { archiveid: '0', archival_remarks: ' ' }),
      'error TNS_NON_DETECTION',
    ],
    [
      'a limit that says nothing of it',
      (r) => void Object.assign(last(r), { limiting_flux: '22.50', filterid: points(r)['0']!.filterid }),
      'warning TNS_SHALLOW_LIMIT',
    ],
    ['a doubtful discovery', (r) => void (points(r)['0']!.flux_error = '0.22'), 'warning TNS_FAINT_DISCOVERY'],
    ['no photometry', (r) => void (r.photometry = { photometry_group: {} }), 'error TNS_PHOTOMETRY'],
    ['a point without brightness', (r) => void delete points(r)['0']!.flux, 'error TNS_PHOTOMETRY'],
    [
      'a point before the discovery',
      (r) => void (points(r)['1']!.obsdate = '2026-02-01 00:00:00'),
      'error TNS_PRECEDES',
    ],
    ['a point to come', (r) => void (points(r)['1']!.obsdate = '2026-04-01 00:00:00'), 'error TNS_FUTURE'],
    ['a flux in place of a magnitude', (r) => void (points(r)['1']!.flux = '10901'), 'error TNS_RANGE'],
    ['no point of the discovery', (r) => void delete points(r)['0'], 'warning TNS_DISCOVERY_POINT'],
    [
      'eleven points',
      (r) =>
        void (r.photometry = {
          photometry_group: Object.fromEntries(Array.from({ length: 11 }, (_, n) => [n, points(r)['0']])),
        }),
      'error TNS_POINTS',
    ],
    ['a test', (r) => void (r.remarks = 'TEST, NOT AN OBSERVATION. x'), 'error TNS_TEST'],
    ['doubt', (r) => void (r.internal_ids = { reliability: '0.62' }), 'warning TNS_RELIABILITY'],
  ])('tells %s', (_, change, finding) => expect(lint(change)).toContain(finding))

  it('takes an archive with its words, and SDSS without', () => {
    expect(lint((r) => void (r.non_detection = { archiveid: '0', archival_remarks: 'The template.' }))).toEqual([])
    expect(lint((r) => void (r.non_detection = { archiveid: '1' }))).toEqual([])
  })

  it('tells what TNS has', () => {
    const other: Known = { name: 'AT 2026abc', separationArcsec: 0.4, ours: false, by: 'ATLAS' }
    expect(lint(undefined, { known: [other] })).toEqual(['error TNS_KNOWN'])
    expect(lint(undefined, { known: [other], settings: { knownObjects: 'attach' } })).toEqual(['warning TNS_KNOWN'])
    expect(lint(undefined, { known: [{ ...other, ours: true }] })).toEqual(['warning TNS_KNOWN'])
  })

  it('says where it goes, and how old what it knows is', () => {
    expect(lint(undefined, { settings: { live: false } })).toEqual(['note TNS_SANDBOX'])
    expect(lint(undefined, { mirrorAgeMs: 7 * 3_600_000 })).toEqual(['note TNS_MIRROR'])
    const test = (r: Record<string, unknown>) => void (r.remarks = 'TEST, NOT AN OBSERVATION.')
    expect(lint(test, { settings: { live: false } })).toEqual(['note TNS_TEST', 'note TNS_SANDBOX'])
  })
})
