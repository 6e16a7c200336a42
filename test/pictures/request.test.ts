/** What can be drawn of an event. */
import { describe, expect, it } from 'vitest'
import { pictureKinds, pictureRequests } from '../../src/pictures/request.ts'
import type { VOEvent } from '../../vo/model/voevent.ts'
import { point, series, simulatedEvents } from './alerts.ts'

const bare: VOEvent = { ivoid: 'ivo://example.org/events#4711', role: 'observation' }
const of = (event: VOEvent) => pictureRequests(event, pictureKinds)

describe('pictureRequests', () => {
  it('asks for both pictures of an alert with all its detail, by the name of the object', () => {
    for (const event of simulatedEvents().slice(0, 5)) {
      const [cutouts, curve] = of(event)
      if (cutouts?.kind !== 'cutouts' || curve?.kind !== 'lightcurve') throw new Error('both were expected')
      expect(Object.keys(cutouts.stamps)).toEqual(['science', 'template', 'difference'])
      expect(cutouts.title).toMatch(/^LSST-AP-DO-|^LSST-AP-SSO-|^\d{4} /)
      expect(cutouts.isTest).toBe(true)
      expect(cutouts.timeIso).toBe(event.whereWhen?.[0]?.time?.isoTime)
      expect(curve.series.points.length).toBeGreaterThan(0)
    }
  })

  it('asks for nothing that the event has no data for, nor for what is not wanted', () => {
    expect(of(bare)).toEqual([])
    expect(
      of({ ...bare, attachments: [{ name: 'cutoutScience', mediaType: 'image/fits', uri: 'https://a.b/c' }] }),
    ).toEqual([])
    expect(
      of({ ...bare, attachments: [{ name: 'spectrum', mediaType: 'image/fits', data: Uint8Array.of(1) }] }),
    ).toEqual([])
    const [event] = simulatedEvents()
    expect(pictureRequests(event!, ['lightcurve']).map(({ kind }) => kind)).toEqual(['lightcurve'])
    expect(pictureRequests(event!, [])).toEqual([])
  })

  it('takes the series with the most points, and none without a point to draw', () => {
    const what = (...timeSeries: ReturnType<typeof series>[]) => ({
      params: [],
      groups: [],
      tables: [],
      descriptions: [],
      references: [],
      timeSeries,
    })
    const long = series([point({ flux: 1 }), point({ flux: 2 })])
    const [curve] = of({ ...bare, what: what(series([point({ flux: 1 })]), long) })
    expect(curve).toMatchObject({ kind: 'lightcurve', title: '4711', series: long })
    expect(of({ ...bare, what: what(series([point()])) })).toEqual([])
  })

  it('believes no time that is none, or in another scale', () => {
    const [event] = simulatedEvents()
    const [place] = event!.whereWhen!
    const at = (isoTime: string, coordSystem: string) =>
      of({ ...event!, whereWhen: [{ ...place!, coordSystem, time: { isoTime, unit: 's' } }] })[0]?.timeIso
    expect(at('2026-11-21T00:00:00', 'UTC-ICRS-TOPO')).toBe('2026-11-21T00:00:00')
    expect(at('yesterday', 'UTC-ICRS-TOPO')).toBeUndefined()
    expect(at('2026-11-21T00:00:00', 'TDB-ICRS-BARY')).toBeUndefined()
  })
})
