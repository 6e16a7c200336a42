/** Items with all the detail of their alerts, by hand: what reports are made of, apart from any survey's packets. */
import fc from 'fast-check'
import type { Item } from '../../bridges/contract.ts'
import type { TimeSeriesPoint, VOEvent } from '../../vo/model/voevent.ts'
import { hostileItem, hostileText, param, sampleEvent, sampleItem } from './sample-item.ts'

const triggerId = '170028503098359910'
/** 2026-03-01 05:36:57.6 UTC, in TAI. */
const triggerMjdTai = 61_100.234428257

export const trigger: TimeSeriesPoint = {
  kind: 'detection',
  timeMjd: triggerMjdTai,
  exposureS: 30,
  band: 'r',
  flux: 10943.2,
  fluxError: 528.4,
  magnitude: 21.304,
  magnitudeError: 0.052,
  id: triggerId,
}
export const earlier = (days: number, magnitude: number, band = 'r'): TimeSeriesPoint => ({
  ...trigger,
  timeMjd: triggerMjdTai - days,
  band,
  flux: 10 ** ((31.4 - magnitude) / 2.5),
  magnitude,
  id: `${days}`,
})
/** Forced photometry that shows nothing: a limit. */
export const limit = (days: number, limitMagnitude: number, band = 'g'): TimeSeriesPoint => ({
  kind: 'forced',
  timeMjd: triggerMjdTai - days,
  band,
  flux: 20,
  fluxError: 100,
  limitMagnitude,
  limitSigma: 5,
})

export interface Reported {
  readonly survey?: string
  readonly object?: string
  readonly points?: readonly TimeSeriesPoint[]
  readonly reliability?: number | null
  readonly event?: Partial<VOEvent>
  readonly full?: Partial<VOEvent>
}

export function reportItem({
  survey = 'lsst',
  object = 'LSST-AP-DO-170028503098359808',
  points = [limit(6.2, 24.31), earlier(3.1, 22.412), earlier(3.05, 22.203, 'g'), trigger],
  reliability = 0.983,
  event = {},
  full = {},
}: Reported = {}): Item {
  const what = {
    ...sampleEvent.what!,
    params: [param('band', 'r'), param('reliability', reliability)],
    groups: [{ name: 'object', params: [param('name', object)] }],
  }
  const timeSeries = [{ timeScale: survey === 'ztf' ? 'UTC' : 'TAI', photometricSystem: 'AB', points }]
  return {
    ...sampleItem,
    event: { ...sampleEvent, what, ...event },
    match: { ...sampleItem.match, survey, stream: 'young-and-bright', objectId: '170028503098359808' },
    full: { ...sampleEvent, provenance: { survey, packetId: triggerId }, what: { ...what, timeSeries }, ...full },
  }
}

/** The long light curve of an object that the survey has known for years. */
export const longItem: Item = reportItem({
  points: [
    ...Array.from({ length: 400 }, (_, n) => earlier(400 - n, 20 + (n % 7) / 10, n % 2 === 0 ? 'r' : 'i')),
    trigger,
  ],
})

/** As many detections of a new object. */
export const busyItem: Item = reportItem({
  points: [
    ...Array.from({ length: 400 }, (_, n) => earlier((400 - n) / 14, 20 + (n % 7) / 10, n % 2 === 0 ? 'r' : 'i')),
    trigger,
  ],
})

export const hostileReportItem: fc.Arbitrary<Item> = fc
  .record({
    item: hostileItem,
    object: fc.oneof(hostileText, fc.constantFrom('More: x', 'draft-1', 'ZTF26 r: a', '\u202eabc', '新星')),
    survey: fc.oneof(fc.constantFrom('lsst', 'ztf', '__proto__', 'constructor'), hostileText),
    band: hostileText,
    number: fc.double(),
    small: fc.double({ min: 10, max: 30, noNaN: true }),
    role: fc.constantFrom('observation' as const, 'test' as const),
  })
  .map(({ item, object, survey, band, number, small, role }) => {
    const points = [limit(5, small, band), { ...earlier(2, small), band, magnitudeError: number }, trigger]
    const reported = reportItem({ survey, object, points })
    const { citations, who } = item.event
    const cited = citations === undefined ? {} : { citations }
    return {
      ...reported,
      event: { ...reported.event, ...cited, ...(who === undefined ? {} : { who }), role, ivoid: item.event.ivoid },
      match: { ...item.match, survey },
    }
  })
