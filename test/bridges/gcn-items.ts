/** Alerts with all their detail, by hand, for notices. Real ones: test/bridges/reports. */
import type { Item } from '../../bridges/contract.ts'
import type { TimeSeriesPoint, VOEvent } from '../../vo/model/voevent.ts'
import { sampleEvent, sampleItem } from './sample-item.ts'

export const trigger: TimeSeriesPoint = {
  kind: 'detection',
  timeMjd: 61_100.2343125,
  exposureS: 30,
  band: 'r',
  flux: 10_943.2,
  fluxError: 210,
  magnitude: 21.3023,
  magnitudeError: 0.0208,
  id: '170028503098359910',
}
export const point = (days: number, more: Partial<TimeSeriesPoint> = {}): TimeSeriesPoint => ({
  ...trigger,
  timeMjd: trigger.timeMjd - days,
  id: `${days}`,
  ...more,
})
export const forced = (days: number, limitMagnitude: number): TimeSeriesPoint => ({
  kind: 'forced',
  timeMjd: trigger.timeMjd - days,
  exposureS: 30,
  band: 'g',
  flux: 30,
  fluxError: 100,
  limitMagnitude,
  limitSigma: 5,
})

export function fullEvent(points: readonly TimeSeriesPoint[] = [point(3), forced(4, 24.65), trigger]): VOEvent {
  return {
    ...sampleEvent,
    provenance: { survey: 'lsst', packetId: trigger.id! },
    what: {
      ...sampleEvent.what!,
      timeSeries: [{ timeScale: 'TAI', bands: [{ name: 'r', filterId: 'LSST/LSST.r' }], points: [...points] }],
    },
  }
}

/** The item with the alert's detail beside it; a retraction has none. */
export function detailed(item: Item = sampleItem, full: VOEvent = fullEvent()): Item {
  const match = { ...item.match, survey: 'lsst', objectId: '170028503098359808', sequence: item.match.sequence }
  const isRetraction = item.event.citations?.events.some(({ cite }) => cite === 'retraction')
  return { ...item, match, ...(isRetraction ? {} : { full }) }
}
