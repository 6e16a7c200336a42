import { expect, it } from 'vitest'
import type { Item } from '../../bridges/contract.ts'
import { altText } from '../../bridges/post-draft.ts'
import type { TimeSeriesPoint } from '../../vo/model/voevent.ts'
import { reportItem } from './report-item.ts'
import { sampleItem } from './sample-item.ts'

const full = reportItem().full!
const [series] = full.what!.timeSeries!
const detection = series!.points.find(({ kind }) => kind === 'detection')!
const withPoints = (more: readonly TimeSeriesPoint[]): Item => ({
  ...sampleItem,
  full: { ...full, what: { ...full.what!, timeSeries: [{ ...series!, points: [...series!.points, ...more] }] } },
})

it('tells of a light curve, however many points it has', () => {
  const points = Array.from({ length: 300_000 }, (_, n) => ({
    ...detection,
    timeMjd: detection.timeMjd - n * 1e-5,
  }))
  expect(altText('lightcurve', withPoints(points))).toMatch(/ 300,\d{3} detections in .*, from 2026-02-2\d to 2026-/)
})

it.each([Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY])('says nothing of a point at %d', (value) => {
  const usual = altText('lightcurve', withPoints([]))
  const ends = /, from .*$/
  const strange = { ...detection, timeMjd: value, magnitude: value }
  expect(ends.exec(altText('lightcurve', withPoints([strange])))?.[0]).toBe(ends.exec(usual)![0])
})
