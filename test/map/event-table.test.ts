import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { alertToVOEvent } from '../../src/map/alert-to-voevent.ts'
import { eventTable } from '../../src/map/event-table.ts'
import type { ObsDataLocation, VOEvent } from '../../vo/model/voevent.ts'
import { context, lsst, lsstAlert } from './made-alert.ts'

const read = (event: VOEvent, column: string) => eventTable.reader(column)(event)
const bare: VOEvent = { ivoid: 'ivo://org.example/stream#1', role: 'observation' }
const at = (location: ObsDataLocation): VOEvent => ({ ...bare, whereWhen: [location] })
const place = { unit: 'deg', c1: 150, c2: 2, errorRadius: 0.1 }

describe('the table event', () => {
  it('has a reader for each of its columns, of the type it says', () => {
    const event = alertToVOEvent(lsstAlert(), context)
    const types = { number: 'number', integer: 'number', text: 'string', boolean: 'boolean' }
    for (const { name, type } of eventTable.columns) {
      const value = read(event, name)
      if (value !== null) expect(typeof value, name).toBe(types[type])
    }
    expect(() => eventTable.reader('mag')).toThrow(RangeError)
  })

  it('shows an own event as the alert was', () => {
    const alert = lsstAlert()
    const event = alertToVOEvent(alert, context)
    expect(read(event, 'stream')).toBe('ivo://org.example.fountain/lsst')
    expect(read(event, 'time_mjd_utc')).toBeCloseTo(lsst.column('time_mjd_utc')(alert) as number, 10)
    expect(read(event, 'ra')).toBe(150.4555220874077)
    expect(read(event, 'glat')).toBeCloseTo(lsst.column('glat')(alert) as number, 9)
    expect((read(event, 'pos_err_deg') as number) * 3600).toBeCloseTo(lsst.column('pos_err_arcsec')(alert) as number, 5)
    expect(read(event, 'observatory')).toBe('Rubin')
    expect(read(event, 'is_retraction')).toBe(false)
  })

  it('gives null for all that an event does not say', () => {
    const said = eventTable.columns.filter(({ name }) => read(bare, name) !== null).map(({ name }) => name)
    expect(said).toEqual(['ivoid', 'stream', 'role', 'is_retraction', 'n_params'])
  })

  it('turns times of other scales into UTC, and those it does not know into null', () => {
    const time = { isoTime: '2026-03-06T00:00:37' }
    const mjd = (coordSystem: string, isoTime = time.isoTime) =>
      read(at({ coordSystem, time: { isoTime } }), 'time_mjd_utc')
    expect(mjd('UTC-ICRS-TOPO')).toBeCloseTo(61105 + 37 / 86400, 9)
    expect(mjd('TAI-ICRS-TOPO')).toBeCloseTo(61105, 9)
    expect(mjd('TT-ICRS-TOPO', '2026-03-06T00:01:09.184')).toBeCloseTo(61105, 9)
    expect(mjd('TDB-ICRS-BARY', '2026-03-06T00:01:09.184')).toBeCloseTo(61105, 9)
    expect(mjd('LOCAL-ICRS-TOPO')).toBeNull()
    expect(mjd('UTC-ICRS-TOPO', 'yesterday')).toBeNull()
  })

  it('takes positions of equatorial frames in their unit', () => {
    const ra = (coordSystem: string, position: ObsDataLocation['position']) =>
      read(at({ coordSystem, ...(position ? { position } : {}) }), 'ra')
    expect(ra('UTC-ICRS-TOPO', place)).toBe(150)
    expect(ra('UTC-FK5-TOPO', { ...place, unit: 'deg-deg' })).toBe(150)
    expect(ra('UTC-ICRS-GEO', { ...place, unit: 'rad', c1: Math.PI, c2: 0 })).toBe(180)
    expect(ra('UTC-ICRS-TOPO', { ...place, c1: -10 })).toBe(350)
    expect(ra('UTC-GAL-TOPO', place)).toBeNull()
    expect(ra('UTC-ICRS-TOPO', { ...place, c2: 91 })).toBeNull()
    expect(ra('UTC-ICRS-TOPO', { ...place, unit: 'hours' })).toBeNull()
    expect(ra('UTC-ICRS-TOPO', undefined)).toBeNull()
  })

  it('joins what comes in lists', () => {
    const nothing = { names: [], concepts: [], descriptions: [], references: [] }
    const event: VOEvent = {
      ...bare,
      why: {
        ...nothing,
        names: ['GRB 1'],
        inferences: [{ ...nothing, names: ['SN 2'], concepts: ['process.variation'] }],
      },
      citations: {
        events: [{ ivoid: 'ivo://a.b/c#1', cite: 'retraction' }, { ivoid: 'ivo://a.b/c#2' }],
      },
    }
    expect(read(event, 'name')).toBe('GRB 1\nSN 2')
    expect(read(event, 'concept')).toBe('process.variation')
    expect(read(event, 'cites')).toBe('ivo://a.b/c#1\nivo://a.b/c#2')
    expect(read(event, 'is_retraction')).toBe(true)
  })

  it('never throws, whatever a packet says', () => {
    const text = fc.string({ maxLength: 12 })
    const location = fc.record({
      coordSystem: fc.oneof(text, fc.constantFrom('UTC-ICRS-TOPO', 'TAI-FK5-GEO', '')),
      time: fc.record({ isoTime: text }),
      position: fc.record({ unit: text, c1: fc.double(), c2: fc.double(), errorRadius: fc.double() }),
    })
    fc.assert(
      fc.property(text, location, (ivoid, where) => {
        for (const { name } of eventTable.columns) {
          const value = read({ ivoid, role: 'test', whereWhen: [where] }, name)
          if (typeof value === 'number') expect(Number.isFinite(value)).toBe(true)
        }
      }),
    )
  })
})
