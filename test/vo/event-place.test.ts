import { describe, expect, it } from 'vitest'
import { eventEquatorial, eventGalactic, eventTimeMjdUtc } from '../../vo/event-place.ts'
import type { ObsDataLocation, VOEvent } from '../../vo/model/voevent.ts'

const at = (location: Partial<ObsDataLocation>): VOEvent => ({
  ivoid: 'ivo://example.org/s#1',
  role: 'test',
  whereWhen: [{ coordSystem: 'UTC-ICRS-TOPO', ...location }],
})

describe('the time of an event', () => {
  const noon = { isoTime: '2026-11-21T12:00:00' }
  // TAI is 37 s ahead of UTC since 2017, TT 32.184 s more; GPS time is 19 s behind TAI.
  it.each([
    ['UTC-ICRS-TOPO', 0],
    ['TAI-ICRS-TOPO', -37],
    ['TT-FK5-GEO', -69.184],
    ['TDB-ICRS-BARY', -69.184],
    ['GPS-FK5-GEO', -18],
  ])('%s', (coordSystem, offsetS) => {
    const mjd = eventTimeMjdUtc(at({ coordSystem, time: noon }))
    expect((mjd! - 61365.5) * 86_400).toBeCloseTo(offsetS, 5)
  })

  it('is the middle of an interval', () => {
    const interval = { start: '2026-11-21T00:00:00', stop: '2026-11-22T00:00:00' }
    expect(eventTimeMjdUtc(at({ time: { interval } }))).toBe(61365.5)
    expect(eventTimeMjdUtc(at({ time: { interval: { start: interval.start } } }))).toBeUndefined()
  })

  it('is not guessed', () => {
    for (const coordSystem of ['', 'LOCAL-ICRS-TOPO', 'constructor-ICRS-TOPO']) {
      expect(eventTimeMjdUtc(at({ coordSystem, time: noon }))).toBeUndefined()
    }
    expect(eventTimeMjdUtc(at({ time: { isoTime: '9999-99--99T00:00:00' } }))).toBeUndefined()
    expect(eventTimeMjdUtc(at({}))).toBeUndefined()
    expect(eventTimeMjdUtc({ ivoid: 'ivo://example.org/s#1', role: 'test' })).toBeUndefined()
  })
})

describe('the place of an event', () => {
  const position = { unit: 'deg', c1: 266.405, c2: -28.936, errorRadius: 0.5 }

  it('is in degrees, whatever its unit', () => {
    expect(eventEquatorial(at({ position }))).toEqual({ raDeg: 266.405, decDeg: -28.936, errorDeg: 0.5 })
    expect(eventEquatorial(at({ position: { unit: 'rad', c1: -Math.PI / 2, c2: 0.5 } }))?.raDeg).toBeCloseTo(270, 12)
    expect(eventEquatorial(at({ position: { ...position, unit: 'deg-deg' } }))?.decDeg).toBe(-28.936)
  })

  it('is on the galactic sphere too', () => {
    const { lonDeg, latDeg } = eventGalactic(at({ position }))!
    expect(Math.min(lonDeg, 360 - lonDeg)).toBeLessThan(0.01)
    expect(Math.abs(latDeg)).toBeLessThan(0.01)
  })

  it('is not guessed', () => {
    expect(eventEquatorial(at({ coordSystem: 'UTC-GEOD-TOPO', position }))).toBeUndefined()
    expect(eventEquatorial(at({ position: { ...position, unit: 'parsec' } }))).toBeUndefined()
    expect(eventEquatorial(at({ position: { ...position, c2: 91 } }))).toBeUndefined()
    expect(eventEquatorial(at({ position: { ...position, c1: Number.NaN } }))).toBeUndefined()
    expect(eventGalactic(at({}))).toBeUndefined()
  })
})
